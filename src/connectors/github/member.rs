//! Membership of the organisation, and an invitation to it.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Verdict};

struct RemoveMember {
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

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        // The undo is an invitation: it restores neither teams nor private forks.
        danger: Danger::HardToUndo,
        precedes: vec![given.id.action("remove-outside-collaborator")],
        undo: Some("invites the person again with the former role; they have to accept".into()),
        scopes: vec!["admin:org".into()],
        ..given.spec("remove-member", "Removes the person from the GitHub organisation and cancels an invitation")
    };
    (spec, RemoveMember { client: Arc::clone(client) })
}

impl RemoveMember {
    async fn membership(&self, account: &Account, call: &Call) -> Result<Option<Membership>, Failure> {
        self.client.found(Request::get(self.client.url(&["memberships", &account.id])?), call).await
    }
}

impl Act for RemoveMember {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let none = || Outcome::AlreadySo { note: format!("{} is no member: 404", account.id), caveat: None };
        let Some(membership) = self.membership(account, call).await? else { return Ok(none()) };
        let url = self.client.url(&["memberships", &account.id])?;
        call.keep(Before::of(json!({ "role": membership.role, "state": membership.state }))).await?;
        match self.client.act(Request::act(Method::DELETE, url), call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.membership(account, call).await? {
                None => Ok(none()),
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
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

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let role = before.get("role").and_then(Value::as_str).unwrap_or("member");
        let url = self.client.url(&["memberships", &account.id])?;
        self.client.act(Request::act(Method::PUT, url).json(json!({ "role": role })), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
