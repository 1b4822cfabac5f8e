//! Membership of the group on GitLab.com, and of every subgroup and project of it.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::SEAT;
use super::client::Client;
use super::membership::{Member, Membership, OWNER};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct RemoveMember {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        undo: Some("adds the person again to the group, the subgroups and projects, with level and expiry".into()),
        scopes: vec!["api".into()],
        ..given.spec("remove-member", "Removes the person from the GitLab group with its subgroups and projects")
    };
    (spec, RemoveMember { client: Arc::clone(client) })
}

impl RemoveMember {
    /// Whether the group would have no owner but ourselves.
    async fn last_owner(&self, account: &Account, call: &Call) -> Result<bool, Failure> {
        let member = self.client.group_member(&account.id, call).await?;
        if member.is_none_or(|member| member.access_level < OWNER) {
            return Ok(false);
        }
        let own = self.client.me(call).await?.id;
        for one in self.client.list(&self.client.group(&["members", "all"])?, &[], call).await? {
            let member: Member = serde_json::from_value(one)
                .map_err(|_| Failure::new(Kind::Read, What::Unknown, "a member without an id"))?;
            let another = member.id != own && member.id.to_string() != account.id;
            if another && member.access_level >= OWNER && member.state == "active" {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn remove(&self, membership: &Membership, account: &Account, call: &Call) -> Result<(), Failure> {
        let flags = [("skip_subresources", "false"), ("unassign_issuables", "false")];
        let request = Request::act(Method::DELETE, membership.url(&self.client, &[&account.id])?).query(&flags);
        match self.client.act(request, call).await {
            // It may have gone with the group above.
            Err(failure) if failure.what == What::Gone => Ok(()),
            other => other.map(drop),
        }
    }
}

impl Act for RemoveMember {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let memberships = self.client.memberships(&account.id, call).await?;
        if memberships.is_empty() {
            if self.client.any_member(&account.id, call).await?.is_none() {
                return Ok(Outcome::already(format!("{} is no member: 404", account.label)));
            }
            let how = "a member by a group above or one that was invited: remove them from that group";
            return Err(Failure::needs_human(format!("{} is {how}", account.label)));
        }
        if self.last_owner(account, call).await? {
            let reason = format!("{} is the group's last owner: make somebody else one first", account.label);
            return Err(Failure::needs_human(reason));
        }
        let billable = self.client.billable(&account.id, &account.label, call).await?;
        let kept: Vec<Value> = memberships.iter().map(Membership::kept).collect();
        call.keep(Before::of(json!({ "memberships": kept })).seats(billable.map(|_| SEAT))).await?;
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for membership in &memberships {
            acts.push(Box::pin(self.remove(membership, account, call)));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let left = self.client.memberships(&account.id, call).await?;
        if !left.is_empty() {
            let direct = left.iter().map(|one| format!("{}/{}", one.kind, one.source)).collect::<Vec<_>>().join(", ");
            return Ok(Verdict::Alive { evidence: format!("a member of {direct}") });
        }
        Ok(match self.client.any_member(&account.id, call).await? {
            None => Verdict::Dead { evidence: format!("members/all/{}: 404", account.id) },
            Some(_) => Verdict::Alive { evidence: "a member by a group above or one that was invited".into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        self.client.add_again(&account.id, before, call).await
    }
}
