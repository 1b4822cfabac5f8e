//! The whole console, driven by keys against an engine of folded events, and looked at as text.

mod acts;
mod budget;
mod bulk;
mod dialogs;
mod fleet;
mod harness;
mod hold;
mod lists;
mod looks;
mod notes;
mod outside;
mod pty;
mod table;
mod undo;
