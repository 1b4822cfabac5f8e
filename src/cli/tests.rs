//! The command line as it is used: against a fake engine that speaks the protocol.

mod engine;
mod inbox;
mod parsing;
mod rendering;
mod sample;

use engine::{Answer, FakeEngine};
use sample::{offboarding, summary};
use serde_json::Value;

use super::*;
use crate::ipc::{ErrorCode, Lookup, Op, ProbeReport, Refusal, Reply};
use crate::model::health::Health;
use crate::model::{Actor, ConnectorId, Envelope, Event, Leaver, OffboardingId, Phase, Timestamp};

const OB: OffboardingId = OffboardingId(17);

fn done(message: &str) -> Answer {
    Answer::Reply(Ok(Reply::Done { message: message.to_owned(), offboardings: vec![OB] }))
}

fn shown() -> Answer {
    Answer::Reply(Ok(Reply::Offboarding(Box::new(offboarding()))))
}

fn refused(code: ErrorCode) -> Answer {
    Answer::Reply(Err(Refusal::new(code, "ob-17 has changed since you looked: look again")))
}

#[tokio::test]
async fn an_approval_is_bound_to_what_was_shown() {
    let engine = FakeEngine::new(vec![shown(), done("approved ob-17/2")]);
    let ran = engine.run("approve ob-17/2 --confirm alfa.doe").await;
    assert_eq!(ran.exit, Exit::Ok, "{}", ran.err);
    assert!(ran.out.contains("whose      Alfa Doe <alfa.doe@corp.example>, login alfa.doe"), "{}", ran.out);
    assert!(ran.out.ends_with("approved ob-17/2\n"), "{}", ran.out);
    let (step, plan_digest, typed) = (OB.step(2), sample::DIGEST.to_owned(), "alfa.doe".to_owned());
    assert_eq!(ran.asked[1], Op::Approve { step, revision: Some(4), plan_digest, typed });
}

