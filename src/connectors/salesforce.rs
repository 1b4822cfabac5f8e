//! Salesforce, by its REST API as an integration user.
//!
//! Users can never be deleted. A freeze stops sign-in at once and keeps the licence; deactivation frees it, and is
//! refused for as long as the org's settings name the person: one reason at a time, so all of them are looked up first.

mod blockers;
mod client;
mod collection;
mod config;
mod deactivate;
mod freeze;
mod licences;
mod metadata;
mod oauth;
mod records;
mod said;
mod sessions;
mod settings;
mod soql;
mod token;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "salesforce";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // No rate is documented, only a day's pool and 25 long calls at once (API request limits).
    let limits = Limits { max_in_flight: 8, per_second: None };
    let client = Arc::new(Client::new(given, config)?);
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(freeze::action(given, &client))
        .with(sessions::action(given, &client))
        .with(oauth::action(given, &client))
        .with(blockers::action(given, &client))
        .with(licences::action(given, &client))
        .with(deactivate::action(given, &client))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let missing = self.missing_permissions(call).await?;
        let own = self.own_id(call).await?;
        Ok(Probe::up(format!("acts as {own}, API {}", self.version(call).await?)).missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.own_id(call).await.ok()
    }
}
