//! Where Google's APIs are, and in whose name they are called.

use reqwest::{Method, Url};
use serde_json::Value;

use super::config::{Api, Config};
use super::scope::Scope;
use super::service_account;
use super::user::User;
use super::voice::Voice;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Http, Minted, Request, Tokens, token};
use crate::vault::Secret;

/// How the token endpoint says that a scope is not delegated, or the whole service account.
pub(super) const UNDELEGATED: &str = "unauthorized_client";

pub(super) struct Client {
    config: Config,
    pub(super) http: Http,
    /// The admin's, one a scope, in the order of [`Scope::ALL`].
    tokens: [Tokens; Scope::ALL.len()],
    /// For all scopes together: good for nothing but to know that they are there.
    whole: Tokens,
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Default::default(), whole: Tokens::default() }
    }

    pub(super) fn admin(&self) -> &str {
        &self.config.admin
    }

    /// In the admin's name.
    pub(super) fn with(&self, scope: Scope) -> Voice<'_> {
        Voice::admin(self, scope, &self.tokens[scope as usize])
    }

    /// In the leaver's own name: their mail settings and files belong to nobody else.
    pub(super) fn leaver(&self, email: &str, scope: Scope) -> Voice<'_> {
        Voice::leaver(self, scope, email)
    }

    /// Whether the admin gets a token for all scopes at once. Believed for as long as such a token holds.
    pub(super) async fn has_all_scopes(&self, call: &Call) -> Result<bool, Failure> {
        let all: Vec<&str> = Scope::ALL.iter().flat_map(|scope| scope.names()).copied().collect();
        match self.whole.get(call, || self.mint(self.admin(), &all, call)).await {
            Ok(_) => Ok(true),
            Err(refused) if refused.code == UNDELEGATED => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Whether the admin gets a token for this scope alone. Asked anew each time.
    pub(super) async fn has_scope(&self, scope: &str, call: &Call) -> Result<bool, Failure> {
        match self.mint(self.admin(), &[scope], call).await {
            Ok(_) => Ok(true),
            Err(refused) if refused.code == UNDELEGATED => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// A token for `sub`, for exactly these scopes.
    pub(super) async fn mint(&self, sub: &str, scopes: &[&str], call: &Call) -> Result<Minted, Failure> {
        let key_file = token::fetch(&self.config.service_account).await?;
        service_account::mint(&self.http, &key_file, sub, scopes, self.config.token_url.as_ref(), call).await
    }

    /// A path of one of the APIs.
    pub(super) fn at(&self, api: Api, segments: &[&str]) -> Result<Url, Failure> {
        self.config.base(api).at(segments)
    }

    /// `users/{key}` of the directory and what hangs under it.
    pub(super) fn url(&self, key: &str, rest: &[&str]) -> Result<Url, Failure> {
        self.at(Api::Directory, &[&["users", key], rest].concat())
    }

    /// What the whole customer has: `customer/my_customer` and what hangs under it.
    pub(super) fn customer(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.at(Api::Directory, &[&["customer", "my_customer"], rest].concat())
    }

    pub(super) async fn user(&self, key: &str, call: &Call) -> Result<User, Failure> {
        let url = self.url(key, &[])?;
        self.with(Scope::Users).read(Request::get(url).query(&[("projection", "full")]), call).await
    }

    /// Changes a user: the fields named, the rest stays (`users.update` has patch semantics).
    pub(super) async fn update(&self, key: &str, change: Value, call: &Call) -> Result<(), Failure> {
        self.update_hiding(key, change, [], call).await
    }

    /// The same, and these values of it are shown nowhere.
    pub(super) async fn update_hiding(
        &self,
        key: &str,
        change: Value,
        hidden: impl IntoIterator<Item = Secret>,
        call: &Call,
    ) -> Result<(), Failure> {
        let request = Request::act(Method::PUT, self.url(key, &[])?).json(change);
        self.with(Scope::Users).change(hidden.into_iter().fold(request, Request::hide), call).await
    }
}
