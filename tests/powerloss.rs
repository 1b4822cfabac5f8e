//! Power cuts at any moment of a real run: nothing that was acknowledged is lost, and nothing is corrupt.
//!
//! The engine runs under strace. From its writes and syncs the directories are made that a power cut may leave
//! (`powerloss/disk.rs` has the rules), and each is opened by the engine's own code. `NIGHTLATCH_POWERLOSS_IMAGES` says
//! how many (400; `just torture` makes 1500).

#![expect(clippy::unwrap_used, reason = "a test: what fails here fails it")]
#![expect(clippy::print_stdout, reason = "what was found, and why a test was skipped, are for who reads the run")]

#[path = "powerloss/disk.rs"]
mod disk;
#[path = "powerloss/engine.rs"]
mod engine;
#[expect(dead_code, reason = "the stage of tests/e2e.rs, of which this needs a part")]
#[path = "e2e/harness.rs"]
mod harness;
#[path = "powerloss/rng.rs"]
mod rng;
#[path = "powerloss/survey.rs"]
mod survey;
#[path = "powerloss/trace.rs"]
mod trace;
#[path = "powerloss/writer.rs"]
mod writer;

use engine::Kind;
use survey::survey;

fn images() -> u64 {
    std::env::var("NIGHTLATCH_POWERLOSS_IMAGES").map_or(400, |images| images.parse().unwrap())
}

/// Whether strace can be used; says so if not.
fn strace() -> bool {
    let missing = trace::missing();
    if let Some(why) = &missing {
        println!("skipped: needs strace ({why})");
    }
    missing.is_none()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_power_cut_takes_what_the_engine_has_let_out() {
    if !strace() {
        return;
    }
    let recording = engine::record().await;
    let count = |kind| recording.let_out.iter().filter(|it| it.kind == kind).count();
    let (webhooks, events, calls) = (count(Kind::Webhook), count(Kind::Event), count(Kind::Call));
    println!("let out: {webhooks} answers to webhooks, {events} events to consoles, {calls} calls to vendors");
    assert!(webhooks == 8 && events > 200 && calls > 50);
    let tally = survey(&recording.disk, images(), |left, cut| recording.look(left, cut));
    println!("{tally:?}");
    assert_eq!((tally.lost, tally.corrupt), (0, 0), "{tally:?}");
    // The anchor is signed after the commit: newer than the journal it is only beside a backup, and that is no damage.
    let told = recording.set_back();
    assert!(told.starts_with("rollback detected: the journal has "), "{told}");
}

#[test]
fn the_checker_finds_what_a_careless_writer_loses() {
    if !strace() {
        return;
    }
    let careful = writer::cut_off("FULL", 300);
    assert_eq!((careful.lost, careful.corrupt), (0, 0), "{careful:?}");
    let hasty = writer::cut_off("NORMAL", 300);
    assert!(hasty.lost > 0 && hasty.corrupt == 0, "{hasty:?}");
    let careless = writer::cut_off("OFF", 300);
    assert!(careless.lost > 0 && careless.corrupt > 0, "{careless:?}");
    println!("FULL: {careful:?}\nNORMAL: {hasty:?}\nOFF: {careless:?}");
}

/// Also the process that [`writer::cut_off`] starts under strace, which is this binary.
#[test]
fn what_is_written_is_read() {
    writer::write_rows();
}
