//! `history`: everybody ever offboarded.

use super::{Answer, Context};
use crate::daemon::readers;
use crate::engine::clock::wall_now;
use crate::ipc::{Reply, Summary};
use crate::model::OffboardingId;

/// A page's longest.
const LIMIT: u32 = 1_000;

impl Context {
    pub(super) async fn history(&self, query: String, before: Option<OffboardingId>, limit: u32) -> Answer {
        let found = self.readers.ask(move |reader| reader.history(&query, before, limit.min(LIMIT))).await;
        let now = wall_now();
        let found = found.map_err(|error| readers::refusal(&error))?;
        Ok(Reply::Summaries(found.iter().map(|it| Summary::of(it, now)).collect()))
    }
}
