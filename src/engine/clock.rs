//! The engine's clock: the wall's time at the start, moved on by the time since boot.
//!
//! A wall clock that is set while the engine runs must neither shorten a quarantine nor fire an armed person early, and
//! time asleep must count. A small correction (NTP) is followed; a jump is not, until the next start.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::connectors::call::boot_now;
use crate::model::Timestamp;

/// Wall and engine may drift apart by less than this before it is called a jump, in ms. Whatever must not be shortened by
/// a correction of the clock is this much longer.
pub const JUMP_MS: i64 = 2_000;

/// The engine's clock.
#[derive(Debug)]
pub struct Clock {
    started: Timestamp,
    booted: Duration,
    last: Timestamp,
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        let started = wall();
        Self { started, booted: boot_now(), last: started }
    }

    /// Now. Never before an earlier now.
    pub fn now(&mut self) -> Timestamp {
        let steady =
            self.started.plus_ms(u64::try_from(boot_now().saturating_sub(self.booted).as_millis()).unwrap_or(u64::MAX));
        let wall = wall();
        let now = if (wall.0 - steady.0).abs() < JUMP_MS { wall } else { steady };
        self.last = self.last.max(now);
        self.last
    }
}

/// What a later engine needs to know whether the clock was set in between: this boot's id, and the wall's time at boot
/// in ms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMark {
    boot_id: String,
    booted_at_ms: i64,
}

impl ClockMark {
    /// The mark of this moment.
    pub fn now() -> Self {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let since_boot = i64::try_from(boot_now().as_millis()).unwrap_or(i64::MAX);
        Self { boot_id: boot_id.trim().to_owned(), booted_at_ms: wall().0 - since_boot }
    }

    /// Whether times written under the other mark can be compared with times under this one.
    pub fn continues(&self, other: &Self) -> bool {
        !self.boot_id.is_empty()
            && self.boot_id == other.boot_id
            && (self.booted_at_ms - other.booted_at_ms).abs() < JUMP_MS
    }
}

/// The wall's time, for what is not decided by it.
pub fn wall_now() -> Timestamp {
    wall()
}
