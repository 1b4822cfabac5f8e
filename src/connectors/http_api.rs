//! Any HTTP API, from its declaration in the configuration: requests as templates, answers told apart by rules.
//!
//! Nothing is assumed in the declarer's favour: what no rule names is unknown, a class must be chosen where repeating
//! could hurt, and every template is tried out when the connector is made.

mod action;
mod auth;
mod before;
mod client;
mod config;
mod listing;
mod locate;
mod matching;
mod outline;
mod paging;
mod rule;
mod step;
pub(super) mod template;
mod trial;

use std::sync::Arc;

pub use config::Config;

use super::failure::{Failure, What};
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use crate::model::health::Health;
use client::Client;
use locate::Locate;
use template::Values;
use trial::Trial;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "http";

struct HttpApi {
    client: Arc<Client>,
    locate: Locate,
    probe: Option<config::Request>,
    /// What is undefined for people of whom HR says little.
    remarks: Vec<String>,
}

/// Makes the connector. Fetches no secret and sends nothing; tries out every template and rule.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    let wrong = |problem: String| given.wrong(problem);
    let client = Arc::new(Client::new(&config, given.http.clone()));
    let mut trial = Trial::new(&client);
    let locate = Locate::new(config.locate).map_err(wrong)?;
    locate.try_out(&mut trial);
    if let Some(request) = &config.probe {
        trial.request("probe", request, &Values::bare());
    }
    let actions = action::all(given, config.actions, &client, &mut trial).map_err(wrong)?;
    let remarks = trial.end().map_err(wrong)?;
    let remarks = remarks.into_iter().map(|remark| format!("[connectors.{}] {remark}", given.id)).collect();
    let tool = Arc::new(HttpApi { client, locate, probe: config.probe, remarks });
    let limits = Limits { max_in_flight: 4, per_second: None };
    let tool = Connected::new(given, KIND, limits, tool)?;
    Ok(actions.into_iter().fold(tool, Connected::with).boxed())
}

impl Vendor for HttpApi {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.locate.find(&self.client, leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        match self.asked(call).await {
            Ok(probe) => Ok(Probe { message: self.remarked(probe.message), ..probe }),
            Err(failure) => Err(Failure { reason: self.remarked(failure.reason), ..failure }),
        }
    }
}

impl HttpApi {
    async fn asked(&self, call: &Call) -> Result<Probe, Failure> {
        let Some(request) = &self.probe else {
            self.client.open(call).await?;
            let message = "the secrets are there; declare a `probe` request to have the rest checked";
            return Ok(Probe { health: Health::Unknown, ..Probe::up(message) });
        };
        let answer = self.client.read(request, &Values::bare(), call).await?;
        if answer.ok() && answer.is_html() {
            return Err(answer.failure(What::Unknown, "answers with an HTML page"));
        }
        if answer.ok() { Ok(Probe::up(format!("answers {}", answer.status))) } else { Err(client::failed(&answer)) }
    }

    /// And what fails for some.
    fn remarked(&self, message: String) -> String {
        match self.remarks.as_slice() {
            [] => message,
            remarks => format!("{message}; for leavers of whom HR gives an e-mail alone: {}", remarks.join("; ")),
        }
    }
}
