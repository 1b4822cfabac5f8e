//! Slack: SCIM to switch people off and to read them back, the web API to find them and to end their sessions.
//!
//! Two hosts, two ways to fail: SCIM with HTTP codes, the web API with 200 and `ok: false`.

mod client;
mod config;
mod deactivate;
mod person;
mod said;
mod sessions;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "slack";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // SCIM writes on Users: 180 a minute (reference/scim-api/rate-limits).
    let limits = Limits { max_in_flight: 8, per_second: Some(3.0) };
    let enterprise = config.enterprise;
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut slack = Connected::new(given, KIND, limits, Arc::clone(&client))?.with(deactivate::action(given, &client));
    if enterprise {
        slack = slack.with(sessions::action(given, &client));
    }
    Ok(slack.boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let own = self.whose(call).await?;
        self.scim_reads(call).await?;
        Ok(Probe::up(format!("acts as {}, reads SCIM", own.user_id)))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.whose(call).await.ok().map(|own| own.user_id.clone())
    }
}
