//! A step's life: what is known of it now, as a fold over its events.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::action::StepClass;
use super::actor::Actor;
use super::doubt::Doubt;
use super::outcome::{Account, Finding};
use super::plan::PlannedStep;
use super::time::Timestamp;

/// A person's consent to one step, bound to the plan that they saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who agreed.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The digest of the plan that they saw.
    pub plan_digest: String,
    /// Void from here on.
    pub expires_at: Timestamp,
}

/// Why a step counts as done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The vendor's own state was read and shows the access dead.
    Verified {
        /// The value that proves it.
        evidence: Arc<str>,
    },
    /// The vendor lets nobody read this act back; it was acknowledged, and another step's proof covers it.
    Covered {
        /// The covering step's place in the plan; `None`: nothing covers it.
        by: Option<u16>,
        /// Why it cannot be read.
        reason: String,
    },
    /// It was only to be looked at.
    Listed {
        /// What a person has to deal with; none is a finding too.
        findings: Vec<Finding>,
    },
    /// There is no account: a finding.
    NoAccount {
        /// How it was searched.
        searched: String,
    },
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum StepState {
    /// Waits for other steps, for its launch, or for its turn under the vendor's budget.
    #[default]
    Waiting,
    /// Waits for a person's consent.
    AwaitingApproval {
        /// Since when.
        since: Timestamp,
    },
    /// The intent is on disk and the call may be on the wire.
    Running {
        /// Since when.
        since: Timestamp,
        /// No byte of the request is sent after this instant.
        deadline_at: Timestamp,
    },
    /// Certainly not done, or safe to repeat; tried again by itself.
    RetryAt {
        /// Not before.
        at: Timestamp,
        /// What the last try met.
        reason: String,
    },
    /// Nobody knows whether the call took effect. From `until` on the account's real state is read.
    Ambiguous {
        /// Until then a dead request may still take effect.
        until: Timestamp,
        /// How it came to this.
        reason: String,
    },
    /// The vendor took it; the read-back is under way.
    Verifying {
        /// Since when.
        since: Timestamp,
    },
    /// Finished, with proof.
    Done {
        /// When.
        at: Timestamp,
        /// Why that is believed.
        proof: Proof,
    },
    /// Not done, and not tried again by itself.
    Failed {
        /// When.
        at: Timestamp,
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
    },
    /// A person has to look before anything more happens.
    NeedsHuman {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Will not run.
    Skipped {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// One step of a running offboarding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Step {
    /// Where it stands.
    #[serde(flatten)]
    pub state: StepState,
    /// Executions in all: also the fence by which an outcome finds its try.
    #[serde(default)]
    pub attempt: u16,
    /// Tries since it was last queued afresh: what the retry policy counts.
    #[serde(default)]
    pub tries: u16,
    /// Grows with each change: what an operator's act names, so that a stale screen changes nothing.
    pub revision: u32,
    /// An execution whose answer was lost may have changed something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_acted: bool,
    /// It was so before: nothing was taken away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
    /// The account that it acts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Arc<Account>>,
    /// What undo needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<serde_json::Value>>,
    /// When the vendor took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// What few steps have.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What few steps have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extras {
    /// The consent that it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Licences and seats that it frees, by the vendor's name of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<String>,
    /// What would come alive again if another step were undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
    /// When its idempotency key was first sent: from then on the vendor may count down to forgetting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_sent_at: Option<Timestamp>,
    /// Since when it has been held up by a vendor that was not there or had no time; `None`: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_up_since: Option<Timestamp>,
    /// Tries in a row that met such a vendor: they count against no policy, and space the next ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_up_tries: u16,
    /// The last call of which nobody knew whether it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

static NO_EXTRAS: Extras = Extras {
    approval: None,
    seats: Vec::new(),
    caveat: None,
    key_sent_at: None,
    held_up_since: None,
    held_up_tries: 0,
    doubt: None,
};

/// A step's [`Extras`], kept apart and only where there are any: a crowd has a hundred thousand steps, and most have none.
#[derive(Debug, Clone, Default)]
pub struct Extra(Option<Box<Extras>>);

impl Extra {
    /// What has become nothing takes no room.
    pub(super) fn settle(&mut self) {
        self.0.take_if(|it| **it == NO_EXTRAS);
    }
}

impl From<Extras> for Extra {
    fn from(extras: Extras) -> Self {
        Self((extras != NO_EXTRAS).then(|| Box::new(extras)))
    }
}

impl Deref for Extra {
    type Target = Extras;

    fn deref(&self) -> &Extras {
        self.0.as_deref().unwrap_or(&NO_EXTRAS)
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Extras {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Extra {}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Extras::deserialize(from).map(Into::into)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u16) -> bool {
    *count == 0
}

impl StepState {
    /// The state as one word, for people and filters.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::AwaitingApproval { .. } => "approval",
            Self::Running { .. } => "running",
            Self::RetryAt { .. } => "retrying",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Verifying { .. } => "verifying",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::NeedsHuman { .. } => "needs-human",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Finished for good: done or skipped.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Skipped { .. })
    }

    /// A call may be on the wire, or its effect has still to be read back.
    pub fn is_unresolved(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Ambiguous { .. } | Self::Verifying { .. })
    }

    /// A person has to act before this goes on.
    pub fn needs_attention(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NeedsHuman { .. })
    }
}

impl Step {
    /// What it found that no call removes.
    pub fn findings(&self) -> &[Finding] {
        match &self.state {
            StepState::Done { proof: Proof::Listed { findings }, .. } => findings,
            _ => &[],
        }
    }

    /// Whether a repeat that is sent now arrives while the vendor surely still knows the key of the first.
    pub fn may_repeat_with_key(&self, planned: &PlannedStep, now: Timestamp) -> bool {
        let StepClass::Keyed { window_ms } = planned.class else { return false };
        let arrives = now.plus_ms(planned.deadline_ms).plus_ms(planned.quarantine_ms);
        self.extra.key_sent_at.is_none_or(|first| arrives < first.plus_ms(window_ms))
    }

    /// Whether the first try's outcome is known, whatever it is.
    pub fn was_tried(&self) -> bool {
        match self.state {
            StepState::Waiting | StepState::AwaitingApproval { .. } => self.attempt > 0,
            StepState::Running { .. } => self.attempt > 1,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_steps_have_takes_no_room_where_there_is_nothing_of_it() {
        assert!(size_of::<Step>() <= 112, "{} bytes: a layoff has a hundred thousand of them", size_of::<Step>());
        let plain = Step { revision: 3, ..Step::default() };
        let json = serde_json::to_string(&plain).unwrap();
        assert_eq!(json, r#"{"state":"waiting","attempt":0,"tries":0,"revision":3}"#);
        let mut read: Step = serde_json::from_str(&json).unwrap();
        assert!(read.extra.0.is_none());
        read.extra.held_up_tries = 0;
        assert_eq!(read, plain, "touched, and still nothing");
        read.extra.settle();
        assert!(read.extra.0.is_none());
    }

    #[test]
    fn what_few_steps_have_stands_among_the_rest_in_json() {
        let mut step = Step::default();
        step.extra.seats = vec!["Pro".to_owned()];
        step.extra.key_sent_at = Some(Timestamp(7));
        step.extra.settle();
        let json = serde_json::to_value(&step).unwrap();
        assert_eq!((&json["seats"][0], &json["key_sent_at"]), (&"Pro".into(), &7.into()));
        assert_eq!(serde_json::from_value::<Step>(json).unwrap(), step);
    }
}
