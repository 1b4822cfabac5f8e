//! Deactivation by SCIM: ends the sessions, keeps what the person wrote, can be taken back.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::failure::{judge, settle};
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Fact, Outcome, Verdict};

struct Deactivate {
    spec: ActionSpec,
    client: Arc<Client>,
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>) -> Box<dyn Action> {
    let spec = ActionSpec {
        destroys: vec![Fact(format!("{id}:active-account"))],
        undo: Some("activates the account again, if it was active before".into()),
        scopes: vec!["admin".into()],
        ..pace.spec(id, "deactivate", "Deactivates the Slack account everywhere in the organisation")
    };
    Box::new(Deactivate { spec, client: Arc::clone(client) })
}

impl Deactivate {
    async fn deactivate(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account, call).await?;
        let Some(person) = self.client.person(&account.id, call).await? else { return Ok(gone(account)) };
        if person.active == Some(false) {
            return Ok(Outcome::AlreadySo { note: "active: false".into(), caveat: None });
        }
        match self.set(account, false, call).await {
            Ok(()) => Ok(Outcome::Acknowledged { before: Some(json!({ "active": person.active.unwrap_or(true) })) }),
            Err(failure) if failure.what == What::Gone => match self.client.person(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(person) if person.active == Some(false) => {
                    Ok(Outcome::AlreadySo { note: "active: false".into(), caveat: None })
                }
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn set(&self, account: &Account, active: bool, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::PATCH, self.client.scim_user(&account.id)?).json(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "active", "value": active }],
        }));
        let answer = self.client.scim(request, call).await?;
        // 200 with the user, or 204 (RFC 7644 3.5.2); a page of some proxy is neither.
        if answer.is_empty() { Ok(()) } else { answer.json::<Value>().map(drop) }
    }

    async fn check(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.person(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(person) => match person.active {
                Some(false) => Verdict::Dead { evidence: "active: false".into() },
                Some(true) => Verdict::Alive { evidence: "active: true".into() },
                None => Verdict::CannotTell {
                    reason: "Slack's answer does not say whether the account is active".into(),
                    after_ms: None,
                    again: true,
                },
            },
        })
    }

    async fn activate(&self, account: &Account, before: Option<&Value>, call: &Call) -> Result<Outcome, Failure> {
        if before.and_then(|before| before.get("active")) == Some(&Value::Bool(false)) {
            let note = "it was not active before, so it stays so".to_owned();
            return Ok(Outcome::AlreadySo { note, caveat: None });
        }
        self.set(account, true, call).await?;
        Ok(Outcome::Acknowledged { before: None })
    }
}

/// The account was there when it was located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::AlreadySo { note: format!("user {} does not exist any more", account.id), caveat: None }
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

    fn undo<'a>(&'a self, account: &'a Account, before: Option<&'a Value>, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.activate(account, before, call).await) })
    }
}
