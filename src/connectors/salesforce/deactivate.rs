//! Deactivation: frees the licence, keeps everything that the person made. The nearest to a deletion that there is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::blockers::{Found, UNREADABLE, told};
use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct Deactivate {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the user again, if it was active before and a licence is free".into()),
        scopes: vec!["ManageUsers".into()],
        ..given.spec_of_many_calls("deactivate", "Deactivates the Salesforce user and frees the licence")
    };
    (spec, Deactivate { client: Arc::clone(client) })
}

impl Deactivate {
    async fn set(&self, account: &Account, active: bool, call: &Call) -> Result<(), Failure> {
        self.client.change("User", &account.id, json!({ "IsActive": active }), call).await
    }
}

/// An inactive user may own records, so Salesforce would not mind those: we do.
fn in_the_way(found: &Found) -> Failure {
    Failure::needs_human(format!(
        "still in the way: {}. Hand these over, then retry the step: the user is frozen meanwhile. No API shows: {UNREADABLE}",
        told(&found.blockers)
    ))
}

/// Of the reasons that Salesforce has, only those are left that could not be read.
fn cure(found: &Found) -> String {
    let notes = if found.notes.is_empty() { String::new() } else { format!("; and {}", told(&found.notes)) };
    format!("Salesforce names one reason at a time: look at all of these before the next try: {UNREADABLE}{notes}")
}

impl Act for Deactivate {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if !user.is_active {
            return Ok(Outcome::already("IsActive: false"));
        }
        self.client.spare_last_admin(&user, call).await?;
        let found = self.client.blockers(&user, call).await?;
        if !found.blockers.is_empty() {
            return Err(in_the_way(&found));
        }
        call.keep(Before::of(json!({ "IsActive": true })).seats(user.licence())).await?;
        match self.set(account, false, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Rejected => Err(failure.cure(cure(&found))),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(user) if user.is_active => Verdict::Alive { evidence: "IsActive: true".into() },
            Some(_) => Verdict::Dead { evidence: "IsActive: false".into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("IsActive") != Some(&Value::Bool(true)) {
            return Ok(Outcome::already("it was not active before, so it stays so"));
        }
        self.set(account, true, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
