//! One engine a state directory: an advisory lock that the kernel drops with the process, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::DaemonError;
use crate::engine::clock::wall_now;
use crate::paths::{Paths, PathsError};

const LOOKS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Takes the lock for as long as the file lives.
pub(super) fn take(paths: &Paths) -> Result<File, DaemonError> {
    let path = paths.lock();
    let io = |error| DaemonError::Paths(PathsError::Io { path: path.clone(), error });
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let text = words_of_the_holder(&mut file);
            let (pid, since) = text.trim().split_once(' ').unwrap_or(("unknown", "unknown"));
            return Err(DaemonError::AlreadyRunning {
                state_dir: paths.state_dir().to_owned(),
                pid: pid.to_owned(),
                since: since.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
    writeln!(file, "{} {}", std::process::id(), wall_now()).map_err(io)?;
    Ok(file)
}

/// Who has the lock, if an engine listens: its process id and since when, as it wrote them. Takes no lock itself, which
/// could come before an engine that starts.
pub(super) fn holder(paths: &Paths) -> Option<String> {
    UnixStream::connect(paths.socket()).ok()?;
    let text = std::fs::read_to_string(paths.lock()).unwrap_or_default();
    let (pid, since) = text.trim().split_once(' ').unwrap_or(("unknown", "unknown"));
    Some(format!("pid {pid}, since {since}"))
}

/// What the engine that has the lock wrote: it may have taken it this very moment, and be about to write.
fn words_of_the_holder(file: &mut File) -> String {
    let mut text = String::new();
    for _ in 0..LOOKS {
        text.clear();
        let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
        if text.ends_with('\n') {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    text
}
