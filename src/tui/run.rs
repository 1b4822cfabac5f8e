//! The loop: all messages that are there, then at most one frame.

use std::io::{self, Write};
use std::time::Duration;

use color_eyre::eyre::{Context as _, eyre};
use jiff::tz::TimeZone;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::app::{App, Start};
use super::keymap::Keymap;
use super::link::{self, Ask};
use super::msg::{Cmd, Msg};
use super::pace::Pace;
use super::terminal::{self, Terminal};
use super::theme::{Depth, Theme};
use super::{Farewell, Options, clipboard, file, input};
use crate::model::Timestamp;

/// Messages before a frame is due, however many wait.
const BATCH: usize = 4_096;

/// A console that a stop has not reached by then is not stopped: it leads its session.
const STOPS_WITHIN: Duration = Duration::from_millis(300);

/// Clocks tick this often while one is visible.
const TICK: Duration = Duration::from_secs(1);

/// What turns while something visible runs does so this often.
const TURN: Duration = Duration::from_millis(250);

/// Opens the console and returns when it ends, with the terminal restored and the farewell printed.
///
/// Errors: no terminal, keys that cannot be bound, a terminal that takes no output.
pub async fn run(options: Options) -> color_eyre::Result<Farewell> {
    let keys = Keymap::new(&options.keys).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        eyre!("the keys cannot be used:\n{}", told.join("\n"))
    })?;
    if let Some(why) = input::unusable() {
        return Err(eyre!("{why}; the subcommands do the same with plain lines and --json"));
    }
    let variable = |name| std::env::var_os(name).map(|it| it.to_string_lossy().into_owned());
    let depth = Depth::offered(variable("NO_COLOR").as_deref(), variable("COLORTERM").as_deref());
    let theme = Theme::new(&options.theme, depth, options.ascii);
    let terminal = Terminal::take().wrap_err("the terminal could not be set up")?;
    let began = Instant::now();
    let app = App::new(Start {
        theme,
        keys,
        read_only: options.read_only,
        banner: options.banner,
        zone: TimeZone::system(),
        now: jiff::Timestamp::now().into(),
        size: terminal.size()?,
    });
    let (queue, messages) = mpsc::channel(1_024);
    let (asks_in, asks) = mpsc::unbounded_channel();
    let takes_the_engine_along = options.takes_the_engine_along;
    let line = link::Line { socket: options.socket, read_only: options.read_only, start_engine: options.start_engine };
    let keys = input::read_keys(queue.clone());
    let files = queue.clone();
    let line = tokio::spawn(link::keep(line, queue, asks));
    let mut console =
        Console { app, terminal, asks: asks_in, files, began, pace: Pace::new(began), ends: None, suspends: false };
    let ended = match console.run(messages).await {
        // A frame that was under way when the terminal went is no error.
        Err(_) if input::is_gone() => Ok("the terminal has gone"),
        ended => ended,
    };
    keys.abort();
    line.abort();
    console.terminal.give_back();
    let (in_progress, reason) = (console.app.in_progress(), ended?.to_owned());
    let farewell = Farewell { in_progress, reason, takes_the_engine_along };
    // A terminal that has gone takes no words; the console ends all the same.
    let _ = writeln!(io::stdout(), "{farewell}");
    Ok(farewell)
}

struct Console {
    app: App,
    terminal: Terminal,
    asks: mpsc::UnboundedSender<Ask>,
    /// Where files that were read come in.
    files: mpsc::Sender<Msg>,
    began: Instant,
    pace: Pace,
    ends: Option<&'static str>,
    suspends: bool,
}

