//! Teams of the enterprise, by which a person stays in the organisation though they were removed from it.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct LeaveEnterpriseTeams {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        undo: Some("puts the person back into the enterprise teams".into()),
        scopes: vec!["admin:enterprise".into()],
        ..given.spec(
            "leave-enterprise-teams",
            "Removes the person from the enterprise teams that keep them in the organisation",
        )
    };
    (spec, LeaveEnterpriseTeams { client: Arc::clone(client) })
}

impl LeaveEnterpriseTeams {
    async fn teams(&self, account: &Account, call: &Call) -> Result<Vec<String>, Failure> {
        let membership = self.client.membership(&account.id, call).await?;
        Ok(membership.iter().flat_map(|it| it.enterprise_teams()).map(str::to_owned).collect())
    }

    fn url(&self, team: &str, account: &Account) -> Result<Url, Failure> {
        self.client.enterprise_url(&["teams", team, "memberships", &account.id])
    }

    async fn to_each(&self, method: Method, teams: &[&str], account: &Account, call: &Call) -> Result<(), Failure> {
        let acts = teams.iter().map(|team| -> BoxFuture<'_, Result<(), Failure>> {
            let method = method.clone();
            Box::pin(async move {
                match self.client.enterprise().act(Request::act(method, self.url(team, account)?), call).await {
                    Err(failure) if failure.what == What::Gone => Ok(()),
                    Err(failure) => Err(Failure { reason: format!("team {team}: {}", failure.reason), ..failure }),
                    Ok(()) => Ok(()),
                }
            })
        });
        each::all(acts.collect()).await
    }
}

impl Act for LeaveEnterpriseTeams {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let teams = self.teams(account, call).await?;
        if teams.is_empty() {
            return Ok(Outcome::already(format!(
                "no enterprise team makes {} a member of {}",
                account.id,
                self.client.org()
            )));
        }
        call.keep(Before::of(json!({ "enterprise_teams": teams }))).await?;
        let slugs: Vec<&str> = teams.iter().map(String::as_str).collect();
        self.to_each(Method::DELETE, &slugs, account, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let teams = self.teams(account, call).await?;
        Ok(if teams.is_empty() {
            Verdict::Dead { evidence: "enterprise teams with membership of the organisation: none".into() }
        } else {
            Verdict::Alive { evidence: format!("enterprise teams: {}", teams.join(", ")) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let teams = kept(before, "enterprise_teams").iter();
        let slugs: Vec<&str> = teams.filter_map(Value::as_str).collect();
        self.to_each(Method::PUT, &slugs, account, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
