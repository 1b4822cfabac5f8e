//! Any HTTP API, from its declaration in the configuration: requests as templates, answers told apart by rules.
//!
//! Nothing is assumed in the declarer's favour: what no rule names is unknown, a class must be chosen where repeating
//! could hurt, and every template is tried out when the connector is made.

mod action;
mod client;
mod config;
mod locate;
mod rule;
mod template;

use std::sync::Arc;

pub use config::Config;

use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::model::health::Health;
use crate::model::{ConnectorId, Leaver, Outcome};
use client::Client;
use locate::Locate;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "http";

struct HttpApi {
    id: ConnectorId,
    client: Arc<Client>,
    limits: Limits,
    locate: Locate,
    probe: Option<config::Request>,
    actions: Vec<Box<dyn Action>>,
}

/// Makes the connector. Fetches no secret and sends nothing; tries out every template and rule.
pub fn build(id: ConnectorId, config: Config, http: Http) -> Result<Box<dyn Connector>, BuildError> {
    let pace = config.pace().or(&id, Limits { max_in_flight: 4, per_second: None })?;
    let wrong = |problem: String| BuildError::Invalid { connector: id.clone(), problem };
    let client = Arc::new(Client::new(&config, http));
    let locate = Locate::new(config.locate, &client).map_err(wrong)?;
    if let Some(request) = &config.probe {
        client.try_out(request, template::Scope::Bare).map_err(|why| wrong(format!("probe: {why}")))?;
    }
    let actions = action::all(&id, &pace, config.actions, &client).map_err(wrong)?;
    Ok(Box::new(HttpApi { id, client, limits: pace.limits, locate, probe: config.probe, actions }))
}

impl Connector for HttpApi {
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
        Box::pin(async move { self.locate.find(&self.client, leaver, known, call).await.map_err(Outcome::from) })
    }

    fn probe<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Probe> {
        Box::pin(async move {
            let Some(request) = &self.probe else {
                return match self.client.secrets(call).await {
                    Ok(_) => Probe {
                        health: Health::Unknown,
                        message: "the secrets are there; declare a `probe` request to have the rest checked".to_owned(),
                    },
                    Err(failure) => super::probe::failed(failure),
                };
            };
            match self.client.read(request, &template::Values::bare(), call).await {
                Ok(answer) if answer.ok() && !answer.is_html() => {
                    Probe { health: Health::Up, message: format!("answers {}", answer.status) }
                }
                Ok(answer) if answer.ok() => {
                    Probe { health: Health::Down, message: "answers with an HTML page".to_owned() }
                }
                Ok(answer) => super::probe::failed(answer.by_status()),
                Err(failure) => super::probe::failed(failure),
            }
        })
    }
}
