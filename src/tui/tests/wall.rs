//! The wall: what its keys do, what it counts, and what that costs.

use std::time::{Duration, Instant};

use super::fleet::{NOW, World, ago, layoff};
use super::harness::Harness;
use crate::ipc::EngineLine;
use crate::model::health::Health;
use crate::model::{Actor, Event, OffboardingId, Phase, Proof};
use crate::tui::msg::Msg;
use crate::tui::screen::Place;

fn wall(world: &World, width: u16, height: u16) -> Harness {
    let mut it = Harness::with(world, width, height);
    it.keys("3");
    it
}

#[test]
fn enter_opens_the_person_and_on_a_column_what_is_worst_there() {
    let mut it = wall(&World::busy(), 120, 40);
    it.keys("g enter");
    assert_eq!(it.app.place, Place::Offboarding(Some(OffboardingId(1))));
    it.keys("esc right right right right");
    it.shows("slack: up");
    it.keys("left");
    it.shows("okta: locked");
    it.keys("enter");
    it.shows("ob-1/1  okta.suspend");
}

#[test]
fn a_column_where_nothing_is_planned_opens_nothing_and_says_so() {
    let mut world = World::busy();
    let mut lone = super::fleet::plan("lone.doe@corp.example");
    let mut steps = lone.steps.to_vec();
    steps[0].action = "zoom.deactivate".parse().unwrap();
    steps.truncate(1);
    lone.steps = steps.into();
    let mut leaver = super::fleet::leaver("Lone Doe");
    leaver.executive = true;
    let id = world.running("Kilo Doe", ago(9_000));
    let mut opened = world.fleet.get(id).unwrap().clone();
    opened.plan = lone;
    opened.steps.truncate(1);
    opened.notice.leaver = leaver;
    world.fleet.offboardings.insert(id, Box::new(opened));
    let mut it = wall(&world, 120, 40);
    it.keys("/");
    it.type_text("lone");
    it.keys("enter right enter");
    it.shows("Lone Doe has no step at github");
    assert_eq!(it.app.place, Place::Wall);
}

#[test]
fn the_columns_scroll_with_the_one_pointed_at() {
    let mut world = World::busy();
    let id = world.running("Kilo Doe", ago(9_000));
    let mut wide = world.fleet.get(id).unwrap().clone();
    let mut steps = Vec::new();
    for n in 0..30 {
        let mut step = wide.plan.steps[0].clone();
        step.action = format!("system{n:02}.suspend").parse().unwrap();
        steps.push(step);
    }
    wide.steps = steps.iter().map(|_| crate::model::Step::default()).collect();
    wide.plan.steps = steps.into();
    world.fleet.offboardings.insert(id, Box::new(wide));
    let mut it = wall(&world, 80, 24);
    it.hides("◀");
    it.shows("▶");
    for _ in 0..34 {
        it.press("right");
    }
    it.shows("system29");
    it.shows("◀");
    for _ in 0..40 {
        it.press("left");
    }
    it.hides("◀");
    it.keys("enter");
    assert!(matches!(it.app.place, Place::Offboarding(Some(_))));
}

#[test]
fn rows_are_sorted_filtered_and_marked_as_on_the_dashboard() {
    let mut it = wall(&World::busy(), 120, 40);
    assert_eq!(it.app.wall.rows.list.ids.first(), Some(&OffboardingId(1)));
    it.keys("s");
    it.shows("by person");
    it.keys("S");
    it.shows("by person, reversed");
    assert_eq!(it.app.wall.rows.list.ids.first(), Some(&OffboardingId(10)));
    it.keys("S s s");
    it.shows("by progress");
    it.keys("g space space");
    assert_eq!((it.app.marked(), it.app.wall.rows.list.targets().len()), (2, 2));
    it.shows("2 marked");
    it.keys("esc /");
    it.type_text("state:approval");
    it.keys("enter");
    it.shows("2 of 10 people");
    it.keys("*");
    assert_eq!(it.app.marked(), 2);
}

#[test]
fn it_says_how_far_how_fast_when_and_what_holds_it_up() {
    let mut world = World::busy();
    let mut it = wall(&world, 120, 40);
    it.shows("people 10  cut 5");
    it.shows("nothing settled in the last 10s");
    it.hides("rate ");
    it.shows("through not while okta is locked");
    it.shows("okta locked");
    it.shows("1 failed or need a person");
    it.shows("3 approvals wait");
    it.shows("github limits us for");
    let charlie = OffboardingId(3);
    let proof = Proof::Verified { evidence: "deleted: true".into() };
    let event = Event::StepVerified { step: charlie.step(2), proof, exchanges: Vec::new() };
    it.event(world.engine(NOW, event));
    it.shows("rate 0.1 steps/s");
    it.wait(11_000);
    it.send(Msg::Tick);
    it.shows("nothing settled in the last 10s");
}

