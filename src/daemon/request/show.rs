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
        if let Some(kept) = kept.map_err(|error| readers::refusal(&error))? {
            return Ok(Box::new(kept));
        }
        let header = self.readers.ask(move |reader| reader.header(id)).await;
        let told = match header.map_err(|error| readers::refusal(&error))? {
            Some(_) => format!("the person of {id} is erased: the log proves that it happened, not to whom"),
            None => format!("there is no offboarding {id}: look with `nightlatch history`"),
        };
        Err(Refusal::new(ErrorCode::NotFound, told))
    }
}
