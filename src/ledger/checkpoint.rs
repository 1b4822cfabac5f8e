//! Checkpoints: how large the log is and what its root is, signed. C2SP tlog-checkpoint in a C2SP signed-note.

use signed_note::{Note, NoteError, StandardVerifier, Verifier as _, VerifierError, VerifierList};

use super::tree::Hash;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root of those.
    pub root: Hash,
}

/// Why a text is no checkpoint of the log that is asked about.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note with a checkpoint in it.
    #[error("not a checkpoint (origin, size, root, an empty line, signatures)")]
    Malformed,
    /// No signature by a key that is trusted.
    #[error("not signed by the key {key}")]
    Unsigned {
        /// The key asked for.
        key: String,
    },
    /// The key is named, but it did not sign this.
    #[error("the signature of {key} does not fit: the checkpoint was changed after it was signed")]
    Forged {
        /// The key.
        key: String,
    },
    /// Another log's.
    #[error("a checkpoint of the log `{found}`, not of `{expected}`")]
    Origin {
        /// The name that it bears.
        found: String,
        /// The key's.
        expected: String,
    },
}

/// A text that is not a verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key (name+hash+key, as `nightlatch ledger status` shows it): {0}")]
pub struct BadVerifierKey(&'static str);

/// Checks checkpoints with the log's public key.
#[derive(Clone)]
pub struct Verifier {
    key: StandardVerifier,
}

impl Verifier {
    /// Reads a signed-note verifier key: `name+hash+base64`.
    pub fn parse(vkey: &str) -> Result<Self, BadVerifierKey> {
        StandardVerifier::new(vkey.trim()).map(|key| Self { key }).map_err(|error| {
            BadVerifierKey(match error {
                VerifierError::Format => "malformed",
                VerifierError::Alg => "not an Ed25519 key",
                VerifierError::Id => "its hash is not that of its name and key",
            })
        })
    }

    /// The log's name, as the key bears it.
    pub fn origin(&self) -> &str {
        self.key.name()
    }

    /// Checks the signature and reads what it signs. Signatures by keys that are not known are ignored.
    pub fn verify(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let known = VerifierList::new(vec![Box::new(self.key.clone())]);
        let name = || format!("{}+{:08x}", self.key.name(), self.key.key_id());
        parsed.verify(&known).map_err(|error| match error {
            NoteError::UnverifiedNote => CheckpointError::Unsigned { key: name() },
            NoteError::InvalidSignature { .. } => CheckpointError::Forged { key: name() },
            _ => CheckpointError::Malformed,
        })?;
        let checkpoint = read(parsed.text())?;
        if checkpoint.origin == self.origin() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin { found: checkpoint.origin, expected: self.origin().to_owned() })
        }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({}+{:08x})", self.key.name(), self.key.key_id())
    }
}

/// How many leaves are under a checkpoint, its signatures unchecked; `None`: it is none.
pub fn size_of(note: &str) -> Option<u64> {
    read_unchecked(note).ok().map(|it| it.size)
}

/// What a note says, its signatures unchecked.
pub(super) fn read_unchecked(note: &str) -> Result<Checkpoint, CheckpointError> {
    let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
    read(parsed.text())
}

fn read(text: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let body = tlog_tiles::Checkpoint::from_bytes(text).map_err(|_| CheckpointError::Malformed)?;
    Ok(Checkpoint { origin: body.origin().to_owned(), size: body.size(), root: body.hash().0 })
}
