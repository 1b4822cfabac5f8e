//! Suspension: blocks sign-in, keeps everything, can be lifted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::{account, active_account};
use crate::connectors::http::failure::{judge, settle};
use crate::connectors::http::{Failure, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Outcome, Verdict};

struct Suspend {
    spec: ActionSpec,
    client: Arc<Client>,
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>) -> Box<dyn Action> {
    let spec = ActionSpec {
        needs: vec![account(id)],
        destroys: vec![active_account(id)],
        undo: Some("lifts the suspension, if the account was not suspended before".into()),
        scopes: vec!["admin.directory.user".into()],
        ..pace.spec(id, "suspend", "Suspends the Google account: no sign-in, no mail access, no API access")
    };
    Box::new(Suspend { spec, client: Arc::clone(client) })
}

impl Suspend {
    async fn suspend(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account)?;
        let user = match self.client.user(&account.id, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(gone(account)),
            other => other?,
        };
        // A suspension of Google's own may end by itself, so only an admin's counts as ours.
        if user.suspended && user.suspension_reason.as_deref().is_none_or(|why| why == "ADMIN") {
            return Ok(Outcome::AlreadySo { note: user.suspension().unwrap_or_default(), caveat: None });
        }
        let before = json!({ "suspended": user.suspended, "suspensionReason": user.suspension_reason });
        self.client.update(self.client.put(&account.id)?, json!({ "suspended": true }), call).await?;
        Ok(Outcome::Acknowledged { before: Some(before) })
    }

    async fn check(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = match self.client.user(&account.id, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(Verdict::Dead { evidence: "no such user".into() }),
            other => other?,
        };
        Ok(if user.suspended {
            Verdict::Dead { evidence: user.suspension().unwrap_or_default() }
        } else {
            Verdict::Alive { evidence: "suspended: false".into() }
        })
    }

    async fn lift(&self, account: &Account, before: Option<&Value>, call: &Call) -> Result<Outcome, Failure> {
        let was = before.and_then(|before| before.get("suspended")).and_then(Value::as_bool);
        if was == Some(true) {
            return Ok(Outcome::AlreadySo { note: "it was suspended before, so it stays so".into(), caveat: None });
        }
        self.client.update(self.client.put(&account.id)?, json!({ "suspended": false }), call).await?;
        Ok(Outcome::Acknowledged { before: None })
    }
}

/// The account was there when it was located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::AlreadySo { note: format!("user {} does not exist any more", account.id), caveat: None }
}

impl Action for Suspend {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.suspend(account, call).await) })
    }

    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { judge(self.check(account, call).await) })
    }

    fn undo<'a>(&'a self, account: &'a Account, before: Option<&'a Value>, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.lift(account, before, call).await) })
    }
}
