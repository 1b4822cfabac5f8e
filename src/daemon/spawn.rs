//! Starting an engine in the background: its own session, so that a dropped SSH line takes the console with it and
//! nothing else.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::paths::Paths;

const READY_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Starts `nightlatch engine --background` for this state directory and waits until its socket answers.
///
/// The error is in words: the engine's own last one, if it ended.
pub fn start_engine(paths: &Paths, config: Option<&Path>) -> Result<(), String> {
    paths.prepare().map_err(|error| error.to_string())?;
    let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(paths.log());
    let log = log.map_err(|error| format!("{}: {error}", paths.log().display()))?;
    let before = log.metadata().map_or(0, |it| it.len());
    let mut command = Command::new(program);
    command.arg("--state-dir").arg(paths.state_dir());
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.args(["engine", "--background"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().map_err(|error| format!("no engine could be started: {error}"))?;
    let began = Instant::now();
    while began.elapsed() < READY_WITHIN {
        if std::os::unix::net::UnixStream::connect(paths.socket()).is_ok() {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(last_words(paths, before).unwrap_or_else(|| format!("the engine ended at once ({status})")));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(format!("the engine did not answer within {} s: look into {}", READY_WITHIN.as_secs(), paths.log().display()))
}

/// What the engine wrote last into its log.
fn last_words(paths: &Paths, from: u64) -> Option<String> {
    let log = std::fs::read(paths.log()).ok()?;
    let new = String::from_utf8_lossy(log.get(usize::try_from(from).ok()?..)?).into_owned();
    let last = new.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(last.trim().trim_start_matches("error: ").to_owned())
}
