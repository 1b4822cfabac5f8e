//! The whole console, driven by keys against an engine of folded events, and looked at as text.

mod acts;
mod budget;
mod dialogs;
mod fleet;
mod harness;
mod launch;
mod lists;
mod looks;
mod outside;
mod pty;
mod runbook;
mod table;
