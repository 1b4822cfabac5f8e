//! A terminal with a program in it: the one floor of every test that looks at a screen.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Nothing here is about speed, unless a test says so: whatever is waited for comes within this, or never.
const PATIENCE: Duration = Duration::from_secs(60);

/// What lies between the terminal and whoever looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    /// One way.
    pub(crate) delay: Duration,
    pub(crate) bytes_per_s: u32,
}

impl Link {
    /// None to speak of.
    pub(crate) const NEAR: Self = Self { delay: Duration::ZERO, bytes_per_s: u32::MAX };
}

type Keyboard = Box<dyn Write + Send>;
type Due = (Instant, Vec<u8>);

/// The terminal, its program, and what was painted.
pub(crate) struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<mpsc::Sender<Due>>,
    child: Option<Box<dyn Child + Send + Sync>>,
    chunks: mpsc::Receiver<Due>,
    delay: Duration,
    /// When the last piece came to whoever looks.
    pub(crate) heard_at: Instant,
    pub(crate) parser: vt100::Parser,
    /// Everything that was ever painted, as bytes.
    pub(crate) output: Vec<u8>,
    /// Every screen that differed from the one before.
    pub(crate) screens: Vec<String>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, ..PtySize::default() }
}

impl Pty {
    /// Runs the program in a terminal of this size.
    pub(crate) fn run(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        Self::run_over(Link::NEAR, command, columns, rows)
    }

    /// The same, looked at from far away.
    pub(crate) fn run_over(link: Link, command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pty = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let chunks = listen(pty.master.try_clone_reader().unwrap(), link);
        let keyboard = Some(type_into(pty.master.take_writer().unwrap()));
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Self {
            master: Some(pty.master),
            keyboard,
            child: Some(child),
            chunks,
            delay: link.delay,
            heard_at: Instant::now(),
            parser,
            output: Vec::new(),
            screens: Vec::new(),
        }
    }

    /// Takes in one piece of what is painted, if one comes.
    pub(crate) fn hear(&mut self, at_most: Duration) -> bool {
        let Ok((due, chunk)) = self.chunks.recv_timeout(at_most) else { return false };
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        self.heard_at = due;
        self.parser.process(&chunk);
        self.output.extend(chunk);
        let screen = self.screen();
        if self.screens.last() != Some(&screen) {
            self.screens.push(screen);
        }
        true
    }

    /// Takes in what comes until then.
    pub(crate) fn hear_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.hear(left);
        }
    }

    /// Takes in what comes until nothing has come for so long.
    pub(crate) fn rests(&mut self, time: Duration) {
        let until = Instant::now() + PATIENCE;
        while self.hear(time) {
            assert!(Instant::now() < until, "it never rests:\n{}", self.screen());
        }
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

    /// What is typed is shown, and comes line by line: as a shell wants its terminal.
    pub(crate) fn cooks(&self) -> bool {
        use std::os::unix::fs::OpenOptionsExt;
        let no_owner = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        let tty = std::fs::OpenOptions::new().read(true).custom_flags(no_owner).open(name).unwrap();
        let modes = rustix::termios::tcgetattr(&tty).unwrap().local_modes;
        modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO)
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

    pub(crate) fn press(&self, keys: &str) {
        self.keyboard.as_ref().unwrap().send((Instant::now() + self.delay, keys.as_bytes().to_vec())).unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
        self.parser.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().process_id().unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.pid();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
    }

    /// Whether the program runs no more.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// Waits for the program's end, and for its last words; its exit code.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                break status.exit_code();
            }
            assert!(Instant::now() < until, "the program does not end:\n{}", self.screen());
            self.hear(Duration::from_millis(20));
        };
        while self.hear(Duration::from_millis(200)) {}
        status
    }

    /// The other side closes, as when an SSH line drops. The program's process remains, to be looked at.
    pub(crate) fn hang_up(mut self) -> Box<dyn Child + Send + Sync> {
        // The reading thread holds the other side, too, until there is a piece that it cannot hand on.
        self.chunks = mpsc::channel().1;
        self.press("\x0c");
        drop((self.keyboard.take(), self.master.take()));
        self.child.take().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reads the terminal as fast as the link carries it, and no faster: what is not read yet holds the program up.
fn listen(mut from: Box<dyn Read + Send>, link: Link) -> mpsc::Receiver<Due> {
    let (chunks_in, chunks) = mpsc::channel();
    std::thread::spawn(move || {
        let near = link.bytes_per_s == u32::MAX;
        let mut chunk = vec![0; if near { 65_536 } else { 256 }];
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            if !near {
                let carried = f64::from(u32::try_from(read).unwrap()) / f64::from(link.bytes_per_s);
                std::thread::sleep(Duration::from_secs_f64(carried));
            }
            if chunks_in.send((Instant::now() + link.delay, chunk[..read].to_vec())).is_err() {
                return;
            }
        }
    });
    chunks
}

fn type_into(mut keyboard: Keyboard) -> mpsc::Sender<Due> {
    let (keys_in, keys) = mpsc::channel::<Due>();
    std::thread::spawn(move || {
        while let Ok((due, keys)) = keys.recv() {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if keyboard.write_all(&keys).and_then(|()| keyboard.flush()).is_err() {
                return;
            }
        }
    });
    keys_in
}
