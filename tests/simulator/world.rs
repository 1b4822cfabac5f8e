//! The simulated world: a machine that may die between any two moments, vendors that act late and lie, a clock, an
//! operator, and the invariants.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::sync::Arc;

use nightlatch::connectors::Limits;
use nightlatch::engine::core::{Core, CoreConfig, Effect, Input, Job, JobResult, NoticeKey, Report};
use nightlatch::engine::{Command, Taken, Target};
use nightlatch::model::{
    Account, Actor, ConnectorId, Danger, Envelope, Event, Fleet, Outcome, Phase, StepClass, StepRef, StepState,
    Timestamp, Verdict,
};

use super::plan::{self, DEADLINE_MS, STALE_MS, SYSTEMS, VENDOR_LATEST_MS};
use super::rng::Rng;

const REQUESTER: u32 = 1_000;
const APPROVER: u32 = 1_001;
/// Faults happen up to here; after it the world heals and everything has to come to rest.
const TROUBLE_MS: i64 = 15_000;
const REST_BY_MS: i64 = 3 * DAY_MS;
const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Copy)]
pub(crate) struct Faults {
    pub(crate) crashes: bool,
    pub(crate) lost_answers: bool,
    pub(crate) refusals: bool,
    pub(crate) stale_reads: bool,
    pub(crate) clock_jumps: bool,
}

impl Faults {
    pub(crate) fn all() -> Self {
        Self { crashes: true, lost_answers: true, refusals: true, stale_reads: true, clock_jumps: true }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) schedules: u64,
    pub(crate) crashes: u64,
    pub(crate) ambiguous: u64,
    pub(crate) irreversible_executed: u64,
    pub(crate) closed: u64,
    pub(crate) events: u64,
    pub(crate) refused_commands: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.schedules += 1;
        self.crashes += other.crashes;
        self.ambiguous += other.ambiguous;
        self.irreversible_executed += other.irreversible_executed;
        self.closed += other.closed;
        self.events += other.events;
        self.refused_commands += other.refused_commands;
    }
}

/// What will happen, on the world's own clock.
enum Happening {
    /// The journal's write of this turn reaches the disk.
    Committed {
        life: u64,
        effects: Vec<Effect>,
        acks: Option<String>,
    },
    /// A request arrives at the vendor and takes effect.
    TakesEffect {
        step: StepRef,
        class: StepClass,
        key: String,
        irreversible: bool,
    },
    /// An answer reaches the engine, if it is still the one that asked.
    Answer {
        life: u64,
        report: Box<Report>,
    },
    /// A read samples the vendor's state, and answers later.
    Sample {
        life: u64,
        job: Box<Job>,
        stale: bool,
    },
    /// HR's webhook.
    Notice {
        person: u64,
        event: u64,
        delay_ms: u64,
    },
    /// The operator looks at the screen.
    Operator,
    /// The engine's own timer.
    Tick {
        life: u64,
    },
    /// Power off, and on again after a while.
    Crash,
    Boot,
}

struct Due {
    at: i64,
    number: u64,
    what: Happening,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[derive(Default)]
struct Account1 {
    dead_since: Option<i64>,
    executed: u32,
    keys: HashSet<String>,
}

pub(crate) struct World {
    rng: Rng,
    faults: Faults,
    now: i64,
    /// The engine's clock runs ahead of the world's by this much.
    skew: i64,
    skew_at_boot: i64,
    due: BinaryHeap<Reverse<Due>>,
    numbers: u64,
    /// Grows with each boot: answers to a dead engine go nowhere.
    life: u64,
    core: Option<Core>,
    disk: Vec<Envelope>,
    acked: Vec<String>,
    vendor: BTreeMap<StepRef, Account1>,
    tick_at: Option<i64>,
    disk_free_at: i64,
    tally: Tally,
    story: bool,
    quarantine: bool,
    broken: Option<String>,
}

impl World {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let mut world = Self {
            rng: Rng::new(seed),
            faults,
            now: 0,
            skew: 1_700_000_000_000,
            skew_at_boot: 0,
            due: BinaryHeap::new(),
            numbers: 0,
            life: 0,
            core: None,
            disk: Vec::new(),
            acked: Vec::new(),
            vendor: BTreeMap::new(),
            tick_at: None,
            disk_free_at: 0,
            tally: Tally::default(),
            story: false,
            quarantine: true,
            broken: None,
        };
        world.script();
        world
    }

