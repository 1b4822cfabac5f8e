//! What of the selected row goes to the clipboard.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use serde::Serialize;

use super::{Answer, frame as boxed};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// One thing that can be copied.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) key: char,
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

impl Item {
    /// The whole of what the row is of.
    pub(crate) fn json(of: &impl Serialize) -> Option<Self> {
        let text = serde_json::to_string_pretty(of).ok()?;
        Some(Self { key: 'j', what: "JSON", text })
    }
}

/// The menu.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    items: Vec<Item>,
    row: usize,
}

impl Copy {
    pub(crate) fn new(items: Vec<Item>) -> Self {
        Self { items, row: 0 }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        let take = |item: &Item| Answer::Copy { what: item.what, text: item.text.clone() };
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => Answer::Close,
            KeyCode::Enter => self.items.get(self.row).map_or(Answer::Stay, take),
            KeyCode::Down => {
                self.row = (self.row + 1).min(self.items.len().saturating_sub(1));
                Answer::Stay
            }
            KeyCode::Up => {
                self.row = self.row.saturating_sub(1);
                Answer::Stay
            }
            KeyCode::Char(c) => self.items.iter().find(|item| item.key == c).map_or(Answer::Stay, take),
            _ => Answer::Stay,
        }
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = boxed::inner_width(area);
        let lines = self
            .items
            .iter()
            .enumerate()
            .map(|(row, item)| {
                // A preview on one line: what is copied keeps its own.
                let shown = text::clean(&item.text.split_whitespace().take(width).collect::<Vec<_>>().join(" "));
                let line = Line::from(vec![
                    Span::styled(format!("{}  ", item.key), theme.style(Tone::Strong)),
                    Span::raw(text::pad(item.what, 10)),
                    Span::styled(text::pad(&shown, width.saturating_sub(13)), theme.style(Tone::Dim)),
                ]);
                if row == self.row { line.patch_style(Theme::selected()) } else { line }
            })
            .collect();
        let foot = vec![Line::styled("a letter or Enter copies (OSC 52), Esc closes", theme.style(Tone::Dim))];
        boxed::draw(theme, frame, area, "Copy", Tone::Plain, (lines, 0), foot);
    }
}
