//! Legal holds: what waits, what goes on, and who may take them off.

use super::*;
use crate::engine::command::{AddNote, Hold};
use crate::model::HoldChange::{self, AskLift, Keep, Lift, Place};
use crate::model::note;

const OB: OffboardingId = OffboardingId(1);

impl Bench {
    fn hold(&mut self, change: HoldChange, reason: &str, by: u32) -> Result<String, Refusal> {
        let of = Box::new(self.core.fleet().get(OB).unwrap().clone());
        let hold = Hold { of, revision: None, change, reason: reason.to_owned() };
        self.command(Command::Hold(hold), operator(by))
    }

    fn lift(&mut self) {
        self.hold(AskLift, "settled", 2).unwrap();
        self.hold(Lift, "", 3).unwrap();
    }

    fn approve(&mut self) -> Result<String, Refusal> {
        let typed = "alfa.doe".to_owned();
        let approve = Command::Approve { step: OB.step(1), revision: None, plan_digest: "d1".to_owned(), typed };
        self.command(approve, operator(6))
    }

    /// A suspension under way, and a deletion that waits for it and for a consent.
    fn leaving() -> Self {
        let mut bench = Self::new();
        bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), delete()], hris());
        bench
    }

    fn word(&self, ord: u16) -> &'static str {
        self.state(1, ord).word()
    }
}

#[test]
fn access_is_cut_under_a_legal_hold_and_nothing_is_deleted_or_asked_about_before_it_is_lifted() {
    let mut bench = Bench::leaving();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    bench.acknowledge_and_verify();
    assert_eq!((bench.word(0), bench.word(1)), ("done", "waiting"), "the access is cut, the deletion waits");
    bench.lift();
    assert_eq!(bench.word(1), "approval");
    bench.approve().unwrap();
    bench.acknowledge_and_verify();
    assert_eq!(bench.phase(1), &Phase::Closed);
}

#[test]
fn what_waits_for_consent_under_a_legal_hold_cannot_be_approved_but_declined() {
    let mut bench = Bench::leaving();
    bench.acknowledge_and_verify();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    let told = bench.approve().unwrap_err();
    assert_eq!(told.code, ErrorCode::Conflict);
    assert!(told.message.contains("held by legal hold: Doe v. Corp"), "{}", told.message);
    let reject = Command::Reject { step: OB.step(1), revision: None, reason: "the data is needed".to_owned() };
    bench.command(reject, operator(6)).unwrap();
    assert_eq!(bench.phase(1), &Phase::Closed);
}

#[test]
fn a_consent_that_was_given_before_the_hold_starts_nothing_and_runs_out() {
    let mut bench = Bench::leaving();
    bench.acknowledge_and_verify();
    bench
        .command(Command::Pause { target: Target::One(OB), revision: None, reason: String::new() }, operator(6))
        .unwrap();
    bench.approve().unwrap();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    bench.command(Command::Resume { target: Target::One(OB), revision: None }, operator(6)).unwrap();
    assert!(bench.jobs.is_empty());
    bench.now = bench.now.plus_ms(60_001);
    bench.lift();
    assert_eq!(bench.word(1), "approval", "it is asked for again");
    assert!(bench.jobs.is_empty());
}

#[test]
fn a_hold_that_comes_while_the_deletion_is_on_the_wire_does_not_lose_track_of_it() {
    for lost in [false, true] {
        let mut bench = Bench::leaving();
        bench.acknowledge_and_verify();
        bench.approve().unwrap();
        bench.hold(Place, "Doe v. Corp", 1).unwrap();
        assert_eq!(bench.word(1), "running");
        if lost {
            bench.end_job(JobResult::Acted(Outcome::Ambiguous { reason: "no answer".to_owned() }));
            bench.now = bench.now.plus_ms(60_000);
            bench.feed(Input::Tick);
            bench.end_job(JobResult::Read(Verdict::Alive { evidence: "active".to_owned() }));
            bench.now = bench.now.plus_ms(10_000);
            bench.feed(Input::Tick);
            bench.end_job(JobResult::Read(Verdict::Alive { evidence: "active".to_owned() }));
            assert_eq!((bench.word(1), bench.jobs.len()), ("waiting", 0), "it did not happen, and is not repeated");
        } else {
            bench.acknowledge_and_verify();
            assert_eq!(bench.phase(1), &Phase::Closed);
        }
    }
}

#[test]
fn a_deletion_that_was_to_be_tried_again_waits_for_the_lift_and_no_more_for_its_system() {
    let mut bench = Bench::leaving();
    bench.acknowledge_and_verify();
    bench.approve().unwrap();
    bench.end_job(JobResult::Acted(Outcome::Retry { reason: "503".to_owned(), after_ms: None, throttled: false }));
    assert_eq!(bench.word(1), "retrying");
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    bench.now = bench.now.plus_ms(86_400_000);
    bench.feed(Input::Tick);
    assert!(bench.jobs.is_empty());
    assert!(bench.core.fleet().alerts.is_empty(), "no system is to blame: {:?}", bench.core.fleet().alerts);
}

