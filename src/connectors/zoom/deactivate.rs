//! Deactivation: no sign-in and no meetings, everything kept.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::user::gone;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the user again, if it was active before".into()),
        scopes: vec!["user:update:status:admin".into(), "user:read:user:admin".into()],
        ..given.spec("deactivate", "Deactivates the Zoom user: no sign-in, no meetings")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

impl Deactivate {
    async fn set(&self, account: &Account, action: &str, call: &Call) -> Result<(), Failure> {
        let url = self.client.url(&account.id, &["status"])?;
        self.client.change(Method::PUT, url, json!({ "action": action }), call).await
    }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.is_inactive() {
            return Ok(Outcome::already(user.shown()));
        }
        user.spare_owner()?;
        call.keep(Before::of(json!({ "status": user.status }))).await?;
        match self.set(account, "deactivate", call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // What a second deactivation is answered with is documented nowhere: the read may have been older than it.
            Err(failure) if matches!(failure.what, What::Rejected | What::Gone) => {
                match self.client.user(&account.id, call).await? {
                    None => Ok(gone(account)),
                    Some(user) if user.is_inactive() => Ok(Outcome::already(user.shown())),
                    Some(_) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user: 1001".into() },
            Some(user) if user.is_inactive() => Verdict::Dead { evidence: user.shown() },
            Some(user) => Verdict::Alive { evidence: user.shown() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("status").and_then(Value::as_str) != Some("active") {
            return Ok(Outcome::already("the user was not active before, so it stays as it is"));
        }
        if let Some(user) = self.client.user(&account.id, call).await?
            && !user.is_inactive()
        {
            return Ok(Outcome::already(user.shown()));
        }
        self.set(account, "activate", call).await?;
        Ok(Outcome::Acknowledged)
    }
}
