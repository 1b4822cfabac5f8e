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

use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::model::health::Health;
use crate::model::{ConnectorId, Leaver, Outcome};
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "github";

struct GitHub {
    id: ConnectorId,
    client: Arc<Client>,
    limits: Limits,
    actions: Vec<Box<dyn Action>>,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(id: ConnectorId, config: Config, http: Http) -> Result<Box<dyn Connector>, BuildError> {
    // 5,000 an hour would be 1.4 a second; the budget in the headers tells when it runs low. Concurrent writes meet
    // the secondary limit (rate limits for the REST API).
    let pace = config.pace().or(&id, Limits { max_in_flight: 8, per_second: None })?;
    let saml = config.saml;
    let client = Arc::new(Client::new(&id, config, http)?);
    let mut actions = vec![member::action(&id, &pace, &client), collaborator::action(&id, &pace, &client)];
    if saml {
        actions.push(credentials::action(&id, &pace, &client));
    }
    Ok(Box::new(GitHub { id, client, limits: pace.limits, actions }))
}

impl Connector for GitHub {
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
            match self.client.reads_members(call).await {
                Ok(()) => Probe { health: Health::Up, message: format!("reads {}", self.client.org()) },
                Err(failure) => super::probe::failed(failure),
            }
        })
    }
}
