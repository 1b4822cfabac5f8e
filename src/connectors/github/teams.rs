//! Teams of the organisation. Those that an identity provider fills can only be left there.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// REST lists a team's people, not a person's teams. `IMMEDIATE`: not by a team below.
const QUERY: &str = "query($org: String!, $login: String!, $after: String) { organization(login: $org) { \
    teams(first: 100, after: $after, userLogins: [$login]) { pageInfo { hasNextPage endCursor } nodes { slug \
    members(first: 100, query: $login, membership: IMMEDIATE) { edges { role node { login } } } } } } }";

/// Pages of 100 teams of one person.
const PAGES: usize = 10;

/// A team that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Team {
    pub(super) slug: String,
    /// `member` or `maintainer`.
    role: String,
}

struct LeaveTeams {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        // A removed member is in no team: this is for those who stay, by an enterprise team or by the runbook.
        stage: Stage::Licences,
        precedes: vec![given.id.action("remove-copilot-seat")],
        undo: Some("puts the person back into the teams, with the former role in each".into()),
        scopes: vec!["admin:org".into(), "members=write".into()],
        ..given.spec("leave-teams", "Removes the person from every team of the organisation")
    };
    (spec, LeaveTeams { client: Arc::clone(client) })
}

impl Team {
    /// Of a node in the answer; `None`: the person is not in it themselves.
    fn of(node: &Value, login: &str) -> Option<Self> {
        let edges = node.pointer("/members/edges")?.as_array()?;
        let own = |edge: &&Value| {
            edge.pointer("/node/login").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(login))
        };
        let role = edges.iter().find(own)?.get("role")?.as_str()?.to_lowercase();
        Some(Self { slug: node.get("slug")?.as_str()?.to_owned(), role })
    }

    /// What undo needs, for a before-image.
    pub(super) fn image(teams: &[Self]) -> Value {
        teams.iter().map(|team| json!({ "slug": team.slug, "role": team.role })).collect()
    }

    /// Those of a before-image.
    pub(super) fn all_of(before: &Value) -> Vec<Self> {
        let text = |team: &Value, key: &str| team.get(key).and_then(Value::as_str).map(str::to_owned);
        let teams = kept(before, "teams").iter();
        teams.filter_map(|team| Some(Self { slug: text(team, "slug")?, role: text(team, "role")? })).collect()
    }
}

impl Client {
    /// The teams that the person is in themselves.
    pub(super) async fn teams(&self, login: &str, call: &Call) -> Result<Vec<Team>, Failure> {
        let mut all = Vec::new();
        let mut after = Value::Null;
        for _ in 0..PAGES {
            let variables = json!({ "org": self.org(), "login": login, "after": after });
            let body = self.query(json!({ "query": QUERY, "variables": variables }), call).await?;
            let teams = body.pointer("/data/organization/teams");
            let nodes = teams
                .and_then(|teams| teams.get("nodes"))
                .and_then(Value::as_array)
                .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "GitHub's answer holds no list of teams"))?;
            all.extend(nodes.iter().filter_map(|node| Team::of(node, login)));
            let page = |key: &str| teams.and_then(|teams| teams.pointer(&format!("/pageInfo/{key}")));
            if page("hasNextPage") != Some(&Value::Bool(true)) {
                return Ok(all);
            }
            after = page("endCursor").cloned().unwrap_or_default();
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a person in more than {PAGES}00 teams")))
    }

    /// Puts a person back into these teams. To a person who is only invited, they are promised.
    pub(super) async fn join(&self, teams: &[Team], login: &str, call: &Call) -> Result<(), Failure> {
        let acts = teams.iter().map(|team| -> BoxFuture<'_, Result<(), Failure>> {
            Box::pin(async move {
                let url = self.url(&["teams", &team.slug, "memberships", login])?;
                let request = Request::act(Method::PUT, url).json(json!({ "role": team.role }));
                forgiving(self.act(request, call).await, team)
            })
        });
        each::all(acts.collect()).await
    }

    async fn leave(&self, teams: &[Team], login: &str, call: &Call) -> Result<(), Failure> {
        let acts = teams.iter().map(|team| -> BoxFuture<'_, Result<(), Failure>> {
            Box::pin(async move {
                let url = self.url(&["teams", &team.slug, "memberships", login])?;
                forgiving(self.act(Request::act(Method::DELETE, url), call).await, team)
            })
        });
        each::all(acts.collect()).await
    }
}

/// A team or a membership that is gone meanwhile is no failure; any other is told with its team.
fn forgiving(end: Result<(), Failure>, team: &Team) -> Result<(), Failure> {
    match end {
        Err(failure) if failure.what == What::Gone => Ok(()),
        Err(failure) => Err(Failure { reason: format!("team {}: {}", team.slug, failure.reason), ..failure }),
        Ok(()) => Ok(()),
    }
}

impl Act for LeaveTeams {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let teams = self.client.teams(&account.id, call).await?;
        if teams.is_empty() {
            return Ok(Outcome::already("teams: none"));
        }
        call.keep(Before::of(json!({ "teams": Team::image(&teams) }))).await?;
        self.client.leave(&teams, &account.id, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let teams = self.client.teams(&account.id, call).await?;
        let slugs: Vec<&str> = teams.iter().map(|team| team.slug.as_str()).collect();
        Ok(if slugs.is_empty() {
            Verdict::Dead { evidence: "teams: none".into() }
        } else {
            Verdict::Alive { evidence: format!("teams: {}", slugs.join(", ")) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        self.client.join(&Team::all_of(before), &account.id, call).await?;
        Ok(Outcome::Acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_in_a_team_by_one_below_it_is_not_in_it() {
        let node = |edges: Value| json!({ "slug": "one", "members": { "edges": edges } });
        let maintainer = json!([{ "role": "MEMBER", "node": { "login": "alfa-doe2" } },
                                { "role": "MAINTAINER", "node": { "login": "Alfa-Doe" } }]);
        let found = Team::of(&node(maintainer), "alfa-doe");
        assert_eq!(found, Some(Team { slug: "one".into(), role: "maintainer".into() }));
        assert_eq!(Team::of(&node(json!([])), "alfa-doe"), None);
        let teams: Vec<Team> = found.into_iter().collect();
        assert_eq!(Team::all_of(&json!({ "teams": Team::image(&teams) })), teams);
    }
}
