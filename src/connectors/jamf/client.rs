//! Calls with a bearer token, which an API client or a user account is given for minutes.

use std::time::Duration;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Config;
use super::said;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};
use crate::connectors::{BuildError, Call, Given};
use crate::vault::{Secret, SecretRef};

/// A token's life where it cannot be read: an account's is 30 minutes by default, and new ones are cheap.
const A_WHILE: Duration = Duration::from_secs(600);

pub(super) struct Client {
    pub(super) config: Config,
    auth: Auth,
    http: Http,
    tokens: Tokens,
}

enum Auth {
    ApiClient { id: String, secret: SecretRef },
    Account { name: String, password: SecretRef },
}

#[derive(Deserialize)]
struct Granted {
    #[serde(alias = "token")]
    access_token: String,
    /// In seconds; an account's token has another field.
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        let auth = match (&config.client_id, &config.client_secret, &config.username, &config.password) {
            (Some(id), Some(secret), None, None) => Auth::ApiClient { id: id.clone(), secret: secret.clone() },
            (None, None, Some(name), Some(password)) => {
                Auth::Account { name: name.clone(), password: password.clone() }
            }
            _ => return Err(given.wrong("give either client_id and client_secret, or username and password")),
        };
        Ok(Self { config, auth, http: given.http.clone(), tokens: Tokens::default() })
    }

    /// `/api/{version}` and what hangs under it.
    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["api"], segments].concat())
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// A command on a connection of its own: queued twice, it may be executed twice. Success is JSON that names it.
    pub(super) async fn queue(
        &self,
        segments: &[&str],
        body: Value,
        hidden: Option<Secret>,
        call: &Call,
    ) -> Result<(), Failure> {
        let mut request = Request::act(Method::POST, self.url(segments)?).json(body).fresh();
        if let Some(secret) = hidden {
            request = request.hide(secret);
        }
        self.send(request, call).await?.json::<Value>().map(drop)
    }

    /// A success, or what the answer means.
    async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", "application/json");
        let mint = || self.mint(call);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    async fn mint(&self, call: &Call) -> Result<Minted, Failure> {
        let (request, cure) = match &self.auth {
            Auth::ApiClient { id, secret } => {
                let secret = token::fetch(secret).await?;
                let request = Request::ask(self.url(&["v1", "oauth", "token"])?)
                    .form([("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret.expose())])
                    .hide(secret);
                (request, "check client_id and client_secret, and that the API client is enabled")
            }
            Auth::Account { name, password } => {
                let password = token::fetch(password).await?;
                let request = Request::ask(self.url(&["v1", "auth", "token"])?).basic(name, &password);
                (request, "check username and password")
            }
        };
        let answer = self.http.send(request, call).await?;
        if !answer.ok() {
            let failure = answer.by_status();
            return Err(match failure.what {
                What::Throttled { .. } | What::Unknown => failure,
                _ => answer.failure(What::Locked, format!("Jamf gives no token: {}", answer.told())).cure(cure),
            });
        }
        let granted: Granted = answer.json()?;
        let holds = Some(granted.expires_in.map_or(A_WHILE, Duration::from_secs));
        Ok(Minted { token: Secret::new(granted.access_token), holds })
    }
}

/// An action's own privileges, and the one that every command needs.
pub(super) fn privileges(own: &[&str]) -> Vec<String> {
    own.iter().copied().chain([said::COMMANDS]).map(str::to_owned).collect()
}
