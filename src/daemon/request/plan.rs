//! `plan`: what this person would get, and why. Nothing is opened.

use super::{Answer, Context};
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Leaver, Plan};
use crate::plan::PlanError;

impl Context {
    pub(super) async fn plan(&self, leaver: Leaver, lookup: bool) -> Answer {
        let leaver = self.known_to_hr(leaver, lookup).await?;
        let plan = self.planned(&leaver)?;
        let departures = self.planner.departures(&leaver, &plan).map_err(|error| unplanned(&error))?;
        Ok(Reply::Plan { leaver: Box::new(leaver), plan: Box::new(plan), departures })
    }

    pub(super) fn planned(&self, leaver: &Leaver) -> Result<Plan, Refusal> {
        self.planner.plan(leaver).map_err(|error| unplanned(&error))
    }

    /// The person as HR knows them, if HR is to be asked and can be. What was said of accounts by hand stays.
    pub(super) async fn known_to_hr(&self, said: Leaver, lookup: bool) -> Result<Leaver, Refusal> {
        if !lookup || !self.feeds.iter().any(|feed| feed.can_read()) {
            return Ok(said);
        }
        let who = said.employee_id.clone().unwrap_or_else(|| said.email.clone());
        match crate::intake::find(&self.feeds, &who).await {
            Ok(Some(mut known)) => {
                known.involuntary |= said.involuntary;
                known.privileged |= said.privileged;
                known.accounts = said.accounts;
                Ok(known)
            }
            Ok(None) => {
                let message = format!(
                    "HR knows nobody as `{who}` (its directory lists only people who still work there): \
                     check the spelling, name them by --employee-id, or go on with what you know by --no-lookup"
                );
                Err(Refusal::new(ErrorCode::NotFound, message))
            }
            Err(error) => {
                let message = format!("{error}; go on with what you know by --no-lookup");
                Err(Refusal::new(ErrorCode::Unavailable, message))
            }
        }
    }
}

pub(super) fn unplanned(error: &PlanError) -> Refusal {
    Refusal::new(ErrorCode::Invalid, error.to_string())
}

/// The plan is the one that the operator saw; else nothing is done.
pub(super) fn as_seen(seen: &str, is: &str, whose: &str) -> Result<(), Refusal> {
    if seen == is {
        return Ok(());
    }
    let message = format!(
        "the plan of {whose} is not the one that you saw: the runbook, the systems or what HR says have changed; \
         nothing was launched, look at the plan again"
    );
    Err(Refusal::new(ErrorCode::Stale, message))
}
