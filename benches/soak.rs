//! Does it stay the same for a long time? `just soak`: half an hour of terminations, approvals, faults and restarts at a
//! steady rate, with a console open all the while. A table of what could grow, and at the end whether it did.
//!
//! `NIGHTLATCH_SOAK_MINUTES` makes it shorter or longer. Exit code 1 if something grew.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nightlatch::demo::{Settings, free_port, write_config};
use nightlatch::ipc::{Client, EngineStatus, Op, Reply};
use nightlatch::model::StepState;
use nightlatch::sandbox::{Fault, Options, Sandbox};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Between two people who leave.
const BEAT: Duration = Duration::from_secs(2);
/// Between two lines of the table.
const SAMPLE: Duration = Duration::from_secs(30);
/// Between two ends of the engine, by turns in order and with SIGKILL.
const LIFE: Duration = Duration::from_secs(420);
/// What a young engine has to learn first is not growth.
const WARM_UP: Duration = Duration::from_secs(120);

struct Sample {
    at: Duration,
    /// Since the engine's start.
    age: Duration,
    status: EngineStatus,
    files: usize,
    threads: usize,
    console_bytes: u64,
}

/// A name, by how much the second half may be above the first, and where it stands.
type Figure = (&'static str, f64, fn(&Sample) -> f64);

struct Engine {
    child: Child,
    started: Instant,
}

fn start_engine(dir: &Path, config: &Path) -> Engine {
    let child = Command::new(env!("CARGO_BIN_EXE_nightlatch"))
        .arg("--state-dir")
        .arg(dir.join("state"))
        .arg("--config")
        .arg(config)
        .arg("engine")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Engine { child, started: Instant::now() }
}

async fn connect(socket: &Path) -> Client {
    loop {
        if let Ok(client) = Client::connect(socket, false).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A console in a terminal of 120×40; the bytes that it has written.
fn open_console(dir: &Path) -> (Box<dyn portable_pty::Child + Send + Sync>, Arc<AtomicU64>) {
    let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_nightlatch"));
    command.args(["--state-dir", &dir.join("state").display().to_string()]);
    command.env("LC_ALL", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    let child = pty.slave.spawn_command(command).unwrap();
    let bytes = Arc::new(AtomicU64::new(0));
    let mut output = pty.master.try_clone_reader().unwrap();
    let counted = Arc::clone(&bytes);
    std::thread::spawn(move || {
        let _open = pty;
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            counted.fetch_add(read as u64, Ordering::Relaxed);
        }
    });
    (child, bytes)
}

/// Each minute another vendor has another trouble.
fn trouble(sandbox: &Sandbox, minute: u64) {
    sandbox.clear_faults();
    sandbox.set_fault(match minute % 4 {
        0 => Fault { vendor: "slack".into(), down: true, for_ms: Some(20_000), ..Fault::default() },
        1 => Fault { vendor: "okta".into(), rate_per_s: Some(5.0), ..Fault::default() },
        2 => Fault { vendor: "google".into(), lost_answers: 0.05, ..Fault::default() },
        _ => Fault { vendor: "github".into(), act_delay_ms: (200, 1_500), ..Fault::default() },
    });
}

async fn approve_what_waits(client: &mut Client) -> Option<()> {
    let Reply::Summaries(summaries) = client.request(Op::List {}).await.ok()? else { return None };
    for waiting in summaries.iter().filter(|it| it.counts.approval > 0) {
        let Reply::Offboarding(it) = client.request(Op::Show { offboarding: waiting.id }).await.ok()? else {
            return None;
        };
        for (ord, step) in (0_u16..).zip(&it.steps) {
            if matches!(step.state, StepState::AwaitingApproval { .. }) {
                let (plan_digest, typed) = (it.plan.digest.clone(), it.leaver().login.clone());
                let op = Op::Approve { step: it.id.step(ord), revision: Some(step.revision), plan_digest, typed };
                let _changed_in_between = client.request(op).await;
            }
        }
    }
    Some(())
}

async fn post(client: &reqwest::Client, sandbox: &Sandbox, url: &str, email: &str) -> bool {
    let signed = sandbox.leaver_webhook_with_fields(email).unwrap();
    let request = client.post(url).header("X-BambooHR-Timestamp", signed.timestamp);
    let sent = request.header("X-BambooHR-Signature", signed.signature).body(signed.body).send().await;
    sent.is_ok_and(|answer| answer.status().is_success())
}

async fn sample(client: &mut Client, engine: &Engine, began: Instant, console_bytes: u64) -> Option<Sample> {
    let Reply::Status(status) = client.request(Op::Status { since: None }).await.ok()? else { return None };
    let count = |what: &str| std::fs::read_dir(format!("/proc/{}/{what}", engine.child.id())).ok().map(Iterator::count);
    Some(Sample {
        at: began.elapsed(),
        age: engine.started.elapsed(),
        status: *status,
        files: count("fd")?,
        threads: count("task")?,
        console_bytes,
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn line(it: &Sample) {
    println!(
        "| {:>7.1} | {:>6.1} | {:>8.1} | {:>5} | {:>7} | {:>5} | {:>7.2} | {:>7.1} | {:>4} | {:>11.1} |",
        it.at.as_secs_f64() / 60.0,
        it.age.as_secs_f64() / 60.0,
        mib(it.status.resident_bytes),
        it.files,
        it.threads,
        it.status.tasks,
        mib(it.status.wal_bytes),
        mib(it.status.journal_bytes),
        it.status.open,
        mib(it.console_bytes) * 1_024.0,
    );
}

/// The later half against the earlier one, of samples of engines that were warm.
fn grew(name: &str, samples: &[Sample], allowed: f64, of: impl Fn(&Sample) -> f64) -> bool {
    let warm: Vec<f64> = samples.iter().filter(|it| it.age >= WARM_UP).map(of).collect();
    #[expect(clippy::cast_precision_loss, reason = "a few samples")]
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let (early, late) = warm.split_at(warm.len() / 2);
    let (early, late) = (mean(early), mean(late));
    let grew = late > early * allowed + 1.0;
    println!("{name}: {early:.1} in the first half, {late:.1} in the second{}", if grew { ": IT GREW" } else { "" });
    grew
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let minutes = std::env::var("NIGHTLATCH_SOAK_MINUTES").ok().and_then(|it| it.parse().ok()).unwrap_or(30_u64);
    let dir = tempfile::tempdir().unwrap();
    let length = Duration::from_secs(minutes * 60);
    let people = usize::try_from(length.as_secs() / BEAT.as_secs()).unwrap() + 60;
    let sandbox = Sandbox::start(Options { people: people * 3 / 2, ..Options::default() }).await.unwrap();
    let intake = free_port().unwrap();
    let settings = Settings { intake, quarantine: "3s", deadline: "5s", probe_every_s: 0 };
    let config = write_config(dir.path(), &sandbox.base_url(), sandbox.credentials(), &settings).unwrap();
    // Who is done leaves memory soon, so that what stays is a leak.
    let text = std::fs::read_to_string(&config).unwrap().replace("[engine]", "[engine]\nforget_ended_after_s = 60");
    std::fs::write(&config, text).unwrap();
    let socket: PathBuf = dir.path().join("state/engine.sock");
    let url = format!("http://{intake}/hris/bamboohr");
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
    let today = jiff::Timestamp::now().strftime("%F").to_string();
    let mut leavers = sandbox.people().into_iter().filter(|it| !it.privileged).map(|it| it.email);

    let mut engine = start_engine(dir.path(), &config);
    let mut client = connect(&socket).await;
    let (mut console, console_bytes) = open_console(dir.path());
    println!("| minutes | engine | RSS, MiB | files | threads | tasks | WAL,MiB | DB, MiB | open | console,KiB |");
    println!("|---------|--------|----------|-------|---------|-------|---------|---------|------|-------------|");
    let (began, mut samples, mut told, mut lives, mut minute) = (Instant::now(), Vec::new(), 0, 0_u32, u64::MAX);
    let (mut unsent, mut sampled) = (Vec::new(), Instant::now());
    let mut beat = tokio::time::interval(BEAT);
    while began.elapsed() < length {
        beat.tick().await;
        if began.elapsed().as_secs() / 60 != minute {
            minute = began.elapsed().as_secs() / 60;
            trouble(&sandbox, minute);
        }
        if let Some(email) = leavers.next() {
            sandbox.terminate(&email, Some(&today));
            unsent.push(email);
        }
        // As HR systems do: what was not taken is sent again.
        let mut still_unsent = Vec::new();
        for email in unsent {
            if !post(&http, &sandbox, &url, &email).await {
                still_unsent.push(email);
            }
        }
        unsent = still_unsent;
        if approve_what_waits(&mut client).await.is_none() {
            client = connect(&socket).await;
        }
        if sampled.elapsed() >= SAMPLE {
            sampled = Instant::now();
            let bytes = console_bytes.load(Ordering::Relaxed);
            if let Some(sample) = sample(&mut client, &engine, began, bytes - told).await {
                told = bytes;
                line(&sample);
                samples.push(sample);
            }
        }
        if engine.started.elapsed() >= LIFE {
            lives += 1;
            if lives % 2 == 0 {
                let _ = client.request(Op::Shutdown {}).await;
            } else {
                engine.child.kill().unwrap();
            }
            engine.child.wait().unwrap();
            engine = start_engine(dir.path(), &config);
            client = connect(&socket).await;
        }
    }
    let _ = console.kill();
    let twice = sandbox.summary().executed_twice.len();
    let _ = engine.child.kill();
    let _ = engine.child.wait();
    println!(
        "\n{} restarts, {} people, executed twice: {twice}",
        lives,
        samples.last().map_or(0, |it| it.at.as_secs() / 2)
    );
    let figures: [Figure; 6] = [
        ("RSS, MiB", 1.15, |it| mib(it.status.resident_bytes)),
        ("files", 1.1, |it| f64::from(u32::try_from(it.files).unwrap_or(u32::MAX))),
        ("threads", 1.1, |it| f64::from(u32::try_from(it.threads).unwrap_or(u32::MAX))),
        ("tasks", 1.2, |it| f64::from(u32::try_from(it.status.tasks).unwrap_or(u32::MAX))),
        ("WAL, MiB", 1.2, |it| mib(it.status.wal_bytes)),
        ("console, KiB a sample", 1.3, |it| mib(it.console_bytes) * 1_024.0),
    ];
    let grown = figures.into_iter().filter(|(name, allowed, of)| grew(name, &samples, *allowed, of)).count();
    if grown == 0 && twice == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
