//! Okta, by the Users API of the org.
//!
//! Suspension keeps everything and can be lifted, but works from few statuses; deactivation works from all, cascades into
//! every provisioned application and cannot be taken back. Factors can be reset only before it.

mod client;
mod config;
mod deactivate;
mod factors;
mod said;
mod sessions;
mod suspend;
mod user;

use std::sync::Arc;

pub use config::Config;

use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::model::health::Health;
use crate::model::{ConnectorId, Fact, Leaver, Outcome};
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "okta";

struct Okta {
    id: ConnectorId,
    client: Arc<Client>,
    limits: Limits,
    actions: Vec<Box<dyn Action>>,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(id: ConnectorId, config: Config, http: Http) -> Result<Box<dyn Connector>, BuildError> {
    // Buckets are a minute's, and of 600 for most orgs; half is left to others (reference/rl2-monitor).
    let pace = config.pace().or(&id, Limits { max_in_flight: 16, per_second: Some(5.0) })?;
    let lifetime = config.access_token_lifetime();
    let client = Arc::new(Client::new(&id, config, http)?);
    let actions = vec![
        sessions::action(&id, &pace, &client, lifetime),
        suspend::action(&id, &pace, &client),
        factors::action(&id, &pace, &client),
        deactivate::action(&id, &pace, &client),
    ];
    Ok(Box::new(Okta { id, client, limits: pace.limits, actions }))
}

/// Holds until the user is deactivated.
fn account(id: &ConnectorId) -> Fact {
    Fact(format!("{id}:account"))
}

/// Holds until the user is suspended or deactivated.
fn active_account(id: &ConnectorId) -> Fact {
    Fact(format!("{id}:active-account"))
}

impl Connector for Okta {
    fn id(&self) -> &ConnectorId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        KIND
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn actions(&self) -> &[Box<dyn Action>] {
        &self.actions
    }

    fn locate<'a>(&'a self, leaver: &'a Leaver, call: &'a Call) -> BoxFuture<'a, Result<Located, Outcome>> {
        let known = leaver.accounts.get(&self.id).map(String::as_str);
        Box::pin(async move { self.client.locate(leaver, known, call).await.map_err(Outcome::from) })
    }

    fn probe<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Probe> {
        Box::pin(async move {
            match self.client.reads_users(call).await {
                Ok(()) => Probe { health: Health::Up, message: "reads users".to_owned() },
                Err(failure) => super::probe::failed(failure),
            }
        })
    }
}
