//! The real loop in a real terminal: a pseudo-terminal with an engine of one snapshot behind a socket.
//!
//! The console runs in a process of its own: this test binary again, with one ignored test that is the console.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::fleet::{NOW, World};
use super::harness::welcome;
use crate::ipc::{ClientLine, EngineLine, codec};
use crate::tui::{Options, run};

const SOCKET: &str = "NIGHTLATCH_TEST_SOCKET";
const PANICS: &str = "NIGHTLATCH_TEST_PANICS";

#[test]
#[ignore = "it is the console that the other tests start"]
fn console() {
    let Some(socket) = std::env::var_os(SOCKET) else { return };
    let options = Options {
        socket: PathBuf::from(socket),
        read_only: false,
        ascii: false,
        keys: std::collections::BTreeMap::new(),
        banner: Some("demo".to_owned()),
        start_engine: None,
        takes_the_engine_along: false,
    };
    let fault = async {
        if std::env::var_os(PANICS).is_some() {
            tokio::time::sleep(Duration::from_millis(700)).await;
            panic!("a fault of the console's own");
        }
    };
    // As `main` does it: a reader that spins on a dead terminal has a thread of its own, and holds up no end.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ended, ()) = runtime.block_on(async { tokio::join!(run(options), fault) });
    runtime.shutdown_background();
    ended.unwrap();
}

