//! The devices that are assigned to a person, in the two inventories.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::Client;
use super::device::{Computer, Device, Mobile};
use super::{escrow, lock, lost_mode, said, unmanage, wipe};
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// Whoever has more devices of one kind than this is a store room or a service account, not a person.
const DEVICES: usize = 20;

const COMPUTER_SECTIONS: [&str; 6] =
    ["GENERAL", "USER_AND_LOCATION", "HARDWARE", "OPERATING_SYSTEM", "DISK_ENCRYPTION", "SECURITY"];
const MOBILE_SECTIONS: [&str; 4] = ["GENERAL", "USER_AND_LOCATION", "HARDWARE", "SECURITY"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    total_count: usize,
    results: Vec<T>,
}

/// What the credentials may do (`GET /api/v1/auth`).
#[derive(Deserialize)]
struct Authorised {
    account: Option<Authority>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authority {
    privileges_by_site: Option<std::collections::BTreeMap<String, Vec<String>>>,
}

impl Client {
    /// The Macs of whoever has this address or user name.
    pub(super) async fn computers(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let filter = either("userAndLocation.email", "userAndLocation.username", name);
        self.page::<Computer>(&["v1", "computers-inventory"], &COMPUTER_SECTIONS, &filter, call).await
    }

    /// Their iPhones and iPads.
    pub(super) async fn mobiles(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let filter = either("emailAddress", "username", name);
        self.page::<Mobile>(&["v2", "mobile-devices", "detail"], &MOBILE_SECTIONS, &filter, call).await
    }

    pub(super) async fn devices(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let mut all = self.computers(name, call).await?;
        all.extend(self.mobiles(name, call).await?);
        Ok(all)
    }

    async fn page<T: DeserializeOwned + Into<Device>>(
        &self,
        path: &[&str],
        sections: &[&str],
        filter: &str,
        call: &Call,
    ) -> Result<Vec<Device>, Failure> {
        let mut query: Vec<(&str, &str)> = sections.iter().map(|section| ("section", *section)).collect();
        query.extend([("filter", filter), ("page", "0"), ("page-size", "100")]);
        let page: Page<T> = self.read(Request::get(self.url(path)?).query(&query), call).await?;
        if page.total_count > DEVICES || page.results.len() > DEVICES {
            let reason = format!("{} devices answer to {filter}: that is no person", page.total_count);
            return Err(Failure::needs_human(reason));
        }
        Ok(page.results.into_iter().map(Into::into).collect())
    }

    /// By address or, from the id map, by user name. Whose each device is is looked at one by one, when it is acted on.
    pub(super) async fn look_up(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let name = known.unwrap_or(&leaver.email);
        let found = match self.devices(name, call).await {
            Err(failure) if failure.what == What::NeedsHuman => return Ok(Located::Unsure { reason: failure.reason }),
            other => other?,
        };
        let how = if known.is_some() { "id map" } else { "assigned user" };
        Ok(match found.len() {
            0 => Located::Nobody { searched: format!("devices assigned to {name}, by address and user name") },
            1 => Located::found(name, &leaver.email, &format!("{how} of {}", found[0].shown())),
            several => Located::found(name, &leaver.email, &format!("{how} of {several} devices")),
        })
    }

    /// Asks for the devices of an address that nobody has (RFC 2606).
    pub(super) async fn reads_devices(&self, call: &Call) -> Result<(), Failure> {
        self.devices("probe@nightlatch.invalid", call).await.map(drop)
    }

    /// Privileges that the actions name and the credentials do not hold, where Jamf tells.
    pub(super) async fn missing_privileges(&self, call: &Call) -> Result<Vec<&'static str>, Failure> {
        let held = match self.read::<Authorised>(Request::get(self.url(&["v1", "auth"])?), call).await {
            Ok(authorised) => authorised.account.and_then(|account| account.privileges_by_site),
            Err(failure) if matches!(failure.what, What::Denied | What::Gone | What::Rejected) => None,
            Err(failure) => return Err(failure),
        };
        let Some(held) = held else { return Ok(Vec::new()) };
        let wipes = if self.config.wipe.is_some() { &wipe::PRIVILEGES[..] } else { &[] };
        let needed = [&lock::PRIVILEGES[..], &lost_mode::PRIVILEGES, &escrow::PRIVILEGES, &unmanage::PRIVILEGES, wipes];
        let mut missing: Vec<&str> = needed.concat();
        missing.push(said::COMMANDS);
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|privilege| !held.values().flatten().any(|own| own == privilege));
        Ok(missing)
    }
}

/// RSQL: one field or the other equals the text.
fn either(one: &str, other: &str, text: &str) -> String {
    let quoted = quoted(text);
    format!("{one}=={quoted},{other}=={quoted}")
}

/// A text as RSQL writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
