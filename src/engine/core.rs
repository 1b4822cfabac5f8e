//! The engine's decisions: a state machine without I/O, clock or randomness.
//!
//! `handle(now, input)` folds what happened into the [`Fleet`] and says what to do: journal these events, start these
//! jobs, give these answers. The shell performs that, and starts an act only when the events before it are on disk.
//! The same core runs under the simulator, which crashes it, loses answers and bends time.

mod command;
mod held_up;
mod legal_hold;
mod note;
mod notice;
mod recover;
mod report;
mod settle;
#[cfg(test)]
mod tests;
mod undo;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use super::clock::JUMP_MS;
use super::command::Command;
use super::handle::{EngineError, Taken};
use super::scheduler::{JobKind, Met, Scheduler, Ticket};
use crate::connectors::{Limits, Observation};
use crate::ipc::Refusal;
pub use crate::model::NoticeKey;
use crate::model::health::{ConnectorStatus, Probed};
use crate::model::{
    Account, ActionId, Actor, Before, ConnectorId, Envelope, Event, Exchange, Fleet, HrNotice, Leaver, OffboardingId,
    Outcome, Plan, PlannedStep, StepRef, Timestamp, Verdict,
};

/// What the core needs to know of the installation.
#[derive(Debug, Clone)]
pub struct CoreConfig {
    /// The installation's name: the first part of every idempotency key.
    pub installation: String,
    /// How long a read-back may go on saying "alive" before a person is asked, in ms.
    pub verify_patience_ms: u64,
    /// The wait before the first repeated read-back, in ms; it doubles up to [`Self::reread_max_ms`].
    pub reread_base_ms: u64,
    /// The longest wait between read-backs, in ms.
    pub reread_max_ms: u64,
    /// An ambiguous step that cannot be read back for so long after its quarantine raises an alert, in ms.
    pub ambiguous_grace_ms: u64,
    /// People are told that steps wait for a system after so long, and again after each of these, in ms; rising.
    pub outage_alerts_ms: Vec<u64>,
    /// People that HR systems may name in an hour before the rest is held for a person; 0: no limit.
    pub flood_limit_per_hour: u32,
    /// Ended offboardings leave memory after so long, in ms.
    pub forget_after_ms: u64,
}

impl Default for CoreConfig {
    fn default() -> Self {
        Self {
            installation: "nightlatch".to_owned(),
            verify_patience_ms: 120_000,
            reread_base_ms: 200,
            reread_max_ms: 10_000,
            ambiguous_grace_ms: 60_000,
            outage_alerts_ms: vec![15 * 60_000, 3_600_000, 86_400_000],
            flood_limit_per_hour: 25,
            forget_after_ms: 86_400_000,
        }
    }
}

/// What the core is told.
#[derive(Debug)]
pub enum Input {
    /// The engine took over the journal: nothing that was under way is under way any more.
    Start {
        /// This binary's version.
        version: String,
        /// The clock can be compared with the last engine's: it was not set in between.
        clock_kept: bool,
        /// The journal is older than the last signed checkpoint; why.
        rollback: Option<String>,
    },
    /// A verified notice, with the plan that the person would get.
    Notice {
        /// What HR said.
        notice: Box<HrNotice>,
        /// What would be done.
        plan: Box<Plan>,
        /// Who brought it.
        by: Actor,
    },
    /// A parked notice turned out to open nothing.
    SetAside {
        /// The feed.
        source: String,
        /// The sender's id.
        event_id: String,
        /// Why.
        reason: String,
    },
    /// A person's command.
    Command {
        /// What.
        command: Command,
        /// Who.
        by: Actor,
    },
    /// A job is about to take something away.
    Captured(Captured),
    /// A job ended.
    Report(Report),
    /// A connector was asked, by reading alone, whether it can be used.
    Probed(Said),
    /// Time has passed.
    Tick,
    /// The engine stops in order.
    Stop,
}

