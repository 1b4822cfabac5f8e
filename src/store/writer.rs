//! The one writer: a thread that takes batches and commits as many as are waiting with one fsync.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::log;
use super::open::{Journal, StoreError};
use super::pack::Packer;
use super::project::{Header, Row};
use crate::failpoint;
use crate::ledger::{Anchor, Hash, Head, Keyed, Salt, Signer, Tree};
use crate::model::{Actor, Envelope, Event, OffboardingId, Parked, Timestamp};

/// From one commit's start to the next. Whoever comes to an idle disk waits for nothing; a crowd shares commits.
const COMMIT_EVERY: Duration = Duration::from_millis(1);

/// At most so many batches share one commit: a bound on how long the first one waits.
const BATCHES_PER_COMMIT: usize = 512;

/// Subjects kept in memory; the rest is read again when needed.
const SUBJECTS_KEPT: usize = 20_000;

/// What runs on the writer's thread when a batch is on disk.
pub type Then = Box<dyn FnOnce(&Stamp) + Send>;

/// What has to be on disk before its `then` runs.
pub struct Batch {
    /// Events, with the rows that follow from each.
    pub events: Vec<(Envelope, Vec<Row>)>,
    /// Webhooks to keep until their person has been read.
    pub parked: Vec<Parked>,
    /// Kept webhooks that are settled now: source and sender's id.
    pub unparked: Vec<(String, String)>,
    /// Cursors of the journal's subscribers.
    pub cursors: Vec<(String, u64)>,
    /// Sign a checkpoint when this is on disk.
    pub checkpoint: Option<Timestamp>,
    /// Runs on the writer's thread when everything above is on disk.
    pub then: Option<Then>,
}

/// Where the log stands after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Leaves on disk.
    pub size: u64,
    /// The tree's root over them.
    pub root: Hash,
    /// The last signed checkpoint and when it was signed.
    pub checkpoint: Option<(String, Timestamp)>,
}

/// The writer's thread. Dropping every sender ends it.
#[derive(Debug)]
pub struct Writer {
    batches: mpsc::Sender<Batch>,
    thread: thread::JoinHandle<()>,
}

impl Batch {
    /// Whether there is nothing to write: somebody only waits for what came before.
    pub fn writes_nothing(&self) -> bool {
        self.events.is_empty() && self.parked.is_empty() && self.unparked.is_empty() && self.cursors.is_empty()
    }

    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            events: Vec::new(),
            parked: Vec::new(),
            unparked: Vec::new(),
            cursors: Vec::new(),
            checkpoint: None,
            then: None,
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("events", &self.events.len())
            .field("parked", &self.parked.len())
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the writer. `fatal` is called once if the disk fails: it must not return to work that relies on it.
    pub fn start(
        journal: Journal,
        signer: Signer,
        anchor: Anchor,
        fatal: impl FnOnce(StoreError) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let mut pen = Pen::new(journal, signer, anchor)?;
        let (batches, waiting) = mpsc::channel::<Batch>();
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                let mut before: Option<Instant> = None;
                while let Ok(first) = waiting.recv() {
                    if let Some(left) = before.and_then(|before| COMMIT_EVERY.checked_sub(before.elapsed())) {
                        thread::sleep(left);
                    }
                    before = Some(Instant::now());
                    let mut group = vec![first];
                    group.extend(waiting.try_iter().take(BATCHES_PER_COMMIT - 1));
                    pass(["before-intent", "before-outcome"], &group);
                    if let Err(error) = pen.commit(&mut group) {
                        fatal(error);
                        return;
                    }
                    pass(["after-intent", "after-outcome"], &group);
                    let stamp = pen.stamp();
                    for then in group.into_iter().filter_map(|batch| batch.then) {
                        then(&stamp);
                    }
                }
                pen.put_down();
            })
            .map_err(|error| StoreError::Io { path: PathBuf::from("the journal's thread"), error })?;
        Ok(Self { batches, thread })
    }

    /// Hands a batch over. It is dropped, `then` and all, if the writer has gone.
    pub fn write(&self, batch: Batch) {
        let _ = self.batches.send(batch);
    }

    /// Ends the writer when everything handed over is on disk.
    pub fn finish(self) {
        drop(self.batches);
        let _ = self.thread.join();
    }
}

/// The thread's own state.
struct Pen {
    path: PathBuf,
    connection: Connection,
    tree: Tree,
    signer: Signer,
    anchor: Anchor,
    checkpoint: Option<(String, Timestamp)>,
    packer: Packer,
    subjects: HashMap<OffboardingId, Subject>,
}

/// What an offboarding's leaves need.
struct Subject {
    keyed: Keyed,
    /// The person's keyed hash; `None`: the events are about nobody.
    digest: Option<Hash>,
}

/// Events about nobody share this salt.
const NOBODY: OffboardingId = OffboardingId(0);

