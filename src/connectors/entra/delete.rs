//! Deletion. The object id survives for 30 days among the deleted items.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

/// How long a deleted user can be restored: 30 days.
const DELETED_ITEMS_KEEP_MS: u64 = 30 * 24 * 3_600_000;

struct Delete {
    entra: Arc<Entra>,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        undo: Some("restores the user by object id, within 30 days".into()),
        undo_within_ms: Some(DELETED_ITEMS_KEEP_MS),
        scopes: vec!["User.DeleteRestore.All".into()],
        ..given.spec("delete-user", "Deletes the user, and with it the mailbox and the files that were not handed over")
    };
    (spec, Delete { entra: Arc::clone(entra) })
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if account.id.contains('@') {
            let reason = format!("`{}` is a sign-in name: it may belong to somebody else by now", account.id);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("put the object id into the id map"));
        }
        let Some(user) = self.entra.to_change(account, call).await? else { return Ok(gone(account)) };
        if user.is_synced() {
            let reason = format!("{} is synchronised from Active Directory: delete it there", user.upn);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("delete it in Active Directory"));
        }
        let before = json!({ "id": user.id, "userPrincipalName": user.upn });
        call.keep(Before::of(before)).await?;
        let request = Request::act(Method::DELETE, self.entra.graph.user_url(&account.id, &[])?).fresh();
        match self.entra.graph.act(request, call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.entra.graph.user(&account.id, call).await? {
            None => no_such_user(),
            Some(user) => Verdict::Alive { evidence: format!("user {} exists", user.id) },
        })
    }

    async fn undo(&self, account: &Account, _before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let url = self.entra.graph.v1(&["directory", "deletedItems", &account.id, "restore"])?;
        match self.entra.graph.act(Request::act(Method::POST, url).json(json!({})), call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.entra.graph.user(&account.id, call).await? {
                Some(user) => Ok(Outcome::already(format!("user {} exists", user.id))),
                None => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }
}
