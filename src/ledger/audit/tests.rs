//! A small journal is written, one thing in it is bent, and the audit has to say which.

use super::*;
use crate::ledger::{Signer, leaf};
use crate::model::{Actor, Envelope, Event, Proof};

#[derive(Clone)]
struct Stored {
    seq: u64,
    at: Timestamp,
    name: String,
    offboarding: Option<OffboardingId>,
    step: Option<u16>,
    payload: Option<Vec<u8>>,
    leaf: Vec<u8>,
    salt: Option<Salt>,
    person: Option<String>,
}

#[derive(Clone)]
struct Journal {
    rows: Vec<Stored>,
    hashes: BTreeMap<u64, Hash>,
    checkpoints: Vec<String>,
    vkey: String,
}

const OB: OffboardingId = OffboardingId(1);

/// Three steps of one person, started, acknowledged and verified each, with a checkpoint after every third event.
fn journal() -> Journal {
    let mut events = vec![
        Event::EngineStarted { epoch: 1, version: "0.1.0".to_owned() },
        Event::Paused { offboarding: OB, reason: "alfa.doe@corp.example".to_owned() },
        Event::Launched { offboarding: OB },
    ];
    for ord in 0..3 {
        let step = OB.step(ord);
        events.push(Event::StepStarted { step, attempt: 1, deadline_at: Timestamp(9) });
        events.push(Event::StepAcknowledged {
            step,
            account: None,
            before: None,
            already: None,
            caveat: None,
            exchanges: Vec::new(),
        });
        let proof = Proof::Verified { evidence: "suspended: true".into() };
        events.push(Event::StepVerified { step, proof, exchanges: Vec::new() });
    }
    journal_of(events, 3)
}

fn journal_of(events: Vec<Event>, every: u64) -> Journal {
    let dir = tempfile::tempdir().unwrap();
    let signer = Signer::load_or_create(&dir.path().join("key"), "corp.example/log").unwrap();
    let mut tree = Tree::new();
    let vkey = signer.verifier_key();
    let mut journal = Journal { rows: Vec::new(), hashes: BTreeMap::new(), checkpoints: Vec::new(), vkey };
    for (seq, event) in (0..).zip(events) {
        let envelope = Envelope { seq, at: Timestamp(1_000 + seq.cast_signed()), actor: Actor::Engine, event };
        let payload = serde_json::to_vec(&envelope).unwrap();
        let offboarding = envelope.event.offboarding();
        let person = offboarding.map(|_| "alfa.doe@corp.example".to_owned());
        let salt = Salt::from_bytes([u8::from(offboarding.is_some()); 32]);
        let leaf = leaf(&envelope, &payload, &salt, person.as_deref());
        journal.hashes.extend(tree.append(&leaf));
        journal.rows.push(Stored {
            seq,
            at: envelope.at,
            name: envelope.event.name().to_owned(),
            offboarding,
            step: envelope.event.step().map(|step| step.ord),
            payload: Some(payload),
            leaf,
            salt: Some(salt),
            person,
        });
        if tree.size().is_multiple_of(every) {
            journal.checkpoints.push(signer.sign(tree.size(), tree.root()));
        }
    }
    journal
}

impl Journal {
    fn audit(&self) -> Report {
        let mut auditor = Auditor::new(vec![Verifier::parse(&self.vkey).unwrap()]);
        self.checkpoints.iter().for_each(|note| auditor.checkpoint(note));
        for it in &self.rows {
            auditor.push_with(&it.row(), |index| self.hashes.get(&index).copied());
        }
        auditor.hashes_in_all(self.hashes.len() as u64);
        auditor.finish()
    }

    /// Bends the journal, audits it with and without its stored hashes, and returns what the full audit says.
    fn bent(mut self, bend: impl FnOnce(&mut Self)) -> Vec<String> {
        bend(&mut self);
        let report = self.audit();
        report.problems.iter().map(|it| it.seq.map_or(it.what.clone(), |seq| format!("{seq}: {}", it.what))).collect()
    }
}

