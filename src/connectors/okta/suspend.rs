//! Suspension: sign-in blocked, sessions ended, assignments kept.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use super::user::User;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Suspend {
    client: Arc<Client>,
    deactivate: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        undo: Some("lifts the suspension, if the user was not suspended before".into()),
        scopes: declared(&[Scope::Users]),
        ..given.spec("suspend", "Suspends the Okta user: no sign-in to any application behind Okta")
    };
    (spec, Suspend { client: Arc::clone(client), deactivate: given.id.action("deactivate").to_string() })
}

impl Suspend {
    /// What a status alone settles: `suspendUser` works from ACTIVE only.
    fn settled(&self, user: &User) -> Option<Result<Outcome, Failure>> {
        match user.status.as_str() {
            "SUSPENDED" | "DEPROVISIONED" => Some(Ok(Outcome::already(user.shown()))),
            "LOCKED_OUT" | "PASSWORD_EXPIRED" | "RECOVERY" | "STAGED" | "PROVISIONED" => {
                let reason = format!("Okta cannot suspend a user with {}", user.shown());
                let cure = format!("run {}: it works from every status, and cannot be taken back", self.deactivate);
                Some(Err(Failure::new(Kind::Read, What::Rejected, reason).cure(cure)))
            }
            _ => None,
        }
    }

    async fn lifecycle(&self, account: &Account, what: &str, call: &Call) -> Result<(), Failure> {
        self.client
            .act(Scope::Users, Request::act(Method::POST, self.client.url(&account.id, &["lifecycle", what])?), call)
            .await
    }
}

impl Act for Suspend {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        if let Some(settled) = self.settled(&user) {
            return settled;
        }
        call.keep(Before::of(json!({ "status": user.status }))).await?;
        match self.lifecycle(account, "suspend", call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // Not from this status: the read may have been older than the truth.
            Err(failure) if matches!(failure.what, What::Rejected | What::Gone) => {
                let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
                self.settled(&user).unwrap_or(Err(failure))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.found(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(user) if user.shut() => Verdict::Dead { evidence: user.shown() },
            Some(user) => Verdict::Alive { evidence: user.shown() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let was = before.get("status").and_then(Value::as_str);
        if was.is_some_and(|was| was != "ACTIVE") {
            return Ok(Outcome::already("the user was not active before, so it stays as it is"));
        }
        match self.lifecycle(account, "unsuspend", call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // Only from SUSPENDED.
            Err(failure) if failure.what == What::Rejected => {
                let user = self.client.user(&account.id, call).await?;
                if user.status == "ACTIVE" {
                    return Ok(Outcome::already(user.shown()));
                }
                Err(Failure { reason: format!("{}; {}", failure.reason, user.shown()), ..failure })
            }
            Err(failure) => Err(failure),
        }
    }
}
