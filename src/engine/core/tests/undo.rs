//! What was taken away is given back: by steps of its own, each with what was kept before.

use serde_json::json;

use super::*;
use crate::engine::command::Undo;
use crate::model::{Before, GivesBack};
use crate::plan::restore;

fn account() -> Account {
    Account { id: "42".to_owned(), label: "alfa.doe".to_owned(), matched_on: "login".to_owned() }
}

fn undoable(action: &str, stage: Stage) -> PlannedStep {
    PlannedStep {
        undo: Some("gives it back".to_owned()),
        ..step(action, stage, Danger::Reversible, StepClass::Idempotent)
    }
}

impl Bench {
    /// The oldest job, an act, keeps this and is then done.
    fn captures_and_acts(&mut self, image: serde_json::Value) {
        let (step, attempt) = (self.jobs[0].step, self.jobs[0].attempt);
        self.feed(Input::Captured(Captured { step, attempt, account: None, before: Before::of(image).seats(["pro"]) }));
        self.jobs[0].account = Some(account());
        self.acknowledge_and_verify();
    }

    /// A suspension, and then the groups: closed.
    fn offboarded() -> Self {
        let mut bench = Self::new();
        let mut groups = undoable("alpha.remove-from-groups", Stage::Licences);
        groups.waits = vec![Wait { steps: vec![0], until: Until::Succeeded, why: String::new() }];
        let steps = vec![undoable("alpha.suspend", Stage::KillSwitch), groups];
        bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), steps, hris());
        bench.captures_and_acts(json!({ "suspended": false }));
        bench.captures_and_acts(json!({ "groups": ["a", "b"] }));
        assert_eq!(bench.phase(1), &Phase::Closed);
        bench
    }

    fn passes(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.feed(Input::Tick);
    }

    fn undo(&mut self, steps: &[u16]) -> Result<String, Refusal> {
        let original = Box::new(self.core.fleet().get(OffboardingId(1)).unwrap().clone());
        let plan = Box::new(restore(&original, steps, self.now).unwrap().plan);
        let reason = "the wrong person".to_owned();
        let undo = Undo { original, plan, revision: None, typed: "alfa.doe".to_owned(), reason };
        self.command(Command::Undo(undo), operator(1))
    }
}

#[test]
fn what_is_about_to_be_taken_away_is_journalled_before_the_act_and_what_a_given_up_try_says_is_not() {
    let mut bench = Bench::new();
    bench.take_by(
        notice("alfa.doe@corp.example", None, "e1"),
        vec![undoable("alpha.suspend", Stage::KillSwitch)],
        hris(),
    );
    let (step, attempt) = (bench.jobs[0].step, bench.jobs[0].attempt);
    bench.feed(Input::Captured(Captured { step, attempt: attempt + 1, account: None, before: Before::of(json!(1)) }));
    assert_eq!((bench.captured, bench.names().last()), (0, Some(&"step_started")));
    bench.feed(Input::Captured(Captured {
        step,
        attempt,
        account: Some(account()),
        before: Before::of(json!({ "was": "active" })).seats(["pro"]),
    }));
    assert_eq!((bench.captured, bench.names().last()), (1, Some(&"step_captured")));
    // The answer is lost, and the read-back shows it done: what undo needs is there all the same.
    bench.end_job(JobResult::Acted(Outcome::Ambiguous { reason: "no answer".to_owned() }));
    let state = bench.core.fleet().get(OffboardingId(1)).unwrap().step(0).unwrap().1;
    assert_eq!(
        (state.before.as_ref().unwrap()["was"].as_str(), state.extra.seats.as_slice()),
        (Some("active"), &["pro".to_owned()][..])
    );
}