impl Stored {
    fn row(&self) -> Row<'_> {
        Row {
            seq: self.seq,
            at: self.at,
            name: &self.name,
            offboarding: self.offboarding,
            step: self.step,
            payload: self.payload.as_deref(),
            leaf: &self.leaf,
            salt: self.salt.as_ref(),
            person_key: self.person.as_deref(),
        }
    }
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn a_whole_log_is_found_whole() {
    let journal = journal();
    let report = journal.audit();
    assert_eq!(report.problems, Vec::new());
    assert!(report.is_sound());
    assert_eq!((report.size, report.checkpoints, report.signed), (12, 4, Some(12)));
    assert_eq!((report.erased, report.steps_open), (0, 0));
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn an_erased_person_leaves_the_log_whole() {
    let mut journal = journal();
    for row in journal.rows.iter_mut().filter(|row| row.offboarding.is_some()) {
        (row.payload, row.salt, row.person) = (None, None, None);
    }
    let report = journal.audit();
    assert_eq!(report.problems, Vec::new());
    assert_eq!(report.erased, 11);
}

#[test]
fn a_changed_payload_is_named() {
    let told = journal().bent(|it| {
        let payload = it.rows[5].payload.as_mut().unwrap();
        *payload = replaced(payload, "suspended: true", "suspended: trve");
    });
    assert_eq!(told, ["5: the payload is not the one that the leaf was made of"]);
}

/// Every checkpoint from the second on, whose events are not what was signed any more.
const NOT_SIGNED: [&str; 3] = [
    "6: checkpoint number 2 signs another root over the events before this one",
    "9: checkpoint number 3 signs another root over the events before this one",
    "12: checkpoint number 4 signs another root over the events before this one",
];

#[test]
fn a_changed_leaf_is_named() {
    let told = journal().bent(|it| it.rows[5].leaf = replaced(&it.rows[5].leaf, "\"engine\"", "\"uid:66\""));
    assert_eq!(told[0], "5: the leaf's `actor` is not what the payload says");
    assert_eq!(told[1..], NOT_SIGNED);
}

#[test]
fn a_leaf_that_is_not_canonical_is_named() {
    let told = journal().bent(|it| it.rows[5].leaf = replaced(&it.rows[5].leaf, ",\"ev\"", ", \"ev\""));
    assert_eq!(told[0], "5: the leaf is not canonical JSON");
    assert_eq!(told[1..], NOT_SIGNED);
}

#[test]
fn a_leaf_changed_after_an_erasure_is_named() {
    let told = journal().bent(|it| {
        let row = &mut it.rows[5];
        (row.payload, row.salt, row.person) = (None, None, None);
        row.leaf = replaced(&row.leaf, "\"seq\":5", "\"seq\":6");
    });
    assert_eq!(told[0], "5: the leaf's `seq` is not what the journal's column says");
    assert_eq!(told[1..], NOT_SIGNED);
}

/// Three tiles, and a checkpoint after every hundredth event.
fn large() -> Journal {
    let paused = |n| Event::Paused { offboarding: OB, reason: format!("reason {n}") };
    journal_of((0..800).map(paused).collect(), 100)
}

/// The index of the hash over the first tile, and over the first two.
const TILE: u64 = 510;
const TWO_TILES: u64 = 1_022;

#[test]
fn a_changed_hash_is_named_by_its_index() {
    let told = large().bent(|it| it.hashes.get_mut(&TILE).unwrap()[0] ^= 1);
    let stands = "stored under 510, is not the one computed";
    assert_eq!(told[0], format!("the hash over events 0 to 255, {stands}"));
    let told = large().bent(|it| it.hashes.get_mut(&TWO_TILES).unwrap()[0] ^= 1);
    assert_eq!(told[0], "the hash over events 0 to 511, stored under 1022, is not the one computed");
    let told = large().bent(|it| assert!(it.hashes.remove(&TILE).is_some()));
    assert_eq!(told, ["the hash over events 0 to 255, stored under 510, is missing"]);
    let told = large().bent(|it| assert!(it.hashes.insert(7_000, [0; 32]).is_none()));
    assert_eq!(told, ["5 hashes are stored where 4 belong to the 800 events"]);
}

#[test]
fn a_wrong_leaf_spoils_its_tile_and_no_other() {
    let told = large().bent(|it| it.rows[300].leaf = replaced(&it.rows[300].leaf, "\"engine\"", "\"uid:66\""));
    assert_eq!(
        told,
        [
            "300: the leaf's `actor` is not what the payload says",
            "400: checkpoint number 4 signs another root over the events before this one",
            "500: checkpoint number 5 signs another root over the events before this one",
            "the hash over events 256 to 511, stored under 1021, is not the one computed",
        ]
    );
}

#[test]
fn a_changed_column_is_named() {
    let told = journal().bent(|it| it.rows[5].at = Timestamp(5));
    assert_eq!(told, ["5: the payload says another time than the journal's column"]);
    let told = journal().bent(|it| it.rows[5].person = Some("bravo.doe@corp.example".to_owned()));
    assert_eq!(told, ["5: the person is not the one that the leaf was made for"]);
}

#[test]
fn half_an_erasure_is_named() {
    let told = journal().bent(|it| it.rows[1].payload = None);
    assert_eq!(told, ["1: the payload is gone but its salt is there: not an erasure"]);
    let told = journal().bent(|it| it.rows[1].salt = None);
    assert_eq!(told, ["1: the payload is there but its salt is gone: it cannot be checked"]);
}

#[test]
fn dropped_rows_are_named_and_bridged_by_the_hash_of_their_tile() {
    let told = large().bent(|it| drop(it.rows.drain(300..302)));
    assert_eq!(
        told,
        [
            "300: missing, and all up to event 301",
            "checkpoint number 4 over 400 events cannot be checked: events before it are missing",
            "checkpoint number 5 over 500 events cannot be checked: events before it are missing",
        ]
    );
    let told = large().bent(|it| drop(it.rows.drain(200..600)));
    assert_eq!(told.len(), 1 + 5, "{told:?}"); // Its last tile has the checkpoints over 600 and 700 events in it.
    assert_eq!(told[0], "200: missing, and all up to event 599");
}

#[test]
fn dropped_rows_and_their_hash_leave_the_checkpoints_uncheckable() {
    let told = large().bent(|it| {
        it.rows.remove(300);
        it.hashes.remove(&1_021);
    });
    assert_eq!(told[0], "300: missing");
    assert_eq!(told.len(), 1 + 5, "{told:?}");
    assert!(told[1..].iter().all(|it| it.ends_with("cannot be checked: events before it are missing")), "{told:?}");
}

#[test]
fn rows_cut_off_at_the_end_are_told_by_the_checkpoint() {
    let told = journal().bent(|it| {
        it.rows.truncate(10);
    });
    assert_eq!(told, ["checkpoint number 4 is over 12 events, but the journal ends after 10: events are gone"]);
}

#[test]
fn two_swapped_rows_are_named() {
    let told = journal().bent(|it| it.rows.swap(9, 10));
    assert!(told.contains(&"9: missing".to_owned()), "{told:?}");
    assert!(told.contains(&"9: stands after event 10: twice there, or out of order".to_owned()), "{told:?}");

    let told = journal().bent(|it| {
        it.rows.swap(9, 10);
        (it.rows[9].seq, it.rows[10].seq) = (9, 10);
    });
    assert!(told.contains(&"9: the payload says another number than the journal's column".to_owned()), "{told:?}");
    assert!(told.contains(&"10: the payload says another number than the journal's column".to_owned()), "{told:?}");
}

#[test]
fn a_row_that_stands_there_twice_is_named() {
    let told = journal().bent(|it| it.rows.insert(2, it.rows[1].clone()));
    assert_eq!(told, ["1: stands after event 1: twice there, or out of order"]);
}

#[test]
fn a_number_that_no_journal_reaches_is_named() {
    let told = journal().bent(|it| it.rows[11].seq = u64::MAX);
    assert_eq!(told[0], format!("{}: no journal has so many events: its number was changed", u64::MAX));
    assert!(told[1].starts_with("checkpoint number 4 is over 12 events, but the journal ends after 11"), "{told:?}");
    let told = journal().bent(|it| it.rows[11].seq = 1 << 40);
    assert!(told.contains(&"11: missing, and all up to event 1099511627775".to_owned()), "{told:?}");
}

#[test]
fn a_changed_checkpoint_is_named() {
    let told = journal().bent(|it| it.checkpoints[1] = it.checkpoints[1].replacen("\n6\n", "\n7\n", 1));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("checkpoint number 2: the signature of corp.example/log+"), "{told:?}");
    assert!(told[0].ends_with("the checkpoint was changed after it was signed"), "{told:?}");
}

