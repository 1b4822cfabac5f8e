//! How a connector does: not journalled, but told to every console.

use serde::{Deserialize, Serialize};

use super::ids::ConnectorId;
use super::time::Timestamp;

/// Whether a connector can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not tried yet.
    #[default]
    Unknown,
    /// The last call was answered as it should be.
    Up,
    /// The vendor limits us; calls wait.
    Throttled,
    /// Several calls in a row got no useful answer.
    Down,
    /// The credentials are refused: a person has to act.
    Locked,
}

impl Health {
    /// Nothing can be done there just now.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Down | Self::Locked)
    }
}

/// One connector's state at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectorStatus {
    /// Which.
    pub id: ConnectorId,
    /// The kind of system, as in `google`.
    pub kind: String,
    /// Can it be used.
    pub health: Health,
    /// Jobs under way.
    pub in_flight: u32,
    /// At most so many at once.
    pub max_in_flight: u32,
    /// Jobs that wait for their turn.
    pub queued: u32,
    /// Calls left before the vendor's reset, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Nothing is sent before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<Timestamp>,
    /// Jobs finished since the engine started.
    pub done: u64,
    /// Jobs that failed since the engine started.
    pub failed: u64,
    /// Milliseconds of the last answered job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<u32>,
    /// The last error, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
