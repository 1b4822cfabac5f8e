//! What can be done when, and what is said when it cannot.

use super::fleet::{World, ago, leaver, operator};
use super::harness::{Harness, welcome};
use crate::ipc::{EngineLine, Op, Welcome};
use crate::model::{Event, OffboardingId, Phase, Role};
use crate::tui::msg::{Cmd, Msg};

#[test]
fn a_read_only_console_refuses_every_act_with_the_reason() {
    for key in ["r", "R", "a", "x", "p", "X", "L"] {
        let mut it = Harness::cold(120, 40);
        it.line(EngineLine::Welcome(welcome(true)));
        it.snapshot(&World::busy());
        it.keys(key);
        assert_eq!(it.acts(), [], "{key}");
        it.shows("this console is read-only");
        it.shows("READ-ONLY");
        assert!(it.app.dialogs.is_empty());
    }
}

#[test]
fn what_a_role_may_not_do_is_refused_with_the_role_that_may() {
    let as_role = |role: Role| {
        let mut it = Harness::cold(120, 40);
        it.line(EngineLine::Welcome(Welcome { role, ..welcome(false) }));
        it.snapshot(&World::busy());
        it
    };
    for (role, keys, told) in [
        (Role::Viewer, "p", "it needs the role operator, and yours here is viewer"),
        (Role::Operator, "5 a", "it needs the role approver, and yours here is operator"),
        (Role::Operator, "5 * x", "it needs the role approver, and yours here is operator"),
    ] {
        let mut it = as_role(role);
        it.shows(&format!("as operator, {role}"));
        it.keys(keys);
        it.shows(told);
        assert_eq!((it.acts(), it.app.dialogs.len()), (vec![], 0), "{role} {keys}");
    }
    for (role, keys) in [(Role::Operator, "p"), (Role::Approver, "5 a"), (Role::Owner, "5 a")] {
        let mut it = as_role(role);
        it.keys(keys);
        it.hides("it needs the role");
    }
}

#[test]
fn whoever_asked_for_it_is_told_at_once_that_another_has_to_approve() {
    let mut world = World::busy();
    for person in world.fleet.offboardings.values_mut() {
        person.requester = operator();
    }
    let mut it = Harness::with(&world, 120, 40);
    it.keys("5 a");
    it.shows("you asked for this offboarding: a second person has to approve");
    it.keys("* a");
    assert_eq!((it.acts(), it.app.dialogs.len()), (vec![], 0));
    it.keys("x");
    assert_eq!(it.app.dialogs.len(), 1, "declining one's own is no danger");
}

#[test]
fn behind_a_terminal_that_is_too_small_no_key_does_anything_but_detach() {
    let mut it = Harness::busy(120, 40);
    it.send(Msg::Resize { width: 59, height: 15 });
    it.shows("terminal too small");
    it.keys("p x R 5 a X");
    it.send(Msg::Paste("pasted".to_owned()));
    it.send(Msg::Resize { width: 120, height: 40 });
    assert_eq!((it.acts(), it.app.dialogs.len()), (vec![], 0));
    it.shows("worst step");
    it.send(Msg::Resize { width: 59, height: 15 });
    it.press("ctrl-c");
    assert!(it.cmds.contains(&Cmd::Detach));
}

#[test]
fn an_engine_that_says_nothing_is_told_and_nothing_is_sent_to_it() {
    let mut it = Harness::busy(120, 40);
    it.wait(60_000);
    it.send(Msg::Silent { ms: Some(10_000) });
    it.shows("no answer for 10s");
    it.wait(4_000);
    it.shows("no answer for 14s");
    it.keys("r");
    assert_eq!(it.acts(), []);
    it.shows("the engine has not answered for 14s: nothing is sent until it does");
    it.send(Msg::Silent { ms: None });
    it.shows("live");
    it.keys("r");
    assert_eq!(it.acts().len(), 1);
}

#[test]
fn without_a_line_acts_are_refused_and_the_data_stays_with_its_age() {
    let mut it = Harness::busy(120, 40);
    it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
    it.wait(14_000);
    it.shows("reconnecting, data 14s old (try 1)");
    it.shows("Alfa Doe");
    it.keys("r");
    it.shows("retry: no line to the engine, and what is shown is 14s old");
    assert_eq!(it.acts(), []);
    it.line(EngineLine::Welcome(welcome(false)));
    it.shows("○ loading...");
    it.keys("r");
    assert_eq!(it.acts(), [], "connected, and still showing old rows");
    it.snapshot(&World::busy());
    it.shows("● live");
}

