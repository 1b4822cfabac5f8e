//! An undo, as it would run: what comes back, what cannot, and until when.

use serde::{Deserialize, Serialize};

use super::ids::{ActionId, StepRef};
use super::plan::Plan;

/// What undoing an offboarding, or some steps of it, would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Restoration {
    /// The steps that give back what was taken away, in their order.
    pub plan: Plan,
    /// What was done and stays done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

/// A step that cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Which.
    pub step: StepRef,
    /// What it did.
    pub action: ActionId,
    /// Why it stays done.
    pub why: String,
}
