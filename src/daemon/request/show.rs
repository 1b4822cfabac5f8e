//! `show`: one offboarding, from memory or from the journal.

use super::{Answer, Context, refusal};
use crate::daemon::readers;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::OffboardingId;

impl Context {
    pub(super) async fn show(&self, id: OffboardingId) -> Answer {
        if let Some(live) = self.handle.look(move |fleet, _| fleet.get(id).cloned()).await.map_err(refusal)? {
            return Ok(Reply::Offboarding(Box::new(live)));
        }
        let kept = self.readers.ask(move |reader| reader.offboarding(id)).await;
        let unknown = || {
            Refusal::new(ErrorCode::NotFound, format!("there is no offboarding {id}: look with `nightlatch history`"))
        };
        let kept = kept.map_err(|error| readers::refusal(&error))?.ok_or_else(unknown)?;
        Ok(Reply::Offboarding(Box::new(kept)))
    }
}