impl Console {
    async fn run(&mut self, mut messages: mpsc::Receiver<Msg>) -> color_eyre::Result<&'static str> {
        let ended = input::ended();
        tokio::pin!(ended);
        let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        self.app.settle();
        self.draw()?;
        let mut waits = false;
        let mut ticked_at = Instant::now();
        loop {
            let frame_at = self.pace.next();
            let tick = if self.app.spins() { Some(TURN) } else { self.app.ticks().then_some(TICK) };
            let mut by_key = false;
            tokio::select! {
                why = &mut ended => return Ok(why?),
                () = terminal::fault() => {
                    return Err(eyre!("the console had a fault of its own, told above; the engine goes on"));
                }
                Some(()) = continued.recv() => {
                    if self.terminal.continued()? {
                        self.app.update(Msg::Redrawn);
                        by_key = true;
                    }
                }
                msg = messages.recv() => {
                    let Some(msg) = msg else { return Ok("the console lost its input") };
                    self.clock();
                    by_key = self.take(msg)?;
                    for _ in 0..BATCH {
                        let Ok(msg) = messages.try_recv() else { break };
                        by_key |= self.take(msg)?;
                    }
                }
                () = tokio::time::sleep_until(ticked_at + tick.unwrap_or(TICK)), if tick.is_some() => {
                    self.clock();
                    self.app.update(Msg::Tick);
                    ticked_at = Instant::now();
                    by_key = true;
                }
                () = tokio::time::sleep_until(frame_at), if waits => self.clock(),
            }
            if tick.is_none() {
                ticked_at = Instant::now();
            }
            if let Some(reason) = self.ends {
                return Ok(reason);
            }
            if std::mem::take(&mut self.suspends) {
                self.suspend(&mut continued).await?;
                by_key = true;
            }
            waits |= self.app.take_changed();
            if waits && (by_key || Instant::now() >= frame_at) {
                self.measure()?;
                let cmds = self.app.settle();
                self.perform(cmds)?;
                self.draw()?;
                waits = false;
            }
        }
    }

    /// Whether it was a key: those are answered at once. (A window that is dragged is resized more often than it can be
    /// looked at: those frames are paced.)
    fn take(&mut self, msg: Msg) -> color_eyre::Result<bool> {
        let by_key = matches!(msg, Msg::Key(_) | Msg::Paste(_));
        let cmds = self.app.update(msg);
        self.perform(cmds)?;
        Ok(by_key)
    }

    /// Gives the terminal to the shell until the console is continued, or is not stopped at all.
    async fn suspend(&mut self, continued: &mut Signal) -> io::Result<()> {
        self.terminal.suspend()?;
        // The stop may take another thread first: this one must not take the terminal back before it.
        let _ = tokio::time::timeout(STOPS_WITHIN, continued.recv()).await;
        self.terminal.take_again()?;
        self.clock();
        self.app.update(Msg::Redrawn);
        Ok(())
    }

    fn clock(&mut self) {
        let now: Timestamp = jiff::Timestamp::now().into();
        let steady = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.app.update(Msg::Clock { now, steady });
    }

    /// A frame is laid out for the size that the terminal has now, not for the one that was last told.
    fn measure(&mut self) -> io::Result<()> {
        let (width, height) = self.terminal.size()?;
        if (width, height) != (self.app.size.width, self.app.size.height) {
            self.app.update(Msg::Resize { width, height });
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let app = &self.app;
        let bytes = self.terminal.draw(|frame| app.draw(frame))?;
        self.pace.drawn(bytes, Instant::now());
        // A slow line keeps the write waiting: the dialog is there only now.
        self.clock();
        self.app.update(Msg::Drawn);
        Ok(())
    }

    fn perform(&mut self, cmds: Vec<Cmd>) -> color_eyre::Result<()> {
        for cmd in cmds {
            match cmd {
                // The line outlives the loop, so that a send fails only when the console ends.
                Cmd::Ask { ticket, op } => drop(self.asks.send(Ask { ticket: Some(ticket), op })),
                Cmd::ReadFile { ticket, path } => file::read(ticket, path, self.files.clone()),
                Cmd::Subscribe => drop(self.asks.send(Ask { ticket: None, op: crate::ipc::Op::Subscribe {} })),
                Cmd::Copy(text) => terminal::send(clipboard::osc52(&text).as_bytes())?,
                Cmd::Redraw => self.terminal.redraw()?,
                Cmd::Suspend => self.suspends = true,
                Cmd::Detach => self.ends = Some("detached"),
            }
        }
        Ok(())
    }
}
