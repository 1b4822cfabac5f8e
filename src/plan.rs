//! Runbook + leaver + what connectors say of their actions → an ordered plan with a content hash. Pure.
//!
//! What a plan promises:
//! - every kill-switch action of every system is in it, or in `left_out` with a reason;
//! - an irreversible step waits for a person's approval, and for everything else to be proved;
//! - a step that ends what another one needs goes after it, and in the kill switch never waits longer than a moment;
//! - no step waits for itself, round however many corners: contradicting declarations are an error that shows the
//!   round;
//! - the same runbook, leaver and actions give the same plan, and so the same digest.

mod condition;
pub mod digest;
pub mod duration;
pub mod error;
mod order;
mod pattern;
mod rule;
pub mod runbook;
mod select;
mod text;

pub use digest::digest;
pub use error::{PlanError, RunbookError};
pub use runbook::Runbook;

use crate::model::{ActionSpec, Leaver, Plan};

/// The plan for one leaver, from what the configured systems can do.
pub fn plan(runbook: &Runbook, leaver: &Leaver, actions: &[ActionSpec]) -> Result<Plan, PlanError> {
    let (chosen, left_out) = select::select(runbook, leaver, actions)?;
    let mut plan = Plan {
        digest: String::new(),
        person: leaver.person_key().to_owned(),
        runbook: runbook.name.clone(),
        sla_ms: runbook.sla_ms,
        steps: order::order(runbook, &chosen)?,
        left_out,
    };
    plan.digest = digest(&plan)?;
    Ok(plan)
}

#[cfg(test)]
mod tests;
