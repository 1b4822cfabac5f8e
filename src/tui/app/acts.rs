//! What changes something at the engine: asked for, confirmed by its tier, and sent.

use super::{App, Awaited};
use crate::ipc::Op;
use crate::model::{Danger, Offboarding, OffboardingId, Phase, StepRef, StepState};
use crate::tui::action::Action;
use crate::tui::dialog::copy::Item;
use crate::tui::dialog::{About, Confirm, Copy, Dialog, ErrorNote, Reason, Typed};
use crate::tui::msg::Cmd;
use crate::tui::order::{Line, Order, Running};
use crate::tui::screen::Place;
use crate::tui::text::clean;
use crate::tui::theme::Tone;
use crate::tui::{enabled, span};

/// Said to the journal when an operator pauses with one key.
const BY_HAND: &str = "paused at the console";

/// So many names are listed in a dialog; the rest is counted.
const LISTED: usize = 8;

impl App {
    pub(super) fn act(&mut self, action: Action) -> Vec<Cmd> {
        match action {
            Action::Retry if self.marked() > 0 && self.place == Place::Dashboard => self.ask_retry_all(),
            Action::Retry => return self.retry(),
            Action::RetryAll => self.ask_retry_all(),
            Action::Approve => self.ask_approve(),
            Action::Reject => self.ask_reject(),
            Action::Pause => return self.pause(),
            Action::Launch => self.ask_launch(),
            Action::Abort => self.ask_abort(),
            Action::PauseEngine => self.ask_pause_engine(),
            _ => {}
        }
        Vec::new()
    }

    /// Sends an order's requests.
    pub(super) fn send(&mut self, order: Order) -> Vec<Cmd> {
        // The line may have gone while the dialog stood open.
        if self.is_read_only() || !self.is_live() {
            self.dialogs.push(Dialog::Error(ErrorNote {
                title: format!("Not sent: {}", order.verb),
                happened: vec!["There is no line to the engine that takes acts now.".to_owned()],
                kept: "nothing was sent, nothing was changed".to_owned(),
                next: "wait until the header says live, then do it again".to_owned(),
                scroll: 0,
            }));
            return Vec::new();
        }
        if order.lines.len() > 1 {
            self.board.list.clear_marks();
            self.inbox.list.clear_marks();
        }
        let id = self.tickets;
        let total = order.lines.len();
        let running = Running { verb: order.verb, total, done: 0, said: String::new(), refused: Vec::new() };
        self.orders.insert(id, running);
        let lines = order.lines.into_iter();
        lines.map(|Line { about, op }| self.ask(Awaited::Order { order: id, about }, op)).collect()
    }

    pub(super) fn ask(&mut self, awaited: Awaited, op: Op) -> Cmd {
        let ticket = self.tickets;
        self.tickets += 1;
        self.awaited.insert(ticket, awaited);
        Cmd::Ask { ticket, op }
    }

    /// Tier 1.
    fn retry(&mut self) -> Vec<Cmd> {
        let Some(at) = self.step_that(StepState::needs_attention) else { return Vec::new() };
        let Some((person, (planned, step))) = self.at(at) else { return Vec::new() };
        let about = format!("{} of {}", planned.action, name(person));
        let op = Op::Retry { step: at, revision: Some(step.revision) };
        self.send(Order::one("retry", about, op))
    }

    /// Those with a failed step whom a bulk retry is about: the person shown, the marked, or everybody listed.
    pub(crate) fn failing(&self) -> Vec<OffboardingId> {
        let fails = |id: &OffboardingId| {
            let known = self.mirror.fleet.get(*id);
            known.is_some_and(|it| it.is_open() && it.steps.iter().any(|step| step.state.needs_attention()))
        };
        match self.place {
            Place::Offboarding(id) => id.into_iter().filter(fails).collect(),
            Place::Dashboard if self.marked() > 0 => self.board.list.marks.iter().copied().filter(fails).collect(),
            Place::Wall if self.marked() > 0 => self.wall.list.marks.iter().copied().filter(fails).collect(),
            Place::Wall => self.wall.list.ids.iter().copied().filter(fails).collect(),
            Place::Dashboard => self.board.failing.clone(),
            Place::Connectors | Place::Approvals | Place::History | Place::Ledger => Vec::new(),
        }
    }

