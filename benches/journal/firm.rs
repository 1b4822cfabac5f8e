//! A firm without vendors: the real planner, the real core and the real writer; what a vendor would answer is a script's
//! word. Time goes on with every step of the script, and with nothing else.

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use nightlatch::config::Section;
use nightlatch::connectors::{Limits, Observation, registry};
use nightlatch::engine::Command;
use nightlatch::engine::core::{Captured, Core, CoreConfig, Effect, Input, Job, JobResult, Report};
use nightlatch::engine::scheduler::JobKind;

use nightlatch::ledger::{Anchor, Signer};
use nightlatch::model::{
    Account, ActionSpec, Actor, Before, ConnectorId, Exchange, Fleet, HrNotice, Leaver, NoticeKind, Outcome, Parked,
    StepRef, Timestamp, Verdict,
};
use nightlatch::plan::{Planner, Runbook};
use nightlatch::store::{Batch, Journal, Stamp, Writer, rows};

/// What comes of a job; `None`: its answer never comes.
pub(crate) type Script = Box<dyn FnMut(&Job) -> Option<JobResult>>;

/// An engine with a journal, and nobody at the other end.
pub(crate) struct Firm {
    pub(crate) core: Core,
    pub(crate) now: Timestamp,
    writer: Writer,
    planner: Planner,
    jobs: VecDeque<Job>,
    /// Executions that have kept a before-image.
    captured: HashSet<(StepRef, u16)>,
    script: Script,
}

/// The actions of these sections of a configuration.
pub(crate) fn actions(sections: &[(&str, &str)]) -> Vec<ActionSpec> {
    let section = |(id, toml): &(&str, &str)| Section::from_toml(id, toml).unwrap();
    let sections: Vec<Section> = sections.iter().map(section).collect();
    let connectors = registry::build_all(&sections).unwrap();
    connectors.iter().flat_map(|it| it.actions().iter().map(|action| action.spec().clone())).collect()
}

pub(crate) fn signer(dir: &Path) -> Signer {
    Signer::load_or_create(&dir.join("ledger.key"), "corp.example/nightlatch").unwrap()
}

impl Firm {
    /// An engine that starts on an empty journal in `dir`, at `now`.
    pub(crate) fn found(
        dir: &Path,
        now: Timestamp,
        actions: Vec<ActionSpec>,
        flood_limit_per_hour: u32,
        script: Script,
    ) -> Self {
        let journal = Journal::open(&dir.join("journal.db")).unwrap();
        let anchor = Anchor::at(&dir.join("ledger.anchor")).unwrap();
        let installation = journal.recover(&anchor, Timestamp::default()).unwrap().installation;
        let config = CoreConfig { installation, flood_limit_per_hour, ..CoreConfig::default() };
        let mut core = Core::new(config, Fleet::default(), HashSet::new());
        for connector in actions.iter().map(|spec| &spec.id.connector).collect::<HashSet<&ConnectorId>>() {
            core.open_lane(connector.clone(), "scripted", Limits { max_in_flight: 1_000, per_second: None });
        }
        let writer = Writer::start(journal, signer(dir), anchor, |error| panic!("{error}")).unwrap();
        let mut firm = Self {
            core,
            now,
            writer,
            planner: Planner::new(Runbook::builtin(), actions),
            jobs: VecDeque::new(),
            captured: HashSet::new(),
            script,
        };
        firm.feed(Input::Start { version: "0.1.0".to_owned(), clock_kept: true, rollback: None });
        firm
    }

    /// Somebody leaves, by the word of the HR system.
    pub(crate) fn leaves(&mut self, leaver: Leaver, bend: impl FnOnce(&mut HrNotice)) {
        let event_id = format!("{:x}", hash(&format!("{}{}", leaver.email, self.now)));
        let source = "bamboohr".to_owned();
        let kind = NoticeKind::Terminated;
        let mut notice = HrNotice { source, event_id, kind, leaver, effective_at: None, by_hand: false, reason: None };
        bend(&mut notice);
        let by = Actor::Hris { source: notice.source.clone() };
        let plan = Box::new(self.planner.plan(&notice.leaver).unwrap());
        self.feed(Input::Notice { notice: Box::new(notice), plan, by });
    }

    /// An operator says so.
    pub(crate) fn command(&mut self, command: Command) {
        let by = Actor::Operator { uid: 1_000, login: "operator".to_owned() };
        self.feed(Input::Command { command, by });
    }

