//! The plan: what will be done, in which order, why, and who must agree. What ran is what was approved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::action::{Danger, Residual, Stage, StepClass};
use super::ids::{ActionId, ConnectorId, OffboardingId, StepRef};
use super::outcome::Account;
use super::time::Timestamp;

/// How an action that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// Tries in all, the first included.
    pub attempts: u16,
    /// The first wait, in ms; it doubles each time.
    pub base_ms: u64,
    /// The longest wait, in ms.
    pub max_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 8, base_ms: 500, max_ms: 300_000 }
    }
}

impl RetryPolicy {
    /// The wait after failed attempt number `attempt` (from 1), in ms: full jitter between half and the whole of
    /// the exponential step. `jitter` is any number; the same number gives the same wait.
    pub fn backoff_ms(&self, attempt: u16, jitter: u64) -> u64 {
        let doublings = u32::from(attempt.saturating_sub(1)).min(32);
        let step = self.base_ms.saturating_mul(1 << doublings).min(self.max_ms).max(1);
        step / 2 + jitter % (step / 2 + 1)
    }
}

/// Who must agree before a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// The requester may not approve their own.
    pub four_eyes: bool,
    /// An approval not used within this time is void, in ms.
    pub ttl_ms: u64,
}

/// How far the awaited steps must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Each has succeeded, or was skipped.
    Succeeded,
    /// Each has had its first try, whatever came of it, or the patience is over.
    Tried {
        /// Counted from the launch of the offboarding, in ms.
        patience_ms: u64,
    },
}

/// An edge of the plan: this step waits for others, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The steps waited for, by their place in the plan.
    pub steps: Vec<u16>,
    /// How far they must have come.
    pub until: Until,
    /// Why, in words.
    pub why: String,
}

/// One step of a plan, complete: the engine needs to ask no connector to run or recover it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Which action.
    pub action: ActionId,
    /// What it does, in one sentence.
    pub title: String,
    /// When it runs.
    pub stage: Stage,
    /// What it costs if it was wrong.
    pub danger: Danger,
    /// What may be done after a lost answer.
    #[serde(flatten)]
    pub class: StepClass,
    /// Why it is in the plan.
    pub reason: String,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// Who must agree; `None`: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalPolicy>,
    /// How it is tried again.
    pub retry: RetryPolicy,
    /// The total deadline of one call, in ms.
    pub deadline_ms: u64,
    /// How long a lost request may still take effect after its deadline, in ms.
    pub quarantine_ms: u64,
    /// What outlives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<Residual>,
    /// The step whose verification proves this one, where it cannot be read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_by: Option<u16>,
    /// What undo does, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// How long the vendor keeps what undo needs, in ms; `None`: for ever, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_within_ms: Option<u64>,
    /// What it gives back: then the action is undone, not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives_back: Option<Box<GivesBack>>,
}

/// What a step of an undo gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivesBack {
    /// What was done by this step.
    pub step: StepRef,
    /// To this account.
    pub account: Account,
    /// How it was before.
    pub before: serde_json::Value,
    /// Afterwards the vendor may have forgotten what is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// An action that the runbook leaves out: explicit, and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Which action.
    pub action: ActionId,
    /// Why.
    pub reason: String,
}

/// An ordered plan for one leaver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// SHA-256 of the plan's canonical JSON without this field, in hex: what an approval is bound to.
    pub digest: String,
    /// Whom it is about: the person key.
    pub person: String,
    /// The runbook's name.
    pub runbook: String,
    /// The offboarding that it undoes, if it is no offboarding itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<OffboardingId>,
    /// The kill switch has to be verified within this time of the launch, in ms.
    pub sla_ms: u64,
    /// The steps; a step's place is its number.
    pub steps: Arc<[PlannedStep]>,
    /// What the runbook left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

impl Plan {
    /// The systems that are called as soon as it is launched, and by how many steps at once.
    pub fn first_calls(&self) -> BTreeMap<ConnectorId, usize> {
        let mut systems = BTreeMap::new();
        for step in self.steps.iter().filter(|step| step.stage == Stage::KillSwitch && step.waits.is_empty()) {
            *systems.entry(step.action.connector.clone()).or_default() += 1;
        }
        systems
    }

    /// The systems in which it acts.
    pub fn systems(&self) -> BTreeSet<&ConnectorId> {
        self.steps.iter().map(|step| &step.action.connector).collect()
    }

    /// How many of its steps nothing brings back.
    pub fn irreversible(&self) -> usize {
        self.steps.iter().filter(|step| step.danger == Danger::Irreversible).count()
    }

    /// How many of its steps wait for somebody's consent before they run.
    pub fn asking(&self) -> usize {
        self.steps.iter().filter(|step| step.approval.is_some()).count()
    }

    /// The step number `ord`.
    pub fn step(&self, ord: u16) -> Option<&PlannedStep> {
        self.steps.get(usize::from(ord))
    }
}

/// The numbers of the runbook's rules that a step's, or a left-out action's, reason names.
pub fn rules_named(reason: &str) -> Vec<usize> {
    let parts = reason.split("runbook rule ").skip(1);
    let digits = parts.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
    digits.filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_is_capped_and_jitters_within_half() {
        let policy = RetryPolicy { attempts: 9, base_ms: 100, max_ms: 1_000 };
        for jitter in [0, 7, 49, 50, 51, u64::MAX] {
            let first = policy.backoff_ms(1, jitter);
            let third = policy.backoff_ms(3, jitter);
            let ninth = policy.backoff_ms(9, jitter);
            assert!((50..=100).contains(&first), "{first}");
            assert!((200..=400).contains(&third), "{third}");
            assert!((500..=1_000).contains(&ninth), "{ninth}");
        }
        assert_ne!(policy.backoff_ms(3, 0), policy.backoff_ms(3, 100));
    }
}
