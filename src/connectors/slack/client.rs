//! Calls to Slack's two hosts with the one token.

use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What, token};

/// Pages that are read at most; beyond, a list is taken to be endless.
const PAGES: u32 = 100;

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

    /// Whether the token is good at all.
    pub(super) async fn signs_on(&self, call: &Call) -> Result<(), Failure> {
        self.ask::<Own>("auth.test", &[], call).await.map(drop)
    }

    /// Scopes that the token lacks, by the header in which Slack names those that it has.
    pub(super) async fn missing_scopes(&self, call: &Call) -> Result<Vec<&'static str>, Failure> {
        let answer = self.web(Request::get(self.config.web_url.at(&["auth.test"])?), call).await?;
        let Some(granted) = answer.header("x-oauth-scopes") else { return Ok(Vec::new()) };
        let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
        Ok(self.config.scopes().filter(|scope| !granted.contains(scope)).collect())
    }

    /// The workspace that is asked about.
    pub(super) async fn team(&self, call: &Call) -> Result<&str, Failure> {
        let team = match &self.config.team_id {
            Some(team) => team.as_str(),
            None => self.whose(call).await?.team_id.as_str(),
        };
        if team.is_empty() {
            let reason = "Slack does not say which workspace the token is for: set team_id";
            return Err(Failure::new(Kind::Read, What::Rejected, reason));
        }
        Ok(team)
    }

    /// All items under `key`, page by page. An empty cursor is the end; a page may hold fewer than asked for.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
        key: &str,
        call: &Call,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut page: Value = self.ask(method, &[arguments, &[("cursor", &cursor)]].concat(), call).await?;
            let next = page.pointer("/response_metadata/next_cursor").and_then(Value::as_str).unwrap_or_default();
            cursor = next.to_owned();
            let items = page.get_mut(key).map(Value::take).unwrap_or_default();
            let no_list = |_| Failure::new(Kind::Read, What::Unknown, format!("{method} without a list of {key}"));
            all.append(&mut serde_json::from_value(items).map_err(no_list)?);
            if cursor.is_empty() {
                return Ok(all);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("{method} has more than {PAGES} pages")))
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
        let mint = || token::stored(&self.config.token);
        self.tokens.send(&self.http, "Bearer", request, call, said::refuses_token, mint).await
    }
}
