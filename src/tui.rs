//! The console: what the operator sees and presses. Sees [`crate::ipc`] and [`crate::model`] only.
//!
//! One queue of messages, one handler (`App::update`), and a `draw(&self)` that cannot change anything. The screen
//! is drawn on change only. Everything an operator can do stands once in the table of `action`: dispatch, footer,
//! help, palette and [`key_table`] all read it.

mod action;
mod app;
mod cell;
mod clipboard;
mod dialog;
mod enabled;
mod figures;
mod file;
mod filter;
mod input;
mod keymap;
mod link;
mod list;
mod msg;
mod order;
mod pace;
mod pane;
mod paste;
mod roll;
mod run;
mod screen;
mod span;
mod spark;
mod standing;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod toast;
mod view;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use action::{KeyRow, key_table};
pub use input::unusable;
pub use keymap::{KeyProblem, KeyTable};
pub use run::run;
pub use theme::{BuiltIn, Scheme};

/// Starts an engine for this state directory; the error is said on the screen.
pub type StartEngine = Box<dyn FnMut() -> Result<(), String> + Send>;

/// How the console is opened.
pub struct Options {
    /// The engine's socket.
    pub socket: PathBuf,
    /// Look, never act: the engine refuses acts on this connection, and the console offers none.
    pub read_only: bool,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// The colours: RGB where the terminal offers it, and none at all where `NO_COLOR` is set.
    pub theme: Scheme,
    /// Keys by action id; an empty list unbinds the action. See [`KeyTable::in_force`].
    pub keys: BTreeMap<String, Vec<String>>,
    /// Shown in the header, as in `demo`.
    pub banner: Option<String>,
    /// Called when no engine answers: at most once in 5 s.
    pub start_engine: Option<StartEngine>,
    /// The engine ends with the console, as the demo's does.
    pub takes_the_engine_along: bool,
}

/// How the console ended. Its `Display` is the line that [`run()`] has printed already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Farewell {
    /// Offboardings that the engine goes on with.
    pub in_progress: usize,
    /// Why the console ended, as in `detached`.
    pub reason: String,
    /// The engine ends as well.
    pub takes_the_engine_along: bool,
}

impl fmt::Display for Farewell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.takes_the_engine_along {
            return write!(f, "{}: the engine ends with it, {} in progress", self.reason, self.in_progress);
        }
        write!(f, "{}: the engine keeps running, {} in progress", self.reason, self.in_progress)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("socket", &self.socket)
            .field("read_only", &self.read_only)
            .field("ascii", &self.ascii)
            .field("theme", &self.theme)
            .field("keys", &self.keys)
            .field("banner", &self.banner)
            .finish_non_exhaustive()
    }
}
