//! One person: the leaves, what they were made of, and a proof for each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::{self, Entry};
use super::source::Source;
use super::{Counts, ExportError, Folder, Whom};
use crate::ledger::Salt;
use crate::ledger::proof::{self, ProofError};
use crate::ledger::tree::leaf_hash;
use crate::model::OffboardingId;
use crate::store::StoreError;
use crate::store::export::Kept;

const HOW: &str = include_str!("../../../../assets/VERIFY-person.md");

pub(super) fn write(source: &Source, whom: &Whom, folder: &mut Folder) -> Result<Counts, ExportError> {
    let mut kept = BTreeMap::new();
    for id in find(source, whom)? {
        kept.insert(id, source.reader.kept_of(id)?);
    }
    let all: u64 = kept.values().map(|events| events.len() as u64).sum();
    for events in kept.values_mut() {
        events.retain(|event| event.seq < source.size());
    }
    kept.retain(|_, events| !events.is_empty());
    let events: u64 = kept.values().map(|events| events.len() as u64).sum();
    if events == 0 {
        return Err(ExportError::NotSigned { events: all });
    }

    let mut entries = Vec::new();
    let mut example = None;
    for (id, events) in &kept {
        let salt = source.reader.salt(*id)?;
        if let Some((salt, person)) = &salt {
            folder.put(&format!("salts/{id}"), format!("{}\n", hex::encode(salt.as_bytes())).as_bytes())?;
            folder.put(&format!("persons/{id}"), person.as_bytes())?;
        }
        for event in events {
            put_event(source, folder, event, salt.as_ref())?;
            if event.payload.is_some() {
                example = example.or(Some((*id, event.seq)));
            }
            entries.push(Entry::of(*id, event).map_err(|what| wrong(event.seq, what))?);
        }
    }
    if let Some(before) = &source.before {
        let lines = proof::lines(&consistency(source, before.checkpoint.size)?);
        folder.put("consistency", lines.as_bytes())?;
    }
    folder.put("report.txt", report::text(&entries, &source.last.checkpoint).as_bytes())?;
    folder.put("VERIFY.md", how(source, example, kept.keys().next().copied()).as_bytes())?;
    Ok(Counts { events, offboardings: kept.into_keys().collect(), unsigned: all - events })
}

fn find(source: &Source, whom: &Whom) -> Result<Vec<OffboardingId>, ExportError> {
    match whom {
        Whom::Email(email) => {
            let found = source.reader.offboardings_of(email)?;
            if found.is_empty() {
                return Err(ExportError::Unknown(format!(
                    "nobody with the address {email} has an offboarding in this journal: look for the person with \
                     `nightlatch history`, and name the offboarding, as in --for ob-17"
                )));
            }
            Ok(found)
        }
        Whom::Offboarding(id) if source.reader.kept_of(*id)?.is_empty() => Err(ExportError::Unknown(format!(
            "there is no {id} in this journal: `nightlatch history` lists everybody ever offboarded"
        ))),
        Whom::Offboarding(id) => Ok(vec![*id]),
    }
}

fn wrong(seq: u64, what: impl std::fmt::Display) -> ExportError {
    ExportError::Unsound(format!("event {seq}: {what}"))
}

fn put_event(
    source: &Source,
    folder: &mut Folder,
    event: &Kept,
    salt: Option<&(Salt, String)>,
) -> Result<(), ExportError> {
    let seq = event.seq;
    let leaf: Value = serde_json::from_slice(&event.leaf).map_err(|_| wrong(seq, "its leaf is not JSON"))?;
    let says = |key: &str, salt: &Salt, bytes: &[u8]| leaf[key] == hex::encode(salt.keyed_hash(bytes));
    match (&event.payload, salt) {
        (Some(payload), Some((salt, person))) => {
            if !says("payload", salt, payload) {
                return Err(wrong(seq, "the payload is not the one that the leaf was made of"));
            }
            if !says("subj", salt, person.as_bytes()) {
                return Err(wrong(seq, "the person is not the one that the leaf was made for"));
            }
            folder.put(&format!("payloads/{seq}.json"), payload)?;
        }
        (None, None) => {}
        (Some(_), None) => return Err(wrong(seq, "its payload is there but its salt is gone")),
        (None, Some(_)) => return Err(wrong(seq, "its payload is gone but its salt is there: not an erasure")),
    }
    let checkpoint = &source.last.checkpoint;
    let path = proof::inclusion(seq, checkpoint.size, |index| source.reader.hash(index)).map_err(no_proof)?;
    proof::check_inclusion(&path, checkpoint.size, checkpoint.root, seq, leaf_hash(&event.leaf))
        .map_err(|_| wrong(seq, "it is not under the last checkpoint"))?;
    folder.put(&format!("entries/{seq}.json"), &event.leaf)?;
    let text = proof::tlog_proof(seq, &path, &source.last.note);
    folder.put(&format!("proofs/{seq}.tlog-proof"), text.as_bytes())
}

fn consistency(source: &Source, old: u64) -> Result<Vec<crate::ledger::Hash>, ExportError> {
    let (last, before) = (&source.last.checkpoint, source.before.as_ref());
    let path = proof::consistency(old, last.size, |index| source.reader.hash(index)).map_err(no_proof)?;
    let old_root = before.map(|it| it.checkpoint.root).unwrap_or_default();
    proof::check_consistency(&path, last.size, last.root, old, old_root).map_err(|_| {
        ExportError::Unsound(format!("the last checkpoint does not go on from the one over {old} events"))
    })?;
    Ok(path)
}

fn no_proof(error: ProofError<StoreError>) -> ExportError {
    match error {
        ProofError::Read(StoreError::Row { what, .. }) => ExportError::Unsound(what),
        ProofError::Read(error) => error.into(),
        error => ExportError::Unsound(error.to_string()),
    }
}

/// How to check it, with an event of its own as the example.
fn how(source: &Source, example: Option<(OffboardingId, u64)>, first: Option<OffboardingId>) -> String {
    let erased = "true # every payload is erased: there is none to recompute".to_owned();
    let example = example.map_or(erased, |(id, seq)| {
        format!(
            "grep -q \"$(openssl dgst -sha256 -mac HMAC -macopt hexkey:\"$(cat salts/{id})\" -r payloads/{seq}.json | \
             cut -c1-64)\" entries/{seq}.json"
        )
    });
    let number = first.map_or(0, |id| id.0).to_string();
    source.fill_in(HOW).replace("{{example}}", &example).replace("{{number}}", &number)
}
