//! The core's decisions one by one; what holds over thousands of schedules is the simulator's (`tests/simulator.rs`).

mod legal_hold;
mod probed;
mod undo;

use super::*;
use crate::engine::Target;
use crate::ipc::ErrorCode;
use crate::model::sample;
use crate::model::{
    AlertKind, ApprovalPolicy, Danger, NoticeKind, Phase, PlannedStep, Proof, RetryPolicy, Stage, StepClass, StepState,
    Until, Wait,
};

const NOW: Timestamp = Timestamp(1_000_000_000);

fn step(action: &str, stage: Stage, danger: Danger, class: StepClass) -> PlannedStep {
    PlannedStep {
        stage,
        danger,
        class,
        retry: RetryPolicy { attempts: 2, base_ms: 100, max_ms: 1_000 },
        deadline_ms: 1_000,
        quarantine_ms: 5_000,
        ..sample::planned(action)
    }
}

fn suspend() -> PlannedStep {
    step("alpha.suspend", Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent)
}

/// A deletion that waits for step 0 and for a consent.
fn delete() -> PlannedStep {
    let mut delete = step("alpha.delete", Stage::Purge, Danger::Irreversible, StepClass::Reconcile);
    delete.approval = Some(ApprovalPolicy { four_eyes: true, ttl_ms: 60_000 });
    delete.waits = vec![Wait { steps: vec![0], until: Until::Succeeded, why: String::new() }];
    delete
}

fn plan(steps: Vec<PlannedStep>) -> Plan {
    Plan { digest: "d1".to_owned(), ..sample::plan(steps) }
}

fn hris() -> Actor {
    Actor::Hris { source: "bamboohr".to_owned() }
}

fn operator(uid: u32) -> Actor {
    Actor::Operator { uid, login: format!("user{uid}") }
}

fn notice(email: &str, employee_id: Option<&str>, event_id: &str) -> HrNotice {
    let mut leaver = Leaver::from_email(email);
    leaver.employee_id = employee_id.map(str::to_owned);
    HrNotice {
        source: "bamboohr".to_owned(),
        event_id: event_id.to_owned(),
        kind: NoticeKind::Terminated,
        leaver,
        effective_at: None,
        by_hand: false,
        reason: None,
    }
}

/// A core with its journal and the jobs that it started.
struct Bench {
    core: Core,
    now: Timestamp,
    journal: Vec<Envelope>,
    jobs: Vec<Job>,
    warmed: Vec<BTreeMap<ConnectorId, usize>>,
    /// Before-images that were taken up.
    captured: usize,
}

impl Bench {
    fn new() -> Self {
        Self::with(CoreConfig::default())
    }

    fn with(config: CoreConfig) -> Self {
        let mut core = Core::new(config, Fleet::default(), HashSet::new());
        core.open_lane(ConnectorId::new("alpha").unwrap(), "test", Limits { max_in_flight: 9, per_second: None });
        let mut bench = Self { core, now: NOW, journal: Vec::new(), jobs: Vec::new(), warmed: Vec::new(), captured: 0 };
        bench.feed(Input::Start { version: "test".to_owned(), clock_kept: true, rollback: None });
        bench
    }

    fn feed(&mut self, input: Input) -> (Option<Taken>, Option<Result<String, Refusal>>) {
        let (mut took, mut ran) = (None, None);
        for effect in self.core.handle(self.now, input) {
            match effect {
                Effect::Append(envelope) => self.journal.push(envelope),
                Effect::Act(job) | Effect::Read(job) => self.jobs.push(job),
                Effect::Warm(systems) => self.warmed.push(systems),
                Effect::Captured => self.captured += 1,
                Effect::Took(taken) => took = Some(taken),
                Effect::Ran(answer) => ran = Some(answer),
            }
        }
        (took, ran)
    }

    fn take_by(&mut self, notice: HrNotice, steps: Vec<PlannedStep>, by: Actor) -> Taken {
        let plan = Box::new(plan(steps));
        self.feed(Input::Notice { notice: Box::new(notice), plan, by }).0.unwrap()
    }

