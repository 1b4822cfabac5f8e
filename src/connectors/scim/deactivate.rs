//! Deactivation: no sign-in, everything kept, can be taken back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::{Client, Found};
use super::message::stays_inactive;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
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

fn already(active: bool) -> Outcome {
    Outcome::already(format!("active: {active}"))
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
            Some(Found { user, .. }) => user.read_back(),
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if let Some(unneeded) = stays_inactive(before) {
            return Ok(unneeded);
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
