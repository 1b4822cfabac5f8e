//! An order: what a confirmed dialog sends. It holds the list that was shown, not the list of later.

use crate::ipc::Op;

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

    /// The same with what the operator typed, where the engine checks it.
    pub(crate) fn typed(mut self, text: &str) -> Self {
        for line in &mut self.lines {
            if let Op::Approve { typed, .. } | Op::Abort { typed, .. } = &mut line.op {
                text.clone_into(typed);
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
    /// The last good answer.
    pub(crate) said: String,
    /// About whom, and why not.
    pub(crate) refused: Vec<(String, crate::ipc::Refusal)>,
}

impl Running {
    pub(crate) fn is_over(&self) -> bool {
        self.done + self.refused.len() >= self.total
    }
}
