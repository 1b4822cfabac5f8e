//! The whole console, driven by keys against an engine of folded events, and looked at as text.

#[path = "../../tests/terminal/pty.rs"]
#[allow(dead_code, reason = "other tests need the rest of it")]
mod window;

mod acts;
mod archive;
mod budget;
mod bulk;
mod colours;
mod connectors;
mod dialogs;
pub(super) mod fleet;
pub(super) mod harness;
mod hold;
mod inks;
mod launch;
mod lists;
mod log;
mod looks;
mod matrix;
mod notes;
mod outside;
mod pty;
mod pty_engine;
mod pty_line;
mod pty_manners;
mod runbook;
mod table;
mod undo;
mod wall;
