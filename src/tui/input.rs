//! Keys and signals become messages; a terminal that has gone is noticed.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::Duration;

use futures_util::StreamExt;
use ratatui::crossterm::event::{Event, EventStream};
use rustix::event::{PollFd, PollFlags, Timespec};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::msg::Msg;

/// How often the terminal is asked whether it is still there. Without SIGHUP (a killed terminal emulator inside
/// `nohup` or `setsid`) crossterm would spin on the dead descriptor (crossterm issue 793).
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Reads keys until the console ends.
pub(crate) fn read_keys(queue: mpsc::Sender<Msg>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut events = EventStream::new();
        while let Some(Ok(event)) = events.next().await {
            let msg = match event {
                Event::Key(key) => Msg::Key(key),
                Event::Paste(text) => Msg::Paste(text),
                Event::Resize(width, height) => Msg::Resize { width, height },
                _ => continue,
            };
            if queue.send(msg).await.is_err() {
                return;
            }
        }
    })
}

/// Why the console has to end at once, when it has to.
pub(crate) async fn ended() -> io::Result<&'static str> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // From outside: the key is no signal while the terminal is raw.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut interval = tokio::time::interval(LOOK_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = hangup.recv() => return Ok("the terminal hung up"),
            _ = terminate.recv() => return Ok("terminated"),
            _ = interrupt.recv() => return Ok("interrupted"),
            _ = quit.recv() => return Ok("interrupted"),
            _ = interval.tick() => if is_gone() { return Ok("the terminal has gone") },
        }
    }
}

/// The terminal's other side has closed.
pub(crate) fn is_gone() -> bool {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    let gone = |fd: &dyn AsFdDyn| {
        let mut fds = [PollFd::from_borrowed_fd(fd.fd(), PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        match rustix::event::poll(&mut fds, Some(&now)) {
            Ok(_) => fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
            Err(_) => false,
        }
    };
    gone(&stdin) || gone(&stdout)
}

/// Both standard streams in one closure.
trait AsFdDyn {
    fn fd(&self) -> std::os::fd::BorrowedFd<'_>;
}

impl<T: AsFd> AsFdDyn for T {
    fn fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.as_fd()
    }
}

/// Why no console can be shown here; `None`: one can.
pub fn unusable() -> Option<&'static str> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Some("the console needs a terminal on both input and output");
    }
    // Editors' shells and some CI say so of terminals that cannot move their cursor.
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Some("the console needs a terminal that can move its cursor, and TERM says that this one is `dumb`");
    }
    None
}
