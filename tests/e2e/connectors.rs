//! The engine asks its systems by itself: one that cannot be used is seen, and told of, before anybody leaves.

use nightlatch::ipc::{Op, Reply};
use nightlatch::model::health::{ConnectorStatus, Health};
use nightlatch::sandbox::Fault;

use crate::harness::{Scene, Setup, eventually};

async fn status(scene: &Scene, name: &str) -> ConnectorStatus {
    match scene.ask(Op::Connectors {}).await.unwrap() {
        Reply::Connectors(all) => all.into_iter().find(|it| it.id.as_str() == name).unwrap(),
        other => panic!("no connectors: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_is_shown_locked_with_the_cure_and_told_before_any_leaver() {
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| text.replace("probe_every_s = 0", "probe_every_s = 1"));
    scene.start_engine().await;
    eventually("the first answers", async || status(&scene, "slack").await.health == Health::Up).await;
    let first = status(&scene, "slack").await.probe.unwrap();
    assert!(first.message.contains("acts as"), "{first:?}");

    scene.sandbox.set_fault(Fault { vendor: "slack".into(), status: Some(401), ..Fault::default() });
    eventually("the refusal", async || status(&scene, "slack").await.health == Health::Locked).await;
    let seen = status(&scene, "slack").await;
    assert_eq!((seen.done, seen.in_flight, seen.queued), (0, 0, 0), "no job has met it: {seen:?}");
    let cure = seen.probe.unwrap().message;
    scene.run(&["connectors"]).said(0, &["slack", "locked", &cure]);
    scene.run(&["connectors", "slack"]).said(0, &["locked since", &cure]);
    let shown = scene.run(&["connectors", "slack", "--json"]).json();
    assert_eq!(shown[0]["health"], "locked", "{shown}");
    eventually("the alert", async || {
        let told = scene.sandbox.alerts();
        told.pagerduty.iter().any(|it| it.summary.contains("slack does not accept the credentials"))
    })
    .await;
    assert!(scene.list().await.is_empty(), "nobody has left");

    scene.sandbox.clear_faults();
    eventually("its return", async || status(&scene, "slack").await.health == Health::Up).await;
    eventually("the end", async || scene.sandbox.alerts().pagerduty.iter().all(|it| it.state == "resolved")).await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    assert!(status(&scene, "slack").await.p50_ms.is_some());
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_one_system_is_seen_by_every_console_and_tries_are_refused_where_nothing_is_dead() {
    let scene = Scene::running(Setup::default()).await;
    assert_eq!(status(&scene, "okta").await.probe, None, "nobody has asked");
    let told = scene.run(&["check", "okta", "--json"]).json();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    eventually("its word", async || status(&scene, "okta").await.probe.is_some()).await;
    assert_eq!(status(&scene, "google").await.probe, None);
    scene.run(&["check", "nonesuch"]).said(1, &["no connector named `nonesuch`"]);
    scene.run(&["connectors", "nonesuch"]).said(1, &["no connector named `nonesuch`"]);
    scene.run(&["connectors", "okta", "--try-now"]).said(3, &["okta is up: nothing holds its jobs back"]);
    scene.run(&["--read-only", "connectors", "okta", "--try-now"]).said(3, &["read-only"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_that_is_mended_is_tried_at_once_by_hand() {
    let scene = Scene::running(Setup::default()).await;
    scene.sandbox.set_fault(Fault { vendor: "slack".into(), status: Some(401), ..Fault::default() });
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    eventually("the refusal", async || status(&scene, "slack").await.health == Health::Locked).await;
    let met = status(&scene, "slack").await;
    assert!(!met.mishaps.is_empty() && met.since.is_some(), "{met:?}");
    scene.sandbox.clear_faults();
    scene.run(&["connectors", "slack", "--try-now"]).said(0, &["that wait for slack is tried now"]);
    scene.until_closed(&leaver.email).await;
}