    /// The same world with an engine that reads back without waiting.
    pub(crate) fn without_quarantine(seed: u64) -> Self {
        let mut world = Self::new(seed, Faults::all());
        world.quarantine = false;
        world
    }

    pub(crate) fn tell(&mut self) {
        self.story = true;
    }

    /// Who leaves when, and when the power fails.
    fn script(&mut self) {
        self.at(0, Happening::Boot);
        for person in 0..self.rng.between(1, 3) {
            for event in 0..self.rng.between(1, 2) {
                let when = i64::try_from(self.rng.between(1, 3_000)).unwrap();
                let delay_ms = if self.rng.chance(20) { self.rng.between(1, 4_000) } else { 0 };
                self.at(when, Happening::Notice { person, event, delay_ms });
                if self.rng.chance(30) {
                    let again = when + i64::try_from(self.rng.between(0, 4_000)).unwrap();
                    self.at(again, Happening::Notice { person, event, delay_ms }); // A replay.
                }
            }
        }
        if self.faults.crashes {
            for _ in 0..self.rng.between(0, 5) {
                let when = i64::try_from(self.rng.between(1, 12_000)).unwrap();
                self.at(when, Happening::Crash);
            }
        }
        self.at(50, Happening::Operator);
    }

    fn at(&mut self, at: i64, what: Happening) {
        self.numbers += 1;
        self.due.push(Reverse(Due { at, number: self.numbers, what }));
    }

    fn after(&mut self, ms: u64, what: Happening) {
        self.at(self.now + i64::try_from(ms).unwrap(), what);
    }

    fn calm(&self) -> bool {
        self.now > TROUBLE_MS
    }

    fn say(&self, words: impl FnOnce() -> String) {
        if self.story {
            println!("{:>8} ms  {}", self.now, words());
        }
    }

    fn break_invariant(&mut self, what: String) {
        self.say(|| format!("BROKEN: {what}"));
        self.broken.get_or_insert(what);
    }

    pub(crate) fn run(mut self) -> Result<Tally, String> {
        while let Some(Reverse(due)) = self.due.pop() {
            self.now = due.at;
            if self.now > REST_BY_MS {
                break;
            }
            self.happen(due.what);
            if let Some(broken) = self.broken {
                return Err(broken);
            }
            if self.calm() && self.at_rest() {
                break;
            }
        }
        self.check_the_end()?;
        self.tally.events = self.disk.len() as u64;
        Ok(self.tally)
    }

