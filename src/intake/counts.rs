//! How much came, and what became of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Live counters of the intake, shared with whoever shows them.
#[derive(Debug, Default)]
pub struct Counts {
    pub(super) connections_refused: AtomicU64,
    pub(super) unverified: AtomicU64,
    pub(super) malformed: AtomicU64,
    pub(super) too_large: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) opened: AtomicU64,
    pub(super) merged: AtomicU64,
    pub(super) rescinded: AtomicU64,
    pub(super) replays: AtomicU64,
    pub(super) parked: AtomicU64,
    pub(super) set_aside: AtomicU64,
    pub(super) unrelated: AtomicU64,
    pub(super) being_read: AtomicU64,
    trouble: Mutex<BTreeMap<String, String>>,
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Connections beyond `max_connections`.
    pub connections_refused: u64,
    /// Wrong or missing signatures, and timestamps outside the window: all answered 401.
    pub unverified: u64,
    /// Verified, but not what the vendor sends.
    pub malformed: u64,
    /// Bodies beyond `max_body_bytes`.
    pub too_large: u64,
    /// Told to come back: the engine was busy or stopping.
    pub turned_away: u64,
    /// Offboardings opened.
    pub opened: u64,
    /// Notices about somebody whose offboarding was open.
    pub merged: u64,
    /// Terminations called off.
    pub rescinded: u64,
    /// Notices taken before.
    pub replays: u64,
    /// Thin webhooks put on disk until their person is read.
    pub parked: u64,
    /// Verified notices that opened nothing, journalled with the reason.
    pub set_aside: u64,
    /// Verified changes that have nothing to do with leaving.
    pub unrelated: u64,
    /// Parked webhooks whose person is still to be read.
    pub being_read: u64,
    /// What the last read of each feed's HR system met, while it fails.
    pub trouble: BTreeMap<String, String>,
}

impl Counts {
    /// The counters now.
    pub fn tally(&self) -> Tally {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally {
            connections_refused: read(&self.connections_refused),
            unverified: read(&self.unverified),
            malformed: read(&self.malformed),
            too_large: read(&self.too_large),
            turned_away: read(&self.turned_away),
            opened: read(&self.opened),
            merged: read(&self.merged),
            rescinded: read(&self.rescinded),
            replays: read(&self.replays),
            parked: read(&self.parked),
            set_aside: read(&self.set_aside),
            unrelated: read(&self.unrelated),
            being_read: read(&self.being_read),
            trouble: self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Notes what a feed's HR system answered; `None`: it works. True if that is news.
    pub(super) fn trouble(&self, feed: &str, what: Option<&str>) -> bool {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            Some(what) => trouble.insert(feed.to_owned(), what.to_owned()).as_deref() != Some(what),
            None => trouble.remove(feed).is_some(),
        }
    }
}

/// Counts one more, and says how many it makes.
pub(super) fn one_more(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}

/// Whether the `n`th of its kind is worth a log line: the first ten, then each power of two, so that a flood of forged
/// requests cannot fill the disk with log.
pub(super) fn worth_a_line(n: u64) -> bool {
    n <= 10 || n.is_power_of_two()
}
