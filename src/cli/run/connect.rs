//! Finds the engine, or starts one.

use std::time::{Duration, Instant};

use crate::cli::Context;
use crate::cli::fault::{Exit, Fault};
use crate::ipc::{Client, ConnectError};

/// How long a started engine may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

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
