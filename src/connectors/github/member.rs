//! Membership of the organisation, and an invitation to it.

use std::sync::Arc;

use futures_util::future;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::config::Flavor;
use super::teams::Team;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Verdict};

struct RemoveMember {
    client: Arc<Client>,
}

#[derive(Deserialize)]
pub(super) struct Membership {
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
    /// The enterprise teams that keep the person in, member of their own or not: slugs, or objects with one.
    pub(super) fn enterprise_teams<'a>(&'a self) -> Vec<&'a str> {
        let slug = |team: &'a Value| team.as_str().or_else(|| team.get("slug").and_then(Value::as_str));
        self.enterprise_teams.iter().filter_map(slug).collect()
    }

    /// What keeps the person in though they were removed.
    fn by_enterprise_team(&self) -> Option<String> {
        (!self.enterprise_teams.is_empty() && self.direct != Some(true)).then(|| self.enterprise_teams().join(", "))
    }

    /// A seat is free for somebody else then. What is paid for is lowered by hand.
    fn seat(&self) -> Option<&'static str> {
        (self.state == "active" && self.enterprise_teams.is_empty()).then_some("member")
    }
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let title = match client.flavor {
        Flavor::GhecScim => {
            "Removes the person from the GitHub organisation by its SCIM, which deletes their identity there"
        }
        _ => "Removes the person from the GitHub organisation and cancels an invitation",
    };
    let spec = ActionSpec {
        // The undo is an invitation: it restores no private forks.
        danger: Danger::HardToUndo,
        precedes: vec![given.id.action("remove-outside-collaborator")],
        undo: Some("invites the person again with the former role, into the former teams; they have to accept".into()),
        scopes: vec!["admin:org".into(), "members=write".into()],
        ..given.spec("remove-member", title)
    };
    (spec, RemoveMember { client: Arc::clone(client) })
}

impl Client {
    pub(super) async fn membership(&self, login: &str, call: &Call) -> Result<Option<Membership>, Failure> {
        self.found(Request::get(self.url(&["memberships", login])?), call).await
    }
}

impl RemoveMember {
    /// An organisation must keep an owner.
    async fn not_the_last_owner(&self, role: &str, account: &Account, call: &Call) -> Result<(), Failure> {
        if role != "admin" {
            return Ok(());
        }
        let owners = Request::get(self.client.url(&["members"])?).query(&[("role", "admin"), ("per_page", "2")]);
        let owners: Vec<Value> = self.client.read(owners, call).await?;
        let login = |owner: &Value| owner.get("login").and_then(Value::as_str).unwrap_or_default().to_owned();
        match owners.as_slice() {
            [only] if login(only).eq_ignore_ascii_case(&account.id) => {
                let reason = format!("{} is the last owner of {}", account.id, self.client.org());
                let reason = format!("{reason}: make somebody else an owner first");
                Err(Failure::needs_human(reason))
            }
            _ => Ok(()),
        }
    }

    /// Who cannot see the teams still removes the person: the membership is worth more than its undo.
    async fn teams(&self, account: &Account, call: &Call) -> Result<Vec<Team>, Failure> {
        match self.client.teams(&account.id, call).await {
            Err(failure) if matches!(failure.what, What::Denied | What::Rejected) => Ok(Vec::new()),
            other => other,
        }
    }

    async fn remove(&self, account: &Account, call: &Call) -> Result<(), Failure> {
        if self.client.flavor == Flavor::GhecScim {
            // The identity goes with the membership; with it left, the identity provider would invite anew.
            match self.client.identity(&account.id, call).await {
                Ok(Some(identity)) => return self.client.remove_by_scim(&identity.guid, call).await,
                // Whoever cannot see it still removes the person: the read-back then tells what is left.
                Err(failure) if !matches!(failure.what, What::Denied | What::Rejected) => return Err(failure),
                Ok(None) | Err(_) => {}
            }
        }
        let url = self.client.url(&["memberships", &account.id])?;
        self.client.act(Request::act(Method::DELETE, url), call).await
    }
}

impl Act for RemoveMember {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let none = || Outcome::already(format!("{} is no member: 404", account.id));
        let Some(membership) = self.client.membership(&account.id, call).await? else { return Ok(none()) };
        let owner = self.not_the_last_owner(&membership.role, account, call);
        let ((), teams) = future::try_join(owner, self.teams(account, call)).await?;
        let image = json!({ "role": membership.role, "state": membership.state, "teams": Team::image(&teams) });
        call.keep(Before::of(image).seats(membership.seat())).await?;
        match self.remove(account, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.client.membership(&account.id, call).await? {
                None => Ok(none()),
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(membership) = self.client.membership(&account.id, call).await? else {
            let gone = format!("membership of {}: 404", account.id);
            if self.client.flavor == Flavor::GhecScim && self.client.identity(&account.id, call).await?.is_some() {
                return Ok(Verdict::Alive { evidence: format!("{gone}, but the SCIM identity is still there") });
            }
            return Ok(Verdict::Dead { evidence: gone });
        };
        let team = membership.by_enterprise_team();
        let how = team.map_or_else(String::new, |team| format!(", by the enterprise team {team}: remove them there"));
        Ok(Verdict::Alive { evidence: format!("membership: {}{how}", membership.state) })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let role = before.get("role").and_then(Value::as_str).unwrap_or("member");
        let url = self.client.url(&["memberships", &account.id])?;
        self.client.act(Request::act(Method::PUT, url).json(json!({ "role": role })), call).await?;
        self.client.join(&Team::all_of(before), &account.id, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
