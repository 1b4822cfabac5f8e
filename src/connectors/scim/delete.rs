//! Deletion: by DELETE, or by `active: false` where the service takes that for one. A new account has a new id.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct Delete {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        ..given.spec("delete", "Deletes the account by SCIM, with what the service deletes with it")
    };
    (spec, Delete { client: Arc::clone(client) })
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(found) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        let kept: Value = ["id", "userName", "externalId", "emails", "groups", "active"]
            .into_iter()
            .filter_map(|field| Some((field.to_owned(), found.whole.get(field)?.clone())))
            .collect();
        call.keep(Before::of(json!({ "user": kept }))).await?;
        let done = if self.client.config.profile.deactivates() {
            self.client.change(Method::DELETE, &found, None, true, call).await
        } else {
            self.client.set_active(&found, false, true, call).await
        };
        match done {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.client.user(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(found) => Verdict::Alive { evidence: format!("user {} exists", found.user.id) },
        })
    }
}
