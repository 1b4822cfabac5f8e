//! Calls to the organisation's endpoints.

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::{Config, Flavor};
use super::said;
use super::token::{Auth, dressed};
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What, token};
use crate::connectors::{BuildError, Call, Given};
use crate::model::Account;

/// Pages of 100 that are read at most; beyond, a list is taken to be endless.
const PAGES: u32 = 100;

/// What a classic personal token needs.
const SCOPES: [&str; 3] = ["admin:org", "admin:org_hook", "repo"];

/// What an App needs.
const PERMISSIONS: [(&str, &str); 10] = [
    ("members", "write"),
    ("organization_administration", "write"),
    ("organization_personal_access_tokens", "write"),
    ("organization_copilot_seat_management", "write"),
    ("administration", "read"),
    ("repository_hooks", "read"),
    ("organization_hooks", "read"),
    ("secrets", "read"),
    ("organization_secrets", "read"),
    ("organization_self_hosted_runners", "read"),
];

pub(super) struct Client {
    pub(super) config: Config,
    pub(super) flavor: Flavor,
    auth: Auth,
    /// The same with the enterprise's token, where that is another one.
    of_enterprise: Option<Box<Client>>,
    http: Http,
    tokens: Tokens,
    /// The login whose personal token this is.
    own: OnceCell<Option<String>>,
    /// The SCIM id of that person, where the enterprise manages its users.
    pub(super) own_managed: OnceCell<Option<String>>,
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
        let flavor = config.flavor().map_err(|problem| given.wrong(problem))?;
        let of_enterprise = match (&config.enterprise, &config.enterprise_token, &auth) {
            (Some(_), None, Auth::App { .. }) => {
                return Err(
                    given.wrong("GitHub lets no App into an enterprise: give enterprise_token, a classic token")
                );
            }
            (Some(_), Some(token), _) => {
                let auth = Auth::Personal(token.clone());
                Some(Box::new(Self::signing_on(config.clone(), flavor, auth, given.http.clone())))
            }
            _ => None,
        };
        Ok(Self { of_enterprise, ..Self::signing_on(config, flavor, auth, given.http.clone()) })
    }

    fn signing_on(config: Config, flavor: Flavor, auth: Auth, http: Http) -> Self {
        let (tokens, own, own_managed) = (Tokens::default(), OnceCell::new(), OnceCell::new());
        Self { config, flavor, auth, of_enterprise: None, http, tokens, own, own_managed }
    }

    /// The client that the enterprise is asked with.
    pub(super) fn enterprise(&self) -> &Self {
        self.of_enterprise.as_deref().unwrap_or(self)
    }

    pub(super) fn enterprise_slug(&self) -> &str {
        self.config.enterprise.as_deref().unwrap_or_default()
    }

    /// `/enterprises/{enterprise}` and what hangs under it.
    pub(super) fn enterprise_url(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["enterprises", self.enterprise_slug()], rest].concat())
    }

    pub(super) fn is_app(&self) -> bool {
        matches!(self.auth, Auth::App { .. })
    }

    /// The account's login. Of a managed user it is looked up, for suspension changes it.
    pub(super) async fn login(&self, account: &Account, call: &Call) -> Result<Option<String>, Failure> {
        match self.flavor {
            Flavor::Emu => self.managed_login(&account.id, call).await,
            Flavor::Org | Flavor::GhecSaml | Flavor::GhecScim => Ok(Some(account.id.clone())),
        }
    }

    pub(super) fn org(&self) -> &str {
        &self.config.org
    }

    /// `/orgs/{org}` and what hangs under it.
    pub(super) fn url(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["orgs", self.org()], rest].concat())
    }

    /// Reads something, and says which scopes or permissions are missing, as far as GitHub tells.
    pub(super) async fn missing(&self, call: &Call) -> Result<Vec<String>, Failure> {
        let request = Request::get(self.url(&["outside_collaborators"])?).query(&[("per_page", "1")]);
        let answer = self.send(request, call).await?;
        answer.json::<Vec<Value>>()?;
        if let Auth::App { .. } = self.auth {
            let granted = self.auth.permissions(&self.http, &self.config.base_url, self.org(), call).await?;
            let level = |name: &str| granted.get(name).map(String::as_str);
            let lacks = |(name, least): &(&str, &str)| level(name) != Some(*least) && level(name) != Some("write");
            return Ok(PERMISSIONS
                .iter()
                .filter(|it| lacks(it))
                .map(|(name, level)| format!("{name}={level}"))
                .collect());
        }
        // A fine-grained token has no scopes, and says nothing of its permissions.
        let Some(granted) = answer.header("x-oauth-scopes") else { return Ok(Vec::new()) };
        let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
        Ok(SCOPES.iter().filter(|scope| !granted.contains(*scope)).map(|scope| (*scope).to_owned()).collect())
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: 404.
    pub(super) async fn found<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<Option<T>, Failure> {
        Failure::unless_gone(self.read(request, call).await)
    }

    /// An act whose success is 204, or 2xx with JSON.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        answer.no_page()
    }

    /// All items of a list, page by page.
    pub(super) async fn list(&self, url: &Url, query: &[(&str, &str)], call: &Call) -> Result<Vec<Value>, Failure> {
        self.list_under(url, query, None, call).await
    }

    /// The same where the list stands under a key.
    pub(super) async fn list_under(
        &self,
        url: &Url,
        query: &[(&str, &str)],
        key: Option<&str>,
        call: &Call,
    ) -> Result<Vec<Value>, Failure> {
        let (all, complete) = self.pages(url, query, key, usize::MAX, call).await?;
        if complete {
            return Ok(all);
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }

    /// The first items of a list, `most` of them.
    pub(super) async fn some_of(
        &self,
        url: &Url,
        query: &[(&str, &str)],
        most: usize,
        call: &Call,
    ) -> Result<Vec<Value>, Failure> {
        let (mut all, _) = self.pages(url, query, None, most, call).await?;
        all.truncate(most);
        Ok(all)
    }

    /// Pages until `enough` items are there, and whether that was the end. The next page's address is made here: the one
    /// in `Link` only says that there is one, so that no token goes where a header points.
    async fn pages(
        &self,
        url: &Url,
        query: &[(&str, &str)],
        key: Option<&str>,
        enough: usize,
        call: &Call,
    ) -> Result<(Vec<Value>, bool), Failure> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let number = page.to_string();
            let request = Request::get(url.clone()).query(query).query(&[("per_page", "100"), ("page", &number)]);
            let answer = self.send(request, call).await?;
            let mut body: Value = answer.json()?;
            let items = match key {
                Some(key) => body.get_mut(key).map(Value::take).unwrap_or_default(),
                None => body,
            };
            let Value::Array(mut items) = items else {
                return Err(answer.failure(What::Unknown, "GitHub's answer is not the list that was asked for"));
            };
            all.append(&mut items);
            let more = answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            if !more || all.len() >= enough {
                return Ok((all, !more));
            }
        }
        Ok((all, false))
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
