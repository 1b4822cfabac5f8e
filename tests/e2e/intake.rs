//! What the world sends: believed or not, taken or not, and said to whom.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nightlatch::model::Phase;
use nightlatch::model::step::{Proof, StepState};
use serde_json::json;

use crate::harness::{PATIENCE, Scene, Setup, eventually, ord_of, steps_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_not_hrs_own_of_now_is_refused_and_the_log_says_why() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    let right = scene.leaves(&leaver.email);
    let now = jiff::Timestamp::now().as_second();
    let mut forged = right.clone();
    forged.body = forged.body.replace("Updated", "updated");
    let cases = [
        (forged, "the signature fits no configured key"),
        (scene.signed_at(&right.body, now - 3_600), "the timestamp is too old (is this machine's clock right?)"),
        (scene.signed_at(&right.body, now + 3_600), "the timestamp is in the future"),
    ];
    for (webhook, why) in &cases {
        let (status, answer) = scene.post(webhook).await.unwrap();
        // All of them get the same answer, from which a forger learns nothing. The operator reads why.
        assert_eq!((status, answer), (401, json!({"error": "not accepted"})));
        let told = format!("a webhook was not believed: {why}");
        assert!(scene.log().contains(&told), "`{told}` is not in\n{}", scene.log());
    }
    assert_eq!(scene.list().await, []);

    let (status, answer) = scene.post(&scene.signed("{\"employees\": [")).await.unwrap();
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("this cannot be read"), "{answer}");
    assert!(scene.log().contains("a verified webhook cannot be read"), "{}", scene.log());

    // The very same, signed: taken once, however often it comes.
    assert_eq!(scene.post(&right).await.unwrap().1["results"][0]["result"], "opened");
    for _ in 0..3 {
        let (status, answer) = scene.post(&right).await.unwrap();
        assert_eq!((status, &answer["results"][0]["result"]), (200, &json!("replay")));
    }
    let offboarding = scene.until_closed(&leaver.email).await;
    assert_eq!(scene.list().await.len(), 1);
    assert!(scene.is_dead(&leaver.email), "{}", steps_of(&offboarding));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_megabytes_are_refused_before_they_are_sent() {
    let scene = Scene::running(Setup::default()).await;
    let mut sender = TcpStream::connect(scene.intake).unwrap();
    sender.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /hris/bamboohr HTTP/1.1\r\nHost: nightlatch\r\nContent-Length: 10485760\r\n\r\n";
    sender.write_all(head.as_bytes()).unwrap();
    sender.write_all(&vec![b' '; 65_536]).unwrap();
    let mut answer = String::new();
    let _cut_off = sender.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("the body is too large"), "{answer}");
    assert_eq!(scene.list().await, []);
}

/// `watch`, followed in the background.
struct Watching(Child);

