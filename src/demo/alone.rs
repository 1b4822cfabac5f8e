//! `nightlatch sandbox`: the stand-ins alone, for rehearsals against one's own runbook.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::DemoError;
use super::config::{self, Settings};
use crate::sandbox::{Fault, Options, Sandbox};

/// How the sandbox is run.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The same seed makes the same people.
    pub seed: u64,
    /// How many people have accounts there.
    pub people: usize,
    /// Reads show the old state for so long after a write.
    pub read_lag_ms: u64,
    /// What goes wrong, as [`Fault`] reads it.
    pub faults: Vec<String>,
    /// Write a configuration for it into this directory.
    pub write_config: Option<PathBuf>,
}

/// Runs the sandbox until SIGINT or SIGTERM.
pub async fn run_sandbox(asked: SandboxOptions) -> Result<(), DemoError> {
    use std::os::unix::fs::DirBuilderExt;
    use tokio::signal::unix::{SignalKind, signal};

    let faults: Vec<Fault> =
        asked.faults.iter().map(|text| text.parse().map_err(DemoError::new)).collect::<Result<_, _>>()?;
    let options = Options {
        listen: asked.listen,
        seed: asked.seed,
        people: asked.people,
        read_lag_ms: asked.read_lag_ms,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await;
    let sandbox =
        sandbox.map_err(|error| DemoError::new(format!("the sandbox cannot listen on {}: {error}", asked.listen)))?;
    for fault in faults {
        sandbox.set_fault(fault);
    }
    tracing::info!("the sandbox listens at {}; people: {0}/_sandbox/people", sandbox.base_url());
    if let Some(dir) = asked.write_config {
        let io = |error| DemoError::new(format!("{}: {error}", dir.display()));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(io)?;
        let dir = std::path::absolute(&dir).map_err(io)?;
        let settings =
            Settings { intake: ([127, 0, 0, 1], 8787).into(), quarantine: "30s", deadline: "10s", probe_every_s: 300 };
        let written = config::write(&dir, &sandbox.base_url(), sandbox.credentials(), &settings).map_err(io)?;
        tracing::info!(
            "run against it: nightlatch --config {} --state-dir {}",
            written.display(),
            dir.join("state").display()
        );
    }
    let signals = signal(SignalKind::interrupt()).and_then(|int| Ok((int, signal(SignalKind::terminate())?)));
    let (mut int, mut term) = signals.map_err(DemoError::new)?;
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
    }
    sandbox.stop().await;
    Ok(())
}
