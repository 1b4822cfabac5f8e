//! Acts on marked rows: each takes the list as it was when its question was asked.

use std::collections::BTreeSet;

use super::fleet::{World, ago, leaver};
use super::harness::Harness;
use crate::ipc::{Op, Reply};
use crate::model::{Danger, Event, OffboardingId, Phase};
use crate::tui::msg::{Cmd, Msg};
use crate::tui::order::AT_ONCE;

fn held(world: &mut World, name: &str) -> OffboardingId {
    world.open(leaver(name), ago(0), Phase::Held { reason: "flood".to_owned() })
}

/// Everybody on this screen is marked.
fn marked(world: &World, screen: &str) -> Harness {
    let mut it = Harness::with(world, 120, 40);
    it.keys(screen);
    it.keys("*");
    it
}

#[test]
fn many_are_launched_by_their_count_where_something_irreversible_is_among_it() {
    for screen in ["1", "3"] {
        let mut world = World::empty();
        held(&mut world, "Alfa Doe");
        held(&mut world, "Bravo Doe");
        let mut it = marked(&world, screen);
        it.keys("L");
        it.shows("Cut every access of 2 people?");
        it.shows("To go on, type the count: 2");
        it.shows("Bravo Doe <bravo.doe@corp.example>");
        held(&mut world, "Charlie Doe");
        it.snapshot(&world);
        it.keys("enter y enter backspace");
        assert_eq!(it.acts(), []);
        it.send(Msg::Paste("2".to_owned()));
        it.keys("enter");
        assert_eq!(it.acts(), [], "a paste is refused");
        it.type_text("2").keys("enter");
        let launch = |n| Op::Launch { offboarding: OffboardingId(n), revision: Some(0) };
        assert_eq!(it.acts(), [launch(1), launch(2)], "whoever came later is not of the list");
        assert_eq!(it.app.marked(), 0);
    }
}

#[test]
fn many_without_anything_irreversible_are_launched_by_y() {
    let mut world = World::empty();
    for name in ["Alfa Doe", "Bravo Doe"] {
        let id = held(&mut world, name);
        let plan = &mut world.fleet.offboardings.get_mut(&id).unwrap().plan;
        let reversible = plan.steps.iter().filter(|it| it.danger != Danger::Irreversible).cloned();
        plan.steps = reversible.collect();
    }
    let mut it = marked(&world, "1");
    it.keys("L enter L y");
    assert_eq!(it.acts().len(), 2);
}

#[test]
fn whom_an_act_is_not_about_is_counted() {
    let mut it = marked(&World::busy(), "1");
    it.keys("L");
    it.shows("8 of the 10 marked: only what is armed or held can be launched");
}

#[test]
fn many_are_aborted_by_a_reason_and_their_count_each_with_its_own_login() {
    for screen in ["1", "3"] {
        let mut world = World::empty();
        world.running("Alfa Doe", ago(60_000));
        world.running("Bravo Doe", ago(60_000));
        let ended = world.running("Charlie Doe", ago(60_000));
        world.engine(ago(50_000), Event::Aborted { offboarding: ended, reason: "stays".to_owned() });
        let mut it = marked(&world, screen);
        it.keys("X");
        it.type_text("hired back").keys("enter");
        it.shows("Abort 2 offboardings?");
        it.shows("22 steps will never run");
        it.keys("enter");
        assert_eq!(it.acts(), []);
        it.type_text("2").keys("enter");
        let abort = |n: u64, login: &str| Op::Abort {
            offboarding: OffboardingId(n),
            revision: Some(0),
            typed: login.to_owned(),
            reason: "hired back".to_owned(),
        };
        assert_eq!(it.acts(), [abort(1, "alfa.doe"), abort(2, "bravo.doe")]);
    }
}

