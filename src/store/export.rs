//! What an export reads of a journal: checkpoints, leaves, stored hashes, and one person's events with their salt.

use rusqlite::OptionalExtension as _;

use super::open::StoreError;
use super::reader::Reader;
use crate::ledger::{Hash, Salt};
use crate::model::OffboardingId;

/// An event as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub seq: u64,
    /// The JSON of the envelope, to the byte; `None` once it is erased.
    pub payload: Option<Vec<u8>>,
    /// The leaf.
    pub leaf: Vec<u8>,
}

impl Reader {
    /// How many events there are.
    pub fn size(&self) -> Result<u64, StoreError> {
        let select = "SELECT coalesce(max(seq) + 1, 0) FROM event";
        self.connection().query_row(select, [], |row| row.get(0)).map_err(|error| self.sqlite(error))
    }

    /// The newest checkpoint over at most `size` events.
    pub fn checkpoint_up_to(&self, size: u64) -> Result<Option<(u64, String)>, StoreError> {
        let select = "SELECT size, note FROM checkpoint WHERE size <= ?1 ORDER BY size DESC LIMIT 1";
        let found = self.connection().query_row(select, [size], |row| Ok((row.get(0)?, row.get(1)?)));
        found.optional().map_err(|error| self.sqlite(error))
    }

    /// Gives the leaf of each event before number `size` to `take`, in order, with its number.
    pub fn leaves<E: From<StoreError>>(
        &self,
        size: u64,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let sqlite = |error| self.sqlite(error);
        let select = "SELECT seq, leaf FROM event WHERE seq < ?1 ORDER BY seq";
        let mut statement = self.connection().prepare(select).map_err(sqlite)?;
        let mut found = statement.query([size]).map_err(sqlite)?;
        while let Some(row) = found.next().map_err(sqlite)? {
            let (seq, leaf): (u64, Vec<u8>) = (row.get(0).map_err(sqlite)?, row.get(1).map_err(sqlite)?);
            take(seq, &leaf)?;
        }
        Ok(())
    }

    /// The hash that is stored under this index.
    pub fn stored_hash(&self, index: u64) -> Result<Hash, StoreError> {
        let sqlite = |error| self.sqlite(error);
        let mut statement = self.connection().prepare_cached("SELECT hash FROM node WHERE idx = ?1").map_err(sqlite)?;
        let found = statement.query_row([index], |row| row.get(0)).optional().map_err(sqlite)?;
        found.ok_or_else(|| self.row_error(format!("the hash to be stored under {index} is missing")))
    }

    /// The offboardings of everybody who has this e-mail address, oldest first.
    pub fn offboardings_of(&self, email: &str) -> Result<Vec<OffboardingId>, StoreError> {
        let select = "SELECT id FROM offboarding WHERE email = ?1 ORDER BY id";
        self.rows(select, [email], |row| row.get(0).map(OffboardingId))
    }

    /// The salt of an offboarding and the key of its person; `None` once they are erased.
    pub fn salt(&self, id: OffboardingId) -> Result<Option<(Salt, String)>, StoreError> {
        let select = "SELECT salt, person FROM salt WHERE offboarding = ?1";
        let found = self.connection().query_row(select, [id.0], |row| Ok((Salt::from_bytes(row.get(0)?), row.get(1)?)));
        found.optional().map_err(|error| self.sqlite(error))
    }

    /// The events of one offboarding, oldest first, erased ones included.
    pub fn kept_of(&self, id: OffboardingId) -> Result<Vec<Kept>, StoreError> {
        let select = "SELECT seq, payload, leaf FROM event WHERE offboarding = ?1 ORDER BY seq";
        self.rows(select, [id.0], |row| Ok(Kept { seq: row.get(0)?, payload: row.get(1)?, leaf: row.get(2)? }))
    }
}
