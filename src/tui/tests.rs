//! The whole console, driven by keys against an engine of folded events, and looked at as text.

mod acts;
mod budget;
mod connectors;
mod dialogs;
pub(super) mod fleet;
mod harness;
mod lists;
mod looks;
mod outside;
mod pty;
mod table;
mod wall;
