//! The launch flow from outside: what is seen before, what is launched, and what is not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nightlatch::ipc::{ErrorCode, Op, Reply};
use nightlatch::model::{DryRun, HrNotice, Leaver, Missing, NoticeKind, Phase, Preview, Whom, Would};
use nightlatch::sandbox::{Fault, Kind, Person};

use crate::harness::{Scene, Setup, eventually};
use crate::terminal::Terminal;

/// A file of forty plain employees, and who they are.
fn forty(scene: &Scene) -> (String, Vec<Person>) {
    let people: Vec<Person> = (0..40).map(|nth| scene.employee(nth)).collect();
    let mut text = "email,name,zone\n".to_owned();
    for person in &people {
        writeln!(text, "{},{},Europe/Berlin", person.email, person.name).unwrap();
    }
    (text, people)
}

fn leaver(person: &Person) -> Leaver {
    let mut leaver = Leaver::from_email(&person.email);
    leaver.employee_id = Some(person.employee_id.clone());
    leaver.executive = person.executive;
    leaver
}

fn notice(leaver: Leaver) -> Box<HrNotice> {
    Box::new(HrNotice {
        source: "console".to_owned(),
        event_id: String::new(),
        kind: NoticeKind::Terminated,
        leaver,
        effective_at: None,
        by_hand: true,
        reason: None,
    })
}

async fn preview(scene: &Scene, whom: Whom) -> Preview {
    match scene.ask(Op::Preview { whom }).await.unwrap() {
        Reply::Preview(preview) => *preview,
        other => panic!("no preview: {other:?}"),
    }
}

async fn missing(scene: &Scene) -> Missing {
    match scene.ask(Op::Missing { since: None }).await.unwrap() {
        Reply::Missing(missing) => *missing,
        other => panic!("no list: {other:?}"),
    }
}