#[test]
fn an_undo_goes_backwards_with_what_was_kept_and_leaves_the_person_to_the_next_notice() {
    let mut bench = Bench::offboarded();
    assert_eq!(bench.undo(&[]).unwrap(), "ob-2 gives back 2 steps of ob-1 (alfa.doe@corp.example)");
    let job = bench.jobs[0].clone();
    assert_eq!(
        (job.action.to_string().as_str(), &job.before),
        ("alpha.remove-from-groups", &Some(json!({ "groups": ["a", "b"] })))
    );
    assert_eq!(job.account, Some(account()));
    assert_eq!(bench.jobs.len(), 1, "the suspension is lifted after that");
    bench.end_job(JobResult::Acted(Outcome::Acknowledged));
    assert_eq!((bench.jobs[0].kind, &bench.jobs[0].before), (JobKind::Act, &Some(json!({ "suspended": false }))));
    bench.end_job(JobResult::Acted(Outcome::AlreadySo { note: "active".to_owned(), caveat: None }));
    bench.end_job(JobResult::Read(Verdict::Dead { evidence: "given back: groups: 2".to_owned() }));
    assert_eq!(bench.phase(2), &Phase::Closed);
    let undo = bench.core.fleet().get(OffboardingId(2)).unwrap();
    assert_eq!((undo.cut_at, undo.exposure_ms(bench.now)), (None, None));
    // The same person leaves again: a new offboarding, not a word in the undo's.
    let by_hand = HrNotice { source: "console".to_owned(), ..notice("alfa.doe@corp.example", Some("7"), "e2") };
    assert_eq!(bench.take_by(by_hand, vec![suspend()], operator(1)), Taken::Opened(OffboardingId(3)));
}

#[test]
fn one_step_alone_can_be_given_back() {
    let mut bench = Bench::offboarded();
    bench.undo(&[1]).unwrap();
    let plan = &bench.core.fleet().get(OffboardingId(2)).unwrap().plan;
    let gives_back: Vec<StepRef> =
        plan.steps.iter().filter_map(|it| it.gives_back.as_ref()).map(|it| it.step).collect();
    assert_eq!(gives_back, [OffboardingId(1).step(1)]);
    assert!(matches!(plan.steps[0].gives_back.as_deref(), Some(GivesBack { until: None, .. })));
}

#[test]
fn nothing_is_given_back_while_it_is_taken_or_twice_at_once_or_without_the_login() {
    let mut bench = Bench::new();
    bench.take_by(
        notice("alfa.doe@corp.example", None, "e1"),
        vec![undoable("alpha.suspend", Stage::KillSwitch)],
        hris(),
    );
    let told = bench.undo(&[]).unwrap_err();
    assert_eq!(told.code, ErrorCode::Conflict);
    assert!(told.message.contains("nightlatch pause ob-1"), "{}", told.message);

    let mut bench = Bench::offboarded();
    let original = Box::new(bench.core.fleet().get(OffboardingId(1)).unwrap().clone());
    let plan = Box::new(restore(&original, &[], NOW).unwrap().plan);
    let wrong = Undo { original, plan, revision: None, typed: "bravo.roe".to_owned(), reason: "why".to_owned() };
    let told = bench.command(Command::Undo(wrong.clone()), operator(1)).unwrap_err();
    assert_eq!(told.code, ErrorCode::Invalid);
    let stale = Undo { revision: Some(99), typed: "alfa.doe".to_owned(), ..wrong };
    assert_eq!(bench.command(Command::Undo(stale), operator(1)).unwrap_err().code, ErrorCode::Stale);
    bench.undo(&[]).unwrap();
    assert!(bench.undo(&[]).unwrap_err().message.contains("being undone already, by ob-2"));
}

#[test]
fn a_person_who_leaves_again_gets_nothing_more_back() {
    let mut bench = Bench::offboarded();
    bench.undo(&[]).unwrap();
    let by_hand = HrNotice { source: "console".to_owned(), ..notice("alfa.doe@corp.example", Some("7"), "e2") };
    bench.take_by(by_hand, vec![suspend()], operator(1));
    assert!(matches!(bench.phase(2), Phase::Aborted { .. }));
}

