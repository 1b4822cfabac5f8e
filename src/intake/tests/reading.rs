//! Thin webhooks, and people read from the HR system.

use serde_json::json;

use super::engine::FakeEngine;
use super::hr::{FakeHr, Said, person};
use super::sender::{KEY, Running, config, employee, feeds, legacy, thin};
use crate::engine::Parked;
use crate::intake::{LookupError, find};
use crate::model::{NoticeKind, Timestamp};

async fn intake(hr: &FakeHr) -> Running {
    let config = config();
    let feeds = feeds(&config, &[KEY], &hr.base(), Some("synthetic-api-key"));
    Running::start(&config, feeds).await
}

fn gone() -> Said {
    person(&json!({"status": "Inactive"}))
}

fn plain(status: u16) -> Said {
    (status, None, String::new())
}

#[tokio::test]
async fn a_thin_webhook_is_parked_answered_and_its_person_read() {
    let hr = FakeHr::saying(vec![gone()]).await;
    let intake = intake(&hr).await;
    assert_eq!(intake.send(&thin("42", &["status"])).await.results(), ["parked"]);
    intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
    let (notice, parked) = intake.engine.see(|memory| (memory.notices[0].0.clone(), memory.parked[0].clone()));
    assert_eq!((notice.event_id, notice.source), (parked.event_id, parked.source));
    assert_eq!((notice.kind, notice.leaver.email.as_str()), (NoticeKind::Terminated, "alfa.doe@corp.example"));
    assert_eq!((notice.leaver.manager, notice.leaver.zone.as_deref()), (None, Some("Europe/Berlin")));
    let asked = hr.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("GET /api/v1/employees/42?fields="), "{asked:?}");
    for part in
        ["workEmail", "terminationDate", "onlyCurrent=false", "Basic c3ludGhldGljLWFwaS1rZXk6eA==", "application/json"]
    {
        assert!(asked[0].contains(part), "{part}: {asked:?}");
    }
}

#[tokio::test]
async fn the_same_thin_webhook_again_reads_nobody() {
    let hr = FakeHr::saying(vec![gone()]).await;
    let intake = intake(&hr).await;
    let body = thin("42", &["status"]);
    assert_eq!(intake.send(&body).await.results(), ["parked"]);
    assert_eq!(intake.send(&body).await.results(), ["replay"]);
    intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
    assert_eq!(intake.send(&body).await.results(), ["replay"]);
    assert_eq!((hr.asked().len(), intake.engine.see(|memory| memory.taken.len())), (1, 1));
}

#[tokio::test]
async fn whatever_the_hr_system_answers_first_the_leaver_is_read_in_the_end() {
    let limited = (200, Some("0"), json!({"error": {"code": 429, "message": "slow down"}}).to_string());
    for first in [
        (429, Some("0"), String::new()),
        limited,
        plain(503),
        (200, None, "<employee/>".to_owned()),
        (200, None, json!({"id": "7", "workEmail": "other@corp.example", "status": "Inactive"}).to_string()),
        plain(302),
    ] {
        if first.0 == 302 {
            continue; // waits for a person, see below
        }
        let hr = FakeHr::saying(vec![first.clone(), gone()]).await;
        let intake = intake(&hr).await;
        assert_eq!(intake.send(&thin("42", &["status"])).await.results(), ["parked"]);
        intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
        assert_eq!(intake.engine.see(|memory| memory.notices[0].0.leaver.email.clone()), "alfa.doe@corp.example");
        assert_eq!(hr.asked().len(), 2, "{first:?}");
        assert!(intake.counts.tally().trouble.is_empty());
    }
}

