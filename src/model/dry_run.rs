//! What each step of a plan would meet: found by reading, with nothing changed.

use serde::{Deserialize, Serialize};

use super::action::Stage;
use super::ids::ActionId;
use super::leaver::Leaver;
use super::outcome::Account;

/// A plan held against the systems as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    /// Of whom, with what HR knows.
    pub leaver: Leaver,
    /// The digest of the plan that was held against the systems.
    pub digest: String,
    /// Step by step, in the plan's order.
    pub steps: Vec<Foreseen>,
    /// How long the reading took, in ms.
    pub ms: u64,
}

/// What one step would meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Foreseen {
    /// The step.
    pub action: ActionId,
    /// When it runs.
    pub stage: Stage,
    /// The account that it would act on, if one was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// What it would do there.
    #[serde(flatten)]
    pub would: Would,
}

/// What a step would do, as far as reading tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "would")]
pub enum Would {
    /// The access is alive, and this step would change that.
    Change {
        /// What shows it.
        evidence: String,
    },
    /// The end state is reached already.
    Already {
        /// What shows it.
        evidence: String,
    },
    /// The step only looks, and lists what a person must deal with: not done in a dry run.
    Look,
    /// The person has no account there.
    NoAccount {
        /// How it was searched.
        searched: String,
    },
    /// It would stop and wait for a person: two candidates, a last admin, an account that must not be touched.
    NeedsHuman {
        /// Why.
        reason: String,
    },
    /// The system would refuse it.
    Refused {
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
    },
    /// Reading does not tell, or the system cannot be read now.
    CannotTell {
        /// Why.
        reason: String,
    },
}

impl Would {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Change { .. } => "would change",
            Self::Already { .. } => "already so",
            Self::Look => "only looks",
            Self::NoAccount { .. } => "no account",
            Self::NeedsHuman { .. } => "needs a person",
            Self::Refused { .. } => "refused",
            Self::CannotTell { .. } => "cannot tell",
        }
    }

    /// What shows it, or why it is not known.
    pub fn why(&self) -> &str {
        match self {
            Self::Change { evidence } | Self::Already { evidence } => evidence,
            Self::NoAccount { searched } => searched,
            Self::NeedsHuman { reason } | Self::Refused { reason, .. } | Self::CannotTell { reason } => reason,
            Self::Look => "lists what a person must deal with",
        }
    }

    /// Whether it would keep the step from being done.
    pub fn blocks(&self) -> bool {
        matches!(self, Self::NeedsHuman { .. } | Self::Refused { .. })
    }
}

impl DryRun {
    /// How many steps end so: the words, in the order of their first step.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for step in &self.steps {
            let word = step.would.word();
            match counts.iter_mut().find(|(known, _)| *known == word) {
                Some((_, count)) => *count += 1,
                None => counts.push((word, 1)),
            }
        }
        counts
    }
}
