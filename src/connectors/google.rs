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

use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::model::health::Health;
use crate::model::{ConnectorId, Fact, Leaver, Outcome};
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "google";

struct Google {
    id: ConnectorId,
    client: Arc<Client>,
    limits: Limits,
    actions: Vec<Box<dyn Action>>,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(id: ConnectorId, config: Config, http: Http) -> Result<Box<dyn Connector>, BuildError> {
    let pace = config.pace().or(&id, Limits { max_in_flight: 16, per_second: Some(30.0) })?;
    let client = Arc::new(Client::new(config, http));
    let mut actions = credentials::actions(&id, &pace, &client);
    actions.push(suspend::action(&id, &pace, &client));
    actions.push(delete::action(&id, &pace, &client));
    Ok(Box::new(Google { id, client, limits: pace.limits, actions }))
}

/// Holds while the user can be worked on: until suspension.
fn active_account(id: &ConnectorId) -> Fact {
    Fact(format!("{id}:active-account"))
}

/// Holds until the user is deleted.
fn account(id: &ConnectorId) -> Fact {
    Fact(format!("{id}:account"))
}

impl Connector for Google {
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
            match self.client.user(self.client.admin(), call).await {
                Ok(_) => Probe { health: Health::Up, message: format!("acts as {}", self.client.admin()) },
                Err(failure) => super::probe::failed(failure),
            }
        })
    }
}
