//! The simulated world: a machine that may die between any two moments, vendors that act late and lie, a clock, HR, and
//! an operator. It plays a script, and what the script does not name takes as long as chance says.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use nightlatch::connectors::{Limits, Observation};
use nightlatch::engine::core::{Captured, Core, CoreConfig, Effect, Input, Job, JobResult, NoticeKey, Report};
use nightlatch::engine::scheduler::JobKind;
use nightlatch::engine::{Command, Taken, Target as Whom};
use nightlatch::model::{
    Account, Actor, AlertKind, Before, ConnectorId, Danger, Envelope, Event, Fleet, NoticeKind, OffboardingId, Outcome,
    Phase, Plan, StepRef, Timestamp, Verdict,
};

use super::noise::Noise;
use super::plan::{self, DEADLINE_MS, SYSTEMS, VENDOR_LATEST_MS};
use super::script::{CallOf, Moment, Outage, Script, Trouble, Window, span};
use super::vendor::{Request, Target, Vendors};

pub(crate) const REQUESTER: u32 = 1_000;
/// Once the troubles are over, everything has to come to rest within this.
const REST_WITHIN_MS: u64 = 4 * 86_400_000;
/// A sender who got no answer comes again.
const RESEND_MS: u64 = 5_000;
/// The clock may be corrected by less than this without the engine's noticing.
const CLOCK_KEPT_MS: i64 = 2_000;
/// The engine's clock at the world's first moment, in ms since the epoch.
const EPOCH_MS: i64 = 1_700_000_000_000;

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Which, as in `I1`.
    pub(crate) rule: &'static str,
    pub(crate) what: String,
    /// By which step, if by one.
    pub(crate) step: Option<StepRef>,
}

/// A moment of a story; about one step, or about the world.
pub(crate) struct Line {
    pub(crate) at: u64,
    pub(crate) of: Option<StepRef>,
    pub(crate) words: String,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) schedules: u64,
    pub(crate) crashes: u64,
    pub(crate) ambiguous: u64,
    pub(crate) irreversible_executed: u64,
    pub(crate) closed: u64,
    pub(crate) aborted: u64,
    pub(crate) held: u64,
    pub(crate) rollbacks: u64,
    pub(crate) consents_void: u64,
    pub(crate) outages_told: u64,
    pub(crate) credentials_told: u64,
    pub(crate) events: u64,
    pub(crate) refused_commands: u64,
    pub(crate) holds_lifted: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.schedules += other.schedules;
        self.crashes += other.crashes;
        self.ambiguous += other.ambiguous;
        self.irreversible_executed += other.irreversible_executed;
        self.closed += other.closed;
        self.aborted += other.aborted;
        self.held += other.held;
        self.rollbacks += other.rollbacks;
        self.consents_void += other.consents_void;
        self.outages_told += other.outages_told;
        self.credentials_told += other.credentials_told;
        self.events += other.events;
        self.refused_commands += other.refused_commands;
        self.holds_lifted += other.holds_lifted;
    }
}

/// What will happen, on the world's own clock.
enum Happening {
    /// The journal's write of a turn reaches the disk.
    Committed {
        life: u64,
        batch: Batch,
    },
    /// A request takes effect at the vendor.
    TakesEffect {
        request: Request,
        step: StepRef,
        irreversible: bool,
    },
    /// An answer reaches the engine, if it is still the one that asked.
    Answer {
        life: u64,
        report: Box<Report>,
        to: Option<CallOf>,
    },
    /// A read samples the vendor's state, and answers later.
    Sample {
        life: u64,
        job: Box<Job>,
    },
    /// HR, or a colleague, sends this notice; again if there was no answer.
    Notice {
        number: usize,
        resend: bool,
    },
    /// The operator looks at the screen.
    Operator,
    /// The engine's own timer.
    Tick {
        life: u64,
        at: u64,
    },
    /// A trouble of the script begins, or ends.
    Begins(usize),
    Ends(usize),
    /// Power off, and on again after a while.
    PowerFails {
        off_ms: u64,
    },
    Boot,
}

/// What one turn of the engine gave to the writer.
struct Batch {
    decided: u64,
    effects: Vec<Effect>,
    acks: Option<usize>,
    /// The power fails when it is on disk.
    fatal: Option<usize>,
    /// An act that leaves when what it takes away is on disk, and when it was decided.
    then: Option<(Job, u64)>,
}

