//! How fast the kill switch is: webhook sent → first call on the wire, and → last call of the person's kill switch.
//!
//! `cargo bench --bench killswitch` (or `just bench`). The real engine in its own process, the sandbox's vendors in
//! this one, at 0 ms of their own latency, over loopback. Absolute figures are this machine's; compare within one run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nightlatch::demo::{Settings, write_config};
use nightlatch::ipc::{Client, Op, Reply};
use nightlatch::sandbox::{Call, Kind, Options, Sandbox};

const SINGLE: usize = 60;
const AT_ONCE: usize = 100;

struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
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
    Engine(child)
}

async fn connect(socket: &Path) -> Client {
    for _ in 0..500 {
        if let Ok(client) = Client::connect(socket, false).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no engine answers");
}

/// Posts one signed webhook with fields; when it was sent and when it was accepted, in µs since the epoch.
async fn terminate(client: &reqwest::Client, sandbox: &Sandbox, url: &str, email: &str) -> (u64, u64) {
    let signed = sandbox.leaver_webhook_with_fields(email).unwrap();
    let request = client
        .post(url)
        .header("X-BambooHR-Timestamp", signed.timestamp)
        .header("X-BambooHR-Signature", signed.signature)
        .body(signed.body)
        .build()
        .unwrap();
    let sent = now_us();
    let answer = client.execute(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    (sent, now_us())
}

/// Waits until nobody is running any more.
async fn wait_for_rest(engine: &mut Client, people: usize) {
    let limit = Instant::now() + Duration::from_secs(120);
    while Instant::now() < limit {
        if let Ok(Reply::Summaries(summaries)) = engine.request(Op::List {}).await {
            let cut = summaries.iter().filter(|it| it.cut_at.is_some()).count();
            if cut == people {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not everybody was cut in time");
}

struct Sample {
    accepted: u64,
    first: u64,
    last: u64,
}

fn samples(calls: &[Call], sent: &BTreeMap<String, (u64, u64)>) -> Vec<Sample> {
    let mut of: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for call in calls.iter().filter(|it| it.vendor != "bamboohr") {
        let Some(subject) = call.subject.as_deref() else { continue };
        let seen = of.entry(subject).or_insert((u64::MAX, 0));
        seen.0 = seen.0.min(call.at_us);
        // The credentials stage comes after the kill switch: its calls do not count.
        let later = call.op.starts_with("okta.factors") || call.op.starts_with("github.credentials");
        if call.kind != Kind::Read && !later {
            seen.1 = seen.1.max(call.at_us);
        }
    }
    sent.iter()
        .map(|(email, (sent, accepted))| {
            let (first, last) = of[email.as_str()];
            Sample { accepted: accepted - sent, first: first.saturating_sub(*sent), last: last.saturating_sub(*sent) }
        })
        .collect()
}

fn row(name: &str, mut micros: Vec<u64>) {
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() * percent).div_ceil(100).max(1) - 1];
    #[expect(clippy::cast_precision_loss, reason = "milliseconds with two places")]
    let ms = |micros: u64| micros as f64 / 1_000.0;
    println!("| {name:<52} | {:>8.2} | {:>8.2} | {:>8.2} |", ms(at(50)), ms(at(99)), ms(at(100)));
}

fn memory_kib(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    let people = SINGLE + AT_ONCE + 20;
    let sandbox = Sandbox::start(Options { people: people + 40, ..Options::default() }).await.unwrap();
    let intake = free_port();
    let settings = Settings { intake, quarantine: "30s", deadline: "10s" };
    let config = write_config(dir.path(), &sandbox.base_url(), sandbox.credentials(), &settings).unwrap();
    let engine = start_engine(dir.path(), &config);
    let mut console = connect(&dir.path().join("state/engine.sock")).await;
    let url = format!("http://{intake}/hris/bamboohr");
    let client = reqwest::Client::new();
    let mut leavers = sandbox.people().into_iter().filter(|it| !it.executive).map(|it| it.email);
    let today = jiff::Timestamp::now().strftime("%F").to_string();
    let mut take = |count: usize| -> Vec<String> {
        let taken: Vec<String> = leavers.by_ref().take(count).collect();
        for email in &taken {
            sandbox.terminate(email, Some(&today));
        }
        taken
    };

    // Warm: tokens minted, connections open, pages touched.
    let mut cut = 0;
    for email in take(5) {
        terminate(&client, &sandbox, &url, &email).await;
        cut += 1;
        wait_for_rest(&mut console, cut).await;
    }
    let idle = memory_kib(engine.0.id(), "VmRSS");

    let mut one_by_one = BTreeMap::new();
    for email in take(SINGLE) {
        one_by_one.insert(email.clone(), terminate(&client, &sandbox, &url, &email).await);
        cut += 1;
        wait_for_rest(&mut console, cut).await;
    }
    let single = samples(&sandbox.calls(), &one_by_one);

    let crowd = take(AT_ONCE);
    let all = crowd.iter().map(|email| terminate(&client, &sandbox, &url, email));
    let began = now_us();
    let sent: Vec<(u64, u64)> = futures_util::future::join_all(all).await;
    let together: BTreeMap<String, (u64, u64)> = crowd.into_iter().zip(sent).collect();
    cut += AT_ONCE;
    wait_for_rest(&mut console, cut).await;
    let calls = sandbox.calls();
    let crowd = samples(&calls, &together);
    let makespan = together.iter().zip(&crowd).map(|((_, (sent, _)), it)| sent + it.last).max().unwrap() - began;

    println!("| milliseconds                                         |      p50 |      p99 |      max |");
    println!("|------------------------------------------------------|----------|----------|----------|");
    row("1 leaver: webhook sent → 200", single.iter().map(|it| it.accepted).collect());
    row("1 leaver: webhook sent → first call on the wire", single.iter().map(|it| it.first).collect());
    row("1 leaver: webhook sent → last kill-switch call", single.iter().map(|it| it.last).collect());
    row("100 at once: webhook sent → 200", crowd.iter().map(|it| it.accepted).collect());
    row("100 at once: webhook sent → first call on the wire", crowd.iter().map(|it| it.first).collect());
    row("100 at once: webhook sent → last kill-switch call", crowd.iter().map(|it| it.last).collect());
    println!("100 at once: makespan {} ms, {} calls in all", makespan / 1_000, calls.len());
    println!("engine: {idle} KiB resident after 5, {} KiB at its peak", memory_kib(engine.0.id(), "VmHWM"));
}
