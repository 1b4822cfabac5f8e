//! What is wrong with a runbook, or with the declarations that a plan is made from.

use std::fmt;

use crate::model::ActionId;

/// Something wrong in a runbook: where, what, and the cure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RunbookError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column, from 1.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and the cure.
    pub what: String,
}

impl fmt::Display for RunbookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Steps wait for each other in a round.
    #[error(
        "these actions wait for each other: {}. {}. Correct what the connectors declare, or move one of them to another \
         stage with a runbook rule",
        round(.path), .reasons.join("; ")
    )]
    Cycle {
        /// The round; each waits for the next, the last for the first.
        path: Vec<ActionId>,
        /// Why each waits for the next.
        reasons: Vec<String>,
    },
    /// A rule waives the approval of what cannot be taken back.
    #[error(
        "{rule} says `approval = \"none\"`, but {action} is irreversible and needs one: narrow the rule's `actions`"
    )]
    ApprovalWaived {
        /// Which rule, with its file.
        rule: String,
        /// The action.
        action: ActionId,
    },
    /// A rule's condition cannot be decided for this leaver.
    #[error("{rule}: its condition cannot be decided: {error}")]
    Condition {
        /// Which rule, with its file.
        rule: String,
        /// What the expression met.
        error: String,
    },
    /// Two actions with one id.
    #[error("{0} is declared twice")]
    Twice(ActionId),
    /// More steps than a plan can number.
    #[error("{0} steps are more than one plan can hold (65535)")]
    TooMany(usize),
    /// The plan has no canonical form.
    #[error("the plan's digest cannot be made: {0}")]
    Digest(String),
}

fn round(path: &[ActionId]) -> String {
    let names: Vec<String> = path.iter().chain(path.first()).map(ToString::to_string).collect();
    names.join(" -> ")
}
