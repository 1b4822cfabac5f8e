//! Any service that speaks SCIM 2.0 (RFC 7643, RFC 7644), by configuration alone.
//!
//! Services differ in how they want to be told that somebody is no longer active, and in what they make of it: a profile
//! says which. What a service can do (PATCH, `ETag`) is asked of it once.

mod client;
mod config;
mod deactivate;
mod delete;
pub(crate) mod message;
mod profile;
mod said;
mod search;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "scim";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    config.check().map_err(|problem| given.wrong(problem))?;
    // The standard knows no limits.
    let limits = Limits { max_in_flight: 4, per_second: None };
    let deactivates = config.profile.deactivates();
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut connected = Connected::new(given, KIND, limits, Arc::clone(&client))?;
    if deactivates {
        connected = connected.with(deactivate::action(given, &client));
    }
    Ok(connected.with(delete::action(given, &client)).boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search_for(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_users(call).await?;
        let able = self.abilities(call).await?;
        let how = if able.patch { "changes them by PATCH" } else { "changes them by PUT" };
        Ok(Probe::up(format!("reads users, {how}")))
    }
}
