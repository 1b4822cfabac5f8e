//! Opening the journal: the right SQLite, the right schema, a whole file, or a clear refusal.

use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::copy::{copy_of, sync_folder};
use super::migrate::{self, PRESENT, Refusal};

/// SQLite before 3.51.3 can lose commits in WAL mode with several connections (sqlite.org/wal.html#walresetbug).
const OLDEST_SQLITE: i32 = 3_051_003;

/// Beyond this size the quick check would hold up the start; `nightlatch ledger verify` looks at everything.
const QUICK_CHECK_UP_TO: u64 = 256 * 1024 * 1024;

/// Why the journal cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the journal {path}: {error}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// The file is damaged.
    #[error(
        "the journal {path} is damaged ({found}); nothing was changed. Put the last backup in its place, and take away {path}-wal and {path}-shm with the damaged file: see `nightlatch store backup --help`"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the check found.
        found: String,
    },
    /// A newer Nightlatch wrote it.
    #[error(
        "the journal {path} was written by a newer Nightlatch (schema {found}, this one knows {PRESENT}); nothing was changed. Run the newer version, or use another --state-dir"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
    },
    /// The file may be read or written by others, or is somebody else's.
    #[error("the journal {path}: {problem}; run: {cure}")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// The command that mends it.
        cure: String,
    },
    /// The system said no.
    #[error("the journal {path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The SQLite that this was built with loses data.
    #[error("this binary carries SQLite {0}, which can lose commits: build it with 3.51.3 or later")]
    OldSqlite(String),
    /// A row is not what this version writes.
    #[error("the journal {path}: {what}; check it with `nightlatch ledger verify`")]
    Row {
        /// The file.
        path: PathBuf,
        /// Which row, and what is wrong with it.
        what: String,
    },
}

/// An opened journal, not yet in use: hand it to the writer.
#[derive(Debug)]
pub struct Journal {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
}

impl Journal {
    /// Opens the journal at `path`, and makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
        }
        let size = prepare_file(path)?;
        let sqlite = |error| StoreError::Sqlite { path: path.to_owned(), error };
        let mut connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW,
        )
        .map_err(sqlite)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
        let found = if size > 0 { refuse_newer(&connection, path)? } else { 0 };
        if size > 0 && size <= QUICK_CHECK_UP_TO {
            quick_check(&connection, path)?;
        }
        configure(&connection).map_err(sqlite)?;
        settle(&connection).map_err(sqlite)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
        if (1..PRESENT).contains(&found) {
            keep_as_it_was(&connection, path, found)?;
        }
        migrate::to_present(&mut connection).map_err(|refusal| refused(path, refusal))?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sqlite(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.path.clone();
        move |error| StoreError::Sqlite { path: path.clone(), error }
    }
}

/// Opens the journal for reading only. One of an older schema is read through a copy in memory, brought up to date there.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let sqlite = |error| StoreError::Sqlite { path: path.to_owned(), error };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
    if refuse_newer(&connection, path)? == PRESENT {
        return Ok(connection);
    }
    let mut copy = Connection::open_in_memory().map_err(sqlite)?;
    Backup::new(&connection, &mut copy)
        .and_then(|it| it.run_to_completion(i32::MAX, Duration::ZERO, None))
        .map_err(sqlite)?;
    migrate::to_present(&mut copy).map_err(|refusal| refused(path, refusal))?;
    Ok(copy)
}

fn refused(path: &Path, refusal: Refusal) -> StoreError {
    match refusal {
        Refusal::Sqlite(error) => damaged_or(path, error),
        Refusal::Row(what) => StoreError::Row { path: path.to_owned(), what },
    }
}

/// The schema of the journal at `path`. A newer one is refused.
pub(super) fn schema(path: &Path) -> Result<i64, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    refuse_newer(&Connection::open_with_flags(path, flags).map_err(|error| damaged_or(path, error))?, path)
}

/// Lays a copy beside the journal before its schema changes. One that an earlier try has left is replaced.
fn keep_as_it_was(connection: &Connection, path: &Path, schema: i64) -> Result<(), StoreError> {
    let kept = path.with_extension(format!("schema-{schema}.db"));
    let unfinished = path.with_extension("copying");
    let io = |error| StoreError::Io { path: kept.clone(), error };
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    copy_of(connection, path, &unfinished)?;
    std::fs::rename(&unfinished, &kept).and_then(|()| sync_folder(&kept)).map_err(io)?;
    let kept = kept.display();
    tracing::info!("the journal is brought from schema {schema} to {PRESENT}; as it was it is kept in {kept}");
    Ok(())
}

/// Makes the file 0600 if there is none; refuses one that others may use. Its size.
fn prepare_file(path: &Path) -> Result<u64, StoreError> {
    let io = |error| StoreError::Io { path: path.to_owned(), error };
    let created = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Ok(_) => return Ok(0),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io(error)),
    }
    check_file(path)
}