impl Pen {
    fn new(journal: Journal, signer: Signer, anchor: Anchor) -> Result<Self, StoreError> {
        let sqlite = journal.sqlite();
        let Journal { path, connection } = journal;
        let tree = log::size(&connection).and_then(|size| log::tree(&connection, size)).map_err(&sqlite)?;
        let packer = Packer::new().map_err(|error| StoreError::Io { path: path.clone(), error })?;
        let last = "SELECT note, at FROM checkpoint ORDER BY size DESC LIMIT 1";
        let checkpoint = connection
            .query_row(last, [], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))
            .optional()
            .map_err(&sqlite)?;
        let upsert =
            "INSERT INTO meta (key, value) VALUES ('verifier_key', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
        connection.execute(upsert, [super::project::json(&signer.verifier_key())]).map_err(&sqlite)?;
        Ok(Self { path, connection, tree, signer, anchor, checkpoint, packer, subjects: HashMap::new() })
    }

    /// An end in order leaves one whole file: what can be copied without its WAL.
    fn put_down(self) {
        // Readers that are still open can hold this up; then the WAL stays, and nothing is lost.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    fn stamp(&self) -> Stamp {
        Stamp { size: self.tree.size(), root: self.tree.root(), checkpoint: self.checkpoint.clone() }
    }

    fn commit(&mut self, group: &mut [Batch]) -> Result<(), StoreError> {
        if group.iter().all(Batch::writes_nothing) {
            let asked = group.iter().filter_map(|batch| batch.checkpoint).next_back();
            return asked.map_or(Ok(()), |at| self.sign(at));
        }
        let path = self.path.clone();
        let sqlite = |error| StoreError::Sqlite { path: path.clone(), error };
        let behavior = rusqlite::TransactionBehavior::Immediate;
        // The transaction borrows the connection for as long as it lives; the other fields stay free.
        let transaction = Transaction::new(&mut self.connection, behavior).map_err(sqlite)?;
        let mut asked = None;
        for batch in group.iter() {
            for (envelope, rows) in &batch.events {
                let subject = subject(&transaction, &mut self.subjects, envelope).map_err(sqlite)?;
                append(&transaction, &mut self.tree, &mut self.packer, subject, envelope).map_err(sqlite)?;
                for row in rows {
                    put(&transaction, &mut self.packer, row).map_err(sqlite)?;
                }
            }
            for parked in &batch.parked {
                let insert =
                    "INSERT OR IGNORE INTO parked (source, event_id, received_at, body) VALUES (?1, ?2, ?3, ?4)";
                let body = parked.body.to_string();
                let values = params![parked.source, parked.event_id, parked.received_at.0, body];
                transaction.prepare_cached(insert).and_then(|mut it| it.execute(values)).map_err(sqlite)?;
            }
            for (source, event_id) in &batch.unparked {
                let delete = "DELETE FROM parked WHERE source = ?1 AND event_id = ?2";
                transaction.prepare_cached(delete).and_then(|mut it| it.execute([source, event_id])).map_err(sqlite)?;
            }
            for (name, seq) in &batch.cursors {
                let upsert = "INSERT INTO cursor (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2";
                transaction.prepare_cached(upsert).and_then(|mut it| it.execute(params![name, seq])).map_err(sqlite)?;
            }
            asked = batch.checkpoint.or(asked);
        }
        fail::fail_point!("commit", |code: Option<String>| {
            let code = code.and_then(|code| code.parse().ok()).unwrap_or(rusqlite::ffi::SQLITE_IOERR_FSYNC);
            Err(sqlite(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)))
        });
        transaction.commit().map_err(sqlite)?;
        if self.subjects.len() > SUBJECTS_KEPT {
            self.subjects.clear();
        }
        asked.map_or(Ok(()), |at| self.sign(at))
    }

    /// Signs what is on disk. A checkpoint row that a crash loses is signed again; the anchor is what counts.
    fn sign(&mut self, at: Timestamp) -> Result<(), StoreError> {
        if self.anchor.checkpoint().is_some_and(|last| last.size == self.tree.size()) {
            return Ok(());
        }
        let refused = |what: String| StoreError::Row { path: self.path.clone(), what };
        let note = self.anchor.sign(&self.signer, self.tree.size(), self.tree.root());
        let note = note.map_err(|error| refused(error.to_string()))?;
        let insert = "INSERT OR REPLACE INTO checkpoint (size, at, note) VALUES (?1, ?2, ?3)";
        let saved = self.connection.execute(insert, params![self.tree.size(), at.0, note]);
        saved.map_err(|error| StoreError::Sqlite { path: self.path.clone(), error })?;
        self.checkpoint = Some((note, at));
        Ok(())
    }
}

/// A test may end the process here: once for each intent, and for each outcome, that is about to be or was committed.
fn pass([intent, outcome]: [&str; 2], group: &[Batch]) {
    if fail::has_failpoints() {
        let count = |of: fn(&Event) -> bool| {
            group.iter().flat_map(|batch| &batch.events).filter(|(envelope, _)| of(&envelope.event)).count()
        };
        failpoint::reached(intent, count(Event::is_intent));
        failpoint::reached(outcome, count(Event::is_outcome));
    }
}

