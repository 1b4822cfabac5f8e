//! `[alerts]`: whom to tell.

use serde::Deserialize;

use super::channel::Channel;
use super::pagerduty::PagerDuty;
use super::slack::Slack;
use crate::config::{ConfigError, Section};
use crate::vault::SecretRef;

/// `[alerts]`. Without any channel nobody is told; the console shows every alert all the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsConfig {
    /// What this installation is called in alerts, and what sets its `PagerDuty` keys apart from another's.
    pub installation: String,
    /// The address of a Slack incoming webhook.
    pub slack_webhook: Option<SecretRef>,
    /// `[alerts.pagerduty]`.
    pub pagerduty: Option<PagerDutyConfig>,
}

/// `[alerts.pagerduty]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagerDutyConfig {
    /// The integration key of an Events API v2 integration.
    pub routing_key: SecretRef,
    /// Where events are sent.
    #[serde(default = "base_url")]
    pub base_url: String,
}

fn base_url() -> String {
    "https://events.pagerduty.com".to_owned()
}

/// A channel that cannot be used: the key in `[alerts]`, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("alerts.{key}: {what}")]
pub struct AlertsError {
    /// The key, as in `pagerduty.routing_key`.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self { installation: "nightlatch".to_owned(), slack_webhook: None, pagerduty: None }
    }
}

impl AlertsConfig {
    /// Reads `[alerts]`; a configuration without it tells nobody.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let config: Self = if section.is_present() { section.parse()? } else { Self::default() };
        let named =
            (1..=80).contains(&config.installation.trim().len()) && !config.installation.chars().any(char::is_control);
        if named {
            Ok(config)
        } else {
            Err(section.fault("installation", "not a name", "use a short text of one line, as in \"production\""))
        }
    }

    /// Fetches the secrets and makes the channels.
    pub(super) fn channels(&self) -> Result<Vec<Channel>, AlertsError> {
        let secret = |key: &'static str, reference: &SecretRef| {
            reference.resolve().map_err(|error| AlertsError { key, what: error.to_string() })
        };
        let mut channels = Vec::new();
        if let Some(webhook) = &self.slack_webhook {
            let key = "slack_webhook";
            let slack =
                Slack::new(secret(key, webhook)?, &self.installation).map_err(|what| AlertsError { key, what })?;
            channels.push(Channel::Slack(slack));
        }
        if let Some(config) = &self.pagerduty {
            let routing_key = secret("pagerduty.routing_key", &config.routing_key)?;
            let pagerduty = PagerDuty::new(&config.base_url, routing_key, &self.installation)
                .map_err(|what| AlertsError { key: "pagerduty.base_url", what })?;
            channels.push(Channel::PagerDuty(pagerduty));
        }
        Ok(channels)
    }
}
