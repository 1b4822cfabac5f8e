//! Memberships of the group and of what hangs under it.

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Client, names};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::kept;
use crate::connectors::{BoxFuture, Call};
use crate::model::Outcome;

/// The access level of an owner.
pub(super) const OWNER: u64 = 50;

/// A member as a group shows them.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) access_level: u64,
    #[serde(default)]
    expires_at: Option<String>,
}

/// One direct membership, in enough words to take it away and give it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Membership {
    /// `groups` or `projects`.
    pub(super) kind: &'static str,
    /// Number, or the group's path as it is configured.
    pub(super) source: String,
    pub(super) access_level: u64,
    pub(super) expires_at: Option<String>,
}

impl Membership {
    fn of_group(group: &str, member: &Member) -> Self {
        Self {
            kind: "groups",
            source: group.to_owned(),
            access_level: member.access_level,
            expires_at: member.expires_at.clone(),
        }
    }

    /// From `billable_members/{id}/memberships`, which tells groups from projects by an address alone. What is of the
    /// group itself is called as in the configuration.
    fn listed(value: &Value, group: &str) -> Option<Self> {
        let address = value.get("source_members_url")?.as_str()?;
        let id = value.get("source_id")?.as_u64()?.to_string();
        let project = address.contains("/-/project_members");
        let top = !project && (id == group || address.ends_with(&format!("/groups/{group}/-/group_members")));
        Some(Self {
            kind: if project { "projects" } else { "groups" },
            source: if top { group.to_owned() } else { id },
            access_level: value.pointer("/access_level/integer_value")?.as_u64()?,
            expires_at: value.get("expires_at").and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(super) fn kept(&self) -> Value {
        json!({
            "kind": self.kind, "source": self.source, "access_level": self.access_level, "expires_at": self.expires_at,
        })
    }

    pub(super) fn from_kept(value: &Value) -> Option<Self> {
        Some(Self {
            kind: if value.get("kind")?.as_str()? == "projects" { "projects" } else { "groups" },
            source: value.get("source")?.as_str()?.to_owned(),
            access_level: value.get("access_level")?.as_u64()?,
            expires_at: value.get("expires_at").and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(super) fn url(&self, client: &Client, rest: &[&str]) -> Result<Url, Failure> {
        let segments = [self.kind, &self.source, "members"];
        client.url(&[&segments, rest].concat())
    }
}

impl Client {
    /// The direct membership of the group; `None`: there is none.
    pub(super) async fn group_member(&self, user: &str, call: &Call) -> Result<Option<Member>, Failure> {
        self.found(Request::get(self.group(&["members", user])?), call).await
    }

    /// A membership of any origin: direct, inherited, or by a group that was invited.
    pub(super) async fn any_member(&self, user: &str, call: &Call) -> Result<Option<Member>, Failure> {
        self.found(Request::get(self.group(&["members", "all", user])?), call).await
    }

    /// Every direct membership, of the group and below it.
    pub(super) async fn memberships(&self, user: &str, call: &Call) -> Result<Vec<Membership>, Failure> {
        let group = self.config.group.as_deref().unwrap_or_default();
        let direct = self.group_member(user, call).await?.map(|member| Membership::of_group(group, &member));
        let listed = match self.list(&self.group(&["billable_members", user, "memberships"])?, &[], call).await {
            // Nobody who counts, as a guest: then whatever is below goes with the group's own membership.
            Err(failure) if failure.what == What::Gone => Vec::new(),
            other => other?,
        };
        let listed: Vec<Membership> = listed
            .iter()
            .map(|one| Membership::listed(one, group))
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "a membership without its source"))?;
        let below = listed.into_iter().filter(|one| one.source != group);
        Ok(direct.into_iter().chain(below).collect())
    }

    /// The row of a user who takes a seat.
    pub(super) async fn billable(&self, user: &str, name: &str, call: &Call) -> Result<Option<Value>, Failure> {
        let all = self.list(&self.group(&["billable_members"])?, &[("search", name)], call).await?;
        Ok(all.into_iter().find(|one| names(one, "id", user)))
    }

    /// Gives back the memberships of a before-image; who is a member there stays as they are.
    pub(super) async fn add_again(&self, user: &str, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let kept = kept(before, "memberships").iter();
        let memberships: Vec<Membership> = kept.filter_map(Membership::from_kept).collect();
        if memberships.is_empty() {
            return Ok(Outcome::already("Nightlatch removed no membership"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for membership in &memberships {
            acts.push(Box::pin(self.add(membership, user, call)));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn add(&self, membership: &Membership, user: &str, call: &Call) -> Result<(), Failure> {
        let mut body = json!({ "user_id": user, "access_level": membership.access_level });
        if let Some(expires_at) = &membership.expires_at {
            body["expires_at"] = json!(expires_at);
        }
        match self.act(Request::act(Method::POST, membership.url(self, &[])?).json(body), call).await {
            // "Member already exists".
            Err(failure) if failure.reason.starts_with("409") => Ok(()),
            other => other.map(drop),
        }
    }
}
