//! Builders: fleets are folded from events, as the engine's are.

use crate::model::health::{ConnectorStatus, Health, Mishap, Probed, SLICE_MS, Slice};
use crate::model::*;

/// The tests' now: 2026-11-23 12:00 UTC.
pub(crate) const NOW: Timestamp = Timestamp(1_795_435_200_000);

pub(crate) fn ago(ms: i64) -> Timestamp {
    Timestamp(NOW.0 - ms)
}

pub(crate) fn ahead(ms: i64) -> Timestamp {
    Timestamp(NOW.0 + ms)
}

pub(crate) fn operator() -> Actor {
    Actor::Operator { uid: 501, login: "operator".to_owned() }
}

/// A fleet and what is done to it.
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) connectors: Vec<ConnectorStatus>,
    pub(crate) journal: Vec<Envelope>,
}

fn planned(action: &str, title: &str, stage: Stage, danger: Danger, residual: Option<(&str, u64)>) -> PlannedStep {
    PlannedStep {
        action: action.parse().unwrap(),
        title: title.to_owned(),
        stage,
        danger,
        class: StepClass::Idempotent,
        reason: format!("the runbook's {stage} stage names it"),
        waits: Vec::new(),
        approval: (danger == Danger::Irreversible).then_some(ApprovalPolicy { four_eyes: true, ttl_ms: 4 * 3_600_000 }),
        retry: RetryPolicy::default(),
        deadline_ms: 10_000,
        quarantine_ms: 30_000,
        residual: residual.map(|(what, ms)| Residual { what: what.to_owned(), ms }),
        proved_by: None,
        undo: (danger == Danger::Reversible).then(|| "the account is made active again".to_owned()),
        undo_within_ms: None,
        gives_back: None,
    }
}

/// The plan of every person: 0 to 3 kill switch, 4 and 5 credentials, 6 and 7 handover, 8 licences, 9 and 10 purge.
pub(crate) fn plan(person: &str) -> Plan {
    use Danger::{HardToUndo, Irreversible, Reversible};
    let mut steps = vec![
        planned("google.suspend", "Suspend the Google Workspace account", Stage::KillSwitch, Reversible, None),
        planned(
            "okta.suspend",
            "Suspend the Okta user",
            Stage::KillSwitch,
            Reversible,
            Some(("an issued token", 3_600_000)),
        ),
        planned("slack.deactivate", "Deactivate the Slack member", Stage::KillSwitch, Reversible, None),
        planned("github.remove", "Remove the member from the GitHub organisation", Stage::KillSwitch, HardToUndo, None),
        planned("google.revoke-tokens", "Revoke OAuth tokens and app passwords", Stage::Credentials, HardToUndo, None),
        planned("okta.clear-sessions", "Clear every Okta session", Stage::Credentials, Reversible, None),
        planned("google.transfer-drive", "Transfer the Drive to the manager", Stage::Handover, HardToUndo, None),
        planned("google.delegate-mail", "Delegate the mailbox to the manager", Stage::Handover, Reversible, None),
        planned("slack.release-seat", "Release the Slack seat", Stage::Licences, Reversible, None),
        planned("github.delete-keys", "Delete SSH keys and personal access tokens", Stage::Purge, Irreversible, None),
        planned("google.delete", "Delete the Google Workspace account and its data", Stage::Purge, Irreversible, None),
    ];
    steps[4].waits = vec![Wait {
        steps: vec![0],
        until: Until::Tried { patience_ms: 60_000 },
        why: "access is cut before anything is tidied up".to_owned(),
    }];
    steps[6].waits = vec![Wait { steps: vec![4], until: Until::Succeeded, why: "tokens could still write".to_owned() }];
    steps[10].waits = vec![Wait {
        steps: vec![6, 7],
        until: Until::Succeeded,
        why: "the data has to be handed over before the account goes".to_owned(),
    }];
    Plan {
        digest: "3f9a1c0b7d52e8466a01bb9f2c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e".to_owned(),
        person: person.to_owned(),
        runbook: "standard".to_owned(),
        undoes: None,
        sla_ms: 60_000,
        steps: steps.into(),
        left_out: vec![LeftOut { action: "github.transfer-repos".parse().unwrap(), reason: "owns none".to_owned() }],
    }
}

