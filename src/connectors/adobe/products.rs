//! Products and groups: what seats are taken by.

use std::sync::Arc;

use serde_json::Value;

use super::client::Client;
use super::command::{command, groups, remove_all};
use super::user::{User, gone};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RemoveProducts {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some(
            "adds the person to the groups and product profiles of before; admin roles are not given back".into(),
        ),
        scopes: vec!["user_management_sdk".into()],
        ..given.spec("remove-products", "Takes every product profile, user group and admin role from the Adobe user")
    };
    (spec, RemoveProducts { client: Arc::clone(client) })
}

fn none_left(user: &User) -> bool {
    user.groups.is_empty() && user.admin_roles.is_empty()
}

impl Act for RemoveProducts {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.removable(account, call).await? else { return Ok(gone(account)) };
        if none_left(&user) {
            return Ok(Outcome::already("groups: none"));
        }
        call.keep(Before::of(user.image()).seats(user.seats())).await?;
        match self.client.act(&[command(&user.named(), &[remove_all()], call)], call).await {
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
            None => Verdict::Dead { evidence: "error.user.not_found".into() },
            Some(user) if none_left(&user) => Verdict::Dead { evidence: "groups: none".into() },
            Some(user) => Verdict::Alive {
                evidence: format!("groups: {}, admin roles: {}", user.groups.len(), user.admin_roles.len()),
            },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else {
            let reason = format!("{} is not in the organisation any more", account.label);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("undo the removal first"));
        };
        let missing: Vec<&str> =
            groups(before).into_iter().filter(|group| !user.groups.iter().any(|own| own == group)).collect();
        if missing.is_empty() {
            return Ok(Outcome::already("the groups of before are there"));
        }
        self.client.add(&user.named(), None, &missing, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
