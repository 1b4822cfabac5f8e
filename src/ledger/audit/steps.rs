//! Whether every act was announced before it happened, and every announced act came to something.

use std::collections::HashMap;

use super::Row;
use crate::model::StepRef;

/// What is known of each step that was ever started.
#[derive(Debug, Default)]
pub(super) struct Steps(HashMap<StepRef, Life>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Its intent is on disk, its outcome is not.
    Open,
    /// Acknowledged, proved or ambiguous: its intent still stands.
    Met,
    /// Certainly not done, or queued afresh: a new act needs a new intent.
    Ended,
}

impl Steps {
    /// Follows one event; says what is wrong with its place.
    pub(super) fn follow(&mut self, row: &Row<'_>, mut wrong: impl FnMut(String)) {
        let (Some(offboarding), Some(ord)) = (row.offboarding, row.step) else { return };
        let step = offboarding.step(ord);
        let before = self.0.get(&step).copied();
        let after = match row.name {
            "step_started" => Life::Open,
            "step_acknowledged" | "step_verified" => {
                if matches!(before, None | Some(Life::Ended)) {
                    wrong(format!("{} of {step} without an intent before it", row.name));
                }
                Life::Met
            }
            // A retry by a person, or a journal that was rolled back: what may have been done is read back.
            "step_ambiguous" => Life::Met,
            "step_retry_at" => {
                if before.is_none() {
                    wrong(format!("{} of {step} without an intent before it", row.name));
                }
                Life::Ended
            }
            // May stand alone: no connector, no call.
            "step_failed" | "step_needs_human" => Life::Ended,
            "step_requeued" | "step_rejected" if before.is_some() => Life::Ended,
            _ => return,
        };
        self.0.insert(step, after);
    }

    /// How many steps have an intent whose outcome is not known.
    pub(super) fn open(&self) -> u64 {
        self.0.values().filter(|life| **life == Life::Open).count() as u64
    }
}
