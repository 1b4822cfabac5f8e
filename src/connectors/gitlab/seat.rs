//! The seat of whoever still counts, as a member by an invited group. GitLab frees it in a job of its own.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::SEAT;
use super::client::Client;
use super::membership::Membership;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct ReleaseSeat {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        // What made them count may be a membership that nobody can give back here.
        danger: Danger::HardToUndo,
        scopes: vec!["api".into()],
        ..given.spec("release-seat", "Takes the person off the group's billable members")
    };
    (spec, ReleaseSeat { client: Arc::clone(client) })
}

impl Act for ReleaseSeat {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if !self.client.billable(&account.id, &account.label, call).await? {
            return Ok(Outcome::AlreadySo { note: "not among the billable members".into(), caveat: None });
        }
        let memberships = self.client.memberships(&account.id, call).await?;
        let kept: Vec<Value> = memberships.iter().map(Membership::kept).collect();
        call.keep(Before::of(json!({ "memberships": kept })).seats([SEAT])).await?;
        let url = self.client.group(&["billable_members", &account.id])?;
        match self.client.act(Request::act(Method::DELETE, url), call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => {
                Ok(Outcome::AlreadySo { note: "not among the billable members: 404".into(), caveat: None })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(if self.client.billable(&account.id, &account.label, call).await? {
            Verdict::Alive { evidence: "among the billable members".into() }
        } else {
            Verdict::Dead { evidence: "not among the billable members".into() }
        })
    }
}
