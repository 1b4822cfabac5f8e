//! The runbook's view: opened over any screen, closed by Esc.

use super::answers::other_answer;
use super::{App, Awaited};
use crate::ipc::{Op, Refusal, Reply};
use crate::model::Leaver;
use crate::tui::action::Action;
use crate::tui::msg::Cmd;
use crate::tui::screen::launch::Launch;
use crate::tui::screen::runbook::{Given, Runbook};

impl App {
    /// Asks for the text, and for the plan of whoever is pointed at.
    pub(super) fn open_runbook(&mut self) -> Vec<Cmd> {
        let leaver = self.leaver_pointed_at();
        self.runbook = Some(Runbook::new(if leaver.is_some() { Given::Asked } else { Given::Nobody }));
        let mut cmds = vec![self.ask(Awaited::Runbook, Op::Runbook {})];
        if let Some(leaver) = leaver {
            let op = Op::Plan { leaver: Box::new(leaver), lookup: false };
            cmds.push(self.ask(Awaited::RunbooksPlan, op));
        }
        cmds
    }

    /// Of the preview that is open, else of the screen.
    fn leaver_pointed_at(&self) -> Option<Leaver> {
        let look = self.launch.as_ref().and_then(Launch::look);
        match look.and_then(|it| it.pointed_at()) {
            Some((person, _)) => Some(person.leaver.clone()),
            None => self.person().map(|it| it.leaver().clone()),
        }
    }

    /// A look while the view is open. `None`: it means what it means everywhere.
    pub(super) fn look_in_runbook(&mut self, action: Action) -> Option<Vec<Cmd>> {
        let page = self.page();
        let runbook = self.runbook.as_mut()?;
        match action {
            Action::Up | Action::Down | Action::Top | Action::Bottom | Action::PageUp | Action::PageDown => {
                runbook.travel(action, page);
            }
            Action::NextPane => runbook.other_half(),
            Action::Back | Action::Leave => self.runbook = None,
            _ => return None,
        }
        Some(Vec::new())
    }

    pub(super) fn runbook_answered(&mut self, result: Result<Reply, Refusal>) {
        let Some(runbook) = &mut self.runbook else { return };
        runbook.text = Some(match result {
            Ok(Reply::Runbook(text)) => Ok(text),
            other => Err(other_answer(other)),
        });
    }

    pub(super) fn runbooks_plan_answered(&mut self, result: Result<Reply, Refusal>) {
        let Some(runbook) = &mut self.runbook else { return };
        runbook.given = match result {
            Ok(Reply::Plan { leaver, plan, departures }) => Given::Plan { leaver, plan, departures },
            other => Given::Refused(other_answer(other)),
        };
    }
}
