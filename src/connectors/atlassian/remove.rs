//! Removal from the organisation's directories: roles and groups are lost, the managed account itself stays.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct Remove {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        // Suspension frees the seat already: what this adds is a loss.
        only_by_rule: true,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        undo: Some("invites the person again; they have to accept, and their roles and groups are lost".into()),
        scopes: vec![super::said::SCOPE.into()],
        ..given.spec(
            "remove-from-directory",
            "Removes the person, with roles and groups, from the organisation's directories",
        )
    };
    (spec, Remove { client: Arc::clone(client) })
}

impl Remove {
    async fn remove(&self, directory: &str, id: &str, call: &Call) -> Result<(), Failure> {
        Failure::unless_gone(self.client.act(Method::DELETE, self.client.member(directory, id, &[])?, None, call).await)
            .map(drop)
    }
}

impl Act for Remove {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        let memberships = self.client.memberships(&account.id, call).await?;
        if memberships.is_empty() {
            return Ok(Outcome::already("in no directory"));
        }
        self.client.not_the_last_admin(&user, call).await?;
        let kept: Vec<Value> = memberships.iter().map(|one| json!({ "id": one.directory })).collect();
        // A suspended person takes no seat any more.
        let seats = if memberships.iter().any(|one| !one.suspended) { user.products() } else { Vec::new() };
        call.keep(Before::of(json!({ "email": user.email, "directories": kept })).seats(seats)).await?;
        let acts = memberships
            .iter()
            .map(|one| -> BoxFuture<'_, Result<(), Failure>> {
                Box::pin(self.remove(&one.directory, &account.id, call))
            })
            .collect();
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.memberships(&account.id, call).await?.first() {
            None => Verdict::Dead { evidence: "in no directory: 404".into() },
            Some(left) => Verdict::Alive { evidence: format!("in directory {}", left.directory) },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if !self.client.memberships(&account.id, call).await?.is_empty() {
            return Ok(Outcome::already("they are in a directory again"));
        }
        let Some(email) = before.get("email").and_then(Value::as_str) else {
            let reason = "the address that they had is not known";
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("invite the person by hand"));
        };
        let url = self.client.org(&["users", "invite"])?;
        self.client.act(Method::POST, url, Some(json!({ "emails": [email], "sendNotification": true })), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
