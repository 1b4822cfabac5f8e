//! The log in the journal: its leaves, built of an event's columns, and the hashes of its tree.

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::ledger::tree::{STORED_FROM, leaf_hash, root_of, subtree};
use crate::ledger::{Hash, Head, Tree};
use crate::model::{OffboardingId, Timestamp};

/// What a leaf is built of, in the order that [`leaf`] reads.
macro_rules! leaves {
    ($where:literal) => {
        concat!(
            "SELECT event.seq, event.at, event.name, event.actor, event.offboarding, event.step, event.digest,
                    subject.digest, event.payload, subject.salt, subject.person
             FROM event LEFT JOIN subject ON subject.offboarding = coalesce(event.offboarding, 0) ",
            $where
        )
    };
}
pub(super) use leaves;

/// The leaf of the event in this row of a [`leaves!`] query.
pub(super) fn leaf(row: &Row<'_>) -> rusqlite::Result<Vec<u8>> {
    let actor: Option<String> = row.get(3)?;
    let name: String = row.get(2)?;
    let head = Head {
        seq: row.get(0)?,
        at: Timestamp(row.get(1)?),
        name: &name,
        actor: actor.map_or("engine".into(), Into::into),
        offboarding: row.get::<_, Option<u64>>(4)?.map(OffboardingId),
        step: row.get(5)?,
    };
    Ok(head.leaf(&row.get(6)?, row.get::<_, Option<Hash>>(7)?.as_ref()))
}

/// How many events there are.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT coalesce(max(seq) + 1, 0) FROM event", [], |row| row.get(0))
}

/// The tree over the first `size` events.
pub(super) fn tree(connection: &Connection, size: u64) -> rusqlite::Result<Tree> {
    Tree::resume(size, |index| hash(connection, index)?.ok_or(rusqlite::Error::QueryReturnedNoRows))
}

/// The hash of this index: as it is stored, or below the stored ones, over the leaves. `None`: it is missing.
pub(super) fn hash(connection: &Connection, index: u64) -> rusqlite::Result<Option<Hash>> {
    let (level, leaves) = subtree(index);
    if level >= STORED_FROM {
        return stored(connection, index);
    }
    let mut select = connection.prepare_cached(leaves!("WHERE seq >= ?1 AND seq < ?2 ORDER BY seq"))?;
    let found = select.query_map([leaves.start, leaves.end], |row| Ok(leaf_hash(&leaf(row)?)))?;
    let found = found.collect::<rusqlite::Result<Vec<Hash>>>()?;
    Ok((found.len() as u64 == leaves.end - leaves.start).then(|| root_of(found)))
}

/// The hash that is stored under this index.
pub(super) fn stored(connection: &Connection, index: u64) -> rusqlite::Result<Option<Hash>> {
    let mut select = connection.prepare_cached("SELECT hash FROM node WHERE idx = ?1")?;
    select.query_row([index], |row| row.get(0)).optional()
}
