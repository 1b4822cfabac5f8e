//! The console password. It cannot be given back: an undo would have to know it.

use std::sync::Arc;

use serde_json::json;

use super::{Iam, Query, UserName, no_user};
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Verdict};

struct DeleteLoginProfile {
    iam: Arc<Iam>,
}

pub(super) fn action(given: &Given, iam: &Arc<Iam>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        precedes: vec![given.id.action("remove-mfa-devices")],
        scopes: vec!["iam:DeleteLoginProfile".into(), "iam:GetLoginProfile".into()],
        ..given.spec("delete-login-profile", "Deletes the IAM user's console password")
    };
    (spec, DeleteLoginProfile { iam: Arc::clone(iam) })
}

impl Act for DeleteLoginProfile {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let none = || Outcome::already("no login profile: NoSuchEntity");
        let Some(profile) = self.iam.found(&Query::read("GetLoginProfile", &user), call).await? else {
            return Ok(if self.iam.exists(&user, call).await? { none() } else { gone(account) });
        };
        let created = profile.child("LoginProfile").and_then(|profile| profile.of("CreateDate")).unwrap_or_default();
        call.keep(Before::of(json!({ "login_profile": { "created": created } }))).await?;
        match self.iam.ask(&Query::act("DeleteLoginProfile", &user), call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(none()),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(match self.iam.found(&Query::read("GetLoginProfile", &user), call).await? {
            Some(_) => Verdict::Alive { evidence: "a login profile".into() },
            None if self.iam.exists(&user, call).await? => {
                Verdict::Dead { evidence: "login profile: NoSuchEntity".into() }
            }
            None => no_user(),
        })
    }
}
