//! What the console costs, on the real binary in a pseudo-terminal, against an engine that this program plays:
//! `just bench-console`. Each figure stands beside its budget.
//!
//! `NIGHTLATCH_CONSOLE_MINUTES` (0.5) says for how long a thousand events a second are borne. One figure alone: name it,
//! as in `cargo bench --bench console -- keys`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

mod crowd;
mod engine;
mod terminal;

use std::time::{Duration, Instant};

use engine::Played;
use terminal::{Link, Terminal};

/// There and back.
const ROUND_TRIP: Duration = Duration::from_millis(50);
/// That far away, by 256 kbit/s.
const SLOW: Link = Link { delay: Duration::from_millis(25), bytes_per_s: 256_000 / 8 };

/// Presses whose answers are timed.
const PRESSES: usize = 400;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let figures: &[(&str, fn())] = &[
        ("paint", first_paint),
        ("keys", keys),
        ("crowd", crowd),
        ("idle", idle),
        ("bytes", bytes),
        ("memory", memory),
        ("events", events),
        ("link", slow_link),
    ];
    println!("{:<58} {:>12} {:>22}", "figure", "budget", "measured");
    for (name, measure) in figures {
        if asked.is_empty() || asked.iter().any(|it| it == name) {
            measure();
        }
    }
}

fn told(figure: &str, budget: &str, measured: &str) {
    println!("{figure:<58} {budget:>12} {measured:>22}");
}

fn ms(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1_000.0)
}

/// The value below which `percent` of the sorted stay (nearest rank).
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

fn first_paint() {
    let engine = Played::with(crowd::people(50, crowd::Mood::Busy));
    let (mut begun, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let start = Instant::now();
        let mut console = Terminal::open(&engine, Link::NEAR);
        begun.push(console.next_byte() - start);
        console.sees(&["live"]);
        whole.push(console.heard_at - start);
    }
    begun.sort();
    whole.sort();
    told("exec → first paint, engine up, p50", "< 30 ms", &ms(percentile(&begun, 50)));
    told("exec → the dashboard with everybody on it, p50", "", &ms(percentile(&whole, 50)));
}

fn keys() {
    for people in [50, 10_000] {
        let engine = Played::with(crowd::people(people, crowd::Mood::Still));
        let mut console = Terminal::open(&engine, Link::NEAR);
        console.sees(&["live"]);
        console.quiet();
        let took = moves(&mut console);
        told(&format!("key → first byte, {people} people, p50"), "< 1 ms", &ms(percentile(&took, 50)));
        told(&format!("key → first byte, {people} people, p99"), "< 5 ms", &ms(percentile(&took, 99)));
    }
}

/// The selection moves, down and up; how long each took until its answer began, sorted.
fn moves(console: &mut Terminal) -> Vec<Duration> {
    let press = |nth: usize| if nth % 40 < 20 { "j" } else { "k" };
    let mut took: Vec<Duration> = (0..PRESSES).map(|nth| console.press_timed(press(nth))).collect();
    took.sort();
    took
}

/// A key's answer holds the whole frame, and what a new filter or order costs: both are seen from outside.
fn crowd() {
    for (people, frame) in [(10_000, "< 2 ms"), (100_000, "< 4 ms")] {
        let engine = Played::with(crowd::people(people, crowd::Mood::Busy));
        let mut console = Terminal::open(&engine, Link::NEAR);
        console.sees(&["live"]);
        console.hear_for(Duration::from_secs(2));
        told(&format!("{people} people: key → frame, p50"), frame, &ms(percentile(&moves(&mut console), 50)));
        if people == 100_000 {
            sorts_and_filters(&mut console);
        }
        // The same with rows that move under the selection.
        engine.storm(1_000);
        console.hear_for(Duration::from_secs(2));
        let cpu = console.cpu();
        console.hear_for(Duration::from_secs(10));
        let share = console.cpu().saturating_sub(cpu).as_secs_f64() * 10.0;
        told(&format!("{people} people, 1 000 events/s: share of a core"), "< 30 %", &format!("{share:.1} %"));
        let took = moves(&mut console);
        told(&format!("{people} people, 1 000 events/s: key → frame, p50"), frame, &ms(percentile(&took, 50)));
    }
}

