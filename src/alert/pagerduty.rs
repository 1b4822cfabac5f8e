//! `PagerDuty` Events API v2, after its published `OpenAPI` description.

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::channel::Failure;
use super::{Alert, What, http, words};
use crate::vault::Secret;
use crate::web;

const SUMMARY_AT_MOST: usize = 1_024;
const DEDUP_KEY_AT_MOST: usize = 255;

#[derive(Debug)]
pub(super) struct PagerDuty {
    http: Client,
    enqueue: Url,
    routing_key: Secret,
    installation: String,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Vec<String>,
}

impl PagerDuty {
    pub(super) fn new(base: &str, routing_key: Secret, installation: &str) -> Result<Self, String> {
        let mut enqueue = http::address(base, base)?;
        enqueue
            .path_segments_mut()
            .map_err(|()| format!("`{base}` cannot carry a path"))?
            .pop_if_empty()
            .extend(["v2", "enqueue"]);
        Ok(Self { http: http::client(&enqueue)?, enqueue, routing_key, installation: installation.to_owned() })
    }

    pub(super) async fn tell(&self, alert: &Alert) -> Result<(), Failure> {
        let request = self.http.post(self.enqueue.clone()).json(&self.event(alert));
        let answer = request.send().await.map_err(|error| http::lost(error, "PagerDuty"))?;
        let (status, after) = (answer.status(), web::retry_after(&answer));
        let body = http::text(answer).await;
        let said = serde_json::from_str::<Answer>(&body).ok();
        let words = said.as_ref().map(|said| format!("{} {}", said.message, said.errors.join("; "))).unwrap_or(body);
        let told = format!("PagerDuty answers HTTP {}: {}", status.as_u16(), words::plain(&words, 300));
        match status {
            StatusCode::ACCEPTED if said.is_some_and(|said| said.status == "success") => Ok(()),
            status if status.is_success() => Err(Failure::later(told)),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Err(Failure::Never(told)),
            status
                if status.is_server_error()
                    || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) =>
            {
                Err(Failure::Later { why: told, after, lasting: false })
            }
            _ => Err(Failure::lasting(told)),
        }
    }

    fn event(&self, alert: &Alert) -> Value {
        let dedup_key = dedup_key(&self.installation, &alert.key);
        match &alert.what {
            What::Raised { kind, summary } => json!({
                "routing_key": self.routing_key.expose(),
                "event_action": "trigger",
                "dedup_key": dedup_key,
                "client": "Nightlatch",
                "payload": {
                    "summary": words::plain(summary, SUMMARY_AT_MOST),
                    "source": self.installation,
                    "severity": words::severity(*kind),
                    "timestamp": alert.at.to_string(),
                    "component": "nightlatch",
                    "class": kind.word(),
                    "custom_details": {"key": alert.key, "installation": self.installation},
                },
            }),
            What::Resolved { .. } => json!({
                "routing_key": self.routing_key.expose(),
                "event_action": "resolve",
                "dedup_key": dedup_key,
            }),
        }
    }
}

/// The same for an alert's raising and its resolving, different for two installations that share a service. A key that is
/// too long is cut and ends in its digest, so that it stays the only one.
fn dedup_key(installation: &str, key: &str) -> String {
    let whole = format!("{installation}/{key}");
    if whole.len() <= DEDUP_KEY_AT_MOST {
        return whole;
    }
    let digest = hex::encode(&Sha256::digest(whole.as_bytes())[..16]);
    let mut end = DEDUP_KEY_AT_MOST - digest.len() - 1;
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}#{digest}", &whole[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_stays_the_only_one_of_its_kind() {
        assert_eq!(dedup_key("prod", "ob-1/3"), "prod/ob-1/3");
        let long = "é".repeat(300);
        let (one, other) = (dedup_key("prod", &long), dedup_key("prod", &format!("{long}x")));
        assert!(one.len() <= 255 && other.len() <= 255);
        assert_ne!(one, other);
    }
}