/// An engine that says one snapshot and nothing more.
fn engine(socket: &Path) {
    let socket = socket.to_owned();
    let (ready_in, ready) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::UnixListener::bind(&socket).unwrap();
            ready_in.send(()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (read, mut write) = stream.into_split();
                    let mut read = tokio::io::BufReader::new(read);
                    while let Ok(Some(line)) = codec::read::<ClientLine>(&mut read, 1 << 20).await {
                        let answer = match line {
                            ClientLine::Hello(_) => EngineLine::Welcome(welcome(false)),
                            ClientLine::Request(_) => {
                                let world = World::busy();
                                EngineLine::Snapshot {
                                    fleet: Box::new(world.fleet),
                                    connectors: world.connectors,
                                    at: NOW,
                                }
                            }
                        };
                        if codec::write(&mut write, &answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
    });
    ready.recv().unwrap();
}

struct Session {
    master: Box<dyn MasterPty + Send>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    chunks: mpsc::Receiver<Vec<u8>>,
    output: Vec<u8>,
    _dir: tempfile::TempDir,
}

impl Session {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(variables: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("engine.sock");
        engine(&socket);
        let pty = native_pty_system().openpty(PtySize { rows: 30, cols: 100, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tui::tests::pty::console", "--ignored", "--nocapture"]);
        command.env(SOCKET, &socket);
        command.env("LC_ALL", "C.UTF-8");
        command.env("RUST_BACKTRACE", "0");
        for name in variables {
            command.env(name, "1");
        }
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = Some(pty.master.take_writer().unwrap());
        let (chunks_in, chunks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 65_536];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                if chunks_in.send(chunk[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { master: pty.master, keys, child, chunks, output: Vec::new(), _dir: dir }
    }

    /// The terminal's own side, as the console has it.
    fn tty(&self) -> std::fs::File {
        use std::os::unix::fs::OpenOptionsExt;
        let no_owner = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
        std::fs::OpenOptions::new().read(true).custom_flags(no_owner).open(self.master.tty_name().unwrap()).unwrap()
    }

    fn hear(&mut self, at_most: Duration) -> usize {
        let before = self.output.len();
        if let Ok(chunk) = self.chunks.recv_timeout(at_most) {
            self.output.extend(chunk);
        }
        while let Ok(chunk) = self.chunks.try_recv() {
            self.output.extend(chunk);
        }
        self.output.len() - before
    }

    fn screen(&self) -> String {
        let mut terminal = vt100::Parser::new(30.try_into().unwrap(), 100.try_into().unwrap(), 0);
        terminal.process(&self.output);
        terminal.screen().contents()
    }

    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.screen().contains(text) {
            assert!(Instant::now() < until, "`{text}` did not come:\n{}", self.screen());
            self.hear(Duration::from_millis(50));
        }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            self.hear(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        false
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn detaching_gives_the_terminal_back_and_says_that_the_engine_goes_on() {
    let mut session = Session::open();
    session.wait_for("Alfa Doe");
    session.wait_for("demo");
    session.press("2");
    session.wait_for("still alive");
    session.press("\x1b");
    session.wait_for("worst step");
    session.press("q");
    assert!(session.ends_within(Duration::from_secs(5)));
    while session.hear(Duration::from_millis(100)) > 0 {}
    let output = &session.output;
    for part in [&b"\x1b[?1049h"[..], b"\x1b[?1049l", b"\x1b[?2004l", b"\x1b[?25h", b"\x1b[?2026h"] {
        assert!(holds(output, part), "{}", part.escape_ascii());
    }
    assert!(session.screen().contains("detached: the engine keeps running, 9 in progress"), "{}", session.screen());
    // Nothing asks the terminal anything, and nothing is left switched on that would outlive a dropped line.
    for part in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b]11;?", b"\x1b[?u", b"\x1b[>1u", b"\x1b[?1000h", b"\x1b[?1003h"] {
        assert!(!holds(output, part), "{}", part.escape_ascii());
    }
}

#[test]
fn a_console_that_panics_gives_the_terminal_back_before_it_says_why() {
    let mut session = Session::open_with(&[PANICS]);
    let tty = session.tty();
    let cooks = || {
        let modes = rustix::termios::tcgetattr(&tty).unwrap().local_modes;
        modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO)
    };
    session.wait_for("Alfa Doe");
    assert!(!cooks());
    assert!(session.ends_within(Duration::from_secs(10)));
    while session.hear(Duration::from_millis(100)) > 0 {}
    let output = String::from_utf8_lossy(&session.output).into_owned();
    let (painted, told) = output.split_once("a fault of the console's own").expect("the reason is told");
    for part in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?25h"] {
        assert!(painted.contains(part), "{part:?} did not come before the reason: {output:?}");
    }
    assert!(!told.contains("\x1b[?1049h"), "it took the terminal again: {told:?}");
    assert!(cooks(), "what is typed is not shown: the terminal is still raw");
}

#[test]
fn a_terminal_that_goes_away_takes_the_console_with_it() {
    let mut session = Session::open();
    session.wait_for("Alfa Doe");
    // The other side closes, as when an SSH line drops. The reading thread holds it too, until it has read once more.
    session.chunks = mpsc::channel().1;
    session.press("j");
    session.keys = None;
    let pid = session.child.process_id().unwrap();
    let Session { master, mut child, .. } = session;
    drop(master);
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("the console {pid} lives on without a terminal");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn redraw_blocks_on_nothing_and_paints_everything() {
    let mut session = Session::open();
    session.wait_for("Alfa Doe");
    while session.hear(Duration::from_millis(300)) > 0 {}
    let begun = Instant::now();
    session.press("\x0c");
    let mut bytes = 0;
    while bytes < 1_000 && begun.elapsed() < Duration::from_secs(1) {
        bytes += session.hear(Duration::from_millis(50));
    }
    assert!(bytes >= 1_000, "only {bytes} bytes");
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let mut session = Session::open();
    session.wait_for("Alfa Doe");
    while session.hear(Duration::from_millis(300)) > 0 {}
    let before = session.output.len();
    // The console leads its session, so the kernel drops the stop: it comes back at once, as after `fg`.
    session.press("\x1a");
    let until = Instant::now() + Duration::from_secs(3);
    while !holds(&session.output[before..], b"\x1b[?1049h") {
        assert!(Instant::now() < until, "{}", session.output[before..].escape_ascii());
        session.hear(Duration::from_millis(50));
    }
    while session.hear(Duration::from_millis(300)) > 0 {}
    let after = &session.output[before..];
    assert!(holds(after, b"\x1b[?1049l"));
    assert!(holds(after, b"Alfa Doe"), "everything is painted again");
    session.press("q");
    assert!(session.ends_within(Duration::from_secs(5)));
}
