//! What waits for a person, and the dashboard's figures.

use serde_json::Value;

use super::engine::{Answer, FakeEngine};
use super::sample::{self, DIGEST, OPENED, offboarding};
use crate::cli::Exit;
use crate::cli::render::{self, Look};
use crate::ipc::{EngineStatus, Op, Reply};
use crate::model::fleet::OpenAlert;
use crate::model::{
    Actor, AlertKind, Approval, Fleet, Inquiry, LegalHold, Offboarding, OffboardingId, Revocation, StepState, Timestamp,
};

/// Somebody urgent who waits under a legal hold, the usual one, one whose consent was given, and two alerts.
fn waiting() -> Fleet {
    let mut fleet = sample::fleet();
    let mut another = |id: u64, name: &str, change: &dyn Fn(&mut Offboarding)| {
        let mut it = offboarding();
        it.id = OffboardingId(id);
        it.notice.leaver.name = name.to_owned();
        change(&mut it);
        fleet.offboardings.insert(it.id, Box::new(it));
    };
    let by = || Actor::Operator { uid: 1001, login: "approver".to_owned() };
    another(18, "Bravo Doe", &|it| {
        it.notice.leaver.privileged = true;
        let (reason, at) = ("Doe v. Corp".to_owned(), OPENED);
        it.legal_hold = Some(Box::new(LegalHold { reason, by: by(), at, lift: None }));
        it.steps[2].state = StepState::AwaitingApproval { since: OPENED.plus_ms(60_000) };
    });
    another(16, "Charlie Doe", &|it| {
        let (plan_digest, expires_at) = (DIGEST.to_owned(), OPENED.plus_ms(14_400_000));
        it.steps[2].extra.approval = Some(Approval { by: by(), at: OPENED, plan_digest, expires_at });
        it.steps[2].state = StepState::Waiting;
    });
    another(3, "Delta Doe", &|it| it.ended_at = Some(OPENED));
    for (key, kind, since) in [("ob-17/3", AlertKind::StepFailed, 9), ("flood", AlertKind::Flood, 5)] {
        let summary = format!("{key}: \u{1b}[2Jlook");
        fleet.alerts.insert(key.to_owned(), OpenAlert { kind, summary, since: Timestamp(since) });
    }
    fleet
}

#[tokio::test]
async fn the_inbox_of_approvals_has_urgent_people_first_then_the_oldest_then_what_was_given() {
    let engine = || FakeEngine::new(vec![Answer::Events(Box::new(waiting()), Vec::new())]);
    let ran = engine().run("approvals --json").await;
    assert_eq!((ran.exit, &ran.asked[0]), (Exit::Ok, &Op::Subscribe {}), "{}", ran.err);
    let all: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let steps: Vec<&str> = all.iter().map(|it| it["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["ob-18/2", "ob-17/2", "ob-16/2"]);
    assert_eq!((&all[0]["urgent"], &all[0]["legal_hold"]), (&true.into(), &"Doe v. Corp".into()));
    assert_eq!((&all[1]["action"], &all[1]["danger"]), (&"google.delete".into(), &"irreversible".into()));
    assert_eq!((&all[1]["given"], &all[2]["given"]["plan_digest"]), (&Value::Null, &DIGEST.into()));

    let ran = FakeEngine::new(vec![Answer::Events(Box::default(), Vec::new())]).run("approvals").await;
    assert_eq!(ran.out, "Nothing waits for consent.\n");
    let all = Inquiry::all(&waiting());
    let lines = render::approvals(&all, OPENED.plus_ms(192_000), Look { width: Some(80), ascii: false });
    insta::assert_snapshot!(lines, @r"
    STEP     STATE  PERSON       ACTION         DANGER           SINCE  ASKED BY
    ob-18/2  held   ▲ Bravo Doe  google.delete  irreversible  2 m 12 s  hris bamboo…
    ob-17/2  asked  Alfa Doe     google.delete  irreversible  3 m 11 s  hris bamboo…
    ob-16/2  given  Charlie Doe  google.delete  irreversible  3 m 12 s  hris bamboo…
    ");
    let lines = render::approvals(&all, OPENED.plus_ms(192_000), Look { width: None, ascii: true });
    assert!(lines.contains("! Bravo Doe") && lines.contains("; void in 3 h 56 m"), "{lines}");
}

#[tokio::test]
async fn open_alerts_are_listed_the_oldest_first() {
    let engine = || FakeEngine::new(vec![Answer::Events(Box::new(waiting()), Vec::new())]);
    let ran = engine().run("alerts").await;
    insta::assert_snapshot!(ran.out, @r"
    SINCE                 KIND         KEY      SUMMARY
    1970-01-01 00:00:00Z  flood        flood    flood: \u{1b}[2Jlook
    1970-01-01 00:00:00Z  step_failed  ob-17/3  ob-17/3: \u{1b}[2Jlook
    ");
    let all: Vec<Value> = serde_json::from_str(&engine().run("alerts --json").await.out).unwrap();
    assert_eq!((&all[0]["key"], &all[0]["kind"]), (&"flood".into(), &"flood".into()));
    assert_eq!((&all[1]["since"], &all[1]["summary"]), (&9.into(), &"ob-17/3: \u{1b}[2Jlook".into()));
    let ran = FakeEngine::new(vec![Answer::Events(Box::default(), Vec::new())]).run("alerts").await;
    assert_eq!(ran.out, "No alert is open.\n");
    let ran = FakeEngine::new(Vec::new()).run("alerts").await;
    assert_eq!(ran.exit, Exit::NoEngine, "{}", ran.err);
}

#[tokio::test]
async fn the_status_has_the_dashboards_figures() {
    let mut cut = offboarding();
    (cut.id, cut.cut_at) = (OffboardingId(18), Some(OPENED.plus_ms(75_000)));
    let mut sooner = offboarding();
    (sooner.id, sooner.cut_at) = (OffboardingId(19), Some(OPENED.plus_ms(4_250)));
    let people = [offboarding(), cut, sooner];
    let now = OPENED.plus_ms(192_000);
    let status = || EngineStatus {
        version: "0.1.0".to_owned(),
        pid: 7,
        started_at: OPENED,
        paused: None,
        open: 3,
        in_memory: 4,
        alerts: 2,
        revocation: Revocation::of(people.iter(), OPENED, now),
        resident_bytes: 3 << 19,
        tasks: 9,
        journal_bytes: 4 << 20,
        wal_bytes: 0,
    };
    insta::assert_snapshot!(render::status(&status(), now), @r"
    engine        0.1.0, process 7, since 2026-11-23 01:02:03Z
    offboardings  3 open, 4 in memory
    exposed       1, the longest for 3 m 12 s; 1 over the SLA
    revoked       2 today: p50 4.2 s, p95 1 m 15 s, max 1 m 15 s; SLA 1 m 0 s, 1 over it
    alerts        2 open
    memory        1.5 MiB, 9 tasks
    journal       4.0 MiB, and 0.0 MiB of write-ahead log
    ");
    let none = EngineStatus { revocation: Revocation::default(), ..status() };
    let told = render::status(&none, now);
    assert!(told.contains("exposed       nobody\nrevoked       nobody yet today\n"), "{told}");

    let ran = FakeEngine::new(vec![Answer::Reply(Ok(Reply::Status(Box::new(status()))))]).run("status --json").await;
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&told["revocation"]["exposed"], &told["revocation"]["p95_ms"]), (&1.into(), &75_000.into()));
    assert!(matches!(ran.asked[0], Op::Status { since: Some(_) }), "the day of whoever asks: {:?}", ran.asked);
}
