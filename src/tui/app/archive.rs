//! What the console reads from the engine's journal when it is looked at: pages of the history, offboardings that are no
//! longer in memory, and everything that happened to one person.

use super::answers::other_answer;
use super::{App, Awaited};
use crate::ipc::{Op, Refusal, Reply};
use crate::model::{Offboarding, OffboardingId};
use crate::tui::dialog::copy::Item;
use crate::tui::msg::Cmd;
use crate::tui::pane::person::{self, Person};
use crate::tui::pane::{Body, Pane};
use crate::tui::screen::Place;
use crate::tui::screen::history::{PAGE, Wanted};

/// An offboarding that has left the fleet, read from the journal. One at a time.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    of: Option<OffboardingId>,
    /// `None`: asked for.
    read: Option<Result<Box<Offboarding>, String>>,
}

impl Shelf {
    /// What was read of it.
    pub(crate) fn get(&self, id: OffboardingId) -> Option<&Offboarding> {
        self.read.as_ref().filter(|_| self.of == Some(id))?.as_ref().ok().map(|it| &**it)
    }

    /// Why it could not be read.
    pub(crate) fn problem(&self, id: OffboardingId) -> Option<&str> {
        self.read.as_ref().filter(|_| self.of == Some(id))?.as_ref().err().map(String::as_str)
    }

    /// The line is gone: what was not answered has to be asked for again.
    pub(super) fn lose(&mut self) {
        if !matches!(self.read, Some(Ok(_))) {
            *self = Self::default();
        }
    }
}

impl App {
    /// An offboarding, from the fleet or as it was read from the journal.
    pub(crate) fn known(&self, id: OffboardingId) -> Option<&Offboarding> {
        self.mirror.fleet.get(id).or_else(|| self.shelf.get(id))
    }

    /// It is shown as the journal has it, and takes no acts but an undo.
    pub(crate) fn is_archived(&self, id: OffboardingId) -> bool {
        self.mirror.fleet.get(id).is_none() && self.shelf.get(id).is_some()
    }

    /// Asks for what is looked at and is not here.
    pub(super) fn fetch_archive(&mut self) -> Vec<Cmd> {
        if !self.is_live() {
            return Vec::new();
        }
        let mut cmds = Vec::new();
        let looked_at = match (&self.pane, self.place) {
            (Some(Pane { body: Body::Details(id), .. }), _) => Some(*id),
            (None, Place::Offboarding(id)) => id,
            _ => None,
        };
        if let Some(id) = looked_at.filter(|id| self.mirror.fleet.get(*id).is_none() && self.shelf.of != Some(*id)) {
            self.shelf = Shelf { of: Some(id), read: None };
            cmds.push(self.ask(Awaited::Shelf(id), Op::Show { offboarding: id }));
        }
        if let Some(Pane { body: Body::Person(person), follow, .. }) = &mut self.pane
            && let Some(person::Next { after }) = person.want(*follow)
        {
            let of = person.of;
            cmds.push(self.ask(Awaited::Story(of, after), Op::Person { offboarding: of, after, limit: person::PAGE }));
        }
        if self.place == Place::History
            && let Some(wanted) = self.archive.want(self.steady)
        {
            let Wanted { query, before } = wanted.clone();
            let zone = self.zone.iana_name().map(ToOwned::to_owned);
            cmds.push(self.ask(Awaited::History(wanted), Op::History { query, before, limit: PAGE, zone }));
        }
        cmds
    }

    pub(super) fn history_answered(&mut self, wanted: &Wanted, result: Result<Reply, Refusal>) {
        let page = match result {
            Ok(Reply::History(page)) => Ok(*page),
            other => Err(other_answer(other)),
        };
        self.archive.answered(wanted, page, self.now);
    }

    pub(super) fn shelf_answered(&mut self, id: OffboardingId, result: Result<Reply, Refusal>) {
        if self.shelf.of == Some(id) {
            self.shelf.read = Some(match result {
                Ok(Reply::Offboarding(it)) => Ok(it),
                other => Err(other_answer(other)),
            });
            self.stale_rows = true;
        }
    }

    pub(super) fn person_answered(&mut self, of: OffboardingId, after: Option<u64>, result: Result<Reply, Refusal>) {
        if let Some(Pane { body: Body::Person(person), .. }) = &mut self.pane
            && person.of == of
        {
            match result {
                Ok(Reply::Person(page)) => person.add(after, *page),
                other => person.fail(other_answer(other)),
            }
        }
    }

    /// Everything that ever happened to the person pointed at.
    pub(super) fn timeline(&mut self) {
        let Some(id) = self.pointed_at() else { return };
        // Of who is being offboarded the newest matters; of others the story is read from its beginning.
        let follow = self.mirror.fleet.get(id).is_some_and(Offboarding::is_open);
        self.pane = Some(Pane::person(Person::new(id), follow));
    }

    /// What of a row of the history can be copied.
    pub(super) fn history_items(&self) -> Vec<Item> {
        let Some(row) = self.archive.selected() else { return Vec::new() };
        let mut items = vec![Item { key: 'i', what: "id", text: row.summary.id.to_string() }];
        if !row.erased {
            items.push(Item { key: 'e', what: "e-mail", text: row.summary.email.clone() });
        }
        items.extend(Item::json(row));
        items
    }
}
