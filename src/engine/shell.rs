//! The thin shell around the core: it waits, hands inputs in, and performs the effects.
//!
//! One task owns the core. The events of a turn go to the journal's writer as one batch. The acts that rest on them get
//! ready meanwhile, and leave on the writer's word, when their intents are on disk. Reads leave at once. Answers to senders and
//! operators leave when what they say is on disk.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::clock::{Clock, ClockMark};
use super::core::{Captured, Core, Effect, Input, Job, Report};
use super::handle::{Committed, EngineError, Handle, Message, Snapshot, Taken};
use super::worker::Worker;
use crate::connectors::call::{Keeper, boot_now};
use crate::connectors::gate::{Gate, Latch};
use crate::ipc::{ErrorCode, Refusal};
use crate::model::health::ConnectorStatus;
use crate::model::{Actor, ConnectorId, Danger, Envelope, Event, HrNotice, Leaver, NoticeKind, Plan, Timestamp};
use crate::store::{Batch, Row, Stamp, Writer, rows};

/// Inputs taken in one turn, at most: they share one commit.
const INPUTS_PER_TURN: usize = 256;
/// Messages that may wait before senders are told to come back.
const MESSAGES_WAITING: usize = 4_096;
/// Events that a slow subscriber may lag behind before it needs a new snapshot.
const EVENTS_KEPT: usize = 8_192;
/// Connector states are told at most this often.
const STATUS_EVERY: Duration = Duration::from_millis(250);
/// Connections to one system that are opened ahead, at most.
const WARM_AT_MOST: usize = 16;
/// With more jobs than this under way, an act is not made ready before its intent is on disk.
const READY_AHEAD: u32 = 32;
/// How often free space is looked at.
const DISK_EVERY: Duration = Duration::from_secs(2);

/// Makes the plan that a person would get.
pub type Planner = Arc<dyn Fn(&Leaver) -> Result<Plan, String> + Send + Sync>;

/// Everything that an engine is made of.
pub struct Parts {
    /// The mind, recovered.
    pub core: Core,
    /// The hand that writes.
    pub writer: Writer,
    /// The hands that act.
    pub worker: Arc<Worker>,
    /// Who makes plans.
    pub planner: Planner,
    /// Webhooks on disk whose person has still to be read: source and sender's id.
    pub parked: HashSet<(String, String)>,
    /// The clock was not set since the last engine ran.
    pub clock_kept: bool,
    /// Of this engine's clock. It is written with what follows from [`Self::clock_kept`]: an engine that dies before that
    /// leaves the mark of the one before, or the next would take the clock for kept.
    pub clock_mark: ClockMark,
    /// The journal was found older than what was signed; why.
    pub rollback: Option<String>,
    /// A checkpoint is signed this often while events come.
    pub checkpoint_every: Duration,
    /// Free space in bytes; acts are held below `disk_floor`. `None`: unknown.
    pub free_space: Box<dyn Fn() -> Option<u64> + Send>,
    /// Below so many free bytes no act starts, so that outcomes can still be written.
    pub disk_floor: u64,
    /// How long calls under way may take to end when the engine stops.
    pub drain_within: Duration,
}

