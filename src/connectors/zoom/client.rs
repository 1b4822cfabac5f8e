//! Calls to the account, with a token of an hour that has no refresh token.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use super::config::Config;
use super::said;
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};
use crate::vault::Secret;

/// What the actions need, and the older, coarser scope that holds it as well.
const SCOPES: [(&str, &str); 5] = [
    ("user:read:user:admin", "user:read:admin"),
    ("user:update:status:admin", "user:write:admin"),
    ("user:update:user:admin", "user:write:admin"),
    ("user:delete:token:admin", "user:write:admin"),
    ("user:delete:user:admin", "user:write:admin"),
];

pub(super) struct Client {
    config: Config,
    http: Http,
    tokens: Tokens,
    /// What the app was granted, as the token endpoint said last.
    granted: Mutex<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    scope: String,
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Tokens::default(), granted: Mutex::default() }
    }

    /// `/users/{key}` and what hangs under it.
    pub(super) fn url(&self, key: &str, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["users", key], rest].concat())
    }

    /// By id or address; `None`: Zoom says that there is no such user.
    pub(super) async fn user(&self, key: &str, call: &Call) -> Result<Option<User>, Failure> {
        Failure::unless_gone(self.send(Request::get(self.url(key, &[])?), call).await.and_then(|answer| answer.json()))
    }

    /// Asks for a user by an address that nobody has (RFC 2606): a token alone shows nothing of the API.
    pub(super) async fn reads_users(&self, call: &Call) -> Result<(), Failure> {
        self.user("probe@nightlatch.invalid", call).await.map(drop)
    }

    /// `PATCH` or `PUT` with a body; 204 and none back.
    pub(super) async fn change(&self, method: Method, url: Url, body: Value, call: &Call) -> Result<(), Failure> {
        self.act(Request::act(method, url).json(body), call).await
    }

    /// An act whose success is 204; what stands in for it is no success.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        answer.nothing()
    }

    /// Scopes that the app lacks; none where the token endpoint does not tell.
    pub(super) async fn missing_scopes(&self, call: &Call) -> Result<Vec<&'static str>, Failure> {
        let token = self.tokens.get(call, || self.mint(call)).await?;
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let has = |scope: &str| granted.split_whitespace().any(|it| it == scope);
        let missing: Vec<&str> = SCOPES
            .into_iter()
            .filter(|(fine, coarse)| !granted.is_empty() && !has(fine) && !has(coarse))
            .map(|(fine, _)| fine)
            .collect();
        if !missing.is_empty() {
            // A scope that is added meanwhile is in the next token only.
            self.tokens.forget(&token).await;
        }
        Ok(missing)
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || self.mint(call);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    async fn mint(&self, call: &Call) -> Result<Minted, Failure> {
        let secret = token::fetch(&self.config.client_secret).await?;
        let request = Request::ask(self.config.token_url.url())
            .query(&[("grant_type", "account_credentials"), ("account_id", &self.config.account_id)])
            .basic(&self.config.client_id, &secret);
        let answer = self.http.send(request, call).await?;
        if !answer.ok() {
            return Err(refusal(&answer));
        }
        let granted: Granted = answer.json()?;
        *self.granted.lock().unwrap_or_else(PoisonError::into_inner) = granted.scope;
        let holds = Some(Duration::from_secs(granted.expires_in.unwrap_or(3_600)));
        Ok(Minted { token: Secret::new(granted.access_token), holds })
    }
}

/// What a refused token request means: `{reason, error}`, unlike all other errors.
fn refusal(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if !matches!(text("error"), "invalid_client" | "invalid_request" | "unsupported_grant_type" | "bad_request") {
        return said::failure(answer);
    }
    let why = if text("reason").is_empty() { text("error") } else { text("reason") };
    answer
        .failure(What::Denied, format!("Zoom gives no token: {why}"))
        .code(text("error"))
        .cure("check account_id, client_id and client_secret, and that the server-to-server app is activated")
}