struct Due {
    at: u64,
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

/// Somebody's word that somebody leaves, or stays.
struct Notice {
    person: usize,
    event_id: String,
    kind: NoticeKind,
    acked: bool,
}

/// An offboarding as the world knows it.
pub(crate) struct Case {
    /// Counted over all journals: a restored backup may give a number twice.
    pub(crate) number: u64,
    pub(crate) person: usize,
    pub(crate) plan: Plan,
    pub(crate) requester: Option<u32>,
}

pub(crate) struct World<'a> {
    pub(crate) script: &'a Script,
    pub(crate) noise: Noise,
    pub(crate) now: u64,
    calm_at: u64,
    /// The engine's clock runs ahead of the world's by this much.
    skew: i64,
    skew_at_boot: i64,
    /// What the engine that runs now has marked, or is about to.
    skew_of_life: i64,
    clock_last: i64,
    frozen_until: u64,
    due: BinaryHeap<Reverse<Due>>,
    numbers: u64,
    /// Grows with each boot: answers to a dead engine go nowhere.
    life: u64,
    pub(crate) core: Option<Core>,
    pub(crate) disk: Vec<Envelope>,
    /// When each event of the disk got there.
    disk_at: Vec<u64>,
    disk_free_at: u64,
    rollback: Option<String>,
    notices: Vec<Notice>,
    pub(crate) cases: HashMap<OffboardingId, Case>,
    cases_ever: u64,
    pub(crate) vendors: Vendors,
    sent: HashMap<(usize, String), u32>,
    fired: Vec<bool>,
    tick_at: Option<u64>,
    operator_at: Option<u64>,
    pub(crate) looks: u64,
    pub(crate) tally: Tally,
    pub(crate) story: Option<Vec<Line>>,
    quarantine: bool,
    pub(crate) broken: Option<Broken>,
}

impl<'a> World<'a> {
    pub(crate) fn new(script: &'a Script) -> Self {
        let mut world = Self {
            script,
            noise: Noise(script.noise),
            now: 0,
            calm_at: script.calm_at(),
            skew: EPOCH_MS,
            skew_at_boot: EPOCH_MS,
            skew_of_life: EPOCH_MS,
            clock_last: 0,
            frozen_until: 0,
            due: BinaryHeap::new(),
            numbers: 0,
            life: 0,
            core: None,
            disk: Vec::new(),
            disk_at: Vec::new(),
            disk_free_at: 0,
            rollback: None,
            notices: Vec::new(),
            cases: HashMap::new(),
            cases_ever: 0,
            vendors: Vendors::default(),
            sent: HashMap::new(),
            fired: vec![false; script.troubles.len()],
            tick_at: None,
            operator_at: None,
            looks: 0,
            tally: Tally::default(),
            story: None,
            quarantine: true,
            broken: None,
        };
        world.rehearse();
        world
    }

    /// The engine reads back without waiting: a broken rule, to see that it is noticed.
    pub(crate) fn without_quarantine(mut self) -> Self {
        self.quarantine = false;
        self
    }

    /// Keeps the story.
    pub(crate) fn telling(mut self) -> Self {
        self.story = Some(Vec::new());
        self
    }

    fn rehearse(&mut self) {
        self.at(0, Happening::Boot);
        for (person, it) in self.script.people.iter().enumerate() {
            self.announce(person, "leaves", NoticeKind::Terminated, it.at);
        }
        for (number, trouble) in self.script.troubles.iter().enumerate() {
            match trouble {
                Trouble::AnswerLost { .. } | Trouble::Refused { .. } | Trouble::Busy { .. } => continue,
                Trouble::PowerFails { when, .. } if !matches!(when, Moment::At(_)) => continue,
                _ => self.at(trouble.begins(), Happening::Begins(number)),
            }
            // At its end somebody does something.
            if let Trouble::DiskFull { window } | Trouble::EnginePaused { window } | Trouble::LegalHold { window, .. } =
                trouble
            {
                self.at(window.end(), Happening::Ends(number));
            }
        }
        self.look_within(3_600_000);
    }

    fn announce(&mut self, person: usize, what: &str, kind: NoticeKind, at: u64) {
        let number = self.notices.len();
        let event_id = format!("person {person} {what} {number}");
        self.notices.push(Notice { person, event_id, kind, acked: false });
        self.at(at, Happening::Notice { number, resend: true });
    }

    fn at(&mut self, at: u64, what: Happening) {
        self.numbers += 1;
        self.due.push(Reverse(Due { at, number: self.numbers, what }));
    }

    /// The operator looks at the latest in so many ms.
    pub(crate) fn look_within(&mut self, ms: u64) {
        let at = self.now + ms;
        if self.operator_at.is_none_or(|earlier| at < earlier) {
            self.operator_at = Some(at);
            self.at(at, Happening::Operator);
        }
    }

    /// The machine is suspended: nothing that needs it moves.
    pub(crate) fn is_frozen(&self) -> bool {
        self.now < self.frozen_until
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.now > self.calm_at
    }

    pub(crate) fn person(&self, number: usize) -> usize {
        number % self.script.people.len()
    }

    pub(crate) fn tell(&mut self, of: Option<StepRef>, words: impl FnOnce() -> String) {
        let at = self.now;
        if let Some(story) = &mut self.story {
            story.push(Line { at, of, words: words() });
        }
    }

