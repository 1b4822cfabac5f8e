//! Requests to the service, signed in its way.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::message::{self, MEDIA_TYPE, Page, User};
use super::said;
use crate::connectors::Call;
use crate::connectors::http::token::{self, Token};
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What};
use crate::vault::Secret;

pub(super) struct Client {
    pub(super) config: Config,
    http: Http,
    tokens: Tokens,
    abilities: OnceCell<Abilities>,
}

/// What the service says that it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Abilities {
    pub(super) patch: bool,
    etag: bool,
}

/// A user as read, with what a change needs of it.
pub(super) struct Found {
    pub(super) user: User,
    pub(super) whole: Value,
    /// Its `ETag`, if the service has such.
    version: Option<String>,
}

impl Abilities {
    /// Of a `ServiceProviderConfig` (RFC 7643 5). What it does not say is tried.
    fn of(config: &Value) -> Self {
        let supported = |what: &str| config.get(what)?.get("supported")?.as_bool();
        Self { patch: supported("patch").unwrap_or(true), etag: supported("etag").unwrap_or(true) }
    }
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Tokens::default(), abilities: OnceCell::new() }
    }

    fn users(&self) -> Result<Url, Failure> {
        self.config.base_url.at(&["Users"])
    }

    fn user_url(&self, id: &str) -> Result<Url, Failure> {
        self.config.base_url.at(&["Users", id])
    }

    /// Asked once. Some services have no such page.
    pub(super) async fn abilities(&self, call: &Call) -> Result<Abilities, Failure> {
        let ask = || async {
            let request = Request::get(self.config.base_url.at(&["ServiceProviderConfig"])?);
            match self.send(request, call).await {
                Ok(answer) => Ok(Abilities::of(&answer.try_json().unwrap_or(Value::Null))),
                Err(failure) if matches!(failure.what, What::Gone | What::Denied | What::Rejected) => {
                    Ok(Abilities::of(&Value::Null))
                }
                Err(failure) => Err(failure),
            }
        };
        self.abilities.get_or_try_init(ask).await.copied()
    }

    /// The user; `None`: there is none.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<Found>, Failure> {
        let answer = self.send(Request::get(self.user_url(id)?), call).await;
        let Some(answer) = Failure::unless_gone(answer)? else { return Ok(None) };
        let (user, whole): (User, Value) = (answer.json()?, answer.json()?);
        if user.id != id {
            let reason = format!("asked for user {id}, the service answered with {}", user.id);
            return Err(answer.failure(What::NeedsHuman, reason));
        }
        let named = whole.pointer("/meta/version").and_then(Value::as_str);
        let version = answer.header("etag").or(named).map(str::to_owned);
        Ok(Some(Found { user, whole, version }))
    }

    /// Users of whom this is so: at most a handful, for two are too many already. The standard wants an empty list where
    /// there is none; some say that there is no such user, and so does whoever is no SCIM service ([`Self::has_users`]).
    pub(super) async fn matching(&self, filter: &str, call: &Call) -> Result<Vec<User>, Failure> {
        let request = Request::get(self.users()?).query(&[("filter", filter), ("startIndex", "1"), ("count", "10")]);
        self.send(request, call).await?.json::<Page<User>>().map(|page| page.resources)
    }

    /// Reads the list of users, of which none has this name (RFC 2606).
    pub(super) async fn reads_users(&self, call: &Call) -> Result<(), Failure> {
        let found = self.matching(&message::equals("userName", "probe@nightlatch.invalid"), call).await;
        if Failure::unless_gone(found)?.is_none() { self.has_users(call).await } else { Ok(()) }
    }

    /// Whether there is a list of users at all: a wrong address is no answer to who is in it.
    pub(super) async fn has_users(&self, call: &Call) -> Result<(), Failure> {
        let request = Request::get(self.users()?).query(&[("startIndex", "1"), ("count", "1")]);
        let found = self.send(request, call).await.and_then(|answer| answer.json::<Page<Value>>().map(drop));
        found.map_err(|failure| match failure.what {
            What::Gone => {
                failure.cure("correct `base_url`: it is what `/Users` hangs under, as in https://.../scim/v2")
            }
            _ => failure,
        })
    }

    /// Changes `active`, by PATCH or, where there is none, by writing the whole user.
    pub(super) async fn set_active(
        &self,
        found: &Found,
        active: bool,
        fresh: bool,
        call: &Call,
    ) -> Result<(), Failure> {
        let form = self.config.profile.form();
        if self.abilities(call).await?.patch {
            let body = message::patch_active(form, active);
            match self.change(Method::PATCH, found, Some(body), fresh, call).await {
                Err(failure) if failure.code == said::NO_SUCH_METHOD => {}
                other => return other,
            }
        }
        let whole = message::with_active(found.whole.clone(), form, active);
        self.change(Method::PUT, found, Some(whole), fresh, call).await
    }

    /// An act on a user as it was read: a service that knows versions refuses it if somebody has changed it since.
    pub(super) async fn change(
        &self,
        method: Method,
        found: &Found,
        body: Option<Value>,
        fresh: bool,
        call: &Call,
    ) -> Result<(), Failure> {
        let mut request = Request::act(method, self.user_url(&found.user.id)?);
        if let Some(version) = &found.version
            && self.abilities(call).await?.etag
        {
            request = request.header("if-match", version);
        }
        if let Some(body) = body {
            request = request.header("content-type", MEDIA_TYPE).json(body);
        }
        let answer = self.send(if fresh { request.fresh() } else { request }, call).await?;
        // 200 with the user, or 204 (RFC 7644 3.5.2); a page of some proxy is neither.
        if answer.is_empty() { Ok(()) } else { answer.json::<Value>().map(drop) }
    }

    /// A success, or what the answer means. A refused token certainly did nothing: it is fetched anew, once.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", format!("{MEDIA_TYPE}, application/json"));
        let mint = || token::stored(&self.config.token);
        let attempt = |token: Arc<Token>| self.http.send(self.signed(request.clone(), &token.secret), call);
        let answer = self.tokens.with(call, token::unauthorised, mint, attempt).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    fn signed(&self, request: Request, secret: &Secret) -> Request {
        match (&self.config.header, &self.config.user) {
            (Some(header), _) => request.header(header, secret.expose()).hide(secret.clone()),
            (None, Some(user)) => request.basic(user, secret),
            (None, None) => request.authorised("Bearer", secret),
        }
    }
}
