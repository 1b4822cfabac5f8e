//! What happened. The journal of these is the audit log, and the only truth: everything else is folded from it.

use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::before::Before;
use super::ids::{OffboardingId, StepRef};
use super::leaver::HrNotice;
use super::offboarding::Phase;
use super::outcome::{Account, Exchange};
use super::plan::Plan;
use super::step::Proof;
use super::time::Timestamp;

/// An event with its place in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Its number, from 0 without gaps: also its leaf's index in the log.
    pub seq: u64,
    /// When the engine decided it.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}

/// Why people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A step has used up its tries, or was refused.
    StepFailed,
    /// A step waits for a person's decision about the account.
    StepNeedsHuman,
    /// A step is ambiguous beyond its quarantine.
    StepAmbiguous,
    /// More people left at once than the flood guard lets through.
    Flood,
    /// Steps have waited long for a system that is not there, or has no time for us.
    Outage,
    /// A system does not accept our credentials: nothing is done there before it has new ones.
    Credential,
    /// The journal is older than the last checkpoint that was signed: a backup was restored, or rows are gone.
    Rollback,
}

impl AlertKind {
    /// The kind as one word, as it stands in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::StepFailed => "step_failed",
            Self::StepNeedsHuman => "step_needs_human",
            Self::StepAmbiguous => "step_ambiguous",
            Self::Flood => "flood",
            Self::Outage => "outage",
            Self::Credential => "credential",
            Self::Rollback => "rollback",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ev")]
pub enum Event {
    /// An engine took over the journal.
    EngineStarted {
        /// One more at each start: the fence against a predecessor that is not quite dead.
        epoch: u64,
        /// The binary's version.
        version: String,
    },
    /// The engine stopped in order.
    EngineStopped {},
    /// No act is started until a person resumes the engine.
    EnginePaused {
        /// Why.
        reason: String,
    },
    /// Acts are started again.
    EngineResumed {},

