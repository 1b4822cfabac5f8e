//! Legal holds at the console: on with a reason, off by two people, and shown wherever somebody could miss it.

use super::fleet::{World, ago, operator};
use super::harness::{Harness, welcome};
use super::looks::{SIZES, looks};
use crate::ipc::{EngineLine, Op};
use crate::model::{Actor, Event, HoldChange, OffboardingId};

const BRAVO: OffboardingId = OffboardingId(2);

fn somebody(uid: u32) -> Actor {
    Actor::Operator { uid, login: format!("user{uid}") }
}

fn placed(world: &mut World, by: Actor) {
    let reason = "Doe v. Corp".to_owned();
    world.event(ago(90_000), by, Event::LegalHoldPlaced { offboarding: BRAVO, reason });
}

fn asked(world: &mut World, by: Actor) {
    let reason = "settled".to_owned();
    world.event(ago(60_000), by, Event::LegalHoldLiftAsked { offboarding: BRAVO, reason });
}

/// Bravo, whose deletion waits for consent, is selected.
fn on_bravo(world: &World, width: u16, height: u16) -> Harness {
    let mut it = Harness::with(world, width, height);
    it.app.board.rows.list.select(BRAVO);
    it
}

#[test]
fn a_hold_takes_a_reason_and_a_y_that_was_pressed_after_it_was_read() {
    let mut it = on_bravo(&World::busy(), 120, 40);
    it.keys("H enter");
    it.shows("a reason is needed");
    it.type_text("Doe v. Corp");
    it.press("enter");
    it.press("y");
    assert_eq!(it.acts(), [], "too early to have been read");
    it.wait(400);
    it.shows("Put Bravo Doe under legal hold?");
    it.shows("nothing is deleted");
    it.keys("H enter");
    assert_eq!(it.acts(), [], "neither the key that opened it nor Enter confirms");
    it.keys("H");
    it.type_text("Doe v. Corp").keys("enter y");
    let [Op::Hold { offboarding, revision, change, reason }] = &it.acts()[..] else { panic!("{:?}", it.acts()) };
    assert_eq!((*offboarding, *revision, *change), (BRAVO, Some(0), HoldChange::Place));
    assert_eq!(reason, "Doe v. Corp");
}

#[test]
fn a_hold_is_asked_off_by_one_and_taken_off_by_another() {
    let mut world = World::busy();
    placed(&mut world, operator());
    let mut it = on_bravo(&world, 120, 40);
    it.keys("H");
    it.type_text("settled").keys("enter");
    it.shows("Ask to lift the legal hold of Bravo Doe?");
    it.shows("nothing changes before a second person agrees");
    it.keys("y");
    assert!(matches!(&it.acts()[..], [Op::Hold { change: HoldChange::AskLift, revision: Some(1), .. }]));

    let mut world = World::busy();
    placed(&mut world, somebody(7));
    asked(&mut world, somebody(8));
    let mut it = on_bravo(&world, 120, 40);
    it.keys("H");
    it.shows("Lift the legal hold of Bravo Doe?");
    it.shows("settled, by user8 (uid 8)");
    it.keys("enter");
    assert_eq!(it.acts(), []);
    it.keys("H y");
    assert!(matches!(&it.acts()[..], [Op::Hold { change: HoldChange::Lift, revision: Some(2), .. }]));
}

#[test]
fn who_put_it_on_or_asked_is_told_that_they_are_not_the_second_person() {
    for (by, lifter, why) in [
        (operator(), somebody(8), "you put it on yourself"),
        (somebody(7), operator(), "you asked to lift it yourself"),
    ] {
        let mut world = World::busy();
        placed(&mut world, by);
        asked(&mut world, lifter);
        let mut it = on_bravo(&world, 120, 40);
        it.keys("H");
        it.shows(why);
        assert!(it.app.dialogs.is_empty());
    }
}

#[test]
fn the_wish_to_lift_can_be_declined_from_the_palette() {
    let mut world = World::busy();
    placed(&mut world, operator());
    asked(&mut world, somebody(8));
    let mut it = on_bravo(&world, 120, 40);
    it.keys(":").type_text("keep-hold").keys("enter");
    it.type_text("an appeal").keys("enter y");
    assert!(matches!(&it.acts()[..], [Op::Hold { change: HoldChange::Keep, reason, .. }] if reason == "an appeal"));
}

#[test]
fn a_held_step_cannot_be_approved_and_says_why_and_is_seen_everywhere() {
    let mut world = World::busy();
    placed(&mut world, somebody(7));
    let mut it = on_bravo(&world, 120, 40);
    it.shows("▣ Bravo Doe");
    it.shows("▣ legal hold");
    it.keys("a");
    it.shows("approve: held by legal hold: Doe v. Corp");
    assert!(it.app.dialogs.is_empty());
    it.keys("enter");
    it.shows("▣ legal hold: Doe v. Corp");
    it.shows("held by legal hold: Doe v. Corp");
    it.keys("3");
    it.shows("▣ Bravo Doe");
    it.keys("5");
    it.shows("▣ held");
    it.keys("* a");
    it.shows("2 steps under legal hold: not of this list");
    it.shows("To go on, type the leaver's login: foxtrot.doe");
}

#[test]
fn a_read_only_console_and_one_without_a_line_hold_nobody() {
    for key in ["H", "N", "u", "e"] {
        let mut it = Harness::cold(120, 40);
        it.line(EngineLine::Welcome(welcome(true)));
        it.snapshot(&World::busy());
        it.keys(key);
        it.shows("this console is read-only");
        assert!(it.asked().is_empty() && it.app.dialogs.is_empty());
    }
}

#[test]
fn many_are_held_by_one_reason_and_the_list_is_that_of_the_question() {
    let mut world = World::busy();
    placed(&mut world, operator());
    let mut it = Harness::with(&world, 120, 40);
    it.keys("* H");
    it.snapshot(&World::empty());
    it.type_text("the merger").keys("enter");
    it.shows("Put 9 people under legal hold?");
    it.keys("y");
    let held: Vec<_> = it
        .acts()
        .into_iter()
        .map(|op| match op {
            Op::Hold { offboarding, change: HoldChange::Place, reason, .. } if reason == "the merger" => offboarding,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(held.len(), 9);
    assert!(!held.contains(&BRAVO), "who is held already is not held twice");
}

#[test]
fn how_a_hold_looks() {
    for (width, height) in SIZES {
        let mut world = World::busy();
        placed(&mut world, somebody(7));
        asked(&mut world, somebody(8));
        let noted = Event::NoteAdded { offboarding: BRAVO, text: "counsel has called\nshe calls back".to_owned() };
        world.event(ago(30_000), operator(), noted);
        let mut it = on_bravo(&world, width, height);
        looks("hold_dashboard", &it);
        it.keys("H");
        looks("hold_lift", &it);
        it.keys("esc d");
        looks("hold_details", &it);
        it.keys("esc enter");
        looks("hold_offboarding", &it);
        it.keys("5");
        looks("hold_approvals", &it);
    }
}
