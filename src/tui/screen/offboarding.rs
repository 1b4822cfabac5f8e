//! Screen 2: one person, the plan as stages and steps, and everything known of the step pointed at.

mod details;
mod facts;
mod steps;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::model::{Envelope, Offboarding, OffboardingId, Stage, StepRef};
use crate::tui::app::{App, count};
use crate::tui::filter::Filter;
use crate::tui::list::{self, List};
use crate::tui::screen::Place;
use crate::tui::text::clean;
use crate::tui::theme::Tone;
use crate::tui::view::{self, notice};

pub(crate) use details::whole;

/// Which pane takes the movement keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Focus {
    #[default]
    Plan,
    Details,
}

impl Focus {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Plan => Self::Details,
            Self::Details => Self::Plan,
        }
    }
}

/// A row of the plan: a stage's heading, or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanRow {
    Stage(Stage),
    Step(u16),
}

/// The journal of one revision of a step.
#[derive(Debug, Clone)]
struct Fetched {
    step: StepRef,
    revision: u32,
    journal: Option<Result<Vec<Envelope>, String>>,
}

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) of: Option<OffboardingId>,
    pub(crate) list: List<u16>,
    pub(crate) rows: Vec<PlanRow>,
    pub(crate) filter: Filter,
    pub(crate) focus: Focus,
    pub(crate) zoom: bool,
    /// The first visible line of the details.
    pub(crate) scroll: usize,
    shown: Option<u16>,
    fetched: Option<Fetched>,
}

pub(crate) struct Parts {
    facts: Rect,
    plan: Rect,
    details: Rect,
}

/// From this width on the details stand beside the plan.
const WIDE: u16 = 110;

impl Case {
    /// Another person's: everything pointed at is forgotten.
    pub(crate) fn show(&mut self, id: OffboardingId) {
        if self.of != Some(id) {
            *self = Self { of: Some(id), ..Self::default() };
        }
    }

    /// The plan's rows: stages in order, and in each its steps.
    pub(crate) fn list_up(&mut self, person: Option<&Offboarding>) {
        self.rows.clear();
        let Some(person) = person else { return self.list.replace(Vec::new()) };
        let mut ids = Vec::new();
        for stage in Stage::ALL {
            let steps = (0u16..).zip(person.plan.steps.iter().zip(&person.steps));
            let of_stage = steps.filter(|(_, (planned, _))| planned.stage == stage);
            let admitted: Vec<_> = of_stage
                .filter(|(_, (planned, step))| self.filter.admits_step(person, planned, step))
                .map(|(ord, _)| ord)
                .collect();
            if !admitted.is_empty() {
                self.rows.push(PlanRow::Stage(stage));
                self.rows.extend(admitted.iter().map(|ord| PlanRow::Step(*ord)));
                ids.extend(admitted);
            }
        }
        // A person is opened at what needs a person.
        if self.list.selected.is_none() {
            self.list.selected = person.worst_step();
        }
        self.list.replace(ids);
    }

    pub(crate) fn settle(&mut self, height: usize) {
        if self.shown != self.list.selected {
            self.shown = self.list.selected;
            self.scroll = 0;
        }
        let row = self.rows.iter().position(|row| Some(*row) == self.list.selected.map(PlanRow::Step)).unwrap_or(0);
        // The first step shows its stage's heading too.
        let row = if row == 1 { 0 } else { row };
        self.list.offset = list::window(row, self.list.offset, self.rows.len(), height);
    }

    pub(crate) fn rows_high(&self, app: &App) -> usize {
        usize::from(self.parts(view::areas(app).body).plan.height).saturating_sub(1)
    }

    /// The step's journal is not here and not asked for.
    pub(crate) fn wants(&mut self, step: StepRef, revision: u32) -> bool {
        if self.fetched.as_ref().is_some_and(|it| it.step == step && it.revision == revision) {
            return false;
        }
        // The old one of the same step stays visible until the new one is here.
        let old = self.fetched.take().filter(|it| it.step == step).and_then(|it| it.journal);
        self.fetched = Some(Fetched { step, revision, journal: old });
        true
    }

    pub(crate) fn fetched(&mut self, step: StepRef, revision: u32, journal: Result<Vec<Envelope>, String>) {
        if let Some(it) = &mut self.fetched
            && it.step == step
            && it.revision == revision
        {
            it.journal = Some(journal);
        }
    }

    /// Whatever was asked for may never be answered.
    pub(crate) fn forget_fetched(&mut self) {
        self.fetched = None;
    }

    fn journal(&self, step: StepRef) -> Option<&Result<Vec<Envelope>, String>> {
        self.fetched.as_ref().filter(|it| it.step == step)?.journal.as_ref()
    }

