//! A stage for one test: the sandbox in this process, the real binary beside it, and a directory that is removed.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, Mac};
use nightlatch::demo::{Settings, write_config};
use nightlatch::ipc::{Client, Op, Refusal, Reply, Summary};
use nightlatch::model::{Envelope, Offboarding, OffboardingId, StepState, Timestamp};
use nightlatch::paths::Paths;
use nightlatch::sandbox::{self, Person, Sandbox, SignedWebhook};
use serde_json::Value;
use sha2::Sha256;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_nightlatch");

/// Nothing here is about speed: whatever is waited for comes within this, or never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A runbook's rule: without most of what later stages reclaim and list. That has tests of its own; here it would only
/// take time.
macro_rules! without_later_stages {
    () => {
        r#"
[[rule]]
actions = [
    "*.list-*", "*.leave-*", "okta.unassign-apps", "github.remove-copilot-seat", "google.revoke-admin-roles", "google.wipe-mobile-accounts",
    "google.lock-devices", "google.disable-chromeos-devices", "google.stop-mail-leaks", "google.clear-recovery", "okta.revoke-*", "github.revoke-token-grants",
    "github.cancel-invitations",
]
include = false
reason = "not in these tests"
"#
    };
}

/// The built-in runbook, and no more of it than most tests need.
const LEAN: &str = concat!(include_str!("../../assets/runbook.toml"), without_later_stages!());

/// What the environment says of a number.
pub(crate) fn told(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|it| it.parse().unwrap_or_else(|_| panic!("{variable} is no number: {it}")))
}

/// A small seeded generator: the same seed gives the same numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// The seed that the variable names, or else the clock's.
    pub(crate) fn seed(variable: &str) -> u64 {
        let by_clock = || u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() % 1_000_000;
        told(variable).unwrap_or_else(by_clock)
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (self.0 >> 33) % (high - low + 1)
    }

    pub(crate) fn ms(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.between(0, u64::try_from(end).unwrap() - 1)).unwrap()
    }

    pub(crate) fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// How a scene differs from the plainest one.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) people: usize,
    /// Decides the people, and what the vendors draw.
    pub(crate) seed: u64,
    pub(crate) quarantine: &'static str,
    pub(crate) deadline: &'static str,
    pub(crate) runbook: Option<&'static str>,
    /// The engine logs everything.
    pub(crate) verbose: bool,
    /// The engine runs under this program, which becomes it: it has the engine's id, and its end.
    pub(crate) under: Vec<String>,
}

impl Default for Setup {
    fn default() -> Self {
        let (people, seed, quarantine, deadline) = (80, 1, "1500ms", "2s");
        Self { people, seed, quarantine, deadline, runbook: Some(LEAN), verbose: false, under: Vec::new() }
    }
}

/// The sandbox, a configuration for it, and at most one engine.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) config: PathBuf,
    pub(crate) paths: Paths,
    pub(crate) intake: SocketAddr,
    verbose: bool,
    failpoints: Mutex<&'static str>,
    under: Vec<String>,
    engine: Mutex<Option<Child>>,
    dir: tempfile::TempDir,
}

