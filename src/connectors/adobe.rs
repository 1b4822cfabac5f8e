//! Adobe, by the User Management API (UMAPI) of the organisation.
//!
//! Every act is a POST of commands that is answered with 200 whatever came of it: what counts is the `result` in the body.
//! And even that says `success` for the removal of somebody who never was there, so every act looks first and is read back
//! by a 404. Products go first, then the person; whether their account is deleted with everything in it is said each time,
//! never left to a default.

mod client;
mod command;
mod config;
mod delete;
mod products;
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
pub const KIND: &str = "adobe";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    if !config.org_id.ends_with("@AdobeOrg") {
        return Err(given.wrong("org_id must end with @AdobeOrg, as in 0123456789ABCDEF01234567@AdobeOrg"));
    }
    // 10 action calls and 25 reads a minute for a client (docs/en/api/ActionsRef.md, getUser.md). A job that acts reads
    // once and acts once.
    let limits = Limits { max_in_flight: 2, per_second: Some(10.0 / 60.0) };
    let client = Arc::new(Client::new(given, config));
    Ok(Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(products::action(given, &client))
        .with(remove::action(given, &client))
        .with(delete::action(given, &client))
        .boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.look_up(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.rehearse(call).await?;
        Ok(Probe::up("may manage users: a removal was accepted in test mode"))
    }
}