impl Watching {
    fn start(scene: &Scene) -> (Self, std::fs::File) {
        let path = scene.dir().join("watched");
        let into = std::fs::File::create(&path).unwrap();
        let child = scene.command().arg("watch").stdout(into).spawn().unwrap();
        (Self(child), std::fs::File::open(path).unwrap())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_employee_whom_hr_does_not_know_is_set_aside_for_all_to_see() {
    let scene = Scene::running(Setup::default()).await;
    let (_watching, mut watched) = Watching::start(&scene);
    let body = json!({
        "type": "employee.updated",
        "timestamp": jiff::Timestamp::now().to_string(),
        "data": {"companyId": "1", "employeeId": "999999", "changedFields": ["status", "terminationDate"]},
    });
    let mut told = String::new();
    let mut webhooks = 0;
    // A `watch` that has just been started may miss the first one.
    let until = Instant::now() + PATIENCE;
    while !told.contains("set aside") {
        assert!(Instant::now() < until, "nothing was set aside:\n{told}\n{}", scene.log());
        let mut body = body.clone();
        body["timestamp"] = json!(jiff::Timestamp::now().to_string());
        let answer = scene.send(&scene.signed(&body.to_string())).await;
        assert_eq!(answer["results"][0]["result"], "parked", "{answer}");
        webhooks += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        watched.read_to_string(&mut told).unwrap();
    }
    for word in ["bamboohr", "999999"] {
        assert!(told.contains(word), "{told}");
    }
    assert!(webhooks < 10);
    assert_eq!(scene.list().await, []);
    scene.stop_engine();
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_later_is_armed_and_who_lacks_something_is_offboarded_all_the_same() {
    let scene = Scene::running(Setup::default()).await;
    let later = scene.employee(1);
    assert!(scene.sandbox.terminate(&later.email, Some("2199-11-30")));
    scene.send(&scene.sandbox.leaver_webhook_with_fields(&later.email).unwrap()).await;
    scene.run(&["list"]).said(0, &["armed", &later.name]);
    assert!(matches!(scene.offboarding_of(&later.email).await.phase, Phase::Armed { .. }));

    // Nobody inherits from somebody without a manager, but access ends.
    let alone = scene.sandbox.people().into_iter().find(|it| it.manager_email.is_none() && !it.executive);
    let alone = alone.unwrap_or_else(|| scene.executive());
    scene.send(&scene.leaves(&alone.email)).await;
    let offboarding = scene.offboarding_of(&alone.email).await;
    assert_eq!(offboarding.leaver().manager, None);
    eventually("no access", async || scene.is_dead(&alone.email)).await;

    // No account is a finding.
    let without = scene.without_slack();
    scene.send(&scene.leaves_thinly(&without.email)).await;
    eventually("the offboarding", async || scene.list().await.iter().any(|it| it.email == without.email)).await;
    let closed = scene.until_closed(&without.email).await;
    let slack = &closed.steps[usize::from(ord_of(&closed, "slack.deactivate"))].state;
    assert!(matches!(slack, StepState::Done { proof: Proof::NoAccount { .. }, .. }), "{slack:?}");
    scene.run(&["show", &closed.id.to_string()]).said(0, &["no account"]);

    // Nothing of the one who leaves later was touched meanwhile.
    let theirs = |subject: Option<&str>| subject == Some(later.email.as_str());
    assert!(!scene.sandbox.calls().iter().any(|it| theirs(it.subject.as_deref()) && it.vendor != "bamboohr"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_csv_with_one_mistake_imports_nobody_and_names_its_place() {
    let scene = Scene::running(Setup::default()).await;
    let cases: [(&str, &[&str]); 5] = [
        ("", &["leavers.csv:1: the file is empty", "email,last_day"]),
        (
            "email,last_day\nalfa.doe@corp.example,2199-01-01\nbravo.doe@corp.example,\nALFA.doe@corp.example,\n",
            &["leavers.csv:4: email: alfa.doe@corp.example is on line 2 already"],
        ),
        (
            "email,lastday\nalfa.doe@corp.example,2199-01-01\n",
            &["leavers.csv:1: unknown column `lastday`", "`last_day`?"],
        ),
        (
            "email,last_day\nalfa.doe@corp.example,2199-01-01\nbravo.doe@corp.example,soon\n",
            &["leavers.csv:3: last_day: ", "write 2026-11-30"],
        ),
        ("email,last_day\nalfa.doe@corp.example,,\n", &["leavers.csv:2: has 3 fields"]),
    ];
    for (text, words) in cases {
        std::fs::write(scene.dir().join("leavers.csv"), text).unwrap();
        let told = crate::harness::Ran::of(scene.command().args(["import", "leavers.csv"]).current_dir(scene.dir()));
        told.said(1, words);
        told.said(1, &["imported"]);
        assert_eq!(scene.list().await, [], "{told}");
    }
    let good = "email,last_day\nalfa.doe@corp.example,2199-01-01\nbravo.doe@corp.example,2199-01-02\n";
    let mut import = scene.command();
    let mut child = import
        .args(["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(good.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(scene.list().await.len(), 2);
}