/// Refuses a file that others may use. Its size.
pub(super) fn check_file(path: &Path) -> Result<u64, StoreError> {
    let found = std::fs::symlink_metadata(path).map_err(|error| StoreError::Io { path: path.to_owned(), error })?;
    let refuse = |problem: String, cure: String| StoreError::Permissions { path: path.to_owned(), problem, cure };
    if !found.is_file() {
        return Err(refuse("it is no regular file".to_owned(), format!("rm {}", path.display())));
    }
    if found.mode() & 0o077 != 0 {
        let problem = format!("permissions {:04o} are too open", found.mode() & 0o7777);
        return Err(refuse(problem, format!("chmod 600 {}", path.display())));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        let me = rustix::process::geteuid().as_raw();
        return Err(refuse(format!("it belongs to uid {}", found.uid()), format!("chown {me} {}", path.display())));
    }
    Ok(found.len())
}

/// The journal's schema.
fn refuse_newer(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    match migrate::version(connection) {
        Ok(found) if found > PRESENT => Err(StoreError::Newer { path: path.to_owned(), found }),
        Ok(found) => Ok(found),
        Err(error) => Err(damaged_or(path, error)),
    }
}

fn quick_check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(StoreError::Corrupt { path: path.to_owned(), found }),
        Err(error) => Err(damaged_or(path, error)),
    }
}

pub(super) fn damaged_or(path: &Path, error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Corrupt { path: path.to_owned(), found: error.to_string() },
        _ => StoreError::Sqlite { path: path.to_owned(), error },
    }
}

impl StoreError {
    /// Whether the journal itself is refused, and stays refused until a person has done something about it.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Corrupt { .. }
                | Self::Newer { .. }
                | Self::Permissions { .. }
                | Self::Row { .. }
                | Self::OldSqlite(_)
        )
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Writes what the WAL holds into the main file, and that to the disk. An engine that a failed fsync ended has left a
/// commit that can be read back from memory and is perhaps nowhere else, and no later fsync would say so.
///
/// Before a journal that is not in WAL mode, such as a backup, is put into it: it has nothing to settle.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn dir() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_new_journal_is_for_its_owner_alone_and_opens_again() {
        let dir = dir();
        let path = dir.path().join("journal.db");
        drop(Journal::open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        Journal::open(&path).unwrap();
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let dir = dir();
        let path = dir.path().join("journal.db");
        let journal = Journal::open(&path).unwrap();
        journal.connection.pragma_update(None, "user_version", PRESENT + 1).unwrap();
        drop(journal);
        let before = std::fs::read(&path).unwrap();
        let told = Journal::open(&path).unwrap_err().to_string();
        assert!(told.contains("newer Nightlatch (schema 3"), "{told}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_name() {
        let dir = dir();
        let path = dir.path().join("journal.db");
        drop(Journal::open(&path).unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        for byte in &mut bytes[4096..4096 + 600] {
            *byte = 0xa5;
        }
        std::fs::write(&path, &bytes).unwrap();
        let told = Journal::open(&path).unwrap_err().to_string();
        assert!(told.contains("journal.db is damaged"), "{told}");
        std::fs::write(&path, b"this is no database at all, but a letter to a friend").unwrap();
        assert!(matches!(Journal::open(&path), Err(StoreError::Corrupt { .. })));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_command_that_mends_it() {
        let dir = dir();
        let path = dir.path().join("journal.db");
        drop(Journal::open(&path).unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let told = Journal::open(&path).unwrap_err().to_string();
        assert!(told.contains("permissions 0644 are too open; run: chmod 600 "), "{told}");
    }

    #[test]
    fn what_an_engine_that_was_killed_has_left_in_the_wal_is_written_anew_before_it_is_relied_on() {
        let dir = dir();
        let path = dir.path().join("journal.db");
        let killed = Journal::open(&path).unwrap();
        killed.connection.execute_batch("INSERT INTO cursor (name, seq) VALUES ('x', 7)").unwrap();
        let _heir = Journal::open(&path).unwrap();
        // The main file alone has it; the WAL stays where it is.
        let copy = dir.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let seq = Connection::open(&copy).unwrap().query_row("SELECT seq FROM cursor", [], |row| row.get::<_, u64>(0));
        assert_eq!(seq, Ok(7));
        drop(killed);
    }

    #[test]
    fn the_journal_cannot_be_rewritten_by_mistake() {
        let dir = dir();
        let journal = Journal::open(&dir.path().join("journal.db")).unwrap();
        let insert = "INSERT INTO event (seq, at, name, digest, payload) VALUES (0, 1, 'x', x'00', x'00')";
        journal.connection.execute_batch(insert).unwrap();
        for sql in ["DELETE FROM event", "UPDATE event SET at = 2", "UPDATE event SET payload = x'01'"] {
            assert!(journal.connection.execute_batch(sql).is_err(), "{sql}");
        }
        journal.connection.execute_batch("UPDATE event SET payload = NULL").unwrap();
    }
}
