//! Every action by name, with its key. What cannot be done now stays, and says why.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Answer, frame as boxed};
use crate::tui::action::{Entry, TABLE};
use crate::tui::app::App;
use crate::tui::enabled::enabled;
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// The palette.
#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    pub(crate) input: String,
    pub(crate) row: usize,
}

/// How far what was typed is from the action: 0 its name begins so, 1 a word of its name, 2 it is in its name, 3 in its
/// title, 4 its name has the letters in this order; `None`: it does not fit.
fn distance(input: &str, entry: &Entry) -> Option<u8> {
    let begins = |word: &str| word.starts_with(input);
    let mut letters = entry.id.chars();
    let fits = [
        begins(entry.id),
        entry.id.split('-').any(begins),
        entry.id.contains(input),
        entry.title.to_lowercase().contains(input),
        input.chars().filter(|it| !it.is_whitespace()).all(|wanted| letters.any(|it| it == wanted)),
    ];
    (0u8..).zip(fits).find(|(_, fits)| *fits).map(|(distance, _)| distance)
}

impl Palette {
    /// The actions that fit what was typed, the nearest first.
    pub(crate) fn entries(&self) -> Vec<&'static Entry> {
        let input = self.input.trim().to_lowercase();
        let mut found: Vec<_> = TABLE.iter().filter_map(|entry| Some((distance(&input, entry)?, entry))).collect();
        found.sort_by_key(|(distance, _)| *distance);
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        let last = self.entries().len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => {
                return self.entries().get(self.row).map_or(Answer::Stay, |entry| Answer::Run(entry.action));
            }
            KeyCode::Down => self.row = (self.row + 1).min(last),
            KeyCode::Up => self.row = self.row.saturating_sub(1),
            KeyCode::PageDown => self.row = (self.row + 10).min(last),
            KeyCode::PageUp => self.row = self.row.saturating_sub(10),
            KeyCode::Backspace => {
                self.input.pop();
                self.row = 0;
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.input.clear();
                self.row = 0;
            }
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.input.push(c);
                self.row = 0;
            }
            _ => {}
        }
        Answer::Stay
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let width = boxed::inner_width(area);
        let entries = self.entries();
        let mut lines = Vec::new();
        for (row, entry) in entries.iter().enumerate() {
            let why = enabled(app, entry.action).err();
            let here = entry.contexts.contains(&app.context());
            let said = match &why {
                None => entry.title_on(app.context()).to_owned(),
                Some(why) if here => format!("not now: {why}"),
                Some(why) => why.clone(),
            };
            let tone = if why.is_some() { Tone::Dim } else { Tone::Plain };
            let line = Line::from(vec![
                Span::styled(
                    text::pad(entry.id, 17),
                    theme.style(if why.is_some() { Tone::Dim } else { Tone::Strong }),
                ),
                Span::styled(text::pad(&app.keys.key(entry.action), 9), theme.style(Tone::Dim)),
                Span::styled(text::pad(&said, width.saturating_sub(26)), theme.style(tone)),
            ]);
            lines.push(if row == self.row { line.patch_style(Theme::selected()) } else { line });
        }
        if lines.is_empty() {
            lines.push(Line::styled("no action fits: Backspace", theme.style(Tone::Dim)));
        }
        let room = usize::from(area.height.saturating_sub(7)).max(1);
        let scroll = (self.row + 1).saturating_sub(room);
        let foot = vec![
            Line::from(vec![Span::raw(format!(":{}", text::clean(&self.input))), Span::styled(" ", Theme::selected())]),
            Line::styled("type a name, Up Down choose, Enter does it, Esc closes", theme.style(Tone::Dim)),
        ];
        boxed::draw(theme, frame, area, "Actions", Tone::Plain, (lines, scroll), foot);
    }
}
