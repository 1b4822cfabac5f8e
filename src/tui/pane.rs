//! A pane of text over a screen: a timeline, details, the open alerts.

pub(crate) mod journal;
mod payload;
pub(crate) mod person;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::action::Action;
use super::app::{App, count};
use super::dialog::frame::paragraph;
use super::list::travelled;
use super::screen::{ledger, offboarding};
use super::theme::Tone;
use super::{span, text, view};
use crate::model::{Envelope, OffboardingId, StepRef};
use person::{Looks, Person};

/// What a pane shows.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Everything that ever happened to a person.
    Person(Box<Person>),
    /// One step's journal.
    Log { step: StepRef, journal: Journal },
    /// What a step sent and heard, as journalled.
    Payloads { step: StepRef, journal: Journal },
    /// Everything known of a person.
    Details(OffboardingId),
    /// The open alerts.
    Alerts,
    /// The last signed checkpoint.
    Checkpoint,
}

/// Events, or why there are none; `None`: asked for.
type Journal = Option<Result<Vec<Envelope>, String>>;

/// The pane.
#[derive(Debug, Clone)]
pub(crate) struct Pane {
    pub(crate) body: Body,
    /// The first visible line.
    pub(crate) scroll: usize,
    /// New lines at the end pull the window with them.
    pub(crate) follow: bool,
    pub(crate) wrap: bool,
    pub(crate) times: bool,
    end: usize,
    /// The lines that are visible, as they were laid out for this frame.
    shown: Vec<Line<'static>>,
}

impl Pane {
    fn new(body: Body, follow: bool) -> Self {
        Self { body, scroll: 0, follow, wrap: true, times: true, end: 0, shown: Vec::new() }
    }

    pub(crate) fn person(person: Person, follow: bool) -> Self {
        Self::new(Body::Person(Box::new(person)), follow)
    }

    pub(crate) fn log(step: StepRef) -> Self {
        Self::new(Body::Log { step, journal: None }, true)
    }

    pub(crate) fn payloads(step: StepRef) -> Self {
        Self::new(Body::Payloads { step, journal: None }, true)
    }

    pub(crate) fn details(of: OffboardingId) -> Self {
        Self::new(Body::Details(of), false)
    }

    pub(crate) fn checkpoint() -> Self {
        Self::new(Body::Checkpoint, false)
    }

    pub(crate) fn alerts() -> Self {
        Self::new(Body::Alerts, false)
    }

    /// It grows while it is read.
    pub(crate) fn heard(&mut self, envelope: &Envelope) {
        if let Body::Person(person) = &mut self.body {
            return person.heard(envelope);
        }
        if envelope.event.step().is_some_and(|step| self.of() == Some(step))
            && let Some(Some(Ok(journal))) = self.journal()
            && journal.last().is_none_or(|last| last.seq < envelope.seq)
        {
            journal.push(envelope.clone());
        }
    }

    /// The step whose journal it shows.
    fn of(&self) -> Option<StepRef> {
        match &self.body {
            Body::Log { step, .. } | Body::Payloads { step, .. } => Some(*step),
            Body::Person(_) | Body::Details(_) | Body::Alerts | Body::Checkpoint => None,
        }
    }

    fn journal(&mut self) -> Option<&mut Journal> {
        match &mut self.body {
            Body::Log { journal, .. } | Body::Payloads { journal, .. } => Some(journal),
            Body::Person(_) | Body::Details(_) | Body::Alerts | Body::Checkpoint => None,
        }
    }

    /// The journal that was asked for has come, if it is still this one that is shown.
    pub(crate) fn learn(&mut self, step: StepRef, found: Result<Vec<Envelope>, String>) {
        if self.of() == Some(step)
            && let Some(journal) = self.journal()
        {
            *journal = Some(found);
        }
    }

    pub(crate) fn toggle(&mut self, action: Action) {
        match action {
            Action::Follow => self.follow = !self.follow,
            Action::Wrap => self.wrap = !self.wrap,
            _ => self.times = !self.times,
        }
    }

    pub(crate) fn travel(&mut self, action: Action, page: usize) {
        self.scroll = travelled(action, self.scroll, self.end + 1, page);
        // Whoever scrolls up reads: new lines must not pull the text away.
        self.follow = self.follow && self.scroll == self.end;
    }

