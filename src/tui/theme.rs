//! Every colour and every glyph is made here. A [`Scheme`] says what the tones look like; a [`Theme`] is a scheme on one
//! terminal, with the colours that this one offers.

mod colour;
mod scheme;

pub(crate) use colour::Depth;
#[cfg(test)]
pub(crate) use colour::{XTERM, light, oklab_of_light, rgb, times};
pub use scheme::{BuiltIn, Scheme};

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::Span;

use super::list::List;
use super::standing::Standing;
use crate::model::StepState;
use crate::model::health::Health;

/// What a thing means; the theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Text.
    Plain,
    /// Beside the point.
    Dim,
    /// To be read first.
    Strong,
    /// Proved.
    Good,
    /// Under way.
    Active,
    /// Waits for a person's consent.
    Asking,
    /// Slow, limited, or soon wrong.
    Warn,
    /// Failed, or alive when it should not be.
    Bad,
}

impl Tone {
    /// All of them, in the order of their declaration.
    pub(crate) const ALL: [Self; 8] =
        [Self::Plain, Self::Dim, Self::Strong, Self::Good, Self::Active, Self::Asking, Self::Warn, Self::Bad];
}

/// The look on this terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    /// ASCII only.
    pub(crate) ascii: bool,
    inks: [Style; Tone::ALL.len()],
    /// Painted under everything; `None`: the terminal's own background shows.
    paper: Option<Color>,
}

/// Glyphs of what turns, in the order of its turns.
const SPINNER: [(&str, &str); 4] = [("◷", "/"), ("◶", "-"), ("◵", "\\"), ("◴", "|")];

impl Theme {
    pub(crate) fn new(scheme: &Scheme, depth: Depth, ascii: bool) -> Self {
        // What a scheme says by colour alone is lost without colours: the plain one's bold and dim say more.
        let scheme = if depth == Depth::None { &Scheme::default() } else { scheme };
        let colourless = depth == Depth::None;
        let ink = |tone| match scheme.ink(tone, depth) {
            ink if colourless => Style { fg: None, ..ink },
            ink => ink,
        };
        let paper = scheme.paper(depth).filter(|_| !colourless);
        Self { ascii, inks: Tone::ALL.map(ink), paper }
    }

    /// Without colours.
    pub(crate) fn plain(ascii: bool) -> Self {
        Self::new(&Scheme::default(), Depth::None, ascii)
    }

    pub(crate) fn style(self, tone: Tone) -> Style {
        self.inks[tone as usize]
    }

    /// Painted under everything; `None`: nothing.
    pub(crate) fn paper(self) -> Option<Color> {
        self.paper
    }

    /// Paints what no widget has given a colour. The last that is done to a frame.
    pub(crate) fn paint(self, buffer: &mut Buffer) {
        let Some(paper) = self.paper() else { return };
        let ink = self.inks[Tone::Plain as usize].fg.unwrap_or(Color::Reset);
        for cell in &mut buffer.content {
            if cell.bg == Color::Reset {
                cell.bg = paper;
            }
            if cell.fg == Color::Reset {
                cell.fg = ink;
            }
        }
    }

