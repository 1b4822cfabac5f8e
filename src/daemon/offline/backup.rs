//! `store backup`: one file that can take the journal's place, checked before it gets its name.

use std::fmt;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{must_exist, said};
use crate::daemon::DaemonError;
use crate::ledger::Verifier;
use crate::paths::Paths;
use crate::store::{self, audit};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The file.
    pub to: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The events in it.
    pub events: u64,
    /// The state directory whose journal it is.
    pub of: PathBuf,
}

/// Copies the state directory's journal, beside a running engine or without one, into the new file `to`; by default one
/// named after `now` in the state directory's `backups`.
pub fn backup(paths: &Paths, to: Option<&Path>, now: jiff::Timestamp) -> Result<BackedUp, DaemonError> {
    let journal = paths.journal();
    must_exist(&journal)?;
    let to = if let Some(to) = to {
        std::path::absolute(to).map_err(said)?
    } else {
        let folder = paths.backups();
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| said(format!("{}: {error}", folder.display())))?;
        folder.join(format!("journal-{}.db", now.strftime("%Y%m%dT%H%M%SZ")))
    };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            said(format!("{} is there already, and no backup is written over: name a new file with --to", to.display()))
        }
        _ => said(format!("{}: {error}; nothing was written: name another place with --to", to.display())),
    };
    if to.symlink_metadata().is_ok() {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    let unchecked = Unchecked(to.with_extension(format!("unchecked-{}", std::process::id())));
    store::copy(&journal, &unchecked.0)?;
    let events = checked(&unchecked.0)?;
    // A link, not a rename: what has come to stand there meanwhile stays.
    fs::hard_link(&unchecked.0, &to).map_err(failed)?;
    let bytes = to.metadata().map_err(failed)?.len();
    Ok(BackedUp { to, bytes, events, of: paths.state_dir().to_owned() })
}

/// A copy that has no name yet: gone when this is.
struct Unchecked(PathBuf);

impl Drop for Unchecked {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Whether it could be restored: whole, and a log that holds. How many events it has.
fn checked(copy: &Path) -> Result<u64, DaemonError> {
    let whole = store::check(copy)?;
    if let Some(problem) = whole.problems.first() {
        return Err(said(format!(
            "no backup was kept: the journal is damaged ({problem}); see `nightlatch store check`"
        )));
    }
    let keys: Vec<Verifier> = (audit::verifier_key(copy)?.iter()).filter_map(|key| Verifier::parse(key).ok()).collect();
    let report = audit::verify(copy, keys, &[])?;
    if report.is_sound() {
        return Ok(whole.events);
    }
    Err(said("no backup was kept: the log in the journal does not hold; see `nightlatch store check`"))
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, bytes, events, of } = self;
        let of = of.display();
        writeln!(f, "written       {}, {events} events, {} KiB, checked", to.display(), bytes.div_ceil(1024))?;
        writeln!(f, "              Keys, secrets and the configuration are not in it. The names of people are.")?;
        writeln!(f, "to restore    nightlatch stop; rm -f {of}/journal.db-wal {of}/journal.db-shm")?;
        writeln!(f, "              install -m 600 {} {of}/journal.db", to.display())?;
        writeln!(
            f,
            "              Leave ledger.anchor where it is. The next engine sees by it that events are missing,"
        )?;
        writeln!(
            f,
            "              says so, and starts nothing before `nightlatch resume --all`. Every irreversible step"
        )?;
        write!(f, "              that is open is read back first and asks for consent again: none is done twice.")
    }
}
