//! Removal from the account: the only way to end a user's access by `HubSpot`'s own API. An invitation brings the person
//! back, but not what they were allowed to do.

use std::sync::Arc;

use serde_json::json;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

pub(super) const SCOPES: [&str; 2] = ["settings.users.read", "settings.users.write"];

struct RemoveUser {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        danger: Danger::HardToUndo,
        // Who was invited again meanwhile has the same id: a blind repeat would remove them again.
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        scopes: SCOPES.map(str::to_owned).to_vec(),
        ..given.spec("remove-user", "Removes the user from the HubSpot account: what they were allowed to do is lost")
    };
    (spec, RemoveUser { client: Arc::clone(client) })
}

fn gone(account: &Account) -> Outcome {
    Outcome::already(format!("user {} does not exist any more: 404", account.id))
}

/// `HubSpot` lets not everybody remove a super admin. A scope that is missing is another thing.
fn protects(failure: &Failure) -> bool {
    matches!(failure.what, What::Rejected | What::Denied) && failure.code != "MISSING_SCOPES"
}

impl Act for RemoveUser {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if account.id.contains('@') {
            let reason = format!("`{}` is an address: an address may belong to somebody else by now", account.id);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("put the user's id into the id map"));
        }
        let Some(user) = self.client.user(&account.id, "USER_ID", call).await? else { return Ok(gone(account)) };
        if user.id != account.id {
            return Err(Failure::needs_human(format!(
                "asked for user {}, HubSpot answered with {}",
                account.id, user.id
            )));
        }
        let super_admin = user.is_super_admin();
        if super_admin {
            let others = self.client.users(call).await?;
            if !others.iter().any(|other| other.is_super_admin() && other.id != user.id) {
                return Err(Failure::needs_human(format!(
                    "{} is the last super admin: name another one first",
                    user.email
                )));
            }
        }
        let owners: Vec<String> = match self.client.owners(account, call).await {
            // Good to have beside the rest, and no reason to keep the access open.
            Err(failure) if failure.what == What::Denied => Vec::new(),
            other => other?.into_iter().map(|owner| owner.id).collect(),
        };
        let before = json!({
            "email": user.email,
            "roleId": user.role_id,
            "roleIds": user.role_ids,
            "primaryTeamId": user.primary_team_id,
            "secondaryTeamIds": user.secondary_team_ids,
            "superAdmin": super_admin,
            "owners": owners,
        });
        call.keep(Before::of(before)).await?;
        match self.client.remove(&account.id, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) if super_admin && protects(&failure) => Err(Failure::needs_human(format!(
                "{}; take the super admin rights off {} first",
                failure.reason, user.email
            ))),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, "USER_ID", call).await? {
            None => Verdict::Dead { evidence: "no such user: 404".into() },
            Some(user) => Verdict::Alive { evidence: format!("user {} exists", user.id) },
        })
    }
}
