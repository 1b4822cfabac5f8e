//! The HR systems that are listened to, by the name in `POST /hris/<name>`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;

use super::bamboohr::{BambooConfig, BambooHr};
use super::config::IntakeConfig;
use super::person;
use super::signature::Unverified;
use crate::config::{ConfigError, Section};
use crate::engine::Parked;
use crate::model::{HrNotice, Leaver, Timestamp};
use crate::vault::{Secret, SecretRef};

/// What a verified webhook says of one person.
#[derive(Debug)]
pub(crate) enum Told {
    /// Everything that is needed.
    Notice(Box<HrNotice>),
    /// The person has to be read first.
    Park(Parked),
    /// It opens nothing, and somebody may want to know why.
    SetAside { event_id: String, reason: String },
    /// It has nothing to do with leaving.
    Unrelated,
}

/// What a verified webhook says.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) notices: Vec<HrNotice>,
    pub(crate) parked: Vec<Parked>,
    /// Event id and reason.
    pub(crate) set_aside: Vec<(String, String)>,
    pub(crate) unrelated: u64,
}

/// A webhook that is to be set aside, as it lies on disk for the moment before that; if the process dies in that moment,
/// the next one sets it aside.
pub(crate) fn to_set_aside(source: &str, event_id: &str, reason: &str, now: Timestamp) -> Parked {
    let body = serde_json::json!({ SET_ASIDE: reason });
    Parked { source: source.to_owned(), event_id: event_id.to_owned(), received_at: now, body }
}

const SET_ASIDE: &str = "set_aside";

/// Who is leaving, or has left, by what HR's records say.
#[derive(Debug, Default)]
pub struct Terminated {
    /// Who.
    pub leaving: Vec<Leaving>,
    /// Of whom too little is known to offboard them: why.
    pub unusable: Vec<String>,
}

/// One of them.
#[derive(Debug)]
pub struct Leaving {
    /// Who.
    pub leaver: Leaver,
    /// When access ends; `None`: it should have ended.
    pub effective_at: Option<Timestamp>,
}

/// Why a person could not be read. It is tried again for ever: a webhook that was answered with 200 is not lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct ReadError {
    pub(crate) why: String,
    /// Not before this, if the HR system said so.
    pub(crate) after: Option<Duration>,
    /// It stays so until a person changes something.
    pub(crate) lasting: bool,
}

impl ReadError {
    pub(crate) fn later(why: String) -> Self {
        Self { why, after: None, lasting: false }
    }

    pub(crate) fn lasting(why: String) -> Self {
        Self { why, after: None, lasting: true }
    }
}

/// One HR system.
#[derive(Debug)]
pub struct Feed {
    name: String,
    vendor: Vendor,
}

#[derive(Debug)]
enum Vendor {
    BambooHr(Box<BambooHr>),
}

impl Feed {
    /// Reads `[hris.<name>]` and fetches its secrets.
    pub fn open(section: &Section, intake: &IntakeConfig) -> Result<Self, ConfigError> {
        if section.kind != "bamboohr" {
            let what = match section.kind.as_str() {
                "" => "the key `type` is missing".to_owned(),
                kind => format!("`{kind}` is no HR system known here"),
            };
            return Err(section.fault("type", what, "known: bamboohr"));
        }
        let config: BambooConfig = section.parse()?;
        let secret = |key: &str, reference: &SecretRef| {
            let cure = "see that the engine can read it";
            reference.resolve().map_err(|error| section.fault(key, error.to_string(), cure))
        };
        let keys = config.webhook_keys.iter().map(|key| secret("webhook_keys", key)).collect::<Result<_, _>>()?;
        let api_key = config.api_key.as_ref().map(|key| secret("api_key", key)).transpose()?;
        Self::bamboohr(section.id.as_str(), config, keys, api_key, intake)
            .map_err(|(key, what)| section.fault(key, what, ""))
    }

    /// A `BambooHR` whose secrets are at hand. The error names the key.
    pub fn bamboohr(
        name: &str,
        config: BambooConfig,
        keys: Vec<Secret>,
        api_key: Option<Secret>,
        intake: &IntakeConfig,
    ) -> Result<Self, (&'static str, String)> {
        // Anybody can sign with an empty key.
        if keys.is_empty() || keys.iter().any(|key| key.expose().trim().is_empty()) {
            return Err((
                "webhook_keys",
                "an empty list, or an empty key: every webhook would be refused or believed".to_owned(),
            ));
        }
        if let Some((location, zone)) = config.zones.iter().find(|(_, zone)| person::zone(zone).is_none()) {
            return Err(("zones", format!("`{zone}` of {location} is not a time zone known here; use an IANA name")));
        }
        let vendor = BambooHr::new(name, config, keys, api_key, intake).map_err(|what| ("base_url", what))?;
        Ok(Self { name: name.to_owned(), vendor: Vendor::BambooHr(Box::new(vendor)) })
    }

    /// Its name in the configuration and in the webhook's address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether people can be read from it.
    pub fn can_read(&self) -> bool {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.can_read(),
        }
    }

    pub(crate) fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Unverified> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.verify(headers, body, now),
        }
    }

    pub(crate) fn hear(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Heard, String> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.hear(headers, body, now),
        }
    }

    pub(crate) async fn read(&self, parked: &Parked, now: Timestamp) -> Result<Told, ReadError> {
        if let Some(reason) = parked.body.get(SET_ASIDE).and_then(serde_json::Value::as_str) {
            return Ok(Told::SetAside { event_id: parked.event_id.clone(), reason: reason.to_owned() });
        }
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.read(parked, now).await,
        }
    }

    pub(crate) async fn find(&self, who: &str) -> Result<Vec<Leaver>, ReadError> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.find(who).await,
        }
    }

    /// Like [`Self::find`], by login or name too.
    pub(crate) async fn search(&self, who: &str) -> Result<Vec<Leaver>, ReadError> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.search(who).await,
        }
    }

    /// The employee ids of those whose record was changed since then and has an end of employment in it.
    pub(crate) async fn touched_terminations(&self, since: Timestamp) -> Result<Vec<String>, ReadError> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.touched_terminations(since).await,
        }
    }

    /// Of these employees, those who are leaving or have left.
    pub(crate) async fn terminated(&self, ids: &[String], now: Timestamp) -> Result<Terminated, ReadError> {
        match &self.vendor {
            Vendor::BambooHr(vendor) => vendor.terminated(ids, now).await,
        }
    }
}

/// Every configured HR system.
#[derive(Debug, Clone, Default)]
pub struct Feeds(BTreeMap<String, Arc<Feed>>);

impl Feeds {
    /// These feeds, by name.
    pub fn new(feeds: impl IntoIterator<Item = Feed>) -> Self {
        Self(feeds.into_iter().map(|feed| (feed.name.clone(), Arc::new(feed))).collect())
    }

    /// Reads every `[hris.<name>]`.
    pub fn open(sections: &[Section], intake: &IntakeConfig) -> Result<Self, ConfigError> {
        sections.iter().map(|section| Feed::open(section, intake)).collect::<Result<Vec<_>, _>>().map(Self::new)
    }

    /// Whether no HR system is configured: then nobody sends webhooks.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The feed of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Feed>> {
        self.0.get(name)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Feed>> {
        self.0.values()
    }
}
