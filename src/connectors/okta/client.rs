//! Calls to the org, by API token or as a service application.

use std::sync::Mutex;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use super::scope::Scope;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, jwt, token};
use crate::connectors::{BuildError, Call, Given};
use crate::vault::SecretRef;

pub(super) struct Client {
    config: Config,
    auth: Auth,
    http: Http,
    /// One a scope, in the order of [`Scope::ALL`].
    tokens: [Tokens; Scope::ALL.len()],
    /// When all scopes were last seen to be there.
    pub(super) complete: Mutex<Option<Duration>>,
    /// The user whose API token this is.
    own: OnceCell<Option<String>>,
}

enum Auth {
    /// `Authorization: SSWS`.
    ApiToken(SecretRef),
    /// An OAuth service application with `private_key_jwt`, the only way to Okta's own scopes.
    Service { client_id: String, private_key: SecretRef },
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    token_type: String,
}

#[derive(Deserialize)]
struct Me {
    id: String,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Result<Self, BuildError> {
        let auth = match (&config.api_token, &config.client_id, &config.private_key) {
            (Some(token), None, None) => Auth::ApiToken(token.clone()),
            (None, Some(client_id), Some(private_key)) => {
                Auth::Service { client_id: client_id.clone(), private_key: private_key.clone() }
            }
            _ => {
                return Err(given.wrong("give either api_token, or client_id and private_key"));
            }
        };
        Ok(Self {
            config,
            auth,
            http: given.http.clone(),
            tokens: Default::default(),
            complete: Mutex::default(),
            own: OnceCell::new(),
        })
    }

    /// `/api/v1/users/{id}` and what hangs under it.
    pub(super) fn url(&self, id: &str, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["api", "v1", "users", id], rest].concat())
    }

    /// Any other path of the management API.
    pub(super) fn api(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.config.base_url.at(&[&["api", "v1"], rest].concat())
    }

    /// Reads the list of users, of which there is none by this address (RFC 2606).
    pub(super) async fn reads_users(&self, call: &Call) -> Result<(), Failure> {
        let search = "profile.email eq \"probe@nightlatch.invalid\"";
        self.read::<Vec<Value>>(
            Scope::Users,
            Request::get(self.api(&["users"])?).query(&[("search", search), ("limit", "1")]),
            call,
        )
        .await
        .map(drop)
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        scope: Scope,
        request: Request,
        call: &Call,
    ) -> Result<T, Failure> {
        self.send(scope, request, call).await?.json()
    }

    /// An act whose success has no body, or one in JSON; a page that stands in for it is no success.
    pub(super) async fn act(&self, scope: Scope, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(scope, request, call).await?;
        answer.no_page()
    }

    /// The user whose API token this is; a service application is nobody.
    pub(super) async fn own_user(&self, call: &Call) -> Option<String> {
        match self.auth {
            Auth::ApiToken(_) => self.own.get_or_try_init(|| self.me(call)).await.ok().cloned().flatten(),
            Auth::Service { .. } => None,
        }
    }

    async fn me(&self, call: &Call) -> Result<Option<String>, Failure> {
        match self.read::<Me>(Scope::Users, Request::get(self.url("me", &[])?), call).await {
            Ok(me) => Ok(Some(me.id)),
            Err(failure) if matches!(failure.what, What::Gone | What::Denied) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// An act that takes something away; what is not there is gone already.
    pub(super) async fn remove(&self, scope: Scope, request: Request, call: &Call) -> Result<(), Failure> {
        Failure::unless_gone(self.act(scope, request, call).await).map(drop)
    }

    /// A success, or what the answer means.
    pub(super) async fn send(&self, scope: Scope, request: Request, call: &Call) -> Result<Answer, Failure> {
        let (scheme, tokens) = match self.auth {
            Auth::ApiToken(_) => ("SSWS", &self.tokens[0]),
            Auth::Service { .. } => ("Bearer", &self.tokens[scope as usize]),
        };
        let request = request.header("accept", "application/json");
        let mint = || self.mint(scope, call);
        let sent = tokens.send(&self.http, scheme, request, call, token::unauthorised, mint).await;
        let answer = sent.map_err(|failure| narrowed(scope, failure))?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer, scope)) }
    }

    async fn mint(&self, scope: Scope, call: &Call) -> Result<Minted, Failure> {
        let (client_id, private_key) = match &self.auth {
            Auth::ApiToken(secret) => return token::stored(secret).await,
            Auth::Service { client_id, private_key } => (client_id, private_key),
        };
        let pem = token::fetch(private_key).await?;
        let url = self.config.base_url.at(&["oauth2", "v1", "token"])?;
        let now = jwt::now_s();
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce)
            .map_err(|error| Failure::new(Kind::Read, What::NotSent, format!("no random bytes: {error}")))?;
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": url.as_str(), "iat": now, "exp": now + 300,
            "jti": hex::encode(nonce),
        });
        let assertion = jwt::sign(pem.expose(), self.config.key_id.as_deref(), &claims).ok_or_else(|| {
            Failure::new(Kind::Read, What::Denied, "the private key is no RSA or P-256 key in PEM")
                .cure("store the service application's private key in PEM (PKCS#8) as this secret")
        })?;
        let request = Request::ask(url)
            .form([
                ("grant_type", "client_credentials"),
                ("scope", &scope.names().join(" ")),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.expose()),
            ])
            .hide(assertion.clone());
        let answer = self.http.send(request, call).await?;
        if !answer.ok() {
            return Err(refusal(&answer, scope));
        }
        let granted: Granted = answer.json()?;
        if granted.token_type.eq_ignore_ascii_case("dpop") {
            return Err(needs_dpop(&answer));
        }
        let holds = Some(Duration::from_secs(granted.expires_in.unwrap_or(3_600)));
        Ok(Minted { token: crate::vault::Secret::new(granted.access_token), holds })
    }
}

fn needs_dpop(answer: &Answer) -> Failure {
    answer
        .failure(What::Denied, "Okta asks for DPoP, which is not spoken here")
        .code("use_dpop_nonce")
        .cure("clear \"Require Demonstrating Proof of Possession\" in the service application's general settings")
}

/// A token that is refused locks everything; but a scope that nobody granted stops what needs it alone.
fn narrowed(scope: Scope, failure: Failure) -> Failure {
    if failure.what == What::Locked && failure.code == "invalid_scope" && scope != Scope::Users {
        return Failure { what: What::Denied, ..failure };
    }
    failure
}

/// What a refused token request means, and its cure.
fn refusal(answer: &Answer, scope: Scope) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let cure = match code {
        "use_dpop_nonce" | "invalid_dpop_proof" => return needs_dpop(answer),
        "invalid_client" => "check client_id, key_id and private_key, and that the application is active".to_owned(),
        "invalid_scope" => format!("grant the service application the scopes {}", scope.names().join(" and ")),
        _ => return said::failure(answer, scope),
    };
    answer.failure(What::Denied, format!("Okta gives no token: {}", answer.told())).code(code).cure(cure)
}
