//! The whole console, driven by keys against an engine of folded events, and looked at as text.

#[path = "../../tests/terminal/pty.rs"]
#[allow(dead_code, reason = "other tests need the rest of it")]
mod window;

mod acts;
mod budget;
mod colours;
mod connectors;
mod dialogs;
pub(super) mod fleet;
mod harness;
mod lists;
mod looks;
mod outside;
mod pty;
mod pty_engine;
mod pty_line;
mod pty_manners;
mod table;
mod wall;
