//! Any HTTP API, from its declaration in the configuration: requests as templates, answers told apart by rules.
//!
//! Nothing is assumed in the declarer's favour: what no rule names is unknown, a class must be chosen where repeating
//! could hurt, and every template is tried out when the connector is made.

mod action;
mod client;
mod config;
mod locate;
mod rule;
pub(super) mod template;

use std::sync::Arc;

pub use config::Config;

use super::failure::{Failure, What};
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::connectors::call::Kind;
use crate::model::Leaver;
use crate::model::health::Health;
use client::Client;
use locate::Locate;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "http";

struct HttpApi {
    client: Arc<Client>,
    locate: Locate,
    probe: Option<config::Request>,
}

/// Makes the connector. Fetches no secret and sends nothing; tries out every template and rule.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    let wrong = |problem: String| given.wrong(problem);
    let client = Arc::new(Client::new(&config, given.http.clone()));
    let locate = Locate::new(config.locate, &client).map_err(wrong)?;
    if let Some(request) = &config.probe {
        client.try_out(request, template::Scope::Bare).map_err(|why| wrong(format!("probe: {why}")))?;
    }
    let actions = action::all(given, config.actions, &client).map_err(wrong)?;
    let tool = Arc::new(HttpApi { client, locate, probe: config.probe });
    let limits = Limits { max_in_flight: 4, per_second: None };
    let tool = Connected::new(given, KIND, limits, tool)?;
    Ok(actions.into_iter().fold(tool, Connected::with).boxed())
}

impl Vendor for HttpApi {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.locate.find(&self.client, leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let Some(request) = &self.probe else {
            self.client.secrets(call).await?;
            let message = "the secrets are there; declare a `probe` request to have the rest checked";
            return Ok(Probe { health: Health::Unknown, ..Probe::up(message) });
        };
        let answer = self.client.read(request, &template::Values::bare(), call).await?;
        if answer.is_html() && answer.ok() {
            return Err(Failure::new(Kind::Read, What::Unknown, "answers with an HTML page"));
        }
        if answer.ok() { Ok(Probe::up(format!("answers {}", answer.status))) } else { Err(answer.by_status()) }
    }
}
