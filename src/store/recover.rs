//! What an engine that starts finds in the journal: read from the projections, never replayed from the beginning.

use std::collections::HashSet;

use super::log;
use super::open::{Journal, StoreError};
use super::reader::Reader;
use crate::ledger::{Anchor, Hash, Rollback};
use crate::model::fleet::OpenAlert;
use crate::model::{Fleet, NoticeKey, OffboardingId, Parked, Timestamp};

/// The state to take over.
#[derive(Debug)]
pub struct Recovered {
    /// Live offboardings, and those that ended lately.
    pub fleet: Fleet,
    /// Every notice ever taken. In memory as a whole: sixteen bytes each, and asked at every webhook.
    pub notices: HashSet<NoticeKey>,
    /// Webhooks whose person has still to be read.
    pub parked: Vec<Parked>,
    /// The journal is not the continuation of what was signed.
    pub rollback: Option<Rollback>,
    /// Random at the journal's birth: the first part of every idempotency key.
    pub installation: String,
}

/// Ended offboardings that are kept at hand, at most.
const ENDED_AT_HAND: u32 = 5_000;

enum CheckError {
    Rollback(Rollback),
    Store(StoreError),
}

impl From<Rollback> for CheckError {
    fn from(rollback: Rollback) -> Self {
        Self::Rollback(rollback)
    }
}

impl Journal {
    /// Reads the state to take over. Offboardings that ended before `ended_after` stay in the journal alone.
    pub fn recover(&self, anchor: &Anchor, ended_after: Timestamp) -> Result<Recovered, StoreError> {
        let reader = Reader::open(&self.path)?;
        let mut fleet = Fleet {
            next_seq: reader.size()?,
            next_offboarding: reader.number("SELECT coalesce(max(id) + 1, 1) FROM offboarding")?,
            epoch: reader.meta("epoch")?.unwrap_or(0),
            paused: reader.meta("paused")?.unwrap_or(None),
            ..Fleet::default()
        };
        let at_hand = "SELECT id FROM offboarding WHERE live = 1
                       UNION SELECT id FROM (SELECT id FROM offboarding WHERE ended_at >= ?1 ORDER BY ended_at DESC LIMIT ?2)";
        for id in reader.rows(at_hand, rusqlite::params![ended_after.0, ENDED_AT_HAND], |row| row.get::<_, u64>(0))? {
            if let Some(mut offboarding) = reader.offboarding(OffboardingId(id))? {
                offboarding.share(&mut fleet.shared);
                fleet.offboardings.insert(offboarding.id, Box::new(offboarding));
            }
        }
        let text = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        for (key, body) in reader.rows("SELECT key, body FROM alert", [], text)? {
            let alert: OpenAlert =
                serde_json::from_str(&body).map_err(|error| reader.row_error(format!("alert {key}: {error}")))?;
            fleet.alerts.insert(key, alert);
        }
        let notices = reader.rows("SELECT key FROM notice", [], |row| row.get(0).map(NoticeKey))?;
        Ok(Recovered {
            parked: reader.parked()?,
            rollback: self.check_anchor(anchor, fleet.next_seq)?,
            installation: self.installation(&reader)?,
            fleet,
            notices: notices.into_iter().collect(),
        })
    }

    /// A value of the whole engine; `None`: none was ever written.
    pub fn meta<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        Reader::open(&self.path)?.meta(key)
    }

    /// How many events the journal has, and the tree's root over them.
    pub fn size_and_root(&self) -> Result<(u64, Hash), StoreError> {
        let size = log::size(&self.connection).map_err(self.sqlite())?;
        Ok((size, self.root_at(size)?))
    }

    fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        log::tree(&self.connection, size).map(|tree| tree.root()).map_err(self.sqlite())
    }

    fn check_anchor(&self, anchor: &Anchor, size: u64) -> Result<Option<Rollback>, StoreError> {
        let root_at = |size: u64| self.root_at(size).map_err(CheckError::Store);
        match anchor.check(size, root_at) {
            Ok(()) => Ok(None),
            Err(CheckError::Rollback(rollback)) => Ok(Some(rollback)),
            Err(CheckError::Store(error)) => Err(error),
        }
    }

    /// The installation's name, made at the first start.
    fn installation(&self, reader: &Reader) -> Result<String, StoreError> {
        if let Some(name) = reader.meta::<String>("installation")? {
            return Ok(name);
        }
        let name = uuid::Uuid::new_v4().simple().to_string();
        let insert = "INSERT INTO meta (key, value) VALUES ('installation', ?1)";
        self.connection.execute(insert, [format!("\"{name}\"")]).map_err(self.sqlite())?;
        Ok(name)
    }
}

impl Reader {
    pub(super) fn number(&self, select: &str) -> Result<u64, StoreError> {
        self.connection().query_row(select, [], |row| row.get(0)).map_err(|error| self.sqlite(error))
    }

    pub(super) fn meta<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let found = self.rows("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get::<_, String>(0))?;
        let Some(value) = found.first() else { return Ok(None) };
        serde_json::from_str(value).map(Some).map_err(|error| self.row_error(format!("meta {key}: {error}")))
    }

    /// Webhooks whose person has still to be read.
    pub fn parked(&self) -> Result<Vec<Parked>, StoreError> {
        let select = "SELECT source, event_id, received_at, body FROM parked ORDER BY received_at";
        let rows = self
            .rows(select, [], |row| Ok((row.get(0)?, row.get(1)?, Timestamp(row.get(2)?), row.get::<_, String>(3)?)))?;
        let read = rows.into_iter().map(|(source, event_id, received_at, body)| {
            let body =
                serde_json::from_str(&body).map_err(|error| self.row_error(format!("parked {event_id}: {error}")))?;
            Ok(Parked { source, event_id, received_at, body })
        });
        read.collect()
    }
}
