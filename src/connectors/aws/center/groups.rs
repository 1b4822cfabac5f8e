//! Memberships of Identity Center's groups.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Center, sessions_left};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RemoveMemberships {
    center: Arc<Center>,
}

pub(super) fn action(given: &Given, center: &Arc<Center>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        residual: Some(sessions_left()),
        undo: Some("adds the user to the groups again".into()),
        scopes: ["ListGroupMembershipsForMember", "DeleteGroupMembership", "CreateGroupMembership"]
            .map(|scope| format!("identitystore:{scope}"))
            .into(),
        ..given.spec("remove-group-memberships", "Removes the user from every group of Identity Center")
    };
    (spec, RemoveMemberships { center: Arc::clone(center) })
}

impl RemoveMemberships {
    /// Membership and group, each by its id.
    async fn memberships(&self, account: &Account, call: &Call) -> Result<Vec<(String, String)>, Failure> {
        let ask = |body| self.center.store(Kind::Read, "ListGroupMembershipsForMember", body, call);
        let body = json!({ "MemberId": { "UserId": account.id } });
        let all = match self.center.pages("GroupMemberships", ask, body).await {
            // Of a user who is gone.
            Err(failure) if failure.what == What::Gone => return Ok(Vec::new()),
            other => other?,
        };
        all.iter()
            .map(|one| {
                let text = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
                Some((text("MembershipId")?, text("GroupId")?))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "a group membership without its ids"))
    }
}

impl Act for RemoveMemberships {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let all = self.memberships(account, call).await?;
        if all.is_empty() {
            return Ok(Outcome::already("group memberships: none"));
        }
        let groups: Vec<&str> = all.iter().map(|(_, group)| group.as_str()).collect();
        call.keep(Before::of(json!({ "groups": groups }))).await?;
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for (membership, _) in &all {
            let body = json!({ "MembershipId": membership });
            acts.push(Box::pin(async move {
                Failure::unless_gone(self.center.store(Kind::Act, "DeleteGroupMembership", body, call).await).map(drop)
            }));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.memberships(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "group memberships: none".into() },
            left => Verdict::Alive { evidence: format!("group memberships: {left}") },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let there: Vec<String> = self.memberships(account, call).await?.into_iter().map(|(_, group)| group).collect();
        let removed = kept(before, "groups").iter().filter_map(Value::as_str);
        let missing: Vec<&str> = removed.filter(|group| !there.iter().any(|other| other == group)).collect();
        if missing.is_empty() {
            return Ok(Outcome::already("a member of all of these groups"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for group in missing {
            let body = json!({ "GroupId": group, "MemberId": { "UserId": account.id } });
            acts.push(Box::pin(async move {
                self.center.store(Kind::Act, "CreateGroupMembership", body, call).await.map(drop)
            }));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}
