//! Slack's incoming webhooks (docs.slack.dev): the address is the secret, the answer is plain text, `ok` means told.

use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};

use super::channel::Failure;
use super::{Alert, What, http, words};
use crate::vault::Secret;
use crate::web;

/// Characters of one alert's words.
const WORDS_AT_MOST: usize = 1_000;

pub(super) struct Slack {
    http: Client,
    url: Secret,
    installation: String,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slack").field("installation", &self.installation).finish_non_exhaustive()
    }
}

impl Slack {
    /// The error says what is wrong with the address, and does not show it.
    pub(super) fn new(url: Secret, installation: &str) -> Result<Self, String> {
        let parsed = http::address(url.expose().trim(), "the webhook's address")?;
        Ok(Self { http: http::client(&parsed)?, url, installation: installation.to_owned() })
    }

    pub(super) async fn tell(&self, alerts: &[&Alert]) -> Result<(), Failure> {
        let url =
            Url::parse(self.url.expose().trim()).map_err(|_| Failure::lasting("the webhook's address is none"))?;
        let answer =
            self.http.post(url).json(&self.message(alerts)).send().await.map_err(|error| http::lost(error, "Slack"))?;
        let (status, after) = (answer.status(), web::retry_after(&answer));
        let said = words::plain(&http::text(answer).await, 200);
        let told = format!("Slack answers HTTP {}: {said}", status.as_u16());
        match status {
            StatusCode::OK if said == "ok" => Ok(()),
            // Not Slack's words: something between here and there answers in its place.
            status if status.is_success() => Err(Failure::later(told)),
            StatusCode::TOO_MANY_REQUESTS => Err(Failure::Later { why: told, after, lasting: false }),
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                Err(Failure::Later { why: told, after, lasting: false })
            }
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Err(Failure::Never(told)),
            // The webhook was revoked, its channel archived: the alerts wait for another address.
            _ => Err(Failure::lasting(format!("{told}; renew alerts.slack_webhook"))),
        }
    }

    fn message(&self, alerts: &[&Alert]) -> Value {
        let lines: Vec<String> = alerts.iter().map(|alert| self.line(alert)).collect();
        // No markup and no previews: words of others are in it.
        json!({"text": lines.join("\n"), "mrkdwn": false, "unfurl_links": false, "unfurl_media": false})
    }

    fn line(&self, alert: &Alert) -> String {
        let plain = |text: &str| words::slack(&words::plain(text, WORDS_AT_MOST));
        let (key, from) = (plain(&alert.key), plain(&self.installation));
        match &alert.what {
            What::Raised { kind, summary } => {
                let severity = words::severity(*kind).to_uppercase();
                format!("{severity} {} ({key}, {from}, {})", plain(summary), alert.at)
            }
            What::Resolved { summary: Some(summary) } => {
                format!("RESOLVED {} ({key}, {from}, {})", plain(summary), alert.at)
            }
            What::Resolved { summary: None } => format!("RESOLVED {key} ({from}, {})", alert.at),
        }
    }
}
