//! A text of several lines, in the operator's words: a reason or a note. It goes into the audit log as it is.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Padding, Paragraph};
use ratatui_textarea::{TextArea, WrapMode};

use super::{Answer, Confirm, Dialog, Guard, Typed};
use crate::model::note;
use crate::tui::order::Order;
use crate::tui::paste;
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// The widest editor, in columns.
const WIDEST: u16 = 84;

/// What follows when the text is written.
#[derive(Debug, Clone)]
pub(crate) enum Next {
    /// The text is a reason: asked once more.
    Confirm(Confirm),
    /// The text is a reason: the last question.
    Typed(Typed),
    /// It is sent.
    Send(Order),
}

impl Next {
    fn with(self, text: &str) -> Answer {
        let shown = text::clean_lines(text);
        match self {
            Self::Confirm(mut it) => {
                it.order = it.order.written(text);
                it.facts.insert(it.facts.len().min(1), ("why", shown));
                Answer::Then(Box::new(Dialog::Confirm(it)))
            }
            Self::Typed(mut it) => {
                it.order = it.order.written(text);
                it.facts.insert(it.facts.len().min(1), ("why", shown, Tone::Plain));
                Answer::Then(Box::new(Dialog::Typed(it)))
            }
            Self::Send(order) => Answer::Send(order.written(text)),
        }
    }
}

/// The editor.
#[derive(Debug, Clone)]
pub(crate) struct Editor {
    title: String,
    ask: &'static str,
    next: Next,
    area: TextArea<'static>,
    /// Why nothing happened.
    note: Option<String>,
    pub(crate) guard: Guard,
}

impl Editor {
    /// Asks for a reason.
    pub(crate) fn reason(title: String, next: Next) -> Self {
        Self::new(title, "Why? It is written into the audit log.", next)
    }

    /// Asks for whatever is to be written down.
    pub(crate) fn new(title: String, ask: &'static str, next: Next) -> Self {
        let mut area = TextArea::default();
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        Self { title, ask, next, area, note: None, guard: Guard::default() }
    }

    fn written(&self) -> String {
        self.area.lines().join("\n").trim().to_owned()
    }

    pub(crate) fn key(&mut self, key: KeyEvent, steady: u64) -> Answer {
        self.note = None;
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            // Pressed before the editor was there: it cannot be meant for it.
            KeyCode::Enter if !self.guard.listens(steady) => {}
            KeyCode::Enter => return self.done(),
            KeyCode::Char('j') if ctrl => self.area.insert_newline(),
            _ => {
                self.area.input(key);
            }
        }
        Answer::Stay
    }

    fn done(&mut self) -> Answer {
        let text = self.written();
        if text.is_empty() {
            let needed = match self.next {
                Next::Send(_) => "nothing is written yet",
                _ => "a reason is needed: it is what the auditor reads",
            };
            self.note = Some(needed.to_owned());
            return Answer::Stay;
        }
        if text.len() > note::LONGEST {
            self.note = Some(format!("{} bytes, and {} are the most: shorten it", text.len(), note::LONGEST));
            return Answer::Stay;
        }
        self.next.clone().with(&text)
    }

    /// Line ends stay.
    pub(crate) fn paste(&mut self, text: &str) {
        if text.len() > 2 * note::LONGEST {
            self.note = Some(format!("not pasted: it has {} bytes, and {} are the most", text.len(), note::LONGEST));
            return;
        }
        for (n, line) in paste::lines(text).into_iter().enumerate() {
            if n > 0 {
                self.area.insert_newline();
            }
            self.area.insert_str(line);
        }
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = area.width.saturating_sub(2).min(WIDEST);
        let rows = (area.height / 3).clamp(4, 12);
        let height = (rows + 5).min(area.height);
        let rect = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
        let block = Block::bordered()
            .border_set(theme.borders())
            .border_style(theme.style(Tone::Warn))
            .title(format!(" {} ", text::fit(&self.title, usize::from(width).saturating_sub(6))))
            .padding(Padding::horizontal(1));
        let inner = block.inner(rect);
        frame.render_widget(Clear, rect);
        frame.render_widget(block, rect);
        let row = |y: u16, height: u16| Rect { y: inner.y + y, height, ..inner }.intersection(inner);
        frame.render_widget(Paragraph::new(self.ask), row(0, 1));
        let mut editor = self.area.clone();
        editor.set_cursor_line_style(ratatui::style::Style::new());
        frame.render_widget(&editor, row(1, inner.height.saturating_sub(3)));
        let foot = self.note.as_ref().map_or_else(
            || Line::styled(self.keys(), theme.style(Tone::Dim)),
            |note| Line::styled(note.clone(), theme.style(Tone::Warn)),
        );
        frame.render_widget(foot, row(inner.height.saturating_sub(1), 1));
    }

    /// What the keys do, and how much room is left once that matters.
    fn keys(&self) -> String {
        let next = match self.next {
            Next::Send(_) => "Enter writes it down",
            _ => "Enter goes on (asks once more)",
        };
        let left = note::LONGEST.saturating_sub(self.written().len());
        let left = if left < 2_000 { format!(", {left} bytes left") } else { String::new() };
        format!("{next}, Ctrl-J new line, Esc cancels{left}")
    }
}
