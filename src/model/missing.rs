//! Who has left by the word of HR, and is not being offboarded.

use serde::{Deserialize, Serialize};

use super::ids::OffboardingId;
use super::leaver::Leaver;
use super::time::Timestamp;

/// Everybody whom HR has leaving and who has no offboarding here.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Missing {
    /// Only people whose record in HR was changed since then.
    pub since: Timestamp,
    /// The HR systems that were asked; none: none is configured that can be asked.
    pub asked: Vec<String>,
    /// Who, those whose access should have ended first.
    pub people: Vec<MissingPerson>,
    /// Of whom HR says that they left, and who cannot be offboarded by what it says of them: why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingPerson {
    /// Who.
    pub leaver: Leaver,
    /// Which HR system says so.
    pub feed: String,
    /// When access ends by the last day in HR; `None`: it should have ended already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// An offboarding that they had and that does not count: aborted, undone, or of a former employment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

/// An offboarding of former times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Which.
    pub offboarding: OffboardingId,
    /// Why it does not count, as in `aborted`.
    pub word: String,
}