#[tokio::test]
async fn a_refused_key_loses_nobody_and_is_shown() {
    let hr = FakeHr::saying(vec![plain(401)]).await;
    let intake = intake(&hr).await;
    assert_eq!(intake.send(&thin("42", &["status"])).await.results(), ["parked"]);
    for _ in 0..200 {
        if !intake.counts.tally().trouble.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let tally = intake.counts.tally();
    assert!(tally.trouble["hr"].contains("refuses the API key") && tally.being_read == 1, "{tally:?}");
    assert!(intake.engine.see(|memory| memory.aside.is_empty() && memory.notices.is_empty()), "still parked");
}

#[tokio::test]
async fn an_unknown_employee_is_set_aside_with_the_cure() {
    let hr = FakeHr::saying(vec![plain(404)]).await;
    let intake = intake(&hr).await;
    assert_eq!(intake.send(&thin("42", &["status"])).await.results(), ["parked"]);
    intake.engine.until("set aside", |memory| memory.aside.len() == 1).await;
    let reason = intake.engine.see(|memory| memory.aside[0].1.clone());
    assert!(reason.contains("no employee 42") && reason.contains("nightlatch leaver add"), "{reason}");
}

#[tokio::test]
async fn a_change_that_is_no_termination_is_set_aside() {
    let hr = FakeHr::saying(vec![person(&json!({}))]).await;
    let intake = intake(&hr).await;
    assert_eq!(intake.send(&thin("42", &["homePhone"])).await.results(), ["parked"]);
    intake.engine.until("set aside", |memory| memory.aside.len() == 1).await;
    assert!(intake.engine.see(|memory| memory.aside[0].1.contains("not a termination")));
    assert_eq!(hr.asked().len(), 1);
}

#[tokio::test]
async fn a_read_that_lags_behind_its_webhook_lets_nobody_off() {
    let hr = FakeHr::saying(vec![person(&json!({})), gone()]).await;
    let intake = intake(&hr).await;
    intake.send(&thin("42", &["status"])).await;
    intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
    assert_eq!(intake.engine.see(|memory| memory.notices[0].0.kind), NoticeKind::Terminated);
}

#[tokio::test]
async fn a_termination_is_called_off_on_the_word_of_two_reads() {
    let hr = FakeHr::saying(vec![gone(), person(&json!({}))]).await;
    let intake = intake(&hr).await;
    intake.send(&thin("42", &["status"])).await;
    intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
    // Even a webhook that carries everything is checked before anything is called off.
    let back = employee(42, "alfa.doe@corp.example", &json!({"status": "Active"}));
    assert_eq!(intake.send(&legacy(&[back])).await.results(), ["parked"]);
    intake.engine.until("the rescission", |memory| memory.notices.len() == 2).await;
    assert_eq!(intake.engine.see(|memory| memory.notices[1].0.kind), NoticeKind::Rescinded);
    assert_eq!(hr.asked().len(), 3);
}

#[tokio::test]
async fn a_webhook_with_a_status_and_no_address_is_completed_by_a_read() {
    let hr = FakeHr::saying(vec![gone()]).await;
    let intake = intake(&hr).await;
    let bare = legacy(&[employee(42, "", &json!({"status": "Inactive"}))]);
    assert_eq!(intake.send(&bare).await.results(), ["parked"]);
    intake.engine.until("the notice", |memory| memory.notices.len() == 1).await;
}

#[tokio::test]
async fn what_was_parked_before_a_restart_is_read_after_it() {
    let hr = FakeHr::saying(vec![gone()]).await;
    let config = config();
    let feeds = feeds(&config, &[KEY], &hr.base(), Some("synthetic-api-key"));
    let (engine, handle) = FakeEngine::start();
    let body = json!({"employee_id": "42", "about_leaving": true});
    let parked = Parked { source: "hr".into(), event_id: "e1".into(), received_at: Timestamp(0), body };
    let foreign = Parked { source: "gone".into(), ..parked.clone() };
    let broken = Parked { event_id: "e2".into(), body: json!(7), ..parked.clone() };
    let aside = Parked { event_id: "e3".into(), body: json!({"set_aside": "because"}), ..parked.clone() };
    let intake = Running::before(&config, feeds, engine, handle, vec![foreign, broken, aside, parked]).await;
    intake.engine.until("the notice", |memory| memory.notices.len() == 1 && memory.aside.len() == 2).await;
    assert_eq!(intake.engine.see(|memory| memory.notices[0].0.event_id.clone()), "e1");
    let mut aside = intake.engine.see(|memory| memory.aside.clone());
    aside.sort();
    assert!(aside[0].0 == "e2" && aside[0].1.contains("cannot be read"), "{aside:?}");
    assert_eq!(aside[1], ("e3".to_owned(), "because".to_owned()));
}

#[tokio::test]
async fn a_person_is_found_by_address_and_by_id() {
    let config = config();
    let directory = json!({"fields": [], "employees": [
        {"id": "41", "workEmail": "bravo.doe@corp.example"},
        {"id": "42", "workEmail": "Alfa.Doe@corp.example"},
    ]});
    let hr = FakeHr::saying(vec![(200, None, directory.to_string()), person(&json!({"department": "Research"}))]).await;
    let feeds = feeds(&config, &[KEY], &hr.base(), Some("k"));
    let leaver = find(&feeds, "ALFA.doe@corp.example").await.unwrap().unwrap();
    assert_eq!((leaver.email.as_str(), leaver.department.as_deref()), ("alfa.doe@corp.example", Some("Research")));
    let by_id = find(&feeds, "42").await.unwrap().unwrap();
    assert_eq!(by_id, leaver);
    assert!(hr.asked()[0].starts_with("GET /api/v1/employees/directory "));
    assert!(matches!(find(&feeds, "alfa doe@corp.example").await, Err(LookupError::NotAName(_))));
}

#[tokio::test]
async fn a_person_nobody_knows_and_a_system_that_is_down_are_told_apart() {
    let config = config();
    let hr = FakeHr::saying(vec![plain(404)]).await;
    let known = feeds(&config, &[KEY], &hr.base(), Some("k"));
    assert_eq!(find(&known, "42").await, Ok(None));
    let down = feeds(&config, &[KEY], "base_url = 'http://127.0.0.1:9'", Some("k"));
    let error = find(&down, "42").await.unwrap_err();
    assert!(error.to_string().contains("hr: the HR system cannot be reached"), "{error}");
    let two =
        json!({"employees": [{"id": "1", "workEmail": "a@corp.example"}, {"id": "2", "workEmail": "a@corp.example"}]});
    let hr =
        FakeHr::saying(vec![(200, None, two.to_string()), person(&json!({"id": "1"})), person(&json!({"id": "2"}))])
            .await;
    let twins = feeds(&config, &[KEY], &hr.base(), Some("k"));
    assert!(matches!(find(&twins, "a@corp.example").await, Err(LookupError::Several { .. })));
}
