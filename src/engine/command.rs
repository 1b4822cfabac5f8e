//! What people can tell the engine to do.

use serde::{Deserialize, Serialize};

use crate::model::{ConnectorId, Offboarding, OffboardingId, Plan, StepRef};

/// One offboarding, or the whole engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// This one.
    One(OffboardingId),
    /// Everything.
    All,
}

/// A command. `revision` is the one that the operator saw; a stale one is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Fires an armed or held offboarding now.
    Launch {
        /// Which.
        offboarding: OffboardingId,
        /// As seen.
        revision: Option<u32>,
    },
    /// Queues a failed step afresh.
    Retry {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
    },
    /// Queues every failed step afresh.
    RetryFailed(Target),
    /// Lets one job of a dead system go at once: it is said to be mended.
    TryNow(ConnectorId),
    /// Agrees to a step.
    Approve {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
        /// The digest of the plan that the approver saw.
        plan_digest: String,
        /// The leaver's login, as typed.
        typed: String,
    },
    /// Declines a step: it will not run.
    Reject {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
        /// Why.
        reason: String,
    },
    /// Starts no new act.
    Pause {
        /// Of whom.
        target: Target,
        /// Why.
        reason: String,
    },
    /// Starts acts again.
    Resume(Target),
    /// Stops an offboarding for good.
    Abort {
        /// Which.
        offboarding: OffboardingId,
        /// As seen.
        revision: Option<u32>,
        /// The leaver's login, as typed.
        typed: String,
        /// Why.
        reason: String,
    },
    /// Gives back what an offboarding took away.
    Undo(Undo),
}

/// What is to be given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// The offboarding that is undone, from memory or from the journal.
    pub original: Box<Offboarding>,
    /// Its steps backwards.
    pub plan: Box<Plan>,
    /// As seen.
    pub revision: Option<u32>,
    /// The leaver's login, as typed.
    pub typed: String,
    /// Why.
    pub reason: String,
}