#[tokio::test]
async fn a_wrong_login_approves_nothing() {
    let engine = FakeEngine::new(vec![shown()]);
    let ran = engine.run("approve ob-17/2 --confirm bravo.doe").await;
    assert_eq!(ran.exit, Exit::Refused);
    assert_eq!(ran.asked.len(), 1, "only looked: {:?}", ran.asked);
    assert!(
        ran.err.contains("`bravo.doe` is not the login of Alfa Doe, `alfa.doe`: nothing was approved"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn at_a_terminal_the_login_is_asked_for() {
    let mut engine = FakeEngine::new(vec![shown(), done("aborted")]);
    engine.types("alfa.doe\n");
    let ran = engine.run("abort ob-17 --reason mistake").await;
    assert_eq!(ran.exit, Exit::Ok, "{}", ran.err);
    assert_eq!(ran.err, "Type the leaver's login to confirm: ");
    let (revision, typed, reason) = (Some(3), "alfa.doe".to_owned(), "mistake".to_owned());
    assert_eq!(ran.asked[1], Op::Abort { offboarding: OB, revision, typed, reason });

    let mut engine = FakeEngine::new(vec![shown()]);
    engine.types("");
    let ran = engine.run("abort ob-17 --reason mistake").await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.err.ends_with("error: no answer: nothing was aborted\n"), "{}", ran.err);
}

#[tokio::test]
async fn where_nobody_can_be_asked_the_cure_is_told() {
    let ran = FakeEngine::new(vec![shown()]).run("approve ob-17/2").await;
    assert_eq!(ran.exit, Exit::Usage);
    assert!(ran.err.contains("add --confirm with the leaver's login"), "{}", ran.err);
    assert_eq!(ran.asked.len(), 1);
}

#[tokio::test]
async fn another_plan_than_the_one_named_is_not_approved() {
    let ran = FakeEngine::new(vec![shown()]).run("approve ob-17/2 --confirm alfa.doe --plan 00000000").await;
    assert_eq!(ran.exit, Exit::Refused);
    let digits = &sample::DIGEST[..8];
    let ran = FakeEngine::new(vec![shown(), done("ok")])
        .run(&format!("approve ob-17/2 --confirm alfa.doe --plan {digits}"))
        .await;
    assert_eq!(ran.exit, Exit::Ok);
    let ran = FakeEngine::new(vec![shown()]).run("approve ob-17/99 --confirm alfa.doe").await;
    assert!(ran.err.contains("there is no ob-17/99"), "{}", ran.err);
}

#[tokio::test]
async fn a_refusal_has_its_exit_code_and_its_words() {
    let cases = [
        (ErrorCode::Stale, Exit::Refused),
        (ErrorCode::Conflict, Exit::Refused),
        (ErrorCode::Forbidden, Exit::Refused),
        (ErrorCode::NotFound, Exit::Failure),
        (ErrorCode::Invalid, Exit::Failure),
        (ErrorCode::Unavailable, Exit::Failure),
    ];
    for (code, exit) in cases {
        let ran = FakeEngine::new(vec![refused(code)]).run("launch ob-17").await;
        assert_eq!((ran.exit, ran.out.as_str()), (exit, ""));
        assert_eq!(ran.err, "error: ob-17 has changed since you looked: look again\n");
    }
    let ran = FakeEngine::new(vec![refused(ErrorCode::Stale)]).run("launch ob-17 --json").await;
    let told: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((&told["error"]["code"], &told["error"]["exit"]), (&"stale".into(), &3.into()));
}

#[tokio::test]
async fn what_has_several_lines_is_told_in_several_lines() {
    let told = "leavers.csv:2: email: `alfa` has no @\nleavers.csv:3: email: is \u{1b}[2Jempty\nnobody was imported";
    let refused = || Answer::Reply(Err(Refusal::new(ErrorCode::Invalid, told)));
    let ran = FakeEngine::new(vec![refused()]).run("launch ob-17").await;
    assert_eq!(ran.err, format!("error: {}\n", told.replace('\u{1b}', "\\u{1b}")));
    let ran = FakeEngine::new(vec![refused()]).run("launch ob-17 --json").await;
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert_eq!(serde_json::from_str::<Value>(&ran.err).unwrap()["error"]["message"], told);
    let ran =
        FakeEngine::new(vec![done("2 leavers, 1 opened\nnot opened: opened\u{9b} before")]).run("launch ob-17").await;
    assert_eq!(ran.out, "2 leavers, 1 opened\nnot opened: opened\\u{9b} before\n");
}

#[tokio::test]
async fn without_an_engine_the_exit_code_is_4_and_the_cure_is_told() {
    let ran = FakeEngine::absent().run("list").await;
    assert_eq!(ran.exit, Exit::NoEngine);
    assert!(ran.err.starts_with("error: no engine listens at "), "{}", ran.err);
    assert!(ran.err.contains("start one with `nightlatch engine`"), "{}", ran.err);
}

#[tokio::test]
async fn adding_a_leaver_starts_an_engine() {
    let mut engine = FakeEngine::new(vec![done("opened ob-17")]);
    engine.starts_late();
    let ran = engine.run("leaver add Alfa.Doe@corp.example --zone Europe/Berlin --at 2026-12-01T18:00 --hold").await;
    assert_eq!((ran.exit, ran.out.as_str()), (Exit::Ok, "opened ob-17\n"), "{}", ran.err);
    let Op::LeaverAdd { notice, lookup, .. } = &ran.asked[0] else { panic!("{:?}", ran.asked) };
    assert_eq!(notice.leaver.email, "alfa.doe@corp.example");
    assert_eq!(notice.effective_at.unwrap().to_string(), "2026-12-01T17:00:00.000Z");
    assert!(notice.by_hand && *lookup);
}

#[tokio::test]
async fn an_engine_that_cannot_be_started_is_told() {
    let mut engine = FakeEngine::absent();
    engine.start = Some(Box::new(|| Err("the configuration has no connector".to_owned())));
    let ran = engine.run("leaver add alfa.doe@corp.example").await;
    assert_eq!(ran.exit, Exit::NoEngine);
    assert!(ran.err.contains("could not be started: the configuration has no connector"), "{}", ran.err);
}

#[tokio::test]
async fn a_time_that_does_not_exist_opens_nothing() {
    let ran = FakeEngine::new(Vec::new())
        .run("leaver add alfa.doe@corp.example --zone Europe/Berlin --at 2026-03-29T02:30")
        .await;
    assert_eq!((ran.exit, ran.asked.len()), (Exit::Usage, 0));
    assert!(ran.err.contains("does not exist in Europe/Berlin"), "{}", ran.err);
}

#[tokio::test]
async fn a_list_is_one_json_array_and_leaves_out_what_has_ended() {
    let answer = || {
        let mut ended = summary();
        (ended.id, ended.phase, ended.ended_at) = (OffboardingId(4), "closed".to_owned(), Some(Timestamp(5)));
        Answer::Reply(Ok(Reply::Summaries(vec![summary(), ended])))
    };
    let ids = |out: &str| -> Vec<String> {
        let list: Vec<Value> = serde_json::from_str(out).unwrap();
        list.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&FakeEngine::new(vec![answer()]).run("list --json").await.out), ["ob-17"]);
    assert_eq!(ids(&FakeEngine::new(vec![answer()]).run("list --json --all").await.out), ["ob-17", "ob-4"]);
    assert_eq!(ids(&FakeEngine::new(vec![answer()]).run("list --json --state closed").await.out), ["ob-4"]);
}

#[tokio::test]
async fn an_import_sends_the_file_and_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("leavers.csv");
    std::fs::write(&file, "email\nalfa.doe@corp.example\n").unwrap();
    let ran = FakeEngine::new(vec![done("1 row is good")]).run(&format!("import {} --dry-run", file.display())).await;
    let (name, text) = (file.display().to_string(), "email\nalfa.doe@corp.example\n".to_owned());
    assert_eq!(ran.asked, [Op::Import { name, text, dry_run: true, hold: false, plan_digest: None }]);

    std::fs::write(&file, b"email\nalf\xff\n").unwrap();
    let ran = FakeEngine::new(Vec::new()).run(&format!("import {}", file.display())).await;
    assert!(ran.err.contains("line 2: not UTF-8"), "{}", ran.err);
    let ran = FakeEngine::new(Vec::new()).run("import /nowhere.csv").await;
    assert!(ran.err.starts_with("error: /nowhere.csv: No such file"), "{}", ran.err);
}

