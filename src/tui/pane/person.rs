//! Everything that ever happened to a person, oldest first: pages from the journal, then what happens while it is read.

use std::collections::BTreeMap;

use ratatui::text::{Line, Span};

use super::{did_not_come, journal};
use crate::ipc::PersonPage;
use crate::model::{ActionId, Envelope, Event, OffboardingId};
use crate::tui::action::Action;
use crate::tui::app::{App, count};
use crate::tui::dialog::frame::paragraph;
use crate::tui::span;
use crate::tui::text::{clean, fit};
use crate::tui::theme::Tone;

/// Events that are asked for at once.
pub(crate) const PAGE: u32 = 500;

/// What is known of a person's journal.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The offboarding from which it was opened.
    pub(crate) of: OffboardingId,
    offboardings: Vec<OffboardingId>,
    events: Vec<Envelope>,
    /// What each step does, by what its offboarding's opening said.
    actions: BTreeMap<OffboardingId, Vec<ActionId>>,
    /// Heard before everything older was here.
    heard: Vec<Envelope>,
    erased: u64,
    loaded: bool,
    more: bool,
    asked: bool,
    problem: Option<String>,
    name: Option<String>,
    /// The window shows the last lines, or nearly.
    end_is_near: bool,
    layout: Layout,
}

/// A page to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    /// It begins after this event; `None`: at the beginning.
    pub(crate) after: Option<u64>,
}

/// Where each event's lines end. Wrapped lines are counted once, so that a frame costs by the lines that it shows.
#[derive(Debug, Clone, Default)]
struct Layout {
    looks: Looks,
    ends: Vec<usize>,
}

/// What the number of lines depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Looks {
    pub(crate) width: usize,
    pub(crate) wrap: bool,
    pub(crate) times: bool,
}

impl Person {
    pub(crate) fn new(of: OffboardingId) -> Self {
        Self {
            of,
            offboardings: vec![of],
            events: Vec::new(),
            actions: BTreeMap::new(),
            heard: Vec::new(),
            erased: 0,
            loaded: false,
            more: true,
            asked: false,
            problem: None,
            name: None,
            end_is_near: true,
            layout: Layout::default(),
        }
    }

    /// The next page, if one is needed and none is under way.
    pub(crate) fn want(&mut self, follow: bool) -> Option<Next> {
        let needed = self.more && (follow || self.end_is_near);
        if !needed || self.asked || self.problem.is_some() {
            return None;
        }
        self.asked = true;
        Some(Next { after: self.events.last().map(|it| it.seq) })
    }

    /// The page after event `after` has come.
    pub(crate) fn add(&mut self, after: Option<u64>, page: PersonPage) {
        if after != self.events.last().map(|it| it.seq) {
            return;
        }
        self.asked = false;
        self.loaded = true;
        self.more = page.more;
        self.erased = page.erased;
        self.offboardings = page.offboardings;
        for it in page.events {
            self.push(it);
        }
        if !self.more {
            for it in std::mem::take(&mut self.heard) {
                self.push(it);
            }
        }
    }

    pub(crate) fn fail(&mut self, problem: String) {
        self.asked = false;
        self.problem = Some(problem);
    }

    /// The line is gone: what was asked for is not answered any more, and what happens meanwhile is not heard.
    pub(crate) fn lose(&mut self) {
        (self.asked, self.more, self.problem) = (false, true, None);
    }

    /// It grows while it is read.
    pub(crate) fn heard(&mut self, envelope: &Envelope) {
        if envelope.event.offboarding().is_none_or(|id| !self.offboardings.contains(&id)) {
            return;
        }
        if self.more || self.asked {
            self.heard.push(envelope.clone());
        } else {
            self.push(envelope.clone());
        }
    }

    fn push(&mut self, envelope: Envelope) {
        if self.events.last().is_some_and(|last| last.seq >= envelope.seq) {
            return;
        }
        if let Event::Opened { offboarding, notice, plan, .. } = &envelope.event {
            self.actions.insert(*offboarding, plan.steps.iter().map(|it| it.action.clone()).collect());
            let leaver = &notice.leaver;
            let shown = if leaver.name.trim().is_empty() { &leaver.email } else { &leaver.name };
            self.name = Some(fit(&clean(shown), 48));
        }
        self.events.push(envelope);
    }