    fn ask_retry_all(&mut self) {
        let people = self.failing();
        let fleet = &self.mirror.fleet;
        let failed = |it: &Offboarding| it.steps.iter().filter(|step| step.state.needs_attention()).count();
        let steps: usize = people.iter().filter_map(|id| fleet.get(*id)).map(failed).sum();
        let whom = people.iter().filter_map(|id| fleet.get(*id));
        let listed = list_up(whom.map(|it| format!("{} ({} failed)", name(it), failed(it))));
        let lines = people
            .iter()
            .filter_map(|id| fleet.get(*id))
            .map(|it| Line { about: name(it), op: Op::RetryFailed { offboarding: Some(it.id) } });
        let order = Order { verb: "retry", lines: lines.collect() };
        let facts = vec![
            ("what", "queue every failed step afresh, with all its tries".to_owned()),
            ("of", listed),
            ("how much", count(steps, "step") + " of " + &count(people.len(), "person")),
        ];
        let question = format!("Retry {} of {}?", count(steps, "failed step"), count(people.len(), "person"));
        self.dialogs.push(Dialog::Confirm(Confirm::new(
            question,
            facts,
            format!("retry {}", count(steps, "step")),
            order,
        )));
    }

    /// Tier 1 for one, tier 2 for many.
    fn pause(&mut self) -> Vec<Cmd> {
        if self.marked() == 0 || self.place != Place::Dashboard {
            let Some(person) = self.person() else { return Vec::new() };
            let order = Order { verb: pause_verb(person), lines: pause_line(person).into_iter().collect() };
            return self.send(order);
        }
        let fleet = &self.mirror.fleet;
        let marked: Vec<_> = self.board.list.marks.iter().filter_map(|id| fleet.get(*id)).collect();
        let running: Vec<_> = marked.iter().filter(|it| it.phase == Phase::Running).copied().collect();
        // Whatever runs is paused; only when nothing does, the paused are resumed.
        let people = if running.is_empty() { marked } else { running };
        let lines: Vec<_> = people.iter().filter_map(|it| pause_line(it)).collect();
        if lines.is_empty() {
            self.toasts.say(Tone::Warn, "pause: none of the marked runs or is paused".to_owned(), self.steady);
            return Vec::new();
        }
        let verb = people.first().map_or("pause", |it| pause_verb(it));
        let facts = vec![("of", list_up(lines.iter().map(|line| line.about.clone())))];
        let how_many = count(lines.len(), "offboarding");
        let question = format!("{} {how_many}?", capital(verb));
        let confirm = Confirm::new(question, facts, format!("{verb} {how_many}"), Order { verb, lines });
        self.dialogs.push(Dialog::Confirm(confirm));
        Vec::new()
    }

