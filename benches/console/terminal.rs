//! The console in a pseudo-terminal of 120×40: how soon it answers, how much it writes, and what its process costs.

#[path = "../../tests/terminal/pty.rs"]
#[allow(dead_code, reason = "tests need the rest of it")]
mod pty;

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
pub(crate) use pty::Link;
use pty::Pty;

use crate::engine::Played;

/// Whatever is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(120);
/// So long without a byte is quiet.
const QUIET: Duration = Duration::from_millis(400);
/// What Linux counts processor time in, for programs.
const TICKS_A_SECOND: u64 = 100;
/// What every frame begins with.
const FRAME: &[u8] = b"\x1b[?2026h";

/// A console that runs.
pub(crate) struct Terminal(Pty);

impl Terminal {
    pub(crate) fn open(engine: &Played, link: Link) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_nightlatch"));
        command.args(["--state-dir", &engine.state_dir()]);
        for (name, value) in [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("NIGHTLATCH_LOG", "error")] {
            command.env(name, value);
        }
        Self(Pty::run_over(link, command, 120, 40))
    }

    /// Waits for the next byte; when it came.
    pub(crate) fn next_byte(&mut self) -> Instant {
        assert!(self.hear(PATIENCE), "nothing comes:\n{}", self.screen());
        self.heard_at
    }

    /// Presses, and gives the time until the first byte of an answer.
    pub(crate) fn press_timed(&mut self, keys: &str) -> Duration {
        let begun = Instant::now();
        self.press(keys);
        self.next_byte() - begun
    }

    pub(crate) fn bytes(&self) -> usize {
        self.output.len()
    }

    pub(crate) fn frames(&self) -> usize {
        self.output.windows(FRAME.len()).filter(|it| *it == FRAME).count()
    }

    /// Takes in what comes until nothing has come for a while.
    pub(crate) fn quiet(&mut self) {
        self.rests(QUIET);
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.pid())).unwrap()
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND)
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1_024.0 / 1_000_000.0
    }
}

impl Deref for Terminal {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.0
    }
}

impl DerefMut for Terminal {
    fn deref_mut(&mut self) -> &mut Pty {
        &mut self.0
    }
}
