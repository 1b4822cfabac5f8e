//! Legal holds: put on with a reason, taken off by two people.

use super::App;
use super::acts::{count, list_up, name, who};
use crate::ipc::Op;
use crate::model::{HoldChange, LegalHold, Offboarding};
use crate::tui::dialog::editor::Next;
use crate::tui::dialog::{Confirm, Dialog, Editor};
use crate::tui::order::{Line, Order};
use crate::tui::span;
use crate::tui::text::{clean, clean_lines};
use crate::tui::theme::Theme;

/// What a hold does, where one is put on.
const DOES: &str = "no irreversible step starts: nothing is deleted, no device is wiped; access is cut all the same";

impl App {
    /// The next change that this hold can take: on, then the first person's word, then the second's.
    pub(super) fn ask_hold(&mut self, person: &Offboarding) {
        let dialog = match &person.legal_hold {
            None => place(&[person]),
            Some(hold) if hold.lift.is_none() => self.ask_lift(person, hold),
            Some(hold) => self.lift(person, hold),
        };
        self.dialogs.push(dialog);
    }

    /// Of many, it is only put on: to take it off, each is looked at.
    pub(super) fn ask_hold_many(&mut self) {
        let people: Vec<_> = self.chosen().filter(|it| it.legal_hold.is_none()).collect();
        let dialog = place(&people);
        self.dialogs.push(dialog);
    }

    pub(super) fn ask_keep_hold(&mut self, person: &Offboarding) {
        let Some(hold) = &person.legal_hold else { return };
        let facts = self.facts(person, hold, "the hold stays; who asked to lift it may ask again");
        let question = format!("Keep {} under legal hold?", name(person));
        let order = change(&[person], HoldChange::Keep);
        let confirm = Confirm::new(question, facts, "keep the hold".to_owned(), order);
        let title = format!("Keep {} under legal hold", name(person));
        self.dialogs.push(Dialog::Editor(Box::new(Editor::reason(title, Next::Confirm(confirm)))));
    }

    fn ask_lift(&self, person: &Offboarding, hold: &LegalHold) -> Dialog {
        let facts = self.facts(person, hold, "asks to lift it: nothing changes before a second person agrees");
        let question = format!("Ask to lift the legal hold of {}?", name(person));
        let order = change(&[person], HoldChange::AskLift);
        let confirm = Confirm::new(question, facts, "ask to lift it".to_owned(), order);
        let title = format!("Ask to lift the legal hold of {}", name(person));
        Dialog::Editor(Box::new(Editor::reason(title, Next::Confirm(confirm))))
    }

    fn lift(&self, person: &Offboarding, hold: &LegalHold) -> Dialog {
        let facts =
            self.facts(person, hold, "the hold is off: what is irreversible asks for consent, and can then run");
        let question = format!("Lift the legal hold of {}?", name(person));
        let order = change(&[person], HoldChange::Lift);
        Dialog::Confirm(Confirm::new(question, facts, "lift it, as the second person".to_owned(), order))
    }

    fn facts(&self, person: &Offboarding, hold: &LegalHold, what: &str) -> Vec<(&'static str, String)> {
        let since = span::date_time(hold.at, &self.zone);
        let mut facts = vec![
            ("what", what.to_owned()),
            ("whom", who(person)),
            ("legal hold", format!("{}, by {}, since {since}", clean_lines(&hold.reason), clean(&hold.by.to_string()))),
        ];
        if let Some(lift) = &hold.lift {
            let at = span::date_time(lift.at, &self.zone);
            let told = format!("{}, by {}, {at}", clean_lines(&lift.reason), clean(&lift.by.to_string()));
            facts.push(("lift asked", told));
        }
        facts
    }
}

/// The person's name, behind the sign of a legal hold: however narrow the screen is, it is seen.
pub(crate) fn name_with_hold(theme: Theme, person: &Offboarding) -> String {
    match &person.legal_hold {
        Some(_) => format!("{} {}", theme.legal_hold(), name(person)),
        None => name(person),
    }
}

fn change(people: &[&Offboarding], change: HoldChange) -> Order {
    let line = |it: &&Offboarding| {
        let op = Op::Hold { offboarding: it.id, revision: Some(it.revision), change, reason: String::new() };
        Line { about: name(it), op }
    };
    let verb = match change {
        HoldChange::Place => "hold",
        HoldChange::AskLift => "ask to lift",
        HoldChange::Lift => "lift the hold",
        HoldChange::Keep => "keep the hold",
    };
    Order { verb, lines: people.iter().map(line).collect() }
}

fn place(people: &[&Offboarding]) -> Dialog {
    let whom = match people {
        [one] => name(one),
        many => count(many.len(), "person"),
    };
    let facts = vec![
        ("what", DOES.to_owned()),
        ("whom", list_up(people.iter().map(|it| who(it)))),
        ("undo", "two people take it off: one asks, another agrees".to_owned()),
    ];
    let question = format!("Put {whom} under legal hold?");
    let order = change(people, HoldChange::Place);
    let confirm = Confirm::new(question, facts, "put it on".to_owned(), order);
    Dialog::Editor(Box::new(Editor::reason(format!("Put {whom} under legal hold"), Next::Confirm(confirm))))
}
