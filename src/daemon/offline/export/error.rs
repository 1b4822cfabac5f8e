//! Why there is no evidence to hand over.

use std::io;
use std::path::PathBuf;

use crate::ledger::TooLong;
use crate::store::StoreError;

/// Why nothing was exported. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is something there already.
    #[error("{path} is not empty: evidence is not mixed with anything else; name a new directory with --to")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The system said no.
    #[error("{path}: {error}; see that the place can be written, or name another with --to")]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is signed.
    #[error(
        "no checkpoint is signed over the {events} events of this journal, so nothing can be proved: an engine signs \
         one every few seconds and when `nightlatch stop` ends it; export again then"
    )]
    NotSigned {
        /// How many events there are.
        events: u64,
    },
    /// It is about somebody who is not there.
    #[error("{0}")]
    Unknown(String),
    /// The log is not what was signed.
    #[error(
        "the log does not hold, so there is no evidence in it: {0}. `nightlatch ledger verify` lists all that is \
         wrong; nothing was written"
    )]
    Unsound(String),
    /// Anything that says itself what to do.
    #[error("{0}")]
    Said(String),
}

impl ExportError {
    pub(super) fn said(error: impl std::fmt::Display) -> Self {
        Self::Said(error.to_string())
    }
}

impl From<TooLong> for ExportError {
    fn from(error: TooLong) -> Self {
        Self::Unsound(error.to_string())
    }
}
