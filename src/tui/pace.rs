//! When the next frame may be drawn: often enough to be lively, seldom enough that a slow line never has a queue.
//!
//! What is between the console and the operator's eyes (ssh, its socket, tmux) buffers megabytes: bytes that are written
//! are not yet seen, and no write says so. So the console keeps to what a line of 256 kbit/s carries, whatever the line
//! is: then a key never waits for more than the one frame that is under way.

use std::time::Duration;

use tokio::time::Instant;

/// A frame at most this often, unless a key asks for one.
const FRAME_EVERY: Duration = Duration::from_millis(50);

/// Three quarters of 256 kbit/s: the rest is for what keys cause.
const BYTES_PER_MS: usize = 24;

/// A burst that keys have caused delays what happens by itself for this long at most.
const LONGEST: Duration = Duration::from_secs(1);

/// The pace of frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    next: Instant,
    /// What was written has gone through the line by then.
    through: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { next: now, through: now }
    }

    /// When the next frame is due that no key has caused.
    pub(crate) fn next(self) -> Instant {
        self.next
    }

    /// A frame of so many bytes was written.
    pub(crate) fn drawn(&mut self, bytes: usize, now: Instant) {
        let takes = Duration::from_millis(u64::try_from(bytes / BYTES_PER_MS).unwrap_or(u64::MAX));
        self.through = (self.through.max(now) + takes).min(now + LONGEST);
        self.next = self.through.max(now + FRAME_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_frames_come_twenty_times_a_second_and_large_ones_as_the_line_carries_them() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert_eq!(pace.next(), now, "the first at once");
        pace.drawn(200, now);
        assert_eq!(pace.next(), now + FRAME_EVERY);
        let later = now + FRAME_EVERY;
        pace.drawn(4_800, later);
        assert_eq!(pace.next(), later + Duration::from_millis(200));
    }

    #[test]
    fn a_second_of_frames_fits_a_line_of_256_kbit() {
        let (began, mut bytes) = (Instant::now(), 0);
        let mut pace = Pace::new(began);
        while pace.next() < began + Duration::from_secs(10) {
            bytes += 3_000;
            pace.drawn(3_000, pace.next());
        }
        assert!((200_000..=260_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_key_that_is_held_does_not_stop_the_clocks_for_long() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..100 {
            pace.drawn(8_000, now);
        }
        assert_eq!(pace.next(), now + LONGEST);
    }
}
