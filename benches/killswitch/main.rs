//! How fast the kill switch is, beside what the disk and the network allow.
//!
//! `cargo bench --bench killswitch` (or `just bench`) starts the real engine with twelve kill-switch actions and three
//! follow-ups declared over HTTP, sends signed webhooks, and counts the calls where they arrive. The same webhooks go to
//! the [durable limit](limit): a minimal program with the same promises to the disk. Absolute figures are this machine's;
//! the ratios are what counts. Names of scenarios as arguments run those alone: `cargo bench --bench killswitch -- single crowd`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

mod counter;
mod hris;
mod limit;
mod report;
mod scenarios;
mod subject;

use std::path::Path;

/// Actions of the kill switch.
const KILL_SWITCH: usize = 12;
/// Actions of the stage after it.
const FOLLOW_UPS: usize = 3;
/// The argument by which this program is the durable limit.
const LIMIT: &str = "durable-limit";

fn email(person: u32) -> String {
    format!("leaver-{person:05}@corp.example")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [mode, listen, base, dir] = arguments.as_slice()
        && mode == LIMIT
    {
        return limit::run(listen, base, Path::new(dir));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(scenarios::run(&arguments));
}
