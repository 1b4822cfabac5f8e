//! Version 1 kept leaves, payloads and states as they are, and every hash of the tree. Version 2 keeps what cannot be
//! computed, packed. No leaf changes by a byte: each is built anew and compared. What steps say follows from the events
//! by today's rules, which know more than those of version 1.

use rusqlite::{Transaction, params};
use serde::Deserialize;

use super::{Refusal, create};
use crate::ledger::tree::{STORED_FROM, subtree};
use crate::ledger::{Hash, Head};
use crate::model::{Fleet, NoticeKey, OffboardingId, Timestamp};
use crate::store::pack::Packer;
use crate::store::project::json;

/// What of a leaf stands in no other column.
#[derive(Deserialize)]
struct Leaf {
    actor: String,
    payload: String,
    subj: Option<String>,
}

/// The tables that are written anew, and those that stay what they were.
const ANEW: [&str; 6] = ["event", "node", "offboarding", "step", "notice", "salt"];
const SAME: [&str; 5] = ["meta", "checkpoint", "alert", "parked", "cursor"];

pub(super) fn migrate(transaction: &Transaction<'_>) -> Result<(), Refusal> {
    // Indexes and triggers have the names that the new ones will have.
    transaction.execute_batch(
        "DROP INDEX IF EXISTS event_of_offboarding; DROP INDEX IF EXISTS offboarding_live;
         DROP INDEX IF EXISTS offboarding_ended; DROP TRIGGER IF EXISTS event_is_never_deleted;
         DROP TRIGGER IF EXISTS event_is_never_changed; DROP TRIGGER IF EXISTS payload_is_only_erased",
    )?;
    for table in ANEW.iter().chain(&SAME) {
        transaction.execute_batch(&format!("ALTER TABLE {table} RENAME TO {table}_1"))?;
    }
    create(transaction)?;
    for table in SAME {
        transaction.execute_batch(&format!("INSERT INTO {table} SELECT * FROM {table}_1"))?;
    }
    let mut packer = Packer::new().map_err(|error| Refusal::Row(error.to_string()))?;
    subjects(transaction)?;
    let fleet = events(transaction, &mut packer)?;
    nodes(transaction)?;
    offboardings(transaction)?;
    steps(transaction, &fleet, &mut packer)?;
    notices(transaction)?;
    for table in ANEW.iter().chain(&SAME) {
        transaction.execute_batch(&format!("DROP TABLE {table}_1"))?;
    }
    Ok(())
}

fn subjects(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "INSERT INTO subject (offboarding, digest, person, salt)
         SELECT offboarding, NULL, iif(offboarding = 0, NULL, person), salt FROM salt_1",
    )
}

/// Brings the events over; what they come to.
fn events(transaction: &Transaction<'_>, packer: &mut Packer) -> Result<Fleet, Refusal> {
    let mut select =
        transaction.prepare("SELECT seq, at, name, offboarding, step, payload, leaf FROM event_1 ORDER BY seq")?;
    let mut insert = transaction.prepare(
        "INSERT INTO event (seq, at, name, actor, offboarding, step, digest, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    // The person is in every leaf of theirs; of an erased one the row is gone.
    let mut person = transaction.prepare(
        "INSERT INTO subject (offboarding, digest) VALUES (?1, ?2)
         ON CONFLICT (offboarding) DO UPDATE SET digest = ?2 WHERE digest IS NULL",
    )?;
    let mut fleet = Fleet::default();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let seq: u64 = row.get(0)?;
        let (at, name, offboarding, step) =
            (row.get(1)?, row.get::<_, String>(2)?, row.get::<_, Option<u64>>(3)?, row.get::<_, Option<u16>>(4)?);
        let (payload, stored): (Option<Vec<u8>>, Vec<u8>) = (row.get(5)?, row.get(6)?);
        let changed = || {
            Refusal::Row(format!(
                "event {seq} was changed after it was written, so that the log of version 1 cannot be brought over; \
                 nothing was changed"
            ))
        };
        let leaf: Leaf = serde_json::from_slice(&stored).map_err(|_| changed())?;
        let hash = |hex: &str| Hash::try_from(hex::decode(hex).ok()?).ok();
        let digest = hash(&leaf.payload).ok_or_else(changed)?;
        let subject = leaf.subj.as_deref().map(|subj| hash(subj).ok_or_else(changed)).transpose()?;
        let head = Head {
            seq,
            at: Timestamp(at),
            name: &name,
            actor: leaf.actor.as_str().into(),
            offboarding: offboarding.map(OffboardingId),
            step,
        };
        if head.leaf(&digest, subject.as_ref()) != stored {
            return Err(changed());
        }
        if let Some(payload) = &payload {
            fleet.apply(&serde_json::from_slice(payload).map_err(|_| changed())?);
        }
        let payload = payload.map(|payload| packer.pack(&payload)).transpose();
        let payload = payload.map_err(|error| Refusal::Row(error.to_string()))?;
        let actor = (leaf.actor != "engine").then_some(leaf.actor);
        insert.execute(params![seq, at, name, actor, offboarding, step, digest, payload])?;
        if let (Some(offboarding), Some(subject)) = (offboarding, subject) {
            person.execute(params![offboarding, subject])?;
        }
    }
    Ok(fleet)
}

fn nodes(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut select = transaction.prepare("SELECT idx, hash FROM node_1 ORDER BY idx")?;
    let mut insert = transaction.prepare("INSERT INTO node (idx, hash) VALUES (?1, ?2)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (index, hash): (u64, Hash) = (row.get(0)?, row.get(1)?);
        if subtree(index).0 >= STORED_FROM {
            insert.execute(params![index, hash])?;
        }
    }
    Ok(())
}

fn offboardings(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut select = transaction
        .prepare("SELECT id, opened_seq, live, email, name, login, employee_id, ended_at, header FROM offboarding_1")?;
    let mut insert = transaction.prepare(
        "INSERT INTO offboarding (id, opened_seq, live, email, names, ended_at, header)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, opened_seq, live): (u64, u64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (email, name, login): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let employee_id: Option<String> = row.get(6)?;
        let (ended_at, header): (Option<i64>, String) = (row.get(7)?, row.get(8)?);
        let names = [Some(&name), Some(&email), Some(&login), employee_id.as_ref()];
        let names: Vec<String> = names.into_iter().flatten().map(|it| it.to_lowercase()).collect();
        insert.execute(params![id, opened_seq, live, email, names.join("\n"), ended_at, header])?;
    }
    Ok(())
}

fn steps(transaction: &Transaction<'_>, fleet: &Fleet, packer: &mut Packer) -> Result<(), Refusal> {
    let mut select = transaction.prepare("SELECT offboarding, ord, state FROM step_1")?;
    let mut insert = transaction.prepare("INSERT INTO step (offboarding, ord, state) VALUES (?1, ?2, ?3)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (offboarding, ord, kept): (u64, u16, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let folded = fleet.get(OffboardingId(offboarding)).and_then(|it| it.step(ord));
        let state = folded.map_or(kept, |(_, step)| json(step));
        let state = packer.pack(state.as_bytes()).map_err(|error| Refusal::Row(error.to_string()))?;
        insert.execute(params![offboarding, ord, state])?;
    }
    Ok(())
}

fn notices(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut select = transaction.prepare("SELECT source, event_id FROM notice_1")?;
    let mut insert = transaction.prepare("INSERT INTO notice (key) VALUES (?1)")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (source, event_id): (String, String) = (row.get(0)?, row.get(1)?);
        insert.execute([NoticeKey::of(&source, &event_id).0])?;
    }
    Ok(())
}
