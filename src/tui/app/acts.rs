//! What changes something at the engine: asked for, confirmed by its tier, and sent. One file a kind of act.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::{App, Awaited};
use crate::ipc::Op;
use crate::model::{ConnectorId, Offboarding, OffboardingId, StepRef, StepState};
use crate::tui::action::Action;
use crate::tui::dialog::{Confirm, Dialog, ErrorNote};
use crate::tui::msg::Cmd;
use crate::tui::order::{AT_ONCE, Line, Order, Running};
use crate::tui::screen::Place;
use crate::tui::text::{clean, clean_lines};
use crate::tui::{enabled, text};

/// Said to the journal when an operator pauses with one key.
pub(super) const BY_HAND: &str = "paused at the console";

/// So many names are listed in a dialog of tier 2; the rest is counted.
const LISTED: usize = 8;

impl App {
    pub(super) fn act(&mut self, action: Action) -> Vec<Cmd> {
        match action {
            Action::TryNow => return self.try_connector_now(),
            Action::Retry if self.is_bulk() => self.ask_retry_all(),
            Action::Retry => return self.retry(),
            Action::RetryAll => self.ask_retry_all(),
            Action::Approve => self.ask_approve(),
            Action::Reject => self.ask_reject(),
            Action::Pause => return self.pause(),
            Action::Launch => self.ask_launch(),
            Action::LaunchNew => self.ask_launch_new(),
            Action::Abort => self.ask_abort(),
            Action::PauseEngine => self.ask_pause_engine(),
            Action::Hold if self.is_bulk() => self.ask_hold_many(),
            Action::Hold | Action::KeepHold | Action::Note | Action::Undo | Action::Export => {
                return self.about_one(action);
            }
            _ => {}
        }
        Vec::new()
    }

    /// What can be done to whoever is pointed at, however long ago they left: the engine is asked for who is not here.
    fn about_one(&mut self, action: Action) -> Vec<Cmd> {
        let Some(id) = self.pointed_at() else { return Vec::new() };
        match self.mirror.fleet.get(id).cloned() {
            Some(person) => self.begin(action, &person),
            None => vec![self.ask(Awaited::Person { then: action }, Op::Show { offboarding: id })],
        }
    }

    /// The person is known: the first question.
    pub(super) fn begin(&mut self, action: Action, person: &Offboarding) -> Vec<Cmd> {
        if let Err(why) = enabled::of_person(self, action, person) {
            self.toasts.say(crate::tui::theme::Tone::Warn, why, self.steady);
            return Vec::new();
        }
        match action {
            Action::Hold => self.ask_hold(person),
            Action::KeepHold => self.ask_keep_hold(person),
            Action::Note => self.ask_note(person),
            Action::Undo => return self.ask_undo(person),
            Action::Export => return self.export(person),
            _ => {}
        }
        Vec::new()
    }

    /// Sends an order's requests, the first of them at once.
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
            self.board.rows.list.clear_marks();
            self.wall.rows.list.clear_marks();
            self.inbox.list.clear_marks();
        }
        let id = self.tickets;
        self.tickets += 1;
        self.launch_sent(id);
        self.orders.insert(id, Running::of(order));
        (0..AT_ONCE).map_while(|_| self.send_next(id)).collect()
    }

    /// The next request of an order, if there is one.
    pub(super) fn send_next(&mut self, order: u64) -> Option<Cmd> {
        let Line { about, op } = self.orders.get_mut(&order)?.waiting.pop_front()?;
        Some(self.ask(Awaited::Order { order, about }, op))
    }

    pub(super) fn ask(&mut self, awaited: Awaited, op: Op) -> Cmd {
        let ticket = self.tickets;
        self.tickets += 1;
        self.awaited.insert(ticket, awaited);
        Cmd::Ask { ticket, op }
    }

    /// The people whose rows are marked: an act is of all of them. `None`: none is, or rows are no people here.
    pub(super) fn marked_people(&self) -> Option<&BTreeSet<OffboardingId>> {
        let marks = match self.place {
            Place::Dashboard => &self.board.rows.list.marks,
            Place::Wall => &self.wall.rows.list.marks,
            _ => return None,
        };
        (!marks.is_empty()).then_some(marks)
    }

    /// Rows of people are marked.
    pub(crate) fn is_bulk(&self) -> bool {
        self.marked_people().is_some()
    }

    /// Whom an act is about: the marked, or the one pointed at.
    pub(crate) fn chosen(&self) -> Box<dyn Iterator<Item = &Offboarding> + '_> {
        match self.marked_people() {
            Some(marks) => Box::new(marks.iter().filter_map(|id| self.mirror.fleet.get(*id))),
            None => Box::new(self.person().into_iter()),
        }
    }

    fn ask_pause_engine(&mut self) {
        let open = count(self.in_progress(), "offboarding");
        let (verb, question, what, op) = if let Some(reason) = &self.mirror.fleet.paused {
            let what = format!("acts of {open} start again; paused: {}", clean_lines(reason));
            ("resume", "Resume the engine?", what, Op::Resume { offboarding: None, revision: None })
        } else {
            let what = format!("no new act of {open} is started; access that is alive stays alive");
            let op = Op::Pause { offboarding: None, revision: None, reason: BY_HAND.to_owned() };
            ("pause", "Pause the whole engine?", what, op)
        };
        let order = Order::one(verb, "the engine".to_owned(), op);
        let confirm = Confirm::new(question.to_owned(), vec![("what", what)], format!("{verb} the engine"), order);
        self.dialogs.push(Dialog::Confirm(confirm));
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
    text::fit(&clean(shown), 48)
}

/// Name, address, login and number: whom a dialog is about.
pub(crate) fn who(person: &Offboarding) -> String {
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

/// The systems of the plan.
pub(super) fn connectors(person: &Offboarding) -> String {
    let names: Vec<_> = person.plan.systems().into_iter().map(ConnectorId::as_str).collect();
    names.join(", ")
}

/// The first few, and how many more.
pub(super) fn list_up(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let mut text = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text = format!("{text} and {} more", names.len() - LISTED);
    }
    text
}

/// `1 step`, `12 steps`; people are irregular.
pub(crate) fn count<N: Display + PartialEq + From<u8>>(n: N, of: &str) -> String {
    match of {
        _ if n == N::from(1) => format!("1 {of}"),
        "person" => format!("{n} people"),
        _ => format!("{n} {of}s"),
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
