//! A value whose readers see a write only some time after it was made.

use std::time::{Duration, Instant};

/// What the vendor decides on at once, and what its read replicas still tell.
pub(super) struct Lagged<T> {
    now: T,
    before: Option<(T, Instant)>,
}

impl<T: Copy + PartialEq> Lagged<T> {
    pub(super) fn new(value: T) -> Lagged<T> {
        Lagged { now: value, before: None }
    }

    /// The true value, the one that writes are judged by.
    pub(super) fn now(&self) -> T {
        self.now
    }

    /// The value that a read gets at `at`.
    pub(super) fn seen(&self, at: Instant) -> T {
        match self.before {
            Some((old, until)) if at < until => old,
            _ => self.now,
        }
    }

    /// Writing what is already there does not start the lag again: a tool that repeats its write must not wait for ever.
    pub(super) fn set(&mut self, value: T, at: Instant, lag: Duration) {
        if self.now != value {
            self.before = (!lag.is_zero()).then(|| (self.seen(at), at + lag));
            self.now = value;
        }
    }
}
