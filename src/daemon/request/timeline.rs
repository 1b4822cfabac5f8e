//! `timeline`: the journal of one offboarding, or of one of its steps.

use super::{Answer, Context};
use crate::daemon::readers;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::OffboardingId;

impl Context {
    pub(super) async fn timeline(&self, id: OffboardingId, step: Option<u16>) -> Answer {
        let events = self.readers.ask(move |reader| reader.timeline(id, step)).await;
        let events = events.map_err(|error| readers::refusal(&error))?;
        if events.is_empty() && step.is_none() {
            return Err(Refusal::new(
                ErrorCode::NotFound,
                format!("there is no offboarding {id}: look with `nightlatch history`"),
            ));
        }
        Ok(Reply::Timeline(events))
    }
}