    fn take(&mut self, notice: HrNotice) -> Taken {
        self.take_by(notice, vec![suspend()], hris())
    }

    fn command(&mut self, command: Command, by: Actor) -> Result<String, Refusal> {
        self.feed(Input::Command { command, by }).1.unwrap()
    }

    /// Ends the oldest job with this.
    fn end_job(&mut self, result: JobResult) {
        let job = self.jobs.remove(0);
        self.feed(Input::Report(Report::bare(&job, result)));
    }

    fn acknowledge_and_verify(&mut self) {
        self.end_job(JobResult::Acted(Outcome::Acknowledged));
        self.end_job(JobResult::Read(Verdict::Dead { evidence: "gone".to_owned() }));
    }

    fn phase(&self, id: u64) -> &Phase {
        &self.core.fleet().get(OffboardingId(id)).unwrap().phase
    }

    fn state(&self, id: u64, ord: u16) -> &StepState {
        &self.core.fleet().get(OffboardingId(id)).unwrap().step(ord).unwrap().1.state
    }

    fn names(&self) -> Vec<&'static str> {
        self.journal.iter().map(|it| it.event.name()).collect()
    }
}

#[test]
fn a_notice_opens_plans_and_starts_in_one_turn_with_the_intent_before_the_act() {
    let mut bench = Bench::new();
    bench.journal.clear();
    let plan = Box::new(plan(vec![suspend()]));
    let notice = Box::new(notice("alfa.doe@corp.example", Some("7"), "e1"));
    let effects = bench.core.handle(NOW, Input::Notice { notice, plan, by: hris() });
    let kinds: Vec<&str> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Append(envelope) => envelope.event.name(),
            Effect::Act(_) => "ACT",
            Effect::Took(Taken::Opened(_)) => "TOOK",
            _ => "?",
        })
        .collect();
    assert_eq!(kinds, ["opened", "step_started", "ACT", "TOOK"]);
}

#[test]
fn a_replay_does_nothing_and_a_second_notice_of_the_same_person_is_merged() {
    let mut bench = Bench::new();
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("7"), "e1")), Taken::Opened(OffboardingId(1)));
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("7"), "e1")), Taken::Replay);
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("7"), "e2")), Taken::Merged(OffboardingId(1)));
    let by_address_alone = notice("alfa.doe@corp.example", None, "e3");
    assert_eq!(bench.take(by_address_alone), Taken::Merged(OffboardingId(1)));
}

#[test]
fn an_address_that_was_given_to_somebody_else_is_somebody_else() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("8"), "e2")), Taken::Opened(OffboardingId(2)));
}

#[test]
fn hr_repeating_itself_after_the_end_opens_nothing_but_a_person_may() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.acknowledge_and_verify();
    assert_eq!(bench.phase(1), &Phase::Closed);
    assert_eq!(bench.take(notice("alfa.doe@corp.example", Some("7"), "e2")), Taken::Merged(OffboardingId(1)));
    let by_hand = HrNotice { source: "console".to_owned(), ..notice("alfa.doe@corp.example", Some("7"), "e3") };
    assert_eq!(bench.take_by(by_hand, vec![suspend()], operator(5)), Taken::Opened(OffboardingId(2)));
}

#[test]
fn only_the_feed_that_asked_may_call_it_off() {
    let mut bench = Bench::new();
    let far = notice("alfa.doe@corp.example", Some("7"), "e1");
    bench.take(HrNotice { effective_at: Some(NOW.plus_ms(9_000)), ..far.clone() });
    let rescind = HrNotice { kind: NoticeKind::Rescinded, event_id: "e2".to_owned(), ..far.clone() };
    let of_another = HrNotice { source: "csv".to_owned(), ..rescind.clone() };
    assert!(matches!(bench.take(of_another), Taken::SetAside(reason) if reason.contains("did not ask for")));
    assert_eq!(bench.take(rescind), Taken::Rescinded(OffboardingId(1)));
    assert!(matches!(bench.phase(1), Phase::Aborted { .. }));
    assert!(bench.jobs.is_empty(), "nothing was cut");
}

