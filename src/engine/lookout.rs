//! When each connector is asked whether it can be used, so that a dead one is seen before a leaver needs it. Pure.
//!
//! Not all at once: the first questions are spread over a few seconds, the later ones drift apart, and few are under way
//! at a time. What was not up is asked sooner again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::ConnectorId;

/// The first questions of a start are spread over this time.
const FIRST_WITHIN: Duration = Duration::from_secs(3);
/// What was not up is asked again after this time, if that is sooner than its turn.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Questions under way at once, at most.
const AT_ONCE: usize = 4;

/// The schedule.
#[derive(Debug)]
pub(super) struct Lookout {
    every: Duration,
    /// `None`: it is being asked just now.
    due: BTreeMap<ConnectorId, Option<Instant>>,
}

impl Lookout {
    /// Asks each of these so often; zero: never.
    pub(super) fn new(connectors: impl IntoIterator<Item = ConnectorId>, every: Duration, now: Instant) -> Self {
        let connectors = connectors.into_iter().filter(|_| !every.is_zero());
        let due = connectors.map(|id| {
            let at = now + FIRST_WITHIN.min(every).mul_f64(share(&id));
            (id, Some(at))
        });
        Self { every, due: due.collect() }
    }

    /// When the next is due; `None`: only after one under way has answered, or never.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        if self.under_way() >= AT_ONCE { None } else { self.due.values().flatten().min().copied() }
    }

    /// Those to be asked now.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<ConnectorId> {
        let room = AT_ONCE.saturating_sub(self.under_way());
        let mut due: Vec<_> = self.due.iter().filter_map(|(id, at)| Some((at.filter(|at| *at <= now)?, id))).collect();
        due.sort_unstable();
        let taken: Vec<ConnectorId> = due.into_iter().take(room).map(|(_, id)| id.clone()).collect();
        for id in &taken {
            self.due.insert(id.clone(), None);
        }
        taken
    }

    /// One has answered, or somebody else has asked it.
    pub(super) fn answered(&mut self, connector: &ConnectorId, is_up: bool, now: Instant) {
        if let Some(due) = self.due.get_mut(connector) {
            let wait = if is_up { self.every } else { self.every.min(AGAIN_AFTER) };
            // Between nine and eleven tenths of it: they do not march in step.
            *due = Some(now + wait.mul_f64(0.9 + share(connector) / 5.0));
        }
    }

    fn under_way(&self) -> usize {
        self.due.values().filter(|at| at.is_none()).count()
    }
}

/// A number from 0 to 1 that looks random and is a connector's own: its place among the others.
fn share(connector: &ConnectorId) -> f64 {
    let mixed =
        connector.as_str().bytes().fold(0x811c_9dc5_u32, |x, byte| (x ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    f64::from(mixed) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(300);

    fn id(name: &str) -> ConnectorId {
        ConnectorId::new(name).unwrap()
    }

    fn names() -> Vec<ConnectorId> {
        ["adobe", "github", "gitlab", "google", "okta", "slack", "zoom"].map(id).to_vec()
    }

    #[test]
    fn everybody_is_asked_soon_after_a_start_and_few_at_once() {
        let start = Instant::now();
        let mut lookout = Lookout::new(names(), EVERY, start);
        assert!(lookout.take_due(start).len() < names().len(), "they are spread");
        let mut lookout_late = Lookout::new(names(), EVERY, start);
        let late = start + FIRST_WITHIN;
        let first = lookout_late.take_due(late);
        assert_eq!((first.len(), lookout_late.wakes_at()), (AT_ONCE, None));
        lookout_late.answered(&first[0], true, late);
        assert_eq!(lookout_late.take_due(late).len(), 1);
        let due_first = lookout.wakes_at().unwrap();
        assert!(due_first <= late);
    }

    #[test]
    fn what_was_not_up_is_asked_sooner_again() {
        let start = Instant::now();
        let mut lookout = Lookout::new([id("okta")], EVERY, start);
        lookout.take_due(start + FIRST_WITHIN);
        lookout.answered(&id("okta"), false, start);
        assert!(lookout.wakes_at().unwrap() <= start + AGAIN_AFTER.mul_f64(1.1));
        lookout.answered(&id("okta"), true, start);
        assert!(lookout.wakes_at().unwrap() >= start + EVERY.mul_f64(0.9));
    }

    #[test]
    fn never_is_never() {
        let start = Instant::now();
        let mut lookout = Lookout::new(names(), Duration::ZERO, start);
        assert_eq!((lookout.wakes_at(), lookout.take_due(start + EVERY)), (None, Vec::new()));
        lookout.answered(&id("okta"), false, start);
        assert_eq!(lookout.wakes_at(), None);
    }
}
