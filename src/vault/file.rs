//! Secrets in files: only ones that nobody else can read or swap.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

use super::{LARGEST, Secret, VaultError};

/// Reads a secret's file: a regular one, of this user or root, closed to all others, in folders that others may not
/// write.
pub(super) fn read(path: &Path) -> Result<Secret, VaultError> {
    let (file, found) = open(path)?;
    if found.mode() & 0o077 != 0 {
        return Err(VaultError::TooOpen { path: path.to_owned(), mode: found.mode() & 0o7777 });
    }
    check_folders(path)?;
    slurp(file, path)
}

/// Reads a credential that systemd placed: its folder is systemd's care, and the access list that lets the unit's user
/// read shows as read permission of the group.
pub(super) fn read_credential(path: &Path) -> Result<Secret, VaultError> {
    let (file, found) = open(path)?;
    if found.mode() & 0o037 != 0 {
        return Err(VaultError::TooOpen { path: path.to_owned(), mode: found.mode() & 0o7777 });
    }
    slurp(file, path)
}

/// Opens without following a link or waiting for a pipe's writer, and looks at what was opened, not at the name.
fn open(path: &Path) -> Result<(File, Metadata), VaultError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => return Err(VaultError::Symlink { path: path.to_owned() }),
        Err(error) => return Err(unreadable(path, error.into())),
    };
    let found = file.metadata().map_err(|error| unreadable(path, error))?;
    if !found.is_file() {
        return Err(VaultError::NotAFile { path: path.to_owned() });
    }
    let euid = rustix::process::geteuid().as_raw();
    if found.uid() != euid && found.uid() != 0 {
        return Err(VaultError::WrongOwner { path: path.to_owned(), uid: found.uid(), euid });
    }
    Ok((file, found))
}

/// Every folder above: whoever may write one of them can put another file in the secret's place. In a sticky folder
/// (`/tmp`) only an entry's owner can.
fn check_folders(path: &Path) -> Result<(), VaultError> {
    let whole = path.canonicalize().map_err(|error| unreadable(path, error))?;
    let euid = rustix::process::geteuid().as_raw();
    for folder in whole.ancestors().skip(1) {
        let found = folder.metadata().map_err(|error| unreadable(folder, error))?;
        if found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0 {
            let mode = found.mode() & 0o7777;
            return Err(VaultError::FolderTooOpen { path: path.to_owned(), folder: folder.to_owned(), mode });
        }
        if found.uid() != euid && found.uid() != 0 {
            return Err(VaultError::WrongOwner { path: folder.to_owned(), uid: found.uid(), euid });
        }
    }
    Ok(())
}

fn slurp(file: File, path: &Path) -> Result<Secret, VaultError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST + 1));
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
    Secret::from_bytes(&bytes, &path.display().to_string())
}

fn unreadable(path: &Path, error: io::Error) -> VaultError {
    VaultError::Unreadable { path: path.to_owned(), error }
}
