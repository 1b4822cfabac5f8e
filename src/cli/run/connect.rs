//! Finds the engine, or starts one.

use std::time::{Duration, Instant};

use crate::cli::Context;
use crate::cli::fault::{Exit, Fault};
use crate::ipc::{Client, ConnectError, Welcome};

/// How long a started engine may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why this engine does not run with the configuration that the operator means, if it does not.
pub(super) fn other_configuration(context: &Context, welcome: &Welcome) -> Option<Fault> {
    let (mark, fingerprint) = (&welcome.config, context.fingerprint?);
    let meant = context.config.as_ref().or(mark.path.as_ref()).or(context.usual_config.as_ref())?;
    let engine = format!("the engine (pid {}, since {}) runs", welcome.pid, welcome.started_at);
    let what = match &mark.path {
        None => format!("{engine} without a configuration, not with {}", meant.display()),
        Some(path) if path != meant => format!("{engine} with {}, not with {}", path.display(), meant.display()),
        Some(path) if fingerprint(path) != mark.fingerprint => {
            format!("{engine} with {} as it was then: the file or its runbook has changed since", path.display())
        }
        Some(_) => return None,
    };
    let cure = "`nightlatch stop`, then run this again: it starts an engine that reads the file as it is now";
    Some(Fault::new(Exit::Failure, what).cured_by(cure))
}

/// Connects. With `may_start`, starts an engine if none answers and if the context knows how.
pub(super) async fn connect(context: &Context, may_start: bool) -> Result<Client, Fault> {
    let absent = match Client::connect(&context.socket, context.read_only).await {
        Err(error @ ConnectError::NoEngine { .. }) => error,
        connected => return Ok(connected?),
    };
    let Some(start) = context.start_engine.as_ref().filter(|_| may_start) else { return Err(absent.into()) };
    start().map_err(|told| Fault::new(Exit::NoEngine, format!("the engine could not be started: {told}")))?;
    let begun = Instant::now();
    loop {
        match Client::connect(&context.socket, context.read_only).await {
            Err(ConnectError::NoEngine { .. }) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            Err(ConnectError::NoEngine { path }) => {
                let seconds = PATIENCE.as_secs();
                let what = format!("an engine was started but does not listen at {} after {seconds} s", path.display());
                let cure = "run `nightlatch engine` in another terminal and read what it says";
                return Err(Fault::new(Exit::NoEngine, what).cured_by(cure));
            }
            connected => return Ok(connected?),
        }
    }
}
