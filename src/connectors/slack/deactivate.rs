//! Deactivation by SCIM: ends the sessions, keeps what the person wrote, can be taken back.

use std::sync::Arc;

use futures_util::future;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::scim::message::{Form, patch_active, stays_inactive};
use crate::connectors::vendor::{Act, Given, gone};
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

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        // Side by side: a kill switch waits for nothing that it need not wait for.
        let (person, standing) =
            future::join(self.client.person(&account.id, call), self.client.standing(account, call)).await;
        let Some(person) = person? else { return Ok(gone(account)) };
        if person.active == Some(false) {
            return Ok(Outcome::already("active: false"));
        }
        standing.may_go(account)?;
        call.keep(Before::of(json!({ "active": person.active.unwrap_or(true) })).seats(standing.seat())).await?;
        match self.set(account, false, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.client.person(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(person) if person.active == Some(false) => Ok(Outcome::already("active: false")),
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.person(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(person) => person.read_back(),
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if let Some(unneeded) = stays_inactive(before) {
            return Ok(unneeded);
        }
        self.set(account, true, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
