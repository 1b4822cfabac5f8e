//! Acts on what is open: they become commands of the engine.

use super::{Answer, Context, refusal};
use crate::engine::{Command, Target};
use crate::ipc::{ErrorCode, Op, Refusal, Reply};
use crate::model::{Actor, OffboardingId};

fn target(offboarding: Option<OffboardingId>) -> Target {
    offboarding.map_or(Target::All, Target::One)
}

impl Context {
    pub(super) async fn command(&self, op: Op, by: Actor) -> Answer {
        let (command, about) = match op {
            Op::Launch { offboarding, revision } => (Command::Launch { offboarding, revision }, Some(offboarding)),
            Op::Retry { step, revision } => (Command::Retry { step, revision }, Some(step.offboarding)),
            Op::TryNow { connector } => (Command::TryNow(connector), None),
            Op::RetryFailed { offboarding } => (Command::RetryFailed(target(offboarding)), offboarding),
            Op::Approve { step, revision, plan_digest, typed } => {
                (Command::Approve { step, revision, plan_digest, typed }, Some(step.offboarding))
            }
            Op::Reject { step, revision, reason } => {
                (Command::Reject { step, revision, reason }, Some(step.offboarding))
            }
            Op::Pause { offboarding, reason } => (Command::Pause { target: target(offboarding), reason }, offboarding),
            Op::Resume { offboarding } => (Command::Resume(target(offboarding)), offboarding),
            Op::Abort { offboarding, revision, typed, reason } => {
                (Command::Abort { offboarding, revision, typed, reason }, Some(offboarding))
            }
            other => return Err(Refusal::new(ErrorCode::Invalid, format!("not an act: {other:?}"))),
        };
        let message = self.handle.command(command, by).await.map_err(refusal)?;
        Ok(Reply::Done { message, offboardings: about.into_iter().collect() })
    }
}
