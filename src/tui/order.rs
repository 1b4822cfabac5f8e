//! An order: what a confirmed dialog sends. It holds the list that was shown, not the list of later.

use std::collections::VecDeque;

use crate::ipc::Op;

/// So many requests of one order are under way at once: the engine answers everybody, however long the list is.
pub(crate) const AT_ONCE: usize = 64;

/// One request of an order, and whom it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// In words, for what comes back refused.
    pub(crate) about: String,
    pub(crate) op: Op,
}

/// Requests that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    /// As in `retry`.
    pub(crate) verb: &'static str,
    pub(crate) lines: Vec<Line>,
}

impl Order {
    pub(crate) fn one(verb: &'static str, about: String, op: Op) -> Self {
        Self { verb, lines: vec![Line { about, op }] }
    }

    /// The same with the login that the operator typed, where the engine checks it.
    pub(crate) fn typed(mut self, text: &str) -> Self {
        for line in &mut self.lines {
            if let Op::Approve { typed, .. } | Op::Abort { typed, .. } | Op::Undo { typed, .. } = &mut line.op {
                text.clone_into(typed);
            }
        }
        self
    }

    /// The same with what the operator wrote: the reason of each, or the note.
    pub(crate) fn written(mut self, written: &str) -> Self {
        for line in &mut self.lines {
            if let Op::Reject { reason: text, .. }
            | Op::Abort { reason: text, .. }
            | Op::Hold { reason: text, .. }
            | Op::Undo { reason: text, .. }
            | Op::Note { text, .. } = &mut line.op
            {
                written.clone_into(text);
            }
        }
        self
    }
}

/// An order under way: what has come back of it.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) verb: &'static str,
    pub(crate) total: usize,
    pub(crate) done: usize,
    /// Not sent yet.
    pub(crate) waiting: VecDeque<Line>,
    /// The last good answer.
    pub(crate) said: String,
    /// About whom, and why not.
    pub(crate) refused: Vec<(String, crate::ipc::Refusal)>,
}

impl Running {
    pub(crate) fn of(order: Order) -> Self {
        let total = order.lines.len();
        Self { verb: order.verb, total, done: 0, waiting: order.lines.into(), said: String::new(), refused: Vec::new() }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.done + self.refused.len() >= self.total
    }
}