/// A running engine.
#[derive(Debug)]
pub struct Running {
    /// How to talk to it.
    pub handle: Handle,
    /// Ends when it has stopped and everything is on disk.
    pub ended: tokio::task::JoinHandle<()>,
    /// Ends it in order.
    pub stop: oneshot::Sender<()>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// Starts the engine on the current runtime.
pub fn start(parts: Parts) -> Running {
    let (messages, inbox) = mpsc::channel(MESSAGES_WAITING);
    let (reports, reported) = mpsc::unbounded_channel();
    let (events, _) = broadcast::channel(EVENTS_KEPT);
    let (statuses, statuses_seen) = watch::channel(Vec::new());
    let (stamps, stamps_seen) = watch::channel(None);
    let (stop, stopped) = oneshot::channel();
    let handle = Handle { messages, events: events.clone(), statuses: statuses_seen, stamps: stamps_seen };
    let shell = Shell {
        hands: Hands { runtime: runtime::Handle::current(), worker: Arc::clone(&parts.worker), reports },
        parts,
        clock: Clock::start(),
        events,
        statuses,
        stamps: Arc::new(stamps),
        statuses_told: None,
        checkpoint_due: None,
    };
    Running { handle, ended: tokio::spawn(shell.run(inbox, reported, stopped)), stop }
}

struct Shell {
    parts: Parts,
    hands: Hands,
    clock: Clock,
    events: broadcast::Sender<Arc<Envelope>>,
    statuses: watch::Sender<Vec<ConnectorStatus>>,
    stamps: Arc<watch::Sender<Option<Stamp>>>,
    statuses_told: Option<Instant>,
    checkpoint_due: Option<Instant>,
}

/// What the core answered to an input.
#[derive(Default)]
struct Fed {
    took: Option<Taken>,
    ran: Option<Result<String, Refusal>>,
    captured: bool,
}

/// What a turn has gathered: one batch, and what runs when it is on disk.
#[derive(Default)]
struct Turn {
    batch: Batch,
    /// With the boot clock's time of the decision: an act that is held up too long is not sent.
    acts: Vec<(Job, Duration)>,
    answers: Vec<Box<dyn FnOnce() + Send>>,
    checkpoint: bool,
}

impl Shell {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Message>,
        mut reported: mpsc::UnboundedReceiver<Told>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        let mut turn = Turn::default();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let rollback = self.parts.rollback.take();
        let clock_kept = self.parts.clock_kept;
        self.hold_for_room(self.is_disk_low());
        self.feed(Input::Start { version, clock_kept, rollback }, &mut turn);
        if let Some((_, rows)) = turn.batch.events.first_mut() {
            rows.push(Row::meta("clock", &self.parts.clock_mark));
        }
        self.end(turn);
        // Whoever leaves first does not wait for connections, tokens and a plan that can be had before.
        if let Ok(plan) = (self.parts.planner)(&Leaver::from_email("nobody@nightlatch.invalid")) {
            self.warm(plan.first_calls());
        }
        let mut disk = tokio::time::interval(DISK_EVERY);
        let mut draining: Option<Instant> = None;
        loop {
            let mut turn = Turn::default();
            let wake = self.wake().into_iter().chain(draining).min();
            tokio::select! {
                biased;
                _ = &mut stopped, if draining.is_none() => {
                    self.parts.core.hold(Some("the engine is stopping".to_owned()));
                    draining = Some(Instant::now() + self.parts.drain_within);
                }
                Some(told) = reported.recv() => self.hear(told, &mut turn),
                Some(message) = inbox.recv() => self.take(message, &mut turn),
                () = sleep_until(wake) => { self.feed(Input::Tick, &mut turn); }
                // Not while it drains: room on the disk would lift the hold, and acts would begin again.
                _ = disk.tick(), if draining.is_none() => self.look_at_the_disk(&mut turn),
            }
            for _ in 0..INPUTS_PER_TURN {
                if let Ok(told) = reported.try_recv() {
                    self.hear(told, &mut turn);
                } else if let Ok(message) = inbox.try_recv() {
                    self.take(message, &mut turn);
                } else {
                    break;
                }
            }
            // However busy the vendors keep us, what is due is due.
            if wake.is_some_and(|at| at <= Instant::now()) {
                self.feed(Input::Tick, &mut turn);
            }
            self.end(turn);
            if let Some(until) = draining
                && (self.parts.core.under_way() == 0 || Instant::now() >= until)
            {
                break;
            }
        }
        let mut turn = Turn { checkpoint: true, ..Turn::default() };
        self.feed(Input::Stop, &mut turn);
        self.end(turn);
        let writer = self.parts.writer;
        let _ = tokio::task::spawn_blocking(move || writer.finish()).await;
    }

    fn wake(&mut self) -> Option<Instant> {
        let now = self.clock.now();
        let timer = self.parts.core.next_wake(now).map(|at| Instant::now() + Duration::from_millis(at.ms_since(now)));
        let status = self.statuses_told.filter(|_| self.parts.core.statuses_changed()).map(|told| told + STATUS_EVERY);
        [timer, status, self.checkpoint_due].into_iter().flatten().min()
    }

    /// Hands an input to the core and sorts its effects.
    fn feed(&mut self, input: Input, turn: &mut Turn) -> Fed {
        let now = self.clock.now();
        let mut fed = Fed::default();
        for effect in self.parts.core.handle(now, input) {
            match effect {
                Effect::Append(envelope) => {
                    turn.checkpoint |= self.deserves_a_checkpoint(&envelope);
                    let rows = rows(self.parts.core.fleet(), &envelope);
                    turn.batch.events.push((envelope, rows));
                }
                Effect::Act(job) => turn.acts.push((job, boot_now())),
                Effect::Read(job) => {
                    self.hands.start(job, boot_now(), Gate::open());
                }
                Effect::Warm(systems) => {
                    self.warm(systems);
                }
                Effect::Took(taken) => fed.took = Some(taken),
                Effect::Ran(answer) => fed.ran = Some(answer),
                Effect::Captured => fed.captured = true,
            }
        }
        fed
    }

    fn hear(&mut self, told: Told, turn: &mut Turn) {
        match told {
            Told::Ended(report) => {
                self.feed(Input::Report(report), turn);
            }
            Told::Captured(captured, latch) => {
                if self.feed(Input::Captured(captured), turn).captured {
                    turn.answers.push(Box::new(move || latch.open()));
                }
            }
        }
    }

