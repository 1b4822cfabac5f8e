//! `history`: everybody ever offboarded, a page at a time.

use std::sync::{Mutex, PoisonError};

use jiff::tz::TimeZone;

use super::{Answer, Context};
use crate::daemon::readers;
use crate::engine::clock::wall_now;
use crate::ipc::archive::Times;
use crate::ipc::{ErrorCode, HistoryPage, HistoryRow, Refusal, Reply};
use crate::model::{OffboardingId, Search, Timestamp};
use crate::store::{Archive, Reader, StoreError};

/// A page's longest.
const LIMIT: u32 = 1_000;

impl Context {
    pub(super) async fn history(
        &self,
        query: &str,
        before: Option<OffboardingId>,
        limit: u32,
        zone: Option<&str>,
    ) -> Answer {
        let wrong = |told: String| Refusal::new(ErrorCode::Invalid, told);
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => {
                TimeZone::get(name).map_err(|_| wrong(format!("`{name}` is no time zone known to the engine")))?
            }
        };
        let search = Search::parse(query, &zone).map_err(|error| wrong(error.to_string()))?;
        let (archive, now) = (self.archive.clone(), wall_now());
        let signed = self.signed();
        let page = self
            .readers
            .ask(move |reader| page(&archive, reader, &search, before, limit.clamp(1, LIMIT), (now, signed)));
        let page = page.await.map_err(|error| readers::refusal(&error))?;
        Ok(Reply::History(Box::new(page)))
    }
}

/// The index is locked while it is searched, and not while the rows are read: others search meanwhile.
fn page(
    archive: &Mutex<Archive>,
    reader: &Reader,
    search: &Search,
    before: Option<OffboardingId>,
    limit: u32,
    (now, signed): (Timestamp, u64),
) -> Result<HistoryPage, StoreError> {
    let index = || archive.lock().unwrap_or_else(PoisonError::into_inner);
    let found = index().search(reader, search, before, limit as usize)?;
    let mut rows = Vec::with_capacity(found.ids.len());
    for id in found.ids {
        if let Some(offboarding) = reader.offboarding(id)? {
            rows.push(HistoryRow::of(&offboarding, now, reader.events_of_since(id, signed)?));
            continue;
        }
        let Some(header) = reader.header(id)? else { continue };
        let times = Times {
            opened_at: header.opened_at,
            launched_at: header.launched_at,
            cut_at: header.cut_at,
            ended_at: header.ended_at,
        };
        // Erased since the index was brought up to date: whoever looked for the name finds nobody.
        let mut index = index();
        index.forget(id);
        if index.still_admits(search, id) {
            rows.push(HistoryRow::erased(id, header.phase.word(), times));
        }
    }
    Ok(HistoryPage { rows, more: found.more, total: found.total })
}