    /// An offboarding was opened, with its plan.
    Opened {
        /// Its id.
        offboarding: OffboardingId,
        /// What HR said.
        notice: Box<HrNotice>,
        /// What will be done.
        plan: Box<Plan>,
        /// Whether it runs at once.
        phase: Phase,
    },
    /// A notice about somebody whose offboarding is open already.
    NoticeMerged {
        /// Which one.
        offboarding: OffboardingId,
        /// The feed.
        source: String,
        /// The sender's id.
        event_id: String,
    },
    /// A verified notice that opened nothing.
    NoticeSetAside {
        /// The feed.
        source: String,
        /// The sender's id.
        event_id: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The offboarding runs from now on.
    Launched {
        /// Which.
        offboarding: OffboardingId,
    },
    /// An armed offboarding runs at another instant than was first said.
    Rearmed {
        /// Which.
        offboarding: OffboardingId,
        /// When it runs.
        at: Timestamp,
    },
    /// No new act of this offboarding is started.
    Paused {
        /// Which.
        offboarding: OffboardingId,
        /// Why.
        reason: String,
    },
    /// Acts of this offboarding are started again.
    Resumed {
        /// Which.
        offboarding: OffboardingId,
    },
    /// Nothing more is started; what was done stays done. By a person, or because HR called the termination off.
    Aborted {
        /// Which.
        offboarding: OffboardingId,
        /// Why.
        reason: String,
    },
    /// Every access is verified gone, and what could outlive it has run out.
    Closed {
        /// Which.
        offboarding: OffboardingId,
    },
    /// Nothing of it that cannot be taken back is started from now on.
    LegalHoldPlaced {
        /// Which.
        offboarding: OffboardingId,
        /// Why.
        reason: String,
    },
    /// Somebody wants the legal hold off: a second person has to agree.
    LegalHoldLiftAsked {
        /// Which.
        offboarding: OffboardingId,
        /// Why.
        reason: String,
    },
    /// Somebody wanted the legal hold off, and it stays.
    LegalHoldKept {
        /// Which.
        offboarding: OffboardingId,
        /// Why.
        reason: String,
    },
    /// A second person has agreed: the legal hold is off.
    LegalHoldLifted {
        /// Which.
        offboarding: OffboardingId,
    },
    /// A person wrote something down.
    NoteAdded {
        /// About which.
        offboarding: OffboardingId,
        /// What.
        text: String,
    },

    /// The intent, on disk before the call goes out.
    StepStarted {
        /// Which step.
        step: StepRef,
        /// Its executions so far, this one included.
        attempt: u16,
        /// No byte of the request is sent after this instant.
        deadline_at: Timestamp,
    },
    /// What the act is about to take away: on disk before it leaves.
    StepCaptured {
        /// Which step.
        step: StepRef,
        /// The account that it acts on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
        /// What undo needs, and which seats become free.
        #[serde(flatten)]
        before: Before,
    },
    /// The vendor took it, or said that it was so already. Not yet proof.
    StepAcknowledged {
        /// Which step.
        step: StepRef,
        /// The account acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
        /// What undo needs, as journals before version 0.2 hold it; since then it has an event of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<serde_json::Value>,
        /// What showed that it was so already; `None`: it was done now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        already: Option<String>,
        /// What would come alive again if another step were undone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caveat: Option<String>,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// The read-back proves it, or nothing can and something else does.
    StepVerified {
        /// Which step.
        step: StepRef,
        /// Why that is believed.
        proof: Proof,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// Certainly not done, or safe to repeat; tried again at `at`.
    StepRetryAt {
        /// Which step.
        step: StepRef,
        /// Not before.
        at: Timestamp,
        /// What the try met.
        reason: String,
        /// It does not count against the retry policy: the vendor was not there or had no time, or the engine died.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        free: bool,
        /// It may have taken effect all the same: a repeat that finds it so finds its own work.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unclear: bool,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// Nobody knows. From `until` on the account's real state is read.
    StepAmbiguous {
        /// Which step.
        step: StepRef,
        /// Until then a dead request may still take effect.
        until: Timestamp,
        /// How it came to this.
        reason: String,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// Not done, and not tried again by itself.
    StepFailed {
        /// Which step.
        step: StepRef,
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// A person has to look.
    StepNeedsHuman {
        /// Which step.
        step: StepRef,
        /// Why.
        reason: String,
        /// The calls made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exchanges: Vec<Exchange>,
    },
    /// Queued afresh: a person asked, or a read-back after the quarantine showed that it had not happened.
    StepRequeued {
        /// Which step.
        step: StepRef,
        /// Why.
        why: String,
    },
    /// A person's consent is asked for.
    ApprovalAsked {
        /// Which step.
        step: StepRef,
        /// The plan's digest.
        plan_digest: String,
    },
    /// A person agreed.
    Approved {
        /// Which step.
        step: StepRef,
        /// The digest of the plan that they saw.
        plan_digest: String,
        /// Void from here on.
        expires_at: Timestamp,
    },
    /// The consent was not used in time, or no longer fits: asked for again.
    ApprovalVoid {
        /// Which step.
        step: StepRef,
        /// Why.
        reason: String,
    },
    /// The step will not run: a person declined it.
    StepRejected {
        /// Which step.
        step: StepRef,
        /// Why.
        reason: String,
    },

    /// People are told.
    AlertRaised {
        /// What it is about; the same key while it is open is one alert.
        key: String,
        /// Why.
        kind: AlertKind,
        /// In words.
        summary: String,
    },
    /// What was told has healed.
    AlertResolved {
        /// The alert's key.
        key: String,
    },
}

impl Event {
    /// The event's name, as it stands in the journal and in the log's leaf.
    pub fn name(&self) -> &'static str {
        match self {
            Self::EngineStarted { .. } => "engine_started",
            Self::EngineStopped {} => "engine_stopped",
            Self::EnginePaused { .. } => "engine_paused",
            Self::EngineResumed {} => "engine_resumed",
            Self::Opened { .. } => "opened",
            Self::NoticeMerged { .. } => "notice_merged",
            Self::NoticeSetAside { .. } => "notice_set_aside",
            Self::Launched { .. } => "launched",
            Self::Rearmed { .. } => "rearmed",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Aborted { .. } => "aborted",
            Self::Closed { .. } => "closed",
            Self::LegalHoldPlaced { .. } => "legal_hold_placed",
            Self::LegalHoldLiftAsked { .. } => "legal_hold_lift_asked",
            Self::LegalHoldKept { .. } => "legal_hold_kept",
            Self::LegalHoldLifted { .. } => "legal_hold_lifted",
            Self::NoteAdded { .. } => "note_added",
            Self::StepStarted { .. } => "step_started",
            Self::StepCaptured { .. } => "step_captured",
            Self::StepAcknowledged { .. } => "step_acknowledged",
            Self::StepVerified { .. } => "step_verified",
            Self::StepRetryAt { .. } => "step_retry_at",
            Self::StepAmbiguous { .. } => "step_ambiguous",
            Self::StepFailed { .. } => "step_failed",
            Self::StepNeedsHuman { .. } => "step_needs_human",
            Self::StepRequeued { .. } => "step_requeued",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::Approved { .. } => "approved",
            Self::ApprovalVoid { .. } => "approval_void",
            Self::StepRejected { .. } => "step_rejected",
            Self::AlertRaised { .. } => "alert_raised",
            Self::AlertResolved { .. } => "alert_resolved",
        }
    }

    /// Whether it announces a call.
    pub fn is_intent(&self) -> bool {
        matches!(self, Self::StepStarted { .. })
    }

    /// Whether it says what became of a call, or that nobody knows; a read-back's proof is none.
    pub fn is_outcome(&self) -> bool {
        matches!(
            self,
            Self::StepAcknowledged { .. }
                | Self::StepVerified { proof: Proof::NoAccount { .. } | Proof::Listed { .. }, .. }
                | Self::StepRetryAt { .. }
                | Self::StepAmbiguous { .. }
                | Self::StepFailed { .. }
                | Self::StepNeedsHuman { .. }
        )
    }

    /// The step that it is about, if it is about one.
    pub fn step(&self) -> Option<StepRef> {
        match self {
            Self::StepStarted { step, .. }
            | Self::StepCaptured { step, .. }
            | Self::StepAcknowledged { step, .. }
            | Self::StepVerified { step, .. }
            | Self::StepRetryAt { step, .. }
            | Self::StepAmbiguous { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepNeedsHuman { step, .. }
            | Self::StepRequeued { step, .. }
            | Self::ApprovalAsked { step, .. }
            | Self::Approved { step, .. }
            | Self::ApprovalVoid { step, .. }
            | Self::StepRejected { step, .. } => Some(*step),
            _ => None,
        }
    }

    /// The offboarding that it is about, if it is about one.
    pub fn offboarding(&self) -> Option<OffboardingId> {
        match self {
            Self::Opened { offboarding, .. }
            | Self::NoticeMerged { offboarding, .. }
            | Self::Launched { offboarding }
            | Self::Rearmed { offboarding, .. }
            | Self::Paused { offboarding, .. }
            | Self::Resumed { offboarding }
            | Self::Aborted { offboarding, .. }
            | Self::LegalHoldPlaced { offboarding, .. }
            | Self::LegalHoldLiftAsked { offboarding, .. }
            | Self::LegalHoldKept { offboarding, .. }
            | Self::LegalHoldLifted { offboarding }
            | Self::NoteAdded { offboarding, .. }
            | Self::Closed { offboarding } => Some(*offboarding),
            other => other.step().map(|step| step.offboarding),
        }
    }

    /// The calls that it records.
    pub fn exchanges(&self) -> &[Exchange] {
        match self {
            Self::StepAcknowledged { exchanges, .. }
            | Self::StepVerified { exchanges, .. }
            | Self::StepRetryAt { exchanges, .. }
            | Self::StepAmbiguous { exchanges, .. }
            | Self::StepFailed { exchanges, .. }
            | Self::StepNeedsHuman { exchanges, .. } => exchanges,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alerts_kind_is_said_as_it_is_journalled() {
        use AlertKind::{Credential, Flood, Outage, Rollback, StepAmbiguous, StepFailed, StepNeedsHuman};
        for kind in [StepFailed, StepNeedsHuman, StepAmbiguous, Flood, Outage, Credential, Rollback] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
    }

    #[test]
    fn the_name_is_the_tag_in_the_journal() {
        let event = Event::StepStarted { step: OffboardingId(1).step(2), attempt: 1, deadline_at: Timestamp(9) };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["ev"], event.name());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
        let stopped = serde_json::to_value(Event::EngineStopped {}).unwrap();
        assert_eq!(stopped["ev"], "engine_stopped");
    }
}
