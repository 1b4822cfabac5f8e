//! GitHub: membership of an organisation and its teams, outside collaboration, credentials, seats, what a member leaves
//! behind; and the accounts of an enterprise that manages its users.
//!
//! 404 hides as much as it tells, 302 means "not for you", and a 204 may leave a membership by an enterprise team
//! behind: each act is believed only after its read-back.

mod client;
mod collaborator;
mod config;
mod copilot;
mod credentials;
mod enterprise_teams;
mod grants;
mod identity;
mod invitations;
mod left_behind;
mod managed;
mod managed_credentials;
mod member;
mod said;
mod teams;
mod token;

use std::sync::Arc;

pub use config::{Config, Flavor};

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
    let client = Arc::new(Client::new(given, config)?);
    let github = Connected::new(given, KIND, limits, Arc::clone(&client))?;
    let mut github = match client.flavor {
        Flavor::Emu => github
            .with(managed::suspend(given, &client))
            .with(managed_credentials::action(given, &client))
            .with(managed::delete(given, &client)),
        Flavor::Org | Flavor::GhecSaml | Flavor::GhecScim => of_members(github, given, &client),
    };
    github = github.with(left_behind::action(given, &client)).with(copilot::action(given, &client));
    Ok(github.boxed())
}

/// Where people have accounts of their own, and are members.
fn of_members(github: Connected<Client>, given: &Given, client: &Arc<Client>) -> Connected<Client> {
    let mut github = github
        .with(member::action(given, client))
        .with(collaborator::action(given, client))
        .with(invitations::action(given, client))
        .with(teams::action(given, client));
    if client.config.enterprise.is_some() {
        github = github.with(enterprise_teams::action(given, client));
    }
    if client.flavor.has_saml() {
        github = github.with(credentials::action(given, client));
    }
    if client.is_app() {
        github = github.with(grants::action(given, client));
    }
    github
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        match self.flavor {
            Flavor::Emu => self.search_managed(leaver, known, call).await,
            Flavor::Org | Flavor::GhecSaml | Flavor::GhecScim => self.search(leaver, known, call).await,
        }
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let missing = self.missing(call).await?;
        if self.flavor == Flavor::Emu {
            self.reads_managed(call).await?;
        }
        Ok(Probe::up(format!("reads {}", self.org())).missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        match self.flavor {
            Flavor::Emu => self.own_managed_id(call).await,
            Flavor::Org | Flavor::GhecSaml | Flavor::GhecScim => self.own_login(call).await,
        }
    }
}