#[test]
fn the_estimate_is_the_slowest_connectors_under_its_budget() {
    let mut world = World::empty();
    for n in 0..5 {
        world.running(&format!("Person{n} Doe"), ago(1_000));
    }
    for (id, rate) in [("google", 4.0), ("okta", 1.0), ("slack", 10.0), ("github", 10.0)] {
        world.connector(id, Health::Up, 0, 0).per_second = Some(rate);
    }
    let it = wall(&world, 120, 40);
    it.shows("through in about 20s, by okta");
    it.shows("okta, the slowest: 20 calls, in about 20s");
}

#[test]
fn where_only_consent_is_missing_no_vendor_says_when_it_is_through() {
    let mut world = World::empty();
    world.connector("google", Health::Up, 0, 0).per_second = Some(4.0);
    let alfa = world.running("Alfa Doe", ago(90_000));
    world.done_up_to(alfa, 9, ago(80_000));
    world.ask(alfa.step(9), ago(60_000));
    let it = wall(&world, 120, 40);
    it.shows("1 approval waits");
    it.hides("by google");
    it.shows("the rest waits for people, or its day");
}

#[test]
fn an_event_moves_its_row_and_changes_its_cell_alone() {
    let mut world = World::busy();
    let mut it = wall(&world, 120, 40);
    let charlie = OffboardingId(3);
    let failed = Event::StepFailed {
        step: charlie.step(1),
        reason: "403".to_owned(),
        cure: "mend it".to_owned(),
        exchanges: Vec::new(),
    };
    it.event(world.engine(NOW, failed));
    let kept = it.app.wall.rows.list.ids.clone();
    it.snapshot(&world);
    assert_eq!(kept, it.app.wall.rows.list.ids, "as if all had been sorted afresh");
    assert!(kept.iter().position(|id| *id == charlie).unwrap() < 2);
}

#[test]
fn what_passes_a_filter_no_more_goes_and_what_passes_now_comes() {
    let mut world = World::busy();
    let mut it = wall(&world, 120, 40);
    it.keys("/");
    it.type_text("state:closed");
    it.keys("enter");
    assert_eq!(it.app.wall.rows.list.ids, [OffboardingId(9)]);
    it.event(world.engine(NOW, Event::Closed { offboarding: OffboardingId(5) }));
    assert_eq!(it.app.wall.rows.list.ids.len(), 2);
    let notice = world.fleet.get(OffboardingId(1)).unwrap().notice.clone();
    let plan = Box::new(world.fleet.get(OffboardingId(1)).unwrap().plan.clone());
    let offboarding = OffboardingId(99);
    let opened = Event::Opened { offboarding, notice: Box::new(notice), plan, phase: Phase::Running };
    it.event(world.event(NOW, Actor::Engine, opened));
    assert_eq!(it.app.wall.rows.list.ids.len(), 2, "it runs");
}

#[test]
fn hostile_names_stay_in_their_row() {
    let mut world = World::busy();
    world.open(super::fleet::leaver("\u{1b}[31mRed\u{202e}"), ago(1_000), Phase::Running);
    world.open(super::fleet::leaver(&"東京".repeat(200)), ago(1_000), Phase::Running);
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let it = wall(&world, width, height);
        it.hides("\u{1b}");
        it.shows("\\u{1b}[31m");
        for line in it.screen().lines() {
            assert!(crate::tui::text::width(line) <= usize::from(width), "{line}");
        }
    }
}

/// What is held is that neither grows with the fleet: a frame costs what is visible, an event whom it is about.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are for who reads the run")]
fn ten_thousand_rows_cost_what_is_visible_and_what_has_changed() {
    let measure = |people: u64| {
        let mut world = layoff(people);
        let mut it = wall(&world, 120, 40);
        let mut events = Vec::new();
        for n in 0..200 {
            let id = OffboardingId(20 + n * (people / 220).max(1));
            let text = "nothing else".to_owned();
            events.push(world.event(NOW, Actor::Engine, Event::Paused { offboarding: id, reason: text }));
        }
        let mut spent = Duration::ZERO;
        for envelope in events {
            let line = Msg::Line(Box::new(EngineLine::Event(Box::new(envelope))));
            let begun = Instant::now();
            it.app.update(line);
            it.app.settle();
            spent += begun.elapsed();
        }
        let mut frame = Duration::MAX;
        let buffer = it.buffer();
        for _ in 0..5 {
            let begun = Instant::now();
            let again = it.buffer();
            frame = frame.min(begun.elapsed());
            assert_eq!(again, buffer);
        }
        it.keys("G");
        it.shows(if people > 1_000 { "above" } else { "people" });
        (spent / 200, frame)
    };
    let (few, many) = (measure(300), measure(10_000));
    println!("wall: an event {:?} among 300, {:?} among 10 000; a frame {:?} and {:?}", few.0, many.0, few.1, many.1);
    assert!(many.1 < few.1 * 4 + Duration::from_millis(5), "a frame: {few:?}, {many:?}");
    assert!(many.0 < few.0 * 4 + Duration::from_millis(2), "an event: {few:?}, {many:?}");
}
