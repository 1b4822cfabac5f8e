//! Okta, by the management API of the org.
//!
//! Suspension keeps everything and can be lifted, but works from few statuses; deactivation works from all, cascades into
//! every provisioned application and cannot be taken back. Factors can be reset, and roles and groups taken, only before
//! it.

mod admins;
mod api_tokens;
mod apps;
mod client;
mod config;
mod deactivate;
mod factors;
mod grants;
mod groups;
mod moot;
mod page;
mod probe;
mod roles;
mod said;
mod scope;
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
    if config.downstream.contains(&given.id) {
        return Err(given.wrong("downstream: it names this connector itself: name those of the systems behind it"));
    }
    // Provisioning suspends an account when its assignment ends, and may delete it when its user does.
    let (suspended, deleted) =
        (config.downstream(&["active-account"]), config.downstream(&["active-account", "account"]));
    let client = Arc::new(Client::new(given, config)?);
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(sessions::action(given, &client, lifetime))
        .with(suspend::action(given, &client))
        .with(factors::action(given, &client))
        .with(api_tokens::action(given, &client))
        .with(grants::action(given, &client, lifetime))
        .with(roles::action(given, &client))
        .with(groups::action(given, &client))
        .with(apps::action(given, &client, suspended))
        .with(deactivate::action(given, &client, deleted))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.probed(call).await
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.own_user(call).await
    }
}
