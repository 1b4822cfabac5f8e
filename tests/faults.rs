//! The fault catalogue: what breaks outside and inside, injected for real, and what the product makes of it.
//!
//! `tests/faults/README.md` is the catalogue; `catalogue` holds it against the tests that it names.

#![expect(clippy::unwrap_used, reason = "a test: what fails here fails it")]
#![expect(clippy::print_stdout, reason = "why a test was skipped is for who reads the run")]

#[allow(dead_code, reason = "the connectors' own tests use the rest of it")]
#[path = "connectors/bench.rs"]
mod bench;
#[path = "faults/catalogue.rs"]
mod catalogue;
#[path = "faults/chaos.rs"]
mod chaos;
#[path = "faults/declared.rs"]
mod declared;
#[path = "faults/engine.rs"]
mod engine;
#[allow(dead_code, reason = "the end-to-end tests use the rest of it")]
#[path = "e2e/harness.rs"]
mod harness;
#[path = "faults/intake.rs"]
mod intake;
#[path = "faults/ledger.rs"]
mod ledger;
#[path = "faults/outcome.rs"]
mod outcome;
#[path = "faults/people.rs"]
mod people;
#[path = "faults/pressure.rs"]
mod pressure;
#[path = "faults/process.rs"]
mod process;
#[path = "faults/reach.rs"]
mod reach;
#[path = "faults/secrets.rs"]
mod secrets;
#[allow(dead_code, reason = "the end-to-end tests use the rest of it")]
#[path = "e2e/terminal.rs"]
mod terminal;
#[path = "faults/time.rs"]
mod time;
#[path = "faults/tls.rs"]
mod tls;
#[path = "faults/wire.rs"]
mod wire;
