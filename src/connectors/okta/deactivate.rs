//! Deactivation: from every status, into every provisioned application, and for good.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::client::Client;
use super::suspend::gone;
use super::{account, active_account};
use crate::connectors::http::failure::{judge, settle};
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Danger, Outcome, Stage, StepClass, Verdict};

struct Deactivate {
    spec: ActionSpec,
    client: Arc<Client>,
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>) -> Box<dyn Action> {
    let spec = ActionSpec {
        stage: Stage::Purge,
        // "Users are permanently deactivated; data loss cannot be recovered" (`deactivateUser`).
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![account(id), active_account(id)],
        scopes: vec!["okta.users.manage".into()],
        ..pace.spec(id, "deactivate", "Deactivates the Okta user and removes them from every provisioned application")
    };
    Box::new(Deactivate { spec, client: Arc::clone(client) })
}

impl Deactivate {
    async fn deactivate(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account, call).await?;
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        if user.status == "DEPROVISIONED" || user.transitioning_to_status.as_deref() == Some("DEPROVISIONED") {
            return Ok(Outcome::AlreadySo { note: user.shown(), caveat: None });
        }
        let request = Request::act(Method::POST, self.client.url(&account.id, &["lifecycle", "deactivate"])?)
            .query(&[("sendEmail", "false")])
            .fresh();
        let before = json!({ "id": user.id, "login": user.profile.login, "status": user.status });
        match self.client.act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged { before: Some(before) }),
            // A user that is deactivated already is "not found" here, though a read finds it (okta-sdk-java issue 721).
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected) => {
                match self.client.found(&account.id, call).await? {
                    None => Ok(gone(account)),
                    Some(user) if user.status == "DEPROVISIONED" => {
                        Ok(Outcome::AlreadySo { note: user.shown(), caveat: None })
                    }
                    Some(_) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn check(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
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

impl Action for Deactivate {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.deactivate(account, call).await) })
    }

    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { judge(self.check(account, call).await) })
    }
}
