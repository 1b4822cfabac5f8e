//! What went wrong: what happened, to whom, what was kept, and what to press next.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Answer, frame as boxed};
use crate::tui::theme::{Theme, Tone};

/// The dialog. The texts are clean already.
#[derive(Debug, Clone)]
pub(crate) struct ErrorNote {
    pub(crate) title: String,
    /// What happened, to whom.
    pub(crate) happened: Vec<String>,
    pub(crate) kept: String,
    pub(crate) next: String,
    pub(crate) scroll: usize,
}

impl ErrorNote {
    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => return Answer::Close,
            KeyCode::PageDown | KeyCode::Down => self.scroll = (self.scroll + 5).min(self.happened.len() * 3),
            KeyCode::PageUp | KeyCode::Up => self.scroll = self.scroll.saturating_sub(5),
            _ => {}
        }
        Answer::Stay
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = boxed::inner_width(area);
        let mut lines = Vec::new();
        for text in &self.happened {
            lines.extend(boxed::paragraph(theme, text, Tone::Plain, width));
        }
        lines.push(Line::default());
        lines.extend(boxed::fact(theme, "kept", &self.kept, Tone::Plain, width));
        lines.extend(boxed::fact(theme, "next", &self.next, Tone::Strong, width));
        let foot = vec![Line::styled("Esc closes", theme.style(Tone::Dim))];
        boxed::draw(theme, frame, area, &self.title, Tone::Bad, (lines, self.scroll), foot);
    }
}
