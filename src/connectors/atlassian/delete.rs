//! Deletion of the managed account: for 14 days it looks deactivated and can be kept, then it is gone.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

/// 14 days.
const GRACE_MS: u64 = 14 * 24 * 3_600_000;

struct Delete {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        undo: Some("calls the deletion off, within 14 days; an account that was deactivated before is so again".into()),
        undo_within_ms: Some(GRACE_MS),
        scopes: vec![super::said::SCOPE.into()],
        ..given.spec("delete-account", "Deletes the managed Atlassian account, for good after 14 days")
    };
    (spec, Delete { client: Arc::clone(client) })
}

impl Delete {
    async fn lifecycle(&self, account: &Account, what: &str, call: &Call) -> Result<(), Failure> {
        self.client.act(Method::POST, self.client.account(&account.id, &["lifecycle", what])?, None, call).await
    }
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.for_deletion || user.account_status == "closed" {
            return Ok(Outcome::already("forDeletion: true"));
        }
        self.client.manageable(&user, "lifecycle.delete", call).await?;
        self.client.not_the_last_admin(&user, call).await?;
        let before =
            json!({ "account_id": user.account_id, "email": user.email, "account_status": user.account_status });
        call.keep(Before::of(before)).await?;
        self.client.act_once(Method::POST, self.client.account(&account.id, &["lifecycle", "delete"])?, call).await?;
        Ok(Outcome::Acknowledged)
    }

    /// In its days of grace a deleted account looks deactivated: only `forDeletion` tells the two apart.
    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such account".into() },
            Some(user) if user.for_deletion => Verdict::Dead { evidence: "forDeletion: true".into() },
            Some(user) if user.account_status == "closed" => {
                Verdict::Dead { evidence: "account_status: closed".into() }
            }
            Some(user) => {
                Verdict::Alive { evidence: format!("forDeletion: false, account_status: {}", user.account_status) }
            }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if self.client.user(&account.id, call).await?.is_some_and(|user| !user.for_deletion) {
            return Ok(Outcome::already("forDeletion: false"));
        }
        self.lifecycle(account, "cancel-delete", call).await?;
        // Calling it off activates the account, which may have been cut long before it was deleted.
        if before.get("account_status").and_then(Value::as_str).is_some_and(|was| was != "active") {
            self.lifecycle(account, "disable", call).await?;
        }
        Ok(Outcome::Acknowledged)
    }
}
