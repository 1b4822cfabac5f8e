//! Notes, exports, payloads and logs.

use super::fleet::{World, ago, operator};
use super::harness::Harness;
use crate::ipc::{Evidence, Op, Reply};
use crate::model::{Event, OffboardingId};
use crate::tui::msg::{Cmd, Msg};

const ALFA: OffboardingId = OffboardingId(1);

#[test]
fn a_note_of_several_lines_is_written_down_and_shown() {
    let mut it = Harness::busy(120, 40);
    it.keys("N enter");
    it.shows("nothing is written yet");
    it.type_text("laptop handed in").keys("ctrl-j");
    it.type_text("at the desk").keys("enter");
    let text = "laptop handed in\nat the desk".to_owned();
    assert_eq!(it.acts(), [Op::Note { offboarding: ALFA, text: text.clone() }]);
    let mut world = World::busy();
    let noted = world.event(ago(0), operator(), Event::NoteAdded { offboarding: ALFA, text });
    it.event(noted);
    it.keys("d");
    it.shows("by operator (uid 501)");
    it.shows("laptop handed in");
    it.shows("at the desk");
}

#[test]
fn a_reason_of_several_lines_is_shown_on_several_and_where_there_is_one_joined() {
    let mut it = Harness::busy(120, 40);
    it.keys("X");
    it.type_text("resignation withdrawn").keys("ctrl-j");
    it.type_text("by her manager").keys("enter");
    it.hides("\\n");
    it.shows("why         resignation withdrawn  ");
    it.shows("            by her manager  ");
    let mut world = World::busy();
    let reason = "resignation withdrawn\nby her manager".to_owned();
    world.event(ago(0), operator(), Event::Aborted { offboarding: ALFA, reason });
    it.keys("esc");
    it.snapshot(&world);
    it.keys("/");
    it.type_text("alfa").keys("enter enter");
    it.shows("aborted: resignation withdrawn / by her manager");
    it.hides("\\n");
    it.keys("A");
    let events = world.journal.iter().filter(|it| it.event.offboarding() == Some(ALFA)).cloned().collect();
    let page = crate::ipc::PersonPage { offboardings: vec![ALFA], events, erased: 0, more: false };
    it.answer(Ok(Reply::Person(Box::new(page))));
    it.shows("aborted: resignation withdrawn\n");
    it.shows("by her manager (by operator");
    it.keys("w");
    it.shows("aborted: resignation withdrawn / by her manager");
}

#[test]
fn a_long_line_wraps_while_it_is_written() {
    let mut it = Harness::busy(80, 24);
    it.keys("N");
    let words: Vec<_> = (0..30).map(|n| format!("word{n}")).collect();
    it.type_text(&words.join(" "));
    it.shows("word0 word1");
    it.shows("word29");
}

#[test]
fn an_enter_that_was_pressed_before_the_editor_was_there_writes_nothing() {
    let mut it = Harness::busy(120, 40);
    it.press("N");
    it.type_text("X");
    it.press("enter");
    assert_eq!(it.acts(), []);
    it.shows("Note on ob-1");
}

#[test]
fn a_note_that_is_too_long_is_not_cut_but_refused_and_a_paste_keeps_its_lines() {
    let mut it = Harness::busy(120, 40);
    it.keys("N");
    it.send(Msg::Paste(format!("first\nsecond\u{1b}[31m\n{}", "x".repeat(10_000))));
    it.keys("enter");
    it.shows("and 10000 are the most: shorten it");
    assert_eq!(it.acts(), []);
    it.keys("esc N");
    it.send(Msg::Paste("first\nsecond\u{1b}[31m".to_owned()));
    it.keys("enter");
    let text = "first\nsecond".to_owned();
    assert_eq!(it.acts(), [Op::Note { offboarding: ALFA, text }], "no escape, neither raw nor as letters");
}

#[test]
fn a_paste_has_the_lines_that_it_had_where_it_was_copied() {
    let mut it = Harness::busy(120, 40);
    it.keys("N");
    it.send(Msg::Paste("first\rsecond\r\n\tthird".to_owned()));
    it.keys("enter");
    let text = "first\nsecond\n    third".to_owned();
    assert_eq!(it.acts(), [Op::Note { offboarding: ALFA, text }]);
}

pub(super) fn evidence(to: &str) -> Reply {
    Reply::Evidence(Box::new(Evidence {
        to: to.to_owned(),
        files: 31,
        events: 12,
        origin: "corp.example/log".to_owned(),
        size: 4_711,
        root: "cm9vdA==".to_owned(),
        verifier_key: "corp.example/log+1f2e3d4c+AbCd".to_owned(),
        unsigned: 2,
    }))
}

#[test]
fn evidence_says_where_it_is_and_how_it_is_checked() {
    let mut it = Harness::busy(120, 40);
    it.keys("e");
    assert_eq!(it.acts(), [Op::Export { offboarding: ALFA }]);
    it.shows("writing the evidence of Alfa Doe");
    let to = "/var/lib/nightlatch/exports/ob-1-20261123T120000Z".to_owned();
    it.answer(Ok(evidence(&to)));
    for said in [to.as_str(), "31 files", "2 events that no checkpoint is over yet", "VERIFY.md", "MANIFEST.sha256"] {
        it.shows(said);
    }
    it.keys("y");
    assert_eq!(it.cmds.last(), Some(&Cmd::Copy(to)));
}

/// On the failed step of the first person's offboarding, with the answer to the last key pressed.
fn on_step(key: &str) -> (World, Harness) {
    let world = World::busy();
    let mut it = Harness::with(&world, 120, 40);
    it.keys("enter");
    it.keys(key);
    let step = ALFA.step(1);
    assert_eq!(it.asked().last().map(|(_, op)| op.clone()), Some(Op::Timeline { offboarding: ALFA, step: Some(1) }));
    let journal = world.journal.iter().filter(|it| it.event.step() == Some(step)).cloned().collect();
    it.answer(Ok(Reply::Timeline(journal)));
    (world, it)
}

#[test]
fn payloads_are_the_journals_json() {
    let (_, mut it) = on_step("Y");
    it.shows("payloads of ob-1/1 okta.suspend for Alfa Doe, redacted");
    it.shows("\"request\": \"POST /api/v1/users/00u1/lifecycle/suspend\"");
    it.shows("\"status\": 403");
    it.keys("t");
    it.hides("11:56:");
    it.keys("esc");
    it.shows("plan  ");
}

#[test]
fn a_steps_log_follows_what_happens_to_that_step_alone() {
    let (mut world, mut it) = on_step("l");
    it.shows("log of ob-1/1 okta.suspend for Alfa Doe  following");
    it.shows("failed: 403 E0000006");
    let again = |ord: u16, why: &str| Event::StepRequeued { step: ALFA.step(ord), why: why.to_owned() };
    it.event(world.event(ago(0), operator(), again(1, "a person asked")));
    it.event(world.event(ago(0), operator(), again(0, "somebody else's")));
    it.shows("queued afresh: a person asked");
    it.hides("somebody else's");
    it.keys("f");
    it.hides("following");
}

#[test]
fn a_step_that_never_called_has_no_payloads() {
    let mut it = Harness::busy(120, 40);
    it.keys("enter G Y");
    it.answer(Ok(Reply::Timeline(Vec::new())));
    it.shows("no call of this step is in the journal");
}
