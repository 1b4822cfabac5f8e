//! Slack: SCIM to switch people off and to read them back, the web API to find them, to end their sessions, and for the
//! channels, groups and apps that they leave behind.
//!
//! Two hosts, two ways to fail: SCIM with HTTP codes, the web API with 200 and `ok: false`.

mod archive;
mod channels;
mod client;
mod config;
mod conversations;
mod deactivate;
mod left_behind;
mod person;
mod said;
mod sessions;
mod standing;
mod usergroups;

use std::sync::Arc;

pub use archive::Policy;
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
    let (enterprise, archive) = (config.enterprise, config.archive_private);
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut slack = Connected::new(given, KIND, limits, Arc::clone(&client))?.with(deactivate::action(given, &client));
    if enterprise {
        slack = slack.with(sessions::action(given, &client));
    }
    slack = slack.with(left_behind::action(given, &client));
    if let Some(policy) = archive {
        slack = slack.with(archive::action(given, &client, policy));
    }
    Ok(slack.with(channels::action(given, &client)).with(usergroups::action(given, &client)).boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let own = self.whose(call).await?;
        let missing = self.missing_scopes(call).await?;
        self.scim_reads(call).await?;
        Ok(Probe::up(format!("acts as {}, reads SCIM", own.user_id)).missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.whose(call).await.ok().map(|own| own.user_id.clone())
    }
}
