//! The journal looked at as an auditor does: everything computed afresh, from the file alone.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::log::{self, leaves};
use super::open::StoreError;
use super::project::{Header, rows};
use super::reader::Reader;
use super::{Row, project};
use crate::ledger::{self, Auditor, Report, Salt, Verifier};
use crate::model::{Envelope, Fleet, NoticeKey, Offboarding, OffboardingId, Timestamp};

/// Recomputes the log in the journal at `path`: leaves, hashes, roots, checkpoints, and that every call had its intent.
///
/// `witnesses` are checkpoints kept elsewhere, with a name for each.
pub fn verify(path: &Path, keys: Vec<Verifier>, witnesses: &[(String, String)]) -> Result<Report, StoreError> {
    verify_telling(path, keys, witnesses, |_| {})
}

/// The same, and tells the number of each event when it is done with it.
pub fn verify_telling(
    path: &Path,
    keys: Vec<Verifier>,
    witnesses: &[(String, String)],
    tell: impl Fn(u64),
) -> Result<Report, StoreError> {
    let reader = Reader::open_still(path)?;
    let sqlite = |error| reader.sqlite(error);
    let mut auditor = Auditor::new(keys);
    for note in reader.rows("SELECT note FROM checkpoint ORDER BY rowid", [], |row| row.get::<_, String>(0))? {
        auditor.checkpoint(&note);
    }
    for (name, note) in witnesses {
        auditor.witness(name, note);
    }
    let mut events = reader.connection().prepare(leaves!("ORDER BY seq")).map_err(sqlite)?;
    let mut found = events.query([]).map_err(sqlite)?;
    while let Some(row) = found.next().map_err(sqlite)? {
        let seq = row.get(0).map_err(sqlite)?;
        let packed: Option<Vec<u8>> = row.get(8).map_err(sqlite)?;
        // What cannot be unpacked is held against the leaf as it is, and told.
        let payload = packed.map(|packed| reader.unpack(seq, &packed).unwrap_or(packed));
        let salt = row.get::<_, Option<[u8; 32]>>(9).map_err(sqlite)?.map(Salt::from_bytes);
        let offboarding = row.get::<_, Option<u64>>(4).map_err(sqlite)?.map(OffboardingId);
        let (name, person): (String, Option<String>) = (row.get(2).map_err(sqlite)?, row.get(10).map_err(sqlite)?);
        let leaf = log::leaf(row).map_err(sqlite)?;
        let row = ledger::Row {
            seq,
            at: Timestamp(row.get(1).map_err(sqlite)?),
            name: &name,
            offboarding,
            step: row.get(5).map_err(sqlite)?,
            payload: payload.as_deref(),
            leaf: &leaf,
            salt: salt.as_ref(),
            person_key: person.as_deref(),
        };
        auditor.push_with(&row, |index| log::stored(reader.connection(), index).ok().flatten());
        tell(seq);
    }
    let stored = reader.connection().query_row("SELECT count(*) FROM node", [], |row| row.get(0)).map_err(sqlite)?;
    auditor.hashes_in_all(stored);
    Ok(auditor.finish())
}

/// The verifier key that the journal itself names. A key from elsewhere is worth more.
pub fn verifier_key(path: &Path) -> Result<Option<String>, StoreError> {
    Reader::open(path)?.meta("verifier_key")
}

/// What folding the journal afresh gave, held against the projections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rebuild {
    /// Events folded.
    pub events: u64,
    /// Offboardings compared.
    pub offboardings: u64,
    /// Steps compared.
    pub steps: u64,
    /// What differs, and where.
    pub differences: Vec<String>,
}

impl std::fmt::Display for Rebuild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { events, offboardings, steps, differences } = self;
        writeln!(f, "events folded   {events}")?;
        writeln!(f, "compared        {offboardings} offboardings, {steps} steps")?;
        for difference in differences {
            writeln!(f, "DIFFERENT       {difference}")?;
        }
        match differences.len() {
            0 => write!(f, "The projections follow from the events."),
            count => write!(f, "The projections do NOT follow from the events: {count} differences."),
        }
    }
}

/// Folds every event and compares what follows with the projections as they stand.
pub fn rebuild(path: &Path) -> Result<Rebuild, StoreError> {
    const PAGE: u32 = 5_000;
    let reader = Reader::open_still(path)?;
    let mut folded = Fleet::default();
    let mut report = Rebuild { events: 0, offboardings: 0, steps: 0, differences: Vec::new() };
    let mut notices = BTreeSet::new();
    loop {
        let page = reader.events_from(folded.next_seq, PAGE)?;
        for envelope in &page {
            fold(&mut folded, envelope, &mut notices);
            report.events += 1;
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    for offboarding in folded.offboardings.values() {
        report.offboardings += 1;
        report.steps += offboarding.steps.len() as u64;
        compare(offboarding, reader.offboarding(offboarding.id)?, &mut report.differences);
    }
    let mut differs = |what: &str, same: bool| {
        if !same {
            report.differences.push(format!("{what}: the projection is not what the events give"));
        }
    };
    differs("the engine's epoch", reader.meta::<u64>("epoch")?.unwrap_or(0) == folded.epoch);
    differs("the engine's pause", reader.meta::<Option<String>>("paused")?.flatten() == folded.paused);
    let stored = reader.rows("SELECT key FROM notice", [], |row| row.get(0).map(NoticeKey))?;
    differs("the notices taken", stored.into_iter().collect::<BTreeSet<_>>() == notices);
    let text = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let alerts = reader.rows("SELECT key, body FROM alert ORDER BY key", [], text)?;
    let wanted: Vec<_> = folded.alerts.iter().map(|(key, it)| (key.clone(), project::json(it))).collect();
    differs("the open alerts", alerts == wanted);
    Ok(report)
}

fn fold(fleet: &mut Fleet, envelope: &Envelope, notices: &mut BTreeSet<NoticeKey>) {
    fleet.apply(envelope);
    for row in rows(fleet, envelope) {
        if let Row::Notice(key) = row {
            notices.insert(key);
        }
    }
}

fn compare(folded: &Offboarding, stored: Option<Offboarding>, differences: &mut Vec<String>) {
    let id = folded.id;
    let Some(stored) = stored else {
        differences.push(format!("{id}: the events open it, the projection does not have it"));
        return;
    };
    if Header::of(folded) != Header::of(&stored) {
        differences.push(format!("{id}: the events give {:?}, the projection says {:?}", folded.phase, stored.phase));
    }
    for (ord, (folded, stored)) in (0u16..).zip(folded.steps.iter().zip(&stored.steps)) {
        if folded != stored {
            let (folded, stored) = (folded.state.word(), stored.state.word());
            differences.push(format!("{}: the events give {folded}, the projection says {stored}", id.step(ord)));
        }
    }
}