#[test]
fn connections_are_warmed_once_before_an_armed_person_fires() {
    let mut bench = Bench::new();
    let mut armed = notice("a@corp.example", None, "1");
    armed.effective_at = Some(NOW.plus_ms(60_000));
    bench.take(armed);
    assert!(bench.warmed.is_empty());
    for at in [56_999, 57_000, 58_000, 60_000] {
        bench.now = NOW.plus_ms(at);
        bench.feed(Input::Tick);
        assert_eq!(bench.warmed.len(), usize::from(at >= 57_000), "{at}");
    }
    assert_eq!(bench.warmed[0].values().sum::<usize>(), bench.jobs.len(), "as many as are called at once");
}

#[test]
fn an_armed_person_fires_at_the_instant_and_an_earlier_word_wins() {
    let mut bench = Bench::new();
    let at = NOW.plus_ms(10_000);
    bench.take(HrNotice { effective_at: Some(at), ..notice("alfa.doe@corp.example", Some("7"), "e1") });
    assert_eq!(bench.core.next_wake(NOW), Some(NOW.plus_ms(7_000)), "to warm up");
    bench.now = NOW.plus_ms(7_000);
    bench.feed(Input::Tick);
    assert_eq!(bench.core.next_wake(bench.now), Some(at));
    bench.now = at;
    bench.feed(Input::Tick);
    assert_eq!((bench.phase(1), bench.jobs.len()), (&Phase::Running, 1));

    let mut bench = Bench::new();
    bench.take(HrNotice { effective_at: Some(at), ..notice("bravo.doe@corp.example", Some("8"), "e1") });
    bench.take(notice("bravo.doe@corp.example", Some("8"), "e2"));
    assert_eq!(bench.phase(1), &Phase::Running);
}

#[test]
fn a_flood_is_held_with_one_alert_and_launched_by_hand() {
    let mut bench = Bench::with(CoreConfig { flood_limit_per_hour: 2, ..CoreConfig::default() });
    for person in 1..=4 {
        bench.take(notice(&format!("p{person}@corp.example"), Some(&person.to_string()), &format!("e{person}")));
    }
    assert_eq!((bench.phase(2), bench.jobs.len()), (&Phase::Running, 2));
    assert!(matches!(bench.phase(3), Phase::Held { .. }) && matches!(bench.phase(4), Phase::Held { .. }));
    let alerts =
        bench.journal.iter().filter(|it| matches!(it.event, Event::AlertRaised { kind: AlertKind::Flood, .. }));
    assert_eq!(alerts.count(), 1);
    bench.command(Command::Launch { offboarding: OffboardingId(3), revision: None }, operator(5)).unwrap();
    assert_eq!(bench.phase(3), &Phase::Running);
    let by_hand = HrNotice { source: "console".to_owned(), ..notice("p9@corp.example", None, "e9") };
    bench.take_by(by_hand, vec![suspend()], operator(5));
    assert_eq!(bench.phase(5), &Phase::Running, "a person's own word is not held");
}

#[test]
fn no_account_is_a_finding_and_closes() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.end_job(JobResult::Acted(Outcome::NoAccount { searched: "by e-mail".to_owned() }));
    assert!(matches!(bench.state(1, 0), StepState::Done { proof: Proof::NoAccount { .. }, .. }));
    assert_eq!(bench.phase(1), &Phase::Closed);
}

