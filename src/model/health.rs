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

    /// The health as one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Throttled => "throttled",
            Self::Down => "down",
            Self::Locked => "locked",
        }
    }
}

/// What a connector said when it was last asked, by reading alone, whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// When it answered.
    pub at: Timestamp,
    /// Can it be used.
    pub health: Health,
    /// What was found, in words; the cure where something is wrong.
    pub message: String,
    /// How long the answer took, in ms.
    pub ms: u32,
    /// Scopes or permissions that actions need and that are not granted, as far as the vendor tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How far the vendor's clock is ahead of this machine's, in ms, to the second; `None`: it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_ms: Option<i64>,
}

impl Probed {
    /// The health of the system itself: one that misses a scope can be used for everything else.
    pub fn own_health(&self) -> Health {
        if self.missing.is_empty() { self.health } else { Health::Up }
    }
}

/// Jobs that ended within one span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slice {
    /// When the span began: a multiple of [`SLICE_MS`].
    pub at: Timestamp,
    /// Jobs that ended.
    pub jobs: u32,
    /// Those that met trouble.
    #[serde(default)]
    pub failed: u32,
    /// The time that they took in all, in ms.
    #[serde(default)]
    pub ms: u64,
}

/// The length of a [`Slice`], in ms.
pub const SLICE_MS: i64 = 10_000;

/// So many slices are told: five minutes.
pub const SLICES: usize = 30;

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mishap {
    /// When it was last met.
    pub at: Timestamp,
    /// What, in words.
    pub what: String,
    /// What a person can do; empty: nothing needs to be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cure: String,
    /// How often it was met since it was first told.
    pub times: u32,
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
    /// Since when its health is so; `None`: since the engine started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Jobs under way.
    pub in_flight: u32,
    /// At most so many at once.
    pub max_in_flight: u32,
    /// Jobs that wait for their turn.
    pub queued: u32,
    /// The launch of whoever waits longest in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// Jobs a second that it is limited to, by its documentation or the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
    /// Calls left before the vendor's reset, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// The most calls that the vendor ever said were left: its whole budget, as far as was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u64>,
    /// When the vendor's budget is whole again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Timestamp>,
    /// Nothing is sent before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<Timestamp>,
    /// Jobs since the engine started that met no trouble.
    pub done: u64,
    /// Those that did, as counted by [`Self::mishaps`]: no answer, or one that is a refusal.
    pub failed: u64,
    /// Milliseconds of the last answered job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<u32>,
    /// The time below which half of the last jobs stayed, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<u32>,
    /// The time below which 95 of a hundred of the last jobs stayed, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<u32>,
    /// The last minutes, oldest first; spans without any job are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Slice>,
    /// The last error, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The last different errors, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mishaps: Vec<Mishap>,
    /// What it said when it was last asked whether it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probed>,
    /// Actions that it offers.
    #[serde(default)]
    pub actions: u32,
}

impl ConnectorStatus {
    /// A connector of which nothing is known yet.
    pub fn unknown(id: ConnectorId, kind: &str) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            health: Health::Unknown,
            since: None,
            in_flight: 0,
            max_in_flight: 0,
            queued: 0,
            oldest: None,
            per_second: None,
            remaining: None,
            budget: None,
            resets_at: None,
            blocked_until: None,
            done: 0,
            failed: 0,
            last_ms: None,
            p50_ms: None,
            p95_ms: None,
            recent: Vec::new(),
            last_error: None,
            mishaps: Vec::new(),
            probe: None,
            actions: 0,
        }
    }

    /// Scopes or permissions that are not granted, as far as its last probe told.
    pub fn missing(&self) -> &[String] {
        self.probe.as_ref().map_or(&[], |it| it.missing.as_slice())
    }

    /// Until when nothing is sent; `None`: it is not held back at `now`.
    pub fn blocked(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| *until > now)
    }

    /// Jobs and those of them that met trouble, in the spans of [`Slice`] that ended after `since`.
    pub fn jobs_since(&self, since: Timestamp) -> (u64, u64) {
        let late = self.recent.iter().filter(|it| it.at.0 + SLICE_MS > since.0);
        late.fold((0, 0), |(jobs, failed), it| (jobs + u64::from(it.jobs), failed + u64::from(it.failed)))
    }

    /// The share of the vendor's budget that is used, in percent, as far as it can be told at `now`.
    pub fn used_percent(&self, now: Timestamp) -> Option<u64> {
        let (left, whole) = (self.remaining?, self.budget.filter(|it| *it > 0)?);
        if self.resets_at.is_some_and(|at| at <= now) {
            return Some(0);
        }
        Some((whole.saturating_sub(left)) * 100 / whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_engine_tells_is_still_read() {
        let told = r#"{"id":"okta","kind":"okta","health":"up","in_flight":1,"max_in_flight":8,"queued":0,"done":5,"failed":0}"#;
        let read: ConnectorStatus = serde_json::from_str(told).unwrap();
        let id = ConnectorId::new("okta").unwrap();
        let expected = ConnectorStatus {
            health: Health::Up,
            in_flight: 1,
            max_in_flight: 8,
            done: 5,
            ..ConnectorStatus::unknown(id, "okta")
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_budget_is_used_up_to_its_reset() {
        let id = ConnectorId::new("okta").unwrap();
        let mut it = ConnectorStatus::unknown(id, "okta");
        assert_eq!(it.used_percent(Timestamp(0)), None);
        (it.remaining, it.budget, it.resets_at) = (Some(150), Some(600), Some(Timestamp(60_000)));
        assert_eq!(it.used_percent(Timestamp(59_999)), Some(75));
        assert_eq!(it.used_percent(Timestamp(60_000)), Some(0));
    }
}
