//! Where alerts can be told.

use std::time::Duration;

use super::Alert;
use super::pagerduty::PagerDuty;
use super::slack::Slack;

/// Why an alert was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It never will be: the other side refuses this very alert.
    Never(String),
    /// It may be later.
    Later {
        why: String,
        /// Not before this, if the other side said so.
        after: Option<Duration>,
        /// It stays so until a person changes something.
        lasting: bool,
    },
}

impl Failure {
    pub(super) fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None, lasting: false }
    }

    pub(super) fn lasting(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), after: None, lasting: true }
    }
}

/// A way to tell people.
#[derive(Debug)]
pub(super) enum Channel {
    Slack(Slack),
    PagerDuty(PagerDuty),
}

impl Channel {
    /// Also its cursor's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Slack(_) => "alert.slack",
            Self::PagerDuty(_) => "alert.pagerduty",
        }
    }

    /// How many alerts fit into one telling.
    pub(super) fn at_once(&self) -> usize {
        match self {
            Self::Slack(_) => 20,
            Self::PagerDuty(_) => 1,
        }
    }

    /// How long to wait between two tellings: Slack takes about one message a second.
    pub(super) fn pause(&self) -> Duration {
        match self {
            Self::Slack(_) => Duration::from_secs(1),
            Self::PagerDuty(_) => Duration::ZERO,
        }
    }

    pub(super) async fn tell(&self, alerts: &[&Alert]) -> Result<(), Failure> {
        match self {
            Self::Slack(slack) => slack.tell(alerts).await,
            Self::PagerDuty(pagerduty) => {
                for alert in alerts {
                    pagerduty.tell(alert).await?;
                }
                Ok(())
            }
        }
    }
}