pub(crate) fn leaver(name: &str) -> Leaver {
    let email = format!("{}@corp.example", name.to_lowercase().replace(' ', "."));
    Leaver {
        name: name.to_owned(),
        department: Some("Engineering".to_owned()),
        title: Some("Engineer".to_owned()),
        manager: Some("zulu.doe@corp.example".to_owned()),
        ..Leaver::from_email(&email)
    }
}

impl World {
    pub(crate) fn empty() -> Self {
        Self { fleet: Fleet::default(), connectors: Vec::new(), journal: Vec::new() }
    }

    pub(crate) fn event(&mut self, at: Timestamp, actor: Actor, event: Event) -> Envelope {
        let envelope = Envelope { seq: self.fleet.next_seq, at, actor, event };
        self.fleet.apply(&envelope);
        self.journal.push(envelope.clone());
        envelope
    }

    pub(crate) fn engine(&mut self, at: Timestamp, event: Event) -> Envelope {
        self.event(at, Actor::Engine, event)
    }

    pub(crate) fn open(&mut self, leaver: Leaver, at: Timestamp, phase: Phase) -> OffboardingId {
        let offboarding = OffboardingId(self.fleet.next_offboarding.max(1));
        let plan = Box::new(plan(leaver.person_key()));
        let notice = HrNotice {
            source: "bamboohr".to_owned(),
            event_id: format!("ev-{offboarding}"),
            kind: NoticeKind::Terminated,
            leaver,
            effective_at: None,
            by_hand: false,
            reason: None,
        };
        let actor = Actor::Hris { source: "bamboohr".to_owned() };
        self.event(at, actor, Event::Opened { offboarding, notice: Box::new(notice), plan, phase });
        offboarding
    }

    pub(crate) fn running(&mut self, name: &str, at: Timestamp) -> OffboardingId {
        self.open(leaver(name), at, Phase::Running)
    }

    pub(crate) fn start(&mut self, step: StepRef, at: Timestamp) {
        let attempt = self.fleet.get(step.offboarding).unwrap().steps[usize::from(step.ord)].attempt + 1;
        self.engine(at, Event::StepStarted { step, attempt, deadline_at: at.plus_ms(10_000) });
    }

    pub(crate) fn acknowledge(&mut self, step: StepRef, at: Timestamp) {
        self.start(step, at);
        let account = Some(Account {
            id: format!("00u{}", step.ord),
            label: "alfa.doe@corp.example".to_owned(),
            matched_on: "primaryEmail".to_owned(),
        });
        let exchanges = vec![Exchange {
            request: "POST /api/v1/users/00u1/lifecycle/suspend".to_owned(),
            status: Some(200),
            ms: 184,
            said: String::new(),
        }];
        let event = Event::StepAcknowledged { step, account, before: None, already: None, caveat: None, exchanges };
        self.engine(at.plus_ms(200), event);
    }

    pub(crate) fn done(&mut self, step: StepRef, at: Timestamp) {
        self.acknowledge(step, at);
        let proof = Proof::Verified { evidence: "status: SUSPENDED".into() };
        self.engine(at.plus_ms(600), Event::StepVerified { step, proof, exchanges: Vec::new() });
    }

    pub(crate) fn done_up_to(&mut self, id: OffboardingId, ord: u16, at: Timestamp) {
        for ord in 0..ord {
            self.done(id.step(ord), at.plus_ms(u64::from(ord) * 400));
        }
    }

    pub(crate) fn fail(&mut self, step: StepRef, at: Timestamp) {
        self.start(step, at);
        let exchanges = vec![Exchange {
            request: "POST /api/v1/users/00u1/lifecycle/suspend".to_owned(),
            status: Some(403),
            ms: 91,
            said: "You do not have permission to perform the requested action".to_owned(),
        }];
        self.engine(
            at.plus_ms(100),
            Event::StepFailed {
                step,
                reason: "403 E0000006: you do not have permission".to_owned(),
                cure: "give the API token the scope okta.users.manage".to_owned(),
                exchanges,
            },
        );
    }

