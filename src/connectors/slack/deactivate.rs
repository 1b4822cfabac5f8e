//! Deactivation by SCIM: ends the sessions, keeps what the person wrote, can be taken back.

use std::sync::Arc;

use futures_util::future;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::scim::message::{Form, patch_active};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the account again, if it was active before".into()),
        scopes: vec!["admin".into()],
        ..given.spec("deactivate", "Deactivates the Slack account everywhere in the organisation")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

impl Deactivate {
    async fn set(&self, account: &Account, active: bool, call: &Call) -> Result<(), Failure> {
        let request =
            Request::act(Method::PATCH, self.client.scim_user(&account.id)?).json(patch_active(Form::Path, active));
        let answer = self.client.scim(request, call).await?;
        // 200 with the user, or 204 (RFC 7644 3.5.2); a page of some proxy is neither.
        if answer.is_empty() { Ok(()) } else { answer.json::<Value>().map(drop) }
    }
}

/// The account was there when it was located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::AlreadySo { note: format!("user {} does not exist any more", account.id), caveat: None }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        // Side by side: a kill switch waits for nothing that it need not wait for.
        let (person, standing) =
            future::join(self.client.person(&account.id, call), self.client.standing(account, call)).await;
        let Some(person) = person? else { return Ok(gone(account)) };
        if person.active == Some(false) {
            return Ok(Outcome::AlreadySo { note: "active: false".into(), caveat: None });
        }
        standing.may_go(account)?;
        call.keep(Before::of(json!({ "active": person.active.unwrap_or(true) })).seats(standing.seat())).await?;
        match self.set(account, false, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
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

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
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

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("active") == Some(&Value::Bool(false)) {
            let note = "it was not active before, so it stays so".to_owned();
            return Ok(Outcome::AlreadySo { note, caveat: None });
        }
        self.set(account, true, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
