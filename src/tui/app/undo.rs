//! Undo: first what would come back, then a reason, then the login.

use super::answers::other_answer;
use super::{App, Awaited};
use crate::ipc::{Op, Refusal, Reply};
use crate::model::{Offboarding, OffboardingId};
use crate::tui::dialog::{Dialog, Undoing};
use crate::tui::msg::Cmd;
use crate::tui::screen::Place;

impl App {
    pub(super) fn ask_undo(&mut self, person: &Offboarding) -> Vec<Cmd> {
        let alone =
            |ord: &u16| person.step(*ord).is_some_and(|(planned, step)| planned.undo.is_some() && step.was_tried());
        let step = match self.place {
            Place::Offboarding(_) => self.case.list.selected.filter(alone),
            _ => None,
        };
        self.dialogs.push(Dialog::Undo(Undoing::new(person.clone(), step)));
        self.preview_undo()
    }

    /// Asks what the undo that the dialog is about would do.
    pub(super) fn preview_undo(&mut self) -> Vec<Cmd> {
        let Some(Dialog::Undo(it)) = self.dialogs.last() else { return Vec::new() };
        let (of, steps) = (it.of.id, it.steps());
        let op = Op::Undo {
            offboarding: of,
            steps: steps.clone(),
            revision: None,
            typed: String::new(),
            reason: String::new(),
            dry_run: true,
        };
        vec![self.ask(Awaited::Restoration { of, steps }, op)]
    }

    pub(super) fn restoration_came(&mut self, of: OffboardingId, steps: &[u16], result: Result<Reply, Refusal>) {
        let found = match result {
            Ok(Reply::Restoration(it)) => Ok(it),
            other => Err(other_answer(other)),
        };
        for dialog in &mut self.dialogs {
            if let Dialog::Undo(it) = dialog {
                it.learn(of, steps, found.clone());
            }
        }
    }
}
