//! Okta, by the Users API of the org.
//!
//! Suspension keeps everything and can be lifted, but works from few statuses; deactivation works from all, cascades into
//! every provisioned application and cannot be taken back. Factors can be reset only before it.

mod client;
mod config;
mod deactivate;
mod factors;
mod said;
mod sessions;
mod suspend;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "okta";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // Buckets are a minute's, and of 600 for most orgs; half is left to others (reference/rl2-monitor).
    let limits = Limits { max_in_flight: 16, per_second: Some(5.0) };
    let lifetime = config.access_token_lifetime();
    let client = Arc::new(Client::new(given, config)?);
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(sessions::action(given, &client, lifetime))
        .with(suspend::action(given, &client))
        .with(factors::action(given, &client))
        .with(deactivate::action(given, &client))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_users(call).await?;
        Ok(Probe::up("reads users"))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.own_user(call).await
    }
}
