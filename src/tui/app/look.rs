//! Looks: the journal of a person or of a step, the payloads of a step, and what of them goes to the clipboard.

use super::{App, Awaited};
use crate::ipc::Op;
use crate::model::StepRef;
use crate::tui::dialog::copy::Item;
use crate::tui::dialog::{Copy, Dialog};
use crate::tui::msg::Cmd;
use crate::tui::pane::Pane;
use crate::tui::screen::Place;

use super::acts::trouble;

impl App {
    /// The journal of the step pointed at.
    pub(super) fn step_log(&mut self) -> Vec<Cmd> {
        let Some(at) = self.step_that(|_| true) else { return Vec::new() };
        self.pane = Some(Pane::log(at));
        vec![self.ask_journal(at)]
    }

    /// What the step pointed at sent and heard.
    pub(super) fn payloads(&mut self) -> Vec<Cmd> {
        let Some(at) = self.step_that(|_| true) else { return Vec::new() };
        self.pane = Some(Pane::payloads(at));
        vec![self.ask_journal(at)]
    }

    fn ask_journal(&mut self, of: StepRef) -> Cmd {
        self.ask(Awaited::Journal(of), Op::Timeline { offboarding: of.offboarding, step: Some(of.ord) })
    }

    pub(super) fn copy_menu(&mut self) {
        let items = match self.place {
            Place::Dashboard | Place::Offboarding(_) | Place::Wall | Place::Approvals => self.person_items(),
            Place::Connectors => self.connector_items(),
            Place::History => self.history_items(),
            Place::Ledger => self.log_items(),
        };
        if !items.is_empty() {
            self.dialogs.push(Dialog::Copy(Copy::new(items)));
        }
    }

    /// What of the person pointed at, or of their step, can be copied.
    fn person_items(&self) -> Vec<Item> {
        let Some(person) = self.person() else { return Vec::new() };
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
        items.extend(Item::json(person));
        items
    }
}