impl Scene {
    /// Everything but the engine.
    pub(crate) async fn set(setup: Setup) -> Self {
        let (people, seed) = (setup.people, setup.seed);
        let options = sandbox::Options { people, seed, record_calls: 400_000, ..sandbox::Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let intake = free_port();
        let settings = Settings { intake, quarantine: setup.quarantine, deadline: setup.deadline, probe_every_s: 0 };
        let config = write_config(dir.path(), &sandbox.base_url(), sandbox.credentials(), &settings).unwrap();
        let paths = Paths::new(Some(&dir.path().join("state"))).unwrap();
        let (verbose, failpoints, engine) = (setup.verbose, Mutex::default(), Mutex::default());
        let under = setup.under;
        let scene = Self { sandbox, config, paths, intake, verbose, failpoints, under, engine, dir };
        if let Some(runbook) = setup.runbook {
            std::fs::write(scene.dir().join("runbook.toml"), runbook).unwrap();
            scene.edit_config(|text| format!("runbook = \"runbook.toml\"\n{text}"));
        }
        scene
    }

    /// The same, with an engine that runs.
    pub(crate) async fn running(setup: Setup) -> Self {
        let scene = Self::set(setup).await;
        scene.start_engine().await;
        scene
    }

    /// The engines that are started from now on run under this program.
    pub(crate) fn run_under(&mut self, under: Vec<String>) {
        self.under = under;
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn edit_config(&self, edit: impl FnOnce(String) -> String) {
        let before = std::fs::read_to_string(&self.config).unwrap();
        let after = edit(before.clone());
        assert_ne!(before, after, "the configuration was to be changed");
        std::fs::write(&self.config, after).unwrap();
    }

    /// The binary, pointed at this scene and at nothing of the machine's own.
    pub(crate) fn command(&self) -> Command {
        self.pointed(Command::new(BINARY))
    }

    fn pointed(&self, mut command: Command) -> Command {
        command.arg("--state-dir").arg(self.paths.state_dir()).arg("--config").arg(&self.config);
        command.env("LC_ALL", "C.UTF-8").env("XDG_CONFIG_HOME", self.dir()).env_remove("NIGHTLATCH_LOG");
        command.stdin(Stdio::null());
        command
    }

    /// One subcommand, run to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        Ran::of(self.command().args(arguments))
    }

    /// Where the engine's own words go.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.dir().join("engine.log")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The engines that are started from now on have these failpoints.
    pub(crate) fn fail_at(&self, failpoints: &'static str) {
        *self.failpoints.lock().unwrap_or_else(PoisonError::into_inner) = failpoints;
    }

    /// Starts the engine and does not wait for it.
    pub(crate) fn spawn_engine(&self) -> u32 {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut words = self.under.iter().map(String::as_str).chain([BINARY]);
        let mut command = Command::new(words.next().unwrap_or(BINARY));
        command.args(words);
        let mut command = self.pointed(command);
        command.env("FAILPOINTS", *self.failpoints.lock().unwrap_or_else(PoisonError::into_inner));
        let command = command.args(self.verbose.then_some("-vv")).arg("engine").stdout(Stdio::null()).stderr(log);
        let child = command.spawn().unwrap();
        let pid = child.id();
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(engine.replace(child).is_none(), "one engine is enough");
        pid
    }

    pub(crate) async fn start_engine(&self) -> u32 {
        let pid = self.spawn_engine();
        self.engine_answers().await;
        pid
    }

    /// Waits until the socket answers.
    pub(crate) async fn engine_answers(&self) {
        let until = Instant::now() + PATIENCE;
        while Client::connect(self.paths.socket(), false).await.is_err() {
            let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(Child::try_wait);
            assert!(!matches!(engine, Some(Ok(Some(_)))), "the engine ended:\n{}", self.log());
            assert!(Instant::now() < until, "the engine does not answer:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: the engine gets no last word.
    pub(crate) fn kill_engine(&self) {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap();
        engine.kill().unwrap();
        engine.wait().unwrap();
    }

    /// `nightlatch stop`, and the process has ended well.
    pub(crate) fn stop_engine(&self) {
        let told = self.run(&["stop"]);
        assert_eq!(told.code, 0, "{told}");
        self.engine_ends();
    }

    /// Waits for the process, which has been told to end.
    pub(crate) fn engine_ends(&self) {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner).take();
        let status = engine.unwrap().wait().unwrap();
        assert!(status.success(), "{status}\n{}", self.log());
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.paths.socket(), false).await.unwrap()
    }

    pub(crate) async fn ask(&self, op: Op) -> Result<Reply, Refusal> {
        self.client().await.request(op).await
    }

    pub(crate) async fn list(&self) -> Vec<Summary> {
        match self.ask(Op::List {}).await.unwrap() {
            Reply::Summaries(summaries) => summaries,
            other => panic!("no list: {other:?}"),
        }
    }

    pub(crate) async fn show(&self, offboarding: OffboardingId) -> Offboarding {
        match self.ask(Op::Show { offboarding }).await.unwrap() {
            Reply::Offboarding(offboarding) => *offboarding,
            other => panic!("no offboarding: {other:?}"),
        }
    }

    pub(crate) async fn timeline(&self, offboarding: OffboardingId) -> Vec<Envelope> {
        match self.ask(Op::Timeline { offboarding, step: None }).await.unwrap() {
            Reply::Timeline(events) => events,
            other => panic!("no timeline: {other:?}"),
        }
    }

    /// The offboarding of this person, which has to be there.
    pub(crate) async fn offboarding_of(&self, email: &str) -> Offboarding {
        let list = self.list().await;
        let found: Vec<_> = list.iter().filter(|it| it.email == email).collect();
        assert_eq!(found.len(), 1, "offboardings of {email}: {found:?}");
        self.show(found[0].id).await
    }

    /// Waits until the offboarding of this person is as wanted.
    pub(crate) async fn until(&self, email: &str, what: &str, wanted: impl Fn(&Offboarding) -> bool) -> Offboarding {
        let until = Instant::now() + PATIENCE;
        loop {
            let seen = self.offboarding_of(email).await;
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < until, "{what} did not come:\n{}", steps_of(&seen));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) async fn until_closed(&self, email: &str) -> Offboarding {
        self.until(email, "the end", |it| it.phase == nightlatch::model::Phase::Closed).await
    }

    /// Somebody plain: an employee without privileges, with an account everywhere.
    pub(crate) fn employee(&self, nth: usize) -> Person {
        self.pick(nth, |it| it.kind == "employee" && !it.executive)
    }

    /// Somebody whose accounts the built-in runbook deletes, after a consent to each.
    pub(crate) fn executive(&self) -> Person {
        self.pick(0, |it| it.executive)
    }

    /// Somebody who never had an account in one of the systems.
    pub(crate) fn without_slack(&self) -> Person {
        self.sandbox.people().iter().find(|it| it.slack_id.is_none() && !it.executive).cloned().unwrap()
    }

    fn pick(&self, nth: usize, fits: impl Fn(&Person) -> bool) -> Person {
        let everywhere = |it: &&Person| it.slack_id.is_some() && it.github_login.is_some() && fits(it);
        self.sandbox.people().iter().filter(everywhere).nth(nth).cloned().unwrap()
    }

    /// The person's last day is today, and HR says so by a webhook with all fields.
    pub(crate) fn leaves(&self, email: &str) -> SignedWebhook {
        self.ends_today(email);
        self.sandbox.leaver_webhook_with_fields(email).unwrap()
    }

    /// The same by a webhook that names the employee alone.
    pub(crate) fn leaves_thinly(&self, email: &str) -> SignedWebhook {
        self.ends_today(email);
        self.sandbox.leaver_webhook(email).unwrap()
    }

    fn ends_today(&self, email: &str) {
        let today = jiff::Timestamp::now().strftime("%F").to_string();
        assert!(self.sandbox.terminate(email, Some(&today)));
    }

    /// This body, signed as HR's at that time.
    pub(crate) fn signed_at(&self, body: &str, epoch_s: i64) -> SignedWebhook {
        let key = self.sandbox.credentials().bamboohr_webhook_key.as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        let timestamp = epoch_s.to_string();
        mac.update(body.as_bytes());
        mac.update(timestamp.as_bytes());
        SignedWebhook { signature: hex::encode(mac.finalize().into_bytes()), timestamp, body: body.to_owned() }
    }

    pub(crate) fn signed(&self, body: &str) -> SignedWebhook {
        self.signed_at(body, jiff::Timestamp::now().as_second())
    }

    /// Sends it as HR systems do: the same again, until it is accepted.
    pub(crate) async fn send(&self, webhook: &SignedWebhook) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.post(webhook).await {
                Ok((200, answer)) => return answer,
                Ok((status @ 400..500, answer)) => panic!("refused: {status} {answer}"),
                _ => assert!(Instant::now() < until, "nobody takes the webhook:\n{}", self.log()),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Sends it once.
    pub(crate) async fn post(&self, webhook: &SignedWebhook) -> reqwest::Result<(u16, Value)> {
        post(self.intake, webhook).await
    }

    /// Approves, in the order of the plan, whatever waits for it now. How many.
    pub(crate) async fn approve_what_waits(&self) -> Result<usize, Refusal> {
        let Ok(mut client) = Client::connect(self.paths.socket(), false).await else { return Ok(0) };
        let Reply::Summaries(summaries) = client.request(Op::List {}).await? else { return Ok(0) };
        let mut approved = 0;
        for summary in summaries.iter().filter(|it| it.counts.approval > 0) {
            let Reply::Offboarding(seen) = client.request(Op::Show { offboarding: summary.id }).await? else {
                continue;
            };
            for (ord, step) in (0u16..).zip(&seen.steps) {
                if matches!(step.state, StepState::AwaitingApproval { .. }) {
                    approved += usize::from(client.request(approval(&seen, ord)).await.is_ok());
                }
            }
        }
        Ok(approved)
    }

    /// What the operator's `r` does for a person whose steps wait long or have used up their tries, as steps do that many
    /// kills met: they are tried again now. How many were.
    pub(crate) async fn retry_what_waits_long(&self, of: &Offboarding) -> usize {
        let soon = Timestamp::from(jiff::Timestamp::now()).plus_ms(5_000);
        let Ok(mut client) = Client::connect(self.paths.socket(), false).await else { return 0 };
        let mut retried = 0;
        for (ord, step) in (0u16..).zip(&of.steps) {
            let waits_long = match &step.state {
                StepState::RetryAt { at, .. } => *at > soon,
                StepState::Failed { reason, .. } => reason.ends_with(" tries)"),
                _ => false,
            };
            let retry = Op::Retry { step: of.id.step(ord), revision: Some(step.revision) };
            retried += usize::from(waits_long && client.request(retry).await.is_ok());
        }
        retried
    }

    pub(crate) fn is_dead(&self, email: &str) -> bool {
        self.sandbox.truth(email).is_some_and(|truth| truth.all_access_dead())
    }

    /// The log holds, and everything else in the journal's file follows from it.
    pub(crate) fn proves_its_ledger(&self) {
        for arguments in [["ledger", "verify", "--json"], ["ledger", "rebuild", "--json"]] {
            let told = self.run(&arguments);
            assert_eq!(told.code, 0, "{told}");
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let engine = self.engine.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut engine) = engine {
            let _ = engine.kill();
            let _ = engine.wait();
        }
        // One that a console has started is nobody's child: the lock names it, and its command line names the directory.
        let lock = std::fs::read_to_string(self.paths.lock()).unwrap_or_default();
        if let Some(pid) = lock.split(' ').next().and_then(|pid| pid.parse::<i32>().ok())
            && is_engine_of(pid, self.paths.state_dir())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Whether this process is an engine of this state directory.
pub(crate) fn is_engine_of(pid: i32, state_dir: &Path) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut words = line.split(|byte| *byte == 0);
    words.any(|word| word == state_dir.as_os_str().as_encoded_bytes())
        && line.split(|byte| *byte == 0).any(|word| word == b"engine")
}

/// The consent to one step of what was seen.
pub(crate) fn approval(seen: &Offboarding, ord: u16) -> Op {
    Op::Approve {
        step: seen.id.step(ord),
        revision: Some(seen.steps[usize::from(ord)].revision),
        plan_digest: seen.plan.digest.clone(),
        typed: seen.leaver().login.clone(),
    }
}

/// Where each step stands, for a failing test's reader.
pub(crate) fn steps_of(offboarding: &Offboarding) -> String {
    let steps = offboarding.plan.steps.iter().zip(&offboarding.steps);
    let lines: Vec<String> = steps.map(|(planned, step)| format!("  {}: {:?}", planned.action, step.state)).collect();
    format!("{} {} is {}\n{}", offboarding.id, offboarding.leaver().email, offboarding.phase.word(), lines.join("\n"))
}

/// The place of an action in the plan.
pub(crate) fn ord_of(offboarding: &Offboarding, action: &str) -> u16 {
    let place = offboarding.plan.steps.iter().position(|it| it.action.to_string() == action);
    u16::try_from(place.unwrap_or_else(|| panic!("no {action} in\n{}", steps_of(offboarding)))).unwrap()
}

/// Posts a webhook once, on a connection of its own: the last one may have died with its engine.
pub(crate) async fn post(intake: SocketAddr, webhook: &SignedWebhook) -> reqwest::Result<(u16, Value)> {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).timeout(Duration::from_secs(10)).build()?;
    let request = client
        .post(format!("http://{intake}/hris/bamboohr"))
        .header("X-BambooHR-Timestamp", &webhook.timestamp)
        .header("X-BambooHR-Signature", &webhook.signature)
        .header("Content-Type", "application/json")
        .body(webhook.body.clone());
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await.unwrap_or_default()))
}

/// What a subcommand said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        // One that does not end by itself is a failure, not a hanging test.
        let over = Arc::new(Mutex::new(false));
        let watch = Arc::clone(&over);
        std::thread::spawn(move || {
            let until = Instant::now() + PATIENCE;
            while Instant::now() < until {
                if *watch.lock().unwrap_or_else(PoisonError::into_inner) {
                    return;
                }
                std::thread::sleep(LOOK_EVERY);
            }
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        });
        drop(child.stdin.take());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        *over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        Self {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Ended so, and said all of this.
    #[track_caller]
    pub(crate) fn said(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self}");
        for word in words {
            assert!(self.stdout.contains(word) || self.stderr.contains(word), "`{word}` was not said:\n{self}");
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A port that is free now, that no outgoing connection will take (from below the ephemeral ones), and that no other scene
/// has been given: its engine may not hold it just now, having been killed, or not started yet.
fn free_port() -> SocketAddr {
    /// How many were given here, where all tests are threads of one process.
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Where each test is a process, they begin apart.
    let first = 20_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 8;
    loop {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, first + GIVEN.fetch_add(1, Ordering::Relaxed)));
        if TcpListener::bind(addr).is_ok() {
            return addr;
        }
    }
}

/// Waits for something that has no better sign.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < until, "{what} did not come");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
