//! Google Workspace, by its APIs, as a service account with domain-wide delegation: mostly in an admin's name, for mail
//! settings and files in the leaver's own.
//!
//! The trap that orders everything here: once a user is suspended, Google refuses the calls on their tokens, app
//! passwords, backup codes and mail settings, so those come first; found suspended, they are so far moot and say so.

mod admins;
mod chromeos;
mod client;
mod cloud_identity;
mod company_devices;
mod config;
mod credentials;
mod delete;
mod groups;
mod licences;
mod lock_devices;
mod mail;
mod mobile;
mod owned;
mod probe;
mod recovery;
mod roles;
mod said;
mod scope;
mod service_account;
mod suspend;
mod user;
mod voice;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "google";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // Below the documented 2,400 queries a minute (Directory API limits).
    let limits = Limits { max_in_flight: 16, per_second: Some(30.0) };
    let licences = config.licences.clone();
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut google = Connected::new(given, KIND, limits, Arc::clone(&client))?;
    for credential in credentials::actions(given, &client) {
        google = google.with(credential);
    }
    google = google
        .with(recovery::action(given, &client))
        .with(mail::action(given, &client))
        .with(suspend::action(given, &client))
        .with(lock_devices::action(given, &client))
        .with(chromeos::disable::action(given, &client))
        .with(roles::action(given, &client))
        .with(mobile::action(given, &client))
        .with(owned::action(given, &client))
        .with(chromeos::used::action(given, &client))
        .with(groups::action(given, &client))
        .with(company_devices::action(given, &client))
        .with(delete::action(given, &client));
    if let Some(licences) = licences::action(given, &client, &licences) {
        google = google.with(licences);
    }
    Ok(google.boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.probed(call).await
    }

    async fn own(&self, _call: &Call) -> Option<String> {
        Some(self.admin().to_owned())
    }
}