    pub(crate) fn ask(&mut self, step: StepRef, at: Timestamp) {
        let plan_digest = self.fleet.get(step.offboarding).unwrap().plan.digest.clone();
        self.engine(at, Event::ApprovalAsked { step, plan_digest });
    }

    pub(crate) fn connector(&mut self, id: &str, health: Health, in_flight: u32, queued: u32) -> &mut ConnectorStatus {
        self.connectors.push(ConnectorStatus {
            health,
            in_flight,
            max_in_flight: 8,
            queued,
            done: 412,
            last_ms: Some(184),
            actions: 4,
            probe: Some(probed(Health::Up, &format!("acts as nightlatch@corp.example at {id}"), &[])),
            ..ConnectorStatus::unknown(ConnectorId::new(id).unwrap(), id)
        });
        self.connectors.last_mut().unwrap()
    }

    /// An engine was killed with two calls under way: one still waits out its quarantine, one was read back since; and a
    /// system's credentials are refused.
    pub(crate) fn recovering() -> Self {
        let mut it = Self::empty();
        let alfa = it.running("Alfa Doe", ago(60_000));
        it.done(alfa.step(0), ago(59_000));
        it.start(alfa.step(2), ago(58_000));
        it.start(alfa.step(3), ago(58_000));
        it.engine(ago(40_000), Event::EngineStarted { epoch: 2, version: "0.1.0".to_owned() });
        let lost = |ord: u16, until| Event::StepAmbiguous {
            step: alfa.step(ord),
            until,
            reason: "the engine stopped while the call was under way".to_owned(),
            exchanges: Vec::new(),
        };
        it.engine(ago(40_000), lost(2, ago(10_000)));
        it.engine(ago(40_000), lost(3, ahead(21_000)));
        let proof = Proof::Verified { evidence: "deleted: true".into() };
        it.engine(ago(9_500), Event::StepVerified { step: alfa.step(2), proof, exchanges: Vec::new() });
        it.start(alfa.step(1), ago(39_000));
        let reason = "the credentials are refused: 401 E0000011: invalid token provided".to_owned();
        let refused = Event::StepRetryAt {
            step: alfa.step(1),
            at: ahead(36_000),
            reason,
            free: true,
            unclear: false,
            exchanges: Vec::new(),
        };
        it.engine(ago(38_900), refused);
        let summary =
            "okta does not accept the credentials: 401 E0000011: invalid token provided; 1 step waits".to_owned();
        let key = "system/okta".to_owned();
        it.engine(ago(38_900), Event::AlertRaised { key, kind: AlertKind::Credential, summary });
        it.connector("google", Health::Up, 0, 0);
        let okta = it.connector("okta", Health::Locked, 0, 0);
        okta.blocked_until = Some(ahead(21_100));
        okta.last_error = Some("401 E0000011: invalid token provided".to_owned());
        it
    }