#[test]
fn used_up_tries_fail_with_an_alert_that_a_retry_heals() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    for _ in 0..2 {
        let busy = Outcome::Busy { reason: "409".to_owned(), after_ms: None };
        bench.end_job(JobResult::Acted(busy));
        bench.now = bench.now.plus_ms(5_000);
        bench.feed(Input::Tick);
    }
    assert!(matches!(bench.state(1, 0), StepState::Failed { .. }), "{:?}", bench.state(1, 0));
    assert!(bench.core.fleet().alerts.contains_key("ob-1/0"));
    bench.command(Command::RetryFailed(Target::All), operator(5)).unwrap();
    bench.acknowledge_and_verify();
    assert!(bench.core.fleet().alerts.is_empty());
    assert_eq!(bench.phase(1), &Phase::Closed);
}

#[test]
fn being_throttled_uses_up_no_tries_and_waits_as_long_as_asked() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    for _ in 0..5 {
        let busy = Outcome::Retry { reason: "429".to_owned(), after_ms: Some(7_000), throttled: true };
        bench.end_job(JobResult::Acted(busy));
        assert_eq!(bench.state(1, 0), &StepState::RetryAt { at: bench.now.plus_ms(7_000), reason: "429".to_owned() });
        bench.now = bench.now.plus_ms(6_999);
        bench.feed(Input::Tick);
        assert!(bench.jobs.is_empty(), "sent before the vendor's word");
        bench.now = bench.now.plus_ms(1);
        bench.feed(Input::Tick);
    }
    bench.acknowledge_and_verify();
    assert_eq!(bench.phase(1), &Phase::Closed);
}

fn gone() -> JobResult {
    JobResult::Acted(Outcome::Retry { reason: "connection refused".to_owned(), after_ms: None, throttled: false })
}

fn locked() -> JobResult {
    JobResult::Acted(Outcome::Locked { reason: "401".to_owned(), cure: "a new token".to_owned() })
}

impl Bench {
    /// Ends every job like this, for so long, whenever one is due.
    fn meet(&mut self, for_ms: u64, result: &JobResult) -> usize {
        let until = self.now.plus_ms(for_ms);
        let mut ended = 0;
        loop {
            while !self.jobs.is_empty() {
                self.end_job(result.clone());
                ended += 1;
            }
            match self.core.next_wake(self.now).filter(|at| *at <= until) {
                Some(at) => self.now = at.max(self.now.plus_ms(1)),
                None => break,
            }
            self.feed(Input::Tick);
        }
        self.now = until;
        ended
    }

    /// Ends every job well.
    fn heal(&mut self) {
        while let Some(job) = self.jobs.first() {
            let acted = JobResult::Acted(Outcome::Acknowledged);
            let read = JobResult::Read(Verdict::Dead { evidence: "gone".to_owned() });
            self.end_job(if job.kind == JobKind::Act { acted } else { read });
        }
    }

    fn alerts(&self, wanted: AlertKind) -> Vec<&str> {
        let raised = self.journal.iter().filter_map(|it| match &it.event {
            Event::AlertRaised { kind, summary, .. } if *kind == wanted => Some(summary.as_str()),
            _ => None,
        });
        raised.collect()
    }

    fn restart(&mut self) {
        let fleet = self.core.fleet().clone();
        self.core = Core::new(CoreConfig::default(), fleet, HashSet::new());
        self.core.open_lane(ConnectorId::new("alpha").unwrap(), "test", Limits { max_in_flight: 9, per_second: None });
        self.jobs.clear();
        self.feed(Input::Start { version: "test".to_owned(), clock_kept: true, rollback: None });
    }
}

const HOUR_MS: u64 = 3_600_000;