#[test]
fn many_are_rejected_with_one_reason_from_the_inbox_and_from_the_dashboard() {
    for screen in ["1", "3", "5"] {
        let mut it = marked(&World::busy(), screen);
        it.keys("x");
        it.type_text("the data is needed").keys("enter");
        it.shows("Reject 3 steps?");
        it.keys("x enter");
        assert_eq!(it.acts(), []);
        it.keys(screen).keys("*");
        it.keys("x");
        it.type_text("the data is needed").keys("enter y");
        let rejected = it.acts();
        let all =
            |op: &Op| matches!(op, Op::Reject { reason, revision: Some(_), .. } if reason == "the data is needed");
        assert!(rejected.len() == 3 && rejected.iter().all(all), "{rejected:?}");
    }
}

#[test]
fn many_are_approved_from_the_dashboard_by_their_count() {
    for screen in ["1", "3"] {
        let mut it = marked(&World::busy(), screen);
        it.keys("a");
        it.shows("Approve 3 steps?");
        it.keys("a enter y enter");
        assert_eq!(it.acts(), []);
        it.keys("backspace backspace");
        it.type_text("3").keys("enter");
        let typed: BTreeSet<_> = it.approved().into_iter().collect();
        assert_eq!(typed, ["bravo.doe", "foxtrot.doe"].map(str::to_owned).into());
    }
}

#[test]
fn many_are_paused_and_only_what_runs() {
    for screen in ["1", "3"] {
        let mut it = marked(&World::busy(), screen);
        it.keys("p");
        it.shows("Pause 6 offboardings?");
        it.shows("4 of the 10 marked: only who runs, or who is paused, is meant");
        it.keys("p enter");
        assert_eq!(it.acts(), []);
        it.keys("p y");
        let paused = it.acts();
        assert!(paused.iter().all(|op| matches!(op, Op::Pause { offboarding: Some(_), revision: Some(0), .. })));
        assert_eq!(paused.len(), 6);
    }
}

#[test]
fn what_cannot_be_done_to_any_of_the_marked_says_so() {
    let mut world = World::empty();
    let alfa = world.running("Alfa Doe", ago(60_000));
    world.engine(ago(50_000), Event::Aborted { offboarding: alfa, reason: "stays".to_owned() });
    let mut it = marked(&world, "1");
    for (key, why) in [
        ("L", "only what is armed or held can be launched"),
        ("X", "all of the marked have ended"),
        ("p", "none of the marked runs or is paused"),
        ("a", "no step waits for consent here"),
        ("x", "no step waits for consent here"),
        ("r", "nothing failed here"),
    ] {
        it.keys(key);
        it.shows(why);
    }
    assert_eq!(it.acts(), []);
}

#[test]
fn a_long_list_goes_out_a_few_at_a_time_and_stops_with_the_line() {
    let mut world = World::empty();
    let count = AT_ONCE + 10;
    for n in 0..count {
        let id = world.running(&format!("Person{n} Doe"), ago(60_000));
        world.fail(id.step(0), ago(50_000));
    }
    let mut it = marked(&world, "1");
    it.keys("r y");
    let sent = |it: &Harness| it.cmds.iter().filter(|cmd| matches!(cmd, Cmd::Ask { .. })).count();
    assert_eq!(sent(&it), AT_ONCE);
    let done = || Ok(Reply::Done { message: "tried again".to_owned(), offboardings: vec![] });
    let (first, _) = it.asked()[0].clone();
    it.send(Msg::Answer { ticket: first, result: done() });
    assert_eq!(sent(&it), AT_ONCE + 1);
    it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 100 });
    let waiting: Vec<u64> = it.asked()[1..].iter().map(|(ticket, _)| *ticket).collect();
    for ticket in waiting {
        it.send(Msg::Answer { ticket, result: done() });
    }
    assert_eq!(sent(&it), AT_ONCE + 1, "nothing more is sent without a line");
    it.shows("retry: 9 of 74 refused");
    it.shows("there was no line to the engine any more");
}
