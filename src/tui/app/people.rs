//! Acts on whole people: retry, pause, launch, abort; of one, or of all that are marked.

use super::App;
use super::acts::{BY_HAND, capital, connectors, count, list_up, name, who};
use crate::ipc::Op;
use crate::model::{Offboarding, OffboardingId, Phase, StepState};
use crate::tui::dialog::editor::Next;
use crate::tui::dialog::{Confirm, Dialog, Editor, Typed};
use crate::tui::msg::Cmd;
use crate::tui::order::{Line, Order};
use crate::tui::screen::Place;
use crate::tui::span;
use crate::tui::text::{clean, clean_lines};
use crate::tui::theme::Tone;

impl App {
    /// Tier 1.
    pub(super) fn retry(&mut self) -> Vec<Cmd> {
        let Some(at) = self.step_that(StepState::needs_attention) else { return Vec::new() };
        let Some((person, (planned, step))) = self.at(at) else { return Vec::new() };
        let about = format!("{} of {}", planned.action, name(person));
        let op = Op::Retry { step: at, revision: Some(step.revision) };
        self.send(Order::one("retry", about, op))
    }

    /// Those with a failed step whom a bulk retry is about: the person shown, the marked, or everybody listed.
    pub(crate) fn failing(&self) -> Box<dyn Iterator<Item = OffboardingId> + '_> {
        let chosen = || self.chosen().filter(|it| it.fails()).map(|it| it.id);
        match self.place {
            Place::Offboarding(_) => Box::new(chosen()),
            Place::Dashboard | Place::Wall if self.is_bulk() => Box::new(chosen()),
            Place::Dashboard => Box::new(self.board.rows.failing()),
            Place::Wall => Box::new(self.wall.rows.failing()),
            Place::Connectors | Place::Approvals | Place::History | Place::Ledger => Box::new(std::iter::empty()),
        }
    }

    /// Whether a bulk retry is about anybody. Asked once a frame: where everybody is listed, nobody is looked at.
    pub(crate) fn some_fail(&self) -> bool {
        match self.place {
            Place::Dashboard if !self.is_bulk() => self.board.rows.some_fail(),
            Place::Wall if !self.is_bulk() => self.wall.rows.some_fail(),
            _ => self.failing().next().is_some(),
        }
    }

    /// Every failed step as it is now: one that fails later is not of the list.
    pub(super) fn ask_retry_all(&mut self) {
        let people: Vec<_> = self.failing().filter_map(|id| self.mirror.fleet.get(id)).collect();
        let lines: Vec<_> = people.iter().flat_map(|it| retry_lines(it)).collect();
        let steps = lines.len();
        let listed = list_up(people.iter().map(|it| format!("{} ({} failed)", name(it), retry_lines(it).count())));
        let facts = vec![
            ("what", "queue every failed step afresh, with all its tries".to_owned()),
            ("of", listed),
            ("how much", count(steps, "step") + " of " + &count(people.len(), "person")),
        ];
        let question = format!("Retry {} of {}?", count(steps, "failed step"), count(people.len(), "person"));
        let order = Order { verb: "retry", lines };
        self.dialogs.push(Dialog::Confirm(Confirm::new(
            question,
            facts,
            format!("retry {}", count(steps, "step")),
            order,
        )));
    }

    /// Tier 1 for one, tier 2 for many.
    pub(super) fn pause(&mut self) -> Vec<Cmd> {
        if !self.is_bulk() {
            let Some(person) = self.person() else { return Vec::new() };
            let order = Order { verb: pause_verb(person), lines: pause_line(person).into_iter().collect() };
            return self.send(order);
        }
        let running: Vec<_> = self.chosen().filter(|it| it.phase == Phase::Running).collect();
        // Whatever runs is paused; only when nothing does, the paused are resumed.
        let people = if running.is_empty() { self.chosen().collect() } else { running };
        let verb = people.iter().find(|it| pause_line(it).is_some()).map_or("pause", |it| pause_verb(it));
        let lines: Vec<_> = people.iter().filter_map(|it| pause_line(it)).collect();
        let mut facts = vec![("of", list_up(lines.iter().map(|line| line.about.clone())))];
        let left_out = self.left_out(lines.len(), "only who runs, or who is paused, is meant");
        facts.extend(left_out.map(|told| ("left out", told)));
        let how_many = count(lines.len(), "offboarding");
        let question = format!("{} {how_many}?", capital(verb));
        let confirm = Confirm::new(question, facts, format!("{verb} {how_many}"), Order { verb, lines });
        self.dialogs.push(Dialog::Confirm(confirm));
        Vec::new()
    }

    pub(super) fn ask_launch(&mut self) {
        let due: Vec<_> = self.chosen().filter(|it| waits_for_launch(it)).collect();
        let dialog = match due.as_slice() {
            [] => return,
            [one] => self.launch_one(one),
            many => launch_many(many, self.left_out(many.len(), "only what is armed or held can be launched")),
        };
        self.dialogs.push(dialog);
    }

    fn launch_one(&self, person: &Offboarding) -> Dialog {
        let when = match &person.phase {
            Phase::Armed { at } => format!("now, instead of in {}", span::left(*at, self.now)),
            Phase::Held { reason } => format!("now; it was held: {}", clean_lines(reason)),
            _ => "now".to_owned(),
        };
        let facts = vec![
            ("whom", who(person)),
            ("what", count(person.steps.len(), "step") + " of runbook " + &clean(&person.plan.runbook)),
            ("when", when),
            ("where", connectors(person)),
            ("asked by", clean(&person.requester.to_string())),
            ("plan", clean(&person.plan.digest)),
        ];
        let question = format!("Cut every access of {}?", name(person));
        let order = Order { verb: "launch", lines: vec![launch_line(person)] };
        Dialog::Confirm(Confirm::new(question, facts, "launch now".to_owned(), order))
    }

    pub(super) fn ask_abort(&mut self) {
        let open: Vec<_> = self.chosen().filter(|it| can_be_aborted(it)).collect();
        let dialog = match open.as_slice() {
            [] => return,
            [one] => abort_one(one),
            many => abort_many(many, self.left_out(many.len(), "the others have ended")),
        };
        self.dialogs.push(dialog);
    }

    /// Whom of the chosen a bulk act is not about, and why; `None`: it is about all of them.
    fn left_out(&self, meant: usize, why: &str) -> Option<String> {
        let left = self.chosen().count().saturating_sub(meant);
        (left > 0).then(|| format!("{left} of the {} marked: {why}", left + meant))
    }
}

