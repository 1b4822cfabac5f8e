//! The keys of this screen. Typing filters.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Answer, frame as boxed};
use crate::tui::action::{Action, Context, Entry, TABLE};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::theme::Tone;

/// The help of one screen.
#[derive(Debug, Clone)]
pub(crate) struct Help {
    pub(crate) context: Context,
    pub(crate) filter: String,
    scroll: usize,
}

impl Help {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, filter: String::new(), scroll: 0 }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        match key.code {
            KeyCode::Esc if !self.filter.is_empty() => self.filter.clear(),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('?') => return Answer::Close,
            KeyCode::Down => self.scroll = (self.scroll + 1).min(TABLE.len()),
            KeyCode::Up => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageDown => self.scroll = (self.scroll + 10).min(TABLE.len()),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => self.filter.clear(),
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.filter.push(c);
                self.scroll = 0;
            }
            _ => {}
        }
        Answer::Stay
    }

    /// The rows that it shows.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        let filter = self.filter.to_lowercase();
        let here = TABLE.iter().filter(|entry| entry.contexts.contains(&self.context));
        here.filter(move |entry| entry.title.to_lowercase().contains(&filter) || entry.id.contains(&filter))
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let width = boxed::inner_width(area);
        let mut lines: Vec<_> = self
            .entries()
            .flat_map(|entry| {
                // What has no key is done by its name.
                let (keys, name) = match app.keys.all_keys(entry.action) {
                    keys if keys.is_empty() => (app.keys.key(Action::Palette), format!("{}: ", entry.id)),
                    keys => (keys, String::new()),
                };
                let tier = if entry.is_act() { format!(" ({})", entry.tier.name()) } else { String::new() };
                boxed::fact(theme, &keys, &format!("{name}{}{tier}", entry.title_on(self.context)), Tone::Plain, width)
            })
            .collect();
        if lines.is_empty() {
            lines.push(Line::styled("nothing fits: Esc clears the filter", theme.style(Tone::Dim)));
        }
        let foot = if self.filter.is_empty() {
            Line::styled("type to filter, PgUp PgDn scroll, Esc closes", theme.style(Tone::Dim))
        } else {
            Line::from(format!("filter: {}", text::clean(&self.filter)))
        };
        let title = format!("Keys: {}", self.context.name());
        boxed::draw(theme, frame, area, &title, Tone::Plain, (lines, self.scroll), vec![foot]);
    }
}
