//! Zoom, by a server-to-server OAuth app of the account.
//!
//! Deactivation is the cut, and can be taken back. Deletion cannot: it names whom everything goes to, flag by flag, for
//! what Zoom assumes where a flag is missing is to let the person keep the account.

mod basic;
mod client;
mod config;
mod deactivate;
mod delete;
mod recipient;
mod said;
mod token;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::{Failure, What};
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "zoom";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // The account's, whoever calls: 20 a second of what Zoom labels Medium on the smallest plan (rate limits), and a job is
    // two or three calls.
    let limits = Limits { max_in_flight: 8, per_second: Some(5.0) };
    let transfer = config.transfer.clone();
    let client = Arc::new(Client::new(config, given.http.clone()));
    let mut zoom = Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(deactivate::action(given, &client))
        .with(token::action(given, &client))
        .with(basic::action(given, &client));
    if let Some(transfer) = transfer {
        zoom = zoom.with(delete::action(given, &client, transfer)?);
    }
    Ok(zoom.boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let read = self.reads_users(call).await;
        let missing = self.missing_scopes(call).await?;
        match read {
            Err(failure) if failure.what != What::Denied || missing.is_empty() => return Err(failure),
            _ => {}
        }
        Ok(Probe::up("reads users").missing(missing))
    }
}
