//! What an export reads of a journal: checkpoints, leaves, hashes, and one person's events with their salt.

use rusqlite::OptionalExtension as _;

use super::log::{self, leaves};
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
        log::size(self.connection()).map_err(|error| self.sqlite(error))
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
        let mut statement = self.connection().prepare(leaves!("WHERE seq < ?1 ORDER BY seq")).map_err(sqlite)?;
        let mut found = statement.query([size]).map_err(sqlite)?;
        while let Some(row) = found.next().map_err(sqlite)? {
            take(row.get(0).map_err(sqlite)?, &log::leaf(row).map_err(sqlite)?)?;
        }
        Ok(())
    }

    /// The hash of the log's tree that has this index.
    pub fn hash(&self, index: u64) -> Result<Hash, StoreError> {
        let found = log::hash(self.connection(), index).map_err(|error| self.sqlite(error))?;
        found.ok_or_else(|| self.row_error(format!("the hash of index {index} is missing")))
    }

    /// The offboardings of everybody who has this e-mail address, oldest first.
    pub fn offboardings_of(&self, email: &str) -> Result<Vec<OffboardingId>, StoreError> {
        let select = "SELECT id FROM offboarding WHERE email = ?1 ORDER BY id";
        self.rows(select, [email], |row| row.get(0).map(OffboardingId))
    }

    /// The salt of an offboarding and the key of its person; `None` once they are erased.
    pub fn salt(&self, id: OffboardingId) -> Result<Option<(Salt, String)>, StoreError> {
        let select = "SELECT salt, person FROM subject WHERE offboarding = ?1 AND salt IS NOT NULL";
        let found = self.connection().query_row(select, [id.0], |row| Ok((Salt::from_bytes(row.get(0)?), row.get(1)?)));
        found.optional().map_err(|error| self.sqlite(error))
    }

    /// The events of one offboarding, oldest first, erased ones included.
    pub fn kept_of(&self, id: OffboardingId) -> Result<Vec<Kept>, StoreError> {
        let select = leaves!("WHERE event.offboarding = ?1 ORDER BY seq");
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(8)?, log::leaf(row)?));
        let found = self.rows(select, [id.0], read)?.into_iter().map(|(seq, packed, leaf)| {
            let payload = packed.map(|packed| self.unpack(seq, &packed)).transpose()?;
            Ok(Kept { seq, payload, leaf })
        });
        found.collect()
    }
}
