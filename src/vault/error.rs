//! Why a secret could not be had, and the cure. Never shows a value.

use std::io;
use std::path::PathBuf;

/// Why a secret could not be had. Never shows a value.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The variable is not there, or is empty.
    #[error("the environment variable {name} is not set where the engine was started")]
    Unset {
        /// Which.
        name: String,
    },
    /// The file cannot be opened or read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A link could be turned to another file between the look and the read.
    #[error("{path} is a symbolic link: name the file itself")]
    Symlink {
        /// Which.
        path: PathBuf,
    },
    /// A folder, a device, a pipe.
    #[error("{path} is not a regular file")]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// Somebody else can change it at will.
    #[error("{path} belongs to uid {uid}; run: chown {euid} {path}")]
    WrongOwner {
        /// Which.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// Who should own it.
        euid: u32,
    },
    /// Others can read it.
    #[error("{path}: permissions {mode:04o} are too open; run: chmod 600 {path}")]
    TooOpen {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Others can put another file in its place.
    #[error("{path}: its folder {folder} may be written by others (permissions {mode:04o}); run: chmod go-w {folder}")]
    FolderTooOpen {
        /// Which.
        path: PathBuf,
        /// The folder above it.
        folder: PathBuf,
        /// The folder's permissions.
        mode: u32,
    },
    /// More than a secret ever is.
    #[error("{whose}: more than 64 KiB is no secret")]
    TooBig {
        /// The file or program.
        whose: String,
    },
    /// Not UTF-8.
    #[error("{whose}: the secret is not text (UTF-8)")]
    NotText {
        /// The file or program.
        whose: String,
    },
    /// Nothing there.
    #[error("{whose}: the secret is empty")]
    Empty {
        /// The file or program.
        whose: String,
    },
    /// The program could not be started, or said that it failed. What it printed is not shown.
    #[error("{program} (a secret's command): {how}")]
    Command {
        /// `argv[0]`.
        program: String,
        /// Exit code, signal or the system's error.
        how: String,
    },
    /// The program did not end in time, and was killed.
    #[error(
        "{program} (a secret's command): no answer within 10 s; it may be asking for something: it has no terminal"
    )]
    CommandTooSlow {
        /// `argv[0]`.
        program: String,
    },
    /// Not started by systemd, or without this credential.
    #[error("systemd:{name}: $CREDENTIALS_DIRECTORY is not set; add LoadCredential={name}:… to the engine's unit")]
    NoCredentials {
        /// The credential.
        name: String,
    },
}
