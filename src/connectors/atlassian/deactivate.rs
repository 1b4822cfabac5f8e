//! Deactivation of a managed account: no sign-in to anything at Atlassian, everything kept.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the account again, if it was active before".into()),
        scopes: vec![super::said::SCOPE.into()],
        ..given.spec("deactivate", "Deactivates the managed Atlassian account: no sign-in to any Atlassian product")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

impl Deactivate {
    async fn lifecycle(&self, account: &Account, what: &str, body: Option<Value>, call: &Call) -> Result<(), Failure> {
        self.client.act(Method::POST, self.client.account(&account.id, &["lifecycle", what])?, body, call).await
    }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        let already = |status: &str| Outcome::already(format!("account_status: {status}"));
        if matches!(user.account_status.as_str(), "inactive" | "closed") {
            return Ok(already(&user.account_status));
        }
        self.client.manageable(&user, "lifecycle.enablement", call).await?;
        self.client.not_the_last_admin(&user, call).await?;
        call.keep(Before::of(json!({ "account_status": user.account_status }))).await?;
        let message = json!({ "message": "Your account was deactivated as you have left the organisation." });
        match self.lifecycle(account, "disable", Some(message), call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // What a second call says is not documented.
            Err(failure) if matches!(failure.what, What::Rejected | What::Gone) => {
                match self.client.account_status(&account.id, call).await? {
                    Some(status) if status != "active" => Ok(already(&status)),
                    _ => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let status = match self.client.account_status(&account.id, call).await? {
            Some(status) => status,
            None => match self.client.user(&account.id, call).await? {
                None => return Ok(Verdict::Dead { evidence: "no such account".into() }),
                Some(user) => user.account_status,
            },
        };
        let evidence = format!("account_status: {status}");
        Ok(match status.as_str() {
            "inactive" | "closed" => Verdict::Dead { evidence },
            "active" => Verdict::Alive { evidence },
            _ => Verdict::CannotTell { reason: evidence, after_ms: None, again: true },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("account_status").and_then(Value::as_str).is_some_and(|was| was != "active") {
            return Ok(Outcome::already("the account was not active before, so it stays as it is"));
        }
        if self.client.account_status(&account.id, call).await?.as_deref() == Some("active") {
            return Ok(Outcome::already("account_status: active"));
        }
        self.lifecycle(account, "enable", None, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
