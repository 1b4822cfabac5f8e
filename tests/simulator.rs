//! The engine's core under a simulator: thousands of seeded schedules with crashes, lost answers, late effects, stale
//! reads, outages, restored backups and clocks that jump, the invariants checked in each.
//!
//! A seed that breaks a rule prints the shortest story that still breaks it. `NIGHTLATCH_SIM_SEED=<seed> cargo nextest
//! run simulator --no-capture` tells a seed's whole story; `NIGHTLATCH_SIM_SCHEDULES=<n>` plays more of them, from
//! `NIGHTLATCH_SIM_FIRST=<seed>` on.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

#[path = "simulator/noise.rs"]
mod noise;
#[path = "simulator/operator.rs"]
mod operator;
#[path = "simulator/pinned.rs"]
mod pinned;
#[path = "simulator/plan.rs"]
mod plan;
#[path = "simulator/rules.rs"]
mod rules;
#[path = "simulator/script.rs"]
mod script;
#[path = "simulator/stories.rs"]
mod stories;
#[path = "simulator/vendor.rs"]
mod vendor;
#[path = "simulator/world.rs"]
mod world;

use script::Scripts;
use stories::{play, told};
use world::World;

fn number_from(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The world as it is.
fn whole(script: &script::Script) -> World<'_> {
    World::new(script)
}

fn lines(story: &[world::Line]) -> String {
    story.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_invariant_holds_in_every_schedule() {
    let schedules = number_from("NIGHTLATCH_SIM_SCHEDULES").unwrap_or(20_000);
    let first = number_from("NIGHTLATCH_SIM_FIRST").unwrap_or(0);
    let tally = play(first..first + schedules, whole).unwrap_or_else(|failure| panic!("{}", failure.words()));
    println!("{tally:?}");
    // A simulator that never meets a fault proves nothing.
    let met = [
        tally.irreversible_executed,
        tally.closed,
        tally.aborted,
        tally.crashes,
        tally.ambiguous,
        tally.held,
        tally.rollbacks,
        tally.consents_void,
        tally.outages_told,
        tally.credentials_told,
        tally.refused_commands,
        tally.holds_lifted,
    ];
    assert!(schedules < 1_000 || met.iter().all(|count| *count > 0), "{tally:?}");
}

#[test]
fn no_story_that_once_broke_a_rule_breaks_it_again() {
    let broken: Vec<String> = (pinned::all().iter())
        .filter_map(|(what, script)| {
            let (broken, story) = told(script, whole);
            broken.map(|broken| format!("{what}: {}: {}\n{}\n", broken.rule, broken.what, lines(&story)))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_story_of_one_seed() {
    let Some(seed) = number_from("NIGHTLATCH_SIM_SEED") else { return };
    let script = Scripts::new().of_seed(seed).current();
    println!("{script:#?}");
    let (broken, story) = told(&script, whole);
    println!("{}", lines(&story));
    assert_eq!(broken, None);
}

/// The simulator itself: without the quarantine it must catch the double act that reading alone cannot prevent, and
/// tell it so that a person understands it.
#[test]
fn a_missing_quarantine_is_caught_and_told_as_a_short_story() {
    fn careless(script: &script::Script) -> World<'_> {
        World::new(script).without_quarantine()
    }
    let failure = play(0..4_000, careless).expect_err("nobody noticed");
    println!("{}", failure.words());
    assert_eq!(failure.broken.rule, "I1");
    assert!(failure.story.len() <= 10, "{}", failure.words());
    let again = play(failure.seed..failure.seed + 1, careless).expect_err("the same seed, the same story");
    assert_eq!(failure.words(), again.words());
}
