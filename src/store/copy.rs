//! A copy of the journal in one file, made beside whoever writes it: whole, for its owner alone, on disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::open::{StoreError, damaged_or};

/// Copies the journal at `path` into the new file `to`, as it stands at this instant, whatever its schema. A reader of the
/// journal like any other: it holds nobody up.
pub fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    let sqlite = |error| damaged_or(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(sqlite)?;
    copy_of(&connection, path, to)
}

pub(super) fn copy_of(connection: &Connection, path: &Path, to: &Path) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: to.to_owned(), error };
    // SQLite fills an empty file, and keeps its permissions.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(io)?;
    let written = connection.execute("VACUUM INTO ?1", [to.to_string_lossy()]);
    if let Err(error) = written {
        let _ = std::fs::remove_file(to);
        return Err(damaged_or(path, error));
    }
    file.sync_all().and_then(|()| sync_folder(to)).map_err(io)
}

/// The names in the folder of `path` are on disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
