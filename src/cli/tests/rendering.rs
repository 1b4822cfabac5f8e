//! What people read.

use super::sample::{OPENED, leaver, offboarding, plan, summary};
use crate::cli::render::{self, Look};
use crate::ipc::archive::Times;
use crate::ipc::ledger::{AnchorStatus, LastVerified, Subscriber, Verification};
use crate::ipc::{HistoryPage, HistoryRow, LedgerStatus, Lookup, ProbeReport, Summary};
use crate::model::health::{ConnectorStatus, Health, Mishap, Probed, Slice};
use crate::model::{
    Account, Actor, ConnectorId, DryRun, Earlier, Envelope, Event, Exchange, Foreseen, LegalHold, Missing,
    MissingPerson, Offboarding, OffboardingId, Phase, Proof, Step, StepState, Would,
};

const EIGHTY: Look = Look { width: Some(80), ascii: false };

fn fits(lines: &str) {
    use unicode_width::UnicodeWidthStr as _;
    for line in lines.lines() {
        assert!(line.width() <= 80, "{line}");
    }
}

#[test]
fn a_list() {
    let mut long = summary();
    long.id = OffboardingId(1_041);
    long.name = "Bravo\u{202e} Doe of a Very Long and Noble Family".to_owned();
    let lines = render::list(&[summary(), long], OPENED.plus_ms(192_000), EIGHTY);
    fits(&lines);
    insta::assert_snapshot!(lines, @r"
    ID       PERSON                  PHASE    DONE   EXPOSED  LOOK AT
    ob-17    Alfa Doe                running   1/4  3 m 12 s  slack.deactivate fail…
    ob-1041  Bravo\u{202e} Doe of …  running   1/4  3 m 12 s  slack.deactivate fail…
    ");
    assert_eq!(
        render::list(&[], OPENED, EIGHTY),
        "No offboarding to show; `nightlatch history` has those that ended.\n"
    );
}

fn last_verified(problem_count: u64) -> LastVerified {
    let problems = (0..problem_count).map(|n| format!("event {n}: the leaf is not of this row")).collect();
    LastVerified { at: OPENED, ms: 4_200, size: 9, signed: Some(7), checkpoints: 2, problems, problem_count }
}

#[test]
fn a_verification() {
    insta::assert_snapshot!(
        "a_verification",
        render::verified(&last_verified(0)) + &render::verified(&last_verified(1))
    );
}

#[test]
fn a_history() {
    let row = |unsigned| HistoryRow::of(&offboarding(), OPENED.plus_ms(192_000), unsigned);
    let erased = HistoryRow::erased(
        OffboardingId(4),
        "closed",
        Times { opened_at: OPENED, launched_at: None, cut_at: None, ended_at: None },
    );
    let undo = HistoryRow { undoes: Some(OffboardingId(4)), findings: 3, ..row(0) };
    let page = HistoryPage { rows: vec![row(12), undo, erased], more: true, total: Some(1_204) };
    let lines = render::history(&page, Look { ascii: true, ..EIGHTY });
    fits(&lines);
    insta::assert_snapshot!("a_history_narrow", lines);
    insta::assert_snapshot!("a_history_wide", render::history(&page, Look { width: Some(140), ascii: false }));
}

#[test]
fn a_plan() {
    let lines = render::plan(&leaver(), &plan(), &[], EIGHTY);
    fits(&lines);
    insta::assert_snapshot!(lines, @r#"
    Alfa Doe <alfa.doe@corp.example>, login alfa.doe
    runbook default, plan 3fd2a8c41b07, to be cut within 1 m 0 s

    #  STAGE        ACTION            DANGER        ASK  WHAT
    0  kill-switch  google.suspend    reversible    -    Suspends the account
    1  kill-switch  okta.deactivate   hard to undo  -    Deactivates the user
    2  purge        google.delete     irreversible  yes  Deletes the account and it…
    3  kill-switch  slack.deactivate  reversible    -    Deactivates the member

    Why they are in:
      0-3: runbook: default

    Why in this order:
      2 after 0, 1: nothing is deleted before every access is cut

    Left out:
      github.remove: condition `department == "R&D"` is not met
    "#);
}

#[test]
fn an_offboarding() {
    let lines = render::show(&offboarding(), OPENED.plus_ms(3_000), EIGHTY);
    assert!(!lines.contains('\u{1b}'), "no escape sequence gets through");
    fits(&lines);
    insta::assert_snapshot!(lines, @r"
    ob-17  Alfa Doe <alfa.doe@corp.example>, login alfa.doe
    phase      running
    told by    bamboohr, 2026-11-23 01:02:03Z, opened by hris bamboohr
    launched   2026-11-23 01:02:03Z
    exposed    for 3.0 s by now
    residual   some access outlives its account for 59 m 57 s more
    runbook    default
    plan       3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d
    steps      4: 1 done, 1 retrying, 1 waiting for approval, 1 in need of a person

    #  STAGE        ACTION            STATE     TRY  WHAT
    0  kill-switch  google.suspend    done        1  verified: suspended: true
    1  kill-switch  okta.deactivate   retrying    2  in 2.0 s: 429 too many request…
    2  purge        google.delete     approval    0  irreversible, asked 2.1 s ago
    3  kill-switch  slack.deactivate  failed      1  missing_scope

    ob-17/3 failed: missing_scope
      give the app the scope admin.users:write, then retry
    ");
}

/// Two calls that an engine left behind when it was killed, and one that waits for new credentials.
fn left_open() -> Offboarding {
    let mut it = offboarding();
    let (id, mut seq) = (it.id, 0);
    let mut happens = |at: u64, event: Event| {
        seq += 1;
        it.apply(&Envelope { seq, at: OPENED.plus_ms(at), actor: Actor::Engine, event });
    };
    let lost = |ord: u16, until: u64| Event::StepAmbiguous {
        step: id.step(ord),
        until: OPENED.plus_ms(until),
        reason: "the engine stopped while the call was under way".to_owned(),
        exchanges: Vec::new(),
    };
    happens(1_000, lost(0, 41_000));
    happens(1_000, lost(3, 62_000));
    let proof = Proof::Verified { evidence: "suspended: true".into() };
    happens(41_200, Event::StepVerified { step: id.step(0), proof, exchanges: Vec::new() });
    let reason = "the credentials are refused: 401".to_owned();
    let at = OPENED.plus_ms(90_000);
    happens(
        2_000,
        Event::StepRetryAt { step: id.step(1), at, reason, free: true, unclear: false, exchanges: Vec::new() },
    );
    it
}

#[test]
fn what_is_not_known_yet_until_when_and_what_was_concluded() {
    let now = OPENED.plus_ms(50_000);
    let shown = render::show(&left_open(), now, EIGHTY);
    let (_, recovery) = shown.split_once("steps      ").unwrap();
    insta::assert_snapshot!(recovery, @r"
    4: 1 done, 1 retrying, 1 ambiguous, 1 waiting for approval
    1 step waits out its quarantine until 2026-11-23 01:03:05Z (12.0 s more)
    1 step is held up by okta since 2026-11-23 01:02:05Z, until it answers: the credentials are refused: 401

    #  STAGE        ACTION            STATE      TRY  WHAT
    0  kill-switch  google.suspend    done         1  verified: suspended: true
    1  kill-switch  okta.deactivate   retrying     2  in 40.0 s: the credentials ar…
    2  purge        google.delete     approval     0  irreversible, asked 49.1 s ago
    3  kill-switch  slack.deactivate  ambiguous    1  quarantine until 2026-11-23 0…

    ob-17/0 in doubt from 2026-11-23 01:02:04Z: the engine stopped while the call was under way
      2026-11-23 01:02:44Z: it had happened: not repeated (verified: suspended: true)

    ob-17/3 in doubt from 2026-11-23 01:02:04Z: the engine stopped while the call was under way
      waits until 2026-11-23 01:03:05Z (12.0 s more): the lost call may act until then
    ");
    let list = render::list(&[Summary::of(&left_open(), now), summary()], now, EIGHTY);
    insta::assert_snapshot!(list, @r"
    ID     PERSON    PHASE    DONE   EXPOSED  LOOK AT
    ob-17  Alfa Doe  running   1/4    50.0 s  slack.deactivate ambiguous
    ob-17  Alfa Doe  running   1/4  3 m 12 s  slack.deactivate failed
    1 step waits out its quarantine until 2026-11-23 01:03:05Z (12.0 s more)
    1 step is held up by okta since 2026-11-23 01:02:05Z, until it answers: the credentials are refused: 401
    ");
    let over = render::list(&[Summary::of(&left_open(), OPENED.plus_ms(62_000))], OPENED.plus_ms(62_000), EIGHTY);
    assert!(over.contains("1 step is past quarantine, and being read back"), "{over}");
    let json = serde_json::to_value(Summary::of(&left_open(), now)).unwrap();
    assert_eq!(json["doubts"], serde_json::json!({ "waiting": 1, "until": OPENED.plus_ms(62_000), "reading": 0 }));
    assert_eq!(json["held_up"][0]["connector"], "okta");
}

#[test]
fn a_list_says_when_somebody_armed_fires_and_who_is_under_legal_hold() {
    let mut armed = offboarding();
    armed.steps.iter_mut().for_each(|step| *step = Step::default());
    (armed.launched_at, armed.phase) = (None, Phase::Armed { at: OPENED.plus_ms(11_520_000) });
    let mut held = offboarding();
    let (reason, by) = ("Doe v. Corp".to_owned(), Actor::Operator { uid: 1000, login: "operator".to_owned() });
    held.legal_hold = Some(Box::new(LegalHold { reason, by, at: OPENED, lift: None }));
    let list = render::list(&[Summary::of(&armed, OPENED), Summary::of(&held, OPENED)], OPENED, EIGHTY);
    insta::assert_snapshot!(list, @r"
    ID     PERSON    PHASE    DONE  EXPOSED  LOOK AT
    ob-17  Alfa Doe  armed     0/4        -  fires in 3 h 12 m
    ob-17  Alfa Doe  running   1/4     0 ms  slack.deactivate failed, legal hold
    ");
    assert_eq!(serde_json::to_value(Summary::of(&armed, OPENED)).unwrap()["fires_at"], OPENED.plus_ms(11_520_000).0);
}

#[test]
fn what_is_approved() {
    insta::assert_snapshot!(render::approval(&offboarding(), 2), @r"
    step       ob-17/2 google.delete
    what       Deletes the account and its data
    whose      Alfa Doe <alfa.doe@corp.example>, login alfa.doe
    account    not looked up yet
    danger     irreversible
    undo       none: what it does cannot be taken back
    why        runbook: default
    asked by   hris bamboohr
    state      approval
    plan       3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d
    ");
}

#[test]
fn events() {
    let of = offboarding();
    let step = of.id.step(0);
    let exchanges =
        vec![Exchange { request: "PUT /users/1".to_owned(), status: Some(200), ms: 84, said: String::new() }];
    let proof = Proof::Verified { evidence: "suspended: true".into() };
    let operator = Actor::Operator { uid: 1000, login: "operator".to_owned() };
    let events = [
        (Actor::Engine, Event::StepStarted { step, attempt: 2, deadline_at: OPENED }),
        (Actor::Engine, Event::StepVerified { step, proof, exchanges: exchanges.clone() }),
        (
            Actor::Engine,
            Event::StepRetryAt {
                step,
                at: OPENED,
                reason: "503\n\u{1b}[31m".to_owned(),
                free: false,
                unclear: false,
                exchanges,
            },
        ),
        (operator.clone(), Event::StepRejected { step: of.id.step(9), reason: "kept for the court".to_owned() }),
        (operator, Event::EnginePaused { reason: "maintenance".to_owned() }),
    ];
    let lines: Vec<String> = (0..)
        .zip(events)
        .map(|(seq, (actor, event))| render::event(&Envelope { seq, at: OPENED, actor, event }, Some(&of)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    2026-11-23T01:02:03.004Z  ob-17/0   google.suspend  started, attempt 2
    2026-11-23T01:02:03.004Z  ob-17/0   google.suspend  verified: suspended: true (84 ms)
    2026-11-23T01:02:03.004Z  ob-17/0   google.suspend  not done, retried at 2026-11-23T01:02:03.004Z: 503\n\u{1b}[31m (84 ms)
    2026-11-23T01:02:03.004Z  ob-17/9  rejected: kept for the court [operator (uid 1000)]
    2026-11-23T01:02:03.004Z  engine  paused: maintenance [operator (uid 1000)]
    ");
}

#[test]
fn an_abort_says_what_is_done_what_was_sent_and_what_stays_alive() {
    let mut of = offboarding();
    of.steps[1].acknowledged_at = Some(OPENED);
    of.steps[1].state = StepState::Verifying { since: OPENED };
    insta::assert_snapshot!(render::abort(&of, "stays after all"), @r"
    abort      ob-17 of Alfa Doe <alfa.doe@corp.example>, login alfa.doe
    done       1 step, and what was done stays done
    sent       1 step, not proved yet: what was done stays done
    not done   2 steps that will not run: that access stays alive
    reason     stays after all
    ");
}

#[test]
fn connectors_and_one_of_them() {
    let mut google = ConnectorStatus::unknown(ConnectorId::new("google").unwrap(), "google");
    (google.health, google.in_flight, google.max_in_flight, google.queued) = (Health::Up, 3, 8, 14);
    (google.remaining, google.budget) = (Some(2_214), Some(2_400));
    google.resets_at = Some(OPENED.plus_ms(41_000));
    google.p95_ms = Some(840);
    google.p50_ms = Some(212);
    google.recent = vec![Slice { at: OPENED, jobs: 40, failed: 2, ms: 9_000 }];
    let mut okta = ConnectorStatus::unknown(ConnectorId::new("okta").unwrap(), "okta");
    (okta.health, okta.since, okta.max_in_flight) = (Health::Locked, Some(OPENED), 8);
    okta.probe = Some(Probed {
        at: OPENED.plus_ms(5_000),
        health: Health::Locked,
        message: "401 invalid token: make a new one\u{1b}[2J".to_owned(),
        ms: 120,
        missing: Vec::new(),
        clock_ahead_ms: Some(-90_000),
    });
    (okta.done, okta.failed) = (86, 2);
    okta.mishaps = vec![Mishap { at: OPENED, what: "403".to_owned(), cure: "grant it".to_owned(), times: 2 }];
    let now = OPENED.plus_ms(20_000);
    insta::assert_snapshot!(render::connectors(&[google, okta.clone()], now, EIGHTY));
    insta::assert_snapshot!(render::connector(&okta, now));
    assert_eq!(render::connectors(&[], now, EIGHTY), "No system is configured.\n");
}

#[test]
fn a_check_and_the_logs_status() {
    let probe = |name: &str, health, message: &str| ProbeReport {
        connector: ConnectorId::new(name).unwrap(),
        health,
        message: message.to_owned(),
        ms: 120,
        missing: if health == Health::Locked { vec!["okta.users.manage".to_owned()] } else { Vec::new() },
        clock_ahead_ms: (health == Health::Locked).then_some(-90_000),
        person: None,
    };
    let probes = [
        probe("google", Health::Up, "admin.directory.user is granted"),
        probe("okta", Health::Locked, "401 invalid token: make a new one and run `nightlatch check`"),
    ];
    insta::assert_snapshot!(render::probes(&probes, EIGHTY), @r"
    SYSTEM  HEALTH    TIME  MESSAGE
    google  up      120 ms  admin.directory.user is granted
    okta    locked  120 ms  401 invalid token: make a new one and run `nightlatch check`
    okta: not granted: okta.users.manage
    okta: its clock is 1 m 30 s behind this machine's; set this machine's clock by NTP: tokens and signatures are bound to it
    ");
    let asked_for = |name: &str, person| ProbeReport { person: Some(person), ..probe(name, Health::Up, "answers 200") };
    let account = Account {
        id: "B-1000".to_owned(),
        label: "alfa.doe@corp.example".to_owned(),
        matched_on: "e-mail at `/holder/mail`".to_owned(),
    };
    let probes = [
        asked_for("badges", Lookup::Found(account)),
        asked_for("crm", Lookup::Nobody { searched: "e-mail alfa.doe@corp.example, 0 results".to_owned() }),
        asked_for("desk", Lookup::Unsure { reason: "two accounts".to_owned() }),
        asked_for("wiki", Lookup::Failed { reason: "status 401; look at `auth`".to_owned() }),
    ];
    insta::assert_snapshot!(render::probes(&probes, EIGHTY), @r"
    SYSTEM  HEALTH    TIME  MESSAGE
    badges  up      120 ms  answers 200
    crm     up      120 ms  answers 200
    desk    up      120 ms  answers 200
    wiki    up      120 ms  answers 200

    SYSTEM  ACCOUNT        WHOSE, AND HOW THAT IS KNOWN
    badges  found          alfa.doe@corp.example (B-1000), by e-mail at `/holder/mail`
    crm     none           searched: e-mail alfa.doe@corp.example, 0 results
    desk    unsure         two accounts; a step would ask a person
    wiki    not found out  status 401; look at `auth`
    ");
    let status = LedgerStatus {
        origin: "corp.example/log".to_owned(),
        verifier_key: "corp.example/log+1f2e3d4c+AbCd".to_owned(),
        key_fingerprint: "SHA256:AbCd".to_owned(),
        size: 9,
        checkpoint_size: Some(7),
        bytes: 3 << 19,
        rollback: None,
        anchor: Some(AnchorStatus { path: "/state/ledger.anchor".to_owned(), size: Some(7) }),
        subscribers: vec![Subscriber {
            name: "alert.slack".to_owned(),
            next: 5,
            behind: 2,
            trouble: Some("503".to_owned()),
        }],
        verification: Verification { running: None, last: Some(last_verified(1)) },
        root: "AAAA".to_owned(),
        checkpoint: Some("corp.example/log\n7\nAAAA\n\n\u{2014} corp.example/log BBBB\n".to_owned()),
        checkpoint_at: Some(OPENED),
        paused: Some("rollback detected: 3 events are missing".to_owned()),
    };
    insta::assert_snapshot!(render::ledger_status(&status), @r"
    origin        corp.example/log
    events        9 in 1.5 MiB
    root          AAAA
    verifier key  corp.example/log+1f2e3d4c+AbCd
    fingerprint   SHA256:AbCd
    checkpoint    2026-11-23 01:02:03Z
      corp.example/log
      7
      AAAA

      — corp.example/log BBBB
    unsigned      2 events since the checkpoint
    anchor        /state/ledger.anchor: 7 events
    told          alert.slack: up to event 5, 2 alerts wait; 503
    verified      2026-11-23 01:02:03Z, 9 events: NOT whole, 1 problem
    ENGINE PAUSED: rollback detected: 3 events are missing; no act starts before `nightlatch resume --all`
    Keep the verifier key and the checkpoint outside this host: with them the log can be held to its word.
    ");
}

#[test]
fn a_dry_run_says_step_by_step_what_would_change_and_what_to_mend() {
    let foreseen = |ord: usize, would: Would| {
        let step = &plan().steps[ord];
        Foreseen { action: step.action.clone(), stage: step.stage, account: None, would }
    };
    let run = DryRun {
        leaver: leaver(),
        digest: plan().digest,
        steps: vec![
            foreseen(0, Would::Change { evidence: "suspended: \u{1b}[1mfalse".into() }),
            foreseen(1, Would::Refused { reason: "403".into(), cure: "grant okta.users.manage".into() }),
        ],
        ms: 1_200,
    };
    let lines = render::dry_run(&run, EIGHTY);
    for word in ["nothing changed: 1 would change, 1 refused", "would change", "\\u{1b}", "grant okta.users.manage"] {
        assert!(lines.contains(word), "{word}: {lines}");
    }
    assert!(!lines.contains('\u{1b}'));
}

#[test]
fn who_is_missing_is_listed_and_nobody_and_no_hr_are_different_words() {
    let mut missing = Missing { since: OPENED, asked: vec!["bamboohr".into()], ..Missing::default() };
    assert!(render::missing(&missing, EIGHTY).contains("Nobody is missing"));
    missing.people.push(MissingPerson {
        leaver: leaver(),
        feed: "bamboohr".into(),
        effective_at: None,
        earlier: Some(Earlier { offboarding: OffboardingId(7), word: "was aborted".into() }),
    });
    missing.unusable.push("bamboohr: employee 42 has left, but their work e-mail is missing".into());
    let lines = render::missing(&missing, EIGHTY);
    for word in ["alfa.doe@corp.example", "now", "ob-7 was aborted", "employee 42 has left"] {
        assert!(lines.contains(word), "{word}: {lines}");
    }
    assert!(render::missing(&Missing::default(), EIGHTY).contains("No HR system is configured"));
}
