//! The wrong person was cut: what was taken away comes back, across a kill -9, and long after the offboarding has left
//! memory; what cannot come back is said before.

use std::time::Instant;

use nightlatch::model::{Offboarding, OffboardingId, Phase, StepState};

use crate::harness::{PATIENCE, Scene, Setup};

const FIRST: OffboardingId = OffboardingId(1);
const UNDO: OffboardingId = OffboardingId(2);

async fn until_closed(scene: &Scene, id: OffboardingId) -> Offboarding {
    let until = Instant::now() + PATIENCE;
    loop {
        let seen = scene.show(id).await;
        if seen.phase == Phase::Closed {
            return seen;
        }
        assert!(Instant::now() < until, "{id} did not close: {seen:#?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What they had, but for what only they can make again.
fn has_access(scene: &Scene, email: &str) {
    let truth = scene.sandbox.truth(email).unwrap();
    assert!(!truth.google.suspended, "{truth:?}");
    assert_eq!(truth.okta.status, "ACTIVE");
    assert!(truth.slack.unwrap().active && truth.github.unwrap().member && truth.desk.active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_from_the_wrong_person_comes_back() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    assert!(scene.is_dead(&leaver.email));

    let told = scene.run(&["undo", "ob-1", "--dry-run"]);
    told.said(0, &["comes back", "google.suspend", "stays done", "google.sign-out: it has no undo"]);
    let plan = scene.run(&["undo", "ob-1", "--dry-run", "--json"]).json();
    assert_eq!(plan["plan"]["undoes"], "ob-1", "{plan}");
    assert!(scene.is_dead(&leaver.email), "a question changes nothing");
    scene.run(&["undo", "ob-1"]).said(2, &["--reason"]);
    scene.run(&["undo", "ob-1", "--reason", "wrong person"]).said(2, &["nobody can be asked", "--confirm"]);
    scene
        .run(&["undo", "ob-1", "--reason", "wrong person", "--confirm", "somebody.else"])
        .said(3, &["is not the login"]);
    scene.run(&["undo", "ob-9", "--dry-run"]).said(1, &["there is no offboarding ob-9"]);
    assert!(scene.is_dead(&leaver.email));

    scene.run(&["undo", "ob-1", "--reason", "wrong person", "--confirm", &leaver.login]).said(0, &["ob-2 gives back"]);
    scene.kill_engine();
    scene.start_engine().await;
    let undo = until_closed(&scene, UNDO).await;
    has_access(&scene, &leaver.email);
    assert_eq!(undo.notice.reason.as_deref(), Some("wrong person"));
    assert!(scene.sandbox.summary().executed_twice.is_empty(), "{:?}", scene.sandbox.summary().executed_twice);
    scene.run(&["show", "ob-2"]).said(0, &["undoes     ob-1", "because    wrong person", "restore", "given back"]);
    scene.run(&["undo", "ob-2", "--reason", "again", "--confirm", &leaver.login]).said(3, &["is an undo itself"]);
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_step_comes_back_though_its_offboarding_has_left_memory() {
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| text.replace("[engine]\n", "[engine]\nforget_ended_after_s = 1\n"));
    scene.start_engine().await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let closed = scene.until_closed(&leaver.email).await;
    let ord = crate::harness::ord_of(&closed, "slack.deactivate").to_string();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    scene.stop_engine();
    scene.start_engine().await;
    assert!(scene.list().await.is_empty(), "it is still in memory");

    let args = ["undo", "ob-1", "--step", &ord, "--reason", "reads on", "--confirm", &leaver.login];
    scene.run(&args).said(0, &["ob-2 gives back 1 step of ob-1"]);
    until_closed(&scene, UNDO).await;
    let truth = scene.sandbox.truth(&leaver.email).unwrap();
    assert!(truth.slack.unwrap().active && truth.google.suspended && !truth.desk.active);
    assert_eq!(scene.show(FIRST).await.phase, Phase::Closed, "what was, stays written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offboarding_that_runs_is_stopped_before_it_is_undone() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.sandbox.set_fault("desk:status=503".parse().unwrap());
    scene.send(&scene.leaves(&leaver.email)).await;
    let cut = |it: &Offboarding| it.counts().done >= 5;
    scene.until(&leaver.email, "most of it", cut).await;
    let undo = ["undo", "ob-1", "--reason", "stays after all", "--confirm", &leaver.login];
    scene.run(&undo).said(3, &["stop it first", "nightlatch pause ob-1"]);
    scene.run(&["pause", "ob-1", "--reason", "HR asks"]).said(0, &[]);
    let known = |it: &Offboarding| !it.steps.iter().any(|step| matches!(step.state, StepState::Verifying { .. }));
    scene.until(&leaver.email, "the effects of what was under way", known).await;
    scene.sandbox.clear_faults();
    scene.run(&undo).said(0, &["ob-2 gives back"]);
    until_closed(&scene, UNDO).await;
    has_access(&scene, &leaver.email);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_that_became_free_are_counted_with_their_price_until_they_are_given_back() {
    let scene = Scene::set(Setup::default()).await;
    let prices = "[licences]\ncurrency = \"EUR\"\n[licences.prices.slack]\n\"*\" = 7.25\n\n[alerts]";
    scene.edit_config(|text| text.replacen("[alerts]", prices, 1));
    scene.start_engine().await;
    scene.run(&["licences"]).said(0, &["No seat has become free yet"]);
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let closed = scene.until_closed(&leaver.email).await;
    scene.run(&["licences"]).said(0, &["slack", "7.25", "EUR a month"]);
    let told = scene.run(&["licences", "--json"]).json();
    assert_eq!(told["people"][0]["email"], leaver.email.as_str(), "{told}");
    scene.run(&["licences", "--since", "2999-01-01"]).said(0, &["No seat has become free yet"]);
    scene.run(&["licences", "--since", "lately"]).said(2, &["is no instant"]);

    let ord = crate::harness::ord_of(&closed, "slack.deactivate").to_string();
    let args = ["undo", "ob-1", "--step", &ord, "--reason", "reads on", "--confirm", &leaver.login];
    scene.run(&args).said(0, &["ob-2 gives back"]);
    until_closed(&scene, UNDO).await;
    let told = scene.run(&["licences", "--json"]).json();
    let slack = told["people"][0]["seats"].as_array().into_iter().flatten().filter(|seat| seat["connector"] == "slack");
    assert_eq!(slack.count(), 0, "{told}");
}
