//! A plan held against the systems as they are: each step's account is found and read, and nothing is changed.
//!
//! A step's own code runs up to the request that would change something. That one is held back where every act leaves
//! ([`Call::only_looking`]), so that a dry run meets the last admin and the account that must not be touched as the step
//! itself would.
//!
//! It takes what is left of the systems' budgets: one job at a time in each, no faster than the vendor allows, each counted
//! in the vendor's lane.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::clock::wall_now;
use super::worker::Worker;
use crate::connectors::{Call, Connector, Located};
use crate::model::health::ConnectorStatus;
use crate::model::{Account, ConnectorId, Foreseen, Leaver, Outcome, Plan, PlannedStep, StepClass, Verdict, Would};

/// What a rehearsal knows of the engine around it.
pub struct Stage<'a> {
    /// How the connectors do.
    pub statuses: &'a [ConnectorStatus],
    /// Counts one job against the vendor's budget.
    pub spend: &'a (dyn Fn(&ConnectorId) + Sync),
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}

/// A dry run of one person's plan.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    worker: &'a Worker,
    leaver: Arc<Leaver>,
    until: Instant,
}

/// One system's part of it.
struct Part<'a> {
    connector: &'a dyn Connector,
    leaver: &'a Arc<Leaver>,
    until: Instant,
    /// Between two jobs.
    pace: Duration,
    spend: &'a (dyn Fn(&ConnectorId) + Sync),
}

fn cannot_tell(reason: impl Into<String>) -> Would {
    Would::CannotTell { reason: reason.into() }
}

impl<'a> Rehearsal<'a> {
    /// For this person; it ends `within`, whatever the systems do.
    pub fn new(worker: &'a Worker, leaver: Arc<Leaver>, within: Duration) -> Self {
        Self { worker, leaver, until: Instant::now() + within }
    }

    /// Every step of the plan, in its order.
    pub async fn of(&self, plan: &Plan, stage: &Stage<'_>) -> Vec<Foreseen> {
        let mut systems: Vec<&ConnectorId> = plan.steps.iter().map(|step| &step.action.connector).collect();
        systems.sort_unstable();
        systems.dedup();
        let parts = systems.into_iter().map(|system| async move {
            let steps: Vec<&PlannedStep> = plan.steps.iter().filter(|step| step.action.connector == *system).collect();
            (system, self.part(system, &steps, stage).await)
        });
        let mut found = join_all(parts).await;
        let mut next = |step: &PlannedStep| {
            let (_, part) = found.iter_mut().find(|(system, _)| **system == step.action.connector)?;
            part.next()
        };
        plan.steps
            .iter()
            .map(|step| {
                let (account, would) = next(step).unwrap_or_else(|| (None, cannot_tell("it was not read")));
                Foreseen { action: step.action.clone(), stage: step.stage, account, would }
            })
            .collect()
    }

    async fn part(
        &self,
        system: &ConnectorId,
        steps: &[&PlannedStep],
        stage: &Stage<'_>,
    ) -> std::vec::IntoIter<(Option<Account>, Would)> {
        let all = |would: Would| vec![(None, would); steps.len()].into_iter();
        let Some(connector) = self.worker.connector(system) else {
            return all(cannot_tell("this system is not configured any more"));
        };
        let now = wall_now();
        let status = stage.statuses.iter().find(|it| it.id == *system);
        if let Some(until) = status.and_then(|it| it.blocked_until).filter(|until| *until > now) {
            let said = status.and_then(|it| it.last_error.as_deref()).map(|it| format!(" ({it})")).unwrap_or_default();
            return all(cannot_tell(format!("not asked: nothing is sent to {system} before {until}{said}")));
        }
        let pace = connector.limits().per_second.filter(|rate| *rate > 0.0);
        let part = Part {
            connector: connector.as_ref(),
            leaver: &self.leaver,
            until: self.until,
            pace: pace.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate)),
            spend: stage.spend,
        };
        match AssertUnwindSafe(part.rehearse(steps)).catch_unwind().await {
            Ok(found) => found.into_iter(),
            Err(_) => all(cannot_tell("the connector failed inside (a bug: please report it)")),
        }
    }
}

