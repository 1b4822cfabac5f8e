//! The HR system's read side and the alert channels, against the sandbox: somebody else's reading of the same contracts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use nightlatch::alert::{Alerter, AlertsConfig, BoxFuture, Journal, JournalError};
use nightlatch::config::Section;
use nightlatch::intake::bamboohr::BambooConfig;
use nightlatch::intake::{Feed, Feeds, IntakeConfig, find};
use nightlatch::model::{Actor, AlertKind, Envelope, Event, Timestamp};
use nightlatch::sandbox::{Options, Sandbox};
use nightlatch::vault::Secret;

fn feeds(sandbox: &Sandbox) -> Feeds {
    let intake = IntakeConfig::default();
    let text = format!("webhook_keys = ['env:K']\nbase_url = '{}/bamboohr/api/v1'", sandbox.base_url());
    let config = Section::from_toml("hr", &text).unwrap().parse::<BambooConfig>().unwrap();
    let credentials = sandbox.credentials();
    let keys = vec![Secret::new(credentials.bamboohr_webhook_key.as_str())];
    let api_key = Some(Secret::new(credentials.bamboohr_api_key.as_str()));
    Feeds::new([Feed::bamboohr("hr", config, keys, api_key, &intake).unwrap()])
}

#[tokio::test]
async fn intake_finds_everybody_in_the_sandboxs_directory() {
    let sandbox = Sandbox::start(Options { people: 12, ..Options::default() }).await.unwrap();
    let feeds = feeds(&sandbox);
    for person in sandbox.people() {
        let leaver = find(&feeds, &person.email.to_uppercase()).await.unwrap().expect("is in the directory");
        assert_eq!((&leaver.email, &leaver.name), (&person.email, &person.name));
        assert_eq!(leaver.employee_id.as_ref(), Some(&person.employee_id));
        assert_eq!((leaver.executive, leaver.privileged), (person.executive, person.privileged));
        assert_eq!((leaver.manager, leaver.department), (person.manager_email, Some(person.department)));
        assert_eq!(find(&feeds, &person.employee_id).await.unwrap().unwrap().email, person.email);
    }
    assert_eq!(find(&feeds, "nobody.here@corp.example").await, Ok(None));
}

struct Two;

impl Journal for Two {
    fn alerts_from(&self, from: u64, _limit: u32) -> BoxFuture<'_, Result<Vec<Envelope>, JournalError>> {
        let raised = Event::AlertRaised { key: "flood".into(), kind: AlertKind::Flood, summary: "many left".into() };
        let resolved = Event::AlertResolved { key: "flood".into() };
        let all = [(1, raised), (2, resolved)];
        let envelope = |(seq, event)| Envelope { seq, at: Timestamp(0), actor: Actor::Engine, event };
        let page = all.into_iter().filter(|(seq, _)| *seq >= from).map(envelope).collect();
        Box::pin(async move { Ok(page) })
    }

    fn cursor<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<u64, JournalError>> {
        Box::pin(async { Ok(1) })
    }

    fn advance<'a>(&'a self, _name: &'a str, _next: u64) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn alerts_reach_both_channels_of_the_sandbox() {
    let sandbox = Sandbox::start(Options { people: 2, ..Options::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str, value: &str| {
        let path = folder.path().join(name);
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, value.as_bytes()).unwrap();
        format!("file:{}", path.display())
    };
    let slack = secret("slack", &format!("{}/hooks/slack/T/B/synthetic", sandbox.base_url()));
    let routing_key = secret("pagerduty", &sandbox.credentials().pagerduty_routing_key);
    let text = format!(
        "installation = 'prod'\nslack_webhook = '{slack}'\npagerduty = {{ routing_key = '{routing_key}', base_url = '{}/pagerduty' }}",
        sandbox.base_url()
    );
    let config = AlertsConfig::read(&Section::from_toml("alerts", &text).unwrap()).unwrap();
    let alerter = Alerter::new(&config, Arc::new(Two)).unwrap();
    let (_wake, woken) = tokio::sync::watch::channel(0);
    tokio::spawn(alerter.run(woken, std::future::pending()));
    for _ in 0..500 {
        let got = sandbox.alerts();
        if got.slack.len() == 1 && got.pagerduty.first().is_some_and(|incident| incident.state == "resolved") {
            let incident = &got.pagerduty[0];
            assert_eq!((incident.dedup_key.as_str(), incident.severity.as_str()), ("prod/flood", "critical"));
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not told: {:?}", sandbox.alerts());
}
