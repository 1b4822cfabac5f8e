//! Second factors: the last of the credentials, for a password without its factor is weaker than with it.

use std::sync::Arc;

use serde_json::json;

use super::belongings::{ACCESS_KEYS, MFA_DEVICES};
use super::{Iam, Query, UserName, no_user};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RemoveMfa {
    iam: Arc<Iam>,
}

pub(super) fn action(given: &Given, iam: &Arc<Iam>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: vec![
            "iam:ListMFADevices".into(),
            "iam:DeactivateMFADevice".into(),
            "iam:DeleteVirtualMFADevice".into(),
            "iam:GetLoginProfile".into(),
            "iam:ListAccessKeys".into(),
        ],
        ..given.spec("remove-mfa-devices", "Removes the IAM user's MFA devices, after password and keys are gone")
    };
    (spec, RemoveMfa { iam: Arc::clone(iam) })
}

impl Iam {
    /// Takes the devices from the user. A virtual one can only be deleted when it is nobody's any more.
    pub(super) async fn remove_mfa(&self, serials: &[String], user: &UserName, call: &Call) -> Result<(), Failure> {
        self.each(MFA_DEVICES.remove, MFA_DEVICES.id, serials, &[], user, call).await?;
        for serial in serials.iter().filter(|serial| serial.contains(":mfa/")) {
            let delete = Query::of_none("DeleteVirtualMFADevice", Kind::Act, MFA_DEVICES.id, serial);
            self.ask_or_gone(&delete, call).await?;
        }
        Ok(())
    }
}

impl RemoveMfa {
    /// What the factors still protect.
    async fn protects(&self, user: &UserName, call: &Call) -> Result<Option<&'static str>, Failure> {
        if self.iam.found(&Query::read("GetLoginProfile", user), call).await?.is_some() {
            return Ok(Some("the console password is still there: delete-login-profile goes first"));
        }
        let keys = self.iam.all(&ACCESS_KEYS, user, call).await?.unwrap_or_default();
        Ok(keys
            .iter()
            .any(|key| key.active)
            .then_some("an access key is still active: deactivate-access-keys goes first"))
    }
}

impl Act for RemoveMfa {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(devices) = self.iam.all(&MFA_DEVICES, &user, call).await? else { return Ok(gone(account)) };
        if devices.is_empty() {
            return Ok(Outcome::already("MFA devices: none"));
        }
        if let Some(why) = self.protects(&user, call).await? {
            let reason = format!("without MFA the account would be weaker: {why}");
            return Err(Failure::needs_human(reason));
        }
        let serials: Vec<String> = devices.into_iter().map(|device| device.id).collect();
        call.keep(Before::of(json!({ "removed": serials }))).await?;
        self.iam.remove_mfa(&serials, &user, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(match self.iam.all(&MFA_DEVICES, &user, call).await?.map(|devices| devices.len()) {
            None => no_user(),
            Some(0) => Verdict::Dead { evidence: "MFA devices: none".into() },
            Some(left) => Verdict::Alive { evidence: format!("MFA devices: {left}") },
        })
    }
}
