//! Calls to `HubSpot`.

use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use super::user::User;
use crate::connectors::Call;
use crate::connectors::call::{Kind, Observation};
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};

/// Pages of 100 users that are read at most; beyond, a list is taken to be endless.
const PAGES: u32 = 100;

/// Where the list of users is: by `HubSpot`'s own client library, and by its specification.
const COLLECTIONS: [[&str; 3]; 2] = [["settings", "v3", "users"], ["settings", "users", "v3"]];

pub(super) struct Client {
    config: Config,
    http: Http,
    tokens: Tokens,
    info: OnceCell<TokenInfo>,
}

/// Whose the token is: an app's works for as long as the super admin who made it is one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TokenInfo {
    pub(super) user_id: Option<u64>,
    pub(super) scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) results: Vec<T>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<Next>,
}

#[derive(Deserialize)]
struct Next {
    after: String,
}

impl<T> Page<T> {
    /// There is another page after it.
    pub(super) fn goes_on(&self) -> bool {
        self.paging.as_ref().is_some_and(|paging| paging.next.is_some())
    }
}

impl Client {
    pub(super) fn new(config: Config, http: Http) -> Self {
        Self { config, http, tokens: Tokens::default(), info: OnceCell::new() }
    }

    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(segments)
    }

    /// One user, by `USER_ID` or `EMAIL`; `None`: 404.
    pub(super) async fn user(&self, key: &str, property: &str, call: &Call) -> Result<Option<User>, Failure> {
        let request = Request::get(self.item(key)?).query(&[("idProperty", property)]);
        Failure::unless_gone(self.read(request, call).await)
    }

    /// Removes a user, by id alone: an address may belong to somebody else by now.
    pub(super) async fn remove(&self, id: &str, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::DELETE, self.item(id)?).query(&[("idProperty", "USER_ID")]).fresh();
        let answer = self.send(request, call).await?;
        answer.nothing()
    }

    fn item(&self, key: &str) -> Result<Url, Failure> {
        self.url(&["settings", "v3", "users", key])
    }

    /// All users of the account.
    pub(super) async fn users(&self, call: &Call) -> Result<Vec<User>, Failure> {
        let mut all = Vec::new();
        let mut after = String::new();
        for _ in 0..PAGES {
            let mut query = vec![("limit", "100")];
            if !after.is_empty() {
                query.push(("after", &after));
            }
            let mut page: Page<User> = self.collection(&query, call).await?;
            all.append(&mut page.results);
            match page.paging.and_then(|paging| paging.next) {
                Some(next) => after = next.after,
                None => return Ok(all),
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }

    pub(super) async fn reads_users(&self, call: &Call) -> Result<(), Failure> {
        self.collection::<Value>(&[("limit", "1")], call).await.map(drop)
    }

    async fn collection<T: DeserializeOwned>(&self, query: &[(&str, &str)], call: &Call) -> Result<T, Failure> {
        let [documented, specified] = COLLECTIONS;
        match self.read(Request::get(self.url(&documented)?).query(query), call).await {
            Err(failure) if failure.what == What::Gone => {
                self.read(Request::get(self.url(&specified)?).query(query), call).await
            }
            other => other,
        }
    }

    /// What `HubSpot` said of the token first.
    pub(super) async fn token_info(&self, call: &Call) -> Result<&TokenInfo, Failure> {
        self.info.get_or_try_init(|| self.ask_token_info(call)).await
    }

    /// What `HubSpot` says of the token; nothing of one that is no private app's.
    pub(super) async fn ask_token_info(&self, call: &Call) -> Result<TokenInfo, Failure> {
        let token = self.tokens.get(call, || self.mint()).await?;
        let url = self.url(&["oauth", "v2", "private-apps", "get", "access-token-info"])?;
        let body = json!({ "tokenKey": token.secret.expose() });
        match self.read(Request::ask(url).json(body), call).await {
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected | What::Denied) => {
                Ok(TokenInfo::default())
            }
            other => other,
        }
    }

    /// How many records of a type an owner has, by the search index, which lags behind writes by seconds.
    pub(super) async fn owned(&self, object: &str, owner: &str, call: &Call) -> Result<u64, Failure> {
        #[derive(Deserialize)]
        struct Found {
            total: u64,
        }
        let filter = json!({ "propertyName": "hubspot_owner_id", "operator": "EQ", "value": owner });
        let body = json!({ "filterGroups": [{ "filters": [filter] }], "properties": [], "limit": 1 });
        let url = self.url(&["crm", "v3", "objects", object, "search"])?;
        Ok(self.read::<Found>(Request::ask(url).json(body), call).await?.total)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || self.mint();
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        observe(&answer, call);
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    async fn mint(&self) -> Result<Minted, Failure> {
        token::stored(&self.config.token).await
    }
}

/// `HubSpot`'s own family of headers. A search has none.
fn observe(answer: &Answer, call: &Call) {
    let number = |name: &str| answer.header(name)?.parse::<u64>().ok();
    if let (Some(remaining), Some(interval)) =
        (number("x-hubspot-ratelimit-remaining"), number("x-hubspot-ratelimit-interval-milliseconds"))
    {
        call.observe(Observation { remaining: Some(remaining), reset_in_ms: Some(interval), ..Observation::default() });
    }
}