pub(crate) fn waits_for_launch(person: &Offboarding) -> bool {
    matches!(person.phase, Phase::Armed { .. } | Phase::Held { .. })
}

/// The engine wants its login typed.
pub(crate) fn can_be_aborted(person: &Offboarding) -> bool {
    person.is_open() && !person.leaver().login.is_empty()
}

fn launch_line(person: &Offboarding) -> Line {
    Line { about: name(person), op: Op::Launch { offboarding: person.id, revision: Some(person.revision) } }
}

/// Hard to undo, many times over; where something irreversible is among it, the count is typed.
fn launch_many(many: &[&Offboarding], left_out: Option<String>) -> Dialog {
    let order = Order { verb: "launch", lines: many.iter().map(|it| launch_line(it)).collect() };
    let steps: usize = many.iter().map(|it| it.steps.len()).sum();
    let irreversible: usize = many.iter().map(|it| it.plan.irreversible()).sum();
    let question = format!("Cut every access of {}?", count(many.len(), "person"));
    let how_much = format!("{} of {}, now", count(steps, "step"), count(many.len(), "person"));
    if irreversible == 0 {
        let mut facts = vec![("how much", how_much)];
        facts.extend(left_out.map(|told| ("left out", told)));
        facts.extend(many.iter().map(|it| ("whom", who(it))));
        return Dialog::Confirm(Confirm::new(question, facts, format!("launch {} now", many.len()), order));
    }
    let told = format!("{irreversible} of the steps are irreversible: each asks for consent before it runs");
    let mut facts = vec![("how much", how_much, Tone::Strong), ("danger", told, Tone::Bad)];
    facts.extend(left_out.map(|told| ("left out", told, Tone::Warn)));
    facts.extend(many.iter().map(|it| {
        let digest: String = clean(&it.plan.digest).chars().take(12).collect();
        ("whom", format!("{}, asked by {}, plan {digest}", who(it), clean(&it.requester.to_string())), Tone::Plain)
    }));
    Dialog::Typed(Typed::bulk(question, facts, order))
}

