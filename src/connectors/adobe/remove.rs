//! Removal from the organisation: the account itself, and what is in it, stays.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::command::{command, groups, remove_all, remove_from_org};
use super::user::gone;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RemoveFromOrg {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::HardToUndo,
        destroys: vec![given.fact("account")],
        undo: Some("adds the person again with the groups of before; admin roles are not given back".into()),
        scopes: vec!["user_management_sdk".into()],
        ..given.spec("remove-from-org", "Removes the person from the Adobe organisation and keeps their account")
    };
    (spec, RemoveFromOrg { client: Arc::clone(client) })
}

impl Act for RemoveFromOrg {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        // Adobe says `success` whoever is named, so it is asked before.
        let Some(user) = self.client.removable(account, call).await? else { return Ok(gone(account)) };
        call.keep(Before::of(user.image()).seats(user.seats())).await?;
        let steps = [remove_all(), remove_from_org(false)];
        match self.client.act(&[command(&user.named(), &steps, call)], call).await {
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
            Some(user) => Verdict::Alive { evidence: format!("{} is in the organisation", user.email) },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if self.client.user(&account.id, call).await?.is_some() {
            return Ok(Outcome::already("they are in the organisation again"));
        }
        let unknown = |what: &str| {
            let reason = format!("the before-image names no {what} that could be added");
            Failure::new(Kind::Read, What::Rejected, reason).cure("add the person in the Admin Console")
        };
        let step = match before.get("type").and_then(Value::as_str) {
            Some("adobeID") => "addAdobeID",
            Some("enterpriseID") => "createEnterpriseID",
            Some("federatedID") => "createFederatedID",
            _ => return Err(unknown("type")),
        };
        let named = before.get("named").filter(|named| named.is_object()).ok_or_else(|| unknown("user"))?;
        let mut given = json!({ "option": "ignoreIfAlreadyExists" });
        for key in ["email", "country", "firstname", "lastname"] {
            if let Some(value) = before.get(key).filter(|value| value.is_string()) {
                given[key] = value.clone();
            }
        }
        self.client.add(named, Some(json!({ step: given })), &groups(before), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
