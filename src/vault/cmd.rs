//! Secrets that a program prints: no shell, no terminal, not for long.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{LARGEST, Secret, VaultError};

/// A program that has not ended by then is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a program and takes what it prints on its standard output. Its other output goes nowhere.
pub(super) fn run(argv: &[String]) -> Result<Secret, VaultError> {
    run_within(argv, PATIENCE)
}

pub(super) fn run_within(argv: &[String], patience: Duration) -> Result<Secret, VaultError> {
    let (program, arguments) = argv.split_first().map_or(("", argv), |(program, rest)| (program.as_str(), rest));
    let failed = |how: String| VaultError::Command { program: program.to_owned(), how };
    let until = Instant::now() + patience;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let ended = listen(&mut child, until);
    if ended.is_none() {
        kill(&mut child);
    }
    let (bytes, status) = ended.ok_or_else(|| VaultError::CommandTooSlow { program: program.to_owned() })?;
    match status {
        _ if bytes.len() > LARGEST => Err(VaultError::TooBig { whose: program.to_owned() }),
        status if status.success() => Secret::from_bytes(&bytes, program),
        status => Err(failed(match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}; run it by hand to see why"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended without an exit code".to_owned(),
        })),
    }
}

/// Output and exit status; `None`: not in time. Reading stops, and the program with it, at more than a secret's size.
fn listen(child: &mut Child, until: Instant) -> Option<(Zeroizing<Vec<u8>>, ExitStatus)> {
    let output = child.stdout.take()?;
    let (sender, heard) = mpsc::sync_channel(1);
    // A thread of its own, left behind on a timeout: a grandchild may hold the pipe open for ever.
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST + 1));
        let read = output.take(LARGEST as u64 + 1).read_to_end(&mut bytes);
        // The receiver is gone after a timeout: nobody wants it any more.
        let _ = sender.send(read.map(|_| bytes));
    });
    let bytes = heard.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?.ok()?;
    if bytes.len() > LARGEST {
        kill(child);
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some((bytes, status)),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    }
}

/// Kills the program with all that it started.
fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Gone already is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
}
