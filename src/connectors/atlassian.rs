//! Atlassian, by the organisation's admin APIs: user management for the account, the directories for its access.
//!
//! An account on a verified domain is *managed*: it can be deactivated, which locks it out of everything at Atlassian, and
//! deleted. Everybody else's account belongs to themselves; they can only be suspended in, or removed from, the
//! organisation's directories. Suspension frees the seat and keeps roles and groups; removal loses them, so it is in a plan
//! only if a rule says so. The organisation's API key acts as nobody: there is no own account to protect.

mod client;
mod config;
mod deactivate;
mod delete;
mod directory;
mod remove;
mod said;
mod suspend;
mod tokens;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "atlassian";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    if config.org_id.is_empty() {
        return Err(given.wrong("org_id is empty: it stands in the address of admin.atlassian.com/o/<org_id>"));
    }
    // No rate is documented: 429 decides.
    let limits = Limits { max_in_flight: 8, per_second: None };
    let client = Arc::new(Client::new(given, config));
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(deactivate::action(given, &client))
        .with(tokens::action(given, &client))
        .with(suspend::action(given, &client))
        .with(remove::action(given, &client))
        .with(delete::action(given, &client))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.look_up(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_users(call).await?;
        let missing = if self.manages(call).await? { None } else { Some(said::SCOPE) };
        Ok(Probe::up("reads the organisation's users").missing(missing))
    }
}
