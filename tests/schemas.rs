//! A journal of each schema that was ever released is kept in `tests/schemas/`: it opens, and all that was in it is there.
//!
//! `NIGHTLATCH_SCHEMAS=write cargo test --test schemas` writes the present schema's, once, before it is released.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../benches/journal/firm.rs"]
#[allow(dead_code, reason = "the bench uses the rest")]
mod firm;
#[path = "schemas/story.rs"]
mod story;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use nightlatch::ledger::{Anchor, Verifier};
use nightlatch::model::{Fleet, Timestamp};
use nightlatch::store::{Journal, Recovered, audit};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

/// What was in the journal, as the program that wrote it saw it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    fleet: Fleet,
    notices: usize,
    parked: usize,
    installation: String,
    root: String,
}

impl Kept {
    fn of(recovered: Recovered, journal: &Journal) -> Self {
        let Recovered { fleet, notices, parked, installation, rollback } = recovered;
        assert_eq!(rollback, None);
        let (size, root) = journal.size_and_root().unwrap();
        assert_eq!(size, fleet.next_seq);
        let root = BASE64_STANDARD.encode(root);
        Self { fleet, notices: notices.len(), parked: parked.len(), installation, root }
    }
}

impl Kept {
    /// Without what later versions read out of the same events.
    fn without_later_words(mut self) -> Self {
        for step in self.fleet.offboardings.values_mut().flat_map(|it| &mut it.steps) {
            let extra = &mut step.extra;
            (extra.doubt, extra.held_up_since, extra.held_up_tries, extra.key_sent_at) = (None, None, 0, None);
        }
        self
    }
}

/// The newest schema.
const PRESENT: i64 = 2;

fn file(schema: i64, end: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/v{schema}.{end}"))
}

fn unpacked(schema: i64, end: &str) -> Vec<u8> {
    zstd::decode_all(std::fs::File::open(file(schema, end)).unwrap()).unwrap()
}

fn schema_of(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// By the anchor beside it, and everybody however long ago they ended.
fn recover(journal: &Journal, dir: &Path) -> Recovered {
    journal.recover(&Anchor::at(&dir.join("ledger.anchor")).unwrap(), Timestamp::default()).unwrap()
}

/// The journal of this schema, as it was when its engine died.
fn restored(schema: i64) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    std::fs::write(&path, unpacked(schema, "db.zst")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::copy(file(schema, "anchor"), dir.path().join("ledger.anchor")).unwrap();
    (dir, path)
}

/// The log as it is verified, and the projections as they are rebuilt.
fn holds(path: &Path) -> String {
    let key = Verifier::parse(&audit::verifier_key(path).unwrap().unwrap()).unwrap();
    let report = audit::verify(path, vec![key], &[]).unwrap();
    assert!(report.is_sound() && report.checkpoints > 0, "{report}");
    let rebuilt = audit::rebuild(path).unwrap();
    assert!(rebuilt.differences.is_empty(), "{rebuilt}");
    BASE64_STANDARD.encode(report.root.unwrap())
}

#[test]
fn a_journal_of_every_schema_opens_and_nothing_in_it_is_another() {
    for schema in 1..=PRESENT {
        let (dir, path) = restored(schema);
        assert_eq!(schema_of(&path), schema);
        let was: Kept = serde_json::from_slice(&unpacked(schema, "json.zst")).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!(schema_of(&path), PRESENT);
        let is = Kept::of(recover(&journal, dir.path()), &journal);
        assert_eq!(holds(&path), was.root);
        if schema == PRESENT {
            assert_eq!(is, was);
        } else {
            assert_eq!(is.without_later_words(), was.without_later_words());
        }
        let before = dir.path().join(format!("journal.schema-{schema}.db"));
        assert_eq!(before.exists(), schema != PRESENT);
        if before.exists() {
            assert_eq!(schema_of(&before), schema);
            assert_eq!(before.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

#[test]
fn a_journal_of_every_schema_is_read_without_a_change_to_it() {
    for schema in 1..=PRESENT {
        let (_dir, path) = restored(schema);
        let before = std::fs::read(&path).unwrap();
        let was: Kept = serde_json::from_slice(&unpacked(schema, "json.zst")).unwrap();
        assert_eq!(holds(&path), was.root);
        assert!(std::fs::read(&path).unwrap() == before, "version {schema} was changed");
    }
}

#[test]
fn a_changed_journal_of_version_1_is_not_made_whole_by_its_migration() {
    for bend in [
        "UPDATE event SET at = at + 1 WHERE seq = 8",
        "UPDATE event SET leaf = CAST(leaf || ' ' AS BLOB) WHERE seq = 8",
    ] {
        let (_dir, path) = restored(1);
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&format!("DROP TRIGGER event_is_never_changed; {bend}")).unwrap();
        drop(connection);
        let told = Journal::open(&path).unwrap_err().to_string();
        assert!(told.contains("event 8 was changed after it was written"), "{told}");
        assert_eq!(schema_of(&path), 1);
    }
}

#[test]
fn a_migration_that_does_not_come_to_its_end_leaves_what_was() {
    let (dir, path) = restored(1);
    // No step has this number, which is met when events and offboardings are written already.
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("INSERT INTO step VALUES (13, 70000, '{}')").unwrap();
    let dump = |connection: &Connection| -> Vec<(String, Option<String>)> {
        let mut select = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let before = dump(&connection);
    drop(connection);
    assert!(Journal::open(&path).is_err());
    let connection = Connection::open(&path).unwrap();
    assert_eq!((schema_of(&path), dump(&connection)), (1, before));
    connection.execute_batch("DELETE FROM step WHERE ord = 70000").unwrap();
    drop(connection);
    let was: Kept = serde_json::from_slice(&unpacked(1, "json.zst")).unwrap();
    let journal = Journal::open(&path).unwrap();
    assert_eq!(Kept::of(recover(&journal, dir.path()), &journal).without_later_words(), was.without_later_words());
}

#[test]
fn write_the_present_schemas_journal() {
    if std::env::var_os("NIGHTLATCH_SCHEMAS").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.db");
    let core = story::told(dir.path());
    let journal = Journal::open(&path).unwrap();
    let kept = Kept::of(recover(&journal, dir.path()), &journal);
    assert_eq!(&kept.fleet, core.fleet());
    drop(journal);
    let whole = "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)";
    Connection::open(&path).unwrap().execute_batch(whole).unwrap();
    let schema = schema_of(&path);
    let pack =
        |bytes: &[u8], end: &str| std::fs::write(file(schema, end), zstd::encode_all(bytes, 19).unwrap()).unwrap();
    pack(&std::fs::read(&path).unwrap(), "db.zst");
    pack(&serde_json::to_vec(&kept).unwrap(), "json.zst");
    std::fs::copy(dir.path().join("ledger.anchor"), file(schema, "anchor")).unwrap();
}
