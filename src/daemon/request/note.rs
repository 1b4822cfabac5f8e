//! `note`: a person writes something down about an offboarding, however long ago it ended.

use super::{Answer, Context, refusal};
use crate::engine::Command;
use crate::engine::command::AddNote;
use crate::ipc::Reply;
use crate::model::{Actor, OffboardingId};

impl Context {
    pub(super) async fn note(&self, offboarding: OffboardingId, text: String, by: Actor) -> Answer {
        let of = self.find(offboarding).await?;
        let note = AddNote { of, text };
        let message = self.handle.command(Command::Note(note), by).await.map_err(refusal)?;
        Ok(Reply::Done { message, offboardings: vec![offboarding] })
    }
}
