//! Calls with a client-credentials token, and the API key that goes with each.

use std::time::Duration;

use serde::Deserialize;

use super::config::Config;
use super::said;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};
use crate::connectors::{Call, Given};
use crate::vault::Secret;

const SCOPES: &str = "openid,AdobeID,user_management_sdk";

/// A token's life where Adobe does not say.
const A_DAY: u64 = 24 * 3_600;

pub(super) struct Client {
    pub(super) config: Config,
    http: Http,
    tokens: Tokens,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// In seconds.
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Client {
    pub(super) fn new(given: &Given, config: Config) -> Self {
        Self { config, http: given.http.clone(), tokens: Tokens::default() }
    }

    /// A success, or what the status means. That an act is a success is for its body to say.
    pub(super) async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let request = request.header("accept", "application/json").header("x-api-key", &self.config.client_id);
        let mint = || self.mint(call);
        let answer = self.tokens.send(&self.http, "Bearer", request, call, token::unauthorised, mint).await?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer)) }
    }

    async fn mint(&self, call: &Call) -> Result<Minted, Failure> {
        let secret = token::fetch(&self.config.client_secret).await?;
        let request = Request::ask(self.config.token_url.url())
            .form([
                ("grant_type", "client_credentials"),
                ("client_id", &self.config.client_id),
                ("client_secret", secret.expose()),
                ("scope", SCOPES),
            ])
            .hide(secret.clone());
        let answer = self.http.send(request, call).await?;
        if !answer.ok() {
            let failure = answer.by_status();
            return Err(match failure.what {
                What::Throttled { .. } | What::Unknown => failure,
                _ => answer
                    .failure(What::Locked, format!("Adobe gives no token: {}", answer.told()))
                    .cure("check client_id and client_secret, and that the project has the User Management API"),
            });
        }
        let granted: Granted = answer.json()?;
        let holds = Some(Duration::from_secs(granted.expires_in.unwrap_or(A_DAY)));
        Ok(Minted { token: Secret::new(granted.access_token), holds })
    }
}
