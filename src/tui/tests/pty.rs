//! The real loop in a real terminal: a pseudo-terminal, and an engine of a test's own behind a socket.
//!
//! The console runs in a process of its own: this test binary again, with one ignored test that is the console.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::fleet::World;
use super::pty_engine::{Engine, Script};
use super::window::{Link, Pty};
use crate::tui::{Options, Scheme, run};

const SOCKET: &str = "NIGHTLATCH_TEST_SOCKET";
pub(crate) const PANICS: &str = "NIGHTLATCH_TEST_PANICS";

/// The size of every terminal here.
pub(crate) const SIZE: (u16, u16) = (100, 30);

#[test]
#[ignore = "it is the console that the other tests start"]
fn console() {
    let Some(socket) = std::env::var_os(SOCKET) else { return };
    let options = Options {
        socket: PathBuf::from(socket),
        read_only: false,
        ascii: false,
        theme: Scheme::default(),
        keys: std::collections::BTreeMap::new(),
        banner: Some("demo".to_owned()),
        start_engine: None,
        takes_the_engine_along: false,
    };
    let panics = std::env::var(PANICS).unwrap_or_default();
    let fault = async {
        if panics.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        let fault = || panic!("a fault of the console's own");
        if panics == "elsewhere" {
            std::thread::spawn(fault);
        } else {
            fault();
        }
    };
    // As `main` does it: a reader that spins on a dead terminal has a thread of its own, and holds up no end.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ended, ()) = runtime.block_on(async { tokio::join!(run(options), fault) });
    runtime.shutdown_background();
    ended.unwrap();
}

/// The words that start the console.
pub(crate) fn words() -> Vec<String> {
    let exe = std::env::current_exe().unwrap().into_os_string().into_string().unwrap();
    [&exe, "--exact", "tui::tests::pty::console", "--ignored", "--nocapture"].map(ToOwned::to_owned).to_vec()
}

/// A command with the console's surroundings.
pub(crate) fn surrounded(engine: &Engine, words: &[String]) -> CommandBuilder {
    let mut command = CommandBuilder::from_argv(words.iter().map(Into::into).collect());
    command.env(SOCKET, &engine.socket);
    for (name, value) in [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("RUST_BACKTRACE", "0")] {
        command.env(name, value);
    }
    for name in ["NO_COLOR", "COLORTERM"] {
        command.env_remove(name);
    }
    command
}

/// The console in its terminal, and its engine.
pub(crate) struct Session {
    pub(crate) pty: Pty,
    pub(crate) engine: Engine,
}

impl Session {
    pub(crate) fn open() -> Self {
        Self::before(&Script::of(&World::busy()))
    }

    /// Before an engine that says this.
    pub(crate) fn before(script: &Script) -> Self {
        Self::with(script, |_| {})
    }

    pub(crate) fn with(script: &Script, change: impl FnOnce(&mut CommandBuilder)) -> Self {
        let engine = Engine::start(script.clone());
        let mut command = surrounded(&engine, &words());
        change(&mut command);
        Self { pty: Pty::run(command, SIZE.0, SIZE.1), engine }
    }

    pub(crate) fn far_away(script: &Script, link: Link) -> Self {
        let engine = Engine::start(script.clone());
        let command = surrounded(&engine, &words());
        Self { pty: Pty::run_over(link, command, SIZE.0, SIZE.1), engine }
    }
}

impl Deref for Session {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.pty
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Pty {
        &mut self.pty
    }
}

pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    count(bytes, part) > 0
}

pub(crate) fn count(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).filter(|window| *window == part).count()
}

/// Everything is as the shell had it.
#[track_caller]
pub(crate) fn is_whole(session: &Pty) {
    assert!(session.cooks(), "what is typed is not shown: the terminal is still raw");
    assert!(!session.is_in_the_alternate_screen(), "the alternate screen stays:\n{}", session.screen());
    assert!(!session.hides_the_cursor(), "the cursor stays hidden");
    assert!(!session.parser.screen().bracketed_paste(), "bracketed paste stays");
    let [on, off] = [&b"\x1b[?2026h"[..], b"\x1b[?2026l"]
        .map(|part| session.output.windows(part.len()).rposition(|window| window == part));
    assert!(off >= on, "an update stays open");
}

#[test]
fn detaching_gives_the_terminal_back_and_says_that_the_engine_goes_on() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe", "demo"]);
    session.press("2");
    session.sees(&["still alive"]);
    session.press("\x1b");
    session.sees(&["worst step"]);
    session.press("q");
    assert_eq!(session.ends(), 0);
    is_whole(&session);
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
fn redraw_blocks_on_nothing_and_paints_everything() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe"]);
    session.hear_for(Duration::from_millis(600));
    let (begun, before) = (Instant::now(), session.output.len());
    session.press("\x0c");
    while session.output.len() < before + 1_000 && begun.elapsed() < Duration::from_secs(2) {
        session.hear(Duration::from_millis(50));
    }
    let bytes = session.output.len() - before;
    assert!(bytes >= 1_000, "only {bytes} bytes");
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
}

#[test]
fn what_does_not_move_paints_nothing() {
    let mut session = Session::before(&Script::of(&World::empty()));
    session.sees(&["live", "nobody is being offboarded"]);
    session.rests(Duration::from_millis(1_500));
    let before = session.output.len();
    session.hear_for(Duration::from_secs(4));
    let idle = &session.output[before..];
    assert!(idle.is_empty(), "{}", idle.escape_ascii());
}

#[test]
fn what_turns_does_so_four_times_a_second_at_most_and_costs_few_bytes() {
    let mut session = Session::open();
    session.sees(&["Alfa Doe", "live"]);
    session.hear_for(Duration::from_secs(2));
    let (begun, before) = (Instant::now(), session.output.len());
    session.hear_for(Duration::from_secs(4));
    let turned = &session.output[before..];
    let frames = count(turned, b"\x1b[?2026h");
    let most = usize::try_from(begun.elapsed().as_millis() / 250).unwrap() + 2;
    assert!((4..=most).contains(&frames), "{frames} frames in {:?}", begun.elapsed());
    assert!(turned.len() < frames * 400, "{} bytes in {frames} frames", turned.len());
    assert!(["◷", "◶", "◵", "◴"].iter().all(|it| holds(turned, it.as_bytes())), "it does not turn");
}