    pub(crate) fn details_end(&self, app: &App) -> usize {
        let area = self.parts(view::areas(app).body).details;
        let Some(person) = app.person() else { return 0 };
        let lines = details::lines(app, self, person, usize::from(area.width).saturating_sub(2));
        lines.len().saturating_sub(usize::from(area.height).saturating_sub(1))
    }

    fn parts(&self, body: Rect) -> Parts {
        let none = Rect { height: 0, ..body };
        if self.zoom {
            return match self.focus {
                Focus::Plan => Parts { facts: none, plan: body, details: none },
                Focus::Details => Parts { facts: none, plan: none, details: body },
            };
        }
        let facts = if body.height >= 26 { 5 } else { 4 };
        let [facts, rest] = Layout::vertical([Constraint::Length(facts), Constraint::Fill(1)]).areas(body);
        if body.width >= WIDE {
            let [plan, _, details] =
                Layout::horizontal([Constraint::Percentage(52), Constraint::Length(2), Constraint::Fill(1)])
                    .areas(rest);
            return Parts { facts, plan, details };
        }
        let [plan, details] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rest.height / 2)]).areas(rest);
        Parts { facts, plan, details }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let Some(person) = app.person() else {
            let back = app.keys.key(crate::tui::action::Action::Dashboard);
            let (headline, told) = match app.place {
                Place::Offboarding(Some(id)) => match app.shelf.problem(id) {
                    Some(problem) => (format!("{id} cannot be shown"), clean(problem)),
                    None if app.is_live() => (format!("reading {id} from the journal..."), String::new()),
                    None => (
                        format!("{id} is not in memory any more"),
                        "Its journal keeps everything, and is read as soon as there is a line to the engine."
                            .to_owned(),
                    ),
                },
                _ => ("nobody is selected".to_owned(), format!("{back} shows the dashboard: choose somebody there.")),
            };
            return notice::words(app.theme, frame, area, &headline, &[told]);
        };
        let parts = self.parts(area);
        facts::draw(app, frame, parts.facts, person);
        if parts.plan.height > 0 {
            let counts = person.counts();
            let title = format!("plan  {}/{} settled", counts.done + counts.skipped, counts.total);
            let title = title + &facts::in_doubt(app, person);
            let tone = if self.focus == Focus::Plan { Tone::Strong } else { Tone::Dim };
            let head = Rect { height: 1, ..parts.plan };
            frame.render_widget(view::rule(app.theme, &title, tone, head.width), head);
            let rows = Rect { y: head.y + 1, height: parts.plan.height - 1, ..parts.plan };
            self.draw_rows(app, frame, rows, person);
        }
        if parts.details.height > 0 {
            self.draw_details(app, frame, parts.details, person);
        }
    }

    fn draw_rows(&self, app: &App, frame: &mut Frame, area: Rect, person: &Offboarding) {
        if self.rows.is_empty() {
            let key = app.keys.key(crate::tui::action::Action::Back);
            let told = [format!("{key} clears the filter.")];
            return notice::words(app.theme, frame, area, "no step fits the filter", &told);
        }
        let visible = self.rows.iter().skip(self.list.offset).take(usize::from(area.height));
        for (y, row) in (area.y..).zip(visible) {
            let line = match row {
                PlanRow::Stage(stage) => steps::heading(app, person, *stage),
                PlanRow::Step(ord) => {
                    steps::row(app, person, *ord, usize::from(area.width), self.list.selected == Some(*ord))
                }
            };
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
    }

    fn draw_details(&self, app: &App, frame: &mut Frame, area: Rect, person: &Offboarding) {
        let tone = if self.focus == Focus::Details { Tone::Strong } else { Tone::Dim };
        let title = match self.list.selected.and_then(|ord| Some((ord, person.plan.step(ord)?))) {
            Some((ord, planned)) => format!("{}  {}", person.id.step(ord), planned.action),
            None => "details".to_owned(),
        };
        let lines = details::lines(app, self, person, usize::from(area.width).saturating_sub(2));
        let room = usize::from(area.height) - 1;
        let scroll = self.scroll.min(lines.len().saturating_sub(room));
        let hidden = lines.len().saturating_sub(room + scroll);
        let title = if hidden > 0 { format!("{title}  ({})", count(hidden, "more line")) } else { title };
        frame.render_widget(view::rule(app.theme, &title, tone, area.width), Rect { height: 1, ..area });
        let shown: Vec<Line> = lines.into_iter().skip(scroll).take(room).collect();
        let at = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(1), height: area.height - 1 };
        frame.render_widget(Paragraph::new(shown), at);
    }
}
