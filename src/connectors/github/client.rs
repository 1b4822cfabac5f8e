//! Calls to the organisation's endpoints.

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use super::token::{Auth, dressed};
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What, token};
use crate::connectors::{BuildError, Call, Given};

/// Pages of 100 that are read at most; beyond, a list is taken to be endless.
const PAGES: u32 = 100;

pub(super) struct Client {
    pub(super) config: Config,
    auth: Auth,
    http: Http,
    tokens: Tokens,
    /// The login whose personal token this is.
    own: OnceCell<Option<String>>,
}

#[derive(Deserialize)]
struct Me {
    login: String,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        let auth = match (&config.token, &config.app_id, &config.private_key) {
            (Some(token), None, None) => Auth::Personal(token.clone()),
            (None, Some(app_id), Some(private_key)) => {
                Auth::App { app_id: app_id.clone(), private_key: private_key.clone() }
            }
            _ => {
                return Err(given.wrong("give either token, or app_id and private_key"));
            }
        };
        Ok(Self { config, auth, http: given.http.clone(), tokens: Tokens::default(), own: OnceCell::new() })
    }

    pub(super) fn org(&self) -> &str {
        &self.config.org
    }

    /// `/orgs/{org}` and what hangs under it.
    pub(super) fn url(&self, rest: &[&str]) -> Result<Url, Failure> {
        let segments: Vec<&str> = ["orgs", self.org()].into_iter().chain(rest.iter().copied()).collect();
        self.config.base_url.at(&segments)
    }

    pub(super) async fn reads_members(&self, call: &Call) -> Result<(), Failure> {
        let request = Request::get(self.url(&["outside_collaborators"])?).query(&[("per_page", "1")]);
        self.send(request, call).await?.json::<Vec<Value>>().map(drop)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: 404.
    pub(super) async fn found<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<Option<T>, Failure> {
        match self.read(request, call).await {
            Ok(it) => Ok(Some(it)),
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// An act whose success is 204, or 2xx with JSON.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        if answer.is_empty() || answer.try_json().is_some() {
            return Ok(());
        }
        Err(answer.failure(What::Unknown, format!("status {} with a page where nothing was expected", answer.status)))
    }

    /// All items of a list, page by page. The next page's address is made here: the one in `Link` only says that there
    /// is one, so that no token goes where a header points.
    pub(super) async fn list(&self, url: &Url, query: &[(&str, &str)], call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let number = page.to_string();
            let request = Request::get(url.clone()).query(query).query(&[("per_page", "100"), ("page", &number)]);
            let answer = self.send(request, call).await?;
            all.append(&mut answer.json::<Vec<Value>>()?);
            if !answer.header("link").is_some_and(|link| link.contains("rel=\"next\"")) {
                return Ok(all);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }

    /// A GraphQL query: a read, however it is sent.
    pub(super) async fn query(&self, query: Value, call: &Call) -> Result<Value, Failure> {
        let url = match &self.config.graphql_url {
            Some(base) => Base::url(base),
            None => self.config.base_url.at(&["graphql"])?,
        };
        let answer = self.send(Request::ask(url).json(query), call).await?;
        let body: Value = answer.json()?;
        match said::graphql(&answer, &body) {
            Some(failure) => Err(failure),
            None => Ok(body),
        }
    }

    /// The login whose personal token this is; an app is nobody.
    pub(super) async fn own_login(&self, call: &Call) -> Option<String> {
        match self.auth {
            Auth::Personal(_) => self.own.get_or_try_init(|| self.me(call)).await.ok().cloned().flatten(),
            Auth::App { .. } => None,
        }
    }

    async fn me(&self, call: &Call) -> Result<Option<String>, Failure> {
        match self.read::<Me>(Request::get(self.config.base_url.at(&["user"])?), call).await {
            Ok(me) => Ok(Some(me.login)),
            Err(failure) if matches!(failure.what, What::Gone | What::Denied) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || self.auth.mint(&self.http, &self.config.base_url, self.org(), call);
        let request = dressed(request);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }
}
