//! Calls to the org: the version that it speaks, queries page by page, changes of one record.

use std::sync::OnceLock;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use super::token::Auth;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What};
use crate::connectors::{BuildError, Call, Given};

/// Pages of 2,000 rows that are read at most: beyond, it cannot be one person's.
const PAGES: u32 = 5;

/// What the actions need of the integration user, by the names of `UserPermissionAccess`.
const PERMISSIONS: [&str; 5] =
    ["ManageUsers", "AssignPermissionSets", "ViewSetup", "CustomizeApplication", READS_METADATA];

/// Modify Metadata Through Metadata API Functions, which that API wants of whoever reads, too.
pub(super) const READS_METADATA: &str = "ModifyMetadata";

/// Modify All Data, which the Metadata API takes in its place.
const ALL_DATA: &str = "ModifyAllData";

pub(super) struct Client {
    pub(super) config: Config,
    auth: Auth,
    pub(super) http: Http,
    pub(super) tokens: Tokens,
    /// As in `v62.0`: the newest that the org has.
    version: OnceCell<String>,
    /// The id of the user that the token acts as.
    own: OnceLock<String>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    total_size: u64,
    done: bool,
    #[serde(default)]
    records: Vec<Value>,
    #[serde(default)]
    next_records_url: Option<String>,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        let auth = Auth::new(given, &config)?;
        Ok(Self {
            config,
            auth,
            http: given.http.clone(),
            tokens: Tokens::default(),
            version: OnceCell::new(),
            own: OnceLock::new(),
        })
    }

    /// The API's version, read once.
    pub(super) async fn version(&self, call: &Call) -> Result<&str, Failure> {
        self.version.get_or_try_init(|| self.newest(call)).await.map(String::as_str)
    }

    async fn newest(&self, call: &Call) -> Result<String, Failure> {
        let answer = self.http.send(Request::get(self.config.base_url.at(&["services", "data"])?), call).await?;
        if !answer.ok() {
            return Err(said::failure(&answer));
        }
        let versions: Vec<Version> = answer.json()?;
        let number = |version: &str| version.parse::<f64>().ok();
        versions
            .iter()
            .filter_map(|it| Some((number(&it.version)?, &it.version)))
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, version)| format!("v{version}"))
            .ok_or_else(|| answer.failure(What::Unknown, "Salesforce names no version of its API"))
    }

    /// `/services/data/{version}` and what hangs under it.
    pub(super) async fn url(&self, rest: &[&str], call: &Call) -> Result<Url, Failure> {
        let version = self.version(call).await?;
        self.config.base_url.at(&[&["services", "data", version], rest].concat())
    }

    /// All rows of a query. The next page's address is made here, of the locator in the one that Salesforce gives.
    pub(super) async fn query<T: DeserializeOwned>(&self, soql: &str, call: &Call) -> Result<Vec<T>, Failure> {
        let mut request = Request::get(self.url(&["query"], call).await?).query(&[("q", soql)]);
        let mut rows = Vec::new();
        for _ in 0..PAGES {
            let answer = self.send(request, call).await?;
            let page: Page = answer.json()?;
            for record in page.records {
                let row = serde_json::from_value(record);
                rows.push(row.map_err(|why| answer.failure(What::Unknown, format!("an unknown kind of row: {why}")))?);
            }
            if page.done {
                return Ok(rows);
            }
            let next = page.next_records_url.unwrap_or_default();
            let locator = next.rsplit('/').next().filter(|locator| !locator.is_empty());
            let locator = locator
                .ok_or_else(|| answer.failure(What::Unknown, "a query that goes on without a next page"))?
                .to_owned();
            request = Request::get(self.url(&["query", &locator], call).await?);
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a query of more than {PAGES} pages")))
    }

    /// How many rows a `SELECT COUNT()` finds.
    pub(super) async fn count(&self, soql: &str, call: &Call) -> Result<u64, Failure> {
        let request = Request::get(self.url(&["query"], call).await?).query(&[("q", soql)]);
        Ok(self.read::<Page>(request, call).await?.total_size)
    }

    /// Changes these fields of one record; 204 and no body.
    pub(super) async fn change(&self, object: &str, id: &str, fields: Value, call: &Call) -> Result<(), Failure> {
        let url = self.url(&["sobjects", object, id], call).await?;
        let answer = self.send(Request::act(Method::PATCH, url).json(fields), call).await?;
        answer.nothing()
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// The id of the user that this acts as, which the token comes with.
    pub(super) async fn own_id(&self, call: &Call) -> Result<String, Failure> {
        self.tokens.get(call, || self.mint(call)).await?;
        Ok(self.own.get().cloned().unwrap_or_default())
    }

    /// Permissions that the integration user lacks; none where the org does not tell.
    pub(super) async fn missing_permissions(&self, call: &Call) -> Result<Vec<&'static str>, Failure> {
        let fields: Vec<String> =
            PERMISSIONS.iter().chain([&ALL_DATA]).map(|name| format!("Permissions{name}")).collect();
        let fields = fields.join(", ");
        let rows = match self.query::<Value>(&format!("SELECT {fields} FROM UserPermissionAccess"), call).await {
            Err(failure) if failure.what == What::Rejected => return Ok(Vec::new()),
            other => other?,
        };
        let lacks =
            |name: &str| rows.iter().any(|row| row.get(format!("Permissions{name}")) == Some(&Value::Bool(false)));
        let made_up_for = |name: &str| name == READS_METADATA && !lacks(ALL_DATA);
        Ok(PERMISSIONS.into_iter().filter(|name| lacks(name) && !made_up_for(name)).collect())
    }

    /// A success, or what the answer means. A session that is no good any more is renewed once.
    pub(super) async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let mint = || self.mint(call);
        let ended = |answer: &Answer| answer.status == 401;
        let answer = self.tokens.send(&self.http, "Bearer", request, call, ended, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    pub(super) async fn mint(&self, call: &Call) -> Result<Minted, Failure> {
        let (minted, own) = self.auth.mint(&self.http, &self.config, call).await?;
        self.own.get_or_init(|| own);
        Ok(minted)
    }
}
