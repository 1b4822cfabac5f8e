//! A reason, in the operator's words: it goes into the audit log as it is.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Padding, Paragraph};
use ratatui_textarea::TextArea;

use super::Answer;
use crate::model::{OffboardingId, StepRef};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// What the reason is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Reject { step: StepRef, revision: u32 },
    Abort { offboarding: OffboardingId, revision: u32 },
}

/// The editor.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    title: String,
    about: About,
    editor: TextArea<'static>,
    note: Option<&'static str>,
}

impl Reason {
    pub(crate) fn new(title: String, about: About) -> Self {
        Self { title, about, editor: TextArea::default(), note: None }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        self.note = None;
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => {
                let reason = self.editor.lines().join("\n").trim().to_owned();
                if reason.is_empty() {
                    self.note = Some("a reason is needed: it is what the auditor reads");
                } else {
                    return Answer::Reasoned(self.about, reason);
                }
            }
            KeyCode::Char('j') if ctrl => self.editor.insert_newline(),
            _ => {
                self.editor.input(key);
            }
        }
        Answer::Stay
    }

    pub(crate) fn paste(&mut self, text: &str) {
        for (n, line) in text.lines().enumerate() {
            if n > 0 {
                self.editor.insert_newline();
            }
            self.editor.insert_str(text::clean(line));
        }
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = area.width.saturating_sub(2).min(70);
        let rect = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - 9) / 2, width, height: 9 };
        let block = Block::bordered()
            .border_set(theme.borders())
            .border_style(theme.style(Tone::Warn))
            .title(format!(" {} ", text::fit(&self.title, usize::from(width).saturating_sub(6))))
            .padding(Padding::horizontal(1));
        let inner = block.inner(rect);
        frame.render_widget(Clear, rect);
        frame.render_widget(block, rect);
        let row = |y: u16, height: u16| Rect { y: inner.y + y, height, ..inner };
        frame.render_widget(Paragraph::new("Why? It is written into the audit log."), row(0, 1));
        let mut editor = self.editor.clone();
        editor.set_cursor_line_style(ratatui::style::Style::new());
        frame.render_widget(&editor, row(1, 4));
        let foot = match self.note {
            Some(note) => Line::styled(note, theme.style(Tone::Warn)),
            None => {
                Line::styled("Enter goes on (asks once more), Ctrl-J new line, Esc cancels", theme.style(Tone::Dim))
            }
        };
        frame.render_widget(foot, row(6, 1));
    }
}