    fn ask_launch(&mut self) {
        let Some(person) = self.person() else { return };
        let when = match &person.phase {
            Phase::Armed { at } => format!("now, instead of in {}", span::left(*at, self.now)),
            Phase::Held { reason } => format!("now; it was held: {}", clean(reason)),
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
        let op = Op::Launch { offboarding: person.id, revision: Some(person.revision) };
        let question = format!("Cut every access of {}?", name(person));
        let order = Order::one("launch", name(person), op);
        self.dialogs.push(Dialog::Confirm(Confirm::new(question, facts, "launch now".to_owned(), order)));
    }

    fn ask_pause_engine(&mut self) {
        let open = count(self.in_progress(), "offboarding");
        let (verb, question, what, op) = if let Some(reason) = &self.mirror.fleet.paused {
            let what = format!("acts of {open} start again; paused: {}", clean(reason));
            ("resume", "Resume the engine?", what, Op::Resume { offboarding: None })
        } else {
            let what = format!("no new act of {open} is started; access that is alive stays alive");
            let op = Op::Pause { offboarding: None, reason: BY_HAND.to_owned() };
            ("pause", "Pause the whole engine?", what, op)
        };
        let order = Order::one(verb, "the engine".to_owned(), op);
        let confirm = Confirm::new(question.to_owned(), vec![("what", what)], format!("{verb} the engine"), order);
        self.dialogs.push(Dialog::Confirm(confirm));
    }

    fn ask_approve(&mut self) {
        let waits = |state: &StepState| matches!(state, StepState::AwaitingApproval { .. });
        let targets: Vec<StepRef> = if self.place == Place::Approvals && self.marked() > 1 {
            let inbox = self.inbox.list.targets();
            inbox.into_iter().filter(|at| self.at(*at).is_some_and(|(_, (_, step))| waits(&step.state))).collect()
        } else {
            self.step_that(waits).into_iter().collect()
        };
        let dialog = match targets.as_slice() {
            [] => return,
            [one] => self.approve_one(*one),
            many => Some(self.approve_many(many)),
        };
        self.dialogs.extend(dialog);
    }

    fn approval_line(&self, at: StepRef) -> Option<Line> {
        let (person, (planned, step)) = self.at(at)?;
        Some(Line {
            about: format!("{} of {}", planned.action, name(person)),
            op: Op::Approve {
                step: at,
                revision: Some(step.revision),
                plan_digest: person.plan.digest.clone(),
                typed: person.leaver().login.clone(),
            },
        })
    }

    fn approve_one(&self, at: StepRef) -> Option<Dialog> {
        let (person, (planned, _)) = self.at(at)?;
        let order = Order { verb: "approve", lines: vec![self.approval_line(at)?] };
        let account = person.account_for(at.ord).map_or_else(
            || "the account found when it runs".to_owned(),
            |it| format!("{} (id {}, matched on {})", clean(&it.label), clean(&it.id), clean(&it.matched_on)),
        );
        let undo = match (&planned.undo, planned.danger) {
            (Some(undo), _) => clean(undo),
            (None, Danger::Irreversible) => "nothing brings it back, from the first call on".to_owned(),
            (None, _) => "there is no undo".to_owned(),
        };
        let mut facts = vec![
            ("what", format!("{} ({})", clean(&planned.title), planned.action), Tone::Strong),
            ("whom", who(person), Tone::Plain),
            ("where", format!("{}: {account}", planned.action.connector), Tone::Plain),
            ("danger", planned.danger.to_string(), Tone::Bad),
            ("undo", undo, Tone::Bad),
            ("why", clean(&planned.reason), Tone::Plain),
        ];
        if let Some(residual) = &planned.residual {
            let left = format!("{} works for up to {} more", clean(&residual.what), span::running(residual.ms));
            facts.push(("outlives it", left, Tone::Warn));
        }
        if let Some(policy) = planned.approval {
            let eyes = if policy.four_eyes { "; the requester may not approve" } else { "" };
            let ttl = format!("void if not used within {}{eyes}", span::chosen(policy.ttl_ms));
            facts.push(("approval", ttl, Tone::Plain));
        }
        facts.push(("asked by", clean(&person.requester.to_string()), Tone::Plain));
        facts.push(("plan", clean(&person.plan.digest), Tone::Dim));
        let title = format!("Approve {} for {}?", planned.action, name(person));
        if planned.danger == Danger::Irreversible {
            return Some(Dialog::Typed(Typed::new(title, facts, person.leaver().login.clone(), order)));
        }
        let facts = facts.into_iter().map(|(label, text, _)| (label, text)).collect();
        Some(Dialog::Confirm(Confirm::new(title, facts, "approve".to_owned(), order)))
    }

    fn approve_many(&self, many: &[StepRef]) -> Dialog {
        let lines: Vec<_> = many.iter().filter_map(|at| self.approval_line(*at)).collect();
        let irreversible = many
            .iter()
            .filter(|at| self.at(**at).is_some_and(|(_, (it, _))| it.danger == Danger::Irreversible))
            .count();
        let mut facts = vec![
            ("how much", format!("{}, {irreversible} of them irreversible", count(lines.len(), "step")), Tone::Bad),
            ("undo", "what is irreversible is gone from the first call on".to_owned(), Tone::Bad),
            ("plan", "each is bound to its own plan, as shown now".to_owned(), Tone::Plain),
        ];
        // Every one of them, however many: nothing is approved that was not listed.
        facts.extend(many.iter().filter_map(|at| {
            let (person, (planned, _)) = self.at(*at)?;
            let digest: String = clean(&person.plan.digest).chars().take(12).collect();
            let by = clean(&person.requester.to_string());
            let text = format!("{} of {}, asked by {by}, plan {digest}", planned.action, who(person));
            Some(("what", text, Tone::Strong))
        }));
        let title = format!("Approve {}?", count(lines.len(), "step"));
        let expected = lines.len().to_string();
        let mut typed = Typed::new(title, facts, expected, Order { verb: "approve", lines });
        typed.bulk = true;
        Dialog::Typed(typed)
    }

    fn ask_reject(&mut self) {
        let waits = |state: &StepState| matches!(state, StepState::AwaitingApproval { .. });
        let Some(at) = self.step_that(waits) else { return };
        let Some((person, (planned, step))) = self.at(at) else { return };
        let title = format!("Reject {} for {}", planned.action, name(person));
        let about = About::Reject { step: at, revision: step.revision };
        self.dialogs.push(Dialog::Reason(Box::new(Reason::new(title, about))));
    }

    fn ask_abort(&mut self) {
        let Some(person) = self.person() else { return };
        let about = About::Abort { offboarding: person.id, revision: person.revision };
        let title = format!("Abort the offboarding of {}", name(person));
        self.dialogs.push(Dialog::Reason(Box::new(Reason::new(title, about))));
    }

    /// The reason is given: the last question.
    pub(super) fn reasoned(&mut self, about: About, reason: &str) {
        let dialog = match about {
            About::Reject { step, revision } => self.at(step).map(|(person, (planned, _))| {
                let facts = vec![
                    ("what", format!("{} will not run: {}", planned.action, clean(&planned.title))),
                    ("whom", who(person)),
                    ("why", clean(reason)),
                ];
                let op = Op::Reject { step, revision: Some(revision), reason: reason.to_owned() };
                let order = Order::one("reject", format!("{} of {}", planned.action, name(person)), op);
                let question = format!("Reject {} for {}?", planned.action, name(person));
                Dialog::Confirm(Confirm::new(question, facts, "reject".to_owned(), order))
            }),
            About::Abort { offboarding, revision } => self.mirror.fleet.get(offboarding).map(|person| {
                let counts = person.counts();
                let left = counts.total - counts.done - counts.skipped;
                let login = person.leaver().login.clone();
                let facts = vec![
                    ("what", "stop the offboarding for good".to_owned(), Tone::Strong),
                    ("whom", who(person), Tone::Plain),
                    ("where", connectors(person), Tone::Plain),
                    ("how much", format!("{left} of {} steps will never run", counts.total), Tone::Bad),
                    (
                        "stays",
                        format!("what was done stays done ({} steps); no access comes back", counts.done),
                        Tone::Plain,
                    ),
                    (
                        "undo",
                        "none: an aborted offboarding cannot be resumed; what is alive stays alive".to_owned(),
                        Tone::Bad,
                    ),
                    ("why", clean(reason), Tone::Plain),
                    ("asked by", clean(&person.requester.to_string()), Tone::Plain),
                    ("plan", clean(&person.plan.digest), Tone::Dim),
                ];
                let reason = reason.to_owned();
                let op = Op::Abort { offboarding, revision: Some(revision), typed: String::new(), reason };
                let order = Order::one("abort", name(person), op);
                Dialog::Typed(Typed::new(format!("Abort the offboarding of {}?", name(person)), facts, login, order))
            }),
        };
        match dialog {
            Some(dialog) => self.dialogs.push(dialog),
            None => self.toasts.say(Tone::Warn, "it is not here any more: nothing was done".to_owned(), self.steady),
        }
    }

    pub(super) fn copy_menu(&mut self) {
        let items = match self.place {
            Place::History => self.history_items(),
            Place::Ledger => self.log_items(),
            _ => Vec::new(),
        };
        if !items.is_empty() {
            return self.dialogs.push(Dialog::Copy(Copy::new(items)));
        }
        let Some(person) = self.person() else { return };
        let at = self.step_that(|_| true);
        let step = at.and_then(|at| person.step(at.ord));
        let worst = person.worst_step().and_then(|ord| person.step(ord));
        let error =
            step.and_then(|(_, step)| trouble(&step.state)).or_else(|| worst.and_then(|(_, it)| trouble(&it.state)));
        let id = match (self.place, at) {
            (Place::Offboarding(_) | Place::Approvals, Some(at)) => at.to_string(),
            _ => person.id.to_string(),
        };
        let mut items = vec![
            Item { key: 'i', what: "id", text: id },
            Item { key: 'e', what: "e-mail", text: person.leaver().email.clone() },
        ];
        items.extend(error.map(|text| Item { key: 'r', what: "error", text }));
        if let Ok(text) = serde_json::to_string_pretty(person) {
            items.push(Item { key: 'j', what: "JSON", text });
        }
        self.dialogs.push(Dialog::Copy(Copy::new(items)));
    }

    /// A step with its plan and its person.
    pub(crate) fn at(&self, at: StepRef) -> Option<(&Offboarding, (&crate::model::PlannedStep, &crate::model::Step))> {
        let person = self.known(at.offboarding)?;
        Some((person, person.step(at.ord)?))
    }

    /// Why the action cannot be done; for the screens that offer it in words.
    pub(crate) fn why_not(&self, action: Action) -> Option<String> {
        enabled::enabled(self, action).err()
    }
}

/// The person's name, harmless and not too long.
pub(crate) fn name(person: &Offboarding) -> String {
    let leaver = person.leaver();
    let shown = if leaver.name.trim().is_empty() { &leaver.email } else { &leaver.name };
    crate::tui::text::fit(&clean(shown), 48)
}

fn who(person: &Offboarding) -> String {
    let leaver = person.leaver();
    format!("{} <{}>, login {}, {}", name(person), clean(&leaver.email), clean(&leaver.login), person.id)
}

/// The words of what went wrong, if something did.
pub(crate) fn trouble(state: &StepState) -> Option<String> {
    match state {
        StepState::Failed { reason, cure, .. } if !cure.is_empty() => Some(format!("{reason}; {cure}")),
        StepState::Failed { reason, .. }
        | StepState::NeedsHuman { reason, .. }
        | StepState::Ambiguous { reason, .. }
        | StepState::RetryAt { reason, .. } => Some(reason.clone()),
        _ => None,
    }
}

fn connectors(person: &Offboarding) -> String {
    let mut names: Vec<_> = person.plan.steps.iter().map(|it| it.action.connector.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

fn pause_verb(person: &Offboarding) -> &'static str {
    if matches!(person.phase, Phase::Paused { .. }) { "resume" } else { "pause" }
}

fn pause_line(person: &Offboarding) -> Option<Line> {
    let op = match person.phase {
        Phase::Paused { .. } => Op::Resume { offboarding: Some(person.id) },
        Phase::Running => Op::Pause { offboarding: Some(person.id), reason: BY_HAND.to_owned() },
        _ => return None,
    };
    Some(Line { about: name(person), op })
}

/// The first few, and how many more.
fn list_up(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let mut text = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text = format!("{text} and {} more", names.len() - LISTED);
    }
    text
}

/// `1 step`, `12 steps`; people are irregular.
pub(crate) fn count(n: usize, of: &str) -> String {
    match (n, of) {
        (1, _) => format!("1 {of}"),
        (_, "person") => format!("{n} people"),
        _ => format!("{n} {of}s"),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
