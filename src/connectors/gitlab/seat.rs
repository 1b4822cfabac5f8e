//! The seat of whoever still counts, as where nobody removed the member. GitLab may free it in a job of its own.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::SEAT;
use super::client::Client;
use super::membership::Membership;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct ReleaseSeat {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        undo: Some("adds the person again to what they were a member of".into()),
        scopes: vec!["api".into()],
        ..given.spec("release-seat", "Takes the person off the group's billable members, if they still are one")
    };
    (spec, ReleaseSeat { client: Arc::clone(client) })
}

impl Act for ReleaseSeat {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let none = |how: &str| Outcome::already(format!("not among the billable members{how}"));
        let Some(row) = self.client.billable(&account.id, &account.label, call).await? else { return Ok(none("")) };
        if row.get("removable") == Some(&Value::Bool(false)) {
            let how = row.get("membership_type").and_then(Value::as_str).unwrap_or("an invited group");
            let reason =
                format!("{} takes a seat by {how}: remove them from the group that was invited", account.label);
            return Err(Failure::needs_human(reason));
        }
        let memberships = self.client.memberships(&account.id, call).await?;
        let kept: Vec<Value> = memberships.iter().map(Membership::kept).collect();
        call.keep(Before::of(json!({ "memberships": kept })).seats([SEAT])).await?;
        let url = self.client.group(&["billable_members", &account.id])?;
        match self.client.act(Request::act(Method::DELETE, url), call).await {
            Ok(_) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(none(": 404")),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.billable(&account.id, &account.label, call).await? {
            Some(_) => Verdict::Alive { evidence: "among the billable members".into() },
            None => Verdict::Dead { evidence: "not among the billable members".into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        self.client.add_again(&account.id, before, call).await
    }
}
