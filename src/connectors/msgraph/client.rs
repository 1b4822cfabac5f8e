//! Calls to Graph as an application.

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Config;
use super::credential::Credential;
use super::{access_token, said};
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, each, token};
use crate::connectors::{BoxFuture, BuildError, Call, Given, Probe};

/// Pages that are read at most, of 100 as a rule; beyond, a list is taken to be endless.
const PAGES: usize = 50;

/// Graph, as one app registration sees it.
pub(in crate::connectors) struct Graph {
    config: Config,
    credential: Credential,
    http: Http,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(default, rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Graph {
    pub(in crate::connectors) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        let credential = Credential::of(given, &config)?;
        Ok(Self { config, credential, http: given.http.clone(), tokens: Tokens::default() })
    }

    /// `/v1.0/…`
    pub(in crate::connectors) fn v1(&self, segments: &[&str]) -> Result<Url, Failure> {
        self.under("v1.0", segments)
    }

    /// `/beta/…`, for the little that v1.0 lacks.
    pub(in crate::connectors) fn beta(&self, segments: &[&str]) -> Result<Url, Failure> {
        self.under("beta", segments)
    }

    fn under(&self, version: &str, segments: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&[version], segments].concat())
    }

    /// `/v1.0/users/{id}` and what hangs under it.
    pub(in crate::connectors) fn user_url(&self, id: &str, rest: &[&str]) -> Result<Url, Failure> {
        self.v1(&[&["users", id], rest].concat())
    }

    pub(in crate::connectors) async fn read<T: DeserializeOwned>(
        &self,
        request: Request,
        call: &Call,
    ) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: there is no such thing.
    pub(in crate::connectors) async fn found<T: DeserializeOwned>(
        &self,
        request: Request,
        call: &Call,
    ) -> Result<Option<T>, Failure> {
        Failure::unless_gone(self.read(request, call).await)
    }

    /// All items of a list. The next page is asked for as Graph names it, but only from Graph: the token goes with it.
    pub(in crate::connectors) async fn list<T: DeserializeOwned>(
        &self,
        mut request: Request,
        call: &Call,
    ) -> Result<Vec<T>, Failure> {
        let endless = |why: &str| Failure::new(Kind::Read, What::Unknown, format!("a list {why}"));
        let own = self.config.base_url.url().origin();
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let mut page: Page<T> = self.read(request.clone(), call).await?;
            all.append(&mut page.value);
            let Some(next) = page.next else { return Ok(all) };
            let next = Url::parse(&next).map_err(|_| endless("whose next page has no address"))?;
            if next.origin() != own {
                return Err(Failure::new(Kind::Read, What::Rejected, "the list's next page is on another host")
                    .cure("set base_url to the Graph of your cloud"));
            }
            if next == request.url {
                return Err(endless("whose next page is the same one again"));
            }
            request.url = next;
        }
        Err(endless(&format!("of more than {PAGES} pages")))
    }

    /// An act whose success has no body, or one in JSON; a page that stands in for it is no success.
    pub(in crate::connectors) async fn act(&self, request: Request, call: &Call) -> Result<Value, Failure> {
        let answer = self.send(request, call).await?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        let page = || format!("status {} with a page where nothing was expected", answer.status);
        answer.try_json().ok_or_else(|| answer.failure(What::Unknown, page()))
    }

    /// Acts of one step: all are tried, and what `over` says of a failure that is none holds.
    pub(in crate::connectors) async fn act_all(
        &self,
        requests: Vec<Request>,
        over: fn(&Failure) -> bool,
        call: &Call,
    ) -> Result<(), Failure> {
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for request in requests {
            acts.push(Box::pin(async move {
                match self.act(request, call).await {
                    Err(failure) if !over(&failure) => Err(failure),
                    _ => Ok(()),
                }
            }));
        }
        each::all(acts).await
    }

    /// Reads this, and compares the token's permissions with those that are needed: one of each row; the first is the
    /// least, and what is told.
    pub(in crate::connectors) async fn probe(
        &self,
        request: Request,
        needed: &[&[&'static str]],
        call: &Call,
    ) -> Result<Probe, Failure> {
        let token = self.tokens.get(call, || self.mint(call)).await?;
        let held = access_token::permissions(&token.secret);
        let lacks = |row: &&&[&'static str]| {
            held.as_ref().is_some_and(|held| !row.iter().any(|wanted| held.iter().any(|one| one == wanted)))
        };
        let missing: Vec<&str> = needed.iter().filter(lacks).filter_map(|row| row.first().copied()).collect();
        let acts_as = format!("acts as application {}", self.config.client_id);
        match self.read::<Value>(request, call).await {
            Err(failure) if failure.what != What::Denied || missing.is_empty() => Err(failure),
            _ => Ok(Probe::up(acts_as).missing(missing)),
        }
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", "application/json");
        let mint = || self.mint(call);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    async fn mint(&self, call: &Call) -> Result<Minted, Failure> {
        let url = self.config.login_url.at(&[&self.config.tenant, "oauth2", "v2.0", "token"])?;
        let request = self.credential.sign(Request::ask(url), &self.config.client_id, &self.config.scope).await?;
        access_token::minted(&self.http.send(request, call).await?)
    }
}

/// A text in a `$filter`, quoted.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An `@odata.type` without its namespace, as in `user`.
pub(in crate::connectors) fn type_name(odata_type: &str) -> &str {
    odata_type.rsplit('.').next().unwrap_or_default()
}