#[test]
fn pause_turns_into_resume() {
    let mut it = Harness::busy(80, 24);
    it.keys("p");
    assert!(matches!(&it.acts()[..], [Op::Pause { offboarding: Some(OffboardingId(1)), .. }]));
    let mut world = World::busy();
    let reason = "by hand".to_owned();
    let paused = world.event(ago(0), operator(), Event::Paused { offboarding: OffboardingId(1), reason });
    it.event(paused);
    it.app.board.rows.list.select(OffboardingId(1));
    it.shows("p resume");
    it.keys("p");
    assert_eq!(it.acts().last(), Some(&Op::Resume { offboarding: Some(OffboardingId(1)), revision: Some(1) }));
}

#[test]
fn an_act_on_one_person_refuses_marks() {
    let mut it = Harness::busy(80, 24);
    it.keys("* N");
    it.shows("takes one person at a time: Esc clears the marks");
}

#[test]
fn a_bulk_retry_is_of_the_marked() {
    let mut world = World::busy();
    for name in ["Kilo Doe", "Lima Doe", "Mike Doe"] {
        let id = world.running(name, ago(60_000));
        world.fail(id.step(0), ago(50_000));
    }
    let mut it = Harness::with(&world, 80, 24);
    it.keys("space space r");
    it.shows("Retry 2 failed steps of 2 people?");
    it.keys("y");
    assert_eq!(it.acts().len(), 2);
    assert_eq!(it.app.marked(), 0, "the marks were used");
}

#[test]
fn what_is_held_is_launched_after_a_y() {
    let mut world = World::empty();
    world.open(leaver("Alfa Doe"), ago(0), Phase::Held { reason: "flood".to_owned() });
    let mut it = Harness::with(&world, 80, 24);
    it.keys("L");
    it.shows("Cut every access of Alfa Doe?");
    it.keys("y");
    assert_eq!(it.acts(), [Op::Launch { offboarding: OffboardingId(1), revision: Some(0) }]);
}

#[test]
fn a_gap_asks_for_a_snapshot_once() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 80, 24);
    world.engine(ago(0), Event::EngineResumed {});
    for _ in 0..2 {
        let later = world.engine(ago(0), Event::EngineResumed {});
        it.event(later);
    }
    assert_eq!(it.cmds.iter().filter(|cmd| **cmd == Cmd::Subscribe).count(), 1);
    it.shows("loading...");
    it.snapshot(&world);
    it.shows("live");
}

#[test]
fn a_paste_outside_a_field_presses_no_keys() {
    let mut it = Harness::busy(80, 24);
    it.send(Msg::Paste("rXq".to_owned()));
    assert_eq!(it.cmds, []);
    assert!(it.app.dialogs.is_empty());
}

#[test]
fn q_leads_back_and_detaches_from_the_dashboard_only() {
    let mut it = Harness::busy(80, 24);
    it.keys("enter q");
    assert!(!it.cmds.contains(&Cmd::Detach));
    it.keys("esc");
    assert!(!it.cmds.contains(&Cmd::Detach), "Esc never detaches");
    it.keys("q");
    assert_eq!(it.cmds.last(), Some(&Cmd::Detach));
}

#[test]
fn the_selected_steps_journal_is_fetched_once_a_revision() {
    let mut it = Harness::busy(120, 40);
    it.keys("enter j j k k");
    let asked: Vec<_> = it.asked().into_iter().map(|(_, op)| op).collect();
    let step = |ord| Op::Timeline { offboarding: OffboardingId(1), step: Some(ord) };
    assert_eq!(asked, [step(1), step(2), step(3), step(2), step(1)]);
    it.wait(5_000);
    assert_eq!(it.asked().len(), 5, "waiting asks for nothing");
}

#[test]
fn the_timeline_grows_and_stops_following_when_scrolled_up() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 80, 24);
    it.keys("A");
    it.answer(Ok(super::archive::everything_of(&world, &[OffboardingId(1)])));
    it.shows("following");
    it.shows("403 E0000006");
    let requeued = Event::StepRequeued { step: OffboardingId(1).step(1), why: "a person asked".to_owned() };
    it.event(world.event(ago(0), operator(), requeued));
    it.shows("queued afresh: a person asked");
    it.keys("k");
    it.hides("following");
    it.keys("esc");
    it.shows("worst step");
}

#[test]
fn ticks_only_while_a_clock_is_visible() {
    assert!(Harness::busy(80, 24).app.ticks());
    let mut world = World::empty();
    let id = world.running("Alfa Doe", ago(9_000_000));
    world.done_up_to(id, 11, ago(8_000_000));
    world.engine(ago(1_000), Event::Closed { offboarding: id });
    assert!(!Harness::with(&world, 80, 24).app.ticks());
    assert!(!Harness::with(&World::empty(), 80, 24).app.ticks());
}
