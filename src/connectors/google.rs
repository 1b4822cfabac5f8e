//! Google Workspace, by the Admin SDK's Directory API as a service account with domain-wide delegation.
//!
//! The trap that orders everything here: once a user is suspended, Google refuses the calls on their tokens, app
//! passwords and backup codes, so those come first; found suspended, they are so far moot and say so.

mod client;
mod config;
mod credentials;
mod delete;
mod said;
mod service_account;
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
pub const KIND: &str = "google";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // Below the documented 2,400 queries a minute (Directory API limits).
    let limits = Limits { max_in_flight: 16, per_second: Some(30.0) };
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut google = Connected::new(given, KIND, limits, Arc::clone(&client))?;
    for credential in credentials::actions(given, &client) {
        google = google.with(credential);
    }
    Ok(google.with(suspend::action(given, &client)).with(delete::action(given, &client)).boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.user(self.admin(), call).await?;
        Ok(Probe::up(format!("acts as {}", self.admin())))
    }

    async fn own(&self, _call: &Call) -> Option<String> {
        Some(self.admin().to_owned())
    }
}
