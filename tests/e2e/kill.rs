//! SIGKILL at random moments: nothing that was accepted is lost, and nothing irreversible is asked for twice.
//!
//! `NIGHTLATCH_TORTURE_KILLS` (60) and `NIGHTLATCH_TORTURE_SEED` (the clock's) say how often and by which dice; a round
//! is 60 kills and has the next seed. A failing round names its own: with it and 60 kills it is played again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nightlatch::sandbox::{Call, Fault};

use crate::harness::{Dice, PATIENCE, Scene, Setup, eventually, post, steps_of, told};
use crate::invariants;

const LEAVERS: usize = 120;
const KILLS_A_ROUND: usize = 60;

/// Every third of these people is deleted, so that irreversible calls are under way all the time.
const RUNBOOK: &str = concat!(
    r#"
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
"#,
    without_later_stages!()
);

fn kills_asked_for() -> usize {
    told("NIGHTLATCH_TORTURE_KILLS").map_or(KILLS_A_ROUND, |kills| usize::try_from(kills).unwrap())
}

fn seed() -> u64 {
    Dice::seed("NIGHTLATCH_TORTURE_SEED")
}

/// A stage whose vendors take up to 60 ms to act and up to 30 ms to answer, drawn per call by the seed.
async fn slow_stage(people: usize, seed: u64) -> Scene {
    // The quarantine is longer than the slowest act below, counted from the last instant at which it can be sent.
    let setup = Setup { people, seed, runbook: Some(RUNBOOK), deadline: "2s", quarantine: "2s", ..Setup::default() };
    let scene = Scene::set(setup).await;
    let slow = |vendor: &str, op: Option<&str>, act, answer| Fault {
        vendor: vendor.to_owned(),
        op: op.map(str::to_owned),
        act_delay_ms: act,
        answer_delay_ms: answer,
        ..Fault::default()
    };
    scene.sandbox.set_fault(slow("*", None, (0, 60), (0, 30)));
    // What cannot be taken back may still happen after its deadline, when the next engine is long up and reads that it
    // has not: a repeat without a quarantine is a second call.
    scene.sandbox.set_fault(slow("google", Some("users.delete"), (0, 1_700), (0, 0)));
    scene.sandbox.set_fault(slow("okta", Some("users.deactivate"), (0, 1_700), (0, 0)));
    scene
}

/// HR sends these webhooks, each until it is accepted, and waits a little between them. How many were.
fn hr_sends(scene: &Arc<Scene>, leavers: &[String], mut dice: Dice, pause_ms: u64) -> tokio::task::JoinHandle<usize> {
    let (scene, leavers) = (Arc::clone(scene), leavers.to_vec());
    tokio::spawn(async move {
        let mut sending = tokio::task::JoinSet::new();
        for (nth, email) in leavers.into_iter().enumerate() {
            // Every fourth names an employee and no more, who has to be read.
            let webhook = if nth % 4 == 3 { scene.leaves_thinly(&email) } else { scene.leaves(&email) };
            let scene = Arc::clone(&scene);
            sending.spawn(async move { scene.send(&webhook).await });
            tokio::time::sleep(dice.ms(0, pause_ms)).await;
        }
        sending.join_all().await.len()
    })
}

/// Somebody who approves whatever waits, whenever there is an engine to hear it.
struct Approver {
    ended: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<usize>,
}

