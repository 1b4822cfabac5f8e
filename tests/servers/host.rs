//! A server as a process of the test's own: found, started, waited for, stopped. What is common to all of them.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nightlatch::demo::free_port;

/// How long a server may take until it listens: Python ones on a busy machine need their time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of programs that is searched before `PATH`: the one that `.ci/run` fills.
const PROGRAMS: &str = "NIGHTLATCH_SERVERS";

/// A running server. Dropped, it is killed.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    server: Child,
    folder: tempfile::TempDir,
}

/// The program of this name; without it, says that the test is skipped, and what it needs.
pub(crate) fn program(name: &str, needs: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::var_os(PROGRAMS)
        .map(PathBuf::from)
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        println!("skipped: needs {needs}");
    }
    found
}

impl Host {
    /// Starts what `command` makes of a free port of loopback and of a folder that ends with the server.
    pub(crate) fn start(command: impl FnOnce(SocketAddr, &Path) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free_port().unwrap();
        let command = command(address, folder.path());
        Self::at(address, folder, command)
    }

    /// Starts a server that chooses no port by itself, and waits until it listens there.
    pub(crate) fn at(address: SocketAddr, folder: tempfile::TempDir, mut command: Command) -> Self {
        let log = std::fs::File::create(folder.path().join("server.log")).unwrap();
        let server = command
            // Some servers end when their input does: then they do not outlive a test that was killed.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut host = Self { address, server, folder };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(host.address).is_err() {
            let ended = host.server.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < until, "no server at {address} ({ended:?}): {}", host.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        host
    }

    /// Where the server keeps its things.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