fn event(seq: u64, event: Event) -> Envelope {
    Envelope { seq, at: Timestamp(1_795_395_723_004), actor: Actor::Engine, event }
}

#[tokio::test]
async fn a_watch_tells_its_own_and_ends_with_it() {
    let started = Event::StepStarted { step: OB.step(0), attempt: 1, deadline_at: Timestamp(9) };
    let another = Event::Launched { offboarding: OffboardingId(3) };
    let closed = Event::Closed { offboarding: OB };
    let told = || {
        let events = [started.clone(), another.clone(), closed.clone()];
        Answer::Events(Box::new(sample::fleet()), (10..).zip(events).map(|(seq, it)| event(seq, it)).collect())
    };
    let ran = FakeEngine::new(vec![told()]).run("watch ob-17").await;
    assert_eq!(ran.exit, Exit::Ok, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    2026-11-23T01:02:03.004Z  ob-17/0   google.suspend  started
    2026-11-23T01:02:03.004Z  ob-17  closed: every access is verified gone
    ");

    let ran = FakeEngine::new(vec![told()]).run("watch ob-17 --json").await;
    let lines: Vec<Envelope> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [event(10, started.clone()), event(12, closed.clone())]);

    let ran = FakeEngine::new(vec![told()]).run("watch").await;
    assert_eq!((ran.exit, ran.out.lines().count()), (Exit::NoEngine, 3), "the engine went away: {}", ran.err);

    let nobody = Answer::Reply(Err(Refusal::new(ErrorCode::NotFound, "there is no ob-99")));
    let ran = FakeEngine::new(vec![told(), nobody]).run("watch ob-99").await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Failure, "error: there is no ob-99\n"));
    let mut long_ago = offboarding();
    (long_ago.id, long_ago.phase, long_ago.ended_at) = (OffboardingId(4), Phase::Closed, Some(Timestamp(5)));
    let journal = Answer::Reply(Ok(Reply::Offboarding(Box::new(long_ago))));
    let ran = FakeEngine::new(vec![told(), journal]).run("watch ob-4").await;
    assert_eq!((ran.exit, ran.out.as_str()), (Exit::Ok, "ob-4 is closed\n"), "{}", ran.err);
}

