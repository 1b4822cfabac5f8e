//! Tier 2: hard to undo. The focus is on Cancel; only `y` goes on, never Enter.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Answer, Guard, frame as boxed};
use crate::tui::order::Order;
use crate::tui::theme::{Theme, Tone};

/// A question that `y` answers.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    pub(crate) question: String,
    /// Label and text.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What `y` does, as in `retry 12 steps`.
    pub(crate) yes: String,
    pub(crate) order: Order,
    pub(crate) guard: Guard,
    scroll: usize,
}

impl Confirm {
    pub(crate) fn new(question: String, facts: Vec<(&'static str, String)>, yes: String, order: Order) -> Self {
        Self { question, facts, yes, order, guard: Guard::default(), scroll: 0 }
    }

    pub(crate) fn key(&mut self, key: KeyEvent, steady: u64) -> Answer {
        if !self.guard.listens(steady) {
            return Answer::Stay;
        }
        match key.code {
            KeyCode::Char('y') if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
                Answer::Send(self.order.clone())
            }
            // The focus is on Cancel, so Enter cancels.
            KeyCode::Enter | KeyCode::Esc | KeyCode::Char('n' | 'q') => Answer::Close,
            KeyCode::PageDown | KeyCode::Down => {
                let texts = self.facts.iter().map(|(_, text)| text.as_str());
                self.scroll = (self.scroll + 5).min(boxed::most_lines(texts));
                Answer::Stay
            }
            KeyCode::PageUp | KeyCode::Up => {
                self.scroll = self.scroll.saturating_sub(5);
                Answer::Stay
            }
            _ => Answer::Stay,
        }
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = boxed::inner_width(area);
        let mut lines = Vec::new();
        for (label, text) in &self.facts {
            lines.extend(boxed::fact(theme, label, text, Tone::Plain, width));
        }
        let foot = Line::from(vec![
            Span::styled(" Cancel (Enter) ", Theme::selected()),
            Span::raw("   "),
            Span::styled("y", theme.style(Tone::Strong)),
            Span::raw(format!("  {}", self.yes)),
        ]);
        boxed::draw(theme, frame, area, &self.question, Tone::Warn, (lines, self.scroll), vec![foot]);
    }
}