/// What a job is.
#[derive(Debug, Clone)]
pub struct Job {
    /// Of which step.
    pub step: StepRef,
    /// Act or read.
    pub kind: JobKind,
    /// The execution that it belongs to: the fence.
    pub attempt: u16,
    /// Which action.
    pub action: ActionId,
    /// The person.
    pub leaver: Arc<Leaver>,
    /// The account, if it is known already.
    pub account: Option<Account>,
    /// Stable for this step for ever.
    pub idempotency_key: String,
    /// How long one job may take, in ms.
    pub deadline_ms: u64,
    /// What it gives back: then the action is undone, not done.
    pub before: Option<serde_json::Value>,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub struct Report {
    /// Of which step.
    pub step: StepRef,
    /// Act or read.
    pub kind: JobKind,
    /// The execution that it belongs to.
    pub attempt: u16,
    /// The account acted on, if one was found.
    pub account: Option<Account>,
    /// What came of it.
    pub result: JobResult,
    /// The calls made.
    pub exchanges: Vec<Exchange>,
    /// What was learnt of the vendor's limits.
    pub seen: Observation,
    /// From start to end, in ms.
    pub ms: u32,
    /// How long it waited for a processor before it started, in ms.
    pub waited_ms: u32,
}

/// What a job is about to take away: it waits until this is on disk.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Of which step.
    pub step: StepRef,
    /// The execution that it belongs to.
    pub attempt: u16,
    /// The account that it acts on.
    pub account: Option<Account>,
    /// What undo needs.
    pub before: Before,
}

/// What a connector said when it was asked whether it can be used.
#[derive(Debug, Clone)]
pub struct Said {
    /// Which.
    pub connector: ConnectorId,
    /// What it said; when is for the core to say.
    pub probed: Probed,
    /// What was learnt of the vendor's limits.
    pub seen: Observation,
}

/// What came of a job.
#[derive(Debug, Clone)]
pub enum JobResult {
    /// An act's outcome.
    Acted(Outcome),
    /// A read-back's verdict.
    Read(Verdict),
}

/// What the shell has to do, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Journal this event.
    Append(Envelope),
    /// Start this act: it may leave when every event before it is on disk.
    Act(Job),
    /// Start this read; it waits for nothing.
    Read(Job),
    /// An armed offboarding is about to fire: have so many connections to each of these systems open by then.
    Warm(BTreeMap<ConnectorId, usize>),
    /// What a job is about to take away was taken up: let it when every event before this is on disk.
    Captured,
    /// A notice was taken; tell its bringer when every event before this is on disk.
    Took(Taken),
    /// A command was run; tell its giver when every event before this is on disk.
    Ran(Result<String, Refusal>),
}

/// The engine's mind.
#[derive(Debug)]
pub struct Core {
    config: CoreConfig,
    fleet: Fleet,
    scheduler: Scheduler,
    /// Notices ever taken, by source and sender's id.
    seen: HashSet<NoticeKey>,
    /// The latest offboarding of each person in memory, by HR's id and by e-mail: a CSV may know only one of them.
    latest_by_person: HashMap<String, OffboardingId>,
    leavers: HashMap<OffboardingId, Arc<Leaver>>,
    /// Jobs queued or under way: at most one a step.
    jobs: HashMap<StepRef, Pending>,
    /// Reads that said "not yet", by step.
    rereads: HashMap<StepRef, Reread>,
    /// Who waits for a system that is out.
    held_up: held_up::HeldUp,
    /// Who is under legal hold. Follows from the fleet.
    under_legal_hold: BTreeSet<OffboardingId>,
    /// Steps whose wait is cut short: the system that held them up answers again.
    hurried: HashSet<StepRef>,
    timers: BinaryHeap<Reverse<(Timestamp, OffboardingId)>>,
    /// The earliest timer of each offboarding that is in `timers`.
    armed: HashMap<OffboardingId, Timestamp>,
    /// When HR systems opened offboardings lately: the flood guard's window.
    lately_opened: BTreeMap<Timestamp, u32>,
    /// Touched by the current input: looked at before it ends.
    touched: BTreeSet<OffboardingId>,
    forget_at: Timestamp,
    /// Armed offboardings whose systems have been warmed up for them.
    warmed: HashSet<OffboardingId>,
    /// Why no act starts just now; not journalled.
    held: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Queued,
    UnderWay(JobKind),
}

