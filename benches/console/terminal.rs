//! The console in a pseudo-terminal of 120×40: keys in, bytes out, and what the process costs.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::engine::Played;

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;
/// Whatever is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(120);
/// What Linux counts processor time in, for programs.
const TICKS_A_SECOND: u64 = 100;
/// What every frame begins with.
const FRAME: &[u8] = b"\x1b[?2026h";

/// What lies between the terminal and the operator.
#[derive(Clone, Copy)]
pub(crate) enum Link {
    Direct,
    /// A delay each way, and so many bytes a second.
    Slow {
        one_way: Duration,
        bytes_a_second: u64,
    },
}

impl Link {
    pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(50);

    /// 50 ms there and back, 256 kbit/s.
    pub(crate) fn slow() -> Self {
        Self::Slow { one_way: Self::ROUND_TRIP / 2, bytes_a_second: 256_000 / 8 }
    }
}

/// What has come out.
struct Heard {
    bytes: usize,
    frames: usize,
    first: Option<Instant>,
    last: Instant,
    screen: vt100::Parser,
}

/// A console that runs.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    heard: Arc<Mutex<Heard>>,
    link: Link,
}

impl Terminal {
    pub(crate) fn open(engine: &Played, link: Link) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_nightlatch"));
        command.args(["--state-dir", &engine.state_dir()]);
        for (name, value) in [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("NIGHTLATCH_LOG", "error")] {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let screen = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let heard = Heard { bytes: 0, frames: 0, first: None, last: Instant::now(), screen };
        let heard = Arc::new(Mutex::new(heard));
        let (mut output, hears) = (pty.master.try_clone_reader().unwrap(), Arc::clone(&heard));
        std::thread::spawn(move || {
            // A slow link takes little at a time, so that what it has not taken waits at the console.
            let mut chunk = vec![0; if matches!(link, Link::Direct) { 65_536 } else { 512 }];
            while let Ok(read @ 1..) = output.read(&mut chunk) {
                if let Link::Slow { bytes_a_second, .. } = link {
                    std::thread::sleep(Duration::from_micros(
                        u64::try_from(read).unwrap() * 1_000_000 / bytes_a_second,
                    ));
                }
                let mut heard = hears.lock().unwrap();
                heard.last = Instant::now();
                heard.first.get_or_insert(Instant::now());
                heard.bytes += read;
                heard.frames += chunk[..read].windows(FRAME.len()).filter(|it| *it == FRAME).count();
                heard.screen.process(&chunk[..read]);
            }
        });
        let keys = pty.master.take_writer().unwrap();
        Self { master: pty.master, keys, child, heard, link }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        if let Link::Slow { one_way, .. } = self.link {
            std::thread::sleep(one_way * 2); // Both ways, of which the way back is waited for here.
        }
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Presses, and gives the time until the first byte of an answer.
    pub(crate) fn press_timed(&mut self, keys: &str) -> Duration {
        let before = self.bytes();
        let begun = Instant::now();
        self.press(keys);
        while self.bytes() == before {
            assert!(begun.elapsed() < PATIENCE, "`{keys}` is not answered:\n{}", self.shows());
            std::hint::spin_loop();
        }
        self.heard_at() - begun
    }

    pub(crate) fn bytes(&self) -> usize {
        self.heard.lock().unwrap().bytes
    }

    pub(crate) fn frames(&self) -> usize {
        self.heard.lock().unwrap().frames
    }

    pub(crate) fn heard_at(&self) -> Instant {
        self.heard.lock().unwrap().last
    }

    pub(crate) fn first_byte(&self) -> Instant {
        let begun = Instant::now();
        loop {
            if let Some(first) = self.heard.lock().unwrap().first {
                return first;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing came");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    fn shows(&self) -> String {
        self.heard.lock().unwrap().screen.screen().contents()
    }

    pub(crate) fn until(&self, words: &str) {
        self.wait(|shown| shown.contains(words), words);
    }

    pub(crate) fn until_gone(&self, words: &str) {
        self.wait(|shown| !shown.contains(words), words);
    }

    fn wait(&self, fits: impl Fn(&str) -> bool, words: &str) {
        let begun = Instant::now();
        while !fits(&self.shows()) {
            assert!(begun.elapsed() < PATIENCE, "`{words}`:\n{}", self.shows());
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// Until nothing has come for a while.
    pub(crate) fn quiet(&self) {
        std::thread::sleep(Duration::from_millis(400));
        while self.heard_at().elapsed() < Duration::from_millis(400) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.process_id().unwrap())).unwrap()
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

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = &self.master;
    }
}
