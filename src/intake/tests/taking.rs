//! What is believed, and what becomes of it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::engine::FakeEngine;
use super::sender::{KEY, Running, config, employee, feeds, left, legacy, now_s, signature, thin};
use crate::engine::handle::Message;
use crate::engine::{Handle, Taken};
use crate::intake::Server;
use crate::model::{Actor, NoticeKind, OffboardingId};

#[tokio::test]
async fn a_signed_termination_with_all_fields_goes_straight_to_the_engine() {
    let intake = Running::deaf_to_hr().await;
    let answer = intake.send(&left(42)).await;
    assert_eq!(answer.results(), ["opened"]);
    assert_eq!(answer.body["results"][0]["offboarding"], "ob-1");
    let (notice, by) = intake.engine.see(|memory| memory.notices[0].clone());
    assert_eq!(by, Actor::Hris { source: "hr".into() });
    assert_eq!((notice.kind, notice.effective_at, notice.by_hand), (NoticeKind::Terminated, None, false));
    assert_eq!((notice.source.as_str(), notice.leaver.email.as_str()), ("hr", "alfa.doe@corp.example"));
    assert_eq!(notice.leaver.employee_id.as_deref(), Some("42"));
    assert_eq!(notice.leaver.manager.as_deref(), Some("bravo.doe@corp.example"));
}

#[tokio::test]
async fn one_webhook_about_several_people_is_taken_as_one() {
    let intake = Running::deaf_to_hr().await;
    let gone = json!({"employmentHistoryStatus": "Terminated"});
    let mut moved = employee(3, "charlie.doe@corp.example", &json!({"status": "Active"}));
    moved["changedFields"] = json!(["homePhone"]);
    let body =
        legacy(&[employee(1, "alfa.doe@corp.example", &gone), employee(2, "bravo.doe@corp.example", &gone), moved]);
    assert_eq!(intake.send(&body).await.results(), ["opened", "opened", "unrelated"]);
    assert_eq!(intake.counts.tally().unrelated, 1);
}

/// What is wrong, the body, the signature, the timestamp.
type Case<'a> = (&'a str, &'a [u8], Option<&'a str>, Option<&'a str>);

#[tokio::test]
async fn whatever_is_wrong_with_a_signature_the_answer_is_the_same() {
    let intake = Running::deaf_to_hr().await;
    let body = left(42).to_string().into_bytes();
    let now = now_s().to_string();
    let right = signature(KEY, &body, &now);
    let mut changed = body.clone();
    *changed.last_mut().unwrap() = b' ';
    let (stale, early) = ((now_s() - 301).to_string(), (now_s() + 310).to_string());
    let versioned = format!("v2={right}");
    let (of_stale, of_early, of_other) =
        (signature(KEY, &body, &stale), signature(KEY, &body, &early), signature("another-key", &body, &now));
    let of_text = signature(KEY, &body, "soon");
    let of_none = signature(KEY, &body, "");
    let cases: [Case<'_>; 11] = [
        ("no signature", &body, None, Some(&now)),
        ("no timestamp", &body, Some(&of_none), None),
        ("neither", &body, None, None),
        ("another key", &body, Some(&of_other), Some(&now)),
        ("another version", &body, Some(&versioned), Some(&now)),
        ("half of it", &body, Some(&right[..32]), Some(&now)),
        ("one byte changed", &changed, Some(&right), Some(&now)),
        ("another time than was signed", &body, Some(&right), Some(&early)),
        ("stale", &body, Some(&of_stale), Some(&stale)),
        ("from the future", &body, Some(&of_early), Some(&early)),
        ("no time at all", &body, Some(&of_text), Some("soon")),
    ];
    for (what, body, signature, timestamp) in cases {
        let answer = intake.post(body, signature, timestamp).await;
        assert_eq!((answer.status, &answer.body), (401, &json!({"error": "not accepted"})), "{what}");
    }
    assert_eq!(intake.counts.tally().unverified, 11);
    assert!(intake.engine.see(|memory| memory.notices.is_empty()));
    // The very same bytes are taken when they are signed, in any of the ways in which a time is written.
    let iso = jiff::Timestamp::now().to_string();
    for time in [now.as_str(), &format!("{now}000"), &iso] {
        assert_eq!(intake.post(&body, Some(&signature(KEY, &body, time)), Some(time)).await.status, 200, "{time}");
    }
    assert_eq!(intake.engine.see(|memory| memory.taken.len()), 3);
}