#[test]
fn two_swapped_checkpoints_are_named() {
    let told = journal().bent(|it| it.checkpoints.swap(1, 2));
    assert_eq!(told, ["checkpoint number 3 is over 6 events, the one before it over 9: out of order"]);
}

#[test]
fn a_rewritten_journal_does_not_fit_its_checkpoints() {
    let whole = journal();
    let told = journal().bent(|it| {
        // Another log, whole in itself, under the old log's key and checkpoints from the second on.
        let mut events: Vec<Envelope> = Vec::new();
        for row in &whole.rows {
            events.push(serde_json::from_slice(row.payload.as_ref().unwrap()).unwrap());
        }
        events[4].event = Event::Resumed { offboarding: OB };
        let other = journal_of(events.into_iter().map(|envelope| envelope.event).collect(), 3);
        (it.rows, it.hashes) = (other.rows, other.hashes);
    });
    assert_eq!(told[..1], ["6: checkpoint number 2 signs another root over the events before this one"]);
    assert_eq!(told.len(), 3);
}

#[test]
fn a_checkpoint_kept_elsewhere_is_a_witness() {
    let journal = journal();
    let mut auditor = Auditor::new(vec![Verifier::parse(&journal.vkey).unwrap()]);
    auditor.witness("the anchor", &journal.checkpoints[3]);
    journal.rows[..11].iter().for_each(|it| auditor.push(&it.row()));
    let report = auditor.finish();
    let told = "the checkpoint from the anchor is over 12 events, but the journal ends after 11: events are gone";
    assert_eq!(report.problems, [Problem { seq: None, what: told.to_owned() }]);
    assert!(!report.hashes_compared);
}

