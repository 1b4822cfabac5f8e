//! The console in a real terminal, in front of a real engine: what an operator sees, presses and leaves behind.

use std::time::{Duration, Instant};

use nightlatch::ipc::Client;
use nightlatch::model::{Event, StepState};
use nightlatch::sandbox::Fault;

use crate::harness::{PATIENCE, Scene, Setup, eventually, is_engine_of, ord_of};
use crate::terminal::Terminal;

/// One vendor refuses one call until somebody lifts it.
fn slack_refuses() -> Fault {
    Fault { vendor: "slack".into(), op: Some("scim.deactivate".into()), status: Some(403), ..Fault::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_at_80x24_follows_retries_approves_and_detaches() {
    a_shift(80, 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_at_200x60_follows_retries_approves_and_detaches() {
    a_shift(200, 60).await;
}

/// From an empty dashboard to everybody closed.
async fn a_shift(columns: u16, rows: u16) {
    let scene = Scene::running(Setup::default()).await;
    let mut console = Terminal::open(&scene, columns, rows);
    console.sees(&["nightlatch", "live", "0 approvals"]);
    assert!(console.is_in_the_alternate_screen() && console.hides_the_cursor());

    // One whose steps all go well, followed to the end.
    let employee = scene.employee(0);
    scene.send(&scene.leaves(&employee.email)).await;
    console.sees(&[&employee.name]);
    console.press("\r");
    console.sees(&["ob-1", "settled"]);
    // It is opened at what needs a person, wherever that is by now.
    console.press("g");
    console.sees(&["kill-switch"]);
    scene.until_closed(&employee.email).await;
    console.sees(&["closed"]);
    assert!(scene.is_dead(&employee.email));
    console.press("q");
    console.sees(&["worst step"]);

    // One of whom a step is refused, and tried again by hand when the vendor is well again.
    scene.sandbox.set_fault(slack_refuses());
    let executive = scene.executive();
    scene.send(&scene.leaves(&executive.email)).await;
    console.sees(&[&executive.name, "attention", "1 alert", "slack.deact"]);
    let failed = scene.offboarding_of(&executive.email).await;
    let step = ord_of(&failed, "slack.deactivate");
    assert!(matches!(failed.steps[usize::from(step)].state, StepState::Failed { .. }));
    assert!(scene.sandbox.truth(&executive.email).unwrap().slack.unwrap().active);
    scene.sandbox.clear_faults();
    console.press("g");
    console.press("r");
    console.sees_no_more("1 alert");
    let healed = |state: &StepState| matches!(state, StepState::Done { .. });
    scene.until(&executive.email, "the retry", |it| healed(&it.steps[usize::from(step)].state)).await;
    assert!(!scene.sandbox.truth(&executive.email).unwrap().slack.unwrap().active);

    // What cannot be taken back waits for the login, typed.
    console.press("5");
    approve_by_typing(&mut console, &scene, &executive.email, &executive.login).await;
    scene.until_closed(&executive.email).await;
    assert!(scene.sandbox.truth(&executive.email).unwrap().google.deleted);

    console.press("1");
    // The engine knows of the end before the console is told.
    console.sees(&["worst step", "0 approvals"]);
    console.sees_no_more("▶ running");
    console.sees_no_more("◎ verifying");
    console.press("q");
    assert_eq!(console.ends(), 0);
    assert!(console.screen().contains("detached: the engine keeps running, 0 in progress"), "{}", console.screen());
    assert!(!console.is_in_the_alternate_screen() && !console.hides_the_cursor());
    let told = scene.run(&["list", "--all"]);
    told.said(0, &[&employee.name, &executive.name, "closed"]);
}

async fn approve_by_typing(console: &mut Terminal, scene: &Scene, email: &str, login: &str) {
    let waiting = |it: &nightlatch::model::Offboarding| {
        it.steps.iter().filter(|it| matches!(it.state, StepState::AwaitingApproval { .. })).count()
    };
    let of = scene.until(email, "both questions", |it| waiting(it) == 2).await;
    console.sees(&["2 approvals", "google.delete-user", "okta.deactivate"]);
    console.press("a");
    console.sees(&["Approve ", "type the leaver's login", login, "Enter goes on when it fits"]);
    console.answer("somebody.else\r");
    console.sees(&["nothing was done: that is not"]);
    let deleted = || scene.sandbox.truth(email).unwrap().google.deleted;
    assert_eq!((waiting(&scene.offboarding_of(email).await), deleted()), (2, false));
    console.press("\x15");
    console.press(login);
    console.press("\r");
    console.sees_no_more("type the leaver's login");
    console.sees(&["1 approval "]);
    // The second one is named by its answer too: the login of somebody else never reaches the engine.
    console.press("a");
    console.sees(&["type the leaver's login"]);
    console.answer(&format!("{login}\r"));
    console.sees(&["0 approvals"]);
    let consents = scene.timeline(of.id).await;
    let consents = consents.iter().filter(|it| matches!(it.event, Event::Approved { .. }));
    assert!(consents.map(|it| it.actor.uid()).all(|uid| uid == Some(rustix::process::geteuid().as_raw())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_hangs_up_ends_the_console_and_not_the_engine_that_it_started() {
    let scene = Scene::set(Setup::default()).await;
    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live"]);
    let engine = i32::try_from(scene.client().await.welcome().pid).unwrap();
    assert!(is_engine_of(engine, scene.paths.state_dir()));
    let leaver = scene.employee(0);
    scene.sandbox.set_fault(Fault { act_delay_ms: (300, 600), ..Fault::default() });
    scene.send(&scene.leaves(&leaver.email)).await;
    console.sees(&[&leaver.name]);

    let mut console = console.hang_up();
    let until = Instant::now() + PATIENCE;
    while console.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            console.kill().unwrap();
            panic!("the console lives on without a terminal");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scene.until_closed(&leaver.email).await;
    assert_eq!(i32::try_from(scene.client().await.welcome().pid), Ok(engine), "the same engine goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_whose_engine_is_killed_says_so_and_starts_another() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live", &leaver.name]);
    let first = scene.client().await.welcome().pid;
    scene.kill_engine();
    console.sees(&["reconnecting", &leaver.name]);
    console.sees(&["live", &leaver.name]);
    eventually("another engine", async || Client::connect(scene.paths.socket(), true).await.is_ok()).await;
    assert_ne!(scene.client().await.welcome().pid, first);
    scene.until_closed(&leaver.email).await;
    console.press("q");
    assert_eq!(console.ends(), 0);
    assert!(console.screen().contains("detached"), "{}", console.screen());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_leaves_an_engine_stopped_that_somebody_has_stopped() {
    let scene = Scene::running(Setup::default()).await;
    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live"]);
    scene.stop_engine();
    // Tries that find nobody, and start nobody: they grow rarer.
    console.sees(&["engine stopped", "(try 4"]);
    console.press("p");
    console.sees(&["`nightlatch engine` starts it"]);
    assert!(Client::connect(scene.paths.socket(), true).await.is_err(), "{}", console.screen());
    console.press("?");
    console.press("\x1b");
    scene.start_engine().await;
    console.sees(&["live"]);
    console.press("q");
    assert_eq!(console.ends(), 0);
}
