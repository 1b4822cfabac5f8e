//! `hold`: an offboarding is put under legal hold, or taken off it by two people; however long ago it ended.

use super::{Answer, Context, refusal};
use crate::engine::Command;
use crate::engine::command::Hold;
use crate::ipc::Reply;
use crate::model::{Actor, HoldChange, OffboardingId};

impl Context {
    pub(super) async fn hold(
        &self,
        offboarding: OffboardingId,
        revision: Option<u32>,
        change: HoldChange,
        reason: String,
        by: Actor,
    ) -> Answer {
        let of = self.find(offboarding).await?;
        let hold = Hold { of, revision, change, reason };
        let message = self.handle.command(Command::Hold(hold), by).await.map_err(refusal)?;
        Ok(Reply::Done { message, offboardings: vec![offboarding] })
    }
}
