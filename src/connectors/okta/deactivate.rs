//! Deactivation: from every status, into every provisioned application, and for good.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::admins;
use super::client::Client;
use super::moot::or_failure;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Fact, Outcome, Stage, StepClass, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

/// `downstream`: what ends in the systems behind Okta, whose own steps go first.
pub(super) fn action(given: &Given, client: &Arc<Client>, downstream: Vec<Fact>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        // "Users are permanently deactivated; data loss cannot be recovered" (`deactivateUser`).
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: [given.fact("account"), given.fact("active-account")].into_iter().chain(downstream).collect(),
        scopes: declared(&[Scope::Users]),
        ..given.spec("deactivate", "Deactivates the Okta user and removes them from every provisioned application")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

impl Deactivate {
    /// The last super admin stays. Credentials that may not read roles cannot tell, and have no say.
    async fn spare(&self, account: &Account, call: &Call) -> Result<(), Failure> {
        match admins::roles(&self.client, &account.id, call).await {
            Ok(roles) => admins::spare(&self.client, account, &roles, call).await,
            Err(failure) if matches!(failure.what, What::Denied | What::Gone) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        if user.status == "DEPROVISIONED" || user.transitioning_to_status.as_deref() == Some("DEPROVISIONED") {
            return Ok(Outcome::already(user.shown()));
        }
        self.spare(account, call).await?;
        let request = Request::act(Method::POST, self.client.url(&account.id, &["lifecycle", "deactivate"])?)
            .query(&[("sendEmail", "false")])
            .fresh();
        let before = json!({ "id": user.id, "login": user.profile.login, "status": user.status });
        call.keep(Before::of(before)).await?;
        let done = self.client.act(Scope::Users, request, call).await.map(|()| Outcome::Acknowledged);
        // A user that is deactivated already is "not found" here, though a read finds it (okta-sdk-java issue 721).
        or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.found(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(user) if user.status == "DEPROVISIONED" => Verdict::Dead { evidence: user.shown() },
            Some(user) if user.transitioning_to_status.is_some() => {
                Verdict::CannotTell { reason: user.shown(), after_ms: Some(5_000), again: true }
            }
            Some(user) => Verdict::Alive { evidence: user.shown() },
        })
    }
}
