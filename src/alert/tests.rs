//! Both channels on real sockets, before a journal in memory.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::channel::Channel;
use super::pagerduty::PagerDuty;
use super::slack::Slack;
use super::*;
use crate::model::{Actor, Event, Timestamp};
use crate::vault::Secret;

#[derive(Default)]
struct Memory {
    events: Mutex<Vec<Envelope>>,
    cursors: Mutex<HashMap<String, u64>>,
}

impl Journal for Memory {
    fn alerts_from(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Envelope>, JournalError>> {
        let is_alert = |event: &Event| matches!(event, Event::AlertRaised { .. } | Event::AlertResolved { .. });
        let events = self.events.lock().unwrap();
        let later = events.iter().filter(|envelope| envelope.seq >= from && is_alert(&envelope.event));
        let page = later.take(limit as usize).cloned().collect();
        Box::pin(async move { Ok(page) })
    }

    fn cursor<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<u64, JournalError>> {
        let cursor = self.at(name).unwrap_or(0);
        Box::pin(async move { Ok(cursor) })
    }

    fn advance<'a>(&'a self, name: &'a str, next: u64) -> BoxFuture<'a, Result<(), JournalError>> {
        self.cursors.lock().unwrap().insert(name.to_owned(), next);
        Box::pin(async { Ok(()) })
    }
}

impl Memory {
    fn push(&self, event: Event) {
        let mut events = self.events.lock().unwrap();
        let seq = events.len() as u64;
        events.push(Envelope { seq, at: Timestamp(1_795_392_000_000), actor: Actor::Engine, event });
    }

    fn raise(&self, key: &str, kind: AlertKind, summary: &str) {
        self.push(Event::AlertRaised { key: key.into(), kind, summary: summary.into() });
    }

    fn resolve(&self, key: &str) {
        self.push(Event::AlertResolved { key: key.into() });
    }

