//! Deletion: everything that was not handed over is lost. By numeric id, never by an address that may have a new owner.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::admins;
use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct Delete {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account"), given.fact("active-account")],
        undo: Some(
            "restores the user by id, within about 20 days; licences and open transfers are not restored".into(),
        ),
        scopes: declared(&[Scope::Users]),
        ..given.spec("delete-user", "Deletes the Google user with mail, files and calendar not handed over")
    };
    (spec, Delete { client: Arc::clone(client) })
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if account.id.contains('@') {
            let reason = format!("`{}` is an address: an address may belong to somebody else by now", account.id);
            return Err(
                Failure::new(Kind::Read, What::Rejected, reason).cure("put the numeric user id into the id map")
            );
        }
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        if user.id != account.id {
            let reason = format!("asked for user {}, Google answered with {}", account.id, user.id);
            return Err(Failure::needs_human(reason));
        }
        admins::spare(&self.client, &user, call).await?;
        let before = json!({
            "id": user.id,
            "primaryEmail": user.primary_email,
            "aliases": user.aliases,
            "orgUnitPath": user.org_unit_path,
            "creationTime": user.creation_time,
            "isAdmin": user.is_admin,
            "suspended": user.suspended,
        });
        call.keep(Before::of(before)).await?;
        let request = Request::act(Method::DELETE, self.client.url(&account.id, &[])?).fresh();
        match self.client.with(Scope::Users).act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) if failure.code == "conditionNotMet" => {
                let reason = format!("{}; a hold in Vault keeps the account", failure.reason);
                Err(Failure { what: What::NeedsHuman, reason, ..failure })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.client.user(&account.id, call).await {
            Ok(user) => Ok(Verdict::Alive { evidence: format!("user {} exists", user.id) }),
            Err(failure) if failure.what == What::Gone => Ok(Verdict::Dead { evidence: "no such user".into() }),
            Err(failure) => Err(failure),
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let unit = before.get("orgUnitPath").and_then(Value::as_str).unwrap_or("/");
        let request = Request::act(Method::POST, self.client.url(&account.id, &["undelete"])?);
        match self.client.with(Scope::Users).act(request.json(json!({ "orgUnitPath": unit })), call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // No deleted user of this id: it may be there again.
            Err(failure) if failure.what == What::Gone => match self.client.user(&account.id, call).await {
                Ok(user) => Ok(Outcome::already(format!("user {} exists", user.id))),
                Err(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }
}