impl Approver {
    fn at_work(scene: &Arc<Scene>) -> Self {
        let (scene, ended) = (Arc::clone(scene), Arc::new(AtomicBool::new(false)));
        let over = Arc::clone(&ended);
        let task = tokio::spawn(async move {
            let mut approved = 0;
            while !over.load(Ordering::Relaxed) {
                approved += scene.approve_what_waits().await.unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            approved
        });
        Self { ended, task }
    }

    /// Lets them go home; how many steps they approved.
    async fn goes_home(self) -> usize {
        self.ended.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

/// Every offboarding ends, and none of them with a second irreversible call. A step that the kills have met so often
/// that its next try is minutes away is tried again by hand, as an operator would.
async fn all_end(scene: &Scene, leavers: usize) {
    // The vendors are quick again: on a busy machine an act that takes most of its deadline might never fit into it.
    scene.sandbox.clear_faults();
    let until = Instant::now() + 2 * PATIENCE;
    loop {
        assert_eq!(scene.sandbox.summary().executed_twice, Vec::<String>::new());
        let list = scene.list().await;
        let open: Vec<_> = list.iter().filter(|it| it.ended_at.is_none()).collect();
        if list.len() == leavers && open.is_empty() {
            return;
        }
        if list.len() == leavers {
            for line in &open {
                scene.retry_what_waits_long(&scene.show(line.id).await).await;
            }
        }
        if Instant::now() >= until {
            let mut told = format!("{} of {leavers} are here, and these do not end:\n", list.len());
            for line in open {
                told.push_str(&steps_of(&scene.show(line.id).await));
            }
            panic!("{told}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// An irreversible call has arrived and is not answered.
fn is_under_way(call: &Call) -> bool {
    call.kind == "irreversible" && call.status == 0
}

/// Waits for a moment at which something irreversible is under way; gives up after a while.
async fn something_irreversible(caught: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_millis(1_500);
    while !caught() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_kills_lose_nothing_and_repeat_nothing_irreversible() {
    let (mut left, mut seed) = (kills_asked_for(), seed());
    while left > 0 {
        println!("NIGHTLATCH_TORTURE_SEED={seed}");
        round(seed, left.min(KILLS_A_ROUND)).await;
        left = left.saturating_sub(KILLS_A_ROUND);
        seed += 1;
    }
}

async fn round(seed: u64, kills: usize) {
    let mut dice = Dice(seed);
    let scene = Arc::new(slow_stage(LEAVERS + 30, seed).await);
    let leavers: Vec<String> = scene.sandbox.people().iter().take(LEAVERS).map(|it| it.email.clone()).collect();
    // HR sends over the whole time of the kills.
    let hr = hr_sends(&scene, &leavers, Dice(!seed), 240);
    let approver = Approver::at_work(&scene);
    let mut caught = 0;
    for kill in 0..kills {
        let life = dice.ms(10, 180);
        if dice.between(0, 4) == 0 {
            // Perhaps before it has so much as recovered.
            scene.spawn_engine();
        } else {
            scene.start_engine().await;
        }
        let before = scene.sandbox.summary().calls;
        tokio::time::sleep(life).await;
        let caught_now = || scene.sandbox.calls().iter().any(|call| call.seq > before && is_under_way(call));
        if kill % 3 == 2 {
            // Every third does not leave it to chance: these lives end when something irreversible is under way.
            something_irreversible(caught_now).await;
        }
        scene.kill_engine();
        caught += usize::from(caught_now());
    }
    scene.start_engine().await;
    assert_eq!(hr.await.unwrap(), LEAVERS);
    all_end(&scene, LEAVERS).await;
    let approved = approver.goes_home().await;
    println!("{kills} kills, {caught} of them while something irreversible was under way; {approved} approvals");

    let found = invariants::hold(&scene, &leavers).await;
    println!("{found:?}; {:?}", scene.sandbox.summary());
    // A run in which the kills met nothing says nothing.
    assert!(found.irreversible > 20, "too few irreversible acts: {found:?}");
    assert!(found.unheard > 0, "no irreversible act took place whose answer nobody was there to hear");
    assert!(found.ambiguous > 0 && found.repeated > 0 && caught > 0, "no kill met a call under way: {found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_killed_while_it_recovers_recovers_all_the_same() {
    const LEAVERS: usize = 20;
    let seed = seed();
    println!("NIGHTLATCH_TORTURE_SEED={seed}");
    let mut dice = Dice(seed);
    let scene = Arc::new(slow_stage(60, seed).await);
    let leavers: Vec<String> = scene.sandbox.people().iter().take(LEAVERS).map(|it| it.email.clone()).collect();
    scene.start_engine().await;
    let approver = Approver::at_work(&scene);
    assert_eq!(hr_sends(&scene, &leavers, Dice(!seed), 5).await.unwrap(), LEAVERS);
    something_irreversible(|| scene.sandbox.calls().iter().any(is_under_way)).await;
    scene.kill_engine();

    // How long a start takes here: the kills fall before, in the midst of, and right after the recovery.
    let began = Instant::now();
    scene.start_engine().await;
    let start_ms = u64::try_from(began.elapsed().as_millis()).unwrap();
    scene.kill_engine();
    let recoveries = (kills_asked_for() / 6).max(1);
    for _ in 0..recoveries {
        scene.spawn_engine();
        tokio::time::sleep(dice.ms(0, 50.max(start_ms + start_ms / 2))).await;
        scene.kill_engine();
    }
    scene.start_engine().await;
    all_end(&scene, LEAVERS).await;
    approver.goes_home().await;
    let found = invariants::hold(&scene, &leavers).await;
    println!("a start takes {start_ms} ms; {recoveries} kills while it recovered: {found:?}");
    assert!(found.engines > 2 && found.ambiguous + found.repeated > 0, "the kills met nothing: {found:?}");
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