    pub(crate) fn break_rule(&mut self, rule: &'static str, step: Option<StepRef>, what: String) {
        self.broken.get_or_insert(Broken { rule, what, step });
    }

    /// Plays the script. The world is given back for its story.
    pub(crate) fn run(&mut self) -> Result<(), Broken> {
        while let Some(Reverse(due)) = self.due.pop() {
            self.now = due.at;
            if self.now > self.calm_at + REST_WITHIN_MS {
                break;
            }
            self.happen(due.what);
            if let Some(broken) = self.broken.take() {
                return Err(broken);
            }
            if self.is_calm() && self.is_at_rest() {
                break;
            }
        }
        self.check_the_end()?;
        self.tally.schedules = 1;
        self.tally.events = self.disk.len() as u64;
        Ok(())
    }

    pub(crate) fn is_at_rest(&self) -> bool {
        let Some(core) = &self.core else { return false };
        let fleet = core.fleet();
        let written = self.disk_free_at <= self.now && self.disk.len() as u64 == fleet.next_seq;
        let ended = |it: &nightlatch::model::Offboarding| {
            matches!(it.phase, Phase::Closed | Phase::Aborted { .. }) && !it.is_kept_at_hand()
        };
        let heard = self.notices.iter().all(|it| it.acked);
        let told = fleet.alerts.values().any(|alert| alert.kind != AlertKind::Flood);
        written && heard && !told && core.under_way() == 0 && fleet.offboardings.values().all(|it| ended(it))
    }

    fn happen(&mut self, what: Happening) {
        let needs_the_machine = matches!(
            what,
            Happening::Committed { .. }
                | Happening::Answer { .. }
                | Happening::Tick { .. }
                | Happening::Notice { .. }
                | Happening::Ends(_)
        );
        if needs_the_machine && self.is_frozen() {
            return self.at(self.frozen_until, what);
        }
        match what {
            Happening::Boot => self.boot(),
            Happening::PowerFails { off_ms } => self.crash(off_ms),
            Happening::Notice { number, resend } => self.notice(number, resend),
            Happening::Operator if self.operator_at == Some(self.now) => {
                self.operator_at = None;
                self.operator();
            }
            Happening::Tick { life, at } if life == self.life && self.tick_at == Some(at) => {
                self.tick_at = None;
                self.feed(Input::Tick, None, None);
            }
            Happening::Committed { life, batch } if life == self.life => self.committed(batch),
            Happening::Answer { life, report, to } if life == self.life => self.answered(*report, to),
            Happening::Sample { life, job } => self.sample(life, &job),
            Happening::TakesEffect { request, step, irreversible } => self.take_effect(&request, step, irreversible),
            Happening::Begins(number) => self.begin(number),
            Happening::Ends(number) => self.end(number),
            Happening::Operator | Happening::Tick { .. } | Happening::Committed { .. } | Happening::Answer { .. } => {}
        }
    }

    /// The notices whose senders were told that they are on disk.
    pub(crate) fn acknowledged(&self) -> impl Iterator<Item = &str> {
        self.notices.iter().filter(|it| it.acked).map(|it| it.event_id.as_str())
    }

    pub(crate) fn engine_now(&mut self) -> Timestamp {
        let now = i64::try_from(self.now).unwrap() + self.skew;
        self.clock_last = self.clock_last.max(now);
        Timestamp(self.clock_last)
    }

    fn begin(&mut self, number: usize) {
        let trouble = self.script.troubles[number];
        if let Some(words) = trouble.words() {
            self.tell(None, || words);
        }
        match trouble {
            Trouble::PowerFails { .. } => self.power_fails(number),
            Trouble::BackupRestored { lost_ms, .. } => self.restore_backup(lost_ms),
            Trouble::Suspended { window } => self.frozen_until = self.frozen_until.max(window.end()),
            Trouble::ClockDrifts { ms, .. } if (self.skew + ms - self.skew_at_boot).abs() < CLOCK_KEPT_MS => {
                self.skew += ms;
                self.set_timer();
            }
            Trouble::DiskFull { .. } => self.hold_for_the_disk(),
            Trouble::EnginePaused { .. } => {
                self.command(Command::Pause { target: Whom::All, revision: None, reason: "maintenance".to_owned() });
            }
            Trouble::LegalHold { person, .. } => self.put_under_hold(self.person(person)),
            Trouble::PersonPaused { person, .. } => self.pause(self.person(person)),
            Trouble::OperatorImpatient { .. } => self.press_retry_everywhere(),
            Trouble::NoticeAgain { person, .. } => {
                // The first notices are those of the people, in their order.
                let number = self.person(person);
                self.at(self.now, Happening::Notice { number, resend: false });
            }
            Trouble::AnotherNotice { person, .. } => {
                self.announce(self.person(person), "leaves, says HR once more,", NoticeKind::Terminated, self.now);
            }
            Trouble::LeavesAgain { person, .. } => {
                self.announce(self.person(person), "leaves again", NoticeKind::Terminated, self.now);
            }
            Trouble::CalledOff { person, .. } => {
                self.announce(self.person(person), "stays after all", NoticeKind::Rescinded, self.now);
            }
            _ => {}
        }
    }

