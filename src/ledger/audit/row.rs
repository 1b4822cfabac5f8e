//! One row: does its leaf say what its columns and its payload say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::Row;
use crate::ledger::leaf::{Head, VERSION, actor_word};
use crate::model::{Actor, OffboardingId, StepRef, Timestamp};

/// What of an envelope is in its leaf. Unknown fields are passed over: the journal may be older than this program.
#[derive(Deserialize)]
struct Seen<'a> {
    seq: u64,
    at: Timestamp,
    actor: Actor,
    #[serde(borrow)]
    event: SeenEvent<'a>,
}

#[derive(Deserialize)]
struct SeenEvent<'a> {
    #[serde(borrow)]
    ev: Cow<'a, str>,
    #[serde(default)]
    offboarding: Option<OffboardingId>,
    #[serde(default)]
    step: Option<StepRef>,
}

/// Says what is wrong with a row.
pub(super) fn check(row: &Row<'_>, mut wrong: impl FnMut(String)) {
    match (row.payload, row.salt) {
        (Some(payload), Some(salt)) => {
            let Ok(seen) = serde_json::from_slice::<Seen<'_>>(payload) else {
                wrong("the payload is not an event".to_owned());
                return check_leaf(row, &mut wrong);
            };
            let step = seen.event.step;
            let head = Head {
                seq: seen.seq,
                at: seen.at,
                name: &seen.event.ev,
                actor: actor_word(&seen.actor),
                offboarding: seen.event.offboarding.or(step.map(|step| step.offboarding)),
                step: step.map(|step| step.ord),
            };
            for what in differences(row, &head) {
                wrong(format!("the payload says another {what} than the journal's column"));
            }
            let keyed = salt.keyed();
            let subject = row.person_key.map(|person| keyed.of(person.as_bytes()));
            let expected = head.leaf(&keyed.of(payload), subject.as_ref());
            if expected != row.leaf {
                explain(row, &expected, &mut wrong);
            }
        }
        (None, None) => check_leaf(row, &mut wrong),
        (Some(_), None) => {
            wrong("the payload is there but its salt is gone: it cannot be checked".to_owned());
            check_leaf(row, &mut wrong);
        }
        (None, Some(_)) => {
            wrong("the payload is gone but its salt is there: not an erasure".to_owned());
            check_leaf(row, &mut wrong);
        }
    }
}

fn differences(row: &Row<'_>, head: &Head<'_>) -> Vec<&'static str> {
    let same = [
        ("number", row.seq == head.seq),
        ("time", row.at == head.at),
        ("name", row.name == head.name),
        ("offboarding", row.offboarding == head.offboarding),
        ("step", row.step == head.step),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(what, _)| what).collect()
}

/// The leaf is not the expected one: says in what.
fn explain(row: &Row<'_>, expected: &[u8], wrong: &mut impl FnMut(String)) {
    let fields = |leaf: &[u8]| serde_json::from_slice::<serde_json::Map<String, Value>>(leaf).ok();
    let (Some(found), Some(expected)) = (fields(row.leaf), fields(expected)) else {
        wrong("the leaf is not a JSON object".to_owned());
        return;
    };
    let mut explained = false;
    let keys: std::collections::BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    for key in keys {
        if found.get(key) == expected.get(key) {
            continue;
        }
        explained = true;
        wrong(match key.as_str() {
            "payload" => "the payload is not the one that the leaf was made of".to_owned(),
            "subj" => "the person is not the one that the leaf was made for".to_owned(),
            key => format!("the leaf's `{key}` is not what the payload says"),
        });
    }
    if !explained {
        wrong("the leaf is not canonical JSON".to_owned());
    }
}

/// What can be known of a leaf without its payload: its form, and that it says what the columns say.
fn check_leaf(row: &Row<'_>, wrong: &mut impl FnMut(String)) {
    let Ok(Value::Object(found)) = serde_json::from_slice::<Value>(row.leaf) else {
        return wrong("the leaf is not a JSON object".to_owned());
    };
    if serde_json_canonicalizer::to_vec(&found).ok().as_deref() != Some(row.leaf) {
        wrong("the leaf is not canonical JSON".to_owned());
    }
    let columns = [
        ("v", Some(Value::from(VERSION))),
        ("seq", Some(Value::from(row.seq))),
        ("ts", Some(Value::from(row.at.to_string()))),
        ("ev", Some(Value::from(row.name))),
        ("ob", row.offboarding.map(|id| Value::from(id.0))),
        ("step", row.step.map(Value::from)),
    ];
    for (key, column) in &columns {
        if found.get(*key) != column.as_ref() {
            wrong(format!("the leaf's `{key}` is not what the journal's column says"));
        }
    }
    for (key, value) in &found {
        let known = match key.as_str() {
            "payload" | "subj" => value.as_str().is_some_and(is_hash),
            "actor" => value.is_string(),
            key => columns.iter().any(|(column, _)| *column == key),
        };
        if !known {
            wrong(format!("the leaf's `{key}` is not of a leaf's form"));
        }
    }
    for key in ["actor", "payload"] {
        if !found.contains_key(key) {
            wrong(format!("the leaf has no `{key}`"));
        }
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
