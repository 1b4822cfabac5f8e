//! Deletion of the user from Identity Center. One who is made anew has another id, and none of the assignments.

use std::sync::Arc;

use serde_json::json;

use super::{Center, sessions_left};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct DeleteUser {
    center: Arc<Center>,
}

pub(super) fn action(given: &Given, center: &Arc<Center>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        residual: Some(sessions_left()),
        scopes: vec!["identitystore:DescribeUser".into(), "identitystore:DeleteUser".into()],
        ..given.spec("delete-center-user", "Deletes the user from IAM Identity Center")
    };
    (spec, DeleteUser { center: Arc::clone(center) })
}

impl Act for DeleteUser {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.center.user(&account.id, call).await? else { return Ok(gone(account)) };
        if let Some(provisioner) = user.provisioner() {
            let reason =
                format!("{} is provisioned by {provisioner}, which would make them anew: remove them there", user.name);
            return Err(Failure::needs_human(reason));
        }
        call.keep(Before::of(json!({ "id": user.id, "name": user.name }))).await?;
        match self.center.store(Kind::Act, "DeleteUser", json!({ "UserId": account.id }), call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.center.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user: ResourceNotFoundException".into() },
            Some(user) => Verdict::Alive { evidence: format!("user {} exists", user.name) },
        })
    }
}