fn abort_op(person: &Offboarding, typed: String) -> Op {
    Op::Abort { offboarding: person.id, revision: Some(person.revision), typed, reason: String::new() }
}

fn abort_one(person: &Offboarding) -> Dialog {
    let counts = person.counts();
    let left = counts.total - counts.done - counts.skipped;
    let facts = vec![
        ("what", "stop the offboarding for good".to_owned(), Tone::Strong),
        ("whom", who(person), Tone::Plain),
        ("where", connectors(person), Tone::Plain),
        ("how much", format!("{left} of {} will never run", count(counts.total, "step")), Tone::Bad),
        (
            "stays",
            format!("what was done stays done ({}); no access comes back", count(counts.done, "step")),
            Tone::Plain,
        ),
        ("undo", "none: an aborted offboarding cannot be resumed; what is alive stays alive".to_owned(), Tone::Bad),
        ("asked by", clean(&person.requester.to_string()), Tone::Plain),
        ("plan", clean(&person.plan.digest), Tone::Dim),
    ];
    let order = Order::one("abort", name(person), abort_op(person, String::new()));
    let login = person.leaver().login.clone();
    let typed = Typed::new(format!("Abort the offboarding of {}?", name(person)), facts, login, order);
    Dialog::Editor(Box::new(Editor::reason(format!("Abort the offboarding of {}", name(person)), Next::Typed(typed))))
}

fn abort_many(many: &[&Offboarding], left_out: Option<String>) -> Dialog {
    let left = |it: &Offboarding| it.steps.iter().filter(|step| !step.state.is_settled()).count();
    let steps: usize = many.iter().map(|it| left(it)).sum();
    let offboardings = count(many.len(), "offboarding");
    let mut facts = vec![
        ("what", format!("stop {offboardings} for good"), Tone::Strong),
        ("how much", format!("{} will never run", count(steps, "step")), Tone::Bad),
        ("undo", "none: what was done stays done, what is alive stays alive".to_owned(), Tone::Bad),
    ];
    facts.extend(left_out.map(|told| ("left out", told, Tone::Warn)));
    facts.extend(many.iter().map(|it| ("whom", format!("{}, {} left", who(it), count(left(it), "step")), Tone::Plain)));
    // The engine compares each login: from the list that is shown, which the count is typed for.
    let lines = many.iter().map(|it| Line { about: name(it), op: abort_op(it, it.leaver().login.clone()) });
    let order = Order { verb: "abort", lines: lines.collect() };
    let typed = Typed::bulk(format!("Abort {offboardings}?"), facts, order);
    Dialog::Editor(Box::new(Editor::reason(format!("Abort {offboardings}"), Next::Typed(typed))))
}

fn retry_lines(person: &Offboarding) -> impl Iterator<Item = Line> {
    let steps = (0u16..).zip(person.plan.steps.iter().zip(&person.steps));
    steps.filter(|(_, (_, step))| step.state.needs_attention()).map(|(ord, (planned, step))| Line {
        about: format!("{} of {}", planned.action, name(person)),
        op: Op::Retry { step: person.id.step(ord), revision: Some(step.revision) },
    })
}

fn pause_verb(person: &Offboarding) -> &'static str {
    if matches!(person.phase, Phase::Paused { .. }) { "resume" } else { "pause" }
}

fn pause_line(person: &Offboarding) -> Option<Line> {
    let (offboarding, revision) = (Some(person.id), Some(person.revision));
    let op = match person.phase {
        Phase::Paused { .. } => Op::Resume { offboarding, revision },
        Phase::Running => Op::Pause { offboarding, revision, reason: BY_HAND.to_owned() },
        _ => return None,
    };
    Some(Line { about: name(person), op })
}
