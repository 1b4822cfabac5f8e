//! Reads the people of parked webhooks, for as long as it takes.
//!
//! The sender has its 200 and will not come back, so nothing here gives up: an HR system that is down or refuses the key
//! is asked again, ever more rarely, until it answers. What was not read when the process ends is on disk, and comes back
//! through [`Reader::resume`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::counts::{Counts, one_more};
use super::feeds::{Feed, Feeds, Told};
use crate::engine::{EngineError, Handle, Parked};
use crate::model::{Actor, HrNotice, Timestamp};

/// People waiting to be read; a sender beyond is told to come back.
const QUEUE_AT_MOST: usize = 10_000;
/// Reads at once from one HR system.
const READS_AT_ONCE: usize = 4;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// Whatever an HR system asks for, it is asked again within this.
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(15 * 60);

/// A place in the queue.
pub(super) type Place = OwnedSemaphorePermit;

/// The way to the reading task.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    places: Arc<Semaphore>,
    jobs: mpsc::UnboundedSender<(Option<Place>, Parked)>,
}

/// The reading task, before it runs.
#[derive(Debug)]
pub(super) struct Reading {
    jobs: mpsc::UnboundedReceiver<(Option<Place>, Parked)>,
    lines: BTreeMap<String, Arc<Line>>,
    handle: Handle,
    counts: Arc<Counts>,
}

/// The line to one HR system.
#[derive(Debug)]
struct Line {
    feed: Arc<Feed>,
    slots: Semaphore,
    /// Nobody asks before this.
    closed_until: Mutex<Option<Instant>>,
}

impl Reader {
    pub(super) fn new(feeds: &Feeds, handle: Handle, counts: Arc<Counts>) -> (Self, Reading) {
        let (sender, jobs) = mpsc::unbounded_channel();
        let line = |feed: &Arc<Feed>| {
            let line =
                Line { feed: Arc::clone(feed), slots: Semaphore::new(READS_AT_ONCE), closed_until: Mutex::new(None) };
            (feed.name().to_owned(), Arc::new(line))
        };
        let lines = feeds.iter().map(line).collect();
        let places = Arc::new(Semaphore::new(QUEUE_AT_MOST));
        (Self { places, jobs: sender }, Reading { jobs, lines, handle, counts })
    }

    pub(super) fn reserve(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    pub(super) fn start(&self, place: Place, parked: Parked) {
        // Nobody listens any more when the process is on its way out; the webhook is on disk.
        let _on_disk = self.jobs.send((Some(place), parked));
    }

    /// Takes up what was parked before this process began. It is on disk already: the queue's limit is not its limit.
    pub(super) fn resume(&self, parked: Vec<Parked>) {
        for parked in parked {
            let _on_disk = self.jobs.send((self.reserve(), parked));
        }
    }
}

impl Reading {
    /// Reads until dropped.
    pub(super) async fn run(mut self) {
        let mut reads = JoinSet::new();
        loop {
            tokio::select! {
                job = self.jobs.recv() => {
                    let Some((place, parked)) = job else { break };
                    let Some(line) = self.lines.get(&parked.source).map(Arc::clone) else {
                        let feed = &parked.source;
                        tracing::error!(feed, "a parked webhook of a feed that is not configured any more: put [hris.{feed}] back");
                        continue;
                    };
                    let (handle, counts) = (self.handle.clone(), Arc::clone(&self.counts));
                    reads.spawn(async move {
                        one_more(&counts.being_read);
                        line.settle(&handle, &counts, &parked).await;
                        counts.being_read.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                        drop(place);
                    });
                }
                Some(_) = reads.join_next() => {}
            }
        }
    }
}

impl Line {
    async fn settle(&self, handle: &Handle, counts: &Counts, parked: &Parked) {
        let told = self.read(counts, parked).await;
        let mut attempt = 0;
        while let Err(EngineError::Busy | EngineError::Refused(_)) = self.give(handle, counts, parked, &told).await {
            tokio::time::sleep(back_off(attempt)).await;
            attempt += 1;
        }
    }

    async fn read(&self, counts: &Counts, parked: &Parked) -> Told {
        let mut attempt = 0;
        loop {
            let error = match self.try_once(parked).await {
                Ok(told) => {
                    if counts.trouble(self.feed.name(), None) {
                        tracing::info!(feed = self.feed.name(), "the HR system can be read again");
                    }
                    return told;
                }
                Err(error) => error,
            };
            if counts.trouble(self.feed.name(), Some(&error.why)) {
                tracing::error!(feed = self.feed.name(), "a leaver cannot be read, and waits: {error}");
            }
            if let Some(after) = error.after {
                self.close(after.min(LONGEST_ASKED_FOR));
            }
            attempt = if error.lasting { attempt.max(5) } else { attempt };
            tokio::time::sleep(back_off(attempt)).await;
            attempt += 1;
        }
    }

    async fn try_once(&self, parked: &Parked) -> Result<Told, super::feeds::ReadError> {
        let _slot = self.slots.acquire().await;
        loop {
            let until = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => break,
            }
        }
        self.feed.read(parked, Timestamp::from(jiff::Timestamp::now())).await
    }

    fn close(&self, this_long: Duration) {
        let mut closed_until = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed_until = (*closed_until).max(Some(Instant::now() + this_long));
    }

    async fn give(&self, handle: &Handle, counts: &Counts, parked: &Parked, told: &Told) -> Result<(), EngineError> {
        let source = parked.source.clone();
        let aside = |reason: String| handle.set_aside(source.clone(), parked.event_id.clone(), reason);
        let taken = match told {
            Told::Notice(notice) => {
                let by = Actor::Hris { source: source.clone() };
                handle.notices(vec![HrNotice::clone(notice)], by).await?
            }
            Told::SetAside { reason, .. } => {
                tracing::warn!(feed = source, "a webhook was set aside: {reason}");
                vec![aside(reason.clone()).await?]
            }
            Told::Unrelated | Told::Park(_) => vec![aside("not a termination".to_owned()).await?],
        };
        for taken in &taken {
            counts.taken(taken);
        }
        Ok(())
    }
}

/// Twice as long each time, up to a limit, and each time a bit by chance, so that many do not come back together.
fn back_off(attempt: u32) -> Duration {
    let whole = FIRST_WAIT.saturating_mul(1 << attempt.min(12)).min(LONGEST_WAIT);
    let chance = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + chance / 2.0)
}
