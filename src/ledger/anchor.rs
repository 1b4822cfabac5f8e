//! The anchor: the last signed checkpoint in a file of its own, outside the journal's database.
//!
//! A restored backup believes that done steps are still to do. Its journal is shorter than the anchor says, and that is
//! seen before anything runs. Who can write both files can hide it: the checkpoints that left the host cannot be unsaid.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, read_unchecked};
use super::signer::{Signer, sync_directory};
use super::tree::Hash;

/// The journal is not the continuation of what was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rollback {
    /// It has fewer events.
    #[error(
        "rollback detected: the journal has {journal} events, but a checkpoint over {anchored} was signed: {} events are \
         missing, because an old backup was restored, or the journal's -wal file or rows of it are gone",
        anchored - journal
    )]
    Shorter {
        /// The journal's size.
        journal: u64,
        /// The anchor's.
        anchored: u64,
    },
    /// It has other events.
    #[error(
        "rollback detected: the journal's first {anchored} events are not those that were signed: it was changed, or \
         belongs to another host"
    )]
    Forked {
        /// The anchor's size.
        anchored: u64,
    },
}

/// Why the anchor cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The system said no.
    #[error("the log's anchor {path}: {error}")]
    Io {
        /// The anchor's file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Not a checkpoint.
    #[error(
        "the log's anchor {path} is not a checkpoint; check the log with `nightlatch ledger verify`, then put the last \
         checkpoint that you trust in its place"
    )]
    Malformed {
        /// The anchor's file.
        path: PathBuf,
    },
    /// Signing was refused.
    #[error(transparent)]
    Rollback(#[from] Rollback),
}

/// The last signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    path: PathBuf,
    last: Option<(Checkpoint, String)>,
}

impl Anchor {
    /// The anchor in the file at `path`; there is none before the first checkpoint.
    pub fn at(path: &Path) -> Result<Self, AnchorError> {
        let last = match std::fs::read(path) {
            Ok(bytes) => {
                let malformed = || AnchorError::Malformed { path: path.to_owned() };
                let note = String::from_utf8(bytes).map_err(|_| malformed())?;
                Some((read_unchecked(&note).map_err(|_| malformed())?, note))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(AnchorError::Io { path: path.to_owned(), error }),
        };
        Ok(Self { path: path.to_owned(), last })
    }

    /// What the last signed checkpoint says.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.last.as_ref().map(|(checkpoint, _)| checkpoint)
    }

    /// The last signed checkpoint, whole.
    pub fn note(&self) -> Option<&str> {
        self.last.as_ref().map(|(_, note)| note.as_str())
    }

    /// Whether a journal of `size` events is a continuation of what was signed. `root_at` gives the journal's root over
    /// its first so many events; it is asked at most once, for a size up to `size`.
    pub fn check<E: From<Rollback>>(&self, size: u64, root_at: impl FnOnce(u64) -> Result<Hash, E>) -> Result<(), E> {
        let Some(anchored) = self.checkpoint() else { return Ok(()) };
        if size < anchored.size {
            return Err(Rollback::Shorter { journal: size, anchored: anchored.size }.into());
        }
        if root_at(anchored.size)? == anchored.root {
            Ok(())
        } else {
            Err(Rollback::Forked { anchored: anchored.size }.into())
        }
    }

    /// Signs a checkpoint and anchors it: on disk before it is returned. Refuses a size below the last signed one, and
    /// another root for the same size. That a larger tree continues the smaller one is for the caller to know, who has
    /// called [`Anchor::check`] once and appended since.
    pub fn sign(&mut self, signer: &Signer, size: u64, root: Hash) -> Result<String, AnchorError> {
        if let Some(last) = self.checkpoint() {
            if size < last.size {
                return Err(Rollback::Shorter { journal: size, anchored: last.size }.into());
            }
            if size == last.size && root != last.root {
                return Err(Rollback::Forked { anchored: size }.into());
            }
        }
        let note = signer.sign(size, root);
        self.write(&note).map_err(|error| AnchorError::Io { path: self.path.clone(), error })?;
        self.last = Some((Checkpoint { origin: signer.origin().to_owned(), size, root }, note.clone()));
        Ok(note)
    }

    /// Makes `note` the anchor, whatever stood there: after a person has accepted a rollback.
    pub fn accept(&mut self, signer: &Signer, size: u64, root: Hash) -> Result<String, AnchorError> {
        self.last = None;
        self.sign(signer, size, root)
    }

    fn write(&self, note: &str) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        sync_directory(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> (tempfile::TempDir, Signer, Anchor) {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::load_or_create(&dir.path().join("key"), "corp.example/log").unwrap();
        let anchor = Anchor::at(&dir.path().join("anchor")).unwrap();
        (dir, signer, anchor)
    }

    fn check(anchor: &Anchor, size: u64, root: Hash) -> Result<(), Rollback> {
        anchor.check(size, |_| Ok(root))
    }

    #[test]
    fn the_last_checkpoint_is_found_again() {
        let (dir, signer, mut anchor) = given();
        assert_eq!(anchor.note(), None);
        assert_eq!(check(&anchor, 0, [0; 32]), Ok(()));
        anchor.sign(&signer, 3, [3; 32]).unwrap();
        let note = anchor.sign(&signer, 7, [7; 32]).unwrap();
        let found = Anchor::at(&dir.path().join("anchor")).unwrap();
        assert_eq!(found, anchor);
        assert_eq!(found.note(), Some(note.as_str()));
    }

    #[test]
    fn a_shorter_or_another_journal_is_a_rollback_and_is_not_signed() {
        let (_dir, signer, mut anchor) = given();
        anchor.sign(&signer, 7, [7; 32]).unwrap();
        assert_eq!(check(&anchor, 6, [7; 32]), Err(Rollback::Shorter { journal: 6, anchored: 7 }));
        assert_eq!(check(&anchor, 9, [8; 32]), Err(Rollback::Forked { anchored: 7 }));
        assert_eq!(check(&anchor, 9, [7; 32]), Ok(()));
        let told = anchor.sign(&signer, 6, [6; 32]).unwrap_err().to_string();
        assert!(told.starts_with("rollback detected: the journal has 6 events"), "{told}");
        assert!(matches!(anchor.sign(&signer, 7, [8; 32]), Err(AnchorError::Rollback(Rollback::Forked { .. }))));
        assert_eq!(anchor.checkpoint().unwrap().size, 7);
        anchor.accept(&signer, 6, [6; 32]).unwrap();
        assert_eq!(anchor.checkpoint().unwrap().size, 6);
    }

    #[test]
    fn a_broken_anchor_is_not_taken_for_none() {
        let (dir, _, _) = given();
        let path = dir.path().join("anchor");
        std::fs::write(&path, "corp.example/log\n7\n").unwrap();
        assert!(matches!(Anchor::at(&path), Err(AnchorError::Malformed { .. })));
    }
}