#[test]
fn an_outcome_without_an_intent_is_named_and_an_open_intent_is_counted() {
    let step = OB.step(0);
    let retry = || Event::StepRetryAt {
        step,
        at: Timestamp(1),
        free: false,
        unclear: false,
        reason: String::new(),
        exchanges: Vec::new(),
    };
    let started = || Event::StepStarted { step, attempt: 1, deadline_at: Timestamp(9) };
    let acknowledged = Event::StepAcknowledged {
        step,
        account: None,
        before: None,
        already: None,
        caveat: None,
        exchanges: Vec::new(),
    };
    let report = journal_of(vec![retry(), started(), retry(), acknowledged, started()], 3).audit();
    let told: Vec<_> = report.problems.iter().map(|it| (it.seq, it.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (Some(0), "step_retry_at of ob-1/0 without an intent before it"),
            (Some(3), "step_acknowledged of ob-1/0 without an intent before it")
        ]
    );
    assert_eq!(report.steps_open, 1);
}

#[test]
fn a_report_reads_well() {
    let mut journal = large();
    journal.rows.remove(2);
    let report = journal.audit();
    let text = report.to_string().replace(&base64_of(&report), "<root>");
    insta::assert_snapshot!(text, @r"
    events        800
    root          <root>
    hashes        recomputed and compared
    checkpoints   6 good; 0 events since the last
    erased        0
    open intents  0
    WRONG         event 2: missing
    WRONG         checkpoint number 1 over 100 events cannot be checked: events before it are missing
    WRONG         checkpoint number 2 over 200 events cannot be checked: events before it are missing
    The log is NOT whole: 3 problems.
    ");
}

fn base64_of(report: &Report) -> String {
    serde_json::to_value(report).unwrap()["root"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "a measurement; run it with --release"]
fn a_million_events_are_audited_in_seconds() {
    let step = |n: u32| OffboardingId(u64::from(n / 30)).step(u16::try_from(n % 10).unwrap());
    let started = |n| Event::StepStarted { step: step(n), attempt: 1, deadline_at: Timestamp(9) };
    let journal = journal_of((0..1_000_000).map(started).collect(), 1_000);
    let begun = std::time::Instant::now();
    let report = journal.audit();
    let took = begun.elapsed();
    assert_eq!((report.size, report.problems.len()), (1_000_000, 0));
    assert!(took.as_secs() < 10, "{took:?}");
}
