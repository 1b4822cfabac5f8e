//! Deletion: everything that was not handed over is lost. By numeric id, never by an address that may have a new owner.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::suspend::gone;
use super::{account, active_account};
use crate::connectors::call::Kind;
use crate::connectors::http::failure::{judge, settle};
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Danger, Outcome, Stage, StepClass, Verdict};

struct Delete {
    spec: ActionSpec,
    client: Arc<Client>,
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>) -> Box<dyn Action> {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![account(id), active_account(id)],
        undo: Some(
            "restores the user by id, within about 20 days; licences and open transfers are not restored".into(),
        ),
        scopes: vec!["admin.directory.user".into()],
        ..pace.spec(id, "delete-user", "Deletes the Google user with mail, files and calendar not handed over")
    };
    Box::new(Delete { spec, client: Arc::clone(client) })
}

impl Delete {
    async fn delete(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account)?;
        if account.id.contains('@') {
            let reason = format!("`{}` is an address: an address may belong to somebody else by now", account.id);
            return Err(
                Failure::new(Kind::Read, What::Rejected, reason).cure("put the numeric user id into the id map")
            );
        }
        let user = match self.client.user(&account.id, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(gone(account)),
            other => other?,
        };
        if user.id != account.id {
            let reason = format!("asked for user {}, Google answered with {}", account.id, user.id);
            return Err(Failure::new(Kind::Read, What::NeedsHuman, reason));
        }
        let before = json!({
            "id": user.id,
            "primaryEmail": user.primary_email,
            "aliases": user.aliases,
            "orgUnitPath": user.org_unit_path,
            "creationTime": user.creation_time,
            "isAdmin": user.is_admin,
            "suspended": user.suspended,
        });
        let request = Request::act(Method::DELETE, self.client.url(&account.id, &[])?).fresh();
        match self.client.act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged { before: Some(before) }),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn check(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.client.user(&account.id, call).await {
            Ok(user) => Ok(Verdict::Alive { evidence: format!("user {} exists", user.id) }),
            Err(failure) if failure.what == What::Gone => Ok(Verdict::Dead { evidence: "no such user".into() }),
            Err(failure) => Err(failure),
        }
    }

    async fn restore(&self, account: &Account, before: Option<&Value>, call: &Call) -> Result<Outcome, Failure> {
        let unit = before.and_then(|before| before.get("orgUnitPath")).and_then(Value::as_str).unwrap_or("/");
        let request = Request::act(Method::POST, self.client.url(&account.id, &["undelete"])?);
        self.client.act(request.json(json!({ "orgUnitPath": unit })), call).await?;
        Ok(Outcome::Acknowledged { before: None })
    }
}

impl Action for Delete {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.delete(account, call).await) })
    }

    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { judge(self.check(account, call).await) })
    }

    fn undo<'a>(&'a self, account: &'a Account, before: Option<&'a Value>, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.restore(account, before, call).await) })
    }
}
