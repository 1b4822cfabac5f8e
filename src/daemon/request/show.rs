//! `show`: one offboarding, from memory or from the journal.

use super::{Answer, Context, refusal};
use crate::daemon::readers;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Offboarding, OffboardingId};

impl Context {
    pub(super) async fn show(&self, id: OffboardingId) -> Answer {
        self.find(id).await.map(Reply::Offboarding)
    }

    /// Wherever it is kept.
    pub(super) async fn find(&self, id: OffboardingId) -> Result<Box<Offboarding>, Refusal> {
        if let Some(live) = self.handle.look(move |fleet, _| fleet.get(id).cloned()).await.map_err(refusal)? {
            return Ok(Box::new(live));
        }
        let kept = self.readers.ask(move |reader| reader.offboarding(id)).await;
        let unknown = || {
            Refusal::new(ErrorCode::NotFound, format!("there is no offboarding {id}: look with `nightlatch history`"))
        };
        let kept = kept.map_err(|error| readers::refusal(&error))?.ok_or_else(unknown)?;
        Ok(Box::new(kept))
    }
}