#[test]
fn an_outage_of_three_days_uses_up_nothing_is_told_three_times_and_heals_by_itself() {
    let mut bench = Bench::new();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), suspend()], hris());
    bench.meet(14 * 60_000, &gone());
    assert_eq!(bench.alerts(AlertKind::Outage).len(), 0, "not yet");
    bench.meet(2 * 60_000, &gone());
    assert_eq!(bench.alerts(AlertKind::Outage).len(), 1);
    bench.meet(2 * HOUR_MS, &gone());
    assert_eq!(bench.alerts(AlertKind::Outage).len(), 2);
    bench.restart();
    bench.meet(70 * HOUR_MS, &gone());
    let told = bench.alerts(AlertKind::Outage);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[2].contains("2 steps wait for alpha") && told[2].contains("connection refused"), "{}", told[2]);
    assert!(bench.alerts(AlertKind::StepFailed).is_empty());
    bench.now = bench.core.next_wake(bench.now).unwrap();
    bench.feed(Input::Tick);
    bench.heal();
    assert_eq!(bench.phase(1), &Phase::Closed, "the other need not wait for its time: the system answers again");
    assert!(bench.core.fleet().alerts.is_empty());
}

#[test]
fn refused_credentials_stop_one_system_with_one_alert_and_new_ones_are_noticed_by_themselves() {
    let mut bench = Bench::new();
    bench.core.open_lane(ConnectorId::new("bravo").unwrap(), "test", Limits { max_in_flight: 9, per_second: None });
    let elsewhere = step("bravo.suspend", Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent);
    let steps = vec![suspend(), suspend(), suspend(), elsewhere];
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), steps, hris());
    for _ in 0..3 {
        bench.end_job(locked());
    }
    bench.acknowledge_and_verify();
    assert!(matches!(bench.state(1, 3), StepState::Done { .. }), "the other system goes on");
    let told = bench.alerts(AlertKind::Credential);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("alpha does not accept the credentials: 401"), "{}", told[0]);
    let health = |bench: &Bench| bench.core.statuses(bench.now)[0].health;
    assert_eq!(health(&bench), crate::model::health::Health::Locked);
    let tried = bench.meet(30 * 60_000, &locked());
    assert!((20..=31).contains(&tried), "one job a minute, not {tried}");
    assert_eq!(bench.alerts(AlertKind::Credential).len(), 2, "told again after a quarter of an hour");
    bench.restart();
    assert_eq!((bench.jobs.len(), health(&bench)), (1, crate::model::health::Health::Locked), "one goes ahead");
    bench.heal();
    assert_eq!(bench.phase(1), &Phase::Closed);
    assert!(bench.core.fleet().alerts.is_empty());
    assert!(bench.alerts(AlertKind::StepFailed).is_empty());
}

#[test]
fn one_whose_credentials_alone_are_refused_keeps_nobody_else_waiting() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.take(notice("bravo.doe@corp.example", Some("8"), "e2"));
    bench.end_job(locked());
    bench.end_job(locked());
    for _ in 0..20 {
        bench.now = bench.core.next_wake(bench.now).unwrap();
        bench.feed(Input::Tick);
        while let Some(job) = bench.jobs.first() {
            match (job.step.offboarding.0, job.kind) {
                (1, _) => bench.end_job(locked()),
                (_, JobKind::Act) => bench.end_job(JobResult::Acted(Outcome::Acknowledged)),
                _ => bench.end_job(JobResult::Read(Verdict::Dead { evidence: "gone".to_owned() })),
            }
        }
    }
    assert_eq!((bench.phase(1), bench.phase(2)), (&Phase::Running, &Phase::Closed));
}

#[test]
fn a_person_who_has_mended_a_system_need_not_wait_for_the_next_probe() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.end_job(locked());
    assert!(bench.jobs.is_empty());
    bench.command(Command::RetryFailed(Target::All), operator(5)).unwrap();
    bench.acknowledge_and_verify();
    assert_eq!(bench.phase(1), &Phase::Closed);
    assert_eq!(bench.command(Command::RetryFailed(Target::All), operator(5)).unwrap_err().code, ErrorCode::Conflict);
}