/// Why and when a step is read again.
#[derive(Debug, Clone, Default)]
struct Reread {
    /// When this engine first read it without finding it dead: patience counts from here, for the clock may have been
    /// set before its time.
    since: Option<Timestamp>,
    not_before: Timestamp,
    tries: u32,
    /// Read-backs after the quarantine, or after all patience, that agreed on "still alive".
    alive_in_a_row: u32,
    /// The vendor lets nobody read it: it waits for the step that covers it.
    unreadable: Option<String>,
}

impl Core {
    /// A core that takes over `fleet`. `seen` holds every notice ever taken. [`Input::Start`] has to come first.
    pub fn new(config: CoreConfig, fleet: Fleet, seen: HashSet<NoticeKey>) -> Self {
        let mut core = Self {
            config,
            fleet,
            scheduler: Scheduler::default(),
            seen,
            latest_by_person: HashMap::new(),
            leavers: HashMap::new(),
            jobs: HashMap::new(),
            rereads: HashMap::new(),
            held_up: held_up::HeldUp::default(),
            under_legal_hold: BTreeSet::new(),
            hurried: HashSet::new(),
            timers: BinaryHeap::new(),
            armed: HashMap::new(),
            lately_opened: BTreeMap::new(),
            touched: BTreeSet::new(),
            forget_at: Timestamp::default(),
            warmed: HashSet::new(),
            held: None,
        };
        for offboarding in core.fleet.offboardings.values() {
            if offboarding.legal_hold.is_some() {
                core.under_legal_hold.insert(offboarding.id);
            }
            core.leavers.insert(offboarding.id, Arc::new(offboarding.leaver().clone()));
            for key in offboarding.leaver().keys().filter(|_| offboarding.plan.undoes.is_none()) {
                core.latest_by_person.insert(key.to_owned(), offboarding.id);
            }
        }
        core
    }

    /// At most so many jobs under way at once, over all connectors; 0: any number.
    pub fn limit(&mut self, max_in_flight: u32) {
        self.scheduler.limit(max_in_flight);
    }

    /// Opens a connector's lane: jobs of connectors without one fail with a clear word.
    pub fn open_lane(&mut self, id: ConnectorId, kind: &str, limits: Limits) {
        self.scheduler.open(id, kind, limits);
    }

    /// Notes how many actions a connector offers, for the operator.
    pub fn offers(&mut self, id: &ConnectorId, actions: usize) {
        self.scheduler.offers(id, actions);
    }

    /// The state, for snapshots and lists.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// Whether this notice was taken before.
    pub fn has_seen(&self, source: &str, event_id: &str) -> bool {
        self.seen.contains(&NoticeKey::of(source, event_id))
    }

    /// Notes a parked notice: its replay does nothing.
    pub fn park(&mut self, source: &str, event_id: &str) -> Taken {
        if self.seen.insert(NoticeKey::of(source, event_id)) { Taken::SetAside(String::new()) } else { Taken::Replay }
    }

    /// The connectors' states.
    pub fn statuses(&self, now: Timestamp) -> Vec<ConnectorStatus> {
        self.scheduler.statuses(now)
    }

    /// Whether a connector's state changed since this was last asked.
    pub fn take_statuses_changed(&mut self) -> bool {
        self.scheduler.take_changed()
    }

    /// Whether a connector's state changed since it was last taken.
    pub fn statuses_changed(&self) -> bool {
        self.scheduler.changed()
    }

    /// Starts no act until this is lifted: the engine stops, or the disk is full.
    pub fn hold(&mut self, why: Option<String>) {
        if why.is_none() {
            self.touched.extend(self.fleet.offboardings.keys().copied());
        }
        self.held = why;
    }

    /// Whether acts are held.
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Counts reading calls that leave outside the queue, to warm systems up.
    pub fn spent(&mut self, now: Timestamp, systems: &BTreeMap<ConnectorId, usize>) {
        for (connector, calls) in systems {
            self.scheduler.spent(connector, *calls, now);
        }
    }

    /// Jobs under way in all lanes.
    pub fn in_flight(&self) -> u32 {
        self.scheduler.in_flight()
    }

    /// Acts and reads under way.
    pub fn under_way(&self) -> usize {
        self.jobs.values().filter(|pending| matches!(pending, Pending::UnderWay(_))).count()
    }

