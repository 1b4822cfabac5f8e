//! Calls with the organisation's API key.

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Config;
use super::said;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};
use crate::connectors::{Call, Given};

pub(super) struct Client {
    pub(super) config: Config,
    http: Http,
    tokens: Tokens,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Self {
        Self { config, http: given.http.clone(), tokens: Tokens::default() }
    }

    /// `/users/{id}/manage` and what hangs under it: the account, wherever it is used.
    pub(super) fn account(&self, id: &str, rest: &[&str]) -> Result<Url, Failure> {
        let segments: Vec<&str> = ["users", id, "manage"].into_iter().chain(rest.iter().copied()).collect();
        self.config.base_url.at(&segments)
    }

    /// `/admin/v2/orgs/{org}` and what hangs under it: the organisation's view of its people.
    pub(super) fn org(&self, rest: &[&str]) -> Result<Url, Failure> {
        let segments: Vec<&str> =
            ["admin", "v2", "orgs", &self.config.org_id].into_iter().chain(rest.iter().copied()).collect();
        self.config.base_url.at(&segments)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: there is no such thing.
    pub(super) async fn found<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<Option<T>, Failure> {
        match self.read(request, call).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// An act whose success has no body, or one in JSON; a page that stands in for it is no success.
    pub(super) async fn act(&self, method: Method, url: Url, body: Option<Value>, call: &Call) -> Result<(), Failure> {
        let request = Request::act(method, url);
        self.sent(body.map_or(request.clone(), |body| request.json(body)), call).await
    }

    /// The same on a connection of its own, for what cannot be taken back.
    pub(super) async fn act_once(&self, method: Method, url: Url, call: &Call) -> Result<(), Failure> {
        self.sent(Request::act(method, url).fresh(), call).await
    }

    async fn sent(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        if answer.is_empty() || answer.try_json().is_some() {
            return Ok(());
        }
        Err(answer.failure(What::Unknown, format!("status {} with a page where nothing was expected", answer.status)))
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", "application/json");
        let mint = || async { Ok(Minted { token: token::fetch(&self.config.api_key).await?, holds: None }) };
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }
}
