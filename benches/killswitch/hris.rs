//! The HR system: signed webhooks, one leaver each, sent one by one or by many connections at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::counter::Counter;

pub(crate) const KEY: &str = "the benchmark's webhook key";
/// Connections by which a crowd is sent.
const CONNECTIONS: usize = 64;

/// When a webhook was sent and when it was answered with 200, on the counter's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Posted {
    pub(crate) person: u32,
    pub(crate) sent: Duration,
    pub(crate) answered: Duration,
}

/// Sends webhooks to one address.
#[derive(Debug, Clone)]
pub(crate) struct Hris {
    client: reqwest::Client,
    url: String,
    counter: Counter,
}

fn body(person: u32, urgent: bool) -> String {
    let email = super::email(person);
    serde_json::json!({"employees": [{
        "id": person.to_string(),
        "action": "Updated",
        "timestamp": "2026-11-23T08:00:00Z",
        "changedFields": ["status"],
        "fields": {
            "workEmail": {"value": email},
            "displayName": {"value": format!("Leaver {person}")},
            "department": {"value": "Engineering"},
            "jobTitle": {"value": "Engineer"},
            "country": {"value": "DE"},
            "status": {"value": "Inactive"},
            "privileged": {"value": if urgent { "yes" } else { "no" }},
        },
    }]})
    .to_string()
}

/// `X-BambooHR-Signature` over body and timestamp.
pub(crate) fn signature(body: &[u8], timestamp: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body);
    mac.update(timestamp.as_bytes());
    mac
}

impl Hris {
    pub(crate) fn new(url: String, counter: Counter) -> Self {
        let client = reqwest::Client::builder().tcp_nodelay(true).build().unwrap();
        Self { client, url, counter }
    }

    pub(crate) async fn post(&self, person: u32, urgent: bool) -> Posted {
        let body = body(person, urgent);
        let timestamp = jiff::Timestamp::now().as_second().to_string();
        let signature = hex::encode(signature(body.as_bytes(), &timestamp).finalize().into_bytes());
        let request = self.client.post(&self.url);
        let request = request.header("X-BambooHR-Timestamp", timestamp).header("X-BambooHR-Signature", signature);
        let request = request.body(body).build().unwrap();
        let sent = self.counter.now();
        let answer = self.client.execute(request).await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {said}");
        Posted { person, sent, answered: self.counter.now() }
    }

    /// All of them, as fast as 64 connections take them.
    pub(crate) async fn post_all(&self, people: std::ops::Range<u32>) -> Vec<Posted> {
        let next = Arc::new(AtomicUsize::new(people.start as usize));
        let senders = (0..CONNECTIONS).map(|_| {
            let (this, next, end) = (self.clone(), Arc::clone(&next), people.end as usize);
            tokio::spawn(async move {
                let mut posted = Vec::new();
                loop {
                    let person = next.fetch_add(1, Ordering::Relaxed);
                    if person >= end {
                        return posted;
                    }
                    posted.push(this.post(u32::try_from(person).unwrap(), false).await);
                }
            })
        });
        let mut all = Vec::new();
        for sender in senders.collect::<Vec<_>>() {
            all.extend(sender.await.unwrap());
        }
        all
    }

    /// All of them, one every `every`.
    pub(crate) async fn post_paced(&self, people: std::ops::Range<u32>, every: Duration) -> Vec<Posted> {
        let mut beat = tokio::time::interval(every);
        let mut sent = Vec::new();
        for person in people {
            beat.tick().await;
            let this = self.clone();
            sent.push(tokio::spawn(async move { this.post(person, false).await }));
        }
        let mut all = Vec::new();
        for one in sent {
            all.push(one.await.unwrap());
        }
        all
    }
}
