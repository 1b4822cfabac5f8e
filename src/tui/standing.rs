//! How an offboarding stands, in the one word that its row shows.

use crate::model::{Offboarding, Phase, StepState};

/// One word for an offboarding. In the order of the operator's urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// A step failed, or needs a person.
    Attention,
    /// A step waits for consent.
    Approval,
    /// Waits for a person's launch.
    Held,
    /// No new act is started.
    Paused,
    /// At work.
    Running,
    /// Everything was sent; the read-backs or the residual access are waited for.
    Verifying,
    /// Runs by itself later.
    Armed,
    /// Stopped for good.
    Aborted,
    /// Every access verified gone.
    Closed,
}

impl Standing {
    pub(crate) fn of(offboarding: &Offboarding) -> Self {
        match offboarding.phase {
            Phase::Armed { .. } => Self::Armed,
            Phase::Held { .. } => Self::Held,
            Phase::Paused { .. } => Self::Paused,
            Phase::Aborted { .. } => Self::Aborted,
            Phase::Closed => Self::Closed,
            Phase::Running => {
                let (mut asked, mut sent) = (false, true);
                for step in &offboarding.steps {
                    match step.state {
                        StepState::Failed { .. } | StepState::NeedsHuman { .. } => return Self::Attention,
                        StepState::AwaitingApproval { .. } => asked = true,
                        StepState::Done { .. } | StepState::Skipped { .. } | StepState::Verifying { .. } => {}
                        _ => sent = false,
                    }
                }
                if asked {
                    Self::Approval
                } else if sent {
                    Self::Verifying
                } else {
                    Self::Running
                }
            }
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Approval => "approval",
            Self::Held => "held",
            Self::Paused => "paused",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Armed => "armed",
            Self::Aborted => "aborted",
            Self::Closed => "closed",
        }
    }
}
