//! Deactivation: no sign-in, everything kept, can be taken back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::{Client, Found};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the account again, if it was active before".into()),
        ..given.spec("deactivate", "Deactivates the account by SCIM")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

/// The account was there when it was located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::AlreadySo { note: format!("user {} does not exist any more", account.id), caveat: None }
}

fn already(active: bool) -> Outcome {
    Outcome::AlreadySo { note: format!("active: {active}"), caveat: None }
}

impl Deactivate {
    /// A 404 to a change: gone, or already so, or hidden from this token.
    async fn settled(&self, account: &Account, failure: Failure, call: &Call) -> Result<Outcome, Failure> {
        match self.client.user(&account.id, call).await? {
            None => Ok(gone(account)),
            Some(Found { user, .. }) if user.active == Some(false) => Ok(already(false)),
            Some(_) => Err(failure),
        }
    }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(found) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if found.user.active == Some(false) {
            return Ok(already(false));
        }
        // A service that does not say takes people for active (RFC 7643 4.1.1 leaves it open).
        call.keep(Before::of(json!({ "active": found.user.active.unwrap_or(true) }))).await?;
        match self.client.set_active(&found, false, false, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => self.settled(account, failure, call).await,
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(Found { user, .. }) => match user.active {
                Some(false) => Verdict::Dead { evidence: "active: false".into() },
                Some(true) => Verdict::Alive { evidence: "active: true".into() },
                None => Verdict::CannotTell {
                    reason: "the answer does not say whether the user is active".into(),
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
        let found = self.client.user(&account.id, call).await?.ok_or_else(|| {
            Failure::new(Kind::Read, What::Gone, format!("user {} does not exist any more", account.id))
                .cure("create the account anew: it gets another id")
        })?;
        if found.user.active == Some(true) {
            return Ok(already(true));
        }
        self.client.set_active(&found, true, false, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