    /// One of each.
    pub(crate) fn busy() -> Self {
        let mut it = Self::empty();
        let secs = |n: i64| ago(n * 1_000);

        let alfa = it.running("Alfa Doe", secs(192));
        it.done(alfa.step(0), secs(191));
        it.fail(alfa.step(1), secs(190));
        it.done(alfa.step(2), secs(190));
        it.done(alfa.step(3), secs(189));
        it.engine(
            secs(189),
            Event::AlertRaised {
                key: format!("step-failed:{alfa}/1"),
                kind: AlertKind::StepFailed,
                summary: format!("okta.suspend of {alfa} failed: 403 E0000006: you do not have permission"),
            },
        );

        let bravo = it.running("Bravo Doe", secs(5_000));
        it.done_up_to(bravo, 9, secs(4_990));
        it.ask(bravo.step(9), secs(4_900));
        it.ask(bravo.step(10), secs(4_900));

        let charlie = it.running("Charlie Doe", secs(12));
        it.done(charlie.step(0), secs(11));
        it.start(charlie.step(1), secs(2));
        it.acknowledge(charlie.step(2), secs(3));
        it.start(charlie.step(3), secs(11));
        it.engine(
            secs(1),
            Event::StepRetryAt {
                step: charlie.step(3),
                at: ahead(14_000),
                free: false,
                unclear: false,
                reason: "429 secondary rate limit".to_owned(),
                exchanges: Vec::new(),
            },
        );

        let delta = it.running("Delta Doe", secs(9_000));
        it.done_up_to(delta, 11, secs(8_990));
        let echo = it.running("Echo Doe", secs(900));
        it.done_up_to(echo, 11, secs(890));

        let mut boss = leaver("Foxtrot Doe");
        boss.executive = true;
        boss.privileged = true;
        let foxtrot = it.open(boss, secs(300), Phase::Running);
        it.done_up_to(foxtrot, 9, secs(299));
        it.ask(foxtrot.step(9), secs(120));

        it.open(leaver("Golf Doe"), secs(600), Phase::Armed { at: ahead(7_500_000) });
        let held = Phase::Held { reason: "flood guard: 14 leavers in 5 minutes".to_owned() };
        let mut contractor = leaver("Hotel Doe");
        contractor.kind = model_contractor();
        it.open(contractor, secs(500), held);

        let india = it.running("India Doe", secs(8_000));
        it.done_up_to(india, 11, secs(7_990));
        it.engine(secs(300), Event::Closed { offboarding: india });

        let juliett = it.running("Juliett Doe", secs(700));
        it.done_up_to(juliett, 3, secs(699));
        it.start(juliett.step(3), secs(690));
        it.engine(
            secs(20),
            Event::StepAmbiguous {
                step: juliett.step(3),
                until: ahead(21_000),
                reason: "the answer was lost after 312 bytes had left".to_owned(),
                exchanges: Vec::new(),
            },
        );
        it.event(
            secs(10),
            operator(),
            Event::Paused { offboarding: juliett, reason: "paused at the console".to_owned() },
        );

        it.connector("google", Health::Up, 3, 0).remaining = Some(2_214);
        let okta = it.connector("okta", Health::Locked, 0, 2);
        okta.last_error = Some("401 E0000011: invalid token provided".to_owned());
        okta.failed = 3;
        it.connector("slack", Health::Up, 1, 0);
        let github = it.connector("github", Health::Throttled, 0, 4);
        github.blocked_until = Some(ahead(14_000));
        github.last_error = Some("403 secondary rate limit".to_owned());
        it
    }
}

pub(crate) fn model_contractor() -> crate::model::leaver::EmploymentKind {
    crate::model::leaver::EmploymentKind::Contractor
}

