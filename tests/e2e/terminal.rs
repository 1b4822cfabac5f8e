//! A terminal with the real console in it.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::harness::{BINARY, PATIENCE, Scene};

/// Longer than a dialog is deaf for after it was drawn.
const READING_TIME: Duration = Duration::from_millis(500);

pub(crate) struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Option<Box<dyn Child + Send + Sync>>,
    chunks: mpsc::Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that was ever painted, as bytes.
    pub(crate) output: Vec<u8>,
    /// Every screen that differed from the one before.
    pub(crate) screens: Vec<String>,
}

impl Terminal {
    /// Opens the console in a terminal of this size.
    pub(crate) fn open(scene: &Scene, columns: u16, rows: u16) -> Self {
        Self::run(scene, &[], columns, rows)
    }

    /// Runs a subcommand in a terminal of this size.
    pub(crate) fn run(scene: &Scene, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(BINARY);
        command.arg("--state-dir");
        command.arg(scene.paths.state_dir());
        command.arg("--config");
        command.arg(&scene.config);
        command.args(arguments);
        command.env("LC_ALL", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("XDG_CONFIG_HOME", scene.dir());
        command.env_remove("NIGHTLATCH_LOG");
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keyboard = Some(pty.master.take_writer().unwrap());
        let (chunks_in, chunks) = mpsc::channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 65_536];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                if chunks_in.send(chunk[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let (output, screens) = (Vec::new(), Vec::new());
        Self { master: Some(pty.master), keyboard, child: Some(child), chunks, parser, output, screens }
    }

    /// Takes in one piece of what is painted, if one comes.
    fn hear(&mut self, at_most: Duration) -> bool {
        let Ok(chunk) = self.chunks.recv_timeout(at_most) else { return false };
        self.parser.process(&chunk);
        self.output.extend(chunk);
        let screen = self.screen();
        if self.screens.last() != Some(&screen) {
            self.screens.push(screen);
        }
        true
    }

    pub(crate) fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    pub(crate) fn is_in_the_alternate_screen(&self) -> bool {
        self.parser.screen().alternate_screen()
    }

    pub(crate) fn hides_the_cursor(&self) -> bool {
        self.parser.screen().hide_cursor()
    }

    /// Waits until all of this is on one screen.
    #[track_caller]
    pub(crate) fn sees(&mut self, texts: &[&str]) {
        let until = Instant::now() + PATIENCE;
        while let Some(missing) = texts.iter().find(|text| !self.screen().contains(**text)) {
            assert!(Instant::now() < until, "`{missing}` did not come:\n{}", self.screen());
            self.hear(Duration::from_millis(50));
        }
    }

    /// Waits until this is on the screen no more.
    #[track_caller]
    pub(crate) fn sees_no_more(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while self.screen().contains(text) {
            assert!(Instant::now() < until, "`{text}` stayed:\n{}", self.screen());
            self.hear(Duration::from_millis(50));
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Types into a dialog that has just come up: as somebody who has read it.
    pub(crate) fn answer(&mut self, keys: &str) {
        let until = Instant::now() + READING_TIME;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.hear(left);
        }
        self.press(keys);
    }

    /// Waits for the console's end, and for its last words.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                break status.exit_code();
            }
            assert!(Instant::now() < until, "the console does not end:\n{}", self.screen());
            self.hear(Duration::from_millis(20));
        };
        while self.hear(Duration::from_millis(200)) {}
        status
    }

    /// The other side closes, as when an SSH line drops. The console's process remains, to be looked at.
    pub(crate) fn hang_up(mut self) -> Box<dyn Child + Send + Sync> {
        // The reading thread holds the other side, too, until there is a piece that it cannot hand on.
        self.chunks = mpsc::channel().1;
        self.press("\x0c");
        drop((self.keyboard.take(), self.master.take()));
        self.child.take().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Before the scene: a console that is left alone would start another engine.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
