//! Tier 3: irreversible. The leaver's login is typed, by hand; a paste is refused.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Answer, Guard, frame as boxed};
use crate::tui::order::Order;
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// The longest input, in characters.
const LONGEST: usize = 200;

/// A question that a typed text answers.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) title: String,
    /// Label, text, and how it is to be read.
    pub(crate) facts: Vec<(&'static str, String, Tone)>,
    /// What has to be typed.
    pub(crate) expected: String,
    /// The expected text is a count, not a login: the engine gets each login from the list shown.
    pub(crate) bulk: bool,
    pub(crate) input: String,
    /// Why nothing happened.
    pub(crate) note: Option<String>,
    pub(crate) order: Order,
    pub(crate) guard: Guard,
    scroll: usize,
}

impl Typed {
    pub(crate) fn new(title: String, facts: Vec<(&'static str, String, Tone)>, expected: String, order: Order) -> Self {
        Self {
            title,
            facts,
            expected,
            bulk: false,
            input: String::new(),
            note: None,
            order,
            guard: Guard::default(),
            scroll: 0,
        }
    }

    /// Of many: their count is typed.
    pub(crate) fn bulk(title: String, facts: Vec<(&'static str, String, Tone)>, order: Order) -> Self {
        let expected = order.lines.len().to_string();
        Self { bulk: true, ..Self::new(title, facts, expected, order) }
    }

    pub(crate) fn key(&mut self, key: KeyEvent, steady: u64) -> Answer {
        if !self.guard.listens(steady) {
            return Answer::Stay;
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter if self.input == self.expected => {
                let order = self.order.clone();
                return Answer::Send(if self.bulk { order } else { order.typed(&self.input) });
            }
            KeyCode::Enter => {
                let expected = text::clean(&self.expected);
                self.note = Some(if self.input.is_empty() {
                    format!("nothing was done: type {expected} first, or press Esc")
                } else {
                    format!("nothing was done: that is not {expected}")
                });
            }
            KeyCode::Backspace => {
                self.input.pop();
                self.note = None;
            }
            KeyCode::Char('u') if ctrl => self.input.clear(),
            KeyCode::Char(c) if !ctrl && self.input.chars().count() < LONGEST => {
                self.input.push(c);
                self.note = None;
            }
            KeyCode::PageDown | KeyCode::Down => {
                let texts = self.facts.iter().map(|(_, text, _)| text.as_str());
                self.scroll = (self.scroll + 5).min(boxed::most_lines(texts));
            }
            KeyCode::PageUp | KeyCode::Up => self.scroll = self.scroll.saturating_sub(5),
            _ => {}
        }
        Answer::Stay
    }

    pub(crate) fn refuse_paste(&mut self) {
        self.note = Some("a paste is refused here: type it by hand".to_owned());
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = boxed::inner_width(area);
        let mut lines = Vec::new();
        for (label, text, tone) in &self.facts {
            lines.extend(boxed::fact(theme, label, text, *tone, width));
        }
        let what = if self.bulk { "the count" } else { "the leaver's login" };
        let ask = Line::from(vec![
            Span::raw(format!("To go on, type {what}: ")),
            Span::styled(text::clean(&self.expected), theme.style(Tone::Strong)),
        ]);
        let input = Line::from(vec![
            Span::styled(theme.glyph("▸ ", "> "), theme.style(Tone::Strong)),
            Span::raw(text::clean(&self.input)),
            Span::styled(" ", Theme::selected()),
        ]);
        let note = self.note.clone().unwrap_or_default();
        let keys = Line::styled("Enter goes on when it fits, Esc cancels", theme.style(Tone::Dim));
        let foot = vec![ask, input, Line::styled(text::fit(&note, width), theme.style(Tone::Warn)), keys];
        boxed::draw(theme, frame, area, &self.title, Tone::Bad, (lines, self.scroll), foot);
    }
}
