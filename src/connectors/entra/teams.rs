//! Memberships of teams, by Teams' own list: the group behind a team follows only after a while.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct LeaveTeams {
    entra: Arc<Entra>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Team {
    id: String,
    display_name: Option<String>,
}

/// A `conversationMember`. Its id is opaque: not the user's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: String,
    user_id: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        // Without a licence for Teams, its list of teams is not to be had.
        precedes: vec![given.id.action("remove-groups"), given.id.action("remove-licences")],
        undo: Some("adds the user to the same teams, as member or owner as before".into()),
        scopes: vec!["TeamMember.ReadWrite.All".into(), "Team.ReadBasic.All".into()],
        ..given.spec("remove-teams", "Removes the user from every team")
    };
    (spec, LeaveTeams { entra: Arc::clone(entra) })
}

impl LeaveTeams {
    async fn teams(&self, account: &Account, call: &Call) -> Result<Vec<Team>, Failure> {
        self.entra.graph.list(Request::get(self.entra.graph.user_url(&account.id, &["joinedTeams"])?), call).await
    }

    /// The user's memberships of these teams.
    async fn memberships<'t>(
        &self,
        teams: &'t [Team],
        account: &Account,
        call: &Call,
    ) -> Result<Vec<(&'t Team, Member)>, Failure> {
        let filter = format!("(microsoft.graph.aadUserConversationMember/userId eq '{}')", account.id);
        let mut memberships = Vec::new();
        for team in teams {
            let url = self.entra.graph.v1(&["teams", &team.id, "members"])?;
            let members: Vec<Member> =
                self.entra.graph.list(Request::get(url).query(&[("$filter", &filter)]), call).await?;
            let own = members.into_iter().filter(|member| member.user_id.as_deref() == Some(account.id.as_str()));
            memberships.extend(own.map(|member| (team, member)));
        }
        Ok(memberships)
    }
}

impl Act for LeaveTeams {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let teams = self.teams(account, call).await?;
        let memberships = self.memberships(&teams, account, call).await?;
        if memberships.is_empty() {
            return Ok(Outcome::already("teams: none"));
        }
        let (mut kept, mut removals) = (Vec::new(), Vec::new());
        for (team, member) in &memberships {
            kept.push(json!({ "id": team.id, "displayName": team.display_name, "roles": member.roles }));
            let url = self.entra.graph.v1(&["teams", &team.id, "members", &member.id])?;
            removals.push(Request::act(Method::DELETE, url));
        }
        call.keep(Before::of(json!({ "teams": kept }))).await?;
        self.entra.graph.act_all(removals, |failure| failure.what == What::Gone, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.teams(account, call).await {
            Ok(teams) if teams.is_empty() => Ok(Verdict::Dead { evidence: "teams: none".into() }),
            Ok(teams) => {
                let names: Vec<&str> =
                    teams.iter().map(|team| team.display_name.as_deref().unwrap_or(&team.id)).collect();
                Ok(Verdict::Alive { evidence: format!("teams: {}", names.join(", ")) })
            }
            Err(failure) if failure.what == What::Gone => Ok(no_such_user()),
            Err(failure) => Err(failure),
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = format!("{}('{}')", self.entra.graph.v1(&["users"])?, account.id);
        let mut additions = Vec::new();
        for team in kept(before, "teams") {
            let id = team.get("id").and_then(Value::as_str).unwrap_or_default();
            let body = json!({
                "@odata.type": "#microsoft.graph.aadUserConversationMember",
                "roles": team.get("roles"),
                "user@odata.bind": user,
            });
            let url = self.entra.graph.v1(&["teams", id, "members"])?;
            additions.push(Request::act(Method::POST, url).json(body));
        }
        let there = |failure: &Failure| failure.what == What::Rejected && failure.reason.contains("already");
        self.entra.graph.act_all(additions, there, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
