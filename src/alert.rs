//! Tells people: Slack and `PagerDuty`, from the journal.
//!
//! What is told are the journal's own events, so that nothing is told that did not happen, and a crash loses nothing. Each
//! channel reads at its own cursor and moves it only after the other side has taken the alert: one that is down holds up
//! no other and catches up later. So an alert is told at least once. `PagerDuty` knows a second telling by its key; Slack
//! shows it twice.

mod channel;
pub mod config;
mod http;
mod pagerduty;
mod slack;
mod telling;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::model::{AlertKind, Envelope, Timestamp};
use channel::Channel;
pub use config::{AlertsConfig, AlertsError};
use telling::Telling;

/// A future that a journal returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The journal could not be read, or a cursor not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JournalError(pub String);

/// What the alerter needs of the journal.
pub trait Journal: Send + Sync {
    /// Raised and resolved alerts with a number from `from` on, in order, at most `limit`. An empty list: no more.
    fn alerts_from(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Envelope>, JournalError>>;

    /// The number of the next event that this channel has to see; 0: it has never told anything. Read once, at the start.
    fn cursor<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<u64, JournalError>>;

    /// Keeps that this channel has dealt with every event before `next`. May reach the disk later: what is told twice after
    /// a crash does no harm.
    fn advance<'a>(&'a self, name: &'a str, next: u64) -> BoxFuture<'a, Result<(), JournalError>>;
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) at: Timestamp,
    pub(crate) key: String,
    pub(crate) what: What,
}

/// What is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Raised {
        kind: AlertKind,
        summary: String,
    },
    /// With the words with which it was raised, if they are still known.
    Resolved {
        summary: Option<String>,
    },
}

/// How a channel does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelState {
    /// `alert.slack` or `alert.pagerduty`: also the name of its cursor.
    pub name: String,
    /// What it met when it last failed; `None`: it works. Alerts wait in the journal meanwhile.
    pub trouble: Option<String>,
}

/// Tells every alert to every channel.
pub struct Alerter {
    journal: Arc<dyn Journal>,
    channels: Vec<Channel>,
    states: watch::Sender<BTreeMap<String, ChannelState>>,
}

impl Alerter {
    /// An alerter for the channels of `config`, whose secrets it fetches; without any it does nothing.
    pub fn new(config: &AlertsConfig, journal: Arc<dyn Journal>) -> Result<Self, AlertsError> {
        Ok(Self::with(config.channels()?, journal))
    }

    fn with(channels: Vec<Channel>, journal: Arc<dyn Journal>) -> Self {
        let state = |channel: &Channel| {
            let name = channel.name().to_owned();
            (name.clone(), ChannelState { name, trouble: None })
        };
        let states = watch::Sender::new(channels.iter().map(state).collect());
        Self { journal, channels, states }
    }

    /// How the channels do, now and whenever that changes.
    pub fn states(&self) -> watch::Receiver<BTreeMap<String, ChannelState>> {
        self.states.subscribe()
    }

    /// Tells until `shutdown`. `wake` is told whenever the journal has grown; what it carries does not matter.
    pub async fn run(self, wake: watch::Receiver<u64>, shutdown: impl Future<Output = ()>) {
        let mut loops = JoinSet::new();
        for channel in self.channels {
            let (journal, states) = (Arc::clone(&self.journal), self.states.clone());
            loops.spawn(Telling::new(channel, journal, states, wake.clone()).run());
        }
        // Dropping the loops ends them wherever they are: their cursors are on disk.
        shutdown.await;
    }
}
