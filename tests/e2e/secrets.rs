//! Every secret is a canary: none of them is ever seen outside its file.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use nightlatch::sandbox::Fault;
use serde_json::Value;

use crate::harness::{Scene, Setup, eventually};
use crate::terminal::Terminal;

/// What must not be seen, by the name of what it is.
pub(crate) fn canaries(scene: &Scene, hook: &str) -> Vec<(String, String)> {
    let mut canaries = vec![("slack webhook".to_owned(), hook.to_owned())];
    for entry in std::fs::read_dir(scene.dir().join("secrets")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        if let Ok(Value::Object(file)) = serde_json::from_str(&text) {
            canaries.extend(key_lines(&name, file["private_key"].as_str().unwrap()));
        } else if text.contains("PRIVATE KEY") {
            canaries.extend(key_lines(&name, &text));
        } else if name == "bamboohr-api-key" {
            canaries.push((format!("{name}, as it is sent"), BASE64_STANDARD.encode(format!("{text}:x"))));
            canaries.push((name, text));
        } else if name != "slack-webhook" {
            canaries.push((name, text));
        }
    }
    // What the keys are exchanged for: assertions, by how their first part begins, and access tokens, by their header.
    let derived = [("a signed assertion", "eyJ0eXAi"), ("a signed assertion", "eyJhbGci"), ("a token", "Bearer ")];
    canaries.extend(derived.map(|(name, canary)| (name.to_owned(), canary.to_owned())));
    assert!(canaries.len() > 12 && canaries.iter().all(|(_, canary)| canary.len() >= 7), "{}", canaries.len());
    canaries
}

/// Each line of a key by itself: half a key is a leak, too.
fn key_lines(name: &str, pem: &str) -> Vec<(String, String)> {
    let lines = pem.lines().filter(|line| line.len() > 40 && !line.contains("---")).take(3);
    lines.map(|line| (name.to_owned(), line.to_owned())).collect()
}

/// Which canaries are in these bytes.
pub(crate) fn hold(where_from: &str, bytes: &[u8], canaries: &[(String, String)]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let found = canaries.iter().filter(|(_, canary)| text.contains(canary.as_str()));
    found.map(|(name, _)| format!("{name} in {where_from}")).collect()
}

pub(crate) fn files_under(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|it| it.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_the_log_the_journal_any_output_or_on_the_screen() {
    // Everything is logged, as by an operator in trouble.
    let scene = Scene::set(Setup { verbose: true, ..Setup::default() }).await;
    let hook = "T0CANARY4711/B0CANARY0815/canaryOfTheWebhook";
    let secret = scene.dir().join("secrets/slack-webhook");
    std::fs::write(&secret, format!("{}/hooks/slack/{hook}", scene.sandbox.base_url())).unwrap();
    let canaries = canaries(&scene, hook);
    scene.start_engine().await;
    let mut console = Terminal::open(&scene, 200, 60);
    console.sees(&["live"]);

    // Vendors that fail in every way in turn, with two who leave in the midst of it.
    let mut outputs: Vec<(String, Vec<u8>)> = Vec::new();
    for (nth, status) in [401, 403, 400, 500, 429].into_iter().enumerate() {
        for vendor in ["google", "okta", "slack", "github", "desk"] {
            let vendor = vendor.to_owned();
            let (probability, lost_answers) = (0.5, 0.3);
            scene.sandbox.set_fault(Fault {
                vendor,
                status: Some(status),
                probability,
                lost_answers,
                ..Fault::default()
            });
        }
        let leaver = scene.employee(nth);
        scene.send(&scene.leaves(&leaver.email)).await;
        outputs.push((format!("check under {status}"), scene.run(&["check"]).to_string().into_bytes()));
        let told = scene.run(&["plan", &scene.employee(20).email]).to_string();
        outputs.push((format!("plan under {status}"), told.into_bytes()));
        scene.sandbox.clear_faults();
    }
    eventually("an alert", async || !scene.sandbox.alerts().slack.is_empty()).await;
    let executive = scene.executive();
    scene.send(&scene.leaves(&executive.email)).await;
    console.press("\r");
    console.sees(&["Offboarding ob-"]);
    for key in ["d", "\x1b", "A", "\x1b", "j", "j", "?", "\x1b", ":", "\x1b"] {
        console.answer(key);
    }
    eventually("rest", async || {
        let _retried = scene.run(&["retry", "--all-failed"]);
        scene.list().await.iter().all(|it| it.counts.attention + it.counts.retrying + it.counts.ambiguous == 0)
    })
    .await;
    let ids: Vec<String> = scene.list().await.iter().map(|it| it.id.to_string()).collect();
    let mut asked: Vec<Vec<&str>> =
        vec![vec!["list", "--all"], vec!["history"], vec!["check"], vec!["ledger", "status"], vec!["ledger", "verify"]];
    for id in &ids {
        asked.extend([vec!["show", id], vec!["show", id, "--timeline"]]);
    }
    for arguments in asked {
        for json in [false, true] {
            let mut arguments = arguments.clone();
            arguments.extend(json.then_some("--json"));
            let told = scene.run(&arguments);
            assert!(!told.stdout.is_empty(), "{arguments:?}: {told}");
            outputs.push((arguments.join(" "), told.to_string().into_bytes()));
        }
    }
    let alerts = scene.sandbox.alerts();
    for message in &alerts.slack {
        outputs.push(("a message to Slack".to_owned(), message.body.to_string().into_bytes()));
    }
    for incident in &alerts.pagerduty {
        outputs.push(("an incident".to_owned(), format!("{incident:?}").into_bytes()));
    }
    outputs.push(("the screen".to_owned(), console.output.clone()));
    outputs.push(("the screens".to_owned(), console.screens.join("\n").into_bytes()));
    outputs.push(("the engine's log".to_owned(), scene.log().into_bytes()));
    let journal = scene.paths.journal();
    for file in files_under(scene.paths.state_dir()) {
        // The engine's own key is a secret of its own; sockets have no bytes.
        if file.is_file() && file != scene.paths.signing_key() {
            outputs.push((file.display().to_string(), std::fs::read(&file).unwrap()));
        }
    }
    for part in ["-wal", ""] {
        let name = format!("{}{part}", journal.display());
        assert!(outputs.iter().any(|(from, bytes)| *from == name && !bytes.is_empty()), "{name} was not looked at");
    }
    assert!(scene.log().lines().count() > 100, "the log is not a verbose one:\n{}", scene.log());
    // What an auditor is handed is an output, too.
    drop(console);
    scene.stop_engine();
    let evidence = scene.dir().join("evidence");
    for more in [&[][..], &["--for", executive.email.as_str()]] {
        let folder = evidence.join(more.len().to_string());
        let told = scene.run(&[&["ledger", "export", "--to", folder.to_str().unwrap()], more].concat());
        told.said(0, &[]);
        for file in files_under(&folder) {
            outputs.push((file.display().to_string(), std::fs::read(&file).unwrap()));
        }
    }
    let leaks: Vec<String> = outputs.iter().flat_map(|(from, bytes)| hold(from, bytes, &canaries)).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
