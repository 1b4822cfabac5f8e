//! What a large journal costs: a start, a question, a check of it all, an append, and its size on disk.
//!
//! `cargo bench --bench journal`. A million events of synthetic people are written by the engine's own core and writer;
//! the vendors' answers come from a script. Absolute figures are this machine's; compare within one run.
//! `NIGHTLATCH_EVENTS=100000` builds a smaller one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

#[path = "journal/firm.rs"]
#[allow(dead_code, reason = "the test of the schemas uses the rest")]
mod firm;
#[path = "journal/measure.rs"]
mod measure;
#[path = "journal/years.rs"]
mod years;

use measure::Table;
use years::Years;

fn main() {
    let events = std::env::var("NIGHTLATCH_EVENTS").ok().and_then(|it| it.parse().ok()).unwrap_or(1_000_000);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut table = Table::new();
    let years = Years::written(dir.path(), events);
    println!(
        "{} events of {} people, 30 steps each, written in {:.1} s",
        years.events,
        years.people,
        years.took.as_secs_f64()
    );
    measure::growth(&years, &mut table);
    measure::starts(&years, &mut table);
    measure::questions(&years, &mut table);
    measure::crowd(&years, &mut table);
    measure::proofs(&years, &mut table);
    measure::verify(&years, &mut table);
    measure::append(&years, &mut table);
    print!("{table}");
}
