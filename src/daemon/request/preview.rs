//! `preview`: what launching would do, for one person or for many. Nothing is opened, and no system is asked but HR.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::plan::unplanned;
use super::{Answer, Context, refusal};
use crate::intake::{self, LookupError};
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Draft, Leaver, Offboarding, Plan, Preview, Previewed, Timestamp, Underway, Whom};

/// People of one preview.
const PEOPLE_AT_MOST: usize = 10_000;

/// Who is to be previewed, and what a file says of when.
struct Named {
    leaver: Leaver,
    effective_at: Option<Timestamp>,
    by_hand: bool,
}

impl From<Leaver> for Named {
    fn from(leaver: Leaver) -> Self {
        Self { leaver, effective_at: None, by_hand: false }
    }
}

impl Context {
    pub(super) async fn preview(&self, whom: Whom) -> Answer {
        let named: Vec<Named> = match whom {
            Whom::Named { who, lookup } => vec![self.called(&who, lookup).await?.into()],
            Whom::People(people) if people.len() > PEOPLE_AT_MOST => {
                let message = format!("more than {PEOPLE_AT_MOST} people at once: take fewer");
                return Err(Refusal::new(ErrorCode::Invalid, message));
            }
            Whom::People(people) => people.into_iter().map(Named::from).collect(),
            Whom::File { name, text } => {
                let notices = self.parse_import(&name, &text)?.into_iter();
                let named = |it: crate::model::HrNotice| Named {
                    leaver: it.leaver,
                    effective_at: it.effective_at,
                    by_hand: it.by_hand,
                };
                notices.map(named).collect()
            }
        };
        let underway = self.underway(&named).await?;
        let mut preview = Preview::default();
        for Named { leaver, effective_at, by_hand } in named {
            let plan = self.planned(&leaver)?;
            let digest = plan.digest.clone();
            let draft = self.draft(&mut preview.drafts, &leaver, plan)?;
            let known = leaver.keys().find_map(|key| underway.get(key).filter(|(other, _)| other.may_be(&leaver)));
            let underway = known.map(|(_, underway)| underway.clone());
            preview.people.push(Previewed { leaver, draft, digest, effective_at, by_hand, underway });
        }
        Ok(Reply::Preview(Box::new(preview)))
    }

    /// The place of this plan among the drafts; one that differs in the person alone is there already.
    fn draft(&self, drafts: &mut Vec<Draft>, leaver: &Leaver, plan: Plan) -> Result<usize, Refusal> {
        // The planner shares the steps of those whose plans are alike.
        if let Some(known) = drafts.iter().position(|it| Arc::ptr_eq(&it.plan.steps, &plan.steps)) {
            return Ok(known);
        }
        let departures = self.planner.departures(leaver, &plan).map_err(|error| unplanned(&error))?;
        drafts.push(Draft { plan, departures });
        Ok(drafts.len() - 1)
    }

    /// Open offboardings that may be these people's, by what a person is known under.
    async fn underway(&self, named: &[Named]) -> Result<HashMap<String, (Leaver, Underway)>, Refusal> {
        let asked: HashSet<String> = named.iter().flat_map(|it| it.leaver.keys()).map(str::to_owned).collect();
        let open = self.handle.look(move |fleet, _| {
            let open = fleet.offboardings.values().filter(|it| it.is_open() && it.plan.undoes.is_none());
            let hits =
                open.flat_map(|it| it.leaver().keys().filter(|key| asked.contains(*key)).map(move |key| (key, it)));
            let underway = |it: &Offboarding| Underway { offboarding: it.id, phase: it.phase.word().to_owned() };
            hits.map(|(key, it)| (key.to_owned(), (it.leaver().clone(), underway(it)))).collect()
        });
        open.await.map_err(refusal)
    }

    /// The person whom an operator calls so.
    async fn called(&self, who: &str, lookup: bool) -> Result<Leaver, Refusal> {
        let who = who.trim();
        let can_ask = self.feeds.iter().any(|feed| feed.can_read());
        if lookup && can_ask {
            return match intake::search(&self.feeds, who).await {
                Ok(Some(leaver)) => Ok(leaver),
                Ok(None) => {
                    let message = format!(
                        "HR knows nobody as `{who}` (its directory lists only people who still work there): \
                         check the spelling, or name them by employee id"
                    );
                    Err(Refusal::new(ErrorCode::NotFound, message))
                }
                Err(error @ LookupError::Unreachable { .. }) => {
                    Err(Refusal::new(ErrorCode::Unavailable, error.to_string()))
                }
                Err(error) => Err(Refusal::new(ErrorCode::Invalid, error.to_string())),
            };
        }
        if intake::is_email(who) {
            return Ok(Leaver::from_email(who));
        }
        let why = if can_ask { "without HR" } else { "no HR system is configured that can be asked:" };
        let message =
            format!("`{who}` is no work e-mail: {why} a person is named by e-mail, as in alfa.doe@corp.example");
        Err(Refusal::new(ErrorCode::Invalid, message))
    }
}
