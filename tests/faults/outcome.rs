//! Answers that are lost, and work that is half done: what is not known is read, and what depends on it waits.

use std::sync::{Arc, Mutex};

use nightlatch::model::step::Proof;
use nightlatch::model::{Event, Offboarding, StepState};
use nightlatch::sandbox::Fault;

use crate::chaos::{Chaos, answer};
use crate::harness::{Scene, Setup, eventually, ord_of, steps_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_whose_success_was_lost_is_read_back_after_its_quarantine_and_not_sent_again() {
    let scene = Scene::running(Setup { deadline: "1s", quarantine: "700ms", ..Setup::default() }).await;
    // The success is on its way for longer than anybody waits; and of the other system it never comes.
    let held = Fault {
        vendor: "google".into(),
        op: Some("users.delete".into()),
        answer_delay_ms: (3_000, 3_000),
        ..Fault::default()
    };
    let lost =
        Fault { vendor: "okta".into(), op: Some("users.deactivate".into()), lost_answers: 1.0, ..Fault::default() };
    scene.sandbox.set_fault(held);
    scene.sandbox.set_fault(lost);
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    eventually("the end", async || {
        let _soon = scene.approve_what_waits().await;
        scene.offboarding_of(&leaver.email).await.ended_at.is_some()
    })
    .await;
    let closed = scene.offboarding_of(&leaver.email).await;
    let events = scene.timeline(closed.id).await;
    for action in ["google.delete-user", "okta.deactivate"] {
        let step = closed.id.step(ord_of(&closed, action));
        let mut of_step = events.iter().filter(|it| it.event.step() == Some(step)).map(|it| (it.at, &it.event));
        let ambiguous = of_step.find_map(|(_, event)| match event {
            Event::StepAmbiguous { until, .. } => Some(*until),
            _ => None,
        });
        let until = ambiguous.unwrap_or_else(|| panic!("{action}: {}", steps_of(&closed)));
        match of_step.next() {
            Some((at, Event::StepVerified { proof: Proof::Verified { evidence }, .. })) => {
                assert!(at >= until, "{action}: read {at}, before the quarantine's end {until}");
                assert!(evidence.contains("read back after a lost answer"), "{evidence}");
            }
            other => panic!("{action}: {other:?}"),
        }
    }
    let summary = scene.sandbox.summary();
    assert_eq!((summary.executed_twice.clone(), summary.irreversible_executed), (Vec::new(), 2), "{summary:?}");
    let irreversible = scene.sandbox.calls().iter().filter(|call| call.kind == "irreversible").count();
    assert_eq!(irreversible, 2, "each was sent once");
}

/// A system that moves somebody's files to their manager, in its own time.
const FILES: &str = r#"
[connectors.files]
type = "http"
base_url = "BASE"
deadline = "2s"
quarantine = "500ms"
[connectors.files.locate]
request = { url = "/who?email={{ leaver.email }}" }
id = "/id"
match = "/email"
[[connectors.files.actions]]
name = "transfer"
title = "Moves the files to the manager"
stage = "handover"
danger = "hard-to-undo"
class = "reconcile"
needs = ["google:account"]
request = { method = "POST", url = "/transfer/{{ account.id }}" }
done = [{ status = 202 }]
refused = [{ status = 507 }]
[connectors.files.actions.verify]
request = { url = "/transfer/{{ account.id }}" }
dead = [{ pointer = "/moved", equals = 5 }]
alive = [{ pointer = "/of", equals = 5 }]
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handover_that_is_refused_or_half_done_holds_back_the_deletion_of_what_it_hands_over() {
    #[derive(Clone, Copy, PartialEq)]
    enum Room {
        None,
        ForThree,
        ForAll,
    }
    let room = Arc::new(Mutex::new(Room::None));
    let seen = Arc::clone(&room);
    let files = Chaos::new(move |request| {
        let room = *seen.lock().unwrap();
        let (moved, status) = match room {
            Room::None => (0, "507 Insufficient Storage"),
            Room::ForThree => (3, "202 Accepted"),
            Room::ForAll => (5, "202 Accepted"),
        };
        match request {
            who if who.starts_with("GET /who") => {
                let email = who.split(['=', ' ']).nth(2).unwrap().replace("%40", "@");
                answer("200 OK", "", &format!(r#"{{"id":"7","email":"{email}"}}"#))
            }
            act if act.starts_with("POST") => answer(status, "", r#"{"error":"the target's quota is used up"}"#),
            _ => answer("200 OK", "", &format!(r#"{{"moved":{moved},"of":5}}"#)),
        }
    })
    .await;
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| format!("{text}{}", FILES.replace("BASE", &files.base)));
    scene.start_engine().await;
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let state = |it: &Offboarding, action: &str| it.steps[usize::from(ord_of(it, action))].state.clone();
    let kept = |it: &Offboarding| {
        assert_eq!(state(it, "google.delete-user"), StepState::Waiting, "{}", steps_of(it));
        assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    };
    // No room at all: refused, told, and the deletion is not even asked for.
    let failed = scene
        .until(&leaver.email, "the refusal", |it| matches!(state(it, "files.transfer"), StepState::Failed { .. }))
        .await;
    kept(&failed);
    eventually("the alert", async || {
        scene.sandbox.alerts().pagerduty.iter().any(|it| it.summary.contains("quota is used up"))
    })
    .await;
    // Room for a part: taken by the system, and read again and again while it is not whole.
    *room.lock().unwrap() = Room::ForThree;
    let step = failed.id.step(ord_of(&failed, "files.transfer")).to_string();
    scene.run(&["retry", &step]).said(0, &["is tried again"]);
    let reads = files.count("GET /transfer");
    eventually("three looks at it", async || files.count("GET /transfer") > reads + 3).await;
    let half = scene.offboarding_of(&leaver.email).await;
    assert!(!state(&half, "files.transfer").is_settled(), "{}", steps_of(&half));
    kept(&half);
    // All of it: now the deletion may be asked for, and done.
    *room.lock().unwrap() = Room::ForAll;
    eventually("the end", async || {
        let _soon = scene.approve_what_waits().await;
        scene.sandbox.truth(&leaver.email).unwrap().google.deleted
    })
    .await;
    let whole = scene.offboarding_of(&leaver.email).await;
    assert!(matches!(state(&whole, "files.transfer"), StepState::Done { .. }), "{}", steps_of(&whole));
}
