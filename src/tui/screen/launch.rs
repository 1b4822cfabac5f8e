//! The launch flow: whom, what would be done and why, when; then, and only then, the question.
//!
//! It stands over the screen that it was called from, stage upon stage: Esc takes one away.

pub(crate) mod ask;
mod blockers;
pub(crate) mod choose;
pub(crate) mod missing;
mod person;
pub(crate) mod preview;
pub(crate) mod when;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::{text, view};
use ask::Ask;
use choose::Choose;
use missing::Gone;
use preview::Look;

/// One stage of the flow.
#[derive(Debug)]
pub(crate) enum Stage {
    /// From where the people come.
    Choose(Choose),
    /// A person or a file is typed.
    Ask(Ask),
    /// Who has left by the word of HR, and has no offboarding.
    Gone(Gone),
    /// What would be done.
    Look(Box<Look>),
}

/// The flow.
#[derive(Debug)]
pub(crate) struct Launch {
    /// Never empty while the flow is open; the last one is shown.
    pub(crate) stages: Vec<Stage>,
}

impl Launch {
    pub(crate) fn new() -> Self {
        Self { stages: vec![Stage::Choose(Choose::default())] }
    }

    pub(crate) fn stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    pub(crate) fn stage_mut(&mut self) -> Option<&mut Stage> {
        self.stages.last_mut()
    }

    /// What would be done, if that is what is shown.
    pub(crate) fn look(&self) -> Option<&Look> {
        if let Some(Stage::Look(look)) = self.stage() { Some(look) } else { None }
    }

    pub(crate) fn look_mut(&mut self) -> Option<&mut Look> {
        if let Some(Stage::Look(look)) = self.stage_mut() { Some(look) } else { None }
    }

    /// Keys go into a text, or into the choice of when.
    pub(crate) fn is_typing(&self) -> bool {
        match self.stage() {
            Some(Stage::Ask(_)) => true,
            Some(Stage::Look(look)) => look.pick.is_some(),
            _ => false,
        }
    }

    pub(crate) fn marked(&self) -> usize {
        if let Some(Stage::Gone(gone)) = self.stage() { gone.list.marks.len() } else { 0 }
    }

    /// Puts windows over selections.
    pub(crate) fn settle(&mut self, app: &App, area: Rect) {
        let area = inside(area);
        match self.stage_mut() {
            Some(Stage::Gone(gone)) => gone.list.settle(missing::rows_high(area)),
            Some(Stage::Look(look)) => look.settle(app, area),
            _ => {}
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let Some(stage) = self.stage() else { return };
        let title = match stage {
            Stage::Choose(_) => "launch: whom?".to_owned(),
            Stage::Ask(ask) => format!("launch: {}", ask.of.title()),
            Stage::Gone(_) => "launch: left by the word of HR, and not being offboarded".to_owned(),
            Stage::Look(look) => format!("launch: {}", look.title()),
        };
        frame.render_widget(view::rule(app.theme, &title, Tone::Strong, area.width), Rect { height: 1, ..area });
        let area = inside(area);
        match stage {
            Stage::Choose(choose) => choose.draw(app, frame, area),
            Stage::Ask(ask) => ask.draw(app, frame, area),
            Stage::Gone(gone) => gone.draw(app, frame, area),
            Stage::Look(look) => look.draw(app, frame, area),
        }
    }
}

/// Without the title.
fn inside(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// What the engine said no with: line by line, as it was said.
fn refused(app: &App, told: &str, width: usize) -> Vec<Line<'static>> {
    let lines = told.lines().flat_map(|line| text::wrap(&text::clean(line), width));
    lines.map(|line| Line::styled(line, app.theme.style(Tone::Warn))).collect()
}

/// A field that is typed into.
fn field(app: &App, label: &str, typed: &str, width: usize) -> Line<'static> {
    let room = width.saturating_sub(text::width(label) + 4);
    // The end of a long text is where it is typed.
    let mut shown = text::clean(typed);
    while text::width(&shown) > room {
        shown.remove(0);
    }
    Line::from(vec![
        Span::styled(format!("{label} "), app.theme.style(Tone::Dim)),
        Span::styled(app.theme.glyph("▸ ", "> "), app.theme.style(Tone::Strong)),
        Span::raw(shown),
        Span::styled(" ", crate::tui::theme::Theme::selected()),
    ])
}
