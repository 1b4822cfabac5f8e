//! People are told: of what failed, once it is on disk, and of its end under the same key.

use std::collections::BTreeSet;

use nightlatch::model::{Event, Offboarding, StepState};
use nightlatch::sandbox::{Fault, Person};

use crate::harness::{Scene, Setup, eventually, ord_of};

fn refuses(vendor: &str, op: Option<&str>, status: u16) -> Fault {
    Fault { vendor: vendor.into(), op: op.map(str::to_owned), status: Some(status), ..Fault::default() }
}

fn slack_failed(offboarding: &Offboarding) -> bool {
    let step = &offboarding.steps[usize::from(ord_of(offboarding, "slack.deactivate"))];
    matches!(step.state, StepState::Failed { .. })
}

async fn fails(scene: &Scene, leaver: &Person) -> (Offboarding, String) {
    scene.send(&scene.leaves(&leaver.email)).await;
    let failed = scene.until(&leaver.email, "the failure", slack_failed).await;
    let step = failed.id.step(ord_of(&failed, "slack.deactivate"));
    (failed, step.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_step_is_told_to_slack_and_pagerduty_and_its_end_under_the_same_key() {
    let scene = Scene::running(Setup::default()).await;
    scene.sandbox.set_fault(refuses("slack", Some("scim.deactivate"), 403));
    let leaver = scene.employee(0);
    let (failed, step) = fails(&scene, &leaver).await;
    eventually("both alerts", async || {
        let alerts = scene.sandbox.alerts();
        !alerts.slack.is_empty() && !alerts.pagerduty.is_empty()
    })
    .await;
    let alerts = scene.sandbox.alerts();
    let [incident] = alerts.pagerduty.as_slice() else { panic!("{alerts:?}") };
    assert_eq!((incident.state.as_str(), incident.triggers), ("triggered", 1));
    assert!(incident.dedup_key.ends_with(&step), "{incident:?}");
    for word in ["slack.deactivate", &leaver.email] {
        assert!(incident.summary.contains(word), "{incident:?}");
        assert!(alerts.slack[0].body.to_string().contains(word), "{alerts:?}");
    }

    scene.sandbox.clear_faults();
    scene.run(&["retry", &step]).said(0, &["is tried again"]);
    scene.until_closed(&leaver.email).await;
    eventually("the end", async || scene.sandbox.alerts().pagerduty.iter().all(|it| it.state == "resolved")).await;
    let after = scene.sandbox.alerts();
    assert_eq!(after.pagerduty.len(), 1, "{after:?}");
    assert_eq!(after.pagerduty[0].dedup_key, incident.dedup_key);
    let told = scene.timeline(failed.id).await;
    assert!(told.iter().any(|it| matches!(&it.event, Event::StepFailed { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_that_was_on_disk_when_the_engine_was_killed_is_told_by_the_next_one() {
    let scene = Scene::running(Setup::default()).await;
    scene.sandbox.set_fault(refuses("slack", Some("scim.deactivate"), 403));
    // One that is told while all is well: from here on both channels have a place in the journal to go on from.
    let (_, told) = fails(&scene, &scene.employee(1)).await;
    eventually("the first alert", async || {
        let alerts = scene.sandbox.alerts();
        !alerts.slack.is_empty() && !alerts.pagerduty.is_empty()
    })
    .await;
    for channel in ["hooks", "pagerduty"] {
        scene.sandbox.set_fault(Fault { vendor: channel.into(), down: true, ..Fault::default() });
    }
    let leaver = scene.employee(0);
    let (_, step) = fails(&scene, &leaver).await;
    eventually("a try to tell on both channels", async || {
        let calls = scene.sandbox.calls();
        ["pagerduty", "hooks"].iter().all(|vendor| calls.iter().filter(|call| call.vendor == *vendor).count() > 1)
    })
    .await;
    scene.kill_engine();
    assert_eq!((scene.sandbox.alerts().slack.len(), scene.sandbox.alerts().pagerduty.len()), (1, 1));

    scene.sandbox.clear_faults();
    scene.start_engine().await;
    eventually("both alerts", async || {
        let alerts = scene.sandbox.alerts();
        alerts.slack.iter().any(|it| it.body.to_string().contains(&leaver.email))
            && alerts.pagerduty.iter().any(|it| it.dedup_key.ends_with(&step) && it.state == "triggered")
    })
    .await;
    scene.run(&["retry", "--all-failed"]).said(0, &["2 failed steps"]);
    // Killed again, between the end and its being told: perhaps before, perhaps after.
    scene.until_closed(&leaver.email).await;
    scene.kill_engine();
    scene.start_engine().await;
    eventually("the end", async || {
        let alerts = scene.sandbox.alerts();
        alerts.pagerduty.iter().all(|it| it.state == "resolved")
    })
    .await;
    let keys: BTreeSet<_> = scene.sandbox.alerts().pagerduty.into_iter().map(|it| it.dedup_key).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys.iter().all(|key| key.ends_with(&step) || key.ends_with(&told)), "{keys:?}");
}