    /// When [`Input::Tick`] is due.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        [timer, self.scheduler.next_wake(now), self.next_alarm()].into_iter().flatten().min()
    }

    /// Decides.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        match input {
            Input::Start { version, clock_kept, rollback } => {
                self.take_over(now, version, clock_kept, rollback, &mut out);
            }
            Input::Notice { notice, plan, by } => {
                let taken = self.take_notice(now, *notice, *plan, by, &mut out);
                self.advance(now, &mut out);
                out.push(Effect::Took(taken));
                return out;
            }
            Input::SetAside { source, event_id, reason } => {
                let taken = Taken::SetAside(reason.clone());
                self.emit(
                    now,
                    Actor::Hris { source: source.clone() },
                    Event::NoticeSetAside { source, event_id, reason },
                    &mut out,
                );
                out.push(Effect::Took(taken));
            }
            Input::Command { command, by } => {
                let answer = self.run_command(now, command, by, &mut out);
                self.advance(now, &mut out);
                out.push(Effect::Ran(answer));
                return out;
            }
            Input::Captured(captured) => self.capture(now, captured, &mut out),
            Input::Report(report) => self.take_report(now, report, &mut out),
            Input::Probed(said) => self.take_probe(now, said),
            Input::Tick => self.tick(now),
            Input::Stop => self.emit(now, Actor::Engine, Event::EngineStopped {}, &mut out),
        }
        self.advance(now, &mut out);
        out
    }

    /// Everything that follows by itself from what has changed, then whatever may start.
    fn advance(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        loop {
            while let Some(id) = self.touched.pop_first() {
                self.settle(now, id, out);
            }
            self.dispatch(now, out);
            self.sound_alarms(now, out);
            if self.touched.is_empty() {
                return;
            }
        }
    }

    /// Numbers an event, folds it in, and has it journalled.
    fn emit(&mut self, now: Timestamp, actor: Actor, event: Event, out: &mut Vec<Effect>) {
        if let Some(id) = event.offboarding() {
            self.touched.insert(id);
        }
        let envelope = Envelope { seq: self.fleet.next_seq, at: now, actor, event };
        self.fleet.apply(&envelope);
        self.follow_hold_up(&envelope.event);
        self.follow_legal_hold(&envelope.event);
        out.push(Effect::Append(envelope));
    }

    fn tick(&mut self, now: Timestamp) {
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            if self.armed.get(&id) == Some(&at) {
                self.armed.remove(&id);
            }
            self.touched.insert(id);
        }
        if now >= self.forget_at {
            self.forget_at = now.plus_ms(60_000);
            self.forget_old(now);
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        let keep = i64::try_from(self.config.forget_after_ms).unwrap_or(i64::MAX);
        let limit = Timestamp(now.0.saturating_sub(keep));
        self.fleet.forget_ended_before(limit);
        self.leavers.retain(|id, _| self.fleet.offboardings.contains_key(id));
        self.latest_by_person.retain(|_, id| self.fleet.offboardings.contains_key(id));
    }

    /// The latest offboarding of this person in memory.
    fn latest_of(&self, leaver: &Leaver) -> Option<OffboardingId> {
        let same = |id: &OffboardingId| self.leavers.get(id)?.may_be(leaver).then_some(*id);
        leaver.keys().find_map(|key| self.latest_by_person.get(key).and_then(same))
    }

    /// Looks at this offboarding again at `at`.
    fn look_again(&mut self, id: OffboardingId, at: Timestamp) {
        if self.armed.get(&id).is_none_or(|earlier| *earlier > at) {
            self.armed.insert(id, at);
            self.timers.push(Reverse((at, id)));
        }
    }

    /// Queues a job of a step that has none.
    fn queue(&mut self, step: StepRef, kind: JobKind, out: &mut Vec<Effect>, now: Timestamp) {
        if self.jobs.contains_key(&step) {
            return;
        }
        let Some(offboarding) = self.fleet.get(step.offboarding) else { return };
        let Some((planned, _)) = offboarding.step(step.ord) else { return };
        let ticket = Ticket {
            stage: planned.stage,
            only_proves: kind == JobKind::Verify,
            not_urgent: !offboarding.leaver().urgent(),
            kind,
            since: offboarding.launched_at.unwrap_or(offboarding.opened_at),
            step,
        };
        let connector = planned.action.connector.clone();
        if self.scheduler.push(&connector, ticket) {
            self.jobs.insert(step, Pending::Queued);
        } else if kind == JobKind::Act {
            let reason = format!("no connector named `{connector}` is configured any more");
            let cure = format!("put [connectors.{connector}] back into the configuration, restart the engine, retry");
            self.fail(now, step, reason, cure, Vec::new(), out);
        } else {
            let reason = format!("it cannot be read back: no connector named `{connector}` is configured any more");
            self.ask_human(now, step, reason, Vec::new(), out);
        }
    }

    /// Starts whatever may start.
    fn dispatch(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        while let Some(ticket) = self.scheduler.pop(now) {
            self.jobs.remove(&ticket.step);
            if !self.is_wanted(&ticket, now) {
                self.touched.insert(ticket.step.offboarding); // Something else is due: a void consent, say.
                continue;
            }
            if ticket.kind == JobKind::Act {
                self.begin_act(now, ticket.step, out);
            }
            let Some(job) = self.job(ticket.step, ticket.kind) else { continue };
            self.scheduler.started(&job.action.connector, now);
            self.jobs.insert(ticket.step, Pending::UnderWay(ticket.kind));
            out.push(if ticket.kind == JobKind::Act { Effect::Act(job) } else { Effect::Read(job) });
        }
    }

    /// The intent: journalled before the act.
    fn begin_act(&mut self, now: Timestamp, step: StepRef, out: &mut Vec<Effect>) {
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        let event = Event::StepStarted {
            step,
            attempt: state.attempt.saturating_add(1),
            deadline_at: now.plus_ms(planned.deadline_ms),
        };
        self.emit(now, Actor::Engine, event, out);
        self.touched.remove(&step.offboarding); // A start releases nothing; only outcomes do.
    }

    fn job(&self, step: StepRef, kind: JobKind) -> Option<Job> {
        let offboarding = self.fleet.get(step.offboarding)?;
        let (planned, state) = offboarding.step(step.ord)?;
        Some(Job {
            step,
            kind,
            attempt: state.attempt,
            action: planned.action.clone(),
            leaver: self.leavers.get(&step.offboarding)?.clone(),
            account: offboarding.account_for(step.ord).cloned(),
            idempotency_key: format!("{}-{}-{}", self.config.installation, step.offboarding, step.ord),
            deadline_ms: planned.deadline_ms,
            before: planned.gives_back.as_ref().map(|it| it.before.clone()),
        })
    }

    /// A number that looks random and is the same every time: jitter for back-off.
    fn jitter(step: StepRef, attempt: u16) -> u64 {
        let mut x =
            step.offboarding.0 ^ (u64::from(step.ord) << 48) ^ (u64::from(attempt) << 32) ^ 0x9e37_79b9_7f4a_7c15;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

/// When a request of which no byte was sent after `dead_at` can take effect no more, whatever the clock is corrected by.
fn quarantine_ends(planned: &PlannedStep, dead_at: Timestamp) -> Timestamp {
    dead_at.plus_ms(planned.quarantine_ms).plus_ms(JUMP_MS.unsigned_abs())
}

impl From<Refusal> for EngineError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl JobResult {
    /// What the job's end says of the vendor's budget and health.
    fn met(&self) -> Met {
        match self {
            Self::Acted(Outcome::Retry { throttled: true, .. })
            | Self::Read(Verdict::CannotTell { after_ms: Some(_), again: true, .. }) => Met::Throttle,
            // What nobody can read, nobody was asked about: it says nothing of the system's health.
            Self::Read(Verdict::CannotTell { again: false, .. }) => Met::Nothing,
            Self::Acted(Outcome::Locked { .. }) | Self::Read(Verdict::Locked { .. }) => Met::Locked,
            Self::Acted(Outcome::Retry { .. } | Outcome::Ambiguous { .. })
            | Self::Read(Verdict::CannotTell { again: true, .. }) => Met::Silence,
            _ => Met::Answer,
        }
    }
}
