//! What is said of the log.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// Where the log stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerStatus {
    /// The log's name, the first line of its checkpoints.
    pub origin: String,
    /// The key that signs, as a signed-note verifier key: to be kept outside this host.
    pub verifier_key: String,
    /// The key in short, to compare by eye: `SHA256:` and the hash of the public key in base64.
    #[serde(default)]
    pub key_fingerprint: String,
    /// Leaves: one for each event.
    pub size: u64,
    /// The root of all leaves, in base64.
    pub root: String,
    /// The last signed checkpoint, whole.
    pub checkpoint: Option<String>,
    /// When it was signed.
    pub checkpoint_at: Option<Timestamp>,
    /// How many leaves are under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_size: Option<u64>,
    /// The journal's file with its write-ahead log, in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Why no act is started anywhere; a journal that was set back is such a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// The journal is not the continuation of what was signed, and no person has resumed the engine since; in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// The last checkpoint outside the journal's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<AnchorStatus>,
    /// Who reads the journal, and how far they have got.
    #[serde(default)]
    pub subscribers: Vec<Subscriber>,
    /// What verifying it gave.
    #[serde(default)]
    pub verification: Verification,
}

/// The file that keeps the last checkpoint outside the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorStatus {
    /// Where it lies.
    pub path: String,
    /// How many leaves it vouches for; `None`: it cannot be read.
    pub size: Option<u64>,
}

/// Somebody outside who is told what the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// As in `alert.slack`.
    pub name: String,
    /// The number of the next event that it has to see.
    pub next: u64,
    /// So many alerts wait to be told.
    pub behind: u64,
    /// What it met when it last failed; `None`: it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// The verification under way, and the last one that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Verification {
    /// Under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Progress>,
    /// The last one, as this state directory remembers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastVerified>,
}

/// How far a verification has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When it began.
    pub since: Timestamp,
    /// Events recomputed.
    pub done: u64,
    /// Events to recompute.
    pub of: u64,
}

/// What a verification gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastVerified {
    /// When it ended.
    pub at: Timestamp,
    /// How long it took, in ms.
    pub ms: u64,
    /// Events that were recomputed.
    pub size: u64,
    /// So many of them are under a checkpoint that verifies.
    pub signed: Option<u64>,
    /// Checkpoints that verify.
    pub checkpoints: u64,
    /// What is wrong; the first of it. Empty: the log is whole.
    pub problems: Vec<String>,
    /// How many problems there are.
    pub problem_count: u64,
}

impl LastVerified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problem_count == 0
    }
}
