//! Runs one job: finds the account, acts or reads back, and reports. The only place where the engine meets a vendor.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::OnceCell;

use super::core::{Job, JobResult, Report, Said};
use super::scheduler::JobKind;
use crate::connectors::call::{Keeper, boot_now};
use crate::connectors::gate::Gate;
use crate::connectors::{Action, Call, Connector, Located, Observation, Probe};
use crate::model::health::{Health, Probed};
use crate::model::{Account, ConnectorId, Leaver, OffboardingId, Outcome, Timestamp, Verdict};

/// Beyond its deadline a job is given this long to say so itself.
const GRACE: Duration = Duration::from_secs(5);
/// Found accounts are shared among the steps of a person for so long.
const ACCOUNT_KEPT: Duration = Duration::from_secs(60);
const ACCOUNTS_BEFORE_SWEEP: usize = 4_096;

/// A connector that is asked whether it can be used has so long to say so.
const PROBE_WITHIN: Duration = Duration::from_secs(10);

const WARM_FOR: Duration = Duration::from_secs(2);
const WARM_WITHIN: Duration = Duration::from_secs(3);

type Cell = Arc<OnceCell<Located>>;

/// The connectors by name, and what they have just found.
pub struct Worker {
    connectors: HashMap<ConnectorId, Arc<dyn Connector>>,
    warmed: Mutex<HashMap<ConnectorId, Instant>>,
    found: Mutex<Found>,
}

/// Accounts by person and system, since when they are known, and beyond how many the old ones are dropped.
struct Found {
    accounts: HashMap<(OffboardingId, ConnectorId), (Instant, Cell)>,
    sweep_beyond: usize,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("connectors", &self.connectors.keys()).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for these connectors.
    pub fn new(connectors: impl IntoIterator<Item = Arc<dyn Connector>>) -> Self {
        let connectors = connectors.into_iter().map(|it| (it.id().clone(), it)).collect();
        Self {
            connectors,
            warmed: Mutex::default(),
            found: Mutex::new(Found { accounts: HashMap::new(), sweep_beyond: ACCOUNTS_BEFORE_SWEEP }),
        }
    }

    /// The connector of this name.
    pub fn connector(&self, id: &ConnectorId) -> Option<&Arc<dyn Connector>> {
        self.connectors.get(id)
    }

    /// The connectors.
    pub fn connectors(&self) -> impl Iterator<Item = &Arc<dyn Connector>> {
        self.connectors.values()
    }

    /// Runs a job that was decided at `decided` on the boot clock, and handed over for running at `handed_over`. Its acts
    /// wait at the gate; what they are about to take away goes to the keeper.
    pub async fn run(&self, job: Job, decided: Duration, handed_over: Instant, gate: Gate, keeper: Keeper) -> Report {
        let began = Instant::now();
        let waited_ms = u32::try_from((began - handed_over).as_millis()).unwrap_or(u32::MAX);
        let within = (decided + Duration::from_millis(job.deadline_ms)).saturating_sub(boot_now());
        let call = Call::new(job.idempotency_key.clone(), within).about(Arc::clone(&job.leaver));
        let call = call.behind(gate).kept_by(keeper);
        let mut account = job.account.clone();
        let work = guarded(within, self.work(&job, &mut account, &call)).await;
        let result = work.unwrap_or_else(|why| lost(job.kind, why));
        let (exchanges, seen) = call.into_record();
        let ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        Report { step: job.step, kind: job.kind, attempt: job.attempt, account, result, exchanges, seen, ms, waited_ms }
    }

    /// Asks a connector, by reading alone, whether it can be used; `None`: there is no such connector.
    pub async fn probe(&self, id: &ConnectorId) -> Option<Said> {
        let connector = self.connectors.get(id)?;
        let began = Instant::now();
        let call = Call::new("probe", PROBE_WITHIN);
        let probe = guarded(PROBE_WITHIN, connector.probe(&call)).await.unwrap_or_else(silent);
        let (_, seen) = call.into_record();
        let probed = Probed {
            at: Timestamp::default(),
            health: probe.health,
            message: probe.message,
            ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
            missing: probe.missing,
            clock_ahead_ms: seen.clock_ahead_ms,
        };
        Some(Said { connector: id.clone(), probed, seen })
    }

