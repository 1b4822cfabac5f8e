//! Calls to the REST API.

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Request, Tokens, What, token};
use crate::connectors::{BuildError, Call, Given};

/// Pages of 100 that are read at most; beyond, a list is taken to be endless.
const PAGES: u32 = 50;

pub(super) struct Client {
    pub(super) config: Config,
    base: Base,
    http: Http,
    tokens: Tokens,
    me: OnceCell<Me>,
}

/// As whom the token acts.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) id: u64,
    pub(super) username: String,
    /// Shown to administrators alone.
    #[serde(default)]
    pub(super) is_admin: bool,
}

/// Whether the number under this key is the one that an account has as its id.
pub(super) fn names(value: &Value, key: &str, id: &str) -> bool {
    value.get(key).and_then(Value::as_u64).is_some_and(|number| number.to_string() == id)
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        config.check().map_err(|problem| given.wrong(problem))?;
        let base = config.base();
        Ok(Self { config, base, http: given.http.clone(), tokens: Tokens::default(), me: OnceCell::new() })
    }

    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, Failure> {
        self.base.at(segments)
    }

    /// `/groups/{group}` and what hangs under it. A path's slashes are encoded, as GitLab wants them.
    pub(super) fn group(&self, rest: &[&str]) -> Result<Url, Failure> {
        let group = self.config.group.as_deref().unwrap_or_default();
        self.url(&[&["groups", group], rest].concat())
    }

    pub(super) async fn me(&self, call: &Call) -> Result<&Me, Failure> {
        self.me.get_or_try_init(|| async { self.read(Request::get(self.url(&["user"])?), call).await }).await
    }

    /// Others see their own tokens only, and an empty list of theirs would prove nothing.
    pub(super) async fn as_administrator(&self, call: &Call) -> Result<(), Failure> {
        let me = self.me(call).await?;
        if me.is_admin {
            return Ok(());
        }
        let reason = format!("{} is no administrator, and would be shown their own things only", me.username);
        Err(Failure::new(Kind::Read, What::Denied, reason)
            .cure("use an administrator's token, with admin_mode where that is on"))
    }

    /// The token's own scopes; `None`: this is no personal token, and GitLab does not tell.
    pub(super) async fn granted(&self, call: &Call) -> Result<Option<Vec<String>>, Failure> {
        #[derive(Deserialize)]
        struct Token {
            scopes: Vec<String>,
        }
        let token: Option<Token> =
            self.found(Request::get(self.url(&["personal_access_tokens", "self"])?), call).await?;
        Ok(token.map(|token| token.scopes))
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// `None`: 404.
    pub(super) async fn found<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<Option<T>, Failure> {
        Failure::unless_gone(self.read(request, call).await)
    }

    /// An act; what it answered: `Null` for nothing, and for the `null` of what was so already.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<Value, Failure> {
        let answer = self.send(request, call).await?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        answer.json()
    }

    /// All items of a list. The next page's address is made here, so that no token goes where a header points.
    pub(super) async fn list(&self, url: &Url, query: &[(&str, &str)], call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let number = page.to_string();
            let request = Request::get(url.clone()).query(query).query(&[("per_page", "100"), ("page", &number)]);
            let answer = self.send(request, call).await?;
            let mut items = answer.json::<Vec<Value>>()?;
            let more = answer.header("x-next-page").is_some_and(|next| !next.is_empty())
                || answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            all.append(&mut items);
            if !more {
                return Ok(all);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || token::stored(&self.config.token);
        let request = request.header("accept", "application/json");
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }
}
