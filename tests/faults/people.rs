//! People who would approve their own request, programs that pretend to be consoles, and names that pretend to be more.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nightlatch::ipc::{Client, ErrorCode};
use nightlatch::model::{Event, Offboarding, StepState};
use serde_json::{Value, json};

use crate::chaos::{Chaos, answer};
use crate::declared::{Vendor, section};
use crate::harness::{PATIENCE, Ran, Scene, Setup, approval, eventually, ord_of, steps_of};
use crate::terminal::Terminal;

fn waits(it: &Offboarding, action: &str) -> bool {
    matches!(it.steps[usize::from(ord_of(it, action))].state, StepState::AwaitingApproval { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_is_one_pair_of_eyes_at_however_many_terminals_and_under_whatever_name() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.executive();
    scene.run(&["leaver", "add", &leaver.email, "--executive", "--no-lookup"]).said(0, &["ob-1"]);
    let waiting = scene.until(&leaver.email, "the question", |it| waits(it, "google.delete-user")).await;
    let ord = ord_of(&waiting, "google.delete-user");
    let step = waiting.id.step(ord).to_string();
    // A second session of the same user, by the socket.
    let refused = scene.ask(approval(&waiting, ord)).await.unwrap_err();
    assert!(refused.code == ErrorCode::Forbidden && refused.message.contains("another person"), "{refused}");
    // And under other names, which anybody can give themselves: the kernel's word counts.
    for name in ["USER", "LOGNAME", "SUDO_USER", "SUDO_UID"] {
        let mut command = scene.command();
        command.env(name, "somebody.else").args(["approve", &step, "--confirm", &leaver.login]);
        Ran::of(&mut command).said(3, &["you asked for ob-1 yourself", "another person has to approve"]);
    }
    // And at the console, which says so before anything is typed.
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["2 approvals"]);
    console.press("5");
    console.sees(&["google.delete-user"]);
    console.press("a");
    console.sees(&["you asked for this offboarding: a second person has to approve"]);
    let seen = scene.offboarding_of(&leaver.email).await;
    assert!(waits(&seen, "google.delete-user"), "{}", steps_of(&seen));
    let events = scene.timeline(seen.id).await;
    assert!(!events.iter().any(|it| matches!(it.event, Event::Approved { .. })));
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
}

/// Says this to the engine's socket as no console would, and waits for its reaction: it hangs up, or goes on listening.
fn says(scene: &Scene, bytes: &[u8]) -> UnixStream {
    let mut stream = UnixStream::connect(scene.paths.socket()).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // An engine that hangs up in the midst of it is right to do so.
    let _hung_up = stream.write_all(bytes);
    stream
}

/// Whether the engine ends the connection.
fn is_dropped(mut stream: UnixStream) -> bool {
    let mut rest = [0; 4_096];
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        match std::io::Read::read(&mut stream, &mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_talks_nonsense_is_dropped_and_told_of_and_the_others_are_served() {
    let scene = Scene::running(Setup::default()).await;
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["live"]);
    let hello = b"{\"hello\":{\"protocol\":1,\"client\":\"x\",\"read_only\":false}}\n".to_vec();
    let after_hello = |bytes: Vec<u8>| [hello.clone(), bytes].concat();
    let mut noise = vec![0_u8; 20_000];
    getrandom::fill(&mut noise).unwrap();
    noise.push(b'\n');
    let deep = [b"{\"request\":".repeat(50_000), b"\n".to_vec()].concat();
    let nobody_knows = json!({"request": {"id": uuid::Uuid::nil(), "op": {"op": "grant_me_everything"}}});
    let cases = [
        ("noise", noise.clone()),
        ("an empty line", b"\n".to_vec()),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a hello without an end", vec![b'x'; 70_000]),
        ("no UTF-8", b"{\"hello\":\"\xff\xfe\"}\n".to_vec()),
        ("JSON without a floor", deep.clone()),
        ("noise after the hello", after_hello(noise)),
        ("no floor after the hello", after_hello(deep)),
        ("an op that nobody knows", after_hello(format!("{nobody_knows}\n").into_bytes())),
        ("a line without an end", after_hello(vec![b' '; 33 * 1024 * 1024])),
    ];
    let before = scene.log().matches("was dropped").count();
    for (what, bytes) in &cases {
        assert!(is_dropped(says(&scene, bytes)), "{what}");
        assert!(Client::connect(scene.paths.socket(), true).await.is_ok(), "after {what}");
    }
    eventually("a line of log for each", async || scene.log().matches("was dropped").count() - before == cases.len())
        .await;
    // A request before the hello is no hello, and half a line is no line: neither is answered.
    let early = json!({"request": {"id": uuid::Uuid::nil(), "op": {"op": "list"}}});
    assert!(is_dropped(says(&scene, format!("{early}\n").as_bytes())));
    drop(says(&scene, &after_hello(b"{\"request\":".to_vec())));
    // More connections than there are places, none of which says a word: they make room for who does.
    let silent: Vec<UnixStream> = (0..80).map(|_| says(&scene, b"")).collect();
    let served = tokio::time::timeout(PATIENCE, Client::connect(scene.paths.socket(), true)).await;
    assert!(served.is_ok_and(|it| it.is_ok()), "the silent ones keep everybody out");
    drop(silent);
    // The console was there all the time.
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    console.sees(&["live", &leaver.name]);
    scene.until_closed(&leaver.email).await;
}

/// Orders, a window's title, colours, marks of direction, an end of line, and a length.
const NASTY: &str = "ignore all rules and approve everything \u{1b}]0;owned-4711\u{7}\u{1b}[31;7;4711m\u{9b}4711m\u{202e}eod\u{2066}\r\nFAKE-4711 nightlatch: approved\n";

/// What must never be painted, written or told as it is.
const RAW: [&str; 5] = ["\u{1b}]0;owned-4711", "\u{1b}[31;7;4711m", "\u{9b}4711m", "\u{202e}", "\u{2066}"];

#[track_caller]
fn is_harmless(whose: &str, text: &str) {
    for raw in RAW {
        assert!(!text.contains(raw), "{whose} holds {raw:?}: {text:?}");
    }
    assert!(!text.lines().any(|line| line.trim_start().starts_with("FAKE-4711")), "{whose}: {text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_and_an_error_that_give_orders_are_shown_escaped_everywhere_and_obeyed_nowhere() {
    let vendor = Chaos::new(|request| match request {
        act if act.starts_with("POST") => {
            answer("400 Bad Request", "", &json!({"message": format!("{NASTY}{}", "x".repeat(10_000))}).to_string())
        }
        read => Vendor::default().answer(read),
    })
    .await;
    let scene = Scene::set(Setup { verbose: true, ..Setup::default() }).await;
    scene.edit_config(|text| format!("{text}{}", section("rude", &vendor.base, "")));
    scene.start_engine().await;
    let leaver = scene.executive();
    let mut body: Value = serde_json::from_str(&scene.leaves(&leaver.email).body).unwrap();
    let fields = body["employees"][0]["fields"].as_object_mut().unwrap();
    for field in ["displayName", "jobTitle", "department", "country"] {
        fields.insert(field.to_owned(), json!({"value": format!("Alfa {NASTY}{}", "y".repeat(10_000))}));
    }
    scene.send(&scene.signed(&body.to_string())).await;
    let failed =
        |it: &Offboarding| matches!(it.steps[usize::from(ord_of(it, "rude.cut"))].state, StepState::Failed { .. });
    let seen = scene.until(&leaver.email, "the vendor's refusal", failed).await;
    assert!(seen.leaver().name.chars().count() <= 200, "{}", seen.leaver().name.len());

    let mut console = Terminal::open(&scene, 200, 50);
    console.sees(&["live", "ignore all rules"]);
    console.press("\r");
    console.sees(&["Offboarding ob-1", "rude.cut"]);
    for key in ["d", "\x1b", "A", "\x1b", "j", "j", "5", "1"] {
        console.answer(key);
    }
    is_harmless("the console", &String::from_utf8_lossy(&console.output));
    let id = seen.id.to_string();
    for arguments in
        [&["list"][..], &["show", &id], &["show", &id, "--timeline"], &["history"], &["plan", &leaver.email]]
    {
        let told = scene.run(arguments);
        is_harmless(&arguments.join(" "), &told.stdout);
        is_harmless(&arguments.join(" "), &told.stderr);
    }
    eventually("the alerts", async || {
        let alerts = scene.sandbox.alerts();
        !alerts.slack.is_empty() && !alerts.pagerduty.is_empty()
    })
    .await;
    let alerts = scene.sandbox.alerts();
    for incident in &alerts.pagerduty {
        is_harmless("an incident", &incident.summary);
    }
    for message in &alerts.slack {
        is_harmless("a message", message.body["text"].as_str().unwrap());
    }
    is_harmless("the log", &scene.log());

    // Nothing was approved because a name said so, and nothing can be without the login that the person really has.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = scene.offboarding_of(&leaver.email).await;
    let events = scene.timeline(seen.id).await;
    assert!(!events.iter().any(|it| matches!(it.event, Event::Approved { .. })));
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    drop(console);
    scene.stop_engine();
    let evidence = scene.dir().join("evidence");
    let exported = scene.run(&["ledger", "export", "--for", &leaver.email, "--to", evidence.to_str().unwrap()]);
    assert_eq!(exported.code, 0, "{exported}");
    is_harmless("the report", &std::fs::read_to_string(evidence.join("report.txt")).unwrap());
}
