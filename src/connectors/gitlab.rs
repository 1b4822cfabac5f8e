//! GitLab: an instance of one's own, by an administrator's token, or a group on GitLab.com, by an owner's.
//!
//! On an instance a person is blocked. Never deactivated, for whoever signs in again is active again; never banned, for
//! that hides what they wrote. On GitLab.com nobody can be blocked by a customer: there the person leaves the group,
//! with all that hangs under it, and what they hold beside it stays theirs. Keys and tokens are their own as well, and
//! reach nothing of the group once they are no member.

mod block;
mod client;
mod config;
mod left_behind;
mod member;
mod membership;
mod own_things;
mod said;
mod seat;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;
use config::Flavor;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "gitlab";

/// A billable user, as GitLab calls a seat.
const SEAT: &str = "billable user";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // An instance's limits are off, or 7,200 an hour to a user (user_and_ip_rate_limits.md).
    let limits = Limits { max_in_flight: 8, per_second: Some(2.0) };
    let flavor = config.flavor;
    let client = Arc::new(Client::new(given, config)?);
    let mut gitlab = Connected::new(given, KIND, limits, Arc::clone(&client))?;
    match flavor {
        Flavor::SelfManaged => {
            gitlab = gitlab.with(block::action(given, &client));
            for action in own_things::actions(given, &client) {
                gitlab = gitlab.with(action);
            }
        }
        Flavor::Saas => gitlab = gitlab.with(member::action(given, &client)).with(seat::action(given, &client)),
    }
    Ok(gitlab.with(left_behind::action(given, &client)).boxed())
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let me = self.me(call).await?;
        let mut missing = Vec::new();
        if self.granted(call).await?.is_some_and(|scopes| !scopes.iter().any(|scope| scope == "api")) {
            missing.push("api");
        }
        match self.config.flavor {
            Flavor::SelfManaged if !me.is_admin => missing.push("administrator"),
            Flavor::SelfManaged => {}
            Flavor::Saas => {
                let own = self.group_member(&me.id.to_string(), call).await?;
                if own.is_none_or(|own| own.access_level < membership::OWNER) {
                    missing.push("owner of the group");
                }
            }
        }
        Ok(Probe::up(format!("acts as {}", me.username)).missing(missing))
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.me(call).await.ok().map(|me| me.id.to_string())
    }
}
