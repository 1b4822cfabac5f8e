//! Rate limits that tell the truth: what the headers promise is what the next call meets.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::clock;
use super::lock::hold;

/// What a vendor says about its limit in a reply.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// How long until the whole limit is there again.
    pub(super) wait: Duration,
}

impl Budget {
    /// Epoch second at which the whole limit is there again.
    pub(super) fn reset(&self) -> u64 {
        clock::epoch_s_after(self.wait)
    }

    /// The same as whole seconds to wait, at least one.
    pub(super) fn retry_after(&self) -> u64 {
        u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX).div_ceil(1000).max(1)
    }

    pub(super) fn used(&self) -> u64 {
        self.limit.saturating_sub(self.remaining)
    }
}

/// A token bucket holding one second's worth of calls (at least one), as the generic cell rate algorithm of ATM Forum
/// TM 4.0: one instant instead of a counter and a timer.
pub(super) struct Bucket {
    interval: Duration,
    capacity: u64,
    /// The instant at which the bucket is full again.
    full_at: Mutex<Instant>,
}

impl Bucket {
    /// `None` unless `per_second` is a positive, finite number.
    pub(super) fn new(per_second: f64, now: Instant) -> Option<Bucket> {
        if !per_second.is_finite() || per_second <= 0.0 {
            return None;
        }
        let interval = Duration::try_from_secs_f64(1.0 / per_second).ok()?.max(Duration::from_nanos(1));
        let capacity = u64::try_from(Duration::from_secs(1).as_nanos() / interval.as_nanos()).unwrap_or(1).max(1);
        Some(Bucket { interval, capacity, full_at: Mutex::new(now) })
    }

    /// Takes one call's worth: the budget that is left, or as the error the budget that was missing.
    pub(super) fn take(&self, now: Instant) -> Result<Budget, Budget> {
        let mut full_at = hold(&self.full_at);
        let owed = full_at.saturating_duration_since(now);
        let after = owed + self.interval;
        let whole = self.interval.as_nanos() * u128::from(self.capacity);
        if after.as_nanos() > whole {
            return Err(Budget { limit: self.capacity, remaining: 0, wait: owed });
        }
        *full_at = now + after;
        let left = (whole - after.as_nanos()) / self.interval.as_nanos();
        Ok(Budget { limit: self.capacity, remaining: u64::try_from(left).unwrap_or(0), wait: after })
    }
}

/// A plain counter a period, for the headers of vendors that always send them. Far wider than a tenant's, because the
/// limits of a rehearsal come from its faults.
pub(super) struct Window {
    limit: u64,
    period_s: u64,
    used: Mutex<(u64, u64)>,
}

impl Window {
    pub(super) fn new(limit: u64, period_s: u64) -> Window {
        Window { limit, period_s, used: Mutex::new((0, 0)) }
    }

    /// Counts `calls` calls (0 only looks).
    pub(super) fn count(&self, calls: u64) -> Budget {
        let now_ms = clock::epoch_ms();
        let period_ms = self.period_s * 1000;
        let (window, used) = {
            let mut slot = hold(&self.used);
            if slot.0 != now_ms / period_ms {
                *slot = (now_ms / period_ms, 0);
            }
            slot.1 = slot.1.saturating_add(calls);
            *slot
        };
        let wait = Duration::from_millis(((window + 1) * period_ms).saturating_sub(now_ms));
        Budget { limit: self.limit, remaining: self.limit.saturating_sub(used), wait }
    }
}
