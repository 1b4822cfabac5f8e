//! Suspension: blocks sign-in, keeps everything, can be lifted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::admins;
use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Suspend {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        undo: Some("lifts the suspension, if the account was not suspended before".into()),
        scopes: declared(&[Scope::Users]),
        ..given.spec("suspend", "Suspends the Google account: no sign-in, no mail access, no API access")
    };
    (spec, Suspend { client: Arc::clone(client) })
}

impl Act for Suspend {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        // A suspension of Google's own may end by itself, so only an admin's counts as ours.
        if user.suspended && user.suspension_reason.as_deref().is_none_or(|why| why == "ADMIN") {
            return Ok(Outcome::already(user.suspension().unwrap_or_default()));
        }
        admins::spare(&self.client, &user, call).await?;
        let before = json!({ "suspended": user.suspended, "suspensionReason": user.suspension_reason });
        call.keep(Before::of(before)).await?;
        self.client.update(&account.id, json!({ "suspended": true }), call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        Ok(if user.suspended {
            Verdict::Dead { evidence: user.suspension().unwrap_or_default() }
        } else {
            Verdict::Alive { evidence: "suspended: false".into() }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let was = before.get("suspended").and_then(Value::as_bool);
        if was == Some(true) {
            return Ok(Outcome::already("it was suspended before, so it stays so"));
        }
        self.client.update(&account.id, json!({ "suspended": false }), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
