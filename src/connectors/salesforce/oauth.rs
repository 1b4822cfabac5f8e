//! OAuth tokens that the person gave to other applications. The rows cannot be deleted: each token is revoked by itself.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::said;
use super::soql::quoted;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};
use crate::vault::Secret;

struct RevokeTokens {
    client: Arc<Client>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OauthToken {
    id: String,
    #[serde(default)]
    app_name: Option<String>,
    /// What revokes it, and as good as the token: it never comes out.
    #[serde(default)]
    delete_token: Option<String>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        // A grant cannot be given back, but its owner can make a new one.
        danger: Danger::HardToUndo,
        scopes: vec!["CustomizeApplication".into()],
        ..given.spec("revoke-oauth-tokens", "Revokes every OAuth token that the person gave to an application")
    };
    (spec, RevokeTokens { client: Arc::clone(client) })
}

impl RevokeTokens {
    async fn tokens(&self, account: &Account, call: &Call) -> Result<Vec<OauthToken>, Failure> {
        let soql = format!("SELECT Id, AppName, DeleteToken FROM OauthToken WHERE UserId = {}", quoted(&account.id));
        self.client.query(&soql, call).await
    }

    async fn revoke(&self, token: Secret, call: &Call) -> Result<(), Failure> {
        let url = self.client.config.base_url.at(&["services", "oauth2", "revoke"])?;
        let request = Request::act(reqwest::Method::POST, url).form([("token", token.expose())]).hide(token.clone());
        let answer = self.client.http.send(request, call).await?;
        if answer.ok() && answer.is_empty() {
            return Ok(());
        }
        if answer.ok() {
            return Err(answer.failure(What::Unknown, "a page where nothing was expected"));
        }
        let body = answer.try_json().unwrap_or(Value::Null);
        // Revoked meanwhile.
        if body.get("error").and_then(Value::as_str) == Some("invalid_token") {
            Ok(())
        } else {
            Err(said::failure(&answer))
        }
    }
}

impl Act for RevokeTokens {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let tokens = self.tokens(account, call).await?;
        if tokens.is_empty() {
            return Ok(Outcome::already("OAuth tokens: none"));
        }
        let mut revoked = Vec::new();
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for token in tokens {
            revoked.push(json!({ "id": token.id, "name": token.app_name }));
            let secret = token.delete_token.filter(|secret| !secret.is_empty()).map(Secret::new).ok_or_else(|| {
                Failure::new(Kind::Read, What::Denied, "Salesforce lists OAuth tokens, but not what revokes them")
                    .cure("give the integration user Customize Application")
            })?;
            acts.push(Box::pin(self.revoke(secret, call)));
        }
        call.keep(Before::of(json!({ "revoked": revoked }))).await?;
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.tokens(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "OAuth tokens: none".into() },
            left => Verdict::Alive { evidence: format!("OAuth tokens: {left}") },
        })
    }
}