#[tokio::test]
async fn a_gap_in_the_events_asks_for_the_whole_again() {
    let reason = || "stays".to_owned();
    let first = Answer::Events(Box::new(sample::fleet()), vec![event(14, Event::EngineResumed {})]);
    let mut later = sample::fleet();
    later.next_seq = 15;
    let aborted = Event::Aborted { offboarding: OB, reason: reason() };
    let second = Answer::Events(Box::new(later), vec![event(15, aborted)]);
    let ran = FakeEngine::new(vec![first, second]).run("watch ob-17").await;
    assert_eq!(ran.exit, Exit::Failure);
    assert!(ran.out.starts_with("(5 events not shown"), "{}", ran.out);
    assert!(ran.out.trim_end().ends_with("aborted: stays"), "{}", ran.out);
}

#[tokio::test]
async fn a_reader_that_has_gone_is_no_error() {
    let mut engine = FakeEngine::new(vec![Answer::Reply(Ok(Reply::Summaries(vec![summary()])))]);
    engine.nobody_reads();
    let ran = engine.run("list").await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Ok, ""));
}

#[tokio::test]
async fn a_check_of_a_person_asks_for_them_and_a_doubt_is_no_success() {
    let found = |person: Lookup| {
        let connector = ConnectorId::new("badges").unwrap();
        let (health, message) = (Health::Up, "answers 200".to_owned());
        Answer::Reply(Ok(Reply::Probes(vec![ProbeReport {
            connector,
            health,
            message,
            ms: 7,
            missing: Vec::new(),
            clock_ahead_ms: None,
            person: Some(person),
        }])))
    };
    let nobody = || found(Lookup::Nobody { searched: "e-mail".to_owned() });
    let leaver = || Some(Box::new(Leaver::from_email("alfa.doe@corp.example")));
    let ran = FakeEngine::new(vec![nobody()]).run("check --person Alfa.Doe@corp.example").await;
    assert_eq!((ran.exit, &ran.asked[0]), (Exit::Ok, &Op::Check { connector: None, leaver: leaver(), lookup: true }));
    let ran = FakeEngine::new(vec![nobody()]).run("check --person alfa.doe@corp.example --no-lookup").await;
    assert_eq!((ran.exit, &ran.asked[0]), (Exit::Ok, &Op::Check { connector: None, leaver: leaver(), lookup: false }));
    for doubt in [Lookup::Unsure { reason: "two".to_owned() }, Lookup::Failed { reason: "404".to_owned() }] {
        let ran = FakeEngine::new(vec![found(doubt)]).run("check --person alfa.doe@corp.example").await;
        assert_eq!(ran.exit, Exit::Failure, "{}", ran.out);
    }
    let ran = FakeEngine::absent().run("docs tools").await;
    assert!(ran.exit == Exit::Ok && ran.out.starts_with("# A tool of your own"), "{}", ran.err);
}

#[tokio::test]
async fn completions_need_no_engine() {
    let ran = FakeEngine::absent().run("completions bash").await;
    assert_eq!(ran.exit, Exit::Ok);
    assert!(ran.out.contains("_nightlatch()"));
}