    fn at(&self, name: &str) -> Option<u64> {
        self.cursors.lock().unwrap().get(name).copied()
    }
}

/// The other side: keeps what it is sent; its answer can be changed.
#[derive(Clone)]
struct Other {
    addr: SocketAddr,
    got: Arc<Mutex<Vec<(String, Value)>>>,
    says: Arc<Mutex<(u16, String)>>,
}

impl Other {
    async fn saying(status: u16, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = Self {
            addr: listener.local_addr().unwrap(),
            got: Arc::default(),
            says: Arc::new(Mutex::new((status, body.to_owned()))),
        };
        let this = other.clone();
        let app = Router::new().fallback(move |uri: axum::http::Uri, body: String| {
            this.got.lock().unwrap().push((uri.path().to_owned(), serde_json::from_str(&body).unwrap()));
            let (status, said) = this.says.lock().unwrap().clone();
            async move { (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")], said).into_response() }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        other
    }

    async fn slack() -> Self {
        Self::saying(200, "ok").await
    }

    async fn pagerduty() -> Self {
        Self::saying(202, r#"{"status":"success","message":"Event processed","dedup_key":"x"}"#).await
    }

    fn says(&self, status: u16, body: &str) {
        *self.says.lock().unwrap() = (status, body.to_owned());
    }

    fn got(&self) -> Vec<Value> {
        self.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

struct Told {
    wake: watch::Sender<u64>,
    states: watch::Receiver<BTreeMap<String, ChannelState>>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Told {
    fn wake(&self) {
        self.wake.send_modify(|n| *n += 1);
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

fn start(journal: &Arc<Memory>, slack: &Other, pagerduty: &Other) -> Told {
    let url = Secret::new(format!("http://{}/services/T/B/synthetic", slack.addr));
    let slack = Slack::new(url, "prod").unwrap();
    let pagerduty = PagerDuty::new(&format!("http://{}", pagerduty.addr), Secret::new("routing"), "prod").unwrap();
    let journal: Arc<dyn Journal> = Arc::clone(journal) as Arc<dyn Journal>;
    let alerter = Alerter::with(vec![Channel::Slack(slack), Channel::PagerDuty(pagerduty)], journal);
    let states = alerter.states();
    let (wake, woken) = watch::channel(0);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(alerter.run(woken, async move {
        let _either = stopped.await;
    }));
    Told { wake, states, stop, task }
}

async fn until(what: &str, done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// A journal whose channels have told everything so far.
async fn journal() -> Arc<Memory> {
    let journal = Arc::new(Memory::default());
    journal.push(Event::EngineStarted { epoch: 1, version: "0".into() });
    for channel in ["alert.slack", "alert.pagerduty"] {
        journal.advance(channel, 1).await.unwrap();
    }
    journal
}

#[tokio::test]
async fn an_alert_and_its_resolving_are_told_everywhere_under_one_key() {
    let (journal, slack, pagerduty) = (journal().await, Other::slack().await, Other::pagerduty().await);
    let told = start(&journal, &slack, &pagerduty);
    journal.raise("ob-1/3", AlertKind::StepFailed, "okta.suspend failed for <!channel> & \u{1b}[2Jmore");
    told.wake();
    until("both raised", || slack.got().len() == 1 && pagerduty.got().len() == 1).await;
    journal.resolve("ob-1/3");
    told.wake();
    until("both resolved", || slack.got().len() == 2 && pagerduty.got().len() == 2).await;
    let (raised, resolved) = (pagerduty.got()[0].clone(), pagerduty.got()[1].clone());
    assert_eq!(pagerduty.got.lock().unwrap()[0].0, "/v2/enqueue");
    assert_eq!((&raised["event_action"], &resolved["event_action"]), (&json!("trigger"), &json!("resolve")));
    assert_eq!((&raised["dedup_key"], &raised["dedup_key"]), (&json!("prod/ob-1/3"), &resolved["dedup_key"]));
    assert_eq!((&raised["payload"]["severity"], &raised["payload"]["class"]), (&json!("error"), &json!("step_failed")));
    assert_eq!(raised["payload"]["summary"], "okta.suspend failed for <!channel> & [2Jmore");
    assert_eq!((&raised["routing_key"], &raised["payload"]["source"]), (&json!("routing"), &json!("prod")));
    let text = slack.got()[0]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("ERROR okta.suspend failed for &lt;!channel&gt; &amp; [2Jmore (ob-1/3, prod"), "{text}");
    assert!(slack.got()[1]["text"].as_str().unwrap().starts_with("RESOLVED okta.suspend failed"));
    until("the cursors", || journal.at("alert.slack") == Some(3) && journal.at("alert.pagerduty") == Some(3)).await;
}

#[tokio::test]
async fn a_channel_that_is_down_holds_up_no_other_and_catches_up() {
    let (journal, slack, pagerduty) = (journal().await, Other::saying(503, "down").await, Other::pagerduty().await);
    let told = start(&journal, &slack, &pagerduty);
    journal.raise("a", AlertKind::Flood, "one");
    told.wake();
    until("slack tried", || !slack.got().is_empty()).await;
    journal.resolve("a");
    journal.raise("b", AlertKind::StepNeedsHuman, "two");
    told.wake();
    until("pagerduty has all", || pagerduty.got().len() == 3).await;
    assert_eq!(journal.at("alert.slack"), Some(1), "nothing was taken there");
    assert!(told.states.borrow()["alert.slack"].trouble.as_deref().unwrap().contains("503"));
    assert_eq!(told.states.borrow()["alert.pagerduty"].trouble, None);
    slack.says(200, "ok");
    until("slack has all", || journal.at("alert.slack") == Some(4)).await;
    let text: String = slack.got().iter().map(|body| body["text"].as_str().unwrap().to_owned() + "\n").collect();
    let last = text.rfind("CRITICAL one").unwrap();
    assert!(text[last..].contains("RESOLVED one") && text[last..].contains("WARNING two"), "{text}");
    assert_eq!(told.states.borrow()["alert.slack"].trouble, None);
}

#[tokio::test]
async fn what_a_stopped_process_left_untold_the_next_one_tells() {
    let (journal, slack, pagerduty) =
        (journal().await, Other::saying(200, "<html>log in</html>").await, Other::pagerduty().await);
    let first = start(&journal, &slack, &pagerduty);
    journal.raise("a", AlertKind::Rollback, "one");
    first.wake();
    until("told one side", || journal.at("alert.pagerduty") == Some(2) && !slack.got().is_empty()).await;
    first.stop().await;
    journal.raise("b", AlertKind::StepAmbiguous, "two");
    let slack = Other::slack().await;
    let _second = start(&journal, &slack, &pagerduty);
    until("all told", || journal.at("alert.slack") == Some(3) && journal.at("alert.pagerduty") == Some(3)).await;
    assert_eq!(slack.got().len(), 1);
    let text = slack.got()[0]["text"].as_str().unwrap().to_owned();
    assert!(
        text.contains("CRITICAL one") && text.contains("WARNING two"),
        "a 200 that Slack did not say is none: {text}"
    );
    assert_eq!(pagerduty.got().len(), 2, "and nothing twice");
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_sent_again_and_holds_up_nothing() {
    let (journal, slack, pagerduty) = (journal().await, Other::slack().await, Other::pagerduty().await);
    pagerduty.says(400, r#"{"status":"invalid event","message":"Event object is invalid","errors":["no"]}"#);
    slack.says(400, "invalid_payload");
    let told = start(&journal, &slack, &pagerduty);
    journal.raise("a", AlertKind::StepFailed, "one");
    told.wake();
    until("refused", || journal.at("alert.slack") == Some(2) && journal.at("alert.pagerduty") == Some(2)).await;
    assert!(told.states.borrow()["alert.pagerduty"].trouble.as_deref().unwrap().contains("Event object is invalid"));
    slack.says(200, "ok");
    pagerduty.says(202, r#"{"status":"success"}"#);
    journal.raise("b", AlertKind::StepFailed, "two");
    told.wake();
    until("the next", || journal.at("alert.slack") == Some(3) && journal.at("alert.pagerduty") == Some(3)).await;
    assert_eq!((slack.got().len(), pagerduty.got().len()), (2, 2));
}

#[tokio::test]
async fn a_throttled_alert_is_sent_again() {
    let (journal, slack, pagerduty) =
        (journal().await, Other::saying(429, "rate_limited").await, Other::saying(429, "{}").await);
    let told = start(&journal, &slack, &pagerduty);
    journal.raise("a", AlertKind::StepFailed, "one");
    told.wake();
    until("tried", || !slack.got().is_empty() && !pagerduty.got().is_empty()).await;
    slack.says(200, "ok");
    pagerduty.says(202, r#"{"status":"success"}"#);
    until("told", || journal.at("alert.slack") == Some(2) && journal.at("alert.pagerduty") == Some(2)).await;
}

#[tokio::test]
async fn a_channel_that_is_new_to_an_old_journal_is_told_what_is_open_and_no_more() {
    let journal = Arc::new(Memory::default());
    for n in 0..400 {
        journal.raise(&format!("old-{n}"), AlertKind::StepFailed, "old");
        journal.resolve(&format!("old-{n}"));
    }
    journal.raise("open", AlertKind::StepFailed, "still");
    journal.push(Event::EngineStopped {});
    let (slack, pagerduty) = (Other::slack().await, Other::pagerduty().await);
    let _told = start(&journal, &slack, &pagerduty);
    until("the cursors", || journal.at("alert.slack") == Some(801) && journal.at("alert.pagerduty") == Some(801)).await;
    assert_eq!((slack.got().len(), pagerduty.got().len()), (1, 1));
    assert_eq!(pagerduty.got()[0]["dedup_key"], "prod/open");
}

#[test]
fn a_secret_is_sent_in_clear_to_nobody_and_shown_to_nobody() {
    let error = Slack::new(Secret::new("http://hooks.example/services/hush"), "prod").unwrap_err();
    assert!(error.contains("https") && !error.contains("hush"), "{error}");
    let slack = Slack::new(Secret::new("https://hooks.example/services/hush"), "prod").unwrap();
    assert!(!format!("{slack:?}").contains("hush"));
    let pagerduty = PagerDuty::new("https://events.example", Secret::new("hush"), "prod").unwrap();
    assert!(!format!("{pagerduty:?}").contains("hush"));
}
