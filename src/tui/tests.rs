//! The whole console, driven by keys against an engine of folded events, and looked at as text.

mod acts;
mod archive;
mod budget;
mod dialogs;
mod fleet;
mod harness;
mod lists;
mod log;
mod looks;
mod outside;
mod pty;
mod table;
