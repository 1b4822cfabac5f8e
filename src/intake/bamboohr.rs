//! `BambooHR`: its signature, its two families of webhook, and reading an employee.
//!
//! After the vendor's pages on webhooks and on employees (documentation.bamboohr.com). `X-BambooHR-Signature` is the
//! lower-case hex HMAC-SHA256, under the webhook's private key, of the body followed by `X-BambooHR-Timestamp` as sent.
//!
//! The *legacy* family carries the employee's fields; with an e-mail and a status among them the notice is complete and
//! one fsync away from the first call. The newer family is *thin*: an employee's id and the names of what changed. It is
//! parked, and the employee is read. The vendor sends a 4xx never again, and a 5xx five times within 155 minutes.

mod client;
pub mod config;
mod judge;
mod newest;
mod record;
mod terminated;
mod webhook;

use axum::http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

pub use config::{ArmOn, BambooConfig, Fields};

use super::config::IntakeConfig;
use super::feeds::{Heard, ReadError, Told};
use super::signature::{self, Keys, Unverified};
use crate::engine::Parked;
use crate::model::{HrNotice, Leaver, NoticeKind, Timestamp};
use crate::vault::Secret;
use client::Client;
use judge::Standing;
use newest::Newest;
use record::Record;

const SIGNATURE: HeaderName = HeaderName::from_static("x-bamboohr-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-bamboohr-timestamp");

/// One company's `BambooHR`.
#[derive(Debug)]
pub(crate) struct BambooHr {
    name: String,
    config: BambooConfig,
    tolerance_s: u64,
    default_zone: String,
    keys: Keys,
    client: Option<Client>,
    newest: Newest,
}

/// What is kept on disk of a webhook whose person has still to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    employee_id: String,
    /// Whether what changed has to do with leaving: then an answer "has not left" is asked for twice.
    about_leaving: bool,
}

impl BambooHr {
    pub(crate) fn new(
        name: &str,
        config: BambooConfig,
        keys: Vec<Secret>,
        api_key: Option<Secret>,
        intake: &IntakeConfig,
    ) -> Result<Self, String> {
        let client = match api_key {
            Some(key) => Some(Client::new(&config, key)?),
            None => None,
        };
        Ok(Self {
            name: name.to_owned(),
            tolerance_s: intake.tolerance_s,
            default_zone: intake.default_zone.clone(),
            keys: Keys::new(keys),
            config,
            client,
            newest: Newest::default(),
        })
    }

    /// Whether these bytes come from this company's `BambooHR`, now. All the work is done whatever is wrong.
    pub(crate) fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Unverified> {
        let timestamp = signature::only(headers, &TIMESTAMP);
        let parts = [body, timestamp.unwrap_or_default().as_bytes()];
        let signed = self.keys.verify(&parts, signature::only(headers, &SIGNATURE));
        let near = signature::near(timestamp, now, self.tolerance_s);
        signed.and(near)
    }

