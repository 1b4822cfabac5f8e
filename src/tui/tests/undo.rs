//! Undo at the console: what comes back is shown first, then a reason and the login are asked for.

use super::fleet::{NOW, World, ago, leaver, plan};
use super::harness::Harness;
use crate::ipc::{ErrorCode, Op, Refusal, Reply};
use crate::model::*;
use crate::tui::msg::Msg;

const ALFA: OffboardingId = OffboardingId(1);

/// Alfa was offboarded, wholly.
fn closed() -> World {
    let mut world = World::empty();
    let alfa = world.running("Alfa Doe", ago(9_000_000));
    world.done_up_to(alfa, 11, ago(8_000_000));
    world.engine(ago(1_000_000), Event::Closed { offboarding: alfa });
    world
}

pub(super) fn restoration() -> Reply {
    let account =
        Account { id: "00u1".to_owned(), label: "alfa.doe@corp.example".to_owned(), matched_on: "login".to_owned() };
    let mut whole = plan("alfa");
    let until = Some(NOW.plus_ms(86_400_000));
    let given = |ord: u16, title: &str, until| {
        let account = account.clone();
        let gives_back = GivesBack { step: ALFA.step(ord), account, before: serde_json::json!({}), until };
        let mut step = whole.steps[usize::from(ord)].clone();
        step.title = title.to_owned();
        step.gives_back = Some(Box::new(gives_back));
        step
    };
    let steps = vec![
        given(0, "The Google Workspace account is made active again", None),
        given(1, "The Okta user is made active again", until),
        given(2, "The Slack member is made active again", None),
    ];
    whole.steps = steps.into();
    let why = "it has no undo".to_owned();
    let lost = Lost { step: ALFA.step(10), action: "google.delete".parse().unwrap(), why };
    Reply::Restoration(Box::new(Restoration { plan: whole, lost: vec![lost] }))
}

/// Asked what the undo of one step would give back.
pub(super) fn on_a_step(width: u16, height: u16) -> Harness {
    let mut it = Harness::with(&closed(), width, height);
    it.keys("enter j u");
    it
}

fn dry_run(steps: Vec<u16>) -> Op {
    let (typed, reason) = (String::new(), String::new());
    Op::Undo { offboarding: ALFA, steps, revision: None, typed, reason, dry_run: true }
}

#[test]
fn what_cannot_come_back_stands_before_what_can() {
    let mut it = Harness::with(&closed(), 80, 24);
    it.keys("u");
    it.answer(Ok(restoration()));
    let first = |it: &Harness| {
        let screen = it.screen();
        assert!(screen.find("stays done").unwrap() < screen.find("comes back  ").unwrap(), "{screen}");
    };
    first(&it);
    it.keys("y");
    it.type_text("the wrong person").keys("enter");
    first(&it);
}

#[test]
fn an_undo_shows_what_comes_back_and_what_cannot_and_until_when_then_asks_why_and_for_the_login() {
    let mut it = Harness::with(&closed(), 120, 40);
    it.keys("u");
    assert_eq!(it.asked().pop().unwrap().1, dry_run(vec![]));
    it.shows("asking the engine what would come back");
    it.keys("y");
    it.shows("asking the engine");
    it.answer(Ok(restoration()));
    it.shows("okta.suspend: The Okta user is made active again;");
    it.shows("alfa.doe@corp.example; until 2026-11-24 12:00 (1d00h more)");
    it.shows("google.delete: it has no undo");
    it.keys("y enter");
    it.shows("a reason is needed");
    it.type_text("the wrong person").keys("enter");
    it.shows("type the leaver's login: alfa.doe");
    it.shows("the access that comes back is alive at once");
    it.keys("enter y enter");
    assert_eq!(it.acts(), [], "neither y nor Enter takes the place of the login");
    it.keys("ctrl-u");
    it.send(Msg::Paste("alfa.doe".to_owned()));
    it.shows("a paste is refused here");
    it.keys("enter");
    assert_eq!(it.acts(), []);
    it.type_text("alfa.doe").keys("enter");
    let expected = Op::Undo {
        offboarding: ALFA,
        steps: vec![],
        revision: Some(1),
        typed: "alfa.doe".to_owned(),
        reason: "the wrong person".to_owned(),
        dry_run: false,
    };
    assert_eq!(it.acts(), [expected]);
}

#[test]
fn the_dialog_is_answered_neither_by_its_own_key_nor_by_enter_nor_before_it_was_read() {
    for keys in ["u", "enter"] {
        let mut it = Harness::with(&closed(), 80, 24);
        it.press("u");
        it.answer(Ok(restoration()));
        it.press("y");
        assert_eq!(it.app.dialogs.len(), 1, "too early");
        it.wait(400);
        it.keys(keys);
        it.hides("Why?");
        assert_eq!(it.acts(), []);
    }
}

#[test]
fn on_a_step_that_step_alone_or_the_whole_is_offered() {
    let mut it = on_a_step(120, 40);
    assert_eq!(it.asked().pop().unwrap().1, dry_run(vec![1]));
    it.answer(Ok(restoration()));
    it.shows("Undo ob-1/1: what would come back");
    it.keys("s");
    assert_eq!(it.asked().pop().unwrap().1, dry_run(vec![]));
    it.shows("asking the engine");
    it.answer(Ok(restoration()));
    it.shows("s  only okta.suspend");
}

#[test]
fn an_answer_to_the_question_before_is_not_taken_for_this_one() {
    let mut it = on_a_step(120, 40);
    let (ticket, _) = it.asked().pop().unwrap();
    it.keys("s");
    it.send(Msg::Answer { ticket, result: Ok(restoration()) });
    it.shows("asking the engine");
}

#[test]
fn what_runs_is_stopped_first_and_an_engines_no_is_shown() {
    let mut it = Harness::busy(120, 40);
    it.keys("u");
    it.shows("undo: it is running: stop it first, p pauses and X aborts");
    assert!(it.asked().is_empty());
    let mut it = Harness::with(&closed(), 120, 40);
    it.keys("u");
    it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the journal is busy")));
    it.shows("the journal is busy");
    it.keys("y");
    it.shows("the journal is busy");
}

#[test]
fn somebody_whom_the_console_does_not_hold_is_fetched_first() {
    let world = closed();
    let person = Box::new(world.fleet.get(ALFA).unwrap().clone());
    let mut it = Harness::with(&World::empty(), 120, 40);
    it.keys("6");
    it.app.archive.list.replace(vec![ALFA]);
    it.keys("u");
    assert_eq!(it.asked().pop().unwrap().1, Op::Show { offboarding: ALFA });
    it.answer(Ok(Reply::Offboarding(person)));
    assert_eq!(it.asked().pop().unwrap().1, dry_run(vec![]));
    it.shows("Alfa Doe <alfa.doe@corp.example>");
    assert_eq!(leaver("Alfa Doe").login, "alfa.doe");
}
