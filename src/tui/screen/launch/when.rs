//! When access ends: the choice, and an instant as it is in each zone that matters.

use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::field;
use crate::model::{Leaver, Previewed, Timestamp, instant};
use crate::tui::app::App;
use crate::tui::dialog::frame as boxed;
use crate::tui::span;
use crate::tui::theme::{Theme, Tone};

/// When access ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// For each as the file, or HR, says.
    AsTold,
    Now,
    At(Timestamp),
    /// When somebody fires it.
    Held,
}

impl When {
    /// In words, for the foot of the preview and the question. `one`: nobody else is meant.
    pub(crate) fn words(self, app: &App, zone: Option<&str>, one: Option<&Previewed>) -> String {
        match (self, one) {
            (Self::AsTold, Some(one)) => Self::of(one).words(app, zone, Some(one)),
            (Self::AsTold, None) => {
                format!("for each as told, in times of {}; without a last day, now", zone_name(&app.zone))
            }
            (Self::Now, _) => "now".to_owned(),
            (Self::Held, _) => BY_HAND.to_owned(),
            (Self::At(at), _) => zones(app, at, zone, one.is_none()).join(app.theme.dot()),
        }
    }

    /// What the file, or HR, says of one person.
    fn of(person: &Previewed) -> Self {
        match person.effective_at {
            _ if person.by_hand => Self::Held,
            Some(at) => Self::At(at),
            None => Self::Now,
        }
    }
}

/// When access ends of what is held.
const BY_HAND: &str = "when it is fired by hand";

/// The zone of the person's site. UTC is what the engine takes where nobody has said one.
pub(crate) fn zone_of(leaver: &Leaver) -> Option<&str> {
    leaver.zone.as_deref().filter(|it| !matches!(*it, "UTC" | "Etc/UTC"))
}

/// As it is called in the configuration of computers, and by people.
fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("this host's zone")
}

/// An instant in the operator's zone, in the person's, and in UTC; each once. `many`: it is several people's.
fn zones(app: &App, at: Timestamp, person: Option<&str>, many: bool) -> Vec<String> {
    let theirs = person.and_then(|name| Some((name, TimeZone::get(name).ok()?)));
    let mut told = vec![(zone_name(&app.zone) != "UTC").then(|| format!("{} (here)", shown(at, &app.zone)))];
    told.push(theirs.as_ref().map(|(name, zone)| format!("{} ({name})", shown(at, zone))));
    told.push(Some(format!("{} (UTC)", shown(at, &TimeZone::UTC))));
    let unknown = if many { "they have no known zone in common" } else { "their zone is not known" };
    told.push(theirs.is_none().then(|| unknown.to_owned()));
    told.into_iter().flatten().collect()
}

fn shown(at: Timestamp, zone: &TimeZone) -> String {
    span::date_time(at, zone)
}

/// The choice, open over the preview.
#[derive(Debug)]
pub(crate) struct Pick {
    /// What there is to choose from here.
    pub(crate) choices: Vec<Choice>,
    pub(crate) row: usize,
    /// The instant, as typed.
    pub(crate) text: String,
    /// Why it cannot be.
    pub(crate) problem: Option<String>,
    /// What a time without a zone is meant in: the person's zone if it is known, else the operator's.
    pub(crate) zone: Option<String>,
}

/// What the keys do while it is open.
pub(crate) const CHOOSING: &str = "j k Up Down choose, Enter takes it, Esc leaves it as it is";

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    AsTold,
    Now,
    Instant,
    Held,
}

impl Choice {
    fn words(self) -> &'static str {
        match self {
            Self::AsTold => "for each as told",
            Self::Now => "now",
            Self::Instant => "at an instant",
            Self::Held => "armed, and fired by hand",
        }
    }
}

impl Pick {
    pub(crate) fn new(choices: Vec<Choice>, when: When, zone: Option<String>) -> Self {
        let chosen = match when {
            When::AsTold => Choice::AsTold,
            When::Now => Choice::Now,
            When::At(_) => Choice::Instant,
            When::Held => Choice::Held,
        };
        let row = choices.iter().position(|it| *it == chosen).unwrap_or(0);
        Self { choices, row, text: String::new(), problem: None, zone }
    }

    pub(crate) fn choice(&self) -> Choice {
        self.choices.get(self.row).copied().unwrap_or(Choice::Held)
    }

    pub(crate) fn is_typing(&self) -> bool {
        self.choice() == Choice::Instant
    }

    /// Goes to another choice, if the key means that. As long as nothing is typed, letters do.
    pub(crate) fn travel(&mut self, code: KeyCode) -> bool {
        let letters = !self.is_typing() || self.text.is_empty();
        self.row = match code {
            KeyCode::Up => self.row.saturating_sub(1),
            KeyCode::Down => (self.row + 1).min(self.choices.len().saturating_sub(1)),
            KeyCode::Char('k') if letters => return self.travel(KeyCode::Up),
            KeyCode::Char('j') if letters => return self.travel(KeyCode::Down),
            _ => return false,
        };
        true
    }

    /// What is chosen; or why it cannot be, with the cure.
    pub(crate) fn chosen(&self, now: Timestamp) -> Result<When, String> {
        match self.choice() {
            Choice::AsTold => Ok(When::AsTold),
            Choice::Now => Ok(When::Now),
            Choice::Held => Ok(When::Held),
            Choice::Instant => {
                let at = instant::parse(self.text.trim(), self.zone.as_deref())?;
                if at <= now {
                    let ago = span::running(now.ms_since(at));
                    return Err(format!("that was {ago} ago: choose now, or a time to come"));
                }
                Ok(When::At(at))
            }
        }
    }

    pub(super) fn draw(&self, app: &App, (person, many): (Option<&str>, bool), frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let width = boxed::inner_width(area);
        let mut lines = Vec::new();
        for (n, choice) in self.choices.iter().enumerate() {
            let mark = if n == self.row { theme.glyph("▸", ">") } else { " " };
            let style = if n == self.row { Theme::selected() } else { theme.style(Tone::Plain) };
            lines.push(Line::styled(format!("{mark} {} ", choice.words()), style));
        }
        if self.is_typing() {
            let zone = self.zone.as_deref().unwrap_or("no zone: add one, or an offset");
            lines.push(Line::default());
            lines.push(field(app, "when", &self.text, width));
            let told = format!("as in 2026-12-01 18:00, meant in {zone}; or with +01:00, or [Europe/Berlin]");
            lines.extend(boxed::paragraph(theme, &told, Tone::Dim, width));
            match (self.text.trim().is_empty(), self.chosen(app.now)) {
                (false, Ok(When::At(at))) => {
                    let left = format!("in {}", span::left(at, app.now));
                    let told = zones(app, at, person, many).into_iter().chain([left]);
                    lines.extend(told.map(|it| Line::styled(it, theme.style(Tone::Good))));
                }
                (false, Err(why)) if self.problem.is_none() => {
                    lines.extend(boxed::paragraph(theme, &crate::tui::text::clean(&why), Tone::Dim, width));
                }
                _ => {}
            }
        }
        if let Some(problem) = &self.problem {
            lines.extend(boxed::paragraph(theme, &crate::tui::text::clean(problem), Tone::Warn, width));
        }
        let foot = vec![Line::styled(CHOOSING, theme.style(Tone::Dim))];
        boxed::draw(theme, frame, area, "When does access end?", Tone::Plain, (lines, 0), foot);
    }
}