async fn dry_run(scene: &Scene, leaver: Leaver) -> DryRun {
    match scene.ask(Op::DryRun { leaver: Box::new(leaver), lookup: true }).await.unwrap() {
        Reply::DryRun(run) => *run,
        other => panic!("no dry run: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_launches_forty_from_a_file_that_was_wrong_at_first() {
    let scene = Scene::running(Setup { people: 120, ..Setup::default() }).await;
    let (text, people) = forty(&scene);
    let file = scene.dir().join("leavers.csv");
    std::fs::write(&file, format!("{text}not.an.address,Nobody,Europe/Berlin\n")).unwrap();
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["live", "0 approvals"]);
    console.press("njj\r");
    console.sees(&["launch: a CSV file"]);
    console.press(&file.display().to_string());
    console.press("\r");
    console.sees(&["leavers.csv:42: email: `not.an.address` has no @", "nobody was imported"]);
    assert!(scene.list().await.is_empty());

    // Mended, and asked again by the same key.
    std::fs::write(&file, &text).unwrap();
    console.press("\r");
    console.sees(&["launch: 40 people of leavers.csv", "for each as told", &people[0].email]);
    assert!(scene.list().await.is_empty(), "a preview opens nothing");
    console.press("L");
    console.sees(&["Launch 40 offboardings?", "type the count: 40"]);
    console.answer("41\r");
    console.sees(&["nothing was done: that is not 40"]);
    assert!(scene.list().await.is_empty());
    console.press("\x15");
    console.press("40\r");
    console.sees(&["40 leavers, 40 offboardings opened"]);
    assert_eq!(scene.list().await.len(), 40);
    let emails: BTreeSet<_> = scene.list().await.into_iter().map(|it| it.email).collect();
    assert_eq!(emails, people.iter().map(|it| it.email.clone()).collect());
    for person in &people {
        scene.until_closed(&person.email).await;
    }
    console.press("q");
    assert_eq!(console.ends(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_only_reads_and_leaves_no_trace() {
    let scene = Scene::running(Setup::default()).await;
    let executive = scene.executive();
    let before = scene.sandbox.truth(&executive.email);
    let since = scene.sandbox.calls().len();
    let size = || async {
        match scene.ask(Op::Ledger {}).await.unwrap() {
            Reply::Ledger(status) => status.size,
            other => panic!("{other:?}"),
        }
    };
    let leaves = size().await;
    let run = dry_run(&scene, leaver(&executive)).await;
    let changes: Vec<_> = run.steps.iter().filter(|it| matches!(it.would, Would::Change { .. })).collect();
    assert!(changes.len() > 5, "{:#?}", run.steps);
    assert!(changes.iter().all(|it| it.account.is_some()), "{changes:#?}");
    // What cannot be taken back would be done, too, and was not.
    assert!(changes.iter().any(|it| it.action.to_string() == "google.delete-user"), "{:#?}", run.steps);

    let calls = scene.sandbox.calls().split_off(since);
    assert!(calls.len() > run.steps.len() / 2, "the systems were asked");
    let acted: Vec<_> = calls.iter().filter(|it| it.kind != Kind::Read || it.executed).collect();
    assert!(acted.is_empty(), "{acted:#?}");
    assert_eq!(scene.sandbox.truth(&executive.email), before);
    assert!(scene.list().await.is_empty());
    assert_eq!(size().await, leaves, "nothing was journalled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_after_the_offboarding_finds_it_so_already_and_tells_systems_that_are_down() {
    let scene = Scene::running(Setup::default()).await;
    let person = scene.employee(0);
    scene.send(&scene.leaves(&person.email)).await;
    scene.until_closed(&person.email).await;
    let known = leaver(&person);
    let run = dry_run(&scene, known.clone()).await;
    let alive: Vec<_> = run.steps.iter().filter(|it| matches!(it.would, Would::Change { .. })).collect();
    // Sessions that cannot be counted, and passwords, may be cut again.
    assert!(alive.len() < run.steps.len() / 3, "{alive:#?}");
    assert!(run.steps.iter().any(|it| matches!(it.would, Would::Already { .. })));

    scene.sandbox.set_fault(Fault { vendor: "slack".into(), down: true, ..Fault::default() });
    let run = dry_run(&scene, known).await;
    let slack = |it: &&nightlatch::model::Foreseen| it.action.connector.as_str() == "slack";
    assert!(run.steps.iter().filter(slack).count() > 0);
    assert!(run.steps.iter().filter(slack).all(|it| matches!(it.would, Would::CannotTell { .. })), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_is_not_the_one_that_was_seen_is_not_launched() {
    let scene = Scene::running(Setup::default()).await;
    let (person, other) = (scene.employee(0), scene.employee(1));
    let seen = preview(&scene, Whom::Named { who: person.email.clone(), lookup: true }).await;
    let digest = seen.people[0].digest.clone();
    // The runbook is another one when the engine comes back.
    scene.stop_engine();
    let runbook = scene.dir().join("runbook.toml");
    let text = std::fs::read_to_string(&runbook).unwrap();
    let more = "\n[[rule]]\nactions = [\"slack.*\"]\ninclude = false\nreason = \"kept\"\n";
    std::fs::write(&runbook, format!("{text}{more}")).unwrap();
    scene.start_engine().await;
    let leaver = seen.people[0].leaver.clone();
    let add =
        |plan_digest: Option<String>| Op::LeaverAdd { notice: notice(leaver.clone()), lookup: false, plan_digest };
    let refused = scene.ask(add(Some(digest))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Stale, "{refused}");
    assert!(refused.message.contains("is not the one that you saw"), "{refused}");

    let csv = format!("email\n{}\n{}\n", person.email, other.email);
    let whom = || Whom::File { name: "two.csv".to_owned(), text: csv.clone() };
    let import = |plan_digest: Option<String>| Op::Import {
        name: "two.csv".to_owned(),
        text: csv.clone(),
        dry_run: false,
        hold: true,
        plan_digest,
    };
    let refused = scene.ask(import(Some(seen.digest()))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Stale, "{refused}");
    assert!(scene.list().await.is_empty(), "nothing was opened");

    // As it is seen now, it goes; and held, as was asked for.
    let now = preview(&scene, whom()).await;
    scene.ask(import(Some(now.digest()))).await.unwrap();
    let opened = scene.offboarding_of(&other.email).await;
    assert!(matches!(opened.phase, Phase::Held { .. }), "{:?}", opened.phase);

    // Who is open already is told, and not opened twice.
    let again = preview(&scene, Whom::People(vec![leaver.clone()])).await;
    let underway = again.people[0].underway.as_ref().unwrap();
    assert_eq!((underway.offboarding, underway.phase.as_str()), (scene.offboarding_of(&person.email).await.id, "held"));
    scene.ask(add(None)).await.unwrap();
    assert_eq!(scene.list().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_by_the_word_of_hr_is_missing_until_they_are_offboarded() {
    let scene = Scene::running(Setup::default()).await;
    assert!(missing(&scene).await.people.is_empty());
    let (gone, later, done) = (scene.employee(0), scene.employee(1), scene.employee(2));
    let day = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        at.strftime("%F").to_string()
    };
    assert!(scene.sandbox.terminate(&gone.email, Some(&day(-3))));
    assert!(scene.sandbox.terminate(&later.email, Some(&day(30))));
    scene.send(&scene.leaves(&done.email)).await;
    let found = missing(&scene).await;
    let emails: Vec<_> = found.people.iter().map(|it| (it.leaver.email.as_str(), it.effective_at.is_some())).collect();
    assert_eq!(emails, [(gone.email.as_str(), false), (later.email.as_str(), true)], "{found:#?}");
    assert_eq!(found.asked, ["bamboohr"]);
    assert!(found.people[0].leaver.employee_id.is_some());

    // As a subcommand, with the same words for people and for programs.
    scene.run(&["leaver", "missing"]).said(0, &[&gone.email, &later.email, "now"]);
    let told = scene.run(&["leaver", "missing", "--json"]).json();
    assert_eq!(told["people"][0]["leaver"]["email"], gone.email.as_str());

    // One who is opened by e-mail alone is missing no more; one whose offboarding was aborted is again.
    scene.run(&["leaver", "add", &gone.email, "--no-lookup", "--hold"]).said(0, &["is opened"]);
    assert_eq!(missing(&scene).await.people.len(), 1);
    let id = scene.offboarding_of(&gone.email).await.id.to_string();
    scene.run(&["abort", &id, "--confirm", &gone.login, "--reason", "by mistake"]).said(0, &[]);
    let found = missing(&scene).await;
    assert_eq!(found.people.len(), 2);
    assert_eq!(found.people[0].earlier.as_ref().unwrap().word, "was aborted");

    // From the list to the launch, by keys.
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["live"]);
    console.press("nj\r");
    console.sees(&["not being offboarded", &gone.email, &later.email, "was aborted"]);
    console.press("*\r");
    console.sees(&["launch: 2 people", "for each as told"]);
    console.press("L");
    console.sees(&["Launch 2 offboardings?"]);
    console.answer("2\r");
    console.sees(&["launch: all 2 done"]);
    eventually("the end of the one who is gone", async || {
        scene.list().await.iter().any(|it| it.email == gone.email && it.phase == "closed")
    })
    .await;
    let armed = scene.offboarding_of(&later.email).await;
    assert!(matches!(armed.phase, Phase::Armed { .. }), "{:?}", armed.phase);
    assert!(missing(&scene).await.people.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hr_that_does_not_answer_is_told_and_launches_nobody() {
    let scene = Scene::running(Setup::default()).await;
    scene.sandbox.set_fault(Fault { vendor: "bamboohr".into(), status: Some(503), ..Fault::default() });
    let refused = scene.ask(Op::Missing { since: None }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused}");
    assert!(refused.message.contains("HTTP 503"), "{refused}");
    scene.run(&["leaver", "missing"]).said(1, &["HTTP 503"]);
    let whom = Whom::Named { who: scene.employee(0).email, lookup: true };
    let refused = scene.ask(Op::Preview { whom }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_found_by_login_name_or_id_and_nobody_by_a_guess() {
    let scene = Scene::running(Setup::default()).await;
    let person = scene.employee(0);
    for who in [&person.email, &person.login, &person.name.to_uppercase(), &person.employee_id] {
        let found = preview(&scene, Whom::Named { who: who.clone(), lookup: true }).await;
        assert_eq!(found.people[0].leaver.email, person.email, "{who}");
    }
    for (who, lookup, code) in
        [("no body", true, ErrorCode::NotFound), ("alfa", false, ErrorCode::Invalid), ("", true, ErrorCode::Invalid)]
    {
        let whom = Whom::Named { who: who.to_owned(), lookup };
        let refused = scene.ask(Op::Preview { whom }).await.unwrap_err();
        assert_eq!(refused.code, code, "{who}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_screens_show_is_a_subcommand_too() {
    let scene = Scene::running(Setup::default()).await;
    let executive = scene.executive();
    scene
        .run(&["plan", &executive.email])
        .said(0, &["Otherwise than the runbook does for everybody", "google.delete-user added"]);
    let told = scene.run(&["plan", &executive.email, "--dry-run"]);
    told.said(0, &["nothing changed", "would change", "google.suspend"]);
    let json = scene.run(&["plan", &executive.email, "--dry-run", "--json"]).json();
    assert_eq!(json["leaver"]["email"], executive.email.as_str());
    assert!(json["steps"][0]["would"].is_string(), "{json}");
    scene.run(&["runbook"]).said(0, &["name = \"standard\"", "not in these tests"]);
    assert_eq!(scene.run(&["runbook", "--json"]).json()["name"], "standard");
    let file = scene.dir().join("one.csv");
    std::fs::write(&file, format!("email\n{}\n", executive.email)).unwrap();
    scene.run(&["import", &file.display().to_string(), "--hold"]).said(0, &["1 offboarding opened"]);
    assert!(matches!(scene.offboarding_of(&executive.email).await.phase, Phase::Held { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_connection_may_look_and_not_launch() {
    let scene = Scene::running(Setup::default()).await;
    let person = scene.employee(0);
    let mut client = nightlatch::ipc::Client::connect(scene.paths.socket(), true).await.unwrap();
    let whom = Whom::Named { who: person.email.clone(), lookup: true };
    assert!(client.request(Op::Preview { whom }).await.is_ok());
    let op = Op::DryRun { leaver: Box::new(leaver(&person)), lookup: false };
    assert!(client.request(op).await.is_ok());
    let op = Op::LeaverAdd { notice: notice(leaver(&person)), lookup: false, plan_digest: None };
    assert_eq!(client.request(op).await.unwrap_err().code, ErrorCode::Forbidden);
    let mut console = Terminal::run(&scene, &["--read-only"], 120, 40);
    console.sees(&["live", "READ-ONLY"]);
    console.press("n\r");
    console.sees(&["launch: one person"]);
    console.press(&person.email);
    console.press("\r");
    console.sees(&["In the way", "not to be launched: this console is read-only"]);
    console.press("L");
    console.press("q");
    assert!(scene.list().await.is_empty());
}