#[test]
fn an_irreversible_step_waits_for_success_then_for_somebody_else_who_typed_the_login() {
    let mut bench = Bench::new();
    let by_hand = HrNotice { source: "console".to_owned(), ..notice("alfa.doe@corp.example", Some("7"), "e1") };
    bench.take_by(by_hand, vec![suspend(), delete()], operator(5));
    assert_eq!(bench.state(1, 1), &StepState::Waiting);
    bench.acknowledge_and_verify();
    assert!(matches!(bench.state(1, 1), StepState::AwaitingApproval { .. }) && bench.jobs.is_empty());
    let approve = |typed: &str, digest: &str, revision: u32| Command::Approve {
        step: OffboardingId(1).step(1),
        revision: Some(revision),
        plan_digest: digest.to_owned(),
        typed: typed.to_owned(),
    };
    let revision = bench.core.fleet().get(OffboardingId(1)).unwrap().steps[1].revision;
    for (command, by, code) in [
        (approve("alfa", "d1", revision), operator(6), ErrorCode::Invalid),
        (approve("alfa.doe", "d0", revision), operator(6), ErrorCode::Stale),
        (approve("alfa.doe", "d1", revision + 1), operator(6), ErrorCode::Stale),
        (approve("alfa.doe", "d1", revision), operator(5), ErrorCode::Forbidden),
    ] {
        assert_eq!(bench.command(command, by).unwrap_err().code, code);
        assert!(bench.jobs.is_empty());
    }
    bench.command(approve("alfa.doe", "d1", revision), operator(6)).unwrap();
    assert_eq!(bench.jobs.len(), 1);
    bench.acknowledge_and_verify();
    assert_eq!(bench.phase(1), &Phase::Closed);
}

#[test]
fn a_consent_that_was_not_used_in_time_is_asked_for_again() {
    let mut bench = Bench::new();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), delete()], hris());
    bench.acknowledge_and_verify();
    bench
        .command(
            Command::Pause { target: Target::One(OffboardingId(1)), revision: None, reason: String::new() },
            operator(6),
        )
        .unwrap();
    let approve = Command::Approve {
        step: OffboardingId(1).step(1),
        revision: None,
        plan_digest: "d1".to_owned(),
        typed: "alfa.doe".to_owned(),
    };
    bench.command(approve, operator(6)).unwrap();
    bench.now = bench.now.plus_ms(60_000);
    bench.command(Command::Resume { target: Target::One(OffboardingId(1)), revision: None }, operator(6)).unwrap();
    assert!(matches!(bench.state(1, 1), StepState::AwaitingApproval { .. }));
    assert!(bench.jobs.is_empty() && bench.names().contains(&"approval_void"));
}

#[test]
fn a_lost_answer_of_a_deletion_is_read_back_only_after_its_quarantine_and_repeated_only_after_two_reads() {
    let mut bench = Bench::new();
    let mut careful = delete();
    careful.waits.clear();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![careful], hris());
    let approve = Command::Approve {
        step: OffboardingId(1).step(0),
        revision: None,
        plan_digest: "d1".to_owned(),
        typed: "alfa.doe".to_owned(),
    };
    bench.command(approve, operator(6)).unwrap();
    bench.end_job(JobResult::Acted(Outcome::Ambiguous { reason: "reset".to_owned() }));
    assert!(bench.jobs.is_empty(), "nothing is read while the request may still travel");
    bench.now = bench.now.plus_ms(5_000 + JUMP_MS.unsigned_abs());
    bench.feed(Input::Tick);
    assert_eq!(bench.jobs[0].kind, JobKind::Reconcile);
    bench.end_job(JobResult::Read(Verdict::Alive { evidence: "active".to_owned() }));
    assert!(bench.jobs.is_empty(), "one read may be stale");
    bench.now = bench.now.plus_ms(50_000);
    bench.feed(Input::Tick);
    bench.end_job(JobResult::Read(Verdict::Alive { evidence: "active".to_owned() }));
    assert_eq!((bench.jobs[0].kind, bench.jobs[0].attempt), (JobKind::Act, 2));
}

