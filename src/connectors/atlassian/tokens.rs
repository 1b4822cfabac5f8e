//! API tokens of the managed account: each works without a sign-in, in the person's name.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::{Failure, Request, each};
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RevokeTokens {
    client: Arc<Client>,
}

/// What can be read of a token: never the token.
#[derive(Deserialize)]
struct Token {
    id: String,
    #[serde(default)]
    label: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: vec![super::said::SCOPE.into()],
        ..given.spec("revoke-api-tokens", "Deletes every API token of the managed Atlassian account")
    };
    (spec, RevokeTokens { client: Arc::clone(client) })
}

impl RevokeTokens {
    /// `None`: not ours to manage, or gone.
    async fn tokens(&self, account: &Account, call: &Call) -> Result<Option<Vec<Token>>, Failure> {
        self.client.found(Request::get(self.client.account(&account.id, &["api-tokens"])?), call).await
    }

    async fn delete(&self, account: &Account, token: &Token, call: &Call) -> Result<(), Failure> {
        let url = self.client.account(&account.id, &["api-tokens", &token.id])?;
        Failure::unless_gone(self.client.act(Method::DELETE, url, None, call).await).map(drop)
    }
}

impl Act for RevokeTokens {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.unmanaged() {
            self.client.manageable(&user, "lifecycle.enablement", call).await?;
        }
        let tokens = self.tokens(account, call).await?.unwrap_or_default();
        if tokens.is_empty() {
            return Ok(Outcome::already("API tokens: none"));
        }
        let kept: Vec<Value> = tokens.iter().map(|token| json!({ "id": token.id, "label": token.label })).collect();
        call.keep(Before::of(json!({ "tokens": kept }))).await?;
        let acts = tokens
            .iter()
            .map(|token| -> BoxFuture<'_, Result<(), Failure>> { Box::pin(self.delete(account, token, call)) })
            .collect();
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.tokens(account, call).await?.map_or(0, |tokens| tokens.len()) {
            0 => Verdict::Dead { evidence: "API tokens: none".into() },
            left => Verdict::Alive { evidence: format!("API tokens: {left}") },
        })
    }
}
