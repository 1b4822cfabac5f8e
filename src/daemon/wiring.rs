//! From the configuration to an engine that is ready to start. Every fault is found here, before anything runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::DaemonError;
use super::journal::AlertJournal;
use super::readers::Readers;
use crate::alert::{Alerter, AlertsConfig};
use crate::config::Config;
use crate::connectors::{Connector, registry};
use crate::engine::clock::{ClockMark, wall_now};
use crate::engine::core::{Core, CoreConfig, NoticeKey};
use crate::engine::worker::Worker;
use crate::engine::{Handle, Parts, Planner};
use crate::intake::{Feeds, IntakeConfig};
use crate::ledger::{Anchor, Signer};
use crate::model::{ActionSpec, Leaver, Parked, Timestamp};
use crate::paths::Paths;
use crate::plan::{self, Runbook};
use crate::store::{Journal, Recovered, Writer};

/// How long calls under way may take to end when the engine stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Everything, ready to start.
pub(super) struct Wired {
    pub(super) parts: Parts,
    pub(super) planner: Planner,
    pub(super) worker: Arc<Worker>,
    pub(super) intake: IntakeConfig,
    pub(super) feeds: Feeds,
    pub(super) parked: Vec<Parked>,
    pub(super) alerter: Alerter,
    pub(super) verifier_key: String,
    pub(super) origin: String,
    /// The alerter keeps its cursors through the engine, which is told here when it runs.
    pub(super) engine: watch::Sender<Option<Handle>>,
}

fn said(error: impl std::fmt::Display) -> DaemonError {
    DaemonError::Said(error.to_string())
}

pub(super) fn wire(config: &Config, paths: &Paths) -> Result<Wired, DaemonError> {
    let intake = IntakeConfig::read(&config.intake)?;
    let feeds = Feeds::open(&config.hris, &intake)?;
    let alerts = AlertsConfig::read(&config.alerts)?;
    let connectors: Vec<Arc<dyn Connector>> =
        registry::build_all(&config.connectors).map_err(said)?.into_iter().map(Arc::from).collect();
    let planner = planner(config, &connectors)?;

    let signer = Signer::load_or_create(&paths.signing_key(), &config.engine.origin).map_err(said)?;
    let anchor = Anchor::at(&paths.anchor()).map_err(said)?;
    let journal = Journal::open(&paths.journal())?;
    let keep = i64::try_from(config.engine.forget_ended_after_s.saturating_mul(1_000)).unwrap_or(i64::MAX);
    let recovered = journal.recover(&anchor, Timestamp(wall_now().0.saturating_sub(keep)))?;
    let mark = ClockMark::now();
    let clock_kept = journal.meta("clock")?.is_some_and(|before: ClockMark| mark.continues(&before));
    let rollback = recovered.rollback.as_ref().map(ToString::to_string);
    let mut anchor = anchor;
    if recovered.rollback.is_some() {
        // The engine goes on, paused and distrustful; what was signed before stays known through this checkpoint.
        let (size, root) = journal.size_and_root()?;
        anchor.accept(&signer, size, root).map_err(said)?;
    }

    let (verifier_key, origin) = (signer.verifier_key(), signer.origin().to_owned());
    let parked_keys = recovered.parked.iter().map(|it| (it.source.clone(), it.event_id.clone())).collect();
    let parked = recovered.parked.clone();
    let core = core(config, recovered, &connectors);
    let writer = Writer::start(journal, signer, anchor, |error| {
        // What cannot be written must not be acted on: no retry of a failed fsync, ever.
        tracing::error!("the journal cannot be written, the engine ends at once: {error}");
        std::process::exit(74);
    })?;
    let worker = Arc::new(Worker::new(connectors));
    let (engine, running) = watch::channel(None);
    let alert_journal = AlertJournal::new(Readers::new(paths.journal()), running);
    let alerter = Alerter::new(&alerts, Arc::new(alert_journal)).map_err(said)?;
    let state_dir = paths.state_dir().to_owned();
    let parts = Parts {
        core,
        writer,
        worker: worker.clone(),
        planner: planner.clone(),
        parked: parked_keys,
        clock_kept,
        clock_mark: mark,
        rollback,
        checkpoint_every: Duration::from_secs(config.engine.checkpoint_every_s),
        free_space: Box::new(move || {
            let found = rustix::fs::statvfs(&state_dir).ok()?;
            Some(found.f_bavail.saturating_mul(found.f_frsize))
        }),
        disk_floor: config.engine.disk_floor_mib.saturating_mul(1024 * 1024),
        drain_within: DRAIN_WITHIN,
        probe_every: Duration::from_secs(config.engine.probe_every_s),
    };
    Ok(Wired { parts, planner, worker, intake, feeds, parked, alerter, verifier_key, origin, engine })
}

/// Plans by the runbook over everything that the connectors can do.
fn planner(config: &Config, connectors: &[Arc<dyn Connector>]) -> Result<Planner, DaemonError> {
    let runbook = match &config.runbook {
        Some(path) => Runbook::load(path).map_err(said)?,
        None => Runbook::builtin(),
    };
    let specs: Vec<ActionSpec> =
        connectors.iter().flat_map(|it| it.actions().iter().map(|action| action.spec().clone())).collect();
    runbook.check(&specs).map_err(said)?;
    for unused in runbook.unused(&specs) {
        tracing::warn!("{unused}");
    }
    if specs.is_empty() {
        tracing::warn!("no connector is configured: plans are empty; see config.example.toml");
    }
    let planner = plan::Planner::new(runbook, specs);
    Ok(Arc::new(move |leaver: &Leaver| planner.plan(leaver).map_err(|error| error.to_string())))
}

fn core(config: &Config, recovered: Recovered, connectors: &[Arc<dyn Connector>]) -> Core {
    let engine = &config.engine;
    let settings = CoreConfig {
        installation: recovered.installation,
        verify_patience_ms: engine.verify_patience_s.saturating_mul(1_000),
        ambiguous_grace_ms: engine.alert_ambiguous_after_s.saturating_mul(1_000),
        outage_alerts_ms: engine.alert_outage_after_s.iter().map(|s| s.saturating_mul(1_000)).collect(),
        flood_limit_per_hour: engine.flood_limit_per_hour,
        forget_after_ms: engine.forget_ended_after_s.saturating_mul(1_000),
        ..CoreConfig::default()
    };
    let parked = recovered.parked.iter().map(|it| NoticeKey::of(&it.source, &it.event_id));
    let mut seen = recovered.notices;
    seen.extend(parked);
    let mut core = Core::new(settings, recovered.fleet, seen);
    core.limit(engine.max_concurrent);
    for connector in connectors {
        core.open_lane(connector.id().clone(), connector.kind(), connector.limits());
        core.offers(connector.id(), connector.actions().len());
    }
    core
}
