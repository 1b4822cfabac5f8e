//! An end in order: what is on the wire is finished, and nothing new begins.

use std::time::Duration;

use nightlatch::model::{Event, StepState};
use nightlatch::sandbox::{Fault, Kind};

use crate::harness::{Scene, Setup, eventually, ord_of, steps_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_was_told_to_stop_starts_no_new_act_while_it_waits_for_those_under_way() {
    // One call is held for longer than the engine looks at anything else, its disk among them.
    let scene = Scene::running(Setup { deadline: "8s", ..Setup::default() }).await;
    let slow = |vendor: &str, op: &str, ms: u64| Fault {
        vendor: vendor.into(),
        op: Some(op.into()),
        act_delay_ms: (ms, ms),
        ..Fault::default()
    };
    scene.sandbox.set_fault(slow("desk", "agents.disable", 6_000));
    // And another vendor is away, so that there are steps that would begin if they might.
    scene.sandbox.set_fault(Fault { vendor: "okta".into(), status: Some(503), for_ms: Some(500), ..Fault::default() });
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    let acts = || {
        let calls = scene.sandbox.calls();
        calls.iter().filter(|it| it.kind != Kind::Read && it.vendor != "pagerduty" && it.vendor != "hooks").count()
    };
    eventually("the slow call", async || scene.sandbox.calls().iter().any(|it| it.op.starts_with("desk.agents.dis")))
        .await;
    let retrying = |state: &StepState| matches!(state, StepState::RetryAt { .. });
    scene
        .until(&leaver.email, "a retry", |it| retrying(&it.steps[usize::from(ord_of(it, "okta.suspend"))].state))
        .await;
    scene.run(&["stop"]).said(0, &["the engine stops"]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = acts();
    scene.engine_ends();
    assert_eq!(acts(), before, "acts began after the engine was told to stop");

    scene.start_engine().await;
    let closed = scene.until_closed(&leaver.email).await;
    let events = scene.timeline(closed.id).await;
    let desk = closed.id.step(ord_of(&closed, "desk.disable"));
    let started = |event: &Event| matches!(event, Event::StepStarted { step, .. } if *step == desk);
    assert_eq!(events.iter().filter(|it| started(&it.event)).count(), 1, "{}", steps_of(&closed));
    assert!(scene.is_dead(&leaver.email));
    scene.stop_engine();
    scene.proves_its_ledger();
}
