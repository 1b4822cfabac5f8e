//! Whole errands at the real console, step by step as an operator does them.

use std::time::Duration;

use nightlatch::model::{Event, Offboarding, Phase, StepState};

use crate::harness::{Scene, Setup, ord_of};
use crate::terminal::Terminal;

fn waits(it: &Offboarding) -> usize {
    it.steps.iter().filter(|it| matches!(it.state, StepState::AwaitingApproval { .. })).count()
}

/// An executive has left, and two deletions wait for consent.
async fn two_deletions_wait() -> (Scene, nightlatch::sandbox::Person) {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until(&leaver.email, "both questions", |it| waits(it) == 2).await;
    (scene, leaver)
}

/// A console at the inbox, where both of them wait.
fn inbox(scene: &Scene) -> Terminal {
    let mut console = Terminal::open(scene, 100, 30);
    console.sees(&["live", "2 approvals"]);
    console.press("5");
    console.sees(&["google.delete-user", "okta.deactivate"]);
    console
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_is_refused_with_a_reason_and_never_runs() {
    let (scene, leaver) = two_deletions_wait().await;
    let mut console = inbox(&scene);
    for left in ["1 approval ", "0 approvals"] {
        console.press("x");
        console.sees(&["Reject "]);
        console.answer("the mailbox is under litigation");
        console.sees(&["under litigation"]);
        console.press("\r");
        console.sees(&["y "]);
        console.answer("y");
        console.sees(&[left]);
    }
    let closed = scene.until_closed(&leaver.email).await;
    for action in ["google.delete-user", "okta.deactivate"] {
        let state = &closed.steps[usize::from(ord_of(&closed, action))].state;
        assert!(matches!(state, StepState::Skipped { reason, .. } if reason.contains("litigation")), "{state:?}");
    }
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    let journal = scene.timeline(closed.id).await;
    assert_eq!(journal.iter().filter(|it| matches!(it.event, Event::StepRejected { .. })).count(), 2);
}

/// The engine knows of a failure before the console is told: whoever is too quick is told that nothing has failed.
fn ask_to_retry(console: &mut Terminal) {
    for _ in 0..50 {
        console.press("R");
        console.hear_for(Duration::from_millis(300));
        if console.screen().contains("Retry 1 failed step") {
            return;
        }
    }
    console.sees(&["Retry 1 failed step"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_tried_again_in_an_outage_and_once_more_after_it() {
    let scene = Scene::running(Setup::default()).await;
    let refuses = || scene.sandbox.set_fault("slack:op=scim.deactivate,status=403".parse().unwrap());
    refuses();
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let failed = |it: &Offboarding| it.steps.iter().any(|step| matches!(step.state, StepState::Failed { .. }));
    let first = scene.until(&leaver.email, "a failure", failed).await;
    let ord = ord_of(&first, "slack.deactivate");
    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live", "attention", &leaver.name]);
    // Still out: the retry is done, and fails again.
    console.press("r");
    let attempts = |it: &Offboarding| it.steps[usize::from(ord)].attempt;
    let again = |it: &Offboarding| failed(it) && attempts(it) > attempts(&first);
    scene.until(&leaver.email, "a second failure", again).await;
    console.sees(&["attention"]);
    // Well again: all that failed at once, after a question.
    scene.sandbox.clear_faults();
    ask_to_retry(&mut console);
    // Enter is on Cancel.
    console.answer("\r");
    console.sees_no_more("Retry 1 failed step");
    assert!(failed(&scene.offboarding_of(&leaver.email).await), "Enter is no consent");
    ask_to_retry(&mut console);
    console.answer("y");
    scene.until_closed(&leaver.email).await;
    console.sees(&["● closed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_who_detaches_finds_everything_where_it_was() {
    let (scene, leaver) = two_deletions_wait().await;
    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live", "2 approvals", &leaver.name]);
    console.press("\x03");
    assert_eq!(console.ends(), 0);
    assert!(console.screen().contains("the engine keeps running, 1 in progress"), "{}", console.screen());
    assert!(!console.is_in_the_alternate_screen() && !console.hides_the_cursor());
    let mut console = Terminal::open(&scene, 80, 24);
    console.sees(&["live", "2 approvals", &leaver.name]);
    console.press("5");
    console.sees(&["google.delete-user"]);
    assert_eq!(waits(&scene.offboarding_of(&leaver.email).await), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_drops_in_the_middle_of_a_typed_confirmation_has_confirmed_nothing() {
    let (scene, leaver) = two_deletions_wait().await;
    let mut console = inbox(&scene);
    console.press("a");
    console.sees(&["type the leaver's login"]);
    // All of it is typed, and Enter is not pressed.
    console.answer(&leaver.login);
    console.sees(&[&leaver.login, "Enter goes on when it fits"]);
    let mut gone = console.hang_up();
    let until = std::time::Instant::now() + crate::harness::PATIENCE;
    while gone.try_wait().unwrap().is_none() {
        assert!(std::time::Instant::now() < until, "the console lives on without a terminal");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = scene.offboarding_of(&leaver.email).await;
    assert_eq!((waits(&seen), &seen.phase), (2, &Phase::Running));
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    // Whoever comes back is asked afresh.
    let mut console = inbox(&scene);
    console.press("a");
    console.sees(&["type the leaver's login"]);
    assert!(!console.screen().contains(&format!("> {}", leaver.login)), "{}", console.screen());
}
