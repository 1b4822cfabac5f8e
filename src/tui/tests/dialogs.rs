//! The three tiers: what confirms, and what must not.

use super::fleet::{World, ago};
use super::harness::Harness;
use crate::ipc::{ErrorCode, Op, Refusal, Reply};
use crate::model::OffboardingId;
use crate::tui::msg::{Cmd, Msg};

/// On the approvals screen with the dialog of the first approval open and read.
fn approving() -> Harness {
    let mut it = Harness::busy(120, 40);
    it.keys("5 a");
    it.shows("To go on, type the leaver's login: foxtrot.doe");
    it
}

#[test]
fn tier_1_is_done_at_once_and_the_engines_words_are_shown() {
    let mut it = Harness::busy(80, 24);
    it.keys("r");
    let acts = it.acts();
    assert_eq!(acts, [Op::Retry { step: OffboardingId(1).step(1), revision: Some(2) }]);
    it.answer(Ok(Reply::Done {
        message: "okta.suspend of Alfa Doe is queued afresh".to_owned(),
        offboardings: vec![],
    }));
    it.shows("okta.suspend of Alfa Doe is queued afresh");
}

#[test]
fn tier_2_is_confirmed_by_y_alone() {
    for (keys, confirmed) in [("R enter", false), ("R R", false), ("R n", false), ("R esc", false), ("R y", true)] {
        let mut it = Harness::busy(80, 24);
        it.keys(keys);
        let sent = matches!(it.acts().as_slice(), [Op::Retry { step, revision: Some(2) }] if *step == OffboardingId(1).step(1));
        assert_eq!(sent, confirmed, "{keys}");
    }
}

#[test]
fn tier_2_drops_keys_that_were_pressed_before_it_could_be_read() {
    let mut it = Harness::busy(80, 24);
    it.press("R");
    it.press("y");
    it.wait(299);
    it.press("y");
    assert_eq!(it.acts(), [], "too early");
    it.shows("Retry 1 failed step of 1 person?");
    it.wait(1);
    it.press("y");
    assert_eq!(it.acts().len(), 1);
}

#[test]
fn the_deaf_time_counts_from_when_the_dialog_was_drawn() {
    let mut it = Harness::busy(80, 24);
    it.press("R");
    // The line is slow: seconds pass before the dialog is on the terminal.
    it.send(Msg::Clock { now: super::fleet::NOW, steady: 60_000 });
    it.press("y");
    assert_eq!(it.acts(), []);
}

#[test]
fn tier_3_takes_the_login_and_nothing_else() {
    let mut it = approving();
    it.type_text("y").keys("enter");
    it.shows("nothing was done: that is not foxtrot.doe");
    it.keys("backspace enter");
    it.shows("nothing was done: type foxtrot.doe first");
    assert_eq!(it.acts(), []);
    it.type_text("foxtrot.doe").keys("enter");
    let [Op::Approve { step, typed, plan_digest, revision }] = &it.acts()[..] else { panic!("{:?}", it.acts()) };
    assert_eq!((step.to_string().as_str(), typed.as_str(), *revision), ("ob-6/9", "foxtrot.doe", Some(1)));
    assert!(plan_digest.starts_with("3f9a1c0b"));
}

#[test]
fn tier_3_refuses_a_paste() {
    let mut it = approving();
    it.send(Msg::Paste("foxtrot.doe".to_owned()));
    it.shows("a paste is refused here");
    it.keys("enter");
    assert_eq!(it.acts(), []);
}

#[test]
fn tier_3_drops_what_was_typed_before_it_could_be_read() {
    let mut it = Harness::busy(120, 40);
    it.keys("5");
    it.press("a");
    it.type_text("foxtrot.doe");
    it.press("enter");
    it.wait(299);
    it.type_text("foxtrot.doe");
    it.press("enter");
    assert_eq!(it.acts(), []);
}

#[test]
fn tier_3_says_what_where_whom_and_what_cannot_be_undone() {
    let it = approving();
    for said in [
        "Delete SSH keys and personal access tokens (github.delete-keys)",
        "Foxtrot Doe <foxtrot.doe@corp.example>, login foxtrot.doe, ob-6",
        "github: ",
        "irreversible",
        "nothing brings it back",
        "hris bamboohr",
        "3f9a1c0b7d52e8466a01bb9f2c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e",
    ] {
        it.shows(said);
    }
}

#[test]
fn bulk_approval_takes_the_count_and_the_list_that_was_shown() {
    let mut it = Harness::busy(120, 40);
    it.keys("5 * a");
    it.shows("To go on, type the count: 3");
    // One more comes while the dialog is open: it is not of the list.
    let mut world = World::busy();
    let late = world.running("Kilo Doe", ago(5_000));
    world.ask(late.step(10), ago(1_000));
    it.snapshot(&world);
    it.type_text("3").keys("enter");
    let mut logins = it.approved();
    logins.sort();
    assert_eq!(logins, ["bravo.doe", "bravo.doe", "foxtrot.doe"]);
}

#[test]
fn abort_asks_for_a_reason_and_then_for_the_login() {
    let mut it = Harness::busy(120, 40);
    it.keys("X enter");
    it.shows("a reason is needed");
    it.type_text("resignation withdrawn").keys("enter");
    it.shows("type the leaver's login: alfa.doe");
    it.shows("8 of 11 steps will never run");
    it.type_text("alfa.doe").keys("enter");
    let [Op::Abort { offboarding, typed, reason, revision }] = &it.acts()[..] else { panic!("{:?}", it.acts()) };
    assert_eq!((*offboarding, *revision), (OffboardingId(1), Some(0)));
    assert_eq!((typed.as_str(), reason.as_str()), ("alfa.doe", "resignation withdrawn"));
}

#[test]
fn reject_asks_for_a_reason_and_once_more() {
    let mut it = Harness::busy(120, 40);
    it.keys("5 x");
    it.type_text("keep the keys").keys("enter enter");
    assert_eq!(it.acts(), [], "Enter cancels the question");
    it.keys("x");
    it.type_text("keep the keys").keys("enter y");
    assert!(matches!(&it.acts()[..], [Op::Reject { reason, .. }] if reason == "keep the keys"));
}

#[test]
fn a_refusal_says_what_was_kept_and_what_to_press() {
    let mut it = approving();
    it.type_text("foxtrot.doe").keys("enter");
    it.answer(Err(Refusal::new(ErrorCode::Stale, "ob-6/9 has changed since you looked")));
    it.shows("Refused: approve");
    it.shows("github.delete-keys of Foxtrot Doe: ob-6/9 has changed since you looked");
    it.shows("nothing was changed by this");
    it.shows("look at the row again");
    it.keys("esc");
    it.hides("Refused");
}

#[test]
fn what_was_confirmed_after_the_line_went_is_not_sent() {
    let mut it = approving();
    it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 100 });
    it.type_text("foxtrot.doe").keys("enter");
    it.shows("Not sent: approve");
    assert_eq!(it.acts(), []);
}

#[test]
fn ctrl_c_detaches_from_inside_any_dialog() {
    let mut it = approving();
    it.keys("ctrl-c");
    assert_eq!(it.cmds.last(), Some(&Cmd::Detach));
    assert_eq!(it.app.in_progress(), 9);
}

#[test]
fn the_copy_menu_uses_osc_52_and_says_so() {
    let mut it = Harness::busy(80, 24);
    it.keys("y e");
    assert_eq!(it.cmds.last(), Some(&Cmd::Copy("alfa.doe@corp.example".to_owned())));
    it.shows("copied the e-mail (OSC 52");
}
