//! Where the log stands, asked for while it is looked at.

use super::answers::other_answer;
use super::{App, Awaited};
use crate::ipc::{Op, Refusal, Reply};
use crate::tui::dialog::copy::Item;
use crate::tui::dialog::{Dialog, ErrorNote};
use crate::tui::msg::Cmd;
use crate::tui::screen::Place;
use crate::tui::screen::ledger;
use crate::tui::text::clean;
use crate::tui::theme::Tone;

impl App {
    pub(super) fn fetch_log(&mut self) -> Option<Cmd> {
        let due =
            self.place == Place::Ledger && self.is_live() && self.log.want(self.mirror.fleet.next_seq, self.steady);
        due.then(|| self.ask(Awaited::Log, Op::Ledger {}))
    }

    pub(super) fn log_answered(&mut self, result: Result<Reply, Refusal>) {
        let status = match result {
            Ok(Reply::Ledger(status)) => Ok(status),
            other => Err(other_answer(other)),
        };
        self.log.answered(status, self.now);
    }

    /// Recomputes the log at the engine, beside its work.
    pub(super) fn verify_log(&mut self) -> Vec<Cmd> {
        vec![self.ask(Awaited::LogVerify, Op::LedgerVerify {})]
    }

    pub(super) fn log_verify_answered(&mut self, result: Result<Reply, Refusal>) {
        match result {
            Ok(_) => {
                self.toasts.say(Tone::Good, "the log is being verified; the engine goes on".to_owned(), self.steady);
                self.log.visit();
            }
            Err(refusal) => self.dialogs.push(Dialog::Error(ErrorNote {
                title: "The log is not being verified".to_owned(),
                happened: vec![clean(&refusal.message)],
                kept: "nothing was changed, and the last result stands".to_owned(),
                next: format!("on the engine's host: {}", ledger::OFFLINE),
                scroll: 0,
            })),
        }
    }

    /// What of the log can be copied.
    pub(super) fn log_items(&self) -> Vec<Item> {
        let Some(status) = self.log.status() else { return Vec::new() };
        let mut items = vec![
            Item { key: 'k', what: "key", text: status.verifier_key.clone() },
            Item { key: 'f', what: "fingerprint", text: status.key_fingerprint.clone() },
            Item { key: 'r', what: "root", text: status.root.clone() },
        ];
        if let Some(note) = &status.checkpoint {
            items.insert(0, Item { key: 'c', what: "checkpoint", text: note.clone() });
        }
        items.extend(Item::json(status));
        items
    }
}
