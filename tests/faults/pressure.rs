//! Vendors that say "not now" to a crowd, and vendors that fail in every way at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nightlatch::ipc::{EngineLine, Link, Op, Request};
use nightlatch::model::health::{ConnectorStatus, Health};
use nightlatch::model::{Event, StepState};
use nightlatch::sandbox::Fault;

use crate::chaos::{Chaos, answer};
use crate::declared::{Vendor, alone, section};
use crate::harness::{Scene, Setup, eventually};

/// Where the engine's lanes stand.
async fn lanes(scene: &Scene) -> Vec<ConnectorStatus> {
    let mut link = Link::open(scene.paths.socket(), true).await.unwrap();
    link.writer.send(Request { id: uuid::Uuid::nil(), op: Op::Subscribe {} }).await.unwrap();
    loop {
        if let EngineLine::Snapshot { connectors, .. } = link.reader.next().await.unwrap().unwrap() {
            return connectors;
        }
    }
}

async fn lane(scene: &Scene, name: &str) -> ConnectorStatus {
    lanes(scene).await.into_iter().find(|it| it.id.as_str() == name).unwrap()
}

/// Everybody in a list leaves at once.
fn import(scene: &Scene, people: usize) {
    let rows: Vec<String> = (0..people).map(|nth| format!("leaver.{nth}@corp.example\n")).collect();
    let file = scene.dir().join("leavers.csv");
    std::fs::write(&file, format!("email\n{}", rows.concat())).unwrap();
    scene.run(&["import", file.to_str().unwrap()]).said(0, &[&people.to_string()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_is_told_to_wait_waits_together_and_comes_back_one_by_one() {
    const PEOPLE: usize = 150;
    const AT_ONCE: usize = 8;
    const SHUT: Duration = Duration::from_millis(2_500);
    let (vendor, shut_since) = (Vendor::default(), Mutex::new(None));
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refused);
    // Shut from the first act on, in turn with each form that a vendor may say it in.
    let storm = Chaos::new(move |request| {
        if !request.starts_with("POST") {
            return vendor.answer(request);
        }
        let since = *shut_since.lock().unwrap().get_or_insert_with(Instant::now);
        if since.elapsed() >= SHUT {
            return vendor.answer(request);
        }
        let headers = match counted.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => "retry-after: 1\r\n",
            1 => "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:38 GMT\r\n",
            _ => "",
        };
        answer("429 Too Many Requests", headers, "{}")
    })
    .await;
    let forever = Chaos::new(|request| match request {
        act if act.starts_with("POST") => answer("429 Too Many Requests", "retry-after: 864000\r\n", "{}"),
        read => Vendor::default().answer(read),
    })
    .await;
    let scene = Scene::set(Setup::default()).await;
    let more = format!("max_in_flight = {AT_ONCE}\n");
    let sections = [section("storm", &storm.base, &more), section("forever", &forever.base, "max_in_flight = 1\n")];
    scene.edit_config(|text| alone(&text, &sections));
    scene.start_engine().await;
    import(&scene, PEOPLE);
    eventually("everybody's turn", async || lane(&scene, "storm").await.done >= 2 * PEOPLE as u64).await;

    // While it was shut: those that were under way when the first answer came, then one a second to ask.
    let asked = refused.load(Ordering::Relaxed);
    assert!((1..=AT_ONCE + 4).contains(&asked), "{asked} acts were sent to a vendor that had said to wait");
    for line in scene.list().await {
        let seen = scene.show(line.id).await;
        let is = |name: &str| {
            let at = seen.plan.steps.iter().position(|it| it.action.connector.as_str() == name).unwrap();
            &seen.steps[at]
        };
        assert!(matches!(is("storm").state, StepState::Done { .. }), "{:?}", is("storm"));
        // Ten days are not waited for blindly; and to be told to wait uses up no try.
        assert!(!matches!(is("forever").state, StepState::Failed { .. }));
    }
    let shut = lane(&scene, "forever").await;
    let until = shut.blocked_until.unwrap().0 - jiff::Timestamp::now().as_millisecond();
    assert!((1_000..=3_600_000).contains(&until), "blocked for {until} ms");
    assert_eq!((shut.health, forever.count("POST")), (Health::Throttled, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vendors_that_fail_in_every_way_at_once_hold_up_only_their_own_steps() {
    const PEOPLE: usize = 6;
    let scene = Scene::running(Setup::default()).await;
    let failing = |vendor: &str, status: Option<u16>| Fault {
        vendor: vendor.into(),
        down: status.is_none(),
        status,
        probability: if status.is_none() { 1.0 } else { 0.6 },
        for_ms: Some(2_500),
        ..Fault::default()
    };
    for (vendor, status) in [("okta", None), ("slack", Some(502)), ("github", Some(504)), ("desk", Some(500))] {
        scene.sandbox.set_fault(failing(vendor, status));
    }
    scene.sandbox.set_fault(failing("desk", Some(503)));
    let leavers: Vec<_> = (0..PEOPLE).map(|nth| scene.employee(nth)).collect();
    for leaver in &leavers {
        scene.send(&scene.leaves(&leaver.email)).await;
    }
    // One at a time, at growing distances, to a vendor that gives no answer.
    eventually("the breaker", async || lane(&scene, "okta").await.health == Health::Down).await;
    eventually("google's steps", async || {
        leavers.iter().all(|it| scene.sandbox.truth(&it.email).unwrap().google.suspended)
    })
    .await;
    let okta = leavers.iter().filter(|it| scene.sandbox.truth(&it.email).unwrap().okta.status == "SUSPENDED").count();
    assert_eq!(okta, 0, "google was done while okta was away");
    eventually("the end", async || leavers.iter().all(|it| scene.is_dead(&it.email))).await;
    let mut met = 0;
    for leaver in &leavers {
        let closed = scene.until_closed(&leaver.email).await;
        for envelope in scene.timeline(closed.id).await {
            met += usize::from(matches!(envelope.event, Event::StepRetryAt { .. } | Event::StepAmbiguous { .. }));
        }
    }
    assert!(met > PEOPLE, "only {met} steps met a fault");
    assert_eq!(scene.sandbox.summary().executed_twice, Vec::<String>::new());
}
