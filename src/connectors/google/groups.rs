//! Groups that the user is a member of by themselves. What they are in by another group goes with that group.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::config::Api;
use super::said;
use super::scope::{Scope, declared};
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, gone, kept, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// Reads of memberships under way at once.
const AT_ONCE: usize = 8;

struct LeaveGroups {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec =
        given.spec_of_many_calls("leave-groups", "Removes the user from every group that they are a direct member of");
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("adds the user to the same groups, with the role and mail delivery that they had".into()),
        scopes: declared(&[Scope::Groups]),
        ..spec
    };
    (spec, LeaveGroups { client: Arc::clone(client) })
}

/// The shapes in which Google says that there is no such member, and the one in which it says "taken, but not done yet".
fn is_out(failure: &Failure) -> bool {
    failure.what == What::Gone || matches!(failure.code.as_str(), "required" | "conditionNotMet" | "conflict")
}

impl LeaveGroups {
    /// Direct ones only: `userKey` does not show what comes by nesting.
    async fn groups(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let url = self.client.at(Api::Directory, &["groups"])?;
        let request = Request::get(url).query(&[("userKey", account.id.as_str()), ("maxResults", "200")]);
        self.client.with(Scope::Groups).pages(&request, "groups", call).await
    }

    fn member(&self, group: &str, rest: &[&str]) -> Result<reqwest::Url, Failure> {
        self.client.at(Api::Directory, &[&["groups", group, "members"], rest].concat())
    }

    /// Role and delivery stand in the membership alone, not in the list of groups. `None`: not a member any more.
    async fn membership(&self, group: &Value, account: &Account, call: &Call) -> Result<Option<Value>, Failure> {
        let url = self.member(text(group, "id"), &[&account.id])?;
        match self.client.with(Scope::Groups).read::<Value>(Request::get(url), call).await {
            Ok(member) => Ok(Some(json!({
                "id": text(group, "id"),
                "email": text(group, "email"),
                "role": text(&member, "role"),
                "delivery_settings": member.get("delivery_settings"),
            }))),
            Err(failure) if is_out(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl Act for LeaveGroups {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let groups = match self.groups(account, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(gone(account)),
            other => other?,
        };
        let reads: Vec<_> = groups.iter().map(|group| self.membership(group, account, call)).collect();
        let memberships: Vec<Option<Value>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        let memberships: Vec<Value> = memberships.into_iter().flatten().collect();
        if memberships.is_empty() {
            return Ok(Outcome::already("groups: none"));
        }
        let mut removals: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for group in &memberships {
            let url = self.member(text(group, "id"), &[&account.id])?;
            removals.push(Box::pin(async move {
                match self.client.with(Scope::Groups).delete(url, call).await {
                    Err(failure) if is_out(&failure) => Ok(()),
                    other => other,
                }
            }));
        }
        call.keep(Before::of(json!({ "groups": memberships }))).await?;
        each::all(removals).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.groups(account, call).await {
            Ok(groups) if groups.is_empty() => Ok(Verdict::Dead { evidence: "groups: none".into() }),
            Ok(groups) => Ok(Verdict::Alive { evidence: format!("groups: {}", groups.len()) }),
            Err(failure) if failure.what == What::Gone => Ok(Verdict::Dead { evidence: "no such user".into() }),
            Err(failure) => Err(failure),
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let email = self.client.user(&account.id, call).await?.primary_email;
        let mut additions: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for group in kept(before, "groups") {
            let mut member = json!({ "email": email, "role": text(group, "role") });
            if let Some(delivery) = group.get("delivery_settings").filter(|delivery| !delivery.is_null()) {
                member["delivery_settings"] = delivery.clone();
            }
            let request = Request::act(Method::POST, self.member(text(group, "id"), &[])?).json(member);
            additions.push(Box::pin(async move {
                match self.client.with(Scope::Groups).change(request, call).await {
                    Err(failure) if said::is_there(&failure) || failure.code == "conflict" => Ok(()),
                    other => other,
                }
            }));
        }
        each::all(additions).await?;
        Ok(Outcome::Acknowledged)
    }
}
