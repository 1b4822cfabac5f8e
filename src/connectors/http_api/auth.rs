//! How requests are signed in: by a header, or by a token that an authorization server gives for client credentials.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::template::encoded;
use crate::connectors::Call;
use crate::connectors::http::address::Base;
use crate::connectors::http::token::{self, Token};
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens};
use crate::vault::{Secret, SecretRef};

/// `auth`: one of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Auth {
    /// `Authorization: Bearer …`.
    Bearer(SecretRef),
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The account that Nightlatch acts as.
        user: String,
        /// Its password.
        password: SecretRef,
    },
    /// A header of another name, as in `X-Api-Key`.
    Header {
        /// The header's name.
        name: String,
        /// Its whole value.
        value: SecretRef,
    },
    /// `OAuth` client credentials (RFC 6749 4.4).
    Oauth(Oauth),
}

/// A token for client credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Oauth {
    /// The authorization server's token endpoint.
    token_url: Base,
    client_id: String,
    client_secret: SecretRef,
    /// Scopes, separated by spaces.
    #[serde(default)]
    scope: Option<String>,
    /// The API that the token is for, where the server wants to be told (not in the RFC, common).
    #[serde(default)]
    audience: Option<String>,
    /// Where id and secret are sent: every server takes the header (RFC 6749 2.3.1), some the body alone.
    #[serde(default)]
    secret_in: SecretIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SecretIn {
    #[default]
    Header,
    Body,
}

/// What a token endpoint grants (RFC 6749 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds; some servers write a text.
    #[serde(default)]
    expires_in: Value,
}

/// The way in, with the credential that is in use.
#[derive(Debug)]
pub(super) struct Door {
    auth: Option<Auth>,
    tokens: Tokens,
}

impl Door {
    pub(super) fn new(auth: Option<Auth>) -> Self {
        Self { auth, tokens: Tokens::default() }
    }

    /// Sends it signed in; where the credential is refused, once more with a new one. A refused one certainly did
    /// nothing.
    pub(super) async fn send(&self, http: &Http, request: Request, call: &Call) -> Result<Answer, Failure> {
        let Some(auth) = &self.auth else { return http.send(request, call).await };
        let attempt = |credential: Arc<Token>| http.send(auth.signed(request.clone(), &credential.secret), call);
        self.tokens.with(call, token::unauthorised, || auth.credential(http, call), attempt).await
    }

    /// Has a credential, without asking the system itself.
    pub(super) async fn open(&self, http: &Http, call: &Call) -> Result<(), Failure> {
        match &self.auth {
            Some(auth) => self.tokens.get(call, || auth.credential(http, call)).await.map(drop),
            None => Ok(()),
        }
    }
}

impl Auth {
    async fn credential(&self, http: &Http, call: &Call) -> Result<Minted, Failure> {
        let kept = match self {
            Self::Oauth(oauth) => return oauth.mint(http, call).await,
            Self::Bearer(kept) | Self::Basic { password: kept, .. } | Self::Header { value: kept, .. } => kept,
        };
        token::stored(kept).await
    }

    fn signed(&self, request: Request, credential: &Secret) -> Request {
        match self {
            Self::Bearer(_) | Self::Oauth(_) => request.authorised("Bearer", credential),
            Self::Basic { user, .. } => request.basic(user, credential),
            Self::Header { name, .. } => request.header(name, credential.expose()).hide(credential.clone()),
        }
    }
}

impl Oauth {
    async fn mint(&self, http: &Http, call: &Call) -> Result<Minted, Failure> {
        let secret = token::fetch(&self.client_secret).await?;
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(self.scope.iter().map(|scope| ("scope", scope.as_str())));
        form.extend(self.audience.iter().map(|audience| ("audience", audience.as_str())));
        let mut request = Request::ask(self.token_url.url()).header("accept", "application/json").hide(secret.clone());
        match self.secret_in {
            // Both halves are encoded before they are joined (RFC 6749 2.3.1).
            SecretIn::Header => {
                request = request.basic(&encoded(&self.client_id), &Secret::new(encoded(secret.expose())));
            }
            SecretIn::Body => {
                form.push(("client_id", &self.client_id));
                form.push(("client_secret", secret.expose()));
            }
        }
        let answer = http.send(request.form(form), call).await?;
        if !answer.ok() {
            let failure = answer.by_status();
            let reason = format!("no token: {}", failure.reason);
            return Err(Failure { reason, ..failure }
                .cure("check auth.oauth: token_url, client_id, client_secret, scope and audience"));
        }
        let granted: Granted = answer.json()?;
        let seconds = match &granted.expires_in {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        Ok(Minted { token: Secret::new(granted.access_token), holds: seconds.map(Duration::from_secs) })
    }
}
