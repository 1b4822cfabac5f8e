//! The HR system's read side and the alert channels, against the sandbox: somebody else's reading of the same contracts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use nightlatch::alert::{Alerter, AlertsConfig, BoxFuture, Journal, JournalError};
use nightlatch::config::Section;
use nightlatch::intake::bamboohr::BambooConfig;
use nightlatch::intake::{Feed, Feeds, IntakeConfig, LookupError, find, search, terminated, touched_terminations};
use nightlatch::model::{Actor, AlertKind, Envelope, Event, Timestamp};
use nightlatch::sandbox::{Options, Sandbox};
use nightlatch::vault::Secret;

fn feeds(sandbox: &Sandbox) -> Feeds {
    Feeds::new([feed_named(sandbox, "hr")])
}

fn feed_named(sandbox: &Sandbox, name: &str) -> Feed {
    let intake = IntakeConfig::default();
    let text = format!("webhook_keys = ['env:K']\nbase_url = '{}/bamboohr/api/v1'", sandbox.base_url());
    let config = Section::from_toml("hr", &text).unwrap().parse::<BambooConfig>().unwrap();
    let credentials = sandbox.credentials();
    let keys = vec![Secret::new(credentials.bamboohr_webhook_key.as_str())];
    let api_key = Some(Secret::new(credentials.bamboohr_api_key.as_str()));
    Feed::bamboohr(name, config, keys, api_key, &intake).unwrap()
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

#[tokio::test]
async fn intake_lists_who_is_leaving_and_not_who_was_hired_again() {
    let sandbox = Sandbox::start(Options { people: 12, ..Options::default() }).await.unwrap();
    let feeds = feeds(&sandbox);
    let feed = feeds.get("hr").unwrap();
    let now = jiff::Timestamp::now();
    let day = |days: i64| (now + jiff::SignedDuration::from_hours(24 * days)).strftime("%F").to_string();
    let since = Timestamp::from(now - jiff::SignedDuration::from_hours(1));
    // Nobody was touched: the vendor writes an empty list where a map is meant.
    assert_eq!(touched_terminations(feed, since).await, Ok(Vec::new()));
    let people = sandbox.people();
    let [gone, later, stays] = [&people[0], &people[1], &people[2]];
    assert!(sandbox.terminate(&gone.email, Some(&day(-2))));
    assert!(sandbox.terminate(&later.email, Some(&day(30))));
    assert!(sandbox.terminate(&stays.email, Some(&day(-2))) && sandbox.terminate(&stays.email, None));
    let mut touched = touched_terminations(feed, since).await.unwrap();
    touched.sort();
    let mut expected = vec![gone.employee_id.clone(), later.employee_id.clone()];
    expected.sort();
    assert_eq!(touched, expected);
    let ids = [gone, later, stays].map(|it| it.employee_id.clone());
    let found = terminated(feed, &ids, now.into()).await.unwrap();
    let leaving: Vec<_> =
        found.leaving.iter().map(|it| (it.leaver.email.as_str(), it.effective_at.is_some())).collect();
    assert_eq!(leaving, [(gone.email.as_str(), false), (later.email.as_str(), true)]);
    assert!(found.unusable.is_empty());
    // A day that is to come was typed before `since`: HR shows it no more, and nobody is guessed.
    let after = Timestamp::from(now + jiff::SignedDuration::from_hours(1));
    assert_eq!(touched_terminations(feed, after).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_login_or_a_name_that_fits_several_is_never_guessed() {
    let sandbox = Sandbox::start(Options { people: 12, ..Options::default() }).await.unwrap();
    let feeds = feeds(&sandbox);
    let person = &sandbox.people()[3];
    for who in [&person.login, &person.name.to_lowercase(), &person.employee_id, &person.email] {
        let found = search(&feeds, who).await.unwrap().unwrap();
        assert_eq!(found.email, person.email, "{who}");
    }
    // Part of a name is nobody's name.
    let part = person.name.split(' ').next().unwrap();
    assert_eq!(search(&feeds, part).await, Ok(None));
    let twice = Feeds::new([feed_named(&sandbox, "one"), feed_named(&sandbox, "two")]);
    assert!(matches!(search(&twice, &person.name).await, Err(LookupError::Several { .. })));
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
