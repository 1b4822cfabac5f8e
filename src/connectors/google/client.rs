//! Calls to the Directory API as the admin.

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Config;
use super::user::User;
use super::{said, service_account};
use crate::connectors::Call;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What, token};

pub(super) struct Client {
    config: Config,
    http: Http,
    tokens: Tokens,
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Tokens::default() }
    }

    pub(super) fn admin(&self) -> &str {
        &self.config.admin
    }

    /// `users/{key}` and what hangs under it.
    pub(super) fn url(&self, key: &str, rest: &[&str]) -> Result<Url, Failure> {
        let segments: Vec<&str> = ["users", key].into_iter().chain(rest.iter().copied()).collect();
        self.config.base_url.at(&segments)
    }

    pub(super) async fn user(&self, key: &str, call: &Call) -> Result<User, Failure> {
        let url = self.url(key, &[])?;
        self.read(Request::get(url).query(&[("projection", "full")]), call).await
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// Changes a user: the fields named, the rest stays (`users.update` has patch semantics).
    pub(super) async fn update(&self, request: Request, change: Value, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request.json(change), call).await?;
        // A page of some proxy in between is no User.
        answer.json::<Value>().map(drop)
    }

    pub(super) fn put(&self, key: &str) -> Result<Request, Failure> {
        Ok(Request::act(Method::PUT, self.url(key, &[])?))
    }

    /// An act whose success has no body; what stands in for one is no success.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        if answer.is_empty() || answer.try_json().is_some() {
            return Ok(());
        }
        Err(answer.failure(What::Unknown, format!("status {} with a page where nothing was expected", answer.status)))
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || async {
            let key_file = token::fetch(&self.config.service_account).await?;
            service_account::mint(&self.http, &key_file, &self.config.admin, self.config.token_url.as_ref(), call).await
        };
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }
}