    /// Hands an input to the core, journals what follows, and answers every call until nothing is under way.
    pub(crate) fn feed(&mut self, input: Input) {
        let mut input = Some(input);
        while let Some(next) = input.take().or_else(|| self.answer()) {
            self.now = self.now.plus_ms(3);
            let mut batch = Batch::new();
            for effect in self.core.handle(self.now, next) {
                match effect {
                    Effect::Append(envelope) => {
                        let rows = rows(self.core.fleet(), &envelope);
                        batch.events.push((envelope, rows));
                    }
                    Effect::Act(job) | Effect::Read(job) => self.jobs.push_back(job),
                    Effect::Took(_) | Effect::Ran(_) | Effect::Warm(_) | Effect::Captured => {}
                }
            }
            if !batch.events.is_empty() {
                self.writer.write(batch);
            }
        }
    }

    fn answer(&mut self) -> Option<Input> {
        loop {
            let job = self.jobs.pop_front()?;
            if job.kind == JobKind::Act && self.captured.insert((job.step, job.attempt)) {
                let (step, attempt) = (job.step, job.attempt);
                self.jobs.push_front(job);
                let before = Before::of(serde_json::json!({"status": "ACTIVE", "role": "member"}));
                return Some(Input::Captured(Captured { step, attempt, account: None, before }));
            }
            if let Some(result) = (self.script)(&job) {
                return Some(Input::Report(report(&job, result)));
            }
        }
    }

    /// Time passes, and whatever is due is done.
    pub(crate) fn wait_ms(&mut self, ms: u64) {
        let until = self.now.plus_ms(ms);
        while let Some(at) = self.core.next_wake(self.now).filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.feed(Input::Tick);
        }
        self.now = self.now.max(until);
        self.feed(Input::Tick);
    }

    /// A webhook that nobody has read yet, and how far a subscriber has come.
    pub(crate) fn keep(&mut self, parked: Parked, cursor: (&str, u64)) {
        let cursors = vec![(cursor.0.to_owned(), cursor.1)];
        self.writer.write(Batch { parked: vec![parked], cursors, ..Batch::new() });
    }

    /// Signs a checkpoint over all that was handed over, and waits until it is on disk.
    pub(crate) fn sign(&mut self) -> Stamp {
        let (done, wait) = std::sync::mpsc::channel();
        let then: nightlatch::store::Then = Box::new(move |stamp| done.send(stamp.clone()).unwrap());
        self.writer.write(Batch { checkpoint: Some(self.now), then: Some(then), ..Batch::new() });
        wait.recv().unwrap()
    }

    /// The writer ends; the core is left as it stood.
    pub(crate) fn end(self) -> Core {
        self.writer.finish();
        self.core
    }
}

/// The vendor takes it, and shows it when it is read back.
pub(crate) fn done(job: &Job) -> JobResult {
    match job.kind {
        JobKind::Act => JobResult::Acted(Outcome::Acknowledged),
        JobKind::Verify | JobKind::Reconcile => {
            JobResult::Read(Verdict::Dead { evidence: format!("status of {}: SUSPENDED", login(job)) })
        }
    }
}

fn login(job: &Job) -> &str {
    &job.leaver.login
}

/// With the calls that a connector would have made.
fn report(job: &Job, result: JobResult) -> Report {
    let number = hash(&job.leaver.email);
    let account = Account {
        id: format!("00u{number:x}"),
        label: job.leaver.email.clone(),
        matched_on: "profile.login".to_owned(),
    };
    let call = |request: String, status, said: &str| Exchange {
        request,
        status: Some(status),
        ms: u32::try_from(8 + number % 90).unwrap(),
        said: said.to_owned(),
    };
    let path = format!("/api/v1/users/{}/{}", account.id, job.action.name);
    let exchanges = match job.kind {
        JobKind::Act => {
            vec![call(format!("GET /api/v1/users/{}", account.label), 200, ""), call(format!("POST {path}"), 200, "{}")]
        }
        JobKind::Verify | JobKind::Reconcile => vec![call(format!("GET {path}"), 200, "")],
    };
    let (attempt, action_ms) = (job.attempt, 40);
    Report {
        step: job.step,
        kind: job.kind,
        attempt,
        account: (job.kind == JobKind::Act).then_some(account),
        result,
        exchanges,
        seen: Observation::default(),
        ms: action_ms,
        waited_ms: 0,
    }
}

/// A number that looks random and is the same for the same text.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