/// Connectors in every state, sixteen of them.
pub(crate) fn sixteen() -> World {
    let mut it = World::busy();
    it.connectors.clear();
    let google = it.connector("google", Health::Up, 3, 0);
    (google.remaining, google.budget, google.resets_at) = (Some(2_214), Some(2_400), Some(ahead(41_000)));
    fed(google, 24, 0);
    let okta = it.connector("okta", Health::Locked, 0, 2);
    okta.since = Some(ago(188_000));
    okta.failed = 3;
    okta.oldest = Some(ago(192_000));
    okta.blocked_until = Some(ahead(21_000));
    okta.last_error = Some("401 E0000011: invalid token provided".to_owned());
    fed(okta, 3, 1);
    okta.mishaps = vec![
        mishap(12_000, "401 E0000011: invalid token provided", "make a new key for the app, put it into the secret", 3),
        mishap(95_000, "403 E0000006: you do not have permission", "give the API token the scope okta.users.manage", 1),
    ];
    let refused = "401 E0000011: invalid token provided; make a new key for the app, and put it into the secret";
    okta.probe = Some(probed(Health::Locked, refused, &[]));
    let slack = it.connector("slack", Health::Down, 0, 31);
    slack.since = Some(ago(64_000));
    slack.oldest = Some(ago(70_000));
    slack.failed = 12;
    fed(slack, 2, 2);
    slack.mishaps = vec![mishap(4_000, "no answer within 10 s", "", 9)];
    slack.last_error = Some("no answer within 10 s".to_owned());
    slack.probe = Some(probed(Health::Down, "no answer within 10 s", &[]));
    let github = it.connector("github", Health::Throttled, 0, 4);
    github.since = Some(ago(9_000));
    github.blocked_until = Some(ahead(14_000));
    github.last_error = Some("403 secondary rate limit".to_owned());
    fed(github, 12, 1);
    let scopes = it.connector("gitlab", Health::Up, 1, 0);
    scopes.probe = Some(probed(Health::Locked, "acts as @offboarding", &["admin_mode", "api"]));
    let clock = it.connector("salesforce", Health::Up, 2, 9);
    clock.per_second = Some(4.0);
    (clock.remaining, clock.budget, clock.resets_at) = (Some(310), Some(15_000), Some(ahead(11_400_000)));
    if let Some(probe) = &mut clock.probe {
        probe.clock_ahead_ms = Some(93_000);
    }
    for id in ["adobe", "atlassian", "aws", "desk", "hubspot", "jamf", "msgraph", "zoom"] {
        fed(it.connector(id, Health::Up, 0, 0), 4, 0);
    }
    it.connector("wiki", Health::Unknown, 0, 0).probe = None;
    it.connector("workday-prod-europe", Health::Up, 8, 214).oldest = Some(ago(500_000));
    it
}

pub(crate) fn probed(health: Health, message: &str, missing: &[&str]) -> Probed {
    let missing = missing.iter().map(|it| (*it).to_owned()).collect();
    Probed { at: ago(41_000), health, message: message.to_owned(), ms: 184, missing, clock_ahead_ms: Some(200) }
}

fn mishap(age: i64, what: &str, cure: &str, times: u32) -> Mishap {
    Mishap { at: ago(age), what: what.to_owned(), cure: cure.to_owned(), times }
}

/// Five busy minutes.
fn fed(it: &mut ConnectorStatus, most: u32, failed: u32) {
    let slices = (0..30).map(|n: u32| {
        let jobs = 1 + most * (n % 7) / 6;
        let at = ago(i64::from(29 - n) * SLICE_MS);
        Slice {
            at,
            jobs,
            failed: u32::from(n.is_multiple_of(9)) * failed.min(jobs),
            ms: u64::from(jobs * (120 + n * 9)),
        }
    });
    it.recent = slices.collect();
    (it.p50_ms, it.p95_ms) = (Some(212), Some(840));
}

/// A mass layoff: so many people, most of them under way.
pub(crate) fn layoff(people: u64) -> World {
    let mut it = sixteen();
    for n in 0..people {
        let id = it.running(&format!("Person{n:05} Doe"), ago(30_000 + i64::try_from(n % 90).unwrap() * 1_000));
        let done = u16::try_from(n % 12).unwrap();
        it.done_up_to(id, done.min(10), ago(25_000));
        match n % 50 {
            7 => it.fail(id.step(10), ago(9_000)),
            9 => it.ask(id.step(10), ago(9_000)),
            _ if done < 10 => it.start(id.step(done), ago(1_000)),
            _ => {}
        }
    }
    it
}

/// The same people, each with a plan of all sixteen connectors.
pub(crate) fn layoff_everywhere(people: u64) -> World {
    let mut it = layoff(people);
    let names: Vec<String> = it.connectors.iter().map(|it| it.id.to_string()).collect();
    for person in it.fleet.offboardings.values_mut() {
        let mut steps = person.plan.steps.to_vec();
        for (n, name) in names.iter().enumerate().filter(|(n, _)| u64::try_from(*n).unwrap() != person.id.0 % 16) {
            let taken = n % person.steps.len();
            steps.push(PlannedStep { action: format!("{name}.suspend").parse().unwrap(), ..steps[0].clone() });
            person.steps.push(person.steps[taken].clone());
        }
        person.plan.steps = steps.into();
    }
    it
}
