//! The engine's core under a simulator: thousands of seeded schedules with crashes, lost answers, late effects, stale
//! reads, reordering and clocks that jump, the invariants checked in each.
//!
//! A failing seed is a repro: `NIGHTLATCH_SIM_SEED=<seed> cargo nextest run simulator --no-capture` tells its story.
//! `NIGHTLATCH_SIM_SCHEDULES=<n>` runs more of them.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[path = "simulator/plan.rs"]
mod plan;
#[path = "simulator/rng.rs"]
mod rng;
#[path = "simulator/world.rs"]
mod world;

use world::{Faults, World};

fn number_from(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs schedules `seeds` and says which seed broke which invariant.
fn run(seeds: std::ops::Range<u64>, faults: Faults) {
    let mut tally = world::Tally::default();
    for seed in seeds {
        let outcome = World::new(seed, faults).run();
        match outcome {
            Ok(of_this) => tally.add(&of_this),
            Err(broken) => panic!("seed {seed}: {broken}\nNIGHTLATCH_SIM_SEED={seed} tells the story"),
        }
    }
    println!("{tally:?}");
    // A simulator that never meets a fault proves nothing.
    assert!(tally.irreversible_executed > 0 && tally.closed > 0, "{tally:?}");
    if faults.crashes {
        assert!(tally.crashes > 0 && tally.ambiguous > 0, "{tally:?}");
    }
}

/// Splits the schedules among tests, so that they run side by side.
fn share(of: u64) -> std::ops::Range<u64> {
    let each = number_from("NIGHTLATCH_SIM_SCHEDULES").unwrap_or(12_000) / 4;
    of * each..(of + 1) * each
}

#[test]
fn every_invariant_holds_under_all_faults_first_share() {
    run(share(0), Faults::all());
}

#[test]
fn every_invariant_holds_under_all_faults_second_share() {
    run(share(1), Faults::all());
}

#[test]
fn every_invariant_holds_when_only_the_vendors_fail() {
    run(share(2), Faults { crashes: false, clock_jumps: false, ..Faults::all() });
}

#[test]
fn every_invariant_holds_when_only_the_machine_fails() {
    run(share(3), Faults { lost_answers: false, refusals: false, stale_reads: false, ..Faults::all() });
}

#[test]
fn the_story_of_one_seed() {
    let Some(seed) = number_from("NIGHTLATCH_SIM_SEED") else { return };
    let vendors_only = std::env::var_os("NIGHTLATCH_SIM_VENDORS_ONLY").is_some();
    let faults = Faults { crashes: !vendors_only, clock_jumps: !vendors_only, ..Faults::all() };
    let mut world = World::new(seed, faults);
    world.tell();
    if let Err(broken) = world.run() {
        panic!("seed {seed}: {broken}");
    }
}

/// The simulator itself: without the quarantine it must catch the double act that reading alone cannot prevent.
#[test]
fn the_simulator_catches_a_missing_quarantine() {
    let broken = (0..4_000).find_map(|seed| World::without_quarantine(seed).run().err());
    let told = broken.unwrap_or_default();
    assert!(told.contains("I1"), "expected a double act, got: {told:?}");
}