    /// What a step of this person would find in this system, by reading alone; `None`: there is no such connector.
    pub async fn look_up(&self, id: &ConnectorId, leaver: &Leaver) -> Option<Result<Located, Outcome>> {
        let connector = self.connectors.get(id)?;
        let call = Call::new("look-up", PROBE_WITHIN);
        let found = guarded(PROBE_WITHIN, connector.locate(leaver, &call)).await;
        let lost = |why: &str| Outcome::Retry { reason: why.to_owned(), after_ms: None, throttled: false };
        Some(found.unwrap_or_else(|why| Err(lost(why))))
    }

    /// Opens connections and fetches tokens: so many reading requests at once to each system.
    pub async fn warm(&self, systems: BTreeMap<ConnectorId, usize>) {
        let probes = systems.iter().filter_map(|(id, jobs)| {
            let connector = self.connectors.get(id)?;
            self.is_cold(id).then(|| (0..*jobs).map(move |_| warm_up(connector.as_ref())))
        });
        futures_util::future::join_all(probes.flatten()).await;
    }

    /// Whether it was not warmed up just now: a thousand people who leave at the same instant need it once.
    fn is_cold(&self, id: &ConnectorId) -> bool {
        let mut warmed = self.warmed.lock().unwrap_or_else(PoisonError::into_inner);
        let cold = warmed.get(id).is_none_or(|since| since.elapsed() > WARM_FOR);
        if cold {
            warmed.insert(id.clone(), Instant::now());
        }
        cold
    }

    async fn work(&self, job: &Job, account: &mut Option<Account>, call: &Call) -> JobResult {
        let connector = self.connectors.get(&job.action.connector);
        let Some((connector, action)) = connector.and_then(|it| Some((it, it.action(&job.action.name)?))) else {
            let reason = format!("this version has no action `{}`", job.action);
            return match job.kind {
                JobKind::Act => {
                    let cure = "configure the connector, or decline the step".to_owned();
                    JobResult::Acted(Outcome::Refused { reason, cure })
                }
                _ => JobResult::Read(Verdict::CannotTell { reason, after_ms: None, again: false }),
            };
        };
        if call.remaining().is_none() {
            return match job.kind {
                JobKind::Act => JobResult::Acted(Outcome::Retry {
                    reason: "not sent: the engine was held up until after the deadline".to_owned(),
                    after_ms: None,
                    throttled: false,
                }),
                _ => lost(job.kind, "not read: the engine was held up until after the deadline"),
            };
        }
        let found = match account.clone() {
            Some(known) => known,
            None => match self.locate(connector.as_ref(), job, call).await {
                Ok(Located::Found(found)) => account.insert(found).clone(),
                Ok(elsewhere) => return nowhere(job.kind, elsewhere),
                Err(outcome) => return could_not_look(job.kind, outcome),
            },
        };
        call.acts_on(&found);
        perform(action, job, &found, call).await
    }

    /// One search a person and system, shared by the steps that start together. Failures are not kept.
    async fn locate(&self, connector: &dyn Connector, job: &Job, call: &Call) -> Result<Located, Outcome> {
        // A repeated try looks afresh: a person may have mended what the first one found.
        let cell = self.cell(job.step.offboarding, connector.id(), job.attempt > 1);
        let located = cell.get_or_try_init(|| connector.locate(&job.leaver, call)).await?;
        Ok(located.clone())
    }

    fn cell(&self, offboarding: OffboardingId, connector: &ConnectorId, afresh: bool) -> Cell {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let Found { accounts, sweep_beyond } = &mut *found;
        if accounts.len() > *sweep_beyond {
            accounts.retain(|_, (since, _)| since.elapsed() < ACCOUNT_KEPT);
            // Seldom enough that a crowd, of whom nobody is old, is not looked through again and again.
            *sweep_beyond = (accounts.len() * 2).max(ACCOUNTS_BEFORE_SWEEP);
        }
        let (since, cell) =
            accounts.entry((offboarding, connector.clone())).or_insert_with(|| (Instant::now(), Cell::default()));
        if afresh || since.elapsed() >= ACCOUNT_KEPT {
            *since = Instant::now();
            *cell = Cell::default();
        }
        cell.clone()
    }
}

fn silent(message: &str) -> Probe {
    Probe { health: Health::Down, message: message.to_owned(), missing: Vec::new() }
}

