//! What the user has let applications do in their name: consents, and the refresh tokens that live on them.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::moot;
use super::scope::{Scope, declared};
use crate::connectors::http::{Failure, Request, each};
use crate::connectors::vendor::{Act, Given, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Residual, Stage, Verdict};

struct RevokeGrants {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>, lifetime_ms: u64) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        residual: Some(Residual {
            what: "access tokens issued before: only refresh tokens end".into(),
            ms: lifetime_ms,
        }),
        scopes: declared(&[Scope::Users]),
        ..given.spec("revoke-grants", "Revokes every consent to an application, and its refresh tokens")
    };
    (spec, RevokeGrants { client: Arc::clone(client) })
}

impl RevokeGrants {
    async fn list(&self, what: &str, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let request = Request::get(self.client.url(&account.id, &[what])?).query(&[("limit", "200")]);
        self.client.list(Scope::Users, &request, call).await
    }

    async fn try_revoke(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let grants = self.list("grants", account, call).await?;
        // An application may hold a refresh token without any consent.
        let clients = self.list("clients", account, call).await?;
        if grants.is_empty() && clients.is_empty() {
            return Ok(Outcome::already("consents and refresh tokens: none"));
        }
        let mut removals: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        let mut remove = |path: &[&str]| -> Result<(), Failure> {
            let request = Request::act(Method::DELETE, self.client.url(&account.id, path)?);
            removals.push(Box::pin(self.client.remove(Scope::Users, request, call)));
            Ok(())
        };
        if !grants.is_empty() {
            remove(&["grants"])?;
        }
        for client in &clients {
            remove(&["clients", text(client, "client_id"), "tokens"])?;
        }
        let scopes: Vec<Value> =
            grants.iter().map(|it| json!({ "client": it.get("clientId"), "scope": it.get("scopeId") })).collect();
        let names: Vec<&str> = clients.iter().map(|it| text(it, "client_name")).collect();
        call.keep(Before::of(json!({ "grants": scopes, "clients": names }))).await?;
        each::all(removals).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn left(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let grants = self.list("grants", account, call).await?.len();
        let clients = self.list("clients", account, call).await?.len();
        Ok(if grants + clients == 0 {
            Verdict::Dead { evidence: "consents and refresh tokens: none".into() }
        } else {
            Verdict::Alive { evidence: format!("consents: {grants}, applications with refresh tokens: {clients}") }
        })
    }
}

impl Act for RevokeGrants {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = self.try_revoke(account, call).await;
        moot::or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        moot::or_gone(self.left(account, call).await)
    }
}
