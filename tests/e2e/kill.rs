//! SIGKILL at random moments: nothing that was accepted is lost, and nothing irreversible is asked for twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nightlatch::model::{Danger, Event, Phase, StepState};
use nightlatch::sandbox::{Call, Fault};

use crate::harness::{Scene, Setup, eventually, post, steps_of};

const LEAVERS: usize = 60;
const KILLS: usize = 30;

/// Every third of these people is deleted, so that irreversible calls are under way all the time.
const RUNBOOK: &str = r#"
name = "kill"
stage_patience = "2s"

[approval]
four_eyes = true
ttl = "1h"

[[rule]]
actions = ["*.delete-user", "okta.deactivate"]
when = "type == 'contractor' or executive or department == 'Engineering' or department == 'Sales'"
include = true
reason = "many are deleted here"
"#;

/// A small seeded generator: the same seed kills at the same moments of each life.
struct Dice(u64);

impl Dice {
    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (self.0 >> 33) % (high - low + 1)
    }
}

fn seed() -> u64 {
    let told = std::env::var("NIGHTLATCH_KILL_SEED").ok().map(|it| it.parse().unwrap());
    told.unwrap_or_else(|| u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() % 1_000_000)
}

/// An irreversible call has arrived and is not answered.
fn is_under_way(call: &Call) -> bool {
    call.kind == "irreversible" && call.status == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_lose_nothing_and_repeat_nothing_irreversible() {
    let seed = seed();
    println!("NIGHTLATCH_KILL_SEED={seed}");
    let mut dice = Dice(seed);
    let scene = Arc::new(Scene::set(Setup { people: 90, runbook: Some(RUNBOOK), ..Setup::default() }).await);
    let slow = |vendor: &str, op: Option<&str>, act, answer| Fault {
        vendor: vendor.to_owned(),
        op: op.map(str::to_owned),
        act_delay_ms: act,
        answer_delay_ms: answer,
        ..Fault::default()
    };
    scene.sandbox.set_fault(slow("*", None, (0, 60), (0, 30)));
    // What cannot be taken back may still happen when the next engine is long up and reads that it has not: here a
    // repeat without a quarantine is a second call.
    scene.sandbox.set_fault(slow("google", Some("users.delete"), (0, 1_200), (0, 0)));
    scene.sandbox.set_fault(slow("okta", Some("users.deactivate"), (0, 1_200), (0, 0)));

    // HR sends over the whole time of the kills, and sends again what was not accepted.
    let leavers: Vec<String> = scene.sandbox.people().iter().take(LEAVERS).map(|it| it.email.clone()).collect();
    let hr = tokio::spawn({
        let (scene, leavers) = (Arc::clone(&scene), leavers.clone());
        async move {
            let mut sending = tokio::task::JoinSet::new();
            for (nth, email) in leavers.into_iter().enumerate() {
                // Every fourth names an employee and no more, who has to be read.
                let webhook = if nth % 4 == 3 { scene.leaves_thinly(&email) } else { scene.leaves(&email) };
                let scene = Arc::clone(&scene);
                sending.spawn(async move { scene.send(&webhook).await });
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
            sending.join_all().await.len()
        }
    });
    // Somebody approves whatever waits, whenever there is an engine to hear it.
    let ended = Arc::new(AtomicBool::new(false));
    let approver = tokio::spawn({
        let (scene, ended) = (Arc::clone(&scene), Arc::clone(&ended));
        async move {
            let mut approved = 0;
            while !ended.load(Ordering::Relaxed) {
                approved += scene.approve_what_waits().await.unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            approved
        }
    });

    let mut caught = 0;
    for kill in 0..KILLS {
        let life = Duration::from_millis(dice.between(10, 180));
        if dice.between(0, 4) == 0 {
            // Perhaps before it has so much as recovered.
            scene.spawn_engine();
        } else {
            scene.start_engine().await;
        }
        let before = scene.sandbox.summary().calls;
        tokio::time::sleep(life).await;
        let caught_now = || scene.sandbox.calls().iter().any(|call| call.seq > before && is_under_way(call));
        if kill >= KILLS / 2 {
            // The later half does not leave it to chance: these lives end when something irreversible is under way.
            let until = Instant::now() + Duration::from_millis(1_500);
            while !caught_now() && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        scene.kill_engine();
        caught += usize::from(caught_now());
    }
    scene.start_engine().await;
    assert_eq!(hr.await.unwrap(), LEAVERS);
    eventually("everybody's end", async || {
        assert_eq!(scene.sandbox.summary().executed_twice, Vec::<String>::new());
        let list = scene.list().await;
        list.len() == LEAVERS && list.iter().all(|it| it.ended_at.is_some())
    })
    .await;
    ended.store(true, Ordering::Relaxed);
    println!("{} approvals, {caught} kills while something irreversible was under way", approver.await.unwrap());

    let summary = scene.sandbox.summary();
    assert_eq!(summary.executed_twice, Vec::<String>::new());
    assert!(summary.irreversible_executed > 20, "{summary:?}");
    let unheard = |call: &&Call| call.kind == "irreversible" && call.executed && !call.answered;
    let unheard = scene.sandbox.calls().iter().filter(unheard).count();
    assert!(unheard > 0, "no irreversible act took place whose answer nobody was there to hear");
    let (mut ambiguous, mut retried) = (0, 0);
    let mut people = BTreeSet::new();
    for line in scene.list().await {
        let offboarding = scene.show(line.id).await;
        assert_eq!(offboarding.phase, Phase::Closed, "{}", steps_of(&offboarding));
        let settled = offboarding.steps.iter().all(|it| matches!(it.state, StepState::Done { .. }));
        assert!(settled, "{}", steps_of(&offboarding));
        assert!(scene.is_dead(&line.email), "{}: {:?}", line.email, scene.sandbox.truth(&line.email));
        people.insert(line.email);
        let mut open = BTreeSet::new();
        for envelope in scene.timeline(line.id).await {
            let Some(step) = envelope.event.step() else { continue };
            match &envelope.event {
                Event::StepStarted { .. } => {
                    assert!(open.insert(step), "{step} was started while it was under way");
                    let (planned, _) = offboarding.step(step.ord).unwrap();
                    assert!(planned.danger != Danger::Irreversible || approved_before(&scene, &envelope).await);
                    continue;
                }
                Event::StepAmbiguous { reason, .. } if reason.contains("the engine stopped") => ambiguous += 1,
                Event::StepRetryAt { reason, .. } if reason.contains("the engine stopped") => retried += 1,
                Event::StepAcknowledged { .. }
                | Event::StepVerified { .. }
                | Event::StepRetryAt { .. }
                | Event::StepAmbiguous { .. }
                | Event::StepFailed { .. }
                | Event::StepNeedsHuman { .. } => {}
                _ => continue,
            }
            open.remove(&step);
        }
        assert!(open.is_empty(), "intents without an outcome: {open:?}");
    }
    assert_eq!(people, leavers.into_iter().collect(), "everybody accepted has an offboarding");
    println!("by kills: {ambiguous} ambiguous, {retried} repeated, {unheard} irreversible and unheard; {summary:?}");
    assert!(ambiguous > 0 && retried > 0 && caught > 0, "no kill met a call under way: {ambiguous}, {retried}");
    scene.stop_engine();
    scene.proves_its_ledger();
}

/// The journal holds the consent before the act.
async fn approved_before(scene: &Scene, started: &nightlatch::model::Envelope) -> bool {
    let step = started.event.step().unwrap();
    let timeline = scene.timeline(step.offboarding).await;
    timeline.iter().any(|it| it.seq < started.seq && matches!(it.event, Event::Approved { step: of, .. } if of == step))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_webhook_outlives_a_kill_in_the_same_instant() {
    let scene = Scene::set(Setup::default()).await;
    // No vendor answers: there is nothing but the webhook's own commit to bring it to the disk.
    scene.sandbox.set_fault(Fault { act_delay_ms: (500, 500), ..Fault::default() });
    let mut accepted = Vec::new();
    for nth in 0..6 {
        scene.start_engine().await;
        let leaver = scene.employee(nth);
        let webhook = if nth % 2 == 0 { scene.leaves(&leaver.email) } else { scene.leaves_thinly(&leaver.email) };
        let (status, answer) = scene.post(&webhook).await.unwrap();
        scene.kill_engine();
        assert_eq!(status, 200, "{answer}");
        accepted.push((leaver.email, webhook));
    }
    scene.sandbox.clear_faults();
    scene.start_engine().await;
    for (email, webhook) in accepted {
        assert_eq!(scene.send(&webhook).await["results"][0]["result"], "replay", "{email}");
        eventually("the offboarding", async || scene.list().await.iter().any(|it| it.email == email)).await;
        scene.until_closed(&email).await;
        assert!(scene.is_dead(&email));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_whose_answer_was_lost_in_a_kill_is_known_when_it_comes_again() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    let webhook = scene.leaves(&leaver.email);
    // Sent, and killed at once: whether it was written down or not, the sender comes back.
    let lost = tokio::spawn({
        let (intake, webhook) = (scene.intake, webhook.clone());
        async move { post(intake, &webhook).await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    scene.kill_engine();
    let _ = lost.await.unwrap();
    scene.start_engine().await;
    scene.send(&webhook).await;
    assert_eq!(scene.send(&webhook).await["results"][0]["result"], "replay");
    scene.until_closed(&leaver.email).await;
    assert!(scene.is_dead(&leaver.email));
    assert_eq!(scene.list().await.len(), 1);
}
