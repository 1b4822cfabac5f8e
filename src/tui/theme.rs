//! Every colour and every glyph is made here: the terminal's own 16 colours, its background left unpainted.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

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

/// The look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    /// Colours may be used (`NO_COLOR` is not set).
    pub(crate) colour: bool,
    /// ASCII only.
    pub(crate) ascii: bool,
}

impl Theme {
    pub(crate) fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        let coloured = |colour| if self.colour { plain.fg(colour) } else { plain };
        match tone {
            Tone::Plain => plain,
            Tone::Dim => plain.add_modifier(Modifier::DIM),
            Tone::Strong => plain.add_modifier(Modifier::BOLD),
            Tone::Good => coloured(Color::Green),
            Tone::Active => coloured(Color::Cyan),
            Tone::Asking => coloured(Color::Magenta),
            Tone::Warn => coloured(Color::Yellow),
            Tone::Bad => coloured(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    /// The selected row: reverse video, and nothing else.
    pub(crate) fn selected() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// `unicode`, or its ASCII stand-in.
    pub(crate) fn glyph(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
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
            Health::Unknown => (self.glyph("○", "."), "unknown", Tone::Dim),
            Health::Up => (self.glyph("●", "+"), "up", Tone::Good),
            Health::Throttled => (self.glyph("◐", "~"), "throttled", Tone::Warn),
            Health::Down => (self.glyph("▼", "x"), "down", Tone::Bad),
            Health::Locked => (self.glyph("■", "!"), "locked", Tone::Bad),
        }
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
