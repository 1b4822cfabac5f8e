//! The engine's process: configuration → vault → store → connectors → engine → intake, a socket for the consoles, and an
//! end in order.

mod journal;
mod lock;
pub mod offline;
mod peer;
mod readers;
mod request;
mod session;
mod socket;
pub mod spawn;
mod verification;
mod wiring;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

use crate::config::{Config, ConfigError};
use crate::engine::{self, Handle};
use crate::intake::{Feeds, IntakeConfig, IntakeError, Server};
use crate::ipc::ConfigMark;
use crate::model::Parked;
use crate::paths::{Paths, PathsError};
use crate::store::StoreError;

/// Why the engine does not run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Another engine has this state directory.
    #[error(
        "an engine runs already for {state_dir} (pid {pid}, since {since}): open the console with `nightlatch`, or stop it with `nightlatch stop`"
    )]
    AlreadyRunning {
        /// The state directory.
        state_dir: PathBuf,
        /// Its process id, as it wrote it.
        pid: String,
        /// Since when.
        since: String,
    },
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The places.
    #[error(transparent)]
    Paths(#[from] PathsError),
    /// The folder of the socket for others.
    #[error("`access.socket` in the configuration: {0}")]
    Door(PathsError),
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The webhook server.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// Anything that says itself what to do.
    #[error("{0}")]
    Said(String),
}

/// Consoles are told of the end within this.
const FAREWELL: Duration = Duration::from_secs(1);

/// Runs the engine until it is told to stop.
pub async fn run(config: Config, paths: Paths) -> Result<(), DaemonError> {
    paths.prepare()?;
    let _lock = lock::take(&paths)?;
    let path = config.path.as_deref().map(|it| std::path::absolute(it).unwrap_or_else(|_| it.to_owned()));
    let mark = ConfigMark {
        fingerprint: config.fingerprint(),
        path,
        forget_ended_after_s: Some(config.engine.forget_ended_after_s),
    };
    let wired = wiring::wire(&config, &paths)?;
    let running = engine::start(wired.parts);
    wired.engine.send_replace(Some(running.handle.clone()));
    let intake = listen(&wired.intake, &wired.feeds, wired.parked, &running.handle).await?;
    let webhooks = intake.as_ref().map_or_else(|| "none are taken".to_owned(), |it| it.local_addr().to_string());
    let stop = Arc::new(Notify::new());
    let verification = verification::Verification::new(paths.clone(), wired.verifier_key.clone());
    let context = Arc::new(request::Context::new(
        running.handle.clone(),
        mark,
        paths.clone(),
        wired.planner,
        wired.feeds,
        wired.worker,
        wired.intake.default_zone.clone(),
        wired.verifier_key,
        wired.origin,
        config.prices.clone(),
        stop.clone(),
        wired.alerter.states(),
        verification,
    ));
    let listener = socket::bind(paths.socket())?;
    let others = config.access.socket.as_deref().map(socket::bind_for_others).transpose()?;
    let access = Arc::new(config.access);
    let (end, ended) = watch::channel(false);
    let until_end = |mut ended: watch::Receiver<bool>| async move {
        let _ = ended.wait_for(|over| *over).await;
    };
    let alerts = tokio::spawn(wired.alerter.run(journal::growth(&running.handle), until_end(ended.clone())));
    let intake = intake.map(|server| tokio::spawn(server.run(until_end(ended.clone()))));
    let mut consoles = tokio::task::JoinSet::new();
    for listener in std::iter::once(listener).chain(others) {
        consoles.spawn(socket::serve(listener, access.clone(), context.clone(), ended.clone()));
    }
    tracing::info!(socket = %paths.socket().display(), webhooks, "the engine runs");
    wait_for_the_end(&stop).await;
    tracing::info!("the engine stops: no new act, calls under way may end");
    // The engine first: from here on it starts no act. A webhook that comes now is sent again by its sender.
    let _ = running.stop.send(());
    let _ = end.send(true);
    if let Some(intake) = intake {
        let _ = intake.await;
    }
    let _ = running.ended.await;
    let _ = alerts.await;
    // One that takes no words, as a stopped one does not, holds up nobody.
    let _ = tokio::time::timeout(FAREWELL, consoles.join_all()).await;
    for socket in std::iter::once(paths.socket()).chain(access.socket.as_deref()) {
        let _ = std::fs::remove_file(socket);
    }
    tracing::info!("the engine has stopped");
    Ok(())
}

/// Takes webhooks, if any can come: without an HR system no port is held. Those that were parked are taken up.
async fn listen(
    config: &IntakeConfig,
    feeds: &Feeds,
    parked: Vec<Parked>,
    handle: &Handle,
) -> Result<Option<Server>, IntakeError> {
    if feeds.is_empty() && parked.is_empty() {
        return Ok(None);
    }
    let server = Server::bind(config, feeds.clone(), handle.clone()).await?;
    server.resume(parked);
    Ok(Some(server))
}

/// SIGTERM, SIGINT, or a console's word. SIGHUP is not ours: a dropped line ends consoles, never the engine.
async fn wait_for_the_end(stop: &Notify) {
    let (Ok(mut term), Ok(mut int), Ok(mut hup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        return stop.notified().await;
    };
    loop {
        tokio::select! {
            _ = term.recv() => return,
            _ = int.recv() => return,
            () = stop.notified() => return,
            _ = hup.recv() => {}
        }
    }
}
