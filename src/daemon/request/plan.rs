//! `plan`: what this person would get, and why. Nothing is opened.

use super::{Answer, Context};
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::Leaver;

impl Context {
    pub(super) async fn plan(&self, leaver: Leaver, lookup: bool) -> Answer {
        let leaver = self.known_to_hr(leaver, lookup).await?;
        let plan = (self.planner)(&leaver).map_err(|reason| Refusal::new(ErrorCode::Invalid, reason))?;
        Ok(Reply::Plan { leaver: Box::new(leaver), plan: Box::new(plan) })
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
