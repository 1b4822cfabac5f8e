//! `HubSpot`, by its user provisioning and CRM APIs as a private app.
//!
//! There is no call that only deactivates a user: removal is the one way to end access, and what somebody owned does not
//! find a new owner by itself. So what is owned is listed before.

mod client;
mod config;
mod owned;
mod remove;
mod said;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "hubspot";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // 100 requests in ten seconds on the smallest plan, of which four a second may be searches (usage guidelines); a job
    // is up to ten of them.
    let limits = Limits { max_in_flight: 2, per_second: Some(1.0) };
    let client = Arc::new(Client::new(config, given.http.clone()));
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(owned::action(given, &client))
        .with(remove::action(given, &client))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_users(call).await?;
        let needed = owned::SCOPES.into_iter().chain(remove::SCOPES);
        // Asked each time: scopes are added to an app while its token stays. Not every kind of token is told about.
        let granted = self.ask_token_info(call).await.ok().and_then(|info| info.scopes);
        let lacks = |scope: &&str| granted.as_ref().is_some_and(|granted| !granted.iter().any(|it| it == scope));
        let missing: Vec<&str> = needed.filter(lacks).collect();
        Ok(Probe::up("reads users").missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.token_info(call).await.ok()?.user_id.map(|id| id.to_string())
    }
}
