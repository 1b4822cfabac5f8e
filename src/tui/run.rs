//! The loop: all messages that are there, then at most one frame.

use std::io::{self, Write};
use std::time::Duration;

use color_eyre::eyre::{Context as _, eyre};
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::app::{App, Start};
use super::keymap::Keymap;
use super::link::{self, Ask};
use super::msg::{Cmd, Msg};
use super::terminal::{self, Terminal};
use super::theme::Theme;
use super::{Farewell, Options, clipboard, file, input};
use crate::model::Timestamp;

/// Under load a frame at most this often. A key is answered at once.
const FRAME_EVERY: Duration = Duration::from_millis(50);

/// Messages before a frame is due, however many wait.
const BATCH: usize = 4_096;

/// Clocks tick this often while one is visible.
const TICK: Duration = Duration::from_secs(1);

/// Opens the console and returns when it ends, with the terminal restored and the farewell printed.
///
/// Errors: no terminal, keys that cannot be bound, a terminal that takes no output.
pub async fn run(options: Options) -> color_eyre::Result<Farewell> {
    let keys =
        Keymap::new(&options.keys).map_err(|problems| eyre!("the keys cannot be used:\n{}", problems.join("\n")))?;
    if !input::is_interactive() {
        return Err(eyre!(
            "the console needs a terminal on both input and output; the subcommands do the same with plain lines and --json"
        ));
    }
    let theme = Theme { colour: !is_set("NO_COLOR"), ascii: options.ascii || !locale_is_utf8() };
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
    let mut console = Console { app, terminal, asks: asks_in, files, began, drawn_at: None, ends: None };
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
    drawn_at: Option<Instant>,
    ends: Option<&'static str>,
}

impl Console {
    async fn run(&mut self, mut messages: mpsc::Receiver<Msg>) -> color_eyre::Result<&'static str> {
        let ended = input::ended();
        tokio::pin!(ended);
        self.app.settle();
        self.draw()?;
        let mut waits = false;
        let mut tick_at = Instant::now() + TICK;
        loop {
            let frame_at = self.drawn_at.map_or_else(Instant::now, |at| at + FRAME_EVERY);
            let ticks = self.app.ticks();
            let mut by_key = false;
            tokio::select! {
                why = &mut ended => return Ok(why?),
                msg = messages.recv() => {
                    let Some(msg) = msg else { return Ok("the console lost its input") };
                    self.clock();
                    by_key = self.take(msg)?;
                    for _ in 0..BATCH {
                        let Ok(msg) = messages.try_recv() else { break };
                        by_key |= self.take(msg)?;
                    }
                }
                () = tokio::time::sleep_until(tick_at), if ticks => {
                    self.clock();
                    self.app.update(Msg::Tick);
                    tick_at = Instant::now() + TICK;
                    by_key = true;
                }
                () = tokio::time::sleep_until(frame_at), if waits => self.clock(),
            }
            if !ticks {
                tick_at = Instant::now() + TICK;
            }
            if let Some(reason) = self.ends {
                return Ok(reason);
            }
            waits |= self.app.take_changed();
            if waits && (by_key || Instant::now() >= frame_at) {
                let cmds = self.app.settle();
                self.perform(cmds)?;
                self.draw()?;
                waits = false;
            }
        }
    }

    /// Whether it was a key: those are answered at once.
    fn take(&mut self, msg: Msg) -> color_eyre::Result<bool> {
        let by_key = matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Resize { .. });
        let cmds = self.app.update(msg);
        self.perform(cmds)?;
        Ok(by_key)
    }

    fn clock(&mut self) {
        let now: Timestamp = jiff::Timestamp::now().into();
        let steady = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.app.update(Msg::Clock { now, steady });
    }

    fn draw(&mut self) -> io::Result<()> {
        let app = &self.app;
        self.terminal.draw(|frame| app.draw(frame))?;
        self.drawn_at = Some(Instant::now());
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
                Cmd::Suspend => {
                    self.terminal.suspend()?;
                    let (width, height) = self.terminal.size()?;
                    self.clock();
                    self.app.update(Msg::Resize { width, height });
                }
                Cmd::Detach => self.ends = Some("detached"),
            }
        }
        Ok(())
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|it| !it.is_empty())
}

/// Whether the locale that holds for characters is UTF-8; without any, terminals of today are.
fn locale_is_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(|name| is_set(name));
    let Some(locale) = set.and_then(|name| std::env::var(name).ok()) else { return true };
    let locale = locale.to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
