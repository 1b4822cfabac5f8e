//! Groups of Okta's own. Those that a directory or an application keeps, and the built-in one, cannot be left here.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::Client;
use super::moot;
use super::scope::{Scope, declared};
use crate::connectors::http::{Failure, Request, each};
use crate::connectors::vendor::{Act, Given, kept, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct LeaveGroups {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("adds the user to the same groups again".into()),
        scopes: declared(&[Scope::Users, Scope::Groups]),
        ..given.spec("leave-groups", "Removes the user from every group that is Okta's own")
    };
    (spec, LeaveGroups { client: Arc::clone(client) })
}

fn name(group: &Value) -> &str {
    group.pointer("/profile/name").and_then(Value::as_str).unwrap_or_default()
}

fn can_be_left(group: &Value) -> bool {
    text(group, "type") == "OKTA_GROUP"
}

/// That none is left, and which stay and why.
fn none_left(groups: &[Value]) -> String {
    let stay: Vec<String> = groups
        .iter()
        .filter(|group| !can_be_left(group))
        .map(|group| {
            let why = if text(group, "type") == "BUILT_IN" { "built in" } else { "kept by a directory or application" };
            format!("{} ({why})", name(group))
        })
        .collect();
    if stay.is_empty() { "groups: none".to_owned() } else { format!("groups: none but {}", stay.join(", ")) }
}

impl LeaveGroups {
    async fn groups(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        self.client.list(Scope::Groups, &Request::get(self.client.url(&account.id, &["groups"])?), call).await
    }

    fn member(&self, group: &Value, account: &Account) -> Result<Url, Failure> {
        self.client.api(&["groups", text(group, "id"), "users", &account.id])
    }

    async fn try_leave(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let groups = self.groups(account, call).await?;
        let own: Vec<&Value> = groups.iter().filter(|group| can_be_left(group)).collect();
        if own.is_empty() {
            return Ok(Outcome::already(none_left(&groups)));
        }
        let image: Vec<Value> = own.iter().map(|it| json!({ "id": text(it, "id"), "name": name(it) })).collect();
        let mut removals: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for group in own {
            let request = Request::act(Method::DELETE, self.member(group, account)?);
            removals.push(Box::pin(self.client.remove(Scope::Groups, request, call)));
        }
        call.keep(Before::of(json!({ "groups": image }))).await?;
        each::all(removals).await?;
        Ok(Outcome::Acknowledged)
    }
}

impl Act for LeaveGroups {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = self.try_leave(account, call).await;
        moot::or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        moot::or_gone(self.groups(account, call).await.map(|groups| {
            match groups.iter().filter(|group| can_be_left(group)).count() {
                0 => Verdict::Dead { evidence: none_left(&groups) },
                left => Verdict::Alive { evidence: format!("groups: {left}") },
            }
        }))
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let mut additions: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for group in kept(before, "groups") {
            let request = Request::act(Method::PUT, self.member(group, account)?);
            additions.push(Box::pin(self.client.act(Scope::Groups, request, call)));
        }
        each::all(additions).await?;
        Ok(Outcome::Acknowledged)
    }
}
