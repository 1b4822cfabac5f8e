//! The Copilot seat. It ends with the billing cycle, or with the team that it comes by.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// When to look again for a seat that goes with a team, in ms.
const BY_TEAM_MS: u64 = 10_000;

struct RemoveSeat {
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Seat {
    #[serde(default, rename = "pending_cancellation_date")]
    ends: Option<String>,
    #[serde(default, rename = "assigning_team")]
    team: Option<Team>,
    #[serde(default, rename = "plan_type")]
    plan: Option<String>,
}

#[derive(Deserialize)]
struct Team {
    #[serde(default)]
    slug: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        undo: Some("assigns the seat again".into()),
        scopes: vec!["manage_billing:copilot".into(), "organization_copilot_seat_management=write".into()],
        ..given.spec("remove-copilot-seat", "Cancels the Copilot seat at the end of the billing cycle")
    };
    (spec, RemoveSeat { client: Arc::clone(client) })
}

impl RemoveSeat {
    /// `None`: no seat. 404 is that, and 422 an organisation without Copilot.
    async fn seat(&self, login: &str, call: &Call) -> Result<Option<Seat>, Failure> {
        match self.client.found(Request::get(self.client.url(&["members", login, "copilot"])?), call).await {
            Err(failure) if failure.reason.starts_with("422") => Ok(None),
            other => other,
        }
    }

    async fn select(&self, method: Method, login: &str, call: &Call) -> Result<(), Failure> {
        let url = self.client.url(&["copilot", "billing", "selected_users"])?;
        self.client.act(Request::act(method, url).json(json!({ "selected_usernames": [login] })), call).await
    }
}

fn none() -> Outcome {
    Outcome::already("Copilot seat: none")
}

impl Act for RemoveSeat {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(login) = self.client.login(account, call).await? else { return Ok(none()) };
        let Some(seat) = self.seat(&login, call).await? else { return Ok(none()) };
        if let Some(ends) = seat.ends {
            return Ok(Outcome::already(format!("Copilot seat: ends on {ends}")));
        }
        if let Some(team) = seat.team {
            // GitHub would answer 200 and cancel none. It goes with the team, a little later.
            let reason = format!("the Copilot seat comes by the team {}: it ends when the person leaves it", team.slug);
            return Ok(Outcome::Busy { reason, after_ms: Some(BY_TEAM_MS) });
        }
        let plan = seat.plan.unwrap_or_default();
        call.keep(Before::of(json!({ "copilot": plan })).seats([format!("copilot {plan}").trim().to_owned()])).await?;
        self.select(Method::DELETE, &login, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let seat = match self.client.login(account, call).await? {
            Some(login) => self.seat(&login, call).await?,
            None => None,
        };
        Ok(match seat {
            None => Verdict::Dead { evidence: "Copilot seat: none".into() },
            Some(Seat { ends: Some(ends), .. }) => Verdict::Dead { evidence: format!("Copilot seat: ends on {ends}") },
            Some(_) => Verdict::Alive { evidence: "Copilot seat: assigned".into() },
        })
    }

    async fn undo(&self, account: &Account, _: &Value, call: &Call) -> Result<Outcome, Failure> {
        let Some(login) = self.client.login(account, call).await? else {
            return Err(Failure::new(
                Kind::Read,
                What::Rejected,
                "the account's login is hidden while it is suspended",
            )
            .cure("undo the suspension first"));
        };
        self.select(Method::POST, &login, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
