//! Deletion of the user, and before it of everything that AWS wants gone first. The deny goes last of that.

use std::sync::Arc;

use serde_json::json;

use super::belongings::{
    ACCESS_KEYS, ATTACHED_POLICIES, Belongings, CERTIFICATES, GROUPS, INLINE_POLICIES, MFA_DEVICES,
    SERVICE_CREDENTIALS, SSH_KEYS,
};
use super::{Iam, Query, UserName, no_user};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

/// As long as a list and a few deletions of each kind take, in ms.
const MANY_CALLS: u64 = 30_000;

/// What `DeleteUser` refuses to go without (its description's list), credentials first.
const KINDS: [Belongings; 8] =
    [ACCESS_KEYS, SSH_KEYS, CERTIFICATES, SERVICE_CREDENTIALS, MFA_DEVICES, GROUPS, ATTACHED_POLICIES, INLINE_POLICIES];

struct DeleteUser {
    iam: Arc<Iam>,
}

pub(super) fn action(given: &Given, iam: &Arc<Iam>) -> (ActionSpec, impl Act) {
    let base = given.spec("delete-user", "Deletes the IAM user with every credential, group and policy that is left");
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        scopes: KINDS
            .iter()
            .flat_map(|kind| [kind.list, kind.remove])
            .chain(["GetUser", "DeleteLoginProfile", "DeleteVirtualMFADevice", "DeleteUser"])
            .map(|name| format!("iam:{name}"))
            .collect(),
        deadline_ms: base.deadline_ms.max(MANY_CALLS),
        ..base
    };
    (spec, DeleteUser { iam: Arc::clone(iam) })
}

impl DeleteUser {
    async fn clear(&self, user: &UserName, call: &Call) -> Result<(), Failure> {
        self.iam.ask_or_gone(&Query::act("DeleteLoginProfile", user), call).await?;
        for what in KINDS {
            let all = self.iam.all(&what, user, call).await?.unwrap_or_default();
            let ids: Vec<String> = all.into_iter().map(|one| one.id).collect();
            if what.remove == MFA_DEVICES.remove {
                self.iam.remove_mfa(&ids, user, call).await?;
            } else {
                self.iam.each(what.remove, what.id, &ids, &[], user, call).await?;
            }
        }
        Ok(())
    }
}

impl Act for DeleteUser {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(found) = self.iam.found(&Query::read("GetUser", &user), call).await? else { return Ok(gone(account)) };
        let of = |key| found.child("User").and_then(|user| user.of(key)).unwrap_or_default();
        let before =
            json!({ "name": of("UserName"), "id": of("UserId"), "arn": of("Arn"), "created": of("CreateDate") });
        call.keep(Before::of(before)).await?;
        self.clear(&user, call).await?;
        self.iam.ask_or_gone(&Query::act("DeleteUser", &user).fresh(), call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(if self.iam.exists(&user, call).await? {
            Verdict::Alive { evidence: format!("user {} exists", account.id) }
        } else {
            no_user()
        })
    }
}