#[test]
fn a_read_that_was_asked_before_the_machine_slept_and_answered_after_uses_up_no_patience() {
    let mut bench = Bench::new();
    let careful = step("alpha.careful", Stage::Handover, Danger::HardToUndo, StepClass::Reconcile);
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![careful], hris());
    bench.end_job(JobResult::Acted(Outcome::Acknowledged));
    let alive = || JobResult::Read(Verdict::Alive { evidence: "active".to_owned() });
    bench.end_job(alive());
    bench.now = bench.core.next_wake(bench.now).unwrap();
    bench.feed(Input::Tick);
    assert_eq!(bench.jobs[0].kind, JobKind::Verify);
    bench.now = bench.now.plus_ms(CoreConfig::default().verify_patience_ms);
    bench.end_job(alive());
    assert!(matches!(bench.state(1, 0), StepState::Verifying { .. }), "{:?}", bench.state(1, 0));
    bench.now = bench.core.next_wake(bench.now).unwrap();
    bench.feed(Input::Tick);
    bench.end_job(alive());
    assert!(matches!(bench.state(1, 0), StepState::NeedsHuman { .. }), "{:?}", bench.state(1, 0));
}

/// Even where a repeat would do no harm: it would be repeated for as long as the pointer is wrong.
#[test]
fn a_read_back_that_tells_nothing_asks_a_person_at_once_and_repeats_no_act() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.end_job(JobResult::Acted(Outcome::Acknowledged));
    bench.end_job(JobResult::Read(Verdict::NeedsHuman { reason: "nothing at `/status`".to_owned() }));
    let StepState::NeedsHuman { reason, .. } = bench.state(1, 0) else { panic!("{:?}", bench.state(1, 0)) };
    assert!(reason.starts_with("acknowledged at ") && reason.ends_with("but nothing at `/status`"), "{reason}");
    bench.now = bench.now.plus_ms(CoreConfig::default().verify_patience_ms * 2);
    bench.feed(Input::Tick);
    assert!(bench.jobs.is_empty());
    assert_eq!(bench.core.fleet().alerts.len(), 1);
}

#[test]
fn a_restored_backup_pauses_everything_and_asks_again() {
    let mut bench = Bench::new();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), delete()], hris());
    bench.acknowledge_and_verify();
    let fleet = bench.core.fleet().clone();
    let mut core = Core::new(CoreConfig::default(), fleet, HashSet::new());
    core.open_lane(ConnectorId::new("alpha").unwrap(), "test", Limits { max_in_flight: 9, per_second: None });
    let rollback = Some("rollback detected".to_owned());
    let effects = core.handle(NOW, Input::Start { version: String::new(), clock_kept: true, rollback });
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Act(_))), "no act starts");
    assert!(core.fleet().paused.is_some() && core.fleet().alerts.contains_key("rollback"));
    let state = &core.fleet().get(OffboardingId(1)).unwrap().steps[1].state;
    assert!(matches!(state, StepState::Ambiguous { .. }), "it may have been done: {state:?}");
}

#[test]
fn an_aborted_offboarding_starts_nothing_more_but_learns_what_its_last_call_did() {
    let mut bench = Bench::new();
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), suspend()], hris());
    let abort = |typed: &str, reason: &str| Command::Abort {
        offboarding: OffboardingId(1),
        revision: None,
        typed: typed.to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(bench.command(abort("alfa.doe", " "), operator(5)).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(bench.command(abort("alfa", "stays"), operator(5)).unwrap_err().code, ErrorCode::Invalid);
    bench.command(abort("alfa.doe", "stays"), operator(5)).unwrap();
    let down = Outcome::Retry { reason: "503".to_owned(), after_ms: None, throttled: false };
    bench.end_job(JobResult::Acted(down));
    bench.acknowledge_and_verify();
    bench.now = bench.now.plus_ms(60_000);
    bench.feed(Input::Tick);
    assert!(bench.jobs.is_empty());
    assert!(matches!(bench.state(1, 1), StepState::Done { .. }));
    assert!(!bench.core.fleet().get(OffboardingId(1)).unwrap().is_live());
}
