//! What the alert receivers got.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock;
use super::lock::hold;

/// How many messages are kept; a rehearsal sends far fewer.
const KEEP: usize = 10_000;

/// Everything that the alert receivers hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alerts {
    /// Messages to Slack, oldest first.
    pub slack: Vec<Message>,
    /// `PagerDuty` alerts, oldest first; resolved ones stay.
    pub pagerduty: Vec<Incident>,
}

/// A message posted to Slack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Arrival, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// The webhook's last path part, or the channel of `chat.postMessage`.
    pub to: String,
    /// The body as sent.
    pub body: Value,
}

/// One alert at `PagerDuty`, from its first trigger to its resolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// What events with the same key are merged by while it is not resolved.
    pub dedup_key: String,
    /// `triggered`, `acknowledged` or `resolved`.
    pub state: String,
    /// How many trigger events it has taken.
    pub triggers: u32,
    /// The last trigger's summary.
    pub summary: String,
    /// The last trigger's severity.
    pub severity: String,
    /// First trigger, milliseconds since 1970 UTC.
    pub opened_ms: u64,
    /// Last event, milliseconds since 1970 UTC.
    pub changed_ms: u64,
}

/// The receivers' own storage.
#[derive(Default)]
pub(super) struct AlertBook(Mutex<Alerts>);

impl AlertBook {
    pub(super) fn snapshot(&self) -> Alerts {
        hold(&self.0).clone()
    }

    pub(super) fn post(&self, to: &str, body: Value) {
        let mut alerts = hold(&self.0);
        if alerts.slack.len() < KEEP {
            alerts.slack.push(Message { at_ms: clock::epoch_ms(), to: to.to_owned(), body });
        }
    }

    /// A trigger joins the open alert of its key, or opens a new one.
    pub(super) fn trigger(&self, dedup_key: &str, summary: &str, severity: &str) {
        let mut alerts = hold(&self.0);
        let now = clock::epoch_ms();
        if let Some(open) = open_one(&mut alerts, dedup_key) {
            open.triggers += 1;
            summary.clone_into(&mut open.summary);
            severity.clone_into(&mut open.severity);
            open.changed_ms = now;
        } else if alerts.pagerduty.len() < KEEP {
            alerts.pagerduty.push(Incident {
                dedup_key: dedup_key.to_owned(),
                state: "triggered".into(),
                triggers: 1,
                summary: summary.to_owned(),
                severity: severity.to_owned(),
                opened_ms: now,
                changed_ms: now,
            });
        }
    }

    /// Acknowledges or resolves the open alert of the key; without one nothing happens, as at the vendor.
    pub(super) fn settle(&self, dedup_key: &str, state: &str) {
        let mut alerts = hold(&self.0);
        if let Some(open) = open_one(&mut alerts, dedup_key) {
            state.clone_into(&mut open.state);
            open.changed_ms = clock::epoch_ms();
        }
    }
}

fn open_one<'a>(alerts: &'a mut Alerts, dedup_key: &str) -> Option<&'a mut Incident> {
    alerts.pagerduty.iter_mut().rev().find(|one| one.dedup_key == dedup_key && one.state != "resolved")
}
