//! Clocks that are set, zones that differ, and time that runs out.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use nightlatch::connectors::Limits;
use nightlatch::engine::core::{Core, CoreConfig, Effect, Input, Job, JobResult, Report};
use nightlatch::ipc::Client;
use nightlatch::model::{
    Actor, ConnectorId, Danger, Fleet, HrNotice, Leaver, NoticeKind, Offboarding, OffboardingId, Outcome, Phase, Plan,
    PlannedStep, RetryPolicy, Stage, StepClass, StepState, Timestamp,
};

use crate::engine::Engine;
use crate::harness::{Scene, Setup, eventually};

/// The library that shows another wall clock to a process, where it is installed.
fn libfaketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.exists())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_clock_that_is_set_a_day_back_or_on_fires_nobody_early_and_nobody_late() {
    let Some(library) = libfaketime() else {
        println!("skipped: needs faketime");
        return;
    };
    let scene = Scene::set(Setup::default()).await;
    let clock = scene.dir().join("clock");
    // Renamed into place: the engine must never read half of it.
    let set = |offset: &str| {
        let next = scene.dir().join("clock.next");
        std::fs::write(&next, offset).unwrap();
        std::fs::rename(next, &clock).unwrap();
    };
    set("+0");
    let variables = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        // The time since boot is what it is.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let _engine = Engine::with_env(&scene, &variables).await;
    let armed_in = |email: &str, seconds: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        scene.run(&["leaver", "add", email, "--at", &at.to_string(), "--no-lookup"]).said(0, &["ob-"]);
    };
    let (soon, later) = (scene.employee(0), scene.employee(1));
    armed_in(&soon.email, 3);
    armed_in(&later.email, 12 * 3_600);
    let is_armed = async |email: &str| matches!(scene.offboarding_of(email).await.phase, Phase::Armed { .. });
    assert!(is_armed(&soon.email).await && is_armed(&later.email).await);

    // A day back: whom HR signs for now is signed for tomorrow by this clock, and the log asks after the clock.
    set("-1d");
    let (status, _) = scene.post(&scene.leaves(&scene.employee(2).email)).await.unwrap();
    assert_eq!(status, 401);
    let told = "the timestamp is in the future (is this machine's clock right?)";
    assert!(scene.log().contains(told), "{}", scene.log());
    // By the clock on the wall it would be a day until then: time that has passed counts.
    eventually("the launch", async || !is_armed(&soon.email).await).await;
    // Who signs on by a signed hour may be refused, if no token was fetched while the clock was right; who does not is cut.
    eventually("the cut", async || !scene.sandbox.truth(&soon.email).unwrap().desk.active).await;

    // A day on: twelve hours are over by the wall's clock alone.
    set("+1d");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(is_armed(&later.email).await);
    assert!(!scene.sandbox.truth(&later.email).unwrap().all_access_dead());
    let (status, _) = scene.post(&scene.leaves(&scene.employee(3).email)).await.unwrap();
    assert_eq!(status, 401);
    assert!(scene.log().contains("the timestamp is too old (is this machine's clock right?)"), "{}", scene.log());

    // With the clock put right, what was refused is done; the journal is in order whatever the clock said.
    set("+0");
    eventually("the end", async || {
        let _refused_a_moment_ago = scene.run(&["retry", "--all-failed"]);
        scene.is_dead(&soon.email)
    })
    .await;
    let closed = scene.until_closed(&soon.email).await;
    let events = scene.timeline(closed.id).await;
    assert!(events.is_sorted_by_key(|it| (it.seq, it.at)), "{events:?}");
    scene.run(&["stop"]).said(0, &["the engine stops"]);
    eventually("the end", async || Client::connect(scene.paths.socket(), false).await.is_err()).await;
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_day_ends_in_the_work_sites_zone_wherever_the_machine_stands() {
    let scene = Scene::set(Setup::default()).await;
    // The end of a winter's day, of a summer's day, of a leap day, and a time on it.
    let wanted = [
        ("alfa.doe@corp.example", "2199-11-30", "Europe/Berlin", "2199-11-30T23:00:00.000Z"),
        ("bravo.doe@corp.example", "2199-07-01", "America/Los_Angeles", "2199-07-02T07:00:00.000Z"),
        ("charlie.doe@corp.example", "2196-02-29", "Pacific/Kiritimati", "2196-02-29T10:00:00.000Z"),
        ("delta.doe@corp.example", "2199-11-30T23:59", "Asia/Kathmandu", "2199-11-30T18:14:00.000Z"),
    ];
    let rows = wanted.map(|(email, day, zone, _)| format!("{email},{day},{zone}\n"));
    let file = scene.dir().join("leavers.csv");
    std::fs::write(&file, format!("email,last_day,zone\n{}", rows.concat())).unwrap();
    for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"] {
        let state = scene.dir().join(zone.replace('/', "-"));
        let at = |arguments: &[&str]| {
            let mut command = std::process::Command::new(crate::harness::BINARY);
            command.arg("--state-dir").arg(&state).arg("--config").arg(&scene.config).args(arguments);
            command.env("TZ", zone).env("LC_ALL", "C.UTF-8").env_remove("NIGHTLATCH_LOG");
            command
        };
        let mut engine = at(&["engine"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        eventually("the engine", async || at(&["list"]).output().unwrap().status.success()).await;
        let imported = at(&["import", file.to_str().unwrap()]).output().unwrap();
        assert!(imported.status.success(), "{imported:?}");
        let list = at(&["list", "--json"]).output().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        for (email, _, _, instant) in wanted {
            let found = list.as_array().unwrap().iter().find(|it| it["email"] == email).unwrap();
            let shown = at(&["show", found["id"].as_str().unwrap(), "--json"]).output().unwrap();
            let shown: Offboarding = serde_json::from_slice(&shown.stdout).unwrap();
            let armed_for = if let Phase::Armed { at } = shown.phase { at.to_string() } else { panic!("{shown:?}") };
            assert_eq!(armed_for, instant, "{email}, on a machine in {zone}");
        }
        assert!(at(&["stop"]).output().unwrap().status.success());
        assert!(engine.wait().unwrap().success());
    }
}

const HOUR_MS: u64 = 3_600_000;

/// An engine's core with one person and one step, whose vendor remembers an idempotency key for a day.
struct Keyed {
    core: Core,
    now: Timestamp,
}

impl Keyed {
    fn new() -> (Self, Job) {
        let mut core = Core::new(CoreConfig::default(), Fleet::default(), HashSet::new());
        let connector = ConnectorId::new("desk").unwrap();
        core.open_lane(connector.clone(), "http", Limits { max_in_flight: 1, per_second: None });
        let mut bench = Self { core, now: Timestamp(1_795_392_000_000) };
        bench.feed(Input::Start { version: "0".into(), clock_kept: true, rollback: None });
        let step = PlannedStep {
            action: connector.action("export"),
            title: String::new(),
            stage: Stage::KillSwitch,
            danger: Danger::HardToUndo,
            class: StepClass::Keyed { window_ms: 24 * HOUR_MS },
            reason: String::new(),
            waits: Vec::new(),
            approval: None,
            retry: RetryPolicy { attempts: 9, base_ms: 1_000, max_ms: 1_000 },
            deadline_ms: 1_000,
            quarantine_ms: 5_000,
            residual: None,
            proved_by: None,
            undo: None,
            undo_within_ms: None,
            gives_back: None,
        };
        let plan = Plan {
            digest: "d".into(),
            person: String::new(),
            runbook: String::new(),
            undoes: None,
            sla_ms: 1,
            steps: vec![step].into(),
            left_out: Vec::new(),
        };
        let notice = HrNotice {
            source: "hr".into(),
            event_id: "1".into(),
            kind: NoticeKind::Terminated,
            leaver: Leaver::from_email("alfa.doe@corp.example"),
            effective_at: None,
            by_hand: false,
            reason: None,
        };
        let by = Actor::Hris { source: "hr".into() };
        let jobs = bench.feed(Input::Notice { notice: Box::new(notice), plan: Box::new(plan), by });
        (bench, jobs.into_iter().next().unwrap())
    }

    fn feed(&mut self, input: Input) -> Vec<Job> {
        let effects = self.core.handle(self.now, input).into_iter();
        effects.filter_map(|it| if let Effect::Act(job) | Effect::Read(job) = it { Some(job) } else { None }).collect()
    }

    /// The answer of this job is lost.
    fn lose(&mut self, job: &Job) {
        let outcome = Outcome::Ambiguous { reason: "no answer".into() };
        assert_eq!(self.feed(Input::Report(Report::bare(job, JobResult::Acted(outcome)))).len(), 0);
    }

    fn after(&mut self, ms: u64) -> Vec<Job> {
        self.now = self.now.plus_ms(ms);
        self.feed(Input::Tick)
    }

    fn state(&self) -> StepState {
        self.core.fleet().get(OffboardingId(1)).unwrap().steps[0].state.clone()
    }
}

#[test]
fn a_key_that_the_vendor_still_remembers_is_sent_again_and_one_that_it_forgot_is_not() {
    let (mut bench, first) = Keyed::new();
    bench.lose(&first);
    let again = bench.after(2_000);
    assert_eq!(again.len(), 1, "within the day the same key is sent again");
    assert_eq!(again[0].idempotency_key, first.idempotency_key);
    // The second answer is lost, too, and then nothing is sent for a day: the key was first sent longer ago than that.
    bench.lose(&again[0]);
    let late = bench.after(24 * HOUR_MS);
    assert!(late.iter().all(|job| job.kind == nightlatch::engine::scheduler::JobKind::Reconcile), "{late:?}");
    assert!(matches!(bench.state(), StepState::Ambiguous { .. }), "{:?}", bench.state());
}

#[test]
fn an_answer_that_is_lost_after_the_keys_day_is_not_answered_with_the_key() {
    let (mut bench, first) = Keyed::new();
    // The report of an execution comes only when the vendor has forgotten its key.
    bench.now = bench.now.plus_ms(25 * HOUR_MS);
    bench.lose(&first);
    assert!(matches!(bench.state(), StepState::Ambiguous { .. }), "{:?}", bench.state());
}
