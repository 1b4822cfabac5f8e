//! What happens to processes: frozen and woken, started twice, told to stop, hung up on.

use std::process::Stdio;
use std::time::Duration;

use nightlatch::model::{Event, StepState};
use nightlatch::sandbox::Fault;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Ran, Scene, Setup, eventually, ord_of, steps_of};
use crate::terminal::Terminal;

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// Answers of this vendor's calls that begin so come late.
fn late(vendor: &str, op: &str, ms: u64) -> Fault {
    Fault { vendor: vendor.into(), op: Some(op.into()), answer_delay_ms: (ms, ms), ..Fault::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_was_frozen_between_intent_and_sending_sends_nothing_late() {
    let scene = Scene::set(Setup { deadline: "1s", quarantine: "500ms", ..Setup::default() }).await;
    let pid = scene.start_engine().await;
    // The account is looked for after the intent is on disk: there is a moment to freeze the engine in.
    scene.sandbox.set_fault(late("desk", "agents.find", 500));
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let calls = |op: &str| scene.sandbox.calls().into_iter().filter(|it| it.op == op).collect::<Vec<_>>();
    eventually("the search", async || !calls("desk.agents.find").is_empty()).await;
    signal(pid, Signal::STOP);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(calls("desk.agents.disable"), []);
    scene.sandbox.clear_faults();
    let woken = scene.sandbox.summary().calls;
    signal(pid, Signal::CONT);

    let closed = scene.until_closed(&leaver.email).await;
    assert!(scene.is_dead(&leaver.email), "{}", steps_of(&closed));
    let step = closed.id.step(ord_of(&closed, "desk.disable"));
    let events = scene.timeline(closed.id).await;
    let of_step: Vec<_> = events.iter().filter(|it| it.event.step() == Some(step)).collect();
    let given_up = of_step.iter().find_map(|it| match &it.event {
        Event::StepRetryAt { reason, .. } => Some((it.seq, reason.clone())),
        _ => None,
    });
    let (given_up, reason) = given_up.expect("the first execution was given up");
    assert!(reason.contains("before anything was sent") || reason.contains("no answer within"), "{reason}");
    let started: Vec<u64> =
        of_step.iter().filter(|it| matches!(it.event, Event::StepStarted { .. })).map(|it| it.seq).collect();
    assert!(started.len() == 2 && started[0] < given_up && given_up < started[1], "{started:?}, {given_up}");
    // The one act that was sent belongs to the second intent, whose account was looked for anew.
    let acts = calls("desk.agents.disable");
    assert!(acts.len() == 1 && acts[0].seq > woken, "{acts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_slept_with_a_deletion_on_the_wire_reads_what_became_of_it_and_deletes_nothing_twice() {
    let scene = Scene::set(Setup { deadline: "1s", quarantine: "500ms", ..Setup::default() }).await;
    let pid = scene.start_engine().await;
    scene.sandbox.set_fault(late("google", "users.delete", 400));
    scene.sandbox.set_fault(late("okta", "users.deactivate", 400));
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let under_way = || scene.sandbox.calls().iter().any(|it| it.kind == "irreversible" && !it.answered);
    eventually("an irreversible call", async || {
        let _soon = scene.approve_what_waits().await;
        under_way()
    })
    .await;
    signal(pid, Signal::STOP);
    // Longer than the call's deadline and the quarantine together: all of it counts as time that has passed.
    tokio::time::sleep(Duration::from_secs(3)).await;
    scene.sandbox.clear_faults();
    signal(pid, Signal::CONT);
    eventually("the end", async || {
        let _soon = scene.approve_what_waits().await;
        scene.offboarding_of(&leaver.email).await.phase == nightlatch::model::Phase::Closed
    })
    .await;
    let summary = scene.sandbox.summary();
    assert_eq!((summary.executed_twice.clone(), summary.irreversible_executed), (Vec::new(), 2), "{summary:?}");
    assert!(scene.is_dead(&leaver.email));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_engines_that_start_in_the_same_instant_one_runs_and_the_others_name_it() {
    let scene = Scene::set(Setup::default()).await;
    let start = || {
        let mut command = scene.command();
        command.arg("engine").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut engines: Vec<_> = (0..5).map(|_| start()).collect();
    scene.engine_answers().await;
    let welcome = scene.client().await.welcome().clone();
    eventually("the others' end", async || {
        engines.iter_mut().filter(|it| it.id() != welcome.pid).all(|it| it.try_wait().unwrap().is_some())
    })
    .await;
    let (one, others): (Vec<_>, Vec<_>) = engines.into_iter().partition(|it| it.id() == welcome.pid);
    for other in others {
        let ended = other.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
        let since = welcome.started_at.to_string();
        let words = ["an engine runs already", &format!("pid {}", welcome.pid), "since ", &since[..16]];
        for word in words {
            assert!(told.contains(word), "`{word}` is not in: {told}");
        }
    }
    let [mut one] = <[_; 1]>::try_from(one).unwrap();
    scene.run(&["stop"]).said(0, &["the engine stops"]);
    assert!(one.wait().unwrap().success());
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_waits_for_the_call_under_way_starts_no_other_and_leaves_the_rest_to_the_next_engine() {
    let scene = Scene::set(Setup { deadline: "1s", ..Setup::default() }).await;
    let pid = scene.start_engine().await;
    // One act whose answer is lost to the deadline, and one system that is away, whose steps would begin if they might.
    scene.sandbox.set_fault(late("slack", "scim.deactivate", 4_000));
    scene.sandbox.set_fault(Fault { vendor: "okta".into(), down: true, ..Fault::default() });
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    eventually("the act", async || scene.sandbox.calls().iter().any(|it| it.op == "slack.scim.deactivate")).await;
    signal(pid, Signal::TERM);
    scene.engine_ends();
    let log = scene.log();
    assert!(log.contains("no new act") && log.contains("the engine has stopped"), "{log}");

    scene.sandbox.clear_faults();
    scene.start_engine().await;
    let closed = scene.until_closed(&leaver.email).await;
    assert!(scene.is_dead(&leaver.email));
    let events = scene.timeline(closed.id).await;
    let step = closed.id.step(ord_of(&closed, "slack.deactivate"));
    let ended = events.iter().position(|it| match &it.event {
        Event::StepRetryAt { step: of, reason, .. } => *of == step && reason.contains("no answer within"),
        Event::StepAmbiguous { step: of, .. } => *of == step,
        _ => false,
    });
    // It was waited for: its end was written by the engine that sent it, not guessed by the next.
    assert!(ended.is_some(), "{events:?}");
    assert!(!events.iter().any(|it| format!("{:?}", it.event).contains("the engine stopped while")), "{events:?}");
    scene.stop_engine();
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_drops_over_a_half_typed_login_approves_nothing_and_the_next_console_shows_the_same() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let waiting = |it: &nightlatch::model::Offboarding| {
        it.steps.iter().filter(|it| matches!(it.state, StepState::AwaitingApproval { .. })).count() == 2
    };
    scene.until(&leaver.email, "both questions", waiting).await;
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["2 approvals"]);
    console.press("5");
    console.sees(&["google.delete-user"]);
    console.press("a");
    console.sees(&["type the leaver's login"]);
    // All of it but the last letter, and never Enter.
    console.answer(&leaver.login[..leaver.login.len() - 1]);
    let mut dropped = console.hang_up();
    eventually("the console's end", async || dropped.try_wait().unwrap().is_some()).await;

    let mut again = Terminal::open(&scene, 120, 40);
    again.sees(&["2 approvals", &leaver.name]);
    again.press("5");
    again.sees(&["google.delete-user", "okta.deactivate"]);
    assert!(!again.screen().contains("type the leaver's login"), "{}", again.screen());
    // The last letter and Enter, typed into the new line, are no answer to the old question.
    again.press(&leaver.login[leaver.login.len() - 1..]);
    again.press("\r");
    let seen = scene.offboarding_of(&leaver.email).await;
    assert!(waiting(&seen), "{}", steps_of(&seen));
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    let consents = scene.timeline(seen.id).await;
    assert!(!consents.iter().any(|it| matches!(it.event, Event::Approved { .. })));
    let told: Ran = scene.run(&["list"]);
    told.said(0, &[&leaver.name]);
}