    pub(crate) fn title(&self) -> String {
        let name = self.name.as_ref().map_or_else(String::new, |name| format!("{name}  "));
        let ids: Vec<_> = self.offboardings.iter().map(ToString::to_string).collect();
        let more = if self.more && self.loaded { "  loading..." } else { "" };
        format!("everything of {name}{}{more}", ids.join(" "))
    }

    /// Counts the lines, and notes whether a window of `room` lines at `scroll` is near their end.
    pub(crate) fn lay_out(&mut self, app: &App, looks: Looks, scroll: usize, room: usize) -> usize {
        if self.layout.looks != looks {
            self.layout = Layout { looks, ends: Vec::with_capacity(self.events.len()) };
        }
        let mut end = self.layout.ends.last().copied().unwrap_or(0);
        for at in self.layout.ends.len()..self.events.len() {
            end += self.lines_of(app, at, looks).len();
            self.layout.ends.push(end);
        }
        self.end_is_near = scroll + 3 * room >= end;
        end + self.notes(app, looks.width).len()
    }

    /// The lines from `scroll` on, at most `room`.
    pub(crate) fn window(&self, app: &App, looks: Looks, scroll: usize, room: usize) -> Vec<Line<'static>> {
        let ends = &self.layout.ends;
        let first = ends.partition_point(|end| *end <= scroll);
        let mut skip = scroll - if first == 0 { 0 } else { ends[first - 1] };
        let mut shown = Vec::with_capacity(room);
        for at in first..self.events.len().min(ends.len()) {
            if shown.len() >= room {
                break;
            }
            shown.extend(self.lines_of(app, at, looks).into_iter().skip(skip));
            skip = 0;
        }
        shown.extend(self.notes(app, looks.width).into_iter().skip(skip));
        shown.truncate(room);
        shown
    }

    /// What stands under the events.
    fn notes(&self, app: &App, width: usize) -> Vec<Line<'static>> {
        let dim = app.theme.style(Tone::Dim);
        if let Some(problem) = &self.problem {
            return did_not_come(app, problem, Action::Timeline, width);
        }
        if !self.loaded {
            let told = if app.is_live() {
                "loading the journal..."
            } else {
                "the journal is read as soon as there is a line to the engine"
            };
            return vec![Line::styled(told, dim)];
        }
        if self.erased > 0 {
            let told = format!(
                "erased: {}; the log proves that it happened, not to whom, nor what was said.",
                count(self.erased, "event")
            );
            return paragraph(app.theme, &told, Tone::Dim, width);
        }
        Vec::new()
    }

    /// One event; before the first of a day, or of another offboarding, a heading.
    fn lines_of(&self, app: &App, at: usize, looks: Looks) -> Vec<Line<'static>> {
        let it = &self.events[at];
        let mut lines = Vec::new();
        let of = it.event.offboarding();
        let heading = |it: &Envelope| (span::day(it.at, &app.zone), it.event.offboarding());
        let before = at.checked_sub(1).map(|before| heading(&self.events[before]));
        if before.as_ref() != Some(&heading(it)) {
            if at > 0 {
                lines.push(Line::default());
            }
            let strong = app.theme.style(Tone::Strong);
            let id = of.map_or_else(String::new, |id| id.to_string());
            lines.push(Line::from(vec![
                Span::styled(span::day(it.at, &app.zone), strong),
                Span::styled(format!("  {id}"), strong),
                Span::styled(self.about(it), app.theme.style(Tone::Dim)),
            ]));
        }
        let planned = |step: crate::model::StepRef| {
            let action = self.actions.get(&step.offboarding)?.get(usize::from(step.ord))?;
            Some(action.to_string())
        };
        let action = it.event.step().and_then(planned);
        lines.extend(journal::lines(app, it, action, looks));
        lines
    }

    /// What an opening begins.
    fn about(&self, it: &Envelope) -> String {
        let Event::Opened { notice, plan, offboarding, .. } = &it.event else { return String::new() };
        let again = self.offboardings.first().is_some_and(|first| first != offboarding);
        match plan.undoes {
            Some(undone) => format!("  gives back what {undone} took"),
            None if again => format!("  leaves again, told by {}", fit(&clean(&notice.source), 40)),
            None => format!("  leaves, told by {}", fit(&clean(&notice.source), 40)),
        }
    }
}
