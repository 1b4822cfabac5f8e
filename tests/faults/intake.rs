//! Webhooks that are forged, repeated, endless, slow or far too many, at the door of the real engine.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use nightlatch::intake::IntakeConfig;
use nightlatch::sandbox::{Kind, SignedWebhook};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::chaos::Chaos;
use crate::declared::{Vendor, alone, section};
use crate::harness::{PATIENCE, Scene, Setup, eventually};

/// HR's side: connections that are kept.
struct Sender {
    http: reqwest::Client,
    url: String,
}

impl Sender {
    fn to(intake: SocketAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { http, url: format!("http://{intake}/hris/bamboohr") }
    }

    async fn post(&self, webhook: &SignedWebhook) -> reqwest::Result<(u16, Value)> {
        let headers = [("x-bamboohr-timestamp", &webhook.timestamp), ("x-bamboohr-signature", &webhook.signature)];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let Ok(value) = HeaderValue::from_str(value) else { continue };
            map.append(HeaderName::from_static(name), value);
        }
        let answer = self.http.post(&self.url).headers(map).body(webhook.body.clone()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.unwrap_or_default()))
    }
}

/// Somebody whose last day is far away: taken, armed, and no vendor hears of it.
fn somebody(number: usize, last_day: &str) -> Value {
    let fields = json!({
        "workEmail": {"value": format!("leaver.{number}@corp.example")},
        "displayName": {"value": format!("Leaver {number}")},
        "status": {"value": "Active"},
        "terminationDate": {"value": last_day},
    });
    json!({
        "id": (100_000 + number).to_string(),
        "action": "Updated",
        "timestamp": "2026-11-23T00:00:00+00:00",
        "changedFields": ["terminationDate"],
        "fields": fields,
    })
}

fn leaves_far_off(scene: &Scene, number: usize) -> SignedWebhook {
    scene.signed(&json!({"employees": [somebody(number, "2199-11-30")]}).to_string())
}

