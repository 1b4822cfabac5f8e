//! `timeline`: everything that ever happened to a person.

use super::{Answer, Context};
use crate::daemon::readers;
use crate::ipc::{ErrorCode, PersonPage, Refusal, Reply};
use crate::model::OffboardingId;

/// A page's longest.
const LIMIT: u32 = 2_000;

impl Context {
    pub(super) async fn person(&self, id: OffboardingId, after: Option<u64>, limit: u32) -> Answer {
        let limit = limit.clamp(1, LIMIT) as usize;
        let chapter = self.readers.ask(move |reader| reader.chapter(id, after, limit)).await;
        let chapter = chapter.map_err(|error| readers::refusal(&error))?;
        if chapter.offboardings.is_empty() {
            let told = format!("there is no offboarding {id}: look with `nightlatch history`");
            return Err(Refusal::new(ErrorCode::NotFound, told));
        }
        let crate::store::Chapter { offboardings, events, more, erased } = chapter;
        Ok(Reply::Person(Box::new(PersonPage { offboardings, events, more, erased })))
    }
}