async fn warm_up(connector: &dyn Connector) {
    let call = Call::new("warm", WARM_WITHIN);
    let probe = connector.probe(&call).await;
    tracing::debug!(connector = %connector.id(), "warmed up: {}", probe.message);
}

/// Nothing of a connector's, a fault of its own or endless patience, may hold up whoever asked it. Why there is no answer.
async fn guarded<T>(within: Duration, work: impl Future<Output = T>) -> Result<T, &'static str> {
    match tokio::time::timeout(within + GRACE, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err("the connector failed inside (a bug: please report it)"),
        Err(_) => Err("the connector did not end in time"),
    }
}

async fn perform(action: &dyn Action, job: &Job, account: &Account, call: &Call) -> JobResult {
    match (job.kind, &job.before) {
        (JobKind::Act, None) => JobResult::Acted(action.execute(account, call).await),
        (JobKind::Act, Some(before)) => JobResult::Acted(action.undo(account, before, call).await),
        (JobKind::Verify | JobKind::Reconcile, None) => JobResult::Read(action.verify(account, call).await),
        (JobKind::Verify | JobKind::Reconcile, Some(_)) => {
            JobResult::Read(given_back(action.verify(account, call).await))
        }
    }
}

/// An undo is proved by what an act must not show.
fn given_back(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Alive { evidence } => Verdict::Dead { evidence: format!("given back: {evidence}") },
        Verdict::Dead { evidence } => Verdict::Alive { evidence: format!("not given back: {evidence}") },
        other => other,
    }
}

fn nowhere(kind: JobKind, located: Located) -> JobResult {
    match (kind, located) {
        (JobKind::Act, Located::Nobody { searched }) => JobResult::Acted(Outcome::NoAccount { searched }),
        (_, Located::Nobody { searched }) => {
            JobResult::Read(Verdict::Dead { evidence: format!("there is no account: {searched}") })
        }
        (JobKind::Act, Located::Unsure { reason }) => JobResult::Acted(Outcome::NeedsHuman { reason }),
        (_, Located::Unsure { reason }) => {
            JobResult::Read(Verdict::CannotTell { reason, after_ms: None, again: false })
        }
        (_, Located::Found(_)) => lost(kind, "an account was found and lost"),
    }
}

/// A search that failed changed nothing: an act that did not happen, or a read that told nothing.
fn could_not_look(kind: JobKind, outcome: Outcome) -> JobResult {
    match (kind, outcome) {
        (JobKind::Act, Outcome::Ambiguous { reason }) => {
            JobResult::Acted(Outcome::Retry { reason, after_ms: None, throttled: false })
        }
        (JobKind::Act, outcome) => JobResult::Acted(outcome),
        (_, Outcome::Retry { reason, after_ms, .. } | Outcome::Busy { reason, after_ms }) => {
            JobResult::Read(Verdict::CannotTell { reason, after_ms, again: true })
        }
        (_, Outcome::Locked { reason, cure }) => JobResult::Read(Verdict::Locked { reason, cure }),
        (_, Outcome::Refused { reason, .. } | Outcome::NeedsHuman { reason } | Outcome::Ambiguous { reason }) => {
            JobResult::Read(Verdict::CannotTell { reason, after_ms: None, again: true })
        }
        (kind, _) => lost(kind, "the search for the account gave no answer"),
    }
}

/// A job that ended without a word: an act may have happened, a read has told nothing.
fn lost(kind: JobKind, reason: &str) -> JobResult {
    let reason = reason.to_owned();
    match kind {
        JobKind::Act => JobResult::Acted(Outcome::Ambiguous { reason }),
        _ => JobResult::Read(Verdict::CannotTell { reason, after_ms: None, again: true }),
    }
}

/// Nothing was learnt.
impl Report {
    /// A report of nothing, for tests and simulations.
    pub fn bare(job: &Job, result: JobResult) -> Self {
        Self {
            step: job.step,
            kind: job.kind,
            attempt: job.attempt,
            account: job.account.clone(),
            result,
            exchanges: Vec::new(),
            seen: Observation::default(),
            ms: 0,
            waited_ms: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connector_that_fails_inside_takes_nobody_along() {
        let fails = async { panic!("a fault of its own") };
        assert!(guarded::<()>(WARM_WITHIN, fails).await.unwrap_err().contains("failed inside"));
        assert_eq!(guarded(WARM_WITHIN, async { 7 }).await, Ok(7));
    }
}