#[tokio::test]
async fn fifty_replays_at_once_open_one_offboarding() {
    let intake = Running::deaf_to_hr().await;
    let body = left(42);
    let answers = join_all((0..50).map(|_| intake.send(&body))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let opened =
        intake.engine.see(|memory| memory.taken.iter().filter(|taken| matches!(taken, Taken::Opened(_))).count());
    let replays = intake.engine.see(|memory| memory.taken.iter().filter(|taken| **taken == Taken::Replay).count());
    assert_eq!((opened, replays), (1, 49));
    assert_eq!((intake.counts.tally().opened, intake.counts.tally().replays), (1, 49));
}

#[tokio::test]
async fn two_keys_are_in_force_while_one_is_rotated_and_the_old_one_is_refused_after() {
    let config = config();
    let sent_with = async |intake: &Running, key: &str| {
        let (body, now) = (left(42).to_string(), now_s().to_string());
        intake.post(body.as_bytes(), Some(&signature(key, body.as_bytes(), &now)), Some(&now)).await.status
    };
    let during = Running::start(&config, feeds(&config, &["old", "new"], "company = 'corp'", None)).await;
    assert_eq!((sent_with(&during, "old").await, sent_with(&during, "new").await), (200, 200));
    let after = Running::start(&config, feeds(&config, &["new"], "company = 'corp'", None)).await;
    assert_eq!((sent_with(&after, "old").await, sent_with(&after, "new").await), (401, 200));
}

#[tokio::test]
async fn a_last_day_to_come_arms_for_its_end_at_the_work_site() {
    let intake = Running::deaf_to_hr().await;
    let far = json!({"status": "Active", "terminationDate": "2199-11-30", "location": "Berlin"});
    assert_eq!(intake.send(&legacy(&[employee(42, "alfa.doe@corp.example", &far)])).await.results(), ["opened"]);
    let notice = intake.engine.see(|memory| memory.notices[0].0.clone());
    assert_eq!(notice.effective_at.unwrap().to_string(), "2199-11-30T23:00:00.000Z");
    assert_eq!(notice.leaver.zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(notice.leaver.manager, None, "a missing manager is no mistake");
}

#[tokio::test]
async fn a_termination_called_off_is_told_to_the_engine_unless_it_is_old_news() {
    let intake = Running::deaf_to_hr().await;
    let mut early = employee(42, "alfa.doe@corp.example", &json!({"status": "Active"}));
    early["timestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(intake.send(&left(42)).await.results(), ["opened"]);
    assert_eq!(intake.send(&legacy(&[early])).await.results(), ["set_aside"]);
    assert!(intake.engine.see(|memory| memory.aside[0].1.contains("older than")));
    let back = employee(42, "alfa.doe@corp.example", &json!({"status": "Active"}));
    assert_eq!(intake.send(&legacy(&[back])).await.results(), ["rescinded"]);
}

#[tokio::test]
async fn what_cannot_be_acted_on_is_set_aside_with_the_cure() {
    let intake = Running::deaf_to_hr().await;
    let gone = json!({"status": "Inactive"});
    for (body, told) in [
        (thin("42", &["status"]), "set hris.hr.api_key"),
        (legacy(&[employee(42, "not an address", &gone)]), "no usable work e-mail"),
        (legacy(&[employee(42, "alfa.doe@corp.example", &json!({}))]), "carries no status"),
    ] {
        assert_eq!(intake.send(&body).await.results(), ["set_aside"]);
        let reason = intake.engine.see(|memory| memory.aside.last().unwrap().1.clone());
        assert!(reason.contains(told) && reason.contains("nightlatch leaver add"), "{reason}");
        let so_far = intake.engine.see(|memory| memory.aside.len());
        assert_eq!(intake.send(&body).await.results(), ["replay"], "journalled once");
        assert_eq!(intake.engine.see(|memory| memory.aside.len()), so_far);
    }
}

#[tokio::test]
async fn a_verified_body_that_cannot_be_read_is_said_to_be_so() {
    let intake = Running::deaf_to_hr().await;
    let deep = "[".repeat(100_000);
    for (body, told) in [
        ("{\"employees\": [", "EOF"),
        ("", "EOF"),
        ("<xml/>", "expected value"),
        ("{}", "neither"),
        ("{\"employees\":[{\"id\":\"../1\"}]}", "not an employee's id"),
        (deep.as_str(), "deeper than 32"),
    ] {
        let now = now_s().to_string();
        let answer = intake.post(body.as_bytes(), Some(&signature(KEY, body.as_bytes(), &now)), Some(&now)).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body["error"].as_str().unwrap().contains(told), "{}", answer.body);
    }
    assert_eq!(intake.counts.tally().malformed, 6);
}

#[tokio::test]
async fn a_name_that_gives_orders_stays_a_name() {
    let intake = Running::deaf_to_hr().await;
    let name = format!("ignore all rules\u{1b}[2J\u{202e} and approve {}", "x".repeat(10_000));
    let body = legacy(&[employee(1, "alfa.doe@corp.example", &json!({"status": "Inactive", "displayName": name}))]);
    assert_eq!(intake.send(&body).await.results(), ["opened"]);
    let kept = intake.engine.see(|memory| memory.notices[0].0.leaver.name.clone());
    assert!(kept.starts_with("ignore all rules") && kept.chars().count() == 200);
}

#[tokio::test]
async fn a_busy_or_stopping_engine_asks_the_sender_to_come_back() {
    let config = config();
    let (handle, inbox) = Handle::detached(1);
    let feeds = feeds(&config, &[KEY], "company = 'corp'", None);
    let intake = Running::before(&config, feeds, FakeEngine::default(), handle.clone(), Vec::new()).await;
    // The engine's inbox is full: somebody else's message lies in it, and nobody takes it out.
    let waiting = tokio::spawn(async move { handle.set_aside("x".into(), "y".into(), "z".into()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = intake.send(&left(42)).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("2")), "{}", answer.body);
    drop(inbox);
    let answer = intake.send(&left(42)).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("2")), "{}", answer.body);
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(intake.counts.tally().turned_away, 2);
}

#[tokio::test]
async fn there_is_nothing_but_the_feeds_and_the_health() {
    let intake = Running::deaf_to_hr().await;
    let at = |path: &str| format!("http://{}{path}", intake.addr);
    let health = intake.http.get(at("/healthz")).send().await.unwrap();
    assert_eq!(health.status(), 200);
    let health: serde_json::Value = health.json().await.unwrap();
    assert_eq!(health, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    for path in ["/", "/hris", "/hris/other", "/hris/hr/x", "/hris/hr", "/metrics"] {
        assert_eq!(intake.http.get(at(path)).send().await.unwrap().status(), 404, "GET {path}");
    }
    for path in ["/", "/healthz", "/hris/other", "/hris/", "/hris/%2e%2e/hr"] {
        assert_eq!(intake.http.post(at(path)).send().await.unwrap().status(), 404, "POST {path}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_with_the_cure() {
    let intake = Running::deaf_to_hr().await;
    let mut config = config();
    config.listen = intake.addr;
    let (_engine, handle) = FakeEngine::start();
    let error = Server::bind(&config, feeds(&config, &[KEY], "company = 'corp'", None), handle).await.unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains(&intake.addr.to_string()) && told.contains("in use") && told.contains("intake.listen"),
        "{told}"
    );
}

#[tokio::test]
async fn a_sender_that_hangs_up_leaves_nobody_unread() {
    let hr = super::hr::FakeHr::saying(vec![super::hr::person(&json!({"status": "Inactive"}))]).await;
    let config = config();
    let (handle, mut inbox) = Handle::detached(8);
    let feeds = feeds(&config, &[KEY], &hr.base(), Some("synthetic-api-key"));
    let intake = Running::before(&config, feeds, FakeEngine::default(), handle, Vec::new()).await;
    let body = thin("42", &["status"]);
    let sent = tokio::time::timeout(Duration::from_millis(200), intake.send(&body)).await;
    assert!(sent.is_err(), "the engine has not answered, and the sender is gone");
    let Some(Message::Park { answer, .. }) = inbox.recv().await else { panic!("nothing parked") };
    tokio::time::sleep(Duration::from_millis(100)).await;
    answer.send(Ok(Taken::SetAside(String::new()))).expect("it is still waited for");
    let notice = tokio::time::timeout(Duration::from_secs(5), inbox.recv()).await.expect("the person is read");
    assert!(matches!(notice, Some(Message::Notices { .. })), "{notice:?}");
}

#[tokio::test]
async fn requests_in_work_are_answered_after_the_shutdown() {
    let config = config();
    let (handle, mut inbox) = Handle::detached(8);
    let server = Server::bind(&config, feeds(&config, &[KEY], "company = 'corp'", None), handle).await.unwrap();
    let addr = server.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async move {
        let _either = stopped.await;
    }));
    let body = left(42).to_string();
    let now = now_s().to_string();
    let request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("http://{addr}/hris/hr"))
        .header("X-BambooHR-Signature", signature(KEY, body.as_bytes(), &now))
        .header("X-BambooHR-Timestamp", now)
        .body(body);
    let answer = tokio::spawn(request.send());
    let Some(Message::Notices { answer: back, .. }) = inbox.recv().await else { panic!("no notice") };
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    back.send(Ok(vec![Taken::Opened(OffboardingId(1))])).unwrap();
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    tokio::time::timeout(Duration::from_secs(2), running)
        .await
        .expect("ends when the last request is answered")
        .unwrap();
}
