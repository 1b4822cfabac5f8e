//! Read-only questions to the journal. A reader never holds up the writer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::open::{StoreError, damaged_or, read_only};
use super::pack::Unpacker;
use super::project::Header;
use crate::model::{Envelope, Event, Offboarding, OffboardingId, Step};

/// A read-only connection.
pub struct Reader {
    path: PathBuf,
    connection: Connection,
    unpacker: RefCell<Unpacker>,
}

/// How far a subscriber of the journal's alerts has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// As in `alert.slack`.
    pub name: String,
    /// The number of the next event that it has to see.
    pub next: u64,
    /// Alerts from there on.
    pub behind: u64,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Reader {
    /// Opens the journal at `path` for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let unpacker = Unpacker::new().map_err(|error| StoreError::Io { path: path.to_owned(), error })?;
        Ok(Self { path: path.to_owned(), connection: read_only(path)?, unpacker: RefCell::new(unpacker) })
    }

    /// The same, and everything it is asked is answered as the journal stands now, however it grows meanwhile.
    pub fn open_still(path: &Path) -> Result<Self, StoreError> {
        let reader = Self::open(path)?;
        // The instant is that of the first look.
        let still = reader.connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema");
        still.map_err(|error| reader.sqlite(error))?;
        Ok(reader)
    }

    /// The journal of one offboarding, oldest first; of one of its steps, if `step` is given.
    pub fn timeline(&self, id: OffboardingId, step: Option<u16>) -> Result<Vec<Envelope>, StoreError> {
        let select = "SELECT seq, payload FROM event WHERE offboarding = ?1 AND (?2 IS NULL OR step = ?2) AND payload IS NOT NULL ORDER BY seq";
        self.envelopes(select, rusqlite::params![id.0, step])
    }

    /// Events from number `from` on, at most `limit`.
    pub fn events_from(&self, from: u64, limit: u32) -> Result<Vec<Envelope>, StoreError> {
        let select = "SELECT seq, payload FROM event WHERE seq >= ?1 AND payload IS NOT NULL ORDER BY seq LIMIT ?2";
        self.envelopes(select, rusqlite::params![from, limit])
    }

    /// Raised and resolved alerts from number `from` on, at most `limit`.
    pub fn alerts_from(&self, from: u64, limit: u32) -> Result<Vec<Envelope>, StoreError> {
        let select = "SELECT seq, payload FROM event WHERE seq >= ?1 AND name IN ('alert_raised', 'alert_resolved')
                      AND payload IS NOT NULL ORDER BY seq LIMIT ?2";
        self.envelopes(select, rusqlite::params![from, limit])
    }

    /// How far a subscriber has got: the number of the next event that it has to see.
    pub fn cursor(&self, name: &str) -> Result<u64, StoreError> {
        let select = "SELECT seq FROM cursor WHERE name = ?1";
        let found = self.connection.query_row(select, [name], |row| row.get(0)).optional();
        Ok(found.map_err(|error| self.sqlite(error))?.unwrap_or(0))
    }

    /// How far every subscriber has got; of `named`, those too that have seen nothing yet. By name.
    pub fn cursors(&self, named: &[String]) -> Result<Vec<Cursor>, StoreError> {
        let kept = self.rows("SELECT name, seq FROM cursor", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut all: BTreeMap<String, u64> = named.iter().map(|name| (name.clone(), 0)).collect();
        all.extend(kept);
        let behind = "SELECT count(*) FROM event WHERE seq >= ?1 AND name IN ('alert_raised', 'alert_resolved')";
        let cursors = all.into_iter().map(|(name, next)| {
            let behind = self.rows(behind, [next], |row| row.get::<_, u64>(0))?.into_iter().sum();
            Ok(Cursor { name, next, behind })
        });
        cursors.collect()
    }

    /// The offboarding of this id, if there ever was one.
    pub fn offboarding(&self, id: OffboardingId) -> Result<Option<Offboarding>, StoreError> {
        let select = "SELECT event.seq, event.payload, offboarding.header FROM offboarding
                      JOIN event ON event.seq = offboarding.opened_seq WHERE offboarding.id = ?1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?, row.get::<_, String>(2)?));
        let found = self.connection.prepare_cached(select).and_then(|mut it| it.query_row([id.0], read).optional());
        let Some((seq, packed, header)) = found.map_err(|error| self.sqlite(error))? else { return Ok(None) };
        let Some(packed) = packed else { return Ok(None) }; // Erased: nothing is known of the person any more.
        self.assemble(id, seq, &packed, &header).map(Some)
    }

    fn assemble(&self, id: OffboardingId, seq: u64, packed: &[u8], header: &str) -> Result<Offboarding, StoreError> {
        let broken = |what: &str| self.row_error(format!("offboarding {id}: {what}"));
        let envelope = self.envelope(seq, packed)?;
        let Event::Opened { notice, plan, .. } = envelope.event else { return Err(broken("its event opens nothing")) };
        let header = self.read_header(id, header)?;
        let mut offboarding =
            Offboarding::open(id, *notice, *plan, header.phase.clone(), header.requester, header.opened_at);
        offboarding.launched_at = header.launched_at;
        offboarding.cut_at = header.cut_at;
        offboarding.ended_at = header.ended_at;
        offboarding.legal_hold = header.legal_hold;
        offboarding.notes = header.notes;
        offboarding.revision = header.revision;
        let select = "SELECT ord, state FROM step WHERE offboarding = ?1";
        let states: Vec<(u16, Vec<u8>)> = self.rows(select, [id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (ord, packed) in states {
            let state =
                self.unpacker.borrow_mut().unpack(&packed).map_err(|error| broken(&format!("step {ord}: {error}")))?;
            let state: Step =
                serde_json::from_slice(&state).map_err(|error| broken(&format!("step {ord}: {error}")))?;
            if let Some(step) = offboarding.steps.get_mut(usize::from(ord)) {
                *step = state;
            }
        }
        Ok(offboarding)
    }

    /// Everybody ever offboarded, newest first, older than `before`, at most `limit`; who is erased is left out.
    pub fn history(&self, before: Option<OffboardingId>, limit: u32) -> Result<Vec<Offboarding>, StoreError> {
        let select = "SELECT id FROM offboarding WHERE (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT ?2";
        let ids: Vec<u64> = self.rows(select, rusqlite::params![before.map(|id| id.0), limit], |row| row.get(0))?;
        let found = ids.into_iter().filter_map(|id| self.offboarding(OffboardingId(id)).transpose());
        found.collect()
    }

    /// The header of the offboarding of this id: what is left of one whose person is erased.
    pub fn header(&self, id: OffboardingId) -> Result<Option<Header>, StoreError> {
        let found = self.rows("SELECT header FROM offboarding WHERE id = ?1", [id.0], |row| row.get::<_, String>(0))?;
        found.first().map(|header| self.read_header(id, header)).transpose()
    }

    pub(super) fn read_header(&self, id: OffboardingId, header: &str) -> Result<Header, StoreError> {
        serde_json::from_str(header).map_err(|error| self.row_error(format!("offboarding {id}: its header: {error}")))
    }

    /// How many events of this offboarding have a number from `from` on.
    pub fn events_of_since(&self, id: OffboardingId, from: u64) -> Result<u64, StoreError> {
        let select = "SELECT count(*) FROM event WHERE offboarding = ?1 AND seq >= ?2";
        Ok(self.rows(select, [id.0, from], |row| row.get::<_, u64>(0))?.into_iter().sum())
    }

    fn envelopes(&self, select: &str, values: impl Params) -> Result<Vec<Envelope>, StoreError> {
        let payloads: Vec<(u64, Vec<u8>)> = self.rows(select, values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        payloads.into_iter().map(|(seq, packed)| self.envelope(seq, &packed)).collect()
    }

    pub(super) fn envelope(&self, seq: u64, packed: &[u8]) -> Result<Envelope, StoreError> {
        let payload = self.unpack(seq, packed)?;
        serde_json::from_slice(&payload).map_err(|error| self.row_error(format!("event {seq}: {error}")))
    }

    /// The payload of event `seq`, to the byte.
    pub(super) fn unpack(&self, seq: u64, packed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let unpacked = self.unpacker.borrow_mut().unpack(packed);
        unpacked.map_err(|error| self.row_error(format!("event {seq}: {error}")))
    }

    pub(super) fn rows<T>(
        &self,
        select: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(select).map_err(|error| self.sqlite(error))?;
        let rows = statement.query_map(values, read).map_err(|error| self.sqlite(error))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|error| self.sqlite(error))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn sqlite(&self, error: rusqlite::Error) -> StoreError {
        damaged_or(&self.path, error)
    }

    pub(super) fn row_error(&self, what: String) -> StoreError {
        StoreError::Row { path: self.path.clone(), what }
    }
}
