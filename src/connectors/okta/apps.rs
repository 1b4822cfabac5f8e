//! Applications that the user is assigned to by themselves. What comes by a group goes with the group.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::Client;
use super::moot;
use super::scope::{Scope, declared};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, kept, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Fact, Outcome, Stage, Verdict};

struct UnassignApps {
    client: Arc<Client>,
}

/// `downstream`: what ends in the systems behind Okta when it takes its provisioning back.
pub(super) fn action(given: &Given, client: &Arc<Client>, downstream: Vec<Fact>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        // "Destructive … can't recover the app profile" (`unassignUserFromApplication`).
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        destroys: downstream,
        undo: Some("assigns the same applications again; the profiles that the user had in them are lost".into()),
        scopes: declared(&[Scope::Users, Scope::Apps]),
        ..given.spec("unassign-apps", "Takes every application back that is assigned to the user in person")
    };
    (spec, UnassignApps { client: Arc::clone(client) })
}

/// How the user came to an application.
fn scope_of(app: &Value) -> Result<&str, Failure> {
    let scope = app.pointer("/_embedded/user/scope").and_then(Value::as_str);
    let untold = || format!("Okta does not say how the user came to {}", text(app, "label"));
    scope.ok_or_else(|| Failure::new(Kind::Read, What::Unknown, untold()))
}

/// The user's own, and the names of those that come by a group.
fn split(apps: &[Value]) -> Result<(Vec<&Value>, Vec<&str>), Failure> {
    let (mut own, mut by_group) = (Vec::new(), Vec::new());
    for app in apps {
        if scope_of(app)? == "USER" { own.push(app) } else { by_group.push(text(app, "label")) }
    }
    Ok((own, by_group))
}

fn none_left(by_group: &[&str]) -> String {
    if by_group.is_empty() {
        return "own applications: none".to_owned();
    }
    format!("own applications: none; by a group: {}", by_group.join(", "))
}

impl UnassignApps {
    async fn apps(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let request = Request::get(self.client.api(&["apps"])?).query(&[
            ("filter", &format!("user.id eq \"{}\"", account.id)),
            ("expand", &format!("user/{}", account.id)),
            ("limit", "200"),
        ]);
        self.client.list(Scope::Apps, &request, call).await
    }

    fn assignment(&self, app: &Value, rest: &[&str]) -> Result<Url, Failure> {
        self.client.api(&[&["apps", text(app, "id"), "users"], rest].concat())
    }

    async fn try_unassign(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let apps = self.apps(account, call).await?;
        let (own, by_group) = split(&apps)?;
        if own.is_empty() {
            return Ok(Outcome::already(none_left(&by_group)));
        }
        let image: Vec<Value> =
            own.iter().map(|it| json!({ "id": text(it, "id"), "label": text(it, "label") })).collect();
        let seats: Vec<&str> = own.iter().map(|app| text(app, "label")).collect();
        let mut removals: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for app in &own {
            let request = Request::act(Method::DELETE, self.assignment(app, &[&account.id])?);
            removals.push(Box::pin(self.client.remove(Scope::Apps, request.query(&[("sendEmail", "false")]), call)));
        }
        call.keep(Before::of(json!({ "apps": image })).seats(seats)).await?;
        each::all(removals).await?;
        Ok(Outcome::Acknowledged)
    }

    /// Not again, where it is there: an assignment that is made anew would lose its profile.
    async fn assign(&self, app: &Value, account: &Account, call: &Call) -> Result<(), Failure> {
        let there = Request::get(self.assignment(app, &[&account.id])?);
        match self.client.read::<Value>(Scope::Apps, there, call).await {
            Err(failure) if failure.what == What::Gone => {}
            other => return other.map(drop),
        }
        let body = json!({ "id": account.id, "scope": "USER" });
        let request = Request::act(Method::POST, self.assignment(app, &[])?).json(body);
        self.client.act(Scope::Apps, request.query(&[("sendEmail", "false")]), call).await
    }
}

impl Act for UnassignApps {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = self.try_unassign(account, call).await;
        moot::or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let apps = match self.apps(account, call).await {
            Err(failure) => return moot::or_gone(Err(failure)),
            Ok(apps) => apps,
        };
        let (own, by_group) = split(&apps)?;
        Ok(if own.is_empty() {
            Verdict::Dead { evidence: none_left(&by_group) }
        } else {
            Verdict::Alive { evidence: format!("own applications: {}", own.len()) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let mut additions: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for app in kept(before, "apps") {
            additions.push(Box::pin(self.assign(app, account, call)));
        }
        each::all(additions).await?;
        Ok(Outcome::Acknowledged)
    }
}