fn append(
    transaction: &Transaction<'_>,
    tree: &mut Tree,
    packer: &mut Packer,
    subject: &Subject,
    envelope: &Envelope,
) -> rusqlite::Result<()> {
    let payload = serde_json::to_vec(envelope).map_err(not_kept)?;
    let digest = subject.keyed.of(&payload);
    let head = Head::of(envelope);
    let leaf = head.leaf(&digest, subject.digest.as_ref());
    let insert = "INSERT INTO event (seq, at, name, actor, offboarding, step, digest, payload)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    transaction.prepare_cached(insert)?.execute(params![
        head.seq,
        head.at.0,
        head.name,
        (envelope.actor != Actor::Engine).then_some(&head.actor),
        head.offboarding.map(|id| id.0),
        head.step,
        digest,
        packer.pack(&payload).map_err(not_kept)?
    ])?;
    for (index, hash) in tree.append(&leaf) {
        transaction.prepare_cached("INSERT INTO node (idx, hash) VALUES (?1, ?2)")?.execute(params![index, hash])?;
    }
    Ok(())
}

fn not_kept(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// Whom an event is about: known, read again, or met for the first time.
fn subject<'s>(
    transaction: &Transaction<'_>,
    subjects: &'s mut HashMap<OffboardingId, Subject>,
    envelope: &Envelope,
) -> rusqlite::Result<&'s Subject> {
    let about = envelope.event.offboarding().unwrap_or(NOBODY);
    Ok(match subjects.entry(about) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => unknown.insert(match kept_subject(transaction, about)? {
            Some(subject) => subject,
            None => new_subject(transaction, about, envelope)?,
        }),
    })
}

fn kept_subject(transaction: &Transaction<'_>, about: OffboardingId) -> rusqlite::Result<Option<Subject>> {
    let select = "SELECT salt, digest FROM subject WHERE offboarding = ?1";
    let mut statement = transaction.prepare_cached(select)?;
    let read =
        |row: &rusqlite::Row<'_>| Ok(Subject { keyed: Salt::from_bytes(row.get(0)?).keyed(), digest: row.get(1)? });
    statement.query_row([about.0], read).optional()
}

fn new_subject(transaction: &Transaction<'_>, about: OffboardingId, envelope: &Envelope) -> rusqlite::Result<Subject> {
    let salt = Salt::random().map_err(|error| not_kept(std::io::Error::other(error.to_string())))?;
    let keyed = salt.keyed();
    let person = match &envelope.event {
        Event::Opened { notice, .. } => Some(notice.leaver.person_key()),
        _ => None,
    };
    let digest = person.map(|person| keyed.of(person.as_bytes()));
    let insert = "INSERT INTO subject (offboarding, digest, person, salt) VALUES (?1, ?2, ?3, ?4)";
    transaction.prepare_cached(insert)?.execute(params![about.0, digest, person, salt.as_bytes()])?;
    Ok(Subject { keyed, digest })
}

fn put(transaction: &Transaction<'_>, packer: &mut Packer, row: &Row) -> rusqlite::Result<()> {
    let header_json = |header: &Header| serde_json::to_string(header).unwrap_or_default();
    match row {
        Row::Opened { id, seq, email, names, header } => {
            let insert = "INSERT INTO offboarding (id, opened_seq, live, email, names, ended_at, header)
                          VALUES (?1, ?2, 1, ?3, ?4, NULL, ?5)";
            let values = params![id.0, seq, email, names, header_json(header)];
            transaction.prepare_cached(insert)?.execute(values)?;
        }
        Row::Header { id, live, header } => {
            let update = "UPDATE offboarding SET live = ?2, ended_at = ?3, header = ?4 WHERE id = ?1";
            let values = params![id.0, live, header.ended_at.map(|at| at.0), header_json(header)];
            transaction.prepare_cached(update)?.execute(values)?;
        }
        Row::Step { step, state } => {
            let upsert = "INSERT INTO step (offboarding, ord, state) VALUES (?1, ?2, ?3)
                          ON CONFLICT (offboarding, ord) DO UPDATE SET state = ?3";
            let packed = packer.pack(state.as_bytes()).map_err(not_kept)?;
            transaction.prepare_cached(upsert)?.execute(params![step.offboarding.0, step.ord, packed])?;
        }
        Row::Notice(key) => {
            transaction.prepare_cached("INSERT OR IGNORE INTO notice (key) VALUES (?1)")?.execute([key.0])?;
        }
        Row::Alert { key, body: Some(body) } => {
            let upsert = "INSERT INTO alert (key, body) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET body = ?2";
            transaction.prepare_cached(upsert)?.execute([key, body])?;
        }
        Row::Alert { key, body: None } => {
            transaction.prepare_cached("DELETE FROM alert WHERE key = ?1")?.execute([key])?;
        }
        Row::Meta { key, value } => {
            let upsert = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
            transaction.prepare_cached(upsert)?.execute([*key, value.as_str()])?;
        }
    }
    Ok(())
}
