//! A journal of some hundred synthetic events, written by the engine's own writer.

use std::path::Path;

use nightlatch::ledger::{Anchor, Signer};
use nightlatch::model::{
    Account, Actor, ConnectorId, Danger, Envelope, Event, Exchange, Fleet, HrNotice, Leaver, NoticeKind, OffboardingId,
    Phase, Plan, PlannedStep, Proof, RetryPolicy, Stage, StepClass, Timestamp,
};
use nightlatch::paths::Paths;
use nightlatch::store::{Batch, Journal, Writer, rows};

pub(crate) const ORIGIN: &str = "corp.example/nightlatch";

/// Under the last checkpoint.
pub(crate) const SIGNED: u64 = 600;

/// Under the one before.
const SIGNED_BEFORE: u64 = 300;

const EVENTS: u64 = 603;

const PEOPLE: [&str; 3] = ["alfa.doe@corp.example", "bravo.doe@corp.example", "charlie.doe@corp.example"];

/// A state directory with a journal in it, and nobody's engine.
pub(crate) struct Scene {
    dir: tempfile::TempDir,
    paths: Paths,
}

impl Scene {
    pub(crate) fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(&dir.path().join("state"))).unwrap();
        paths.prepare().unwrap();
        let scene = Self { dir, paths };
        scene.write();
        scene
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::load_or_create(&self.paths.signing_key(), ORIGIN).unwrap()
    }

    fn write(&self) {
        let journal = Journal::open(&self.paths.journal()).unwrap();
        let anchor = Anchor::at(&self.paths.anchor()).unwrap();
        let writer = Writer::start(journal, self.signer(), anchor, |error| panic!("{error}")).unwrap();
        let mut fleet = Fleet::default();
        for (seq, (actor, event)) in (0..EVENTS).zip(story()) {
            let at = Timestamp(1_795_395_723_004).plus_ms(seq * 7);
            let envelope = Envelope { seq, at, actor, event };
            fleet.apply(&envelope);
            let follow = rows(&fleet, &envelope);
            let checkpoint = [SIGNED_BEFORE, SIGNED].contains(&(seq + 1)).then_some(at);
            let (done, wait) = std::sync::mpsc::channel();
            let then = checkpoint.map(|_| -> nightlatch::store::Then { Box::new(move |_| done.send(()).unwrap()) });
            let wait = then.is_some().then_some(wait);
            writer.write(Batch { events: vec![(envelope, follow)], checkpoint, then, ..Batch::new() });
            if let Some(wait) = wait {
                wait.recv().unwrap(); // The next event must not come under this checkpoint.
            }
        }
        writer.finish();
    }
}

fn planned(name: &str) -> PlannedStep {
    PlannedStep {
        action: ConnectorId::new("okta").unwrap().action(name),
        title: format!("Plays {name}"),
        stage: Stage::KillSwitch,
        danger: Danger::Reversible,
        class: StepClass::Idempotent,
        reason: "runbook: standard".to_owned(),
        waits: Vec::new(),
        approval: None,
        retry: RetryPolicy::default(),
        deadline_ms: 10_000,
        quarantine_ms: 0,
        residual: None,
        proved_by: None,
        undo: None,
        undo_within_ms: None,
        gives_back: None,
    }
}

fn opened(id: OffboardingId, email: &str) -> Event {
    let leaver = Leaver { name: format!("The person of {id}"), ..Leaver::from_email(email) };
    let plan = Plan {
        digest: "3f".repeat(32),
        person: email.to_owned(),
        runbook: "standard".to_owned(),
        undoes: None,
        sla_ms: 60_000,
        steps: vec![planned("suspend"), planned("clear-sessions")].into(),
        left_out: Vec::new(),
    };
    let notice = HrNotice {
        source: "bamboohr".to_owned(),
        event_id: format!("n-{id}"),
        kind: NoticeKind::Terminated,
        leaver,
        effective_at: None,
        by_hand: false,
        reason: None,
    };
    Event::Opened { offboarding: id, notice: Box::new(notice), plan: Box::new(plan), phase: Phase::Running }
}

/// An engine starts, three people are cut, and then the two that are not closed are paused and resumed for ever.
fn story() -> impl Iterator<Item = (Actor, Event)> {
    let hris = || Actor::Hris { source: "bamboohr".to_owned() };
    let mut told = vec![(Actor::Engine, Event::EngineStarted { epoch: 1, version: "0.1.0".to_owned() })];
    for (number, email) in (1..).zip(PEOPLE) {
        let id = OffboardingId(number);
        told.push((hris(), opened(id, email)));
        for ord in 0..2 {
            let step = id.step(ord);
            let call = Exchange {
                request: format!("POST /users/{number}"),
                status: Some(200),
                ms: 12,
                said: "\u{1b}[2J".to_owned(),
            };
            let account =
                Account { id: format!("00u{number}"), label: email.to_owned(), matched_on: "login".to_owned() };
            let proof = Proof::Verified { evidence: "status: SUSPENDED".into() };
            let events = [
                Event::StepStarted { step, attempt: 1, deadline_at: Timestamp(1_795_395_733_004) },
                Event::StepAcknowledged {
                    step,
                    account: Some(account),
                    before: None,
                    already: None,
                    caveat: None,
                    exchanges: vec![call],
                },
                Event::StepVerified { step, proof, exchanges: Vec::new() },
            ];
            told.extend(events.map(|event| (Actor::Engine, event)));
        }
    }
    told.push((Actor::Engine, Event::Closed { offboarding: OffboardingId(3) }));
    let operator = || Actor::Operator { uid: 1000, login: "operator".to_owned() };
    let rest = (0..).map(move |n: u64| {
        let offboarding = OffboardingId(1 + n / 2 % 2);
        let event = match n % 2 {
            0 => Event::Paused { offboarding, reason: format!("HR asks to wait, {n}") },
            _ => Event::Resumed { offboarding },
        };
        (operator(), event)
    });
    told.into_iter().chain(rest)
}
