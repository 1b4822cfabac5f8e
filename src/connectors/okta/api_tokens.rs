//! API tokens that the user has made. Okta lists those of the whole org.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::http::{Failure, Request, each};
use crate::connectors::vendor::{Act, Given, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RevokeApiTokens {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    // The whole organisation's are read.
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: declared(&[Scope::ApiTokens]),
        ..given.spec_of_many_calls("revoke-api-tokens", "Revokes every API token that the user has made")
    };
    (spec, RevokeApiTokens { client: Arc::clone(client) })
}

impl RevokeApiTokens {
    async fn tokens(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let request = Request::get(self.client.api(&["api-tokens"])?).query(&[("limit", "200")]);
        let mut tokens = self.client.list(Scope::ApiTokens, &request, call).await?;
        tokens.retain(|token| text(token, "userId") == account.id);
        Ok(tokens)
    }
}

impl Act for RevokeApiTokens {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let tokens = self.tokens(account, call).await?;
        if tokens.is_empty() {
            return Ok(Outcome::already("API tokens: none"));
        }
        let image: Vec<Value> = tokens.iter().map(|it| json!({ "id": it.get("id"), "name": it.get("name") })).collect();
        let mut removals: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for token in &tokens {
            let request = Request::act(Method::DELETE, self.client.api(&["api-tokens", text(token, "id")])?);
            removals.push(Box::pin(self.client.remove(Scope::ApiTokens, request, call)));
        }
        call.keep(Before::of(json!({ "revoked": image }))).await?;
        each::all(removals).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.tokens(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "API tokens: none".into() },
            left => Verdict::Alive { evidence: format!("API tokens: {left}") },
        })
    }
}
