//! Membership of the organisation, and an invitation to it.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::failure::{judge, settle};
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Danger, Outcome, Verdict};

struct RemoveMember {
    spec: ActionSpec,
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Membership {
    #[serde(default)]
    role: String,
    #[serde(default)]
    state: String,
    #[serde(default, rename = "direct_membership")]
    direct: Option<bool>,
    #[serde(default, rename = "enterprise_teams_providing_indirect_membership")]
    enterprise_teams: Vec<Value>,
}

impl Membership {
    /// What keeps the person in though they were removed.
    fn by_enterprise_team(&self) -> Option<String> {
        let names: Vec<&str> = self
            .enterprise_teams
            .iter()
            .map(|team| team.get("name").and_then(Value::as_str).or(team.as_str()).unwrap_or("an enterprise team"))
            .collect();
        (!names.is_empty() && self.direct != Some(true)).then(|| names.join(", "))
    }
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>) -> Box<dyn Action> {
    let spec = ActionSpec {
        // The undo is an invitation: it restores neither teams nor private forks.
        danger: Danger::HardToUndo,
        precedes: vec![id.action("remove-outside-collaborator")],
        undo: Some("invites the person again with the former role; they have to accept".into()),
        scopes: vec!["admin:org".into()],
        ..pace.spec(id, "remove-member", "Removes the person from the GitHub organisation and cancels an invitation")
    };
    Box::new(RemoveMember { spec, client: Arc::clone(client) })
}

impl RemoveMember {
    async fn membership(&self, account: &Account, call: &Call) -> Result<Option<Membership>, Failure> {
        self.client.found(Request::get(self.client.url(&["memberships", &account.id])?), call).await
    }

    async fn remove(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account, call).await?;
        let none = || Outcome::AlreadySo { note: format!("{} is no member: 404", account.id), caveat: None };
        let Some(membership) = self.membership(account, call).await? else { return Ok(none()) };
        let url = self.client.url(&["memberships", &account.id])?;
        match self.client.act(Request::act(Method::DELETE, url), call).await {
            Ok(()) => {
                let before = json!({ "role": membership.role, "state": membership.state });
                Ok(Outcome::Acknowledged { before: Some(before) })
            }
            Err(failure) if failure.what == What::Gone => match self.membership(account, call).await? {
                None => Ok(none()),
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn check(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.membership(account, call).await? {
            None => Verdict::Dead { evidence: format!("membership of {}: 404", account.id) },
            Some(membership) => {
                let team = membership.by_enterprise_team();
                let how =
                    team.map_or_else(String::new, |team| format!(", by the enterprise team {team}: remove them there"));
                Verdict::Alive { evidence: format!("membership: {}{how}", membership.state) }
            }
        })
    }

    async fn invite(&self, account: &Account, before: Option<&Value>, call: &Call) -> Result<Outcome, Failure> {
        let role = before.and_then(|before| before.get("role")).and_then(Value::as_str).unwrap_or("member");
        let url = self.client.url(&["memberships", &account.id])?;
        self.client.act(Request::act(Method::PUT, url).json(json!({ "role": role })), call).await?;
        Ok(Outcome::Acknowledged { before: None })
    }
}

impl Action for RemoveMember {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.remove(account, call).await) })
    }

    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { judge(self.check(account, call).await) })
    }

    fn undo<'a>(&'a self, account: &'a Account, before: Option<&'a Value>, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.invite(account, before, call).await) })
    }
}