    fn at_rest(&self) -> bool {
        let Some(core) = &self.core else { return false };
        let fleet = core.fleet();
        let written = self.disk_free_at <= self.now && self.disk.len() as u64 == fleet.next_seq;
        written && core.under_way() == 0 && fleet.offboardings.values().all(|it| it.phase == Phase::Closed)
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Boot => self.boot(),
            Happening::Crash => self.crash(),
            Happening::Notice { person, event, delay_ms } => self.notice(person, event, delay_ms),
            Happening::Operator => self.operator(),
            Happening::Tick { life } if life == self.life => {
                self.tick_at = None;
                self.feed(Input::Tick, None);
            }
            Happening::Committed { life, effects, acks } if life == self.life => self.committed(effects, acks.as_ref()),
            Happening::Answer { life, report } if life == self.life => {
                self.say(|| format!("answer {} {:?}: {:?}", report.step, report.kind, report.result));
                self.feed(Input::Report(*report), None);
            }
            Happening::Sample { life, job, stale } => self.sample(life, &job, stale),
            Happening::TakesEffect { step, class, key, irreversible } => {
                self.takes_effect(step, class, key, irreversible);
            }
            Happening::Tick { .. } | Happening::Committed { .. } | Happening::Answer { .. } => {}
        }
    }

    fn engine_now(&self) -> Timestamp {
        Timestamp(self.now + self.skew)
    }

    fn boot(&mut self) {
        if self.core.is_some() {
            return;
        }
        let mut fleet = Fleet::default();
        let mut seen = HashSet::new();
        for envelope in &self.disk {
            fleet.apply(envelope);
            match &envelope.event {
                Event::Opened { notice, .. } => {
                    seen.insert(NoticeKey::of(&notice.source, &notice.event_id));
                }
                Event::NoticeMerged { source, event_id, .. } | Event::NoticeSetAside { source, event_id, .. } => {
                    seen.insert(NoticeKey::of(source, event_id));
                }
                _ => {}
            }
        }
        let config = CoreConfig {
            verify_patience_ms: 3_000,
            reread_base_ms: 100,
            reread_max_ms: 1_500,
            ambiguous_grace_ms: 2_000,
            flood_limit_per_hour: 0,
            ..CoreConfig::default()
        };
        let mut core = Core::new(config, fleet, seen);
        for system in SYSTEMS {
            let limits = Limits { max_in_flight: 3, per_second: None };
            core.open_lane(ConnectorId::new(system).unwrap(), "simulated", limits);
        }
        self.core = Some(core);
        self.say(|| "boot".to_owned());
        let clock_kept = self.skew_at_boot == self.skew;
        self.skew_at_boot = self.skew;
        self.feed(Input::Start { version: "sim".to_owned(), clock_kept, rollback: None }, None);
    }

    fn crash(&mut self) {
        if self.core.take().is_none() {
            return;
        }
        self.say(|| "CRASH".to_owned());
        self.life += 1;
        self.tick_at = None;
        self.tally.crashes += 1;
        if self.faults.clock_jumps && self.rng.chance(30) {
            let jump = i64::try_from(self.rng.between(0, 2 * 86_400_000)).unwrap() - DAY_MS;
            self.skew += jump;
            self.say(|| format!("the clock jumps by {jump} ms"));
        }
        let off = self.rng.between(1, 3_000);
        self.after(off, Happening::Boot);
    }

    fn notice(&mut self, person: u64, event: u64, delay_ms: u64) {
        if self.core.is_none() {
            // The sender meets nobody and comes again.
            self.after(500, Happening::Notice { person, event, delay_ms });
            return;
        }
        let effective_at = (delay_ms > 0).then(|| self.engine_now().plus_ms(delay_ms));
        let notice = plan::notice(person, event, effective_at);
        let plan = {
            let mut rng = Rng::new(person);
            let mut plan = plan::random(&mut rng, notice.leaver.person_key());
            if !self.quarantine {
                Arc::make_mut(&mut plan.steps).iter_mut().for_each(|step| {
                    step.quarantine_ms = 0;
                    step.deadline_ms = 1;
                });
            }
            plan
        };
        let by = if person == 0 {
            Actor::Operator { uid: REQUESTER, login: "requester".to_owned() }
        } else {
            Actor::Hris { source: "hr".to_owned() }
        };
        let id = notice.event_id.clone();
        self.feed(Input::Notice { notice: Box::new(notice), plan: Box::new(plan), by }, Some(id));
    }

    /// Hands an input in; its effects wait for the disk, but for reads, which start at once.
    fn feed(&mut self, input: Input, acks: Option<String>) {
        let now = self.engine_now();
        let Some(core) = &mut self.core else { return };
        let mut gated = Vec::new();
        let mut reads = Vec::new();
        for effect in core.handle(now, input) {
            match effect {
                Effect::Read(job) => reads.push(job),
                effect => gated.push(effect),
            }
        }
        for job in reads {
            self.read(job);
        }
        self.commit(gated, acks);
        self.set_timer();
    }

    /// The writer takes one batch after the other.
    fn commit(&mut self, effects: Vec<Effect>, acks: Option<String>) {
        let fsync = i64::try_from(self.rng.between(1, 12)).unwrap();
        self.disk_free_at = self.disk_free_at.max(self.now) + fsync;
        self.at(self.disk_free_at, Happening::Committed { life: self.life, effects, acks });
    }

    fn set_timer(&mut self) {
        let now = self.engine_now();
        let Some(wake) = self.core.as_ref().and_then(|core| core.next_wake(now)) else { return };
        let at = (wake.0 - self.skew).max(self.now + 1);
        if self.tick_at.is_none_or(|earlier| at < earlier) {
            self.tick_at = Some(at);
            let life = self.life;
            self.at(at, Happening::Tick { life });
        }
    }

    fn committed(&mut self, effects: Vec<Effect>, acks: Option<&String>) {
        for effect in effects {
            match effect {
                Effect::Append(envelope) => {
                    self.say(|| format!("journal {}: {:?}", envelope.seq, brief(&envelope.event)));
                    if matches!(envelope.event, Event::StepAmbiguous { .. }) {
                        self.tally.ambiguous += 1;
                    }
                    if envelope.seq != self.disk.len() as u64 {
                        self.break_invariant(format!("I5: event {} at place {}", envelope.seq, self.disk.len()));
                    }
                    self.disk.push(envelope);
                }
                Effect::Act(job) => self.act(&job),
                Effect::Took(Taken::Opened(_) | Taken::Merged(_) | Taken::Replay) => self.acked.extend(acks.cloned()),
                Effect::Took(_) | Effect::Ran(_) | Effect::Warm(_) => {}
                Effect::Read(job) => self.read(job),
            }
        }
    }

    /// A call leaves for the vendor.
    fn act(&mut self, job: &Job) {
        self.check_intent(job);
        let planned = self.planned(job.step);
        let (class, irreversible) = (planned.0, planned.1 == Danger::Irreversible);
        if irreversible {
            self.check_approval(job);
        }
        let trouble = !self.calm();
        let life = self.life;
        let roll = self.rng.between(0, 99);
        let arrives = |world: &mut Self, by: u64| {
            let travel = world.rng.between(1, by);
            let happening =
                Happening::TakesEffect { step: job.step, class, key: job.idempotency_key.clone(), irreversible };
            world.after(travel, happening);
            travel
        };
        if trouble && self.faults.refusals && roll < 12 {
            let reason = "connection refused".to_owned();
            let throttled = roll < 5;
            let outcome = Outcome::Retry { reason, after_ms: throttled.then_some(700), throttled };
            return self.answer(life, job, JobResult::Acted(outcome), 30);
        }
        if trouble && self.faults.refusals && roll < 14 {
            let outcome = Outcome::Refused { reason: "no".to_owned(), cure: "ask".to_owned() };
            return self.answer(life, job, JobResult::Acted(outcome), 30);
        }
        if trouble && self.faults.lost_answers && roll < 34 {
            // The answer is lost; the request may still take effect long after the deadline, or never.
            if self.rng.chance(70) {
                arrives(self, DEADLINE_MS + VENDOR_LATEST_MS);
            }
            let outcome = Outcome::Ambiguous { reason: "no answer".to_owned() };
            let report = Report::bare(job, JobResult::Acted(outcome));
            return self.after(DEADLINE_MS, Happening::Answer { life, report: Box::new(report) });
        }
        let travel = arrives(self, 60);
        let before = Some(serde_json::json!({"was": "active"}));
        let outcome = Outcome::Acknowledged { before };
        self.answer(life, job, JobResult::Acted(outcome), travel);
    }

    fn answer(&mut self, life: u64, job: &Job, result: JobResult, travel: u64) {
        let mut report = Report::bare(job, result);
        report.account = Some(Account { id: job.step.to_string(), label: String::new(), matched_on: String::new() });
        let back = travel + self.rng.between(1, 30);
        self.after(back, Happening::Answer { life, report: Box::new(report) });
    }

    fn read(&mut self, job: Job) {
        let stale = !self.calm() && self.faults.stale_reads && self.rng.chance(25);
        let travel = self.rng.between(1, 30);
        let life = self.life;
        self.after(travel, Happening::Sample { life, job: Box::new(job), stale });
    }

    fn sample(&mut self, life: u64, job: &Job, stale: bool) {
        let lag = if stale { i64::try_from(STALE_MS).unwrap() } else { 0 };
        let vendor = self.vendor.entry(job.step).or_default();
        let dead = vendor.dead_since.is_some_and(|since| since + lag <= self.now);
        let verdict = if job.action.name.as_ref() == "sessions" {
            Verdict::CannotTell { reason: "unreadable".to_owned(), after_ms: None, again: false }
        } else if !self.calm() && self.faults.refusals && self.rng.chance(10) {
            Verdict::CannotTell { reason: "503".to_owned(), after_ms: None, again: true }
        } else if dead {
            Verdict::Dead { evidence: "gone".to_owned() }
        } else {
            Verdict::Alive { evidence: "active".to_owned() }
        };
        self.answer(life, job, JobResult::Read(verdict), 0);
    }

    fn takes_effect(&mut self, step: StepRef, class: StepClass, key: String, irreversible: bool) {
        let now = self.now;
        self.say(|| format!("EFFECT {step}"));
        let vendor = self.vendor.entry(step).or_default();
        let known_key = matches!(class, StepClass::Keyed { .. }) && !vendor.keys.insert(key);
        if known_key {
            return; // The vendor keeps the key: a repeat does nothing.
        }
        vendor.executed += 1;
        vendor.dead_since.get_or_insert(now);
        let twice = vendor.executed > 1;
        if irreversible {
            self.tally.irreversible_executed += 1;
        }
        if twice && !matches!(class, StepClass::Idempotent | StepClass::Pure) {
            self.break_invariant(format!("I1: {step} ({}) was executed twice", class.name()));
        }
    }

    fn planned(&self, step: StepRef) -> (StepClass, Danger) {
        let opened = self.disk.iter().find_map(|envelope| match &envelope.event {
            Event::Opened { offboarding, plan, .. } if *offboarding == step.offboarding => Some(plan),
            _ => None,
        });
        let planned = opened.and_then(|plan| plan.step(step.ord)).unwrap();
        (planned.class, planned.danger)
    }

    /// I5: the intent is on disk before the call goes out.
    fn check_intent(&mut self, job: &Job) {
        let intent = self.disk.iter().rev().find_map(|envelope| match &envelope.event {
            Event::StepStarted { step, attempt, .. } if *step == job.step => Some(*attempt),
            _ => None,
        });
        if intent != Some(job.attempt) {
            self.break_invariant(format!("I5: a call of {} without its intent on disk ({intent:?})", job.step));
        }
    }

    /// I4: a matching, unexpired consent by somebody else than the requester.
    fn check_approval(&mut self, job: &Job) {
        let mut consent = None;
        let mut requester = None;
        let mut started_at = Timestamp(0);
        for envelope in &self.disk {
            match &envelope.event {
                Event::Opened { offboarding, .. } if *offboarding == job.step.offboarding => {
                    requester = envelope.actor.uid();
                }
                Event::Approved { step, plan_digest, expires_at } if *step == job.step => {
                    consent = Some((envelope.actor.uid(), plan_digest.clone(), *expires_at));
                }
                Event::ApprovalVoid { step, .. } if *step == job.step => consent = None,
                Event::StepStarted { step, .. } if *step == job.step => started_at = envelope.at,
                _ => {}
            }
        }
        let fits = consent.is_some_and(|(by, digest, expires)| {
            by != requester && digest.starts_with("digest-of-") && expires > started_at
        });
        if !fits {
            self.break_invariant(format!("I4: {} went out without a fitting consent", job.step));
        }
    }

    /// Approves, declines nothing, retries what failed; now and then presses something that must be refused.
    fn operator(&mut self) {
        let look_again = if self.now > 20 * TROUBLE_MS {
            600_000
        } else if self.calm() {
            400
        } else {
            self.rng.between(50, 1_500)
        };
        self.after(look_again, Happening::Operator);
        let Some(core) = &self.core else { return };
        let approver = Actor::Operator { uid: APPROVER, login: "approver".to_owned() };
        let requester = Actor::Operator { uid: REQUESTER, login: "requester".to_owned() };
        let mut presses = Vec::new();
        for offboarding in core.fleet().offboardings.values() {
            if matches!(offboarding.phase, Phase::Paused { .. }) && (self.calm() || self.rng.chance(50)) {
                presses.push((Command::Resume(Target::One(offboarding.id)), approver.clone(), true));
            } else if offboarding.phase == Phase::Running && !self.calm() && self.rng.chance(4) {
                let pause = Command::Pause { target: Target::One(offboarding.id), reason: "lunch".to_owned() };
                presses.push((pause, approver.clone(), true));
            }
            for (ord, step) in (0u16..).zip(&offboarding.steps) {
                let reference = offboarding.id.step(ord);
                match &step.state {
                    StepState::AwaitingApproval { .. } => {
                        let approve = |revision: u32, typed: &str| Command::Approve {
                            step: reference,
                            revision: Some(revision),
                            plan_digest: offboarding.plan.digest.clone(),
                            typed: typed.to_owned(),
                        };
                        let login = offboarding.leaver().login.as_str();
                        match self.rng.between(0, if self.calm() { 0 } else { 4 }) {
                            1 => presses.push((approve(step.revision, "somebody-else"), approver.clone(), false)),
                            2 => presses.push((approve(step.revision + 1, login), approver.clone(), false)),
                            3 if offboarding.requester.uid() == Some(REQUESTER) => {
                                presses.push((approve(step.revision, login), requester.clone(), false));
                            }
                            _ => presses.push((approve(step.revision, login), approver.clone(), true)),
                        }
                    }
                    StepState::Failed { .. } | StepState::NeedsHuman { .. } if self.calm() || self.rng.chance(30) => {
                        // A person who retries an operator-class step has looked at the vendor first.
                        let careful = self.planned_class(reference) == Some(StepClass::Operator);
                        let done = self.vendor.get(&reference).is_some_and(|it| it.executed > 0);
                        let command = if careful && (done || !self.calm()) {
                            if !self.calm() {
                                continue;
                            }
                            Command::Reject { step: reference, revision: None, reason: "it was done".to_owned() }
                        } else {
                            Command::Retry { step: reference, revision: Some(step.revision) }
                        };
                        presses.push((command, approver.clone(), true));
                    }
                    _ => {}
                }
            }
        }
        for (command, by, welcome) in presses {
            let now = self.engine_now();
            let Some(core) = &mut self.core else { return };
            let words = format!("{command:?}");
            let effects = core.handle(now, Input::Command { command, by });
            let refused = effects.iter().any(|effect| matches!(effect, Effect::Ran(Err(_))));
            if refused {
                self.tally.refused_commands += 1;
            } else if !welcome {
                self.break_invariant(format!("a command that had to be refused was taken: {words}"));
            }
            let (reads, gated): (Vec<_>, Vec<_>) = effects.into_iter().partition(|it| matches!(it, Effect::Read(_)));
            for read in reads {
                if let Effect::Read(job) = read {
                    self.read(job);
                }
            }
            self.commit(gated, None);
        }
        self.set_timer();
    }

    fn planned_class(&self, step: StepRef) -> Option<StepClass> {
        Some(self.core.as_ref()?.fleet().get(step.offboarding)?.plan.step(step.ord)?.class)
    }

    fn check_the_end(&mut self) -> Result<(), String> {
        if !self.at_rest() {
            let stuck = self.core.as_ref().map(|core| {
                let open = core.fleet().offboardings.values().filter(|it| it.phase != Phase::Closed);
                open.map(|it| {
                    let steps: Vec<_> = (it.steps.iter().map(|step| step.state.word())).collect();
                    format!("{} {} {steps:?}", it.id, it.phase.word())
                })
                .collect::<Vec<_>>()
            });
            return Err(format!("I7: no rest after {REST_BY_MS} ms: {stuck:?}"));
        }
        let mut folded = Fleet::default();
        let mut known = HashSet::new();
        for envelope in &self.disk {
            folded.apply(envelope);
            match &envelope.event {
                Event::Opened { notice, .. } => {
                    known.insert(notice.event_id.clone());
                }
                Event::NoticeMerged { event_id, .. } => {
                    known.insert(event_id.clone());
                }
                _ => {}
            }
        }
        if let Some(lost) = self.acked.iter().find(|it| !known.contains(*it)) {
            return Err(format!("I2: the notice {lost} was acknowledged and is nowhere"));
        }
        for offboarding in folded.offboardings.values() {
            if offboarding.phase == Phase::Closed {
                self.tally.closed += 1;
            }
            for (ord, step) in (0u16..).zip(&offboarding.steps) {
                let reference = offboarding.id.step(ord);
                if !step.state.is_settled() {
                    return Err(format!("I3: {reference} ended as {}", step.state.word()));
                }
                let done = matches!(step.state, StepState::Done { .. });
                let happened = self.vendor.get(&reference).is_some_and(|it| it.executed > 0);
                if done && !happened {
                    return Err(format!("{reference} is called done and never happened"));
                }
            }
        }
        self.check_outcomes()
    }

    /// I5: every intent is followed by an outcome of its step.
    fn check_outcomes(&self) -> Result<(), String> {
        let mut open: BTreeMap<StepRef, u64> = BTreeMap::new();
        for envelope in &self.disk {
            match &envelope.event {
                Event::StepStarted { step, .. } => {
                    if let Some(earlier) = open.insert(*step, envelope.seq) {
                        return Err(format!("I5: {step} has two intents in a row ({earlier} and {})", envelope.seq));
                    }
                }
                event => {
                    if let Some(step) = event.step() {
                        open.remove(&step);
                    }
                }
            }
        }
        open.into_iter().next().map_or(Ok(()), |(step, seq)| Err(format!("I5: intent {seq} of {step} has no outcome")))
    }
}

fn brief(event: &Event) -> String {
    match event {
        Event::Opened { offboarding, phase, .. } => format!("opened {offboarding} {}", phase.word()),
        event => serde_json::to_string(event).unwrap(),
    }
}
