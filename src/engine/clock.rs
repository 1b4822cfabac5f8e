//! The engine's clock: the wall's time at the start, moved on by the time since boot.
//!
//! A wall clock that is set while the engine runs must neither shorten a quarantine nor fire an armed person early, and
//! time asleep must count. A small correction (NTP) is followed; a jump is not, until the next start.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::connectors::call::boot_now;
use crate::model::Timestamp;

/// Wall and engine may drift apart by so much before it is called a jump, in ms.
const JUMP_MS: i64 = 2_000;

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
        let steady = self.started.plus_ms(u64::try_from((boot_now() - self.booted).as_millis()).unwrap_or(u64::MAX));
        let wall = wall();
        let now = if (wall.0 - steady.0).abs() < JUMP_MS { wall } else { steady };
        self.last = self.last.max(now);
        self.last
    }
}

/// The wall's time, for what is not decided by it.
pub fn wall_now() -> Timestamp {
    wall()
}
