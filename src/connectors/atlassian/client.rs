//! Calls with the organisation's API key.

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Config;
use super::said;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, token};
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
        self.config.base_url.at(&[&["users", id, "manage"], rest].concat())
    }

    /// `/admin/v2/orgs/{org}` and what hangs under it: the organisation's view of its people.
    pub(super) fn org(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["admin", "v2", "orgs", &self.config.org_id], rest].concat())
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: there is no such thing.
    pub(super) async fn found<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<Option<T>, Failure> {
        Failure::unless_gone(self.read(request, call).await)
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
        answer.no_page()
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", "application/json");
        let mint = || token::stored(&self.config.api_key);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }
}
