//! Calls to Slack's two hosts with the one token.

use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use crate::connectors::Call;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, token};

pub(super) struct Client {
    pub(super) config: Config,
    http: Http,
    tokens: Tokens,
    own: OnceCell<Own>,
}

/// Whose token it is (`auth.test`).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Own {
    #[serde(default)]
    pub(super) user_id: String,
    #[serde(default)]
    pub(super) team_id: String,
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Tokens::default(), own: OnceCell::new() }
    }

    pub(super) async fn whose(&self, call: &Call) -> Result<&Own, Failure> {
        self.own.get_or_try_init(|| async { self.ask("auth.test", &[], call).await }).await
    }

    /// A web method that reads. It wants its arguments in the query, not in JSON.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
        call: &Call,
    ) -> Result<T, Failure> {
        let request = Request::get(self.config.web_url.at(&[method])?).query(arguments);
        self.web(request, call).await?.json()
    }

    /// A web method that acts.
    pub(super) async fn act(&self, method: &str, arguments: &[(&str, &str)], call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::POST, self.config.web_url.at(&[method])?).form(arguments.iter().copied());
        self.web(request, call).await.map(drop)
    }

    async fn web(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let answer = self.send(request, call).await?;
        match said::web(&answer) {
            None => Ok(answer),
            Some(failure) => Err(failure),
        }
    }

    /// `Users/{id}`.
    pub(super) fn scim_user(&self, id: &str) -> Result<Url, Failure> {
        self.config.scim_url.at(&["Users", id])
    }

    pub(super) fn scim_users(&self) -> Result<Url, Failure> {
        self.config.scim_url.at(&["Users"])
    }

    pub(super) async fn scim(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let answer = self.send(request, call).await?;
        if answer.ok() { Ok(answer) } else { Err(said::scim(&answer)) }
    }

    pub(super) async fn scim_reads(&self, call: &Call) -> Result<(), Failure> {
        let request = Request::get(self.scim_users()?).query(&[("count", "1")]);
        self.scim(request, call).await?.json::<Value>().map(drop)
    }

    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || async { Ok(Minted { token: token::fetch(&self.config.token).await?, holds: None }) };
        self.tokens.send(&self.http, "Bearer", request, call, said::refuses_token, mint).await
    }
}
