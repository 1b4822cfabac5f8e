//! GitHub: membership of an organisation, outside collaboration, and credentials authorised for its SAML.
//!
//! 404 hides as much as it tells, 302 means "not for you", and a 204 may leave a membership by an enterprise team
//! behind: each act is believed only after its read-back.

mod client;
mod collaborator;
mod config;
mod credentials;
mod identity;
mod member;
mod said;
mod token;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "github";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // 5,000 an hour would be 1.4 a second; the budget in the headers tells when it runs low. Concurrent writes meet
    // the secondary limit (rate limits for the REST API).
    let limits = Limits { max_in_flight: 8, per_second: None };
    let saml = config.saml;
    let client = Arc::new(Client::new(given, config)?);
    let mut github = Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(member::action(given, &client))
        .with(collaborator::action(given, &client));
    if saml {
        github = github.with(credentials::action(given, &client));
    }
    Ok(github.boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_members(call).await?;
        Ok(Probe::up(format!("reads {}", self.org())))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.own_login(call).await
    }
}