impl Part<'_> {
    /// A job's time, when its turn has come; `None`: there is none left.
    async fn turn(&self, wanted_ms: u64) -> Option<Duration> {
        tokio::time::sleep(self.pace.min(self.left()?)).await;
        (self.spend)(self.connector.id());
        Some(self.left()?.min(Duration::from_millis(wanted_ms)))
    }

    fn left(&self) -> Option<Duration> {
        self.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    fn call(&self, step: &PlannedStep, within: Duration) -> Call {
        Call::new(format!("dry-run/{}", step.action), within).about(Arc::clone(self.leaver)).only_looking()
    }

    async fn rehearse(&self, steps: &[&PlannedStep]) -> Vec<(Option<Account>, Would)> {
        let Some(first) = steps.first() else { return Vec::new() };
        let all = |would: Would| vec![(None, would); steps.len()];
        let Some(within) = self.turn(first.deadline_ms).await else { return all(too_late()) };
        let call = self.call(first, within);
        let Ok(located) = tokio::time::timeout(within, self.connector.locate(self.leaver, &call)).await else {
            return all(cannot_tell("the search for the account did not end in time"));
        };
        let account = match located {
            Ok(Located::Found(account)) => account,
            Ok(Located::Nobody { searched }) => return all(Would::NoAccount { searched }),
            Ok(Located::Unsure { reason }) => return all(Would::NeedsHuman { reason }),
            Err(outcome) => return all(unreadable(outcome)),
        };
        let mut found = Vec::with_capacity(steps.len());
        for step in steps {
            found.push((Some(account.clone()), self.step(step, &account).await));
        }
        found
    }

    async fn step(&self, step: &PlannedStep, account: &Account) -> Would {
        if step.class == StepClass::Pure {
            return Would::Look;
        }
        let Some(action) = self.connector.action(&step.action.name) else {
            return cannot_tell(format!("this version has no action `{}`", step.action));
        };
        let Some(within) = self.turn(step.deadline_ms).await else { return too_late() };
        let call = self.call(step, within);
        let seen = match tokio::time::timeout(within, action.verify(account, &call)).await {
            Ok(Verdict::Dead { evidence }) => return Would::Already { evidence },
            Ok(Verdict::Locked { reason, cure }) => return Would::Refused { reason, cure },
            Ok(Verdict::NeedsHuman { reason, .. }) => return Would::NeedsHuman { reason },
            Ok(Verdict::Alive { evidence }) => Ok(evidence),
            Ok(Verdict::CannotTell { reason, .. }) => Err(reason),
            Err(_) => Err("reading it did not end in time".to_owned()),
        };
        let Some(within) = self.turn(step.deadline_ms).await else { return seen_only(seen) };
        let call = self.call(step, within);
        let outcome = tokio::time::timeout(within, action.execute(account, &call)).await;
        match outcome {
            Ok(Outcome::NeedsHuman { reason }) => Would::NeedsHuman { reason },
            Ok(_) if call.held_back() => match seen {
                Ok(evidence) => Would::Change { evidence },
                Err(reason) => Would::Change { evidence: format!("how it is now cannot be read: {reason}") },
            },
            Ok(Outcome::AlreadySo { note, .. }) => Would::Already { evidence: note },
            Ok(Outcome::Acknowledged) => Would::Already { evidence: "there is nothing to change".to_owned() },
            Ok(Outcome::Listed { .. }) => Would::Look,
            Ok(Outcome::NoAccount { searched }) => Would::NoAccount { searched },
            Ok(Outcome::Refused { reason, cure } | Outcome::Locked { reason, cure }) => Would::Refused { reason, cure },
            Ok(Outcome::Retry { .. } | Outcome::Busy { .. } | Outcome::Ambiguous { .. }) | Err(_) => seen_only(seen),
        }
    }
}

/// Only the read-back told something.
fn seen_only(seen: Result<String, String>) -> Would {
    seen.map_or_else(cannot_tell, |evidence| Would::Change { evidence })
}

fn too_late() -> Would {
    cannot_tell("not read: the dry run's time was over")
}

/// The account could not be looked for.
fn unreadable(outcome: Outcome) -> Would {
    match outcome {
        Outcome::Refused { reason, cure } | Outcome::Locked { reason, cure } => Would::Refused { reason, cure },
        Outcome::NeedsHuman { reason } => Would::NeedsHuman { reason },
        Outcome::Retry { reason, .. } | Outcome::Busy { reason, .. } | Outcome::Ambiguous { reason } => {
            cannot_tell(reason)
        }
        _ => cannot_tell("the search for the account gave no answer"),
    }
}
