//! The whole product from outside: the real binary as engine, command line and console, against the sandbox's vendors.

#![expect(clippy::unwrap_used, reason = "a test: what fails here fails it")]
#![expect(clippy::print_stdout, reason = "a seed, and why a test was skipped, are for who reads the run")]

#[path = "e2e/alerts.rs"]
mod alerts;
#[path = "e2e/archive.rs"]
mod archive;
#[path = "e2e/connectors.rs"]
mod connectors;
#[path = "e2e/console.rs"]
mod console;
#[path = "e2e/crash.rs"]
mod crash;
#[path = "e2e/disk.rs"]
mod disk;
#[path = "e2e/errands.rs"]
mod errands;
#[path = "../benches/journal/firm.rs"]
#[allow(dead_code, reason = "the bench uses the rest")]
mod firm;
#[path = "e2e/fsync.rs"]
mod fsync;
#[path = "e2e/fuzz.rs"]
mod fuzz;
#[path = "e2e/harness.rs"]
#[macro_use]
mod harness;
#[path = "e2e/hold.rs"]
mod hold;
#[path = "e2e/intake.rs"]
mod intake;
#[path = "e2e/invariants.rs"]
mod invariants;
#[path = "e2e/kill.rs"]
mod kill;
#[path = "e2e/launch.rs"]
mod launch;
#[path = "e2e/manners.rs"]
mod manners;
#[path = "e2e/refusals.rs"]
mod refusals;
#[path = "e2e/roles.rs"]
mod roles;
#[path = "e2e/secrets.rs"]
mod secrets;
#[path = "e2e/stop.rs"]
mod stop;
#[path = "e2e/store.rs"]
mod store;
#[path = "e2e/terminal.rs"]
mod terminal;
#[path = "e2e/undo.rs"]
mod undo;
