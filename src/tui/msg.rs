//! What comes in, and what goes out. Between them stands `App::update`, and nothing else.

use ratatui::crossterm::event::KeyEvent;

use crate::ipc::{EngineLine, Op, Refusal, Reply};
use crate::model::Timestamp;

/// Something happened.
#[derive(Debug)]
pub(crate) enum Msg {
    /// What time it is. `steady` counts ms and never jumps.
    Clock { now: Timestamp, steady: u64 },
    /// A second has passed, and something that shows the time is visible.
    Tick,
    /// A key.
    Key(KeyEvent),
    /// A bracketed paste.
    Paste(String),
    /// The terminal has this size now.
    Resize { width: u16, height: u16 },
    /// The terminal was somebody else's meanwhile: everything has to be drawn.
    Redrawn,
    /// The line stands, and the engine has said nothing for so many ms, though it was asked; `None`: it does again.
    Silent { ms: Option<u64> },
    /// The engine said something that this console does not know; in words.
    Unread(String),
    /// What was last drawn is on the terminal.
    Drawn,
    /// A line from the engine, replies excepted.
    Line(Box<EngineLine>),
    /// The answer to [`Cmd::Ask`] with this ticket.
    Answer { ticket: u64, result: Result<Reply, Refusal> },
    /// The answer to [`Cmd::ReadFile`] with this ticket.
    File { ticket: u64, result: Result<String, String> },
    /// The line is gone, or could not be opened; tried again in `again_ms`.
    Lost { reason: String, again_ms: u64 },
}

/// Do this.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cmd {
    /// Ask the engine; the answer comes with the ticket.
    Ask { ticket: u64, op: Op },
    /// Read a text file of the operator's; it comes with the ticket.
    ReadFile { ticket: u64, path: String },
    /// Ask for a fresh snapshot.
    Subscribe,
    /// Put this on the operator's clipboard.
    Copy(String),
    /// Draw everything afresh.
    Redraw,
    /// Stop like any job; come back with `fg`.
    Suspend,
    /// End the console.
    Detach,
}
