//! A documented rate, kept so that the vendor never counts more than it allows in any window.
//!
//! A vendor counts a call when it arrives: at some moment between its start and its answer. So a call's place is taken
//! from its start, and given free one span after the last moment at which it can have arrived. Then no window of that
//! span holds more arrivals than allowed, whichever way the vendor cuts its windows, and one person's kill switch may
//! still leave at once.

use std::collections::VecDeque;

use crate::model::Timestamp;

/// A call that was started has arrived by then, answered or not: name, address, handshake and half a round trip.
const ARRIVES_WITHIN_MS: u64 = 100;

#[derive(Debug)]
pub(super) struct Rate {
    /// Calls in any `span_ms`.
    calls: usize,
    span_ms: u64,
    /// When the latest of them had arrived at the latest: those that were answered, then those under way; ascending.
    arrived: VecDeque<Timestamp>,
    under_way: VecDeque<Timestamp>,
}

impl Rate {
    /// `per_second` is more than 0.
    pub(super) fn new(per_second: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is small and positive")]
        let (calls, span_ms) = {
            let calls = per_second.floor().max(1.0);
            (calls as usize, (calls * 1_000.0 / per_second).ceil() as u64)
        };
        Self { calls, span_ms, arrived: VecDeque::new(), under_way: VecDeque::new() }
    }

    pub(super) fn started(&mut self, now: Timestamp) {
        self.under_way.push_back(now.plus_ms(ARRIVES_WITHIN_MS));
    }

    /// One of those under way was answered. Which one is not asked: to take it for the eldest errs on the safe side.
    pub(super) fn ended(&mut self, now: Timestamp) {
        if let Some(at) = self.under_way.pop_front() {
            self.arrived.push_back(at.min(now));
        }
        while self.arrived.len() > self.calls {
            self.arrived.pop_front();
        }
    }

    /// So many calls leave at once outside the queue.
    pub(super) fn spent(&mut self, calls: usize, now: Timestamp) {
        for _ in 0..calls {
            self.started(now);
            self.ended(now.plus_ms(ARRIVES_WITHIN_MS));
        }
    }

    /// When the next call may start.
    pub(super) fn opens_at(&self) -> Timestamp {
        let all = self.arrived.len() + self.under_way.len();
        let Some(eldest) = all.checked_sub(self.calls) else { return Timestamp::default() };
        let at = self.arrived.iter().chain(&self.under_way).nth(eldest);
        // The clock's milliseconds are cut off, not rounded: one more makes up for it.
        at.map_or_else(Timestamp::default, |at| at.plus_ms(self.span_ms + 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_below_one_a_second_starts_one_at_a_time() {
        let mut rate = Rate::new(0.5);
        assert_eq!(rate.opens_at(), Timestamp(0));
        rate.started(Timestamp(5_000));
        rate.ended(Timestamp(5_010));
        assert_eq!(rate.opens_at(), Timestamp(7_011));
    }

    #[test]
    fn a_call_that_is_never_answered_gives_its_place_back() {
        let mut rate = Rate::new(1.0);
        rate.started(Timestamp(0));
        assert_eq!(rate.opens_at(), Timestamp(1_101));
    }

    proptest! {
        /// Whenever each call arrives between its start and its answer, no window of a second holds more than allowed.
        #[test]
        fn no_window_holds_more_arrivals_than_allowed(
            per_second in 1_u8..20,
            calls in prop::collection::vec((0_u64..80, 0_u64..200), 1..120),
        ) {
            let mut rate = Rate::new(f64::from(per_second));
            let (mut now, mut arrivals, mut ends) = (Timestamp(1_000), Vec::new(), Vec::new());
            for (arrives_after, answer_takes) in calls {
                loop {
                    ends.sort_unstable();
                    while ends.first().is_some_and(|end| *end <= now) {
                        rate.ended(ends.remove(0));
                    }
                    let opens = rate.opens_at();
                    if opens <= now {
                        break;
                    }
                    now = ends.first().copied().map_or(opens, |end| opens.min(end));
                }
                rate.started(now);
                let arrived = now.plus_ms(arrives_after);
                arrivals.push(arrived);
                ends.push(arrived.plus_ms(answer_takes));
            }
            arrivals.sort_unstable();
            for window in arrivals.windows(usize::from(per_second) + 1) {
                let (first, last) = (window[0], window[window.len() - 1]);
                prop_assert!(last.ms_since(first) >= 1_000, "{first:?} {last:?}");
            }
        }
    }
}
