//! Active Directory, over LDAP that is always encrypted.
//!
//! A domain controller is asked by `objectGUID`, which outlives a rename and a move. Each job has a connection of its own
//! and ends with it: what was not written when its time was over never will be. The controllers are taken in the order of
//! the configuration, and one that works is kept to, for a change shows at once only on the controller that made it.

mod admins;
mod attribute;
mod client;
mod config;
mod disable;
mod entry;
mod expire;
mod groups;
mod leavers_ou;
mod name;
mod password;
mod said;
mod session;
mod stamp;
mod tls;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "active-directory";

/// Makes the connector. Fetches no secret, reads no file and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    config.check().map_err(|problem| given.wrong(problem))?;
    // A controller documents no rate: it says `busy` when it is.
    let limits = Limits { max_in_flight: 8, per_second: None };
    let client = Arc::new(Client::new(config));
    let mut connected = Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(disable::action(given, &client))
        .with(password::action(given, &client))
        .with(expire::action(given, &client))
        .with(groups::action(given, &client))
        .with(stamp::action(given, &client));
    if client.config.leavers_ou.is_some() {
        connected = connected.with(leavers_ou::action(given, &client));
    }
    Ok(connected.boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.open(call).await?.search_for(leaver, known).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let session = self.open(call).await?;
        session.reads_base().await?;
        let missing = leavers_ou::missing_rights(&session).await?;
        Ok(Probe::up(format!("bound as {}, reads {}", self.config.bind_as, self.config.base_dn)).missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.own_account(call).await
    }
}
