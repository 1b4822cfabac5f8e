//! Credentials that can be switched off and on again: all of them are, and none is deleted here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::belongings::{ACCESS_KEYS, Belongings, CERTIFICATES, SERVICE_CREDENTIALS, SSH_KEYS};
use super::{Iam, UserName, no_user};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct Deactivate {
    what: Belongings,
    update: &'static str,
    iam: Arc<Iam>,
}

pub(super) fn actions(given: &Given, iam: &Arc<Iam>) -> Vec<(ActionSpec, impl Act)> {
    let action = |name: &str, title: &str, stage: Stage, what: Belongings, update: &'static str| {
        let spec = ActionSpec {
            stage,
            needs: vec![given.fact("account")],
            // Without its second factor, what still works would be weaker.
            precedes: vec![given.id.action("remove-mfa-devices")],
            undo: Some(format!("activates the {} that were active", what.noun)),
            scopes: vec![format!("iam:{}", what.list), format!("iam:{update}")],
            ..given.spec(name, title)
        };
        (spec, Deactivate { what, update, iam: Arc::clone(iam) })
    };
    vec![
        action(
            "deactivate-access-keys",
            "Deactivates the IAM user's access keys",
            Stage::KillSwitch,
            ACCESS_KEYS,
            "UpdateAccessKey",
        ),
        action(
            "deactivate-ssh-keys",
            "Deactivates the IAM user's SSH keys (CodeCommit)",
            Stage::Credentials,
            SSH_KEYS,
            "UpdateSSHPublicKey",
        ),
        action(
            "deactivate-signing-certificates",
            "Deactivates the IAM user's X.509 signing certificates",
            Stage::Credentials,
            CERTIFICATES,
            "UpdateSigningCertificate",
        ),
        action(
            "deactivate-service-credentials",
            "Deactivates the IAM user's service-specific credentials (git, Keyspaces, API keys)",
            Stage::Credentials,
            SERVICE_CREDENTIALS,
            "UpdateServiceSpecificCredential",
        ),
    ]
}

impl Deactivate {
    /// The ids of those that work; `None`: there is no such user.
    async fn active(&self, user: &UserName, call: &Call) -> Result<Option<Vec<String>>, Failure> {
        let all = self.iam.all(&self.what, user, call).await?;
        Ok(all.map(|all| all.into_iter().filter(|one| one.active).map(|one| one.id).collect()))
    }

    fn none(&self) -> String {
        format!("active {}: none", self.what.noun)
    }
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(active) = self.active(&user, call).await? else { return Ok(gone(account)) };
        if active.is_empty() {
            return Ok(Outcome::already(self.none()));
        }
        call.keep(Before::of(json!({ "deactivated": active }))).await?;
        self.iam.each(self.update, self.what.id, &active, &[("Status", "Inactive")], &user, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(match self.active(&user, call).await?.map(|active| active.len()) {
            None => no_user(),
            Some(0) => Verdict::Dead { evidence: self.none() },
            Some(left) => Verdict::Alive { evidence: format!("active {}: {left}", self.what.noun) },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let ids = listed(before, "deactivated");
        if ids.is_empty() {
            return Ok(Outcome::already(format!("Nightlatch deactivated none of the {}", self.what.noun)));
        }
        self.iam.each(self.update, self.what.id, &ids, &[("Status", "Active")], &user, call).await?;
        Ok(Outcome::Acknowledged)
    }
}

/// The texts of a list in a before-image.
pub(super) fn listed(before: &Value, key: &str) -> Vec<String> {
    let list = before.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
