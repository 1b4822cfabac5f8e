//! `undo`: what an offboarding took away is given back; or, as a question, what that would be.

use super::{Answer, Context, refusal};
use crate::engine::clock::wall_now;
use crate::engine::command::{Command, Undo};
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Actor, Offboarding, OffboardingId, Restoration};
use crate::plan;

impl Context {
    /// What it would do.
    pub(super) async fn restoration(&self, offboarding: OffboardingId, steps: &[u16]) -> Answer {
        let (_, restoration) = self.undoing(offboarding, steps).await?;
        Ok(Reply::Restoration(Box::new(restoration)))
    }

    pub(super) async fn undo(
        &self,
        offboarding: OffboardingId,
        steps: &[u16],
        revision: Option<u32>,
        typed: String,
        reason: String,
        by: Actor,
    ) -> Answer {
        let (original, Restoration { plan, .. }) = self.undoing(offboarding, steps).await?;
        let undo = Undo { original, plan: Box::new(plan), revision, typed, reason };
        let message = self.handle.command(Command::Undo(undo), by).await.map_err(refusal)?;
        Ok(Reply::Done { message, offboardings: vec![offboarding] })
    }

    async fn undoing(
        &self,
        offboarding: OffboardingId,
        steps: &[u16],
    ) -> Result<(Box<Offboarding>, Restoration), Refusal> {
        let original = self.find(offboarding).await?;
        if let Some(unknown) = steps.iter().find(|ord| usize::from(**ord) >= original.steps.len()) {
            let message = format!("{offboarding} has no step {unknown}: it has {}", original.steps.len());
            return Err(Refusal::new(ErrorCode::NotFound, message));
        }
        let restoration = plan::restore(&original, steps, wall_now())
            .map_err(|error| Refusal::new(ErrorCode::Unavailable, error.to_string()))?;
        Ok((original, restoration))
    }
}