    fn end(&mut self, number: usize) {
        match self.script.troubles[number] {
            Trouble::DiskFull { .. } if !self.disk_is_full() => {
                if let Some(core) = &mut self.core {
                    core.hold(None);
                }
                self.feed(Input::Tick, None, None);
            }
            _ => self.look_within(100),
        }
    }

    fn disk_is_full(&self) -> bool {
        let now = self.now;
        self.script.troubles.iter().any(|it| matches!(it, Trouble::DiskFull { window } if window.has(now)))
    }

    fn hold_for_the_disk(&mut self) {
        if let Some(core) = &mut self.core {
            core.hold(Some("the disk is nearly full".to_owned()));
        }
    }

    fn boot(&mut self) {
        if self.core.is_some() {
            return;
        }
        if self.is_frozen() {
            return self.at(self.frozen_until, Happening::Boot);
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
        let config = CoreConfig { flood_limit_per_hour: self.script.flood_limit, ..CoreConfig::default() };
        let mut core = Core::new(config, fleet, seen);
        for system in SYSTEMS {
            let limits = Limits { max_in_flight: 3, per_second: None };
            core.open_lane(ConnectorId::new(system).unwrap(), "simulated", limits);
        }
        self.core = Some(core);
        if self.life > 0 {
            self.tell(None, || "the engine starts again".to_owned());
        }
        let clock_kept = (self.skew - self.skew_at_boot).abs() < CLOCK_KEPT_MS;
        self.skew_of_life = self.skew;
        self.clock_last = 0;
        self.disk_free_at = self.now;
        let rollback = self.rollback.take();
        self.feed(Input::Start { version: "sim".to_owned(), clock_kept, rollback }, None, None);
        if self.disk_is_full() {
            self.hold_for_the_disk();
        }
        self.look_within(1_000);
    }

    /// The power fails as the script says, once.
    fn power_fails(&mut self, number: usize) {
        self.fired[number] = true;
        let Trouble::PowerFails { off_ms, again_after_ms, clock_jump_ms, .. } = self.script.troubles[number] else {
            return;
        };
        if self.core.is_none() {
            return;
        }
        let jump = if clock_jump_ms == 0 { String::new() } else { format!("; the clock jumps by {clock_jump_ms} ms") };
        self.tell(None, || format!("the power fails for {}{jump}", span(off_ms)));
        self.skew += clock_jump_ms;
        self.crash(off_ms);
        if let Some(ms) = again_after_ms {
            self.at(self.now + off_ms + ms, Happening::PowerFails { off_ms });
        }
    }

    fn crash(&mut self, off_ms: u64) {
        if self.core.take().is_none() {
            return;
        }
        self.life += 1;
        self.tick_at = None;
        self.tally.crashes += 1;
        self.at(self.now + off_ms, Happening::Boot);
    }

    /// The journal of a while ago: what was acknowledged since is forgotten, and lawfully so.
    fn restore_backup(&mut self, lost_ms: u64) {
        if self.core.is_none() {
            return;
        }
        let keep = self.disk_at.partition_point(|at| *at + lost_ms <= self.now);
        self.disk.truncate(keep);
        self.disk_at.truncate(keep);
        self.rollback = Some("the journal is older than what was signed".to_owned());
        self.tally.rollbacks += 1;
        self.crash(1_000);
    }

    fn notice(&mut self, number: usize, resend: bool) {
        let (person, kind) = (self.notices[number].person, self.notices[number].kind);
        if resend {
            if self.notices[number].acked {
                return;
            }
            self.at(self.now + RESEND_MS, Happening::Notice { number, resend });
        }
        if self.core.is_none() {
            return;
        }
        let event_id = self.notices[number].event_id.clone();
        self.tell(None, || format!("a notice comes: {event_id}"));
        let who = &self.script.people[person];
        let ahead = if number < self.script.people.len() { who.ahead_ms } else { 0 };
        let effective_at = (ahead > 0).then(|| self.engine_now().plus_ms(ahead));
        let notice = plan::notice(person, &event_id, kind, who.by_hand, effective_at);
        let mut plan = plan::of(who, &event_id);
        if !self.quarantine {
            for step in Arc::make_mut(&mut plan.steps) {
                step.quarantine_ms = 0;
                step.deadline_ms = 1;
            }
        }
        let by = if who.by_hand {
            Actor::Operator { uid: REQUESTER, login: "requester".to_owned() }
        } else {
            Actor::Hris { source: "hr".to_owned() }
        };
        self.feed(Input::Notice { notice: Box::new(notice), plan: Box::new(plan), by }, Some(number), None);
    }

    /// Hands an input in; its effects wait for the disk, but for reads, which start at once.
    pub(crate) fn feed(&mut self, input: Input, acks: Option<usize>, fatal: Option<usize>) {
        let now = self.engine_now();
        let Some(core) = &mut self.core else { return };
        let effects = core.handle(now, input);
        self.perform(effects, acks, fatal, None);
    }

    /// A person's command; says whether it was taken.
    pub(crate) fn order(&mut self, command: Command, by: Actor) -> bool {
        if self.is_frozen() {
            return false;
        }
        let now = self.engine_now();
        let Some(core) = &mut self.core else { return false };
        let effects = core.handle(now, Input::Command { command, by });
        let taken = !effects.iter().any(|effect| matches!(effect, Effect::Ran(Err(_))));
        self.perform(effects, None, None, None);
        taken
    }

    fn perform(&mut self, effects: Vec<Effect>, acks: Option<usize>, fatal: Option<usize>, then: Option<(Job, u64)>) {
        let intent = effects.iter().find_map(|effect| match effect {
            Effect::Act(job) => {
                self.power_failure(|at, call| matches!(at, Moment::BeforeIntent(it) if *it == call), job)
            }
            _ => None,
        });
        if let Some(number) = intent {
            self.tell(None, || "before an intent is on disk,".to_owned());
            return self.power_fails(number);
        }
        let (reads, gated): (Vec<_>, Vec<_>) = effects.into_iter().partition(|it| matches!(it, Effect::Read(_)));
        for read in reads {
            if let Effect::Read(job) = read {
                self.read(job);
            }
        }
        if !gated.is_empty() || fatal.is_some() {
            // The writer takes one batch after the other.
            let fsync = self.noise.between(1, 12, &[1, self.disk.len() as u64, self.life]);
            self.disk_free_at = self.disk_free_at.max(self.now) + fsync;
            let batch = Batch { decided: self.now, effects: gated, acks, fatal, then };
            self.at(self.disk_free_at, Happening::Committed { life: self.life, batch });
        }
        self.set_timer();
    }

    fn set_timer(&mut self) {
        let now = self.engine_now();
        let Some(wake) = self.core.as_ref().and_then(|core| core.next_wake(now)) else { return };
        let at = u64::try_from(wake.0 - self.skew).unwrap_or(0).max(self.now + 1);
        if self.tick_at.is_none_or(|earlier| at < earlier) {
            self.tick_at = Some(at);
            let life = self.life;
            self.at(at, Happening::Tick { life, at });
        }
    }

    fn committed(&mut self, batch: Batch) {
        let life = self.life;
        let mut then = batch.then;
        for effect in batch.effects {
            match effect {
                Effect::Append(envelope) => self.append(envelope),
                Effect::Act(job) => self.act(&job, batch.decided),
                Effect::Took(
                    Taken::SetAside(_) | Taken::Opened(_) | Taken::Merged(_) | Taken::Rescinded(_) | Taken::Replay,
                ) => {
                    if let Some(number) = batch.acks {
                        self.notices[number].acked = true;
                    }
                }
                Effect::Captured => {
                    if let Some((job, decided)) = then.take() {
                        self.leave(&job, decided);
                    }
                }
                Effect::Ran(_) | Effect::Read(_) | Effect::Warm(_) => {}
            }
            if self.life != life {
                return; // The power failed.
            }
        }
        if let Some(number) = batch.fatal {
            self.tell(None, || "just after an outcome is on disk,".to_owned());
            self.power_fails(number);
        }
    }

    fn append(&mut self, envelope: Envelope) {
        let step = envelope.event.step();
        if self.story.is_some() {
            let words = in_words(&envelope.event, self.skew);
            if let Some(words) = words {
                self.tell(step, || words);
            }
        }
        self.check_event(&envelope);
        if let Event::Opened { offboarding, notice, plan, .. } = &envelope.event {
            self.cases_ever += 1;
            let person = notice.leaver.employee_id.as_deref().and_then(|id| id.parse().ok()).unwrap();
            let requester = envelope.actor.uid();
            let case = Case { number: self.cases_ever, person, plan: (**plan).clone(), requester };
            self.cases.insert(*offboarding, case);
        }
        if matches!(envelope.event, Event::EngineStarted { .. }) {
            self.skew_at_boot = self.skew_of_life; // The mark is written with it.
        }
        self.disk.push(envelope);
        self.disk_at.push(self.now);
    }

    fn call_of(&self, job: &Job) -> CallOf {
        let case = &self.cases[&job.step.offboarding];
        let action = job.action.to_string();
        let action = ACTIONS.into_iter().find(|known| *known == action).unwrap_or("another action");
        let nth = self.sent.get(&(case.person, action.to_owned())).copied().unwrap_or_default();
        CallOf { person: case.person, action, nth }
    }

    /// The script's power failure at this moment of this job, if it has one left.
    fn power_failure(&self, fits: impl Fn(&Moment, CallOf) -> bool, job: &Job) -> Option<usize> {
        if !self.cases.contains_key(&job.step.offboarding) {
            return None; // Not even opened on disk yet.
        }
        self.power_failure_of(fits, self.call_of(job))
    }

    fn power_failure_of(&self, fits: impl Fn(&Moment, CallOf) -> bool, call: CallOf) -> Option<usize> {
        self.script.troubles.iter().enumerate().find_map(|(number, trouble)| match trouble {
            Trouble::PowerFails { when, .. } if !self.fired[number] => {
                let when = self.named(*when);
                fits(&when, call).then_some(number)
            }
            _ => None,
        })
    }

    /// The same moment with a person who exists.
    fn named(&self, when: Moment) -> Moment {
        let real = |call: CallOf| self.real(call);
        match when {
            Moment::At(at) => Moment::At(at),
            Moment::BeforeIntent(call) => Moment::BeforeIntent(real(call)),
            Moment::AfterIntent(call) => Moment::AfterIntent(real(call)),
            Moment::OnItsWay(call) => Moment::OnItsWay(real(call)),
            Moment::BeforeOutcome(call) => Moment::BeforeOutcome(real(call)),
            Moment::AfterOutcome(call) => Moment::AfterOutcome(real(call)),
        }
    }

    pub(crate) fn real(&self, call: CallOf) -> CallOf {
        CallOf { person: self.person(call.person), ..call }
    }

    /// The intent is on disk: the job acts.
    fn act(&mut self, job: &Job, decided: u64) {
        self.check_intent(job);
        let case = &self.cases[&job.step.offboarding];
        if case.plan.step(job.step.ord).unwrap().danger == Danger::Irreversible {
            self.check_approval(job);
        }
        if let Some(number) = self.power_failure(|at, call| matches!(at, Moment::AfterIntent(it) if *it == call), job) {
            let call = self.call_of(job);
            self.tell(Some(job.step), || format!("with the intent of {call} on disk,"));
            return self.power_fails(number);
        }
        // Half of them say first what they are about to take away.
        let (step, attempt) = (job.step, job.attempt);
        if self.noise.chance(50, &[4, step.offboarding.0, u64::from(step.ord), u64::from(attempt)]) {
            let before = Before::of(serde_json::json!({ "was": "active" }));
            let now = self.engine_now();
            let Some(core) = &mut self.core else { return };
            let effects = core.handle(now, Input::Captured(Captured { step, attempt, account: None, before }));
            if !effects.iter().any(|effect| matches!(effect, Effect::Captured)) {
                let reason = "not sent: what undo needs was not on disk in time".to_owned();
                let outcome = Outcome::Retry { reason, after_ms: None, throttled: false };
                self.answer(job, JobResult::Acted(outcome), DEADLINE_MS, Observation::default());
            }
            return self.perform(effects, None, None, Some((job.clone(), decided)));
        }
        self.leave(job, decided);
    }

    /// A call leaves for the vendor.
    fn leave(&mut self, job: &Job, decided: u64) {
        let case = &self.cases[&job.step.offboarding];
        let planned = case.plan.step(job.step.ord).unwrap();
        let irreversible = planned.danger == Danger::Irreversible;
        let target: Target = (case.person, job.action.to_string());
        let request = Request {
            target: target.clone(),
            case: (case.number, job.step.ord),
            class: planned.class,
            key: job.idempotency_key.clone(),
        };
        let call = self.call_of(job);
        if self.now > decided + DEADLINE_MS {
            let reason = "not sent: the engine was held up until after the deadline".to_owned();
            let outcome = Outcome::Retry { reason, after_ms: None, throttled: false };
            return self.answer(job, JobResult::Acted(outcome), 0, Observation::default());
        }
        *self.sent.entry(target).or_default() += 1;
        self.send(job, call, decided, request, irreversible);
        if let Some(number) = self.power_failure_of(|at, call| matches!(at, Moment::OnItsWay(it) if *it == call), call)
        {
            self.tell(Some(job.step), || format!("with {call} on its way,"));
            self.power_fails(number);
        }
    }

    fn send(&mut self, job: &Job, call: CallOf, decided: u64, request: Request, irreversible: bool) {
        let step = job.step;
        let travel = self.noise.between(1, 60, &[2, step.offboarding.0, u64::from(step.ord), u64::from(job.attempt)]);
        let trouble = self.script.troubles.iter().find_map(|trouble| match trouble {
            Trouble::AnswerLost { call: it, .. } | Trouble::Refused { call: it } | Trouble::Busy { call: it }
                if self.real(*it) == call =>
            {
                Some(*trouble)
            }
            _ => None,
        });
        let outage = self.outage(&job.action.connector);
        let lost = |why: &str| JobResult::Acted(Outcome::Ambiguous { reason: why.to_owned() });
        let deadline_in = decided + DEADLINE_MS - self.now;
        self.tell(Some(step), || match trouble {
            Some(Trouble::AnswerLost { acts_after: Some(ms), .. }) => {
                format!("{call} is sent; its answer is lost; it will take effect after {}", span(ms))
            }
            Some(Trouble::AnswerLost { acts_after: None, .. }) => format!("{call} is sent and never arrives"),
            Some(Trouble::Refused { .. }) => format!("{call} is sent and refused"),
            Some(Trouble::Busy { .. }) => format!("{call} is sent and told to wait"),
            _ => format!("{call} is sent"),
        });
        let quietly = Observation::default();
        match (trouble, outage) {
            (Some(Trouble::Refused { .. }), _) => {
                let outcome = Outcome::Refused { reason: "no".to_owned(), cure: "ask".to_owned() };
                self.answer_to(job, call, JobResult::Acted(outcome), 30, quietly);
            }
            (Some(Trouble::Busy { .. }), _) => {
                let outcome = Outcome::Busy { reason: "409".to_owned(), after_ms: None };
                self.answer_to(job, call, JobResult::Acted(outcome), 30, quietly);
            }
            (Some(Trouble::AnswerLost { acts_after, .. }), _) => {
                if let Some(ms) = acts_after {
                    self.arrive(ms, request, step, irreversible);
                }
                self.answer_to(job, call, lost("no answer"), deadline_in, quietly);
            }
            (_, Some(Out::Down(Outage::Unreachable))) => {
                let reason = "connection refused".to_owned();
                let outcome = Outcome::Retry { reason, after_ms: None, throttled: false };
                self.answer_to(job, call, JobResult::Acted(outcome), 5, quietly);
            }
            (_, Some(Out::Down(Outage::Unavailable))) => self.answer_to(job, call, lost("503"), 30, quietly),
            (_, Some(Out::Down(Outage::Silent))) => {
                let question = [3, step.offboarding.0, u64::from(step.ord), u64::from(job.attempt)];
                if self.noise.chance(50, &question) {
                    let ms = self.noise.between(1, DEADLINE_MS + VENDOR_LATEST_MS, &question);
                    self.tell(Some(step), || format!("its answer is lost; it will take effect after {}", span(ms)));
                    self.arrive(ms, request, step, irreversible);
                }
                self.answer_to(job, call, lost("no answer"), deadline_in, quietly);
            }
            (_, Some(Out::Throttled(after_ms))) => {
                let outcome = Outcome::Retry { reason: "429".to_owned(), after_ms, throttled: true };
                let seen = Observation { blocked_for_ms: after_ms, ..quietly };
                self.answer_to(job, call, JobResult::Acted(outcome), 30, seen);
            }
            (_, Some(Out::Locked)) => {
                let outcome = Outcome::Locked { reason: "401".to_owned(), cure: "a new token".to_owned() };
                self.answer_to(job, call, JobResult::Acted(outcome), 30, quietly);
            }
            _ => {
                self.arrive(travel, request, step, irreversible);
                self.answer_to(job, call, JobResult::Acted(Outcome::Acknowledged), travel + 5, quietly);
            }
        }
    }

    fn arrive(&mut self, ms: u64, request: Request, step: StepRef, irreversible: bool) {
        self.vendors.sent(&request);
        self.at(self.now + ms, Happening::TakesEffect { request, step, irreversible });
    }

    fn answer_to(&mut self, job: &Job, call: CallOf, result: JobResult, in_ms: u64, seen: Observation) {
        self.answer_with(job, Some(call), result, in_ms, seen);
    }

    fn answer(&mut self, job: &Job, result: JobResult, in_ms: u64, seen: Observation) {
        self.answer_with(job, None, result, in_ms, seen);
    }

    fn answer_with(&mut self, job: &Job, to: Option<CallOf>, result: JobResult, in_ms: u64, seen: Observation) {
        let mut report = Report::bare(job, result);
        report.account = Some(Account { id: job.step.to_string(), label: String::new(), matched_on: String::new() });
        report.seen = seen;
        let life = self.life;
        self.at(self.now + in_ms, Happening::Answer { life, report: Box::new(report), to });
    }

    fn answered(&mut self, report: Report, to: Option<CallOf>) {
        let acted = report.kind == JobKind::Act;
        let lost = to.and_then(|call| {
            self.power_failure_of(|at, call| matches!(at, Moment::BeforeOutcome(it) if *it == call), call)
        });
        if let Some(number) = lost.filter(|_| acted) {
            self.tell(Some(report.step), || "its answer is here, and before it is on disk,".to_owned());
            return self.power_fails(number);
        }
        let fatal = to.and_then(|call| {
            self.power_failure_of(|at, call| matches!(at, Moment::AfterOutcome(it) if *it == call), call)
        });
        self.feed(Input::Report(report), None, fatal.filter(|_| acted));
    }

    /// How this system is out just now, if it is.
    pub(crate) fn outage(&self, connector: &ConnectorId) -> Option<Out> {
        let here = |system: usize, window: &Window| SYSTEMS[system] == connector.as_str() && window.has(self.now);
        self.script.troubles.iter().find_map(|trouble| match trouble {
            Trouble::VendorOut { system, window, how } if here(*system, window) => Some(Out::Down(*how)),
            Trouble::Throttled { system, window, retry_after_ms } if here(*system, window) => {
                Some(Out::Throttled(*retry_after_ms))
            }
            Trouble::CredentialsRefused { system, window } if here(*system, window) => Some(Out::Locked),
            _ => None,
        })
    }

    fn read(&mut self, job: Job) {
        let travel = self.noise.between(1, 30, &[4, job.step.offboarding.0, u64::from(job.step.ord), self.now]);
        let life = self.life;
        self.at(self.now + travel, Happening::Sample { life, job: Box::new(job) });
    }

    fn sample(&mut self, life: u64, job: &Job) {
        if life != self.life {
            return;
        }
        let connector = &job.action.connector;
        let stale = self.script.troubles.iter().any(|trouble| {
            matches!(trouble, Trouble::Stale { system, window }
                if SYSTEMS[*system] == connector.as_str() && window.has(self.now))
        });
        let case = &self.cases[&job.step.offboarding];
        let target: Target = (case.person, job.action.to_string());
        let cannot = |reason: &str, after_ms, again| Verdict::CannotTell { reason: reason.to_owned(), after_ms, again };
        let mut seen = Observation::default();
        let verdict = match self.outage(connector) {
            _ if job.action.name.as_ref() == "sessions" => cannot("unreadable", None, false),
            Some(Out::Down(_)) => cannot("no answer", None, true),
            Some(Out::Throttled(after_ms)) => {
                seen.blocked_for_ms = after_ms;
                cannot("429", after_ms.or(Some(1_000)), true)
            }
            Some(Out::Locked) => Verdict::Locked { reason: "401".to_owned(), cure: "a new token".to_owned() },
            None if self.vendors.is_dead(&target, self.now, stale) => Verdict::Dead { evidence: "gone".to_owned() },
            None => Verdict::Alive { evidence: "active".to_owned() },
        };
        if job.kind == JobKind::Reconcile {
            let past = if stale { ", as it was a while ago" } else { "" };
            let word = match &verdict {
                Verdict::Dead { .. } => "gone",
                Verdict::Alive { .. } => "alive",
                _ => "no answer",
            };
            self.tell(Some(job.step), || format!("{} is read back{past}: {word}", job.action));
        }
        self.answer(job, JobResult::Read(verdict), 15, seen);
    }

    fn take_effect(&mut self, request: &Request, step: StepRef, irreversible: bool) {
        let times = self.vendors.take_effect(self.now, request);
        let (person, action) = &request.target;
        self.tell(Some(step), || format!("{action} of person {person} takes effect"));
        if irreversible {
            self.tally.irreversible_executed += 1;
        }
        self.check_effect(request, step, times);
    }
}

/// How a system is out.
pub(crate) enum Out {
    Down(Outage),
    Throttled(Option<u64>),
    Locked,
}

/// The actions that a script may name.
const ACTIONS: [&str; 9] = [
    "alpha.sessions",
    "alpha.suspend",
    "alpha.careful",
    "alpha.delete",
    "bravo.sessions",
    "bravo.suspend",
    "bravo.delete",
    "charlie.sessions",
    "charlie.suspend",
];

/// What matters of an event in a story; `None`: it goes without saying.
fn in_words(event: &Event, skew: i64) -> Option<String> {
    let told = match event {
        Event::StepAmbiguous { until, reason, .. } => {
            format!("the engine waits until {}: {reason}", span(u64::try_from(until.0 - skew).unwrap_or_default()))
        }
        Event::StepRequeued { why, .. } => format!("the engine queues it afresh: {why}"),
        Event::StepNeedsHuman { reason, .. } => format!("the engine asks a person: {reason}"),
        Event::StepFailed { reason, .. } => format!("the engine gives up: {reason}"),
        Event::StepVerified { .. } => "the engine calls it done".to_owned(),
        Event::StepRejected { .. } => "the operator declines it".to_owned(),
        Event::ApprovalVoid { reason, .. } => format!("the consent is void: {reason}"),
        Event::Aborted { .. } => "the offboarding is called off".to_owned(),
        _ => return None,
    };
    Some(told)
}
