//! Removal with deletion of the account: its cloud documents and everything else in it are lost at once.

use std::sync::Arc;

use super::client::Client;
use super::command::{command, remove_all, remove_from_org};
use super::user::gone;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct DeleteAccount {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account")],
        // After a removal without deletion there is nobody left whom a look-up would find.
        precedes: vec![given.id.action("remove-from-org")],
        scopes: vec!["user_management_sdk".into()],
        ..given.spec("delete-account", "Removes the person from the Adobe organisation and deletes their account")
    };
    (spec, DeleteAccount { client: Arc::clone(client) })
}

impl Act for DeleteAccount {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.removable(account, call).await? else { return Ok(gone(account)) };
        if user.kind == "adobeID" {
            let reason = format!("{} is an Adobe ID: it belongs to the person, and Adobe never deletes it", user.email);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("remove it with remove-from-org alone"));
        }
        call.keep(Before::of(user.image()).seats(user.seats())).await?;
        let steps = [remove_all(), remove_from_org(true)];
        self.client.act_once(command(&user.named(), &steps, call), call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "error.user.not_found".into() },
            Some(user) => Verdict::Alive { evidence: format!("{} is in the organisation", user.email) },
        })
    }
}