    /// Approvals and irreversible ends are signed at once: they are what an auditor asks for.
    fn deserves_a_checkpoint(&self, envelope: &Envelope) -> bool {
        match &envelope.event {
            Event::Approved { .. } => true,
            Event::StepVerified { step, .. } => {
                let planned = self.parts.core.fleet().get(step.offboarding).and_then(|it| it.plan.step(step.ord));
                planned.is_some_and(|planned| planned.danger == Danger::Irreversible)
            }
            _ => false,
        }
    }

    fn take(&mut self, message: Message, turn: &mut Turn) {
        match message {
            Message::Notices { notices, by, answer } => {
                let taken = self.take_notices(notices, &by, turn);
                turn.answer(answer, taken);
            }
            Message::Park { parked, answer } => {
                let taken = self.parts.core.park(&parked.source, &parked.event_id);
                if taken != Taken::Replay {
                    self.parts.parked.insert((parked.source.clone(), parked.event_id.clone()));
                    turn.batch.parked.push(parked);
                }
                turn.answer(answer, Ok(taken));
            }
            Message::SetAside { source, event_id, reason, answer } => {
                self.unpark(&source, &event_id, turn);
                let Fed { took, .. } = self.feed(Input::SetAside { source, event_id, reason }, turn);
                turn.answer(answer, took.ok_or(EngineError::Stopped));
            }
            Message::Command { command, by, answer } => {
                let Fed { ran, .. } = self.feed(Input::Command { command, by }, turn);
                let said = ran.map_or(Err(EngineError::Stopped), |ran| ran.map_err(EngineError::Refused));
                turn.answer(answer, said);
            }
            Message::Snapshot { answer } => {
                let at = self.clock.now();
                let snapshot = Snapshot {
                    fleet: self.parts.core.fleet().clone(),
                    connectors: self.parts.core.statuses(at),
                    at,
                    events: self.events.subscribe(),
                };
                turn.answers.push(Box::new(move || {
                    let _ = answer.send(snapshot);
                }));
            }
            Message::Look { look } => turn.answers.push(look(self.parts.core.fleet(), self.clock.now())),
            Message::Advance { name, seq } => turn.batch.cursors.push((name, seq)),
        }
    }

    /// All or none: a person for whom nothing can be planned must not be taken, or their offboarding would be over
    /// before anything was cut. Who sent it comes again, and meets a mended configuration.
    fn take_notices(&mut self, notices: Vec<HrNotice>, by: &Actor, turn: &mut Turn) -> Result<Vec<Taken>, EngineError> {
        let mut planned = Vec::with_capacity(notices.len());
        for notice in notices {
            let plan = self.plan_for(&notice)?;
            planned.push((notice, plan));
        }
        Ok(planned.into_iter().map(|(notice, plan)| self.take_notice(notice, plan, by.clone(), turn)).collect())
    }

    fn plan_for(&self, notice: &HrNotice) -> Result<Plan, EngineError> {
        let email = &notice.leaver.email;
        let refused = |why: String| {
            let message = format!("nothing can be planned for {email}: {why}");
            tracing::error!("{message}");
            EngineError::Refused(Refusal::new(ErrorCode::Unavailable, message))
        };
        let plan = (self.parts.planner)(&notice.leaver).map_err(refused)?;
        if plan.steps.is_empty() && notice.kind == NoticeKind::Terminated {
            let why = "the plan has no step; configure a connector (see config.example.toml), or mend the runbook";
            return Err(refused(why.to_owned()));
        }
        Ok(plan)
    }

    fn take_notice(&mut self, notice: HrNotice, plan: Plan, by: Actor, turn: &mut Turn) -> Taken {
        if self.unpark(&notice.source, &notice.event_id, turn) {
            self.parts.core.forget_parked(&notice.source, &notice.event_id);
        } else if self.parts.core.has_seen(&notice.source, &notice.event_id) {
            return Taken::Replay;
        }
        let Fed { took, .. } = self.feed(Input::Notice { notice: Box::new(notice), plan: Box::new(plan), by }, turn);
        took.unwrap_or(Taken::Replay)
    }

    /// A parked webhook is settled: it leaves the disk with what became of it.
    fn unpark(&mut self, source: &str, event_id: &str, turn: &mut Turn) -> bool {
        let key = (source.to_owned(), event_id.to_owned());
        let was_parked = self.parts.parked.remove(&key);
        if was_parked {
            turn.batch.unparked.push(key);
        }
        was_parked
    }

    fn hold_for_room(&mut self, low: bool) {
        if low {
            tracing::error!("the disk is nearly full: no act starts until there is space again");
        }
        self.parts.core.hold(low.then(|| "the disk is nearly full".to_owned()));
    }

