//! `store check`: everything about the journal's file that can be looked at, beside a running engine or without one.

use std::fmt;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;
use serde::Serialize;

use super::{must_exist, rebuild, verify};
use crate::daemon::{DaemonError, lock};
use crate::ledger::{Anchor, Rollback};
use crate::paths::Paths;
use crate::store::{self, StoreError, Whole};

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The file.
    pub journal: PathBuf,
    /// The engine that writes it: its process id and since when. `None`: none runs.
    pub engine: Option<String>,
    /// Its schema and what is in it; `None`: it cannot be read at all.
    pub whole: Option<Whole>,
    /// Its size in bytes.
    pub bytes: u64,
    /// What is still in the write-ahead log beside it, in bytes.
    pub wal_bytes: u64,
    /// Free space on its disk in bytes; `None`: unknown.
    pub free_bytes: Option<u64>,
    /// What is wrong, each with what to do about it; empty: it holds.
    pub findings: Vec<String>,
}

/// An engine folds the write-ahead log into the journal at every few MiB: beyond this, in bytes, somebody holds it up.
const WAL_AT_MOST: u64 = 256 * 1024 * 1024;

const MIB: u64 = 1024 * 1024;

/// Checks the state directory's journal. Below `floor` bytes of free space no act starts.
pub fn check(paths: &Paths, floor: u64) -> Result<Checked, DaemonError> {
    let journal = paths.journal();
    must_exist(&journal)?;
    let size = |path: &Path| path.metadata().map_or(0, |it| it.len());
    let disk = rustix::fs::statvfs(paths.state_dir()).ok();
    let read_only = disk.as_ref().is_some_and(|it| it.f_flag.contains(StatVfsMountFlags::RDONLY));
    let free_bytes = disk.map(|it| it.f_bavail.saturating_mul(it.f_frsize));
    let mut checked = Checked {
        engine: lock::holder(paths),
        whole: None,
        bytes: size(&journal),
        wal_bytes: size(&paths.wal()),
        free_bytes,
        findings: Vec::new(),
        journal,
    };
    checked.look_at_the_files(paths);
    if read_only {
        let dir = paths.state_dir().display();
        checked.findings.push(format!("the disk of {dir} is mounted read-only: no engine can run; mount it writable"));
    }
    checked.look_at_the_room(floor);
    checked.look_inside(paths)?;
    Ok(checked)
}

fn beside(journal: &Path, end: &str) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

impl Checked {
    fn look_at_the_files(&mut self, paths: &Paths) {
        let kept = [
            self.journal.clone(),
            beside(&self.journal, "-wal"),
            beside(&self.journal, "-shm"),
            paths.signing_key(),
            paths.anchor(),
        ];
        for path in kept.iter().filter(|it| it.symlink_metadata().is_ok()) {
            if let Err(error) = store::permissions(path) {
                self.findings.push(error.to_string().replacen("the journal ", "", 1));
            }
        }
    }

    fn look_at_the_room(&mut self, floor: u64) {
        if let Some(free) = self.free_bytes.filter(|free| *free < floor) {
            let (free, floor) = (free / MIB, floor / MIB);
            self.findings.push(format!("{free} MiB are free: below {floor} MiB no act starts; make room on the disk"));
        }
        if self.wal_bytes > WAL_AT_MOST {
            let wal = self.wal_bytes / MIB;
            self.findings.push(format!(
                "{wal} MiB wait in the write-ahead log: something reads the journal and does not end; `nightlatch stop` \
                 folds it in"
            ));
        }
    }

    /// Whether the pages are whole, the log what was signed, and the rest what follows from it.
    fn look_inside(&mut self, paths: &Paths) -> Result<(), DaemonError> {
        // Before the journal: what is signed while this looks at it is no rollback.
        let anchor = Anchor::at(&paths.anchor());
        let whole = match store::check(&self.journal) {
            Ok(whole) => whole,
            Err(refusal @ (StoreError::Corrupt { .. } | StoreError::Newer { .. } | StoreError::Row { .. })) => {
                self.findings.push(refusal.to_string());
                return Ok(());
            }
            Err(other) => return Err(other.into()),
        };
        let damage: Vec<String> = whole.problems.iter().map(|it| it.replace('\n', " ")).collect();
        let (events, damaged) = (whole.events, !damage.is_empty());
        self.findings.extend(whole.rollback.iter().map(|it| format!("not settled yet: {it}")));
        self.whole = Some(whole);
        if damaged {
            let found = damage.join("; ");
            self.findings.push(StoreError::Corrupt { path: self.journal.clone(), found }.to_string());
            return Ok(());
        }
        match anchor {
            Ok(anchor) => self.look_for_a_rollback(&anchor, events),
            Err(error) => self.findings.push(error.to_string()),
        }
        if events == 0 {
            return Ok(());
        }
        let verified = verify(paths, None, &[], &[])?;
        let problems = verified.report.problems.iter().map(|it| match it.seq {
            Some(seq) => format!("the log: event {seq}: {}", it.what),
            None => format!("the log: {}", it.what),
        });
        self.findings.extend(problems);
        if !verified.report.is_sound() {
            self.findings.push("the log does not hold: compare it with the evidence that left this host".to_owned());
        }
        let rebuilt = rebuild(paths, None)?;
        if !rebuilt.differences.is_empty() {
            self.findings.extend(rebuilt.differences.iter().map(|it| format!("not what the events give: {it}")));
            self.findings.push("the projections do not follow from the events: restore the last backup".to_owned());
        }
        Ok(())
    }

    fn look_for_a_rollback(&mut self, anchor: &Anchor, events: u64) {
        let Some(anchored) = anchor.checkpoint() else { return };
        if events < anchored.size {
            let rollback = Rollback::Shorter { journal: events, anchored: anchored.size };
            self.findings.push(format!(
                "{rollback}. Put the newest journal in its place if there is one; else start the engine: nothing acts \
                 before `nightlatch resume --all`, and every irreversible step that is open is read back and asks again"
            ));
        }
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journal, engine, whole, bytes, wal_bytes, free_bytes, findings } = self;
        let mib = |bytes: u64| format!("{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB);
        writeln!(f, "journal        {}, {}", journal.display(), mib(*bytes))?;
        writeln!(f, "engine         {}", engine.as_deref().unwrap_or("none runs"))?;
        if let Some(Whole { schema, schema_of_this_program: own, events, offboardings, .. }) = whole {
            let older = if schema < own { "; the next start brings it up to date and keeps a copy" } else { "" };
            writeln!(f, "schema         {schema}{older}")?;
            writeln!(f, "in it          {events} events, {offboardings} offboardings")?;
        }
        writeln!(f, "write-ahead    {}", mib(*wal_bytes))?;
        writeln!(f, "free           {}", free_bytes.map_or("unknown".to_owned(), mib))?;
        for finding in findings {
            writeln!(f, "WRONG          {finding}")?;
        }
        match findings.len() {
            0 => write!(f, "The file is whole, the log holds, and the projections follow from the events."),
            1 => write!(f, "The journal does NOT hold: 1 finding."),
            count => write!(f, "The journal does NOT hold: {count} findings."),
        }
    }
}