    /// Lays it out on this area, and goes to its end if it follows.
    pub(crate) fn settle(&mut self, app: &App, area: Rect) {
        let room = usize::from(area.height).saturating_sub(1);
        let looks = Looks { width: usize::from(area.width).saturating_sub(2), wrap: self.wrap, times: self.times };
        let lines = self.lines(app, looks);
        let high = match &mut self.body {
            Body::Person(person) => person.lay_out(app, looks, self.scroll, room),
            _ => lines.len(),
        };
        self.end = high.saturating_sub(room);
        self.scroll = if self.follow { self.end } else { self.scroll.min(self.end) };
        self.shown = match &self.body {
            Body::Person(person) => person.window(app, looks, self.scroll, room),
            _ => lines.into_iter().skip(self.scroll).take(room).collect(),
        };
    }

    fn title(&self, app: &App) -> String {
        let name = |id: &OffboardingId| app.known(*id).map(super::app::name).unwrap_or_default();
        let on = |it: bool, word: &str| if it { format!("  {word}") } else { String::new() };
        let how = on(self.follow, "following") + &on(!self.wrap, "cut");
        let action = |at: StepRef| app.at(at).map(|(_, (planned, _))| planned.action.to_string()).unwrap_or_default();
        match &self.body {
            Body::Log { step, .. } => {
                format!("log of {step} {} for {}{how}", action(*step), name(&step.offboarding))
            }
            Body::Payloads { step, .. } => {
                format!("payloads of {step} {} for {}, redacted{how}", action(*step), name(&step.offboarding))
            }
            Body::Person(person) => format!("{}{how}", person.title()),
            Body::Checkpoint => "the last signed checkpoint".to_owned(),
            Body::Details(of) => format!("details of {} {of}", name(of)),
            Body::Alerts => "open alerts".to_owned(),
        }
    }

    fn lines(&self, app: &App, looks: Looks) -> Vec<Line<'static>> {
        let width = looks.width;
        let dim = app.theme.style(Tone::Dim);
        match &self.body {
            Body::Log { journal: None, .. } | Body::Payloads { journal: None, .. } => {
                vec![Line::styled("loading the journal...", dim)]
            }
            Body::Log { journal: Some(Err(why)), .. } | Body::Payloads { journal: Some(Err(why)), .. } => {
                let action = if matches!(self.body, Body::Log { .. }) { Action::StepLog } else { Action::Payloads };
                did_not_come(app, why, action, width)
            }
            Body::Log { step, journal: Some(Ok(journal)) } => {
                let action = app.at(*step).map(|(_, (planned, _))| planned.action.to_string());
                journal.iter().flat_map(|it| journal::lines(app, it, action.clone(), looks)).collect()
            }
            Body::Payloads { journal: Some(Ok(journal)), .. } => payload::lines(app, journal, looks),
            // It is laid out line by line: see `window`.
            Body::Person(_) => Vec::new(),
            Body::Checkpoint => ledger::checkpoint(app, width),
            Body::Details(of) => match (app.known(*of), app.shelf.problem(*of)) {
                (Some(person), _) => offboarding::whole(app, person, width),
                (None, Some(problem)) => paragraph(app.theme, &text::clean(problem), Tone::Warn, width),
                (None, None) => vec![Line::styled(format!("reading {of} from the journal..."), dim)],
            },
            Body::Alerts => {
                let alerts = app.mirror.fleet.alerts.iter();
                let said = alerts.flat_map(|(key, alert)| {
                    let text = format!("{} ({})", text::clean(&alert.summary), text::clean(key));
                    let since = span::time_of_day(alert.since, &app.zone);
                    super::dialog::frame::fact(app.theme, &since, &text, Tone::Plain, width)
                });
                let lines: Vec<_> = said.collect();
                if lines.is_empty() { vec![Line::styled("no alert is open", dim)] } else { lines }
            }
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let hidden = self.end.saturating_sub(self.scroll);
        let title = self.title(app);
        let title = if hidden > 0 { format!("{title}  ({})", count(hidden, "more line")) } else { title };
        frame.render_widget(view::rule(app.theme, &title, Tone::Strong, area.width), Rect { height: 1, ..area });
        let at = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
        frame.render_widget(Paragraph::new(self.shown.clone()), at);
    }
}

/// Why there is nothing to read, and what to press; `again` opened the pane.
fn did_not_come(app: &App, why: &str, again: Action, width: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(app.theme, &text::clean(why), Tone::Warn, width);
    let next = format!("{} closes this; then {} asks again.", app.keys.press(Action::Back), app.keys.press(again));
    lines.extend(paragraph(app.theme, &next, Tone::Dim, width));
    lines
}