#[test]
fn one_person_alone_takes_no_hold_off() {
    let mut bench = Bench::leaving();
    assert_eq!(bench.hold(Place, " ", 1).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(bench.hold(AskLift, "why", 1).unwrap_err().code, ErrorCode::Conflict);
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    assert!(bench.hold(Place, "again", 2).unwrap_err().message.contains("under legal hold already"));
    let told = bench.hold(Lift, "", 2).unwrap_err();
    assert!(told.message.contains("nobody has asked"), "{}", told.message);
    bench.hold(AskLift, "settled", 2).unwrap();
    for (by, why) in [(2, "you asked to lift it yourself"), (1, "you put it on yourself")] {
        let told = bench.hold(Lift, "", by).unwrap_err();
        assert!(told.code == ErrorCode::Forbidden && told.message.contains(why), "{}", told.message);
    }
    assert!(bench.hold(AskLift, "me too", 3).unwrap_err().message.contains("has asked to lift it already"));
    bench.hold(Keep, "an appeal", 3).unwrap();
    assert!(bench.core.fleet().get(OB).unwrap().legal_hold.as_ref().is_some_and(|it| it.lift.is_none()));
    // Who put it on may ask, and then another agrees.
    bench.hold(AskLift, "settled", 1).unwrap();
    bench.hold(Lift, "", 2).unwrap();
    assert_eq!(bench.core.fleet().get(OB).unwrap().legal_hold, None);
}

#[test]
fn a_hold_that_has_changed_since_it_was_looked_at_is_not_lifted() {
    let mut bench = Bench::leaving();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    bench.hold(AskLift, "settled", 2).unwrap();
    let of = Box::new(bench.core.fleet().get(OB).unwrap().clone());
    let seen = of.revision;
    bench.hold(Keep, "an appeal", 3).unwrap();
    bench.hold(AskLift, "the other matter", 2).unwrap();
    let hold = Hold { of, revision: Some(seen), change: Lift, reason: String::new() };
    assert_eq!(bench.command(Command::Hold(hold), operator(3)).unwrap_err().code, ErrorCode::Stale);
}

#[test]
fn to_abort_and_to_add_the_person_anew_is_no_way_around_a_hold() {
    let mut bench = Bench::leaving();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    let abort =
        Command::Abort { offboarding: OB, revision: None, typed: "alfa.doe".to_owned(), reason: "anew".to_owned() };
    bench.command(abort, operator(1)).unwrap();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e2"), vec![suspend(), delete()], operator(1));
    let anew = bench.core.fleet().get(OffboardingId(2)).unwrap();
    assert_eq!(anew.legal_hold.as_ref().unwrap().reason, "the same person as ob-1: Doe v. Corp");
    bench.take_by(notice("bravo.roe@corp.example", Some("8"), "e3"), vec![suspend()], hris());
    assert_eq!(bench.core.fleet().get(OffboardingId(3)).unwrap().legal_hold, None, "somebody else's is not");
}

#[test]
fn whoever_was_held_for_years_and_leaves_again_is_cut_again() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.acknowledge_and_verify();
    bench.hold(Place, "Doe v. Corp", 1).unwrap();
    bench.now = bench.now.plus_ms(400 * 86_400_000);
    bench.feed(Input::Tick);
    assert!(bench.core.fleet().get(OB).is_some(), "it stays at hand for its hold");
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("7"), "e2")), Taken::Opened(OffboardingId(2)));
}

#[test]
fn what_has_left_memory_can_be_held_and_noted_and_leaves_again_when_it_is_lifted() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.acknowledge_and_verify();
    let kept = bench.core.fleet().get(OB).unwrap().clone();
    let forget = |bench: &mut Bench| {
        bench.now = bench.now.plus_ms(2 * 86_400_000);
        bench.feed(Input::Tick);
    };
    forget(&mut bench);
    assert_eq!(bench.core.fleet().get(OB), None);
    let hold = Hold { of: Box::new(kept), revision: None, change: Place, reason: "Doe v. Corp".to_owned() };
    bench.command(Command::Hold(hold), operator(1)).unwrap();
    forget(&mut bench);
    assert!(bench.core.fleet().get(OB).unwrap().legal_hold.is_some());
    bench.lift();
    forget(&mut bench);
    assert_eq!(bench.core.fleet().get(OB), None);
}

#[test]
fn a_note_is_kept_and_one_that_is_too_long_says_how_long() {
    let mut bench = Bench::leaving();
    let mut write = |text: &str| {
        let of = Box::new(bench.core.fleet().get(OB).unwrap().clone());
        bench.command(Command::Note(AddNote { of, text: text.to_owned() }), operator(1))
    };
    write(" laptop handed in\nat the desk ").unwrap();
    assert_eq!(write("\n").unwrap_err().code, ErrorCode::Invalid);
    let told = write(&"x".repeat(note::LONGEST + 1)).unwrap_err();
    assert!(told.message.contains("10001 bytes, and 10000 are the most"), "{}", told.message);
    for _ in 0..9 {
        write(&"x".repeat(note::LONGEST)).unwrap();
    }
    let told = write(&"x".repeat(note::LONGEST)).unwrap_err();
    assert!(told.message.contains("100000 are the most"), "{}", told.message);
    let it = bench.core.fleet().get(OB).unwrap();
    assert_eq!((it.notes.len(), it.notes[0].text.as_str()), (10, "laptop handed in\nat the desk"));
    assert_eq!(it.revision, 0, "whoever has a question open is not made to ask again");
}