#[test]
fn what_a_lost_answer_did_is_given_back_though_the_repeat_finds_it_done() {
    for class in [StepClass::Idempotent, StepClass::Reconcile] {
        let mut bench = Bench::new();
        let suspend = PlannedStep { class, ..undoable("alpha.suspend", Stage::KillSwitch) };
        bench.take_by(notice("alfa.doe@corp.example", None, "e1"), vec![suspend], hris());
        let (step, attempt, before) =
            (bench.jobs[0].step, bench.jobs[0].attempt, Before::of(json!({ "was": "active" })));
        bench.feed(Input::Captured(Captured { step, attempt, account: Some(account()), before }));
        bench.end_job(JobResult::Acted(Outcome::Ambiguous { reason: "no answer".to_owned() }));
        bench.passes(120_000);
        if class == StepClass::Idempotent {
            bench.end_job(JobResult::Acted(Outcome::AlreadySo { note: "suspended".to_owned(), caveat: None }));
        }
        bench.end_job(JobResult::Read(Verdict::Dead { evidence: "status: SUSPENDED".to_owned() }));
        assert_eq!(bench.phase(1), &Phase::Closed, "{class:?}");
        assert_eq!(bench.undo(&[]).unwrap(), "ob-2 gives back 1 step of ob-1 (alfa.doe@corp.example)");
        assert_eq!(
            (&bench.jobs[0].before, &bench.jobs[0].account),
            (&Some(json!({ "was": "active" })), &Some(account()))
        );
    }
}

#[test]
fn what_a_repeat_finds_done_that_no_try_before_can_have_done_was_so_before() {
    let mut bench = Bench::new();
    let steps = vec![undoable("alpha.suspend", Stage::KillSwitch)];
    bench.take_by(notice("alfa.doe@corp.example", None, "e1"), steps, hris());
    let busy = Outcome::Retry { reason: "429".to_owned(), after_ms: None, throttled: true };
    bench.end_job(JobResult::Acted(busy));
    bench.passes(120_000);
    bench.jobs[0].account = Some(account());
    bench.end_job(JobResult::Acted(Outcome::AlreadySo { note: "suspended".to_owned(), caveat: None }));
    bench.end_job(JobResult::Read(Verdict::Dead { evidence: "status: SUSPENDED".to_owned() }));
    assert_eq!(bench.phase(1), &Phase::Closed);
    let restored = restore(bench.core.fleet().get(OffboardingId(1)).unwrap(), &[], bench.now).unwrap();
    assert_eq!(restored.plan.steps.len(), 0);
}

#[test]
fn what_was_so_before_or_has_no_undo_or_is_kept_no_longer_does_not_come_back() {
    let mut bench = Bench::new();
    let mut late = undoable("alpha.late", Stage::Credentials);
    late.undo_within_ms = Some(60_000);
    let steps = vec![undoable("alpha.was-so", Stage::KillSwitch), suspend(), late];
    bench.take_by(notice("alfa.doe@corp.example", None, "e1"), steps, hris());
    bench.jobs[0].account = Some(account());
    bench.end_job(JobResult::Acted(Outcome::AlreadySo { note: "suspended".to_owned(), caveat: None }));
    for _ in 0..2 {
        bench.jobs[0].account = Some(account());
        bench.end_job(JobResult::Acted(Outcome::Acknowledged));
    }
    while !bench.jobs.is_empty() {
        bench.end_job(JobResult::Read(Verdict::Dead { evidence: "gone".to_owned() }));
    }
    let original = bench.core.fleet().get(OffboardingId(1)).unwrap();
    let at_once = restore(original, &[], NOW).unwrap();
    assert_eq!(at_once.plan.steps.len(), 1);
    assert_eq!(at_once.plan.steps[0].gives_back.as_ref().unwrap().until, Some(NOW.plus_ms(60_000)));
    let lost: Vec<String> = at_once.lost.iter().map(|it| format!("{}: {}", it.action, it.why)).collect();
    assert_eq!(lost, ["alpha.suspend: it has no undo"]);
    let later = restore(original, &[], NOW.plus_ms(60_000)).unwrap();
    assert!(later.plan.steps.is_empty());
    assert!(later.lost[1].why.contains("the vendor kept what undo needs until"), "{:?}", later.lost);
}