fn sorts_and_filters(console: &mut Terminal) {
    let mut took: Vec<Duration> = (0..60).map(|_| console.press_timed("s")).collect();
    took.sort();
    told("100000 people: another order, p50", "< 20 ms", &ms(percentile(&took, 50)));
    told("100000 people: another order, max", "", &ms(percentile(&took, 100)));
    let mut took = Vec::new();
    for typed in ["person77", "nobody", "state:done", "conn:vpn", "!contractor doe"] {
        console.press_timed("/");
        for letter in typed.chars() {
            took.push(console.press_timed(&letter.to_string()));
        }
        console.press_timed("\x1b");
    }
    took.sort();
    told("100000 people: a letter of a filter, p50", "< 20 ms", &ms(percentile(&took, 50)));
    told("100000 people: a letter of a filter, max", "", &ms(percentile(&took, 100)));
}

fn idle() {
    let engine = Played::with(crowd::people(50, crowd::Mood::Still));
    let mut console = Terminal::open(&engine, Link::NEAR);
    console.sees(&["live"]);
    console.quiet();
    let (bytes, ticks) = (console.bytes(), console.cpu());
    console.hear_for(Duration::from_secs(10));
    told("bytes in 10 s of idleness", "0", &(console.bytes() - bytes).to_string());
    told("processor in 10 s of idleness", "not seen", &ms(console.cpu().saturating_sub(ticks)));
}

fn bytes() {
    let engine = Played::with(crowd::people(200, crowd::Mood::Still));
    let mut console = Terminal::open(&engine, Link::NEAR);
    console.sees(&["live"]);
    console.quiet();
    let opened = console.bytes();
    console.press("\x0c"); // Ctrl-L draws everything afresh.
    console.quiet();
    told("bytes of a whole paint, 120×40", "≤ 12 000", &(console.bytes() - opened).to_string());
    let mut most = 0;
    for _ in 0..12 {
        let before = console.bytes();
        console.press_timed("j");
        console.quiet();
        most = most.max(console.bytes() - before);
    }
    told("bytes of a selection's move, the most of 12", "≤ 400", &most.to_string());
}

fn memory() {
    let engine = Played::with(crowd::people(10_000, crowd::Mood::Busy));
    let mut console = Terminal::open(&engine, Link::NEAR);
    console.sees(&["live"]);
    console.hear_for(Duration::from_secs(2));
    told("resident memory, 10 000 offboardings of 15 steps", "< 60 MB", &format!("{:.1} MB", console.resident_mb()));
}

fn events() {
    let minutes = std::env::var("NIGHTLATCH_CONSOLE_MINUTES").ok().and_then(|it| it.parse().ok()).unwrap_or(0.5);
    let engine = Played::with(crowd::people(1_000, crowd::Mood::Busy));
    let mut console = Terminal::open(&engine, Link::NEAR);
    console.sees(&["live"]);
    engine.storm(1_000);
    // What a young console has yet to learn is not growth.
    console.hear_for(Duration::from_secs(5));
    let (frames, cpu, early) = (console.frames(), console.cpu(), console.resident_mb());
    let begun = Instant::now();
    console.hear_for(Duration::from_secs_f64(60.0 * minutes));
    let took = begun.elapsed().as_secs_f64();
    let frames = f64::from(u32::try_from(console.frames() - frames).unwrap()) / took;
    let share = console.cpu().saturating_sub(cpu).as_secs_f64() / took * 100.0;
    told("1 000 events/s: frames a second", "≤ 20", &format!("{frames:.1}"));
    told("1 000 events/s: share of a core", "< 30 %", &format!("{share:.1} %"));
    let late = console.resident_mb();
    told(&format!("1 000 events/s: memory after {minutes} min"), "no growth", &format!("{early:.1} → {late:.1} MB"));
}

fn slow_link() {
    let engine = Played::with(crowd::people(10_000, crowd::Mood::Busy));
    let mut console = Terminal::open(&engine, SLOW);
    console.sees(&["live"]);
    console.press("3");
    console.sees(&["3 Wall"]);
    engine.storm(200);
    console.hear_for(Duration::from_secs(3));
    let mut took: Vec<Duration> = Vec::new();
    for nth in 0..20 {
        // Each opens or closes the filter: an answer that no event can give, and a small one.
        let begun = Instant::now();
        console.press(if nth % 2 == 0 { "/" } else { "\x1b" });
        if nth % 2 == 0 {
            console.sees(&["Enter keeps it"]);
        } else {
            console.sees_no_more("Enter keeps it");
        }
        took.push(begun.elapsed());
        console.hear_for(Duration::from_millis(200));
    }
    took.sort();
    let round_trip = ms(ROUND_TRIP + Duration::from_millis(100));
    told(
        "wall of 10 000 over 50 ms, 256 kbit/s: key → answer, p50",
        &format!("≤ {round_trip}"),
        &ms(percentile(&took, 50)),
    );
    told("wall of 10 000 over 50 ms, 256 kbit/s: key → answer, max", "", &ms(percentile(&took, 100)));
}