    /// Something is under way, drawn after so many turns.
    pub(crate) fn spinner(self, turns: u64) -> &'static str {
        let at = usize::try_from(turns).unwrap_or(0) % SPINNER.len();
        let (unicode, ascii) = SPINNER[at];
        self.glyph(unicode, ascii)
    }

    /// The selected row: reverse video, and nothing else.
    pub(crate) fn selected() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// `unicode`, or its ASCII stand-in.
    pub(crate) fn glyph(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    /// The first cells of a list's row. Where there is no mark there is no colour either: a slow line carries each.
    pub(crate) fn mark<Id: Copy + Ord>(self, list: &List<Id>, id: Id) -> Span<'static> {
        let (mark, tone) = if list.marks.contains(&id) {
            (self.glyph("▪ ", "* "), Tone::Asking)
        } else if list.anchor == Some(id) {
            (self.glyph("▫ ", "' "), Tone::Asking)
        } else {
            ("  ", Tone::Plain)
        };
        Span::styled(mark, self.style(tone))
    }

    pub(crate) fn borders(self) -> border::Set<'static> {
        if self.ascii {
            border::Set {
                top_left: "+",
                top_right: "+",
                bottom_left: "+",
                bottom_right: "+",
                vertical_left: "|",
                vertical_right: "|",
                horizontal_top: "-",
                horizontal_bottom: "-",
            }
        } else {
            border::ROUNDED
        }
    }

    pub(crate) fn rule(self) -> &'static str {
        self.glyph("─", "-")
    }

    /// Between two facts of a line.
    pub(crate) fn dot(self) -> &'static str {
        self.glyph(" · ", " | ")
    }

    /// A step's state.
    pub(crate) fn step(self, state: &StepState) -> (&'static str, Tone) {
        match state {
            StepState::Waiting => (self.glyph("○", "."), Tone::Dim),
            StepState::AwaitingApproval { .. } => (self.glyph("◆", "@"), Tone::Asking),
            StepState::Running { .. } => (self.glyph("▶", ">"), Tone::Active),
            StepState::RetryAt { .. } => (self.glyph("◐", "~"), Tone::Warn),
            StepState::Ambiguous { .. } => (self.glyph("◇", "?"), Tone::Warn),
            StepState::Verifying { .. } => (self.glyph("◎", "="), Tone::Active),
            StepState::Done { .. } => (self.glyph("●", "+"), Tone::Good),
            StepState::Failed { .. } => (self.glyph("■", "x"), Tone::Bad),
            StepState::NeedsHuman { .. } => (self.glyph("▲", "!"), Tone::Bad),
            StepState::Skipped { .. } => (self.glyph("◌", "-"), Tone::Dim),
        }
    }

    /// How an offboarding stands.
    pub(crate) fn standing(self, standing: Standing) -> (&'static str, Tone) {
        match standing {
            Standing::Armed => (self.glyph("◔", "^"), Tone::Plain),
            Standing::Held => (self.glyph("□", "o"), Tone::Warn),
            Standing::Paused => (self.glyph("▮", "|"), Tone::Warn),
            Standing::Running => (self.glyph("▶", ">"), Tone::Active),
            Standing::Approval => (self.glyph("◆", "@"), Tone::Asking),
            Standing::Attention => (self.glyph("▲", "!"), Tone::Bad),
            Standing::Verifying => (self.glyph("◎", "="), Tone::Active),
            Standing::Closed => (self.glyph("●", "+"), Tone::Good),
            Standing::Aborted => (self.glyph("■", "x"), Tone::Warn),
        }
    }

    /// A legal hold stands.
    pub(crate) fn legal_hold(self) -> &'static str {
        self.glyph("▣", "&")
    }

    /// A connector's health.
    pub(crate) fn health(self, health: Health) -> (&'static str, &'static str, Tone) {
        match health {
            Health::Unknown => (self.glyph("○", "."), health.word(), Tone::Dim),
            Health::Up => (self.glyph("●", "+"), health.word(), Tone::Good),
            Health::Throttled => (self.glyph("◐", "~"), health.word(), Tone::Warn),
            Health::Down => (self.glyph("▼", "x"), health.word(), Tone::Bad),
            Health::Locked => (self.glyph("■", "!"), health.word(), Tone::Bad),
        }
    }

    /// One value of a series: 0 is nothing, 8 the most.
    pub(crate) fn spark(self, level: usize) -> &'static str {
        const LEVELS: [(&str, &str); 9] = [
            (" ", " "),
            ("▁", "_"),
            ("▂", "."),
            ("▃", ":"),
            ("▄", "-"),
            ("▅", "="),
            ("▆", "+"),
            ("▇", "*"),
            ("█", "#"),
        ];
        let (unicode, ascii) = LEVELS[level.min(8)];
        self.glyph(unicode, ascii)
    }

    /// A bar of `width` columns, `done` of `total` filled.
    pub(crate) fn bar(self, done: u32, total: u32, width: usize) -> String {
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let done = usize::try_from(done).unwrap_or(usize::MAX).min(total);
        // Anything done shows, and only everything fills it.
        let full = match (done, total) {
            (_, 0) | (0, _) => 0,
            (done, total) if done == total => width,
            (done, total) => ((done * width + total / 2) / total).clamp(1, width.saturating_sub(1).max(1)),
        };
        let (on, off) = (self.glyph("▰", "#"), self.glyph("▱", "-"));
        format!("{}{}", on.repeat(full), off.repeat(width - full))
    }
}
