//! One channel's way through the journal.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::channel::{Channel, Failure};
use super::{Alert, ChannelState, Journal, JournalError, What};
use crate::model::{Envelope, Event};

/// Events read at once.
const PAGE: u32 = 256;
/// The journal is looked at this often even if nobody says that it grew.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// After a try that failed: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// After one that fails until a person changes something.
const LASTING_WAIT: Duration = Duration::from_secs(5 * 60);
/// Whatever a channel asks for, it is tried again within this.
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(15 * 60);
/// Open alerts whose words are remembered for the day on which they are resolved.
const WORDS_AT_MOST: usize = 10_000;

pub(super) type States = watch::Sender<BTreeMap<String, ChannelState>>;

pub(super) struct Telling {
    channel: Channel,
    journal: Arc<dyn Journal>,
    states: States,
    wake: watch::Receiver<u64>,
    /// The number of the next event to see; `None`: not read from the journal yet.
    next: Option<u64>,
    /// The words of open alerts, as far as this process has seen them raised.
    words: HashMap<String, String>,
}

impl Telling {
    pub(super) fn new(channel: Channel, journal: Arc<dyn Journal>, states: States, wake: watch::Receiver<u64>) -> Self {
        Self { channel, journal, states, wake, next: None, words: HashMap::new() }
    }

    /// Tells until dropped.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        loop {
            self.wake.mark_unchanged();
            match self.catch_up().await {
                Ok(()) => {
                    failures = 0;
                    self.wait().await;
                }
                Err(error) => {
                    tracing::error!(channel = self.channel.name(), "alerts wait, the journal cannot be used: {error}");
                    tokio::time::sleep(back_off(failures)).await;
                    failures += 1;
                }
            }
        }
    }

    async fn wait(&mut self) {
        let grown = async {
            // Without anybody to say that it has grown, it is looked at now and then.
            if self.wake.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let _either = tokio::time::timeout(LOOK_EVERY, grown).await;
    }

    async fn catch_up(&mut self) -> Result<(), JournalError> {
        let mut next = match self.next {
            Some(next) => next,
            None => self.journal.cursor(self.channel.name()).await?,
        };
        if next == 0 {
            next = self.begin().await?;
        }
        self.next = Some(next);
        loop {
            let page = self.journal.alerts_from(next, PAGE).await?;
            let Some(last) = page.last().map(|envelope| envelope.seq) else { return Ok(()) };
            let alerts: Vec<(u64, Alert)> = page.iter().filter_map(|envelope| self.alert(envelope)).collect();
            let mut batches = alerts.chunks(self.channel.at_once()).peekable();
            while let Some(batch) = batches.next() {
                self.tell_until_taken(batch).await;
                if let Some((seq, _)) = batch.last() {
                    self.advance(seq + 1).await?;
                }
                if batches.peek().is_some() {
                    tokio::time::sleep(self.channel.pause()).await;
                }
            }
            next = last + 1;
            self.advance(next).await?;
        }
    }

    /// A channel's first look at a journal, which may be years old: it is told what is still open, and no more.
    async fn begin(&mut self) -> Result<u64, JournalError> {
        let mut open: Vec<(u64, Alert)> = Vec::new();
        let mut next = 0;
        loop {
            let page = self.journal.alerts_from(next, PAGE).await?;
            let Some(last) = page.last().map(|envelope| envelope.seq) else { break };
            next = last + 1;
            for (seq, alert) in page.iter().filter_map(|envelope| self.alert(envelope)) {
                open.retain(|(_, known)| known.key != alert.key);
                if matches!(alert.what, What::Raised { .. }) {
                    open.push((seq, alert));
                }
            }
        }
        for batch in open.chunks(self.channel.at_once()) {
            self.tell_until_taken(batch).await;
            tokio::time::sleep(self.channel.pause()).await;
        }
        if next > 0 {
            self.advance(next).await?;
        }
        Ok(next)
    }

    async fn advance(&mut self, next: u64) -> Result<(), JournalError> {
        self.next = Some(next);
        self.journal.advance(self.channel.name(), next).await
    }

    async fn tell_until_taken(&self, alerts: &[(u64, Alert)]) {
        let name = self.channel.name();
        let alerts: Vec<&Alert> = alerts.iter().map(|(_, alert)| alert).collect();
        let mut failures = 0;
        loop {
            match self.channel.tell(&alerts).await {
                Ok(()) => return self.state(None),
                Err(Failure::Never(why)) => {
                    let keys: Vec<&str> = alerts.iter().map(|alert| alert.key.as_str()).collect();
                    tracing::error!(
                        channel = name,
                        ?keys,
                        "an alert was refused for good, and is not told here: {why}"
                    );
                    return self.state(Some(&format!("an alert was refused: {why}")));
                }
                Err(Failure::Later { why, after, lasting }) => {
                    if failures == 0 {
                        tracing::error!(channel = name, "alerts wait: {why}");
                    }
                    self.state(Some(&why));
                    let wait = if lasting { LASTING_WAIT } else { back_off(failures) };
                    tokio::time::sleep(after.map_or(wait, |after| after.min(LONGEST_ASKED_FOR).max(FIRST_WAIT))).await;
                    failures += 1;
                }
            }
        }
    }

    fn state(&self, trouble: Option<&str>) {
        self.states.send_if_modified(|states| {
            let Some(state) = states.get_mut(self.channel.name()) else { return false };
            let changed = state.trouble.as_deref() != trouble;
            state.trouble = trouble.map(str::to_owned);
            changed
        });
    }

    fn alert(&mut self, envelope: &Envelope) -> Option<(u64, Alert)> {
        let (key, what) = match &envelope.event {
            Event::AlertRaised { key, kind, summary } => {
                if self.words.len() >= WORDS_AT_MOST {
                    self.words.clear();
                }
                self.words.insert(key.clone(), summary.clone());
                (key, What::Raised { kind: *kind, summary: summary.clone() })
            }
            Event::AlertResolved { key } => (key, What::Resolved { summary: self.words.remove(key) }),
            _ => return None,
        };
        Some((envelope.seq, Alert { at: envelope.at, key: key.clone(), what }))
    }
}

/// Twice as long each time, up to a limit, and each time a bit by chance.
fn back_off(failures: u32) -> Duration {
    let whole = FIRST_WAIT.saturating_mul(1 << failures.min(10)).min(LONGEST_WAIT);
    let chance = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + chance / 2.0)
}