/// Small, seeded, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    /// The text with one character replaced by another.
    fn spoil(&mut self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let at = self.below(bytes.len());
        bytes[at] = if bytes[at] == b'3' { b'4' } else { b'3' };
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_forgeries_get_one_answer_and_leave_a_handful_of_lines() {
    const FORGERIES: usize = 500;
    let scene = Scene::running(Setup::default()).await;
    let sender = Sender::to(scene.intake);
    let mut dice = Dice(4711);
    for _ in 0..FORGERIES {
        let mut forged = scene.leaves(&scene.employee(0).email);
        match dice.below(6) {
            0 => forged.body = dice.spoil(&forged.body),
            1 => forged.signature = dice.spoil(&forged.signature),
            2 => forged.timestamp = dice.spoil(&forged.timestamp),
            3 => forged.signature = format!("v{}={}", dice.below(9), forged.signature),
            4 => forged.signature.truncate(dice.below(64)),
            _ => forged.body.push(' '),
        }
        let (status, body) = sender.post(&forged).await.unwrap();
        assert_eq!((status, body), (401, json!({"error": "not accepted"})), "{forged:?}");
    }
    assert_eq!(scene.list().await, []);
    let log = scene.log();
    let told = log.lines().filter(|line| line.contains("a webhook was not believed")).count();
    assert!((10..30).contains(&told), "{told} lines of log for {FORGERIES} forgeries");
    assert!(log.contains("so_far=256"), "they are counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_replays_at_once_are_one_offboarding_and_one_act_each() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    let webhook = Arc::new(scene.leaves(&leaver.email));
    let sender = Arc::new(Sender::to(scene.intake));
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (sender, webhook) = (Arc::clone(&sender), Arc::clone(&webhook));
        senders.spawn(async move {
            let mut said = BTreeMap::<String, usize>::new();
            for _ in 0..20 {
                let (status, answer) = sender.post(&webhook).await.unwrap();
                assert_eq!(status, 200, "{answer}");
                *said.entry(answer["results"][0]["result"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            said
        });
    }
    let mut said = BTreeMap::<String, usize>::new();
    for (word, times) in senders.join_all().await.into_iter().flatten() {
        *said.entry(word).or_default() += times;
    }
    assert_eq!(said, BTreeMap::from([("opened".to_owned(), 1), ("replay".to_owned(), 999)]));
    scene.until_closed(&leaver.email).await;
    assert_eq!(scene.list().await.len(), 1);
    let mut acts = BTreeMap::<String, usize>::new();
    for call in scene.sandbox.calls().iter().filter(|it| it.kind != Kind::Read && it.status < 300) {
        if call.subject.as_deref() == Some(leaver.email.as_str()) {
            *acts.entry(format!("{} {}", call.op, call.path)).or_default() += 1;
        }
    }
    assert!(!acts.is_empty() && acts.values().all(|times| *times == 1), "{acts:?}");
}

async fn slow(intake: SocketAddr, head: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(intake).await.unwrap();
    stream.write_all(head).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_senders_are_closed_and_honest_ones_are_served_in_the_midst_of_them() {
    let (usual, s) = (IntakeConfig::default(), Duration::from_secs);
    assert_eq!((usual.header_timeout_ms, usual.connection_timeout_ms), (5_000, 30_000));
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| {
        text.replace("[intake]\n", "[intake]\nheader_timeout_ms = 1000\nconnection_timeout_ms = 2500\n")
    });
    scene.start_engine().await;
    let mut stuck = Vec::new();
    for _ in 0..60 {
        stuck.push(slow(scene.intake, b"").await);
        stuck.push(slow(scene.intake, b"POST /hris/bamboohr HTTP/1.1\r\nhost: x\r\nx-a: ").await);
        stuck.push(slow(scene.intake, b"POST /hris/bamboohr HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{").await);
    }
    // One byte at a time, for as long as it is let.
    let mut drip =
        slow(scene.intake, b"POST /hris/bamboohr HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let dripping = tokio::spawn(async move {
        while drip.write_all(b"1\r\n \r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let sender = Sender::to(scene.intake);
    for number in 0..20 {
        let (status, answer) = sender.post(&leaves_far_off(&scene, number)).await.unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    for mut stream in stuck {
        let mut answer = Vec::new();
        let _reset = tokio::time::timeout(s(10), stream.read_to_end(&mut answer)).await.expect("it is closed");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    tokio::time::timeout(s(10), dripping).await.expect("it is closed").unwrap();
    assert_eq!(scene.list().await.len(), 20);
}

/// The most memory that the process ever had, in KiB.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_a_hundred_megabytes_and_bodies_without_end_are_cut_and_take_no_memory() {
    let scene = Scene::set(Setup::default()).await;
    let pid = scene.start_engine().await;
    let before = peak_kib(pid);
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    let mut senders = tokio::task::JoinSet::new();
    for nth in 0..20 {
        let (intake, chunk) = (scene.intake, chunk.clone());
        senders.spawn(async move {
            let length = if nth % 2 == 0 { "content-length: 104857600" } else { "transfer-encoding: chunked" };
            let head = format!("POST /hris/bamboohr HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n");
            let mut stream = slow(intake, head.as_bytes()).await;
            let mut sent = 0_usize;
            while sent < 100 << 20 && stream.write_all(chunk.as_bytes()).await.is_ok() {
                sent += chunk.len();
            }
            sent
        });
    }
    for sent in senders.join_all().await {
        assert!(sent < 16 << 20, "{sent} bytes were taken in");
    }
    let grown = peak_kib(pid) - before;
    assert!(grown < 32 * 1024, "{grown} KiB more than before");
    let (status, _) = Sender::to(scene.intake).post(&leaves_far_off(&scene, 1)).await.unwrap();
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_under_load_is_on_disk_after_a_kill() {
    let scene = Arc::new(Scene::set(Setup::default()).await);
    let next = Arc::new(AtomicUsize::new(0));
    let mut acknowledged = Vec::new();
    for life_ms in [150, 420, 700] {
        scene.start_engine().await;
        let (over, sender) = (Arc::new(AtomicBool::new(false)), Arc::new(Sender::to(scene.intake)));
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (scene, next) = (Arc::clone(&scene), Arc::clone(&next));
            let (over, sender) = (Arc::clone(&over), Arc::clone(&sender));
            senders.spawn(async move {
                let mut taken = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    match sender.post(&leaves_far_off(&scene, number)).await {
                        Ok((200, _)) => taken.push(number),
                        _ => break,
                    }
                }
                taken
            });
        }
        tokio::time::sleep(Duration::from_millis(life_ms)).await;
        scene.kill_engine();
        over.store(true, Ordering::Relaxed);
        acknowledged.extend(senders.join_all().await.into_iter().flatten());
    }
    assert!(acknowledged.len() > 50, "only {} were acknowledged", acknowledged.len());
    scene.start_engine().await;
    let known: std::collections::BTreeSet<String> = scene.list().await.into_iter().map(|it| it.email).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|it| !known.contains(&format!("leaver.{it}@corp.example"))).collect();
    assert!(lost.is_empty(), "of {} acknowledged, lost: {lost:?}", acknowledged.len());
    let sender = Sender::to(scene.intake);
    for number in acknowledged.iter().step_by(10) {
        let (_, answer) = sender.post(&leaves_far_off(&scene, *number)).await.unwrap();
        assert_eq!(answer["results"][0]["result"], "replay");
    }
    println!("{} acknowledged, {} known", acknowledged.len(), known.len());
    scene.stop_engine();
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_terminations_are_all_recorded_all_but_a_few_held_and_told_once() {
    const PEOPLE: usize = 5_000;
    const LET_THROUGH: usize = 25;
    let vendor = Vendor::default();
    let files = Chaos::new(move |request| vendor.answer(request)).await;
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| {
        let text = text.replace("flood_limit_per_hour = 0", &format!("flood_limit_per_hour = {LET_THROUGH}"));
        alone(&text, &[section("files", &files.base, "")])
    });
    scene.start_engine().await;
    let sender = Arc::new(Sender::to(scene.intake));
    let mut senders = tokio::task::JoinSet::new();
    for first in 0..20 {
        let webhooks: Vec<SignedWebhook> = (first..PEOPLE / 10)
            .step_by(20)
            .map(|batch| {
                let employees: Vec<Value> = (0..10).map(|nth| somebody(batch * 10 + nth, "2026-01-02")).collect();
                let mut body = json!({ "employees": employees });
                for employee in body["employees"].as_array_mut().unwrap() {
                    employee["fields"]["status"]["value"] = json!("Inactive");
                }
                scene.signed(&body.to_string())
            })
            .collect();
        let sender = Arc::clone(&sender);
        senders.spawn(async move {
            for webhook in webhooks {
                let (status, answer) = sender.post(&webhook).await.unwrap();
                assert_eq!(status, 200, "{answer}");
            }
        });
    }
    senders.join_all().await;
    let list = scene.list().await;
    let held = list.iter().filter(|it| it.phase == "held").count();
    assert_eq!((list.len(), held), (PEOPLE, PEOPLE - LET_THROUGH));
    eventually("the others' end", async || {
        scene.list().await.iter().filter(|it| it.phase == "closed").count() == LET_THROUGH
    })
    .await;
    assert_eq!(files.count("POST /cut/"), LET_THROUGH);
    eventually("the alert", async || !scene.sandbox.alerts().slack.is_empty()).await;
    let alerts = scene.sandbox.alerts();
    let [incident] = alerts.pagerduty.as_slice() else { panic!("{alerts:?}") };
    assert_eq!((incident.triggers, incident.severity.as_str(), alerts.slack.len()), (1, "critical", 1));
    assert!(incident.summary.contains("more than 25 people"), "{incident:?}");
}