    /// Opens connections and fetches tokens, by a few reading calls.
    fn warm(&mut self, mut systems: BTreeMap<ConnectorId, usize>) {
        for calls in systems.values_mut() {
            *calls = (*calls).min(WARM_AT_MOST);
        }
        self.parts.core.spent(self.clock.now(), &systems);
        self.hands.warm(systems);
    }

    fn is_disk_low(&self) -> bool {
        (self.parts.free_space)().is_some_and(|free| free < self.parts.disk_floor)
    }

    fn look_at_the_disk(&mut self, turn: &mut Turn) {
        let low = self.is_disk_low();
        if low != self.parts.core.is_held() {
            self.hold_for_room(low);
            self.feed(Input::Tick, turn);
        }
    }

    /// Hands the turn to the writer.
    fn end(&mut self, mut turn: Turn) {
        let now = Instant::now();
        if !turn.batch.events.is_empty() && self.checkpoint_due.is_none() {
            self.checkpoint_due = Some(now + self.parts.checkpoint_every);
        }
        if turn.checkpoint || self.checkpoint_due.is_some_and(|due| due <= now) {
            turn.batch.checkpoint = Some(self.clock.now());
            self.checkpoint_due = None;
        }
        self.tell_statuses(now);
        if turn.is_empty() {
            return;
        }
        let (acts, answers) = (turn.acts, turn.answers);
        let tell: Vec<Arc<Envelope>> = if self.events.receiver_count() == 0 {
            Vec::new()
        } else {
            turn.batch.events.iter().map(|(envelope, _)| Arc::new(envelope.clone())).collect()
        };
        let (events, stamps) = (self.events.clone(), self.stamps.clone());
        // A few get ready while the disk works, and wait at the gate. In a crowd there is enough to do meanwhile.
        let (latch, gate) = Latch::new();
        let (early, late) =
            if self.parts.core.in_flight() <= READY_AHEAD { (acts, Vec::new()) } else { (Vec::new(), acts) };
        let (hands, opened) = (self.hands.clone(), gate.clone());
        turn.batch.then = Some(Box::new(move |stamp| {
            latch.open();
            hands.start_all(late, &opened);
            for answer in answers {
                answer();
            }
            for envelope in tell {
                let _ = events.send(envelope);
            }
            stamps.send_replace(Some(stamp.clone()));
        }));
        self.parts.writer.write(turn.batch);
        self.hands.start_all(early, &gate);
    }

    fn tell_statuses(&mut self, now: Instant) {
        let due = self.statuses_told.is_none_or(|told| told + STATUS_EVERY <= now);
        if due && self.parts.core.take_statuses_changed() {
            self.statuses_told = Some(now);
            let at: Timestamp = self.clock.now();
            self.statuses.send_replace(self.parts.core.statuses(at));
        }
    }
}

impl Turn {
    fn is_empty(&self) -> bool {
        let nothing_to_write = self.batch.writes_nothing() && self.batch.checkpoint.is_none();
        nothing_to_write && self.acts.is_empty() && self.answers.is_empty()
    }

    /// Says this to the asker when the turn is on disk.
    fn answer<T: Send + 'static>(&mut self, to: Committed<T>, said: Result<T, EngineError>) {
        self.answers.push(Box::new(move || {
            let _ = to.send(said);
        }));
    }
}

/// What a job tells.
enum Told {
    Ended(Report),
    /// It is about to take this away; the latch lets it.
    Captured(Captured, Latch),
}

/// Starts jobs, from any thread.
#[derive(Clone)]
struct Hands {
    runtime: runtime::Handle,
    worker: Arc<Worker>,
    reports: mpsc::UnboundedSender<Told>,
}

impl Hands {
    fn start(&self, job: Job, decided: Duration, gate: Gate) {
        let (worker, reports, handed_over) = (self.worker.clone(), self.reports.clone(), Instant::now());
        let (step, attempt, captures) = (job.step, job.attempt, self.reports.clone());
        let keeper: Keeper = Box::new(move |account, before, latch| {
            let _ = captures.send(Told::Captured(Captured { step, attempt, account, before }, latch));
        });
        self.runtime.spawn(async move {
            let _ = reports.send(Told::Ended(worker.run(job, decided, handed_over, gate, keeper).await));
        });
    }

    fn start_all(&self, jobs: Vec<(Job, Duration)>, gate: &Gate) {
        for (job, decided) in jobs {
            self.start(job, decided, gate.clone());
        }
    }

    fn warm(&self, systems: BTreeMap<ConnectorId, usize>) {
        let worker = self.worker.clone();
        self.runtime.spawn(async move { worker.warm(systems).await });
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