    /// What a verified body says, person by person.
    pub(crate) fn hear(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Heard, String> {
        let sent_at = signature::only(headers, &TIMESTAMP).unwrap_or_default();
        let changes = webhook::parse(body, sent_at)?;
        let mut heard = Heard::default();
        for change in changes {
            match self.weigh(change, now) {
                Told::Notice(notice) => heard.notices.push(*notice),
                Told::Park(parked) => heard.parked.push(parked),
                Told::SetAside { event_id, reason } => heard.set_aside.push((event_id, reason)),
                Told::Unrelated => heard.unrelated += 1,
            }
        }
        Ok(heard)
    }

    fn weigh(&self, change: webhook::Change, now: Timestamp) -> Told {
        let about_leaving = self.config.fields.is_about_leaving(&change.changed_fields);
        let webhook::Change { event_id, employee_id, at, record, .. } = change;
        let Some(record) = record else { return self.ask(event_id, employee_id, about_leaving, now) };
        let standing = judge::standing(&self.config, &self.default_zone, &record, now);
        if standing == Standing::Employed && !about_leaving {
            return Told::Unrelated;
        }
        let leaver = record::leaver(&self.config, &self.default_zone, &employee_id, &record);
        let is_newest = self.newest.takes(&employee_id, at);
        match (standing, leaver) {
            // All that is needed, in one webhook: straight to the engine.
            (Standing::Leaving { effective_at }, Ok(leaver)) if is_newest => {
                self.notice(event_id, NoticeKind::Terminated, leaver, effective_at)
            }
            // Not enough to act on. Nor is the word of a webhook that a termination is called off: it may come late.
            _ if self.client.is_some() => self.ask(event_id, employee_id, about_leaving, now),
            _ if !is_newest => {
                let reason = format!("older than a webhook already taken about employee {employee_id}: nothing to do");
                Told::SetAside { event_id, reason }
            }
            (Standing::Employed, Ok(leaver)) => self.notice(event_id, NoticeKind::Rescinded, leaver, None),
            (Standing::Employed, Err(_)) => Told::SetAside { event_id, reason: not_a_termination(&employee_id) },
            (Standing::Leaving { .. }, _) => {
                Told::SetAside { event_id, reason: self.cannot_read("carries no usable work e-mail", &employee_id) }
            }
            (Standing::Unknown, _) => {
                Told::SetAside { event_id, reason: self.cannot_read("carries no status", &employee_id) }
            }
        }
    }

    fn notice(&self, event_id: String, kind: NoticeKind, leaver: Leaver, effective_at: Option<Timestamp>) -> Told {
        Told::Notice(Box::new(HrNotice {
            source: self.name.clone(),
            event_id,
            kind,
            leaver,
            effective_at,
            by_hand: false,
            reason: None,
        }))
    }

    fn ask(&self, event_id: String, employee_id: String, about_leaving: bool, now: Timestamp) -> Told {
        if self.client.is_none() {
            return Told::SetAside { event_id, reason: self.cannot_read("names an employee only", &employee_id) };
        }
        let body = serde_json::json!(Asked { employee_id, about_leaving });
        Told::Park(Parked { source: self.name.clone(), event_id, received_at: now, body })
    }

    fn has_an_end(&self, record: &Record, now: Timestamp) -> bool {
        matches!(judge::standing(&self.config, &self.default_zone, record, now), Standing::Leaving { .. })
    }

    fn cannot_read(&self, what: &str, employee_id: &str) -> String {
        format!(
            "the webhook {what}, and the HR system cannot be asked: set hris.{}.api_key, and if employee {employee_id} \
             has left, open the offboarding with `nightlatch leaver add`",
            self.name
        )
    }

    /// Reads the person of a parked webhook. [`Told::Park`] never comes back.
    pub(crate) async fn read(&self, parked: &Parked, now: Timestamp) -> Result<Told, ReadError> {
        let event_id = parked.event_id.clone();
        let Ok(asked) = serde_json::from_value::<Asked>(parked.body.clone()) else {
            let reason =
                "the parked webhook cannot be read: look in the HR system who left, and use `nightlatch leaver add`";
            return Ok(Told::SetAside { event_id, reason: reason.to_owned() });
        };
        let employee_id = asked.employee_id.as_str();
        let Some(client) = &self.client else {
            return Ok(Told::SetAside { event_id, reason: self.cannot_read("names an employee only", employee_id) });
        };
        let mut record = client.employee(employee_id).await?;
        if asked.about_leaving && !record.as_ref().is_some_and(|record| self.has_an_end(record, now)) {
            // A read may lag behind the webhook that it follows: nobody is let off on the word of the first.
            tokio::time::sleep(self.config.confirm_after()).await;
            record = client.employee(employee_id).await?;
        }
        let Some(record) = record else {
            let reason = format!(
                "the HR system knows no employee {employee_id}: if somebody has left, look up who, and use \
                 `nightlatch leaver add`"
            );
            return Ok(Told::SetAside { event_id, reason });
        };
        let standing = judge::standing(&self.config, &self.default_zone, &record, now);
        let leaver = record::leaver(&self.config, &self.default_zone, employee_id, &record);
        Ok(match (standing, leaver) {
            (Standing::Leaving { effective_at }, Ok(leaver)) => {
                self.notice(event_id, NoticeKind::Terminated, leaver, effective_at)
            }
            (Standing::Leaving { .. }, Err(why)) => Told::SetAside {
                event_id,
                reason: format!(
                    "employee {employee_id} has left, but their work e-mail {why}: correct it in the HR system, or use `nightlatch leaver add`"
                ),
            },
            (Standing::Unknown, _) => Told::SetAside {
                event_id,
                reason: format!(
                    "the HR system shows neither status nor termination date of employee {employee_id}: let the API key see \
                     them, or set hris.{}.fields; if they have left, use `nightlatch leaver add`",
                    self.name
                ),
            },
            (Standing::Employed, Ok(leaver)) if asked.about_leaving => {
                self.notice(event_id, NoticeKind::Rescinded, leaver, None)
            }
            (Standing::Employed, _) => Told::SetAside { event_id, reason: not_a_termination(employee_id) },
        })
    }

    /// Finds a person by work e-mail or by employee id.
    pub(crate) async fn find(&self, who: &str) -> Result<Vec<Leaver>, ReadError> {
        let Some(client) = &self.client else { return Ok(Vec::new()) };
        let ids = if who.contains('@') {
            let email = &self.config.fields.email;
            client.listed(|it| it.get(email).is_some_and(|told| told.to_lowercase() == who)).await?
        } else if webhook::is_employee_id(who) {
            vec![who.to_owned()]
        } else {
            Vec::new()
        };
        self.people(client, &ids).await
    }

    /// Finds a person as [`Self::find`] does, or by a login or a whole name in the directory, letter by letter but for their
    /// case. Several may be meant.
    pub(crate) async fn search(&self, who: &str) -> Result<Vec<Leaver>, ReadError> {
        let found = self.find(who).await?;
        let Some(client) = self.client.as_ref().filter(|_| found.is_empty() && !who.contains('@')) else {
            return Ok(found);
        };
        let fields = &self.config.fields;
        let meant = who.to_lowercase();
        let is = |told: Option<&str>| told.is_some_and(|told| told.to_lowercase() == meant);
        let ids = client
            .listed(|it| {
                is(it.get(&fields.name)) || is(it.get(&fields.email).and_then(|email| email.split('@').next()))
            })
            .await?;
        self.people(client, &ids).await
    }

    async fn people(&self, client: &Client, ids: &[String]) -> Result<Vec<Leaver>, ReadError> {
        let mut found = Vec::new();
        for id in ids {
            if let Some(record) = client.employee(id).await?
                && let Ok(leaver) = record::leaver(&self.config, &self.default_zone, id, &record)
            {
                found.push(leaver);
            }
        }
        Ok(found)
    }

    pub(crate) fn can_read(&self) -> bool {
        self.client.is_some()
    }
}

fn not_a_termination(employee_id: &str) -> String {
    format!("not a termination: employee {employee_id} has not left")
}
