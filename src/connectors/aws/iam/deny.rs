//! A deny on everything, inline on the user: the fastest cut, and it leaves nothing to be put together again.
//!
//! It stops the password, the access keys and what was made of them by `GetSessionToken` and `GetFederationToken`; not
//! the sessions of roles that the user had assumed before.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Iam, Query, ROLE_SESSION, UserName, no_user};
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Residual, Verdict};

/// The policy's name; whatever else cleans up must leave it.
pub(super) const NAME: &str = "OffboardDenyAll";

struct DenyAll {
    iam: Arc<Iam>,
}

pub(super) fn action(given: &Given, iam: &Arc<Iam>, session_roles: bool) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        // Otherwise the user assumes the role anew.
        precedes: session_roles.then(|| given.id.action("revoke-role-sessions")).into_iter().collect(),
        residual: Some(Residual { what: "sessions of roles that the user had assumed".into(), ms: ROLE_SESSION }),
        undo: Some("deletes the policy, if Nightlatch put it there, or restores the one that it replaced".into()),
        scopes: vec!["iam:PutUserPolicy".into(), "iam:GetUserPolicy".into(), "iam:DeleteUserPolicy".into()],
        ..given.spec("deny-all", "Puts an inline policy on the IAM user that denies everything")
    };
    (spec, DenyAll { iam: Arc::clone(iam) })
}

fn policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] })
}

/// The same policy, however it is written.
fn denies(document: &str) -> bool {
    serde_json::from_str::<Value>(document).is_ok_and(|document| document == policy())
}

impl Act for DenyAll {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let there = self.iam.policy(&user, NAME, call).await?;
        if there.as_deref().is_some_and(denies) {
            return Ok(Outcome::already(format!("the policy {NAME} denies everything")));
        }
        // A policy of this name that says something else would be lost.
        let replaced: Vec<String> = there.into_iter().collect();
        call.keep(Before::of(json!({ "put": [NAME], "replaced": replaced }))).await?;
        let put =
            Query::act("PutUserPolicy", &user).with("PolicyName", NAME).with("PolicyDocument", policy().to_string());
        match self.iam.ask(&put, call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(match self.iam.policy(&user, NAME, call).await? {
            Some(document) if denies(&document) => Verdict::Dead { evidence: format!("{NAME}: Deny * on *") },
            Some(_) => Verdict::Alive { evidence: format!("{NAME} does not deny everything") },
            None if self.iam.exists(&user, call).await? => Verdict::Alive { evidence: format!("no policy {NAME}") },
            None => no_user(),
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let ours = !kept(before, "put").is_empty();
        if !ours {
            return Ok(Outcome::already("the policy was there before, so it stays"));
        }
        if let Some(replaced) = before.pointer("/replaced/0").and_then(Value::as_str) {
            let put = Query::act("PutUserPolicy", &user).with("PolicyName", NAME).with("PolicyDocument", replaced);
            return self.iam.ask(&put, call).await.map(|_| Outcome::Acknowledged);
        }
        match self.iam.policy(&user, NAME, call).await? {
            None => Ok(Outcome::already(format!("no policy {NAME}"))),
            Some(document) if !denies(&document) => {
                Err(Failure::needs_human(format!("somebody has changed {NAME} since")))
            }
            Some(_) => {
                self.iam.ask_or_gone(&Query::act("DeleteUserPolicy", &user).with("PolicyName", NAME), call).await?;
                Ok(Outcome::Acknowledged)
            }
        }
    }
}
