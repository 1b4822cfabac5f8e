//! What a connector's last jobs met: how many, how long they took, what went wrong. Kept small, for the operator.

use std::collections::VecDeque;

use crate::model::Timestamp;
use crate::model::health::{Mishap, SLICE_MS, SLICES, Slice};
use crate::model::revocation::nearest_rank;

/// Percentiles are of so many last jobs.
const LATENCIES: usize = 200;
/// So many different errors are kept.
const MISHAPS: usize = 5;
/// An error's words are cut here: a vendor may answer with a whole page.
const LONGEST: usize = 400;

/// What went wrong with a job, and what a person can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// What, in words.
    pub what: &'a str,
    /// What a person can do; empty: nothing has to be done.
    pub cure: &'a str,
}

/// The last jobs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Jobs that met no trouble since the engine started.
    done: u64,
    /// Those that did.
    failed: u64,
    /// Oldest first; spans without a job are left out.
    slices: VecDeque<Slice>,
    /// In ms, of the last jobs that met no trouble.
    latencies: VecDeque<u32>,
    /// Newest first.
    mishaps: VecDeque<Mishap>,
}

impl Tally {
    /// Counts a job that ended.
    pub(super) fn ended(&mut self, now: Timestamp, ms: u32, trouble: Option<Trouble>) {
        let slice = self.slice(now);
        slice.jobs = slice.jobs.saturating_add(1);
        slice.failed = slice.failed.saturating_add(u32::from(trouble.is_some()));
        slice.ms = slice.ms.saturating_add(u64::from(ms));
        match trouble {
            None => {
                self.done += 1;
                if self.latencies.len() == LATENCIES {
                    self.latencies.pop_front();
                }
                self.latencies.push_back(ms);
            }
            Some(trouble) => {
                self.failed += 1;
                self.met(now, trouble);
            }
        }
    }

    /// The span that `now` falls into. A clock that was set back counts into the latest one.
    fn slice(&mut self, now: Timestamp) -> &mut Slice {
        let at = Timestamp(now.0 - now.0.rem_euclid(SLICE_MS));
        if self.slices.back().is_none_or(|last| last.at < at) {
            self.slices.push_back(Slice { at, ..Slice::default() });
        }
        let oldest = at.0 - SLICE_MS * i64::try_from(SLICES - 1).unwrap_or(0);
        while self.slices.len() > 1 && self.slices.front().is_some_and(|it| it.at.0 < oldest) {
            self.slices.pop_front();
        }
        let last = self.slices.len() - 1;
        &mut self.slices[last]
    }

    /// The same again is counted, not listed twice.
    fn met(&mut self, now: Timestamp, trouble: Trouble) {
        let (what, cure) = (cut(trouble.what), cut(trouble.cure));
        let known = self.mishaps.iter().position(|it| it.what == what);
        let times = known.and_then(|at| self.mishaps.remove(at)).map_or(0, |it| it.times);
        self.mishaps.push_front(Mishap { at: now, what, cure, times: times.saturating_add(1) });
        self.mishaps.truncate(MISHAPS);
    }

    /// Jobs since the engine started that met no trouble, and those that did.
    pub(super) fn since_the_start(&self) -> (u64, u64) {
        (self.done, self.failed)
    }

    /// The last spans, oldest first.
    pub(super) fn slices(&self) -> Vec<Slice> {
        self.slices.iter().copied().collect()
    }

    /// The last different errors, newest first.
    pub(super) fn mishaps(&self) -> Vec<Mishap> {
        self.mishaps.iter().cloned().collect()
    }

    /// The times below which 50 and 95 of a hundred of the last good jobs stayed (nearest rank), in ms.
    pub(super) fn percentiles(&self) -> Option<(u32, u32)> {
        let mut sorted: Vec<u32> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        Some((nearest_rank(&sorted, 50)?, nearest_rank(&sorted, 95)?))
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(what: &str) -> Trouble<'_> {
        Trouble { what, cure: "mend it" }
    }

    #[test]
    fn jobs_are_counted_by_spans_and_old_spans_go() {
        let mut tally = Tally::default();
        tally.ended(Timestamp(1_000), 40, None);
        tally.ended(Timestamp(9_999), 60, Some(trouble("no answer")));
        tally.ended(Timestamp(10_000), 80, None);
        let slice = |at, jobs, failed, ms| Slice { at: Timestamp(at), jobs, failed, ms };
        assert_eq!(tally.slices(), [slice(0, 2, 1, 100), slice(10_000, 1, 0, 80)]);
        tally.ended(Timestamp(300_000), 7, None);
        assert_eq!(tally.slices(), [slice(10_000, 1, 0, 80), slice(300_000, 1, 0, 7)]);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_second_row_of_spans() {
        let mut tally = Tally::default();
        tally.ended(Timestamp(50_000), 1, None);
        tally.ended(Timestamp(20_000), 1, None);
        assert_eq!(tally.slices(), [Slice { at: Timestamp(50_000), jobs: 2, failed: 0, ms: 2 }]);
    }

    #[test]
    fn percentiles_are_of_the_last_good_jobs_alone() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentiles(), None);
        for ms in 1..=1_000 {
            tally.ended(Timestamp(0), ms, None);
        }
        tally.ended(Timestamp(0), 60_000, Some(trouble("no answer within 60 s")));
        assert_eq!(tally.percentiles(), Some((900, 990)));
    }

    #[test]
    fn the_same_error_is_counted_and_comes_to_the_front() {
        let mut tally = Tally::default();
        for (at, what) in [(1, "401"), (2, "503"), (3, "401")] {
            tally.ended(Timestamp(at), 1, Some(trouble(what)));
        }
        let seen: Vec<_> = tally.mishaps().into_iter().map(|it| (it.at.0, it.what, it.times)).collect();
        assert_eq!(seen, [(3, "401".to_owned(), 2), (2, "503".to_owned(), 1)]);
        for n in 0..20 {
            tally.ended(Timestamp(9), 1, Some(trouble(&format!("{n}"))));
        }
        assert_eq!(tally.mishaps().len(), MISHAPS);
    }

    #[test]
    fn a_page_of_an_answer_is_cut() {
        let mut tally = Tally::default();
        tally.ended(Timestamp(0), 1, Some(trouble(&"é".repeat(10_000))));
        assert_eq!(tally.mishaps()[0].what.chars().count(), LONGEST + 3);
    }
}
