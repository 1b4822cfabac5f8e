//! What the engine answered.

use super::{App, Awaited};
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::tui::action::Action;
use crate::tui::dialog::{Dialog, ErrorNote, Written};
use crate::tui::msg::Cmd;
use crate::tui::order::Running;
use crate::tui::text::clean;
use crate::tui::theme::Tone;

impl App {
    pub(super) fn answered(&mut self, ticket: u64, result: Result<Reply, Refusal>) -> Vec<Cmd> {
        match self.awaited.remove(&ticket) {
            None => {}
            Some(Awaited::Order { order, about }) => {
                self.order_answered(order, about, result);
                return self.order_goes_on(order).into_iter().collect();
            }
            Some(Awaited::Person { then }) => return self.person_came(then, result),
            Some(Awaited::Restoration { of, steps }) => self.restoration_came(of, &steps, result),
            Some(Awaited::Journal(step)) => {
                if let Some(pane) = &mut self.pane {
                    pane.learn(step, journal_of(result));
                }
            }
            Some(Awaited::Probes(of)) => self.probed(&of, result),
            Some(Awaited::Preview(whom)) => self.preview_answered(ticket, whom, result),
            Some(Awaited::Missing) => self.missing_answered(ticket, result),
            Some(Awaited::DryRun(email)) => self.dry_run_answered(email, result),
            Some(Awaited::Runbook) => self.runbook_answered(result),
            Some(Awaited::RunbooksPlan) => self.runbooks_plan_answered(result),
            Some(Awaited::Story(of, after)) => self.person_answered(of, after, result),
            Some(Awaited::Shelf(id)) => self.shelf_answered(id, result),
            Some(Awaited::History(wanted)) => self.history_answered(&wanted, result),
            Some(Awaited::Log) => self.log_answered(result),
            Some(Awaited::LogVerify) => self.log_verify_answered(result),
            Some(Awaited::Step { step, revision }) => self.case.fetched(step, revision, journal_of(result)),
        }
        Vec::new()
    }

    /// The rest of an order: one more goes out for each that came back. Without a line, none does.
    fn order_goes_on(&mut self, id: u64) -> Option<Cmd> {
        if self.is_live() {
            return self.send_next(id);
        }
        let running = self.orders.get_mut(&id)?;
        for line in running.waiting.drain(..) {
            let why = "there was no line to the engine any more: it was not sent";
            running.refused.push((line.about, Refusal::new(ErrorCode::Unavailable, why)));
        }
        self.order_is_over(id);
        None
    }

    fn person_came(&mut self, then: Action, result: Result<Reply, Refusal>) -> Vec<Cmd> {
        match result {
            Ok(Reply::Offboarding(person)) => return self.begin(then, &person),
            other => self.toasts.say(Tone::Warn, clean(&other_answer(other)), self.steady),
        }
        Vec::new()
    }

    fn order_answered(&mut self, id: u64, about: String, result: Result<Reply, Refusal>) {
        let Some(running) = self.orders.get_mut(&id) else { return };
        match result {
            Ok(reply) => {
                running.done += 1;
                match reply {
                    Reply::Done { message, .. } => running.said = message,
                    Reply::Evidence(evidence) => {
                        running.said = format!("evidence is written to {}", evidence.to);
                        self.dialogs.push(Dialog::Written(Written::new(evidence)));
                    }
                    _ => {}
                }
            }
            Err(refusal) => running.refused.push((about, refusal)),
        }
        self.order_is_over(id);
    }

    /// Says what came of an order, once everything has come back.
    fn order_is_over(&mut self, id: u64) {
        if self.orders.get(&id).is_none_or(|running| !running.is_over()) {
            return;
        }
        let Some(running) = self.orders.remove(&id) else { return };
        self.launch_over(id, running.refused.is_empty());
        if running.refused.is_empty() {
            let said = match running.total {
                1 if !running.said.is_empty() => clean(&running.said),
                total => format!("{}: all {total} done", running.verb),
            };
            self.toasts.say(Tone::Good, said, self.steady);
        } else {
            self.dialogs.push(Dialog::Error(refused(&running, self.launch.is_some())));
        }
    }
}

fn journal_of(result: Result<Reply, Refusal>) -> Result<Vec<crate::model::Envelope>, String> {
    match result {
        Ok(Reply::Timeline(journal)) => Ok(journal),
        other => Err(other_answer(other)),
    }
}

/// Why an answer is not the one that was asked for.
pub(super) fn other_answer(result: Result<Reply, Refusal>) -> String {
    match result {
        Ok(_) => "the engine answered something else: restart it with this version".to_owned(),
        Err(refusal) => refusal.message,
    }
}

/// The dialog of an order that did not go through whole; `launching`: there is no row to look at.
fn refused(running: &Running, launching: bool) -> ErrorNote {
    let title = if running.total == 1 {
        format!("Refused: {}", running.verb)
    } else {
        format!("{}: {} of {} refused", running.verb, running.refused.len(), running.total)
    };
    let happened = running.refused.iter().map(|(about, it)| format!("{about}: {}", clean(&it.message))).collect();
    let code = running.refused.first().map_or(ErrorCode::Invalid, |(_, it)| it.code);
    let (kept, next) = match code {
        ErrorCode::Stale | ErrorCode::Conflict if launching => {
            ("nothing was changed by this", "Esc, then Enter asks for the plan again")
        }
        ErrorCode::Stale => {
            ("nothing was changed by this: it had changed before", "Esc, look at the row again, then repeat the key")
        }
        ErrorCode::Conflict => ("nothing was changed by this", "Esc, then Enter opens the row and shows its state"),
        ErrorCode::Forbidden => ("nothing was changed by this", "somebody who may has to do it"),
        ErrorCode::NotFound => ("nothing was changed by this", "Esc, and look whether it is still listed"),
        ErrorCode::Invalid => ("nothing was changed by this", "correct what it names, then repeat the key"),
        ErrorCode::Unavailable => (
            "unknown: it may have been done. The journal knows, and nothing destructive is done twice",
            "wait until the header says live, then look at the row; A shows its timeline",
        ),
    };
    let mut kept = kept.to_owned();
    if running.done > 0 {
        kept = format!("{} of {} were done and stay done; of the others: {kept}", running.done, running.total);
    }
    ErrorNote { title, happened, kept, next: next.to_owned(), scroll: 0 }
}
