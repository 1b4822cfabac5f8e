//! One rule of a runbook: which actions, for which leavers, and what follows.

use super::pattern::Pattern;
use crate::model::{ActionSpec, Danger, RetryPolicy, Stage};

/// Whether a person must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Consent {
    Required,
    None,
}

/// What a rule changes in a retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RetryChange {
    pub(super) attempts: Option<u16>,
    pub(super) base_ms: Option<u64>,
    pub(super) max_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Its place in the file, from 1.
    pub(super) number: usize,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    pub(super) patterns: Vec<Pattern>,
    /// `None`: for every leaver.
    pub(super) when: Option<String>,
    pub(super) include: Option<bool>,
    pub(super) reason: Option<String>,
    pub(super) approval: Option<Consent>,
    pub(super) stage: Option<Stage>,
    pub(super) retry: Option<RetryChange>,
    pub(super) deadline_ms: Option<u64>,
}

impl Rule {
    pub(super) fn matches(&self, spec: &ActionSpec) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(spec))
    }

    /// Waives the approval of something that cannot be taken back.
    pub(super) fn waives(&self, spec: &ActionSpec) -> bool {
        self.approval == Some(Consent::None) && spec.danger == Danger::Irreversible && self.matches(spec)
    }

    /// As people see it: `runbook rule 3: executive`.
    pub(super) fn shown(&self) -> String {
        match self.reason.as_ref().or(self.when.as_ref()) {
            Some(why) => format!("runbook rule {}: {why}", self.number),
            None => format!("runbook rule {}", self.number),
        }
    }
}

impl RetryChange {
    pub(super) fn applied_to(self, policy: RetryPolicy) -> RetryPolicy {
        let base_ms = self.base_ms.unwrap_or(policy.base_ms);
        RetryPolicy {
            attempts: self.attempts.unwrap_or(policy.attempts),
            base_ms,
            max_ms: self.max_ms.unwrap_or(policy.max_ms).max(base_ms),
        }
    }
}
