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
mod departure;
pub mod digest;
pub mod duration;
pub mod error;
mod order;
mod pattern;
mod planner;
mod restore;
mod rule;
pub mod runbook;
mod select;
mod text;

pub use digest::digest;
pub use error::{PlanError, RunbookError};
pub use planner::Planner;
pub use restore::restore;
pub use runbook::Runbook;

#[cfg(test)]
mod tests;
