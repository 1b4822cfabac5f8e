//! Slack: SCIM to switch people off and to read them back, the web API to find them and to end their sessions.
//!
//! Two hosts, two ways to fail: SCIM with HTTP codes, the web API with 200 and `ok: false`.

mod client;
mod config;
mod deactivate;
mod person;
mod said;
mod sessions;

use std::sync::Arc;

pub use config::Config;

use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::model::health::Health;
use crate::model::{ConnectorId, Leaver, Outcome};
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "slack";

struct Slack {
    id: ConnectorId,
    client: Arc<Client>,
    limits: Limits,
    actions: Vec<Box<dyn Action>>,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(id: ConnectorId, config: Config, http: Http) -> Result<Box<dyn Connector>, BuildError> {
    // SCIM writes on Users: 180 a minute (reference/scim-api/rate-limits).
    let pace = config.pace().or(&id, Limits { max_in_flight: 8, per_second: Some(3.0) })?;
    let enterprise = config.enterprise;
    let client = Arc::new(Client::new(config, http));
    let mut actions = vec![deactivate::action(&id, &pace, &client)];
    if enterprise {
        actions.push(sessions::action(&id, &pace, &client));
    }
    Ok(Box::new(Slack { id, client, limits: pace.limits, actions }))
}

impl Connector for Slack {
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
            let looked = async {
                let own = self.client.own(call).await?;
                self.client.scim_reads(call).await.map(|()| own)
            };
            match looked.await {
                Ok(own) => Probe { health: Health::Up, message: format!("acts as {}, reads SCIM", own.user_id) },
                Err(failure) => super::probe::failed(failure),
            }
        })
    }
}
