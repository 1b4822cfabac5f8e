//! How fast steps are settled: measured on the events of the last seconds.

use std::collections::VecDeque;

/// The rate is of so long, in ms.
const WINDOW_MS: u64 = 10_000;
/// Events are gathered into spans of this length, in ms: a crowd takes no more room than one.
const GRAIN_MS: u64 = 250;

/// Steps settled lately, by the steady clock.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When a span began, and how many were settled in it.
    spans: VecDeque<(u64, u32)>,
}

impl Pace {
    /// So many steps were settled now.
    pub(crate) fn settled(&mut self, steady: u64, steps: u32) {
        if steps == 0 {
            return;
        }
        match self.spans.back_mut() {
            Some((began, count)) if steady < *began + GRAIN_MS => *count += steps,
            _ => self.spans.push_back((steady, steps)),
        }
        while self.spans.front().is_some_and(|(began, _)| began + WINDOW_MS < steady) {
            self.spans.pop_front();
        }
    }

    /// Tenths of a step a second, over the last ten seconds.
    pub(crate) fn tenths_a_second(&self, steady: u64) -> u64 {
        let lately = self.spans.iter().filter(|(began, _)| began + WINDOW_MS > steady);
        lately.map(|(_, count)| u64::from(*count)).sum::<u64>() * 10_000 / WINDOW_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_ten_seconds_and_falls_to_nothing() {
        let mut pace = Pace::default();
        for second in 0..60 {
            pace.settled(second * 1_000, 5);
        }
        assert_eq!(pace.tenths_a_second(59_500), 50);
        assert_eq!(pace.tenths_a_second(64_500), 25);
        assert_eq!(pace.tenths_a_second(70_000), 0);
    }

    #[test]
    fn a_crowd_of_events_takes_little_room() {
        let mut pace = Pace::default();
        for ms in 0..60_000 {
            pace.settled(ms, 1);
        }
        assert!(pace.spans.len() < 45, "{}", pace.spans.len());
        assert!(pace.tenths_a_second(60_000) > 9_000);
    }
}
