//! What people write down about an offboarding. It belongs to the journal, and is erased with its person.

use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::time::Timestamp;

/// A note's longest text, in bytes.
pub const LONGEST: usize = 10_000;

/// The notes of one offboarding together, in bytes: they travel with it to every console.
pub const LONGEST_OF_ALL: usize = 100_000;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Actor,
    /// What, as written; it may have several lines.
    pub text: String,
}
