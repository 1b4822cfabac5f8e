//! What a new user gets wrong when they declare a tool: each is said, and none is taken for "nobody" or "done".

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Leaver, Outcome, Verdict};
use serde_json::json;

use super::bench::{Rig, refused};
use super::stub::{Stub, answer};

const BADGES: &str = r#"
type = "http"
base_url = "BASE/v2"
probe = { url = "/ping" }

[locate]
request = { url = "/badges?mail={{ leaver.email }}" }
by_id = { url = "/badges/{{ account.id }}" }
list = "/items"
id = "/badge_id"
label = "/holder/mail"
match = "/holder/mail"

[[actions]]
name = "block"
title = "Blocks the badge"
danger = "reversible"
class = "idempotent"
request = { method = "PUT", url = "/badges/{{ account.id }}/state", body = { state = "blocked" } }
done = [{ status = 200 }]
already = [{ status = 409 }]
verify = { request = { url = "/badges/{{ account.id }}" }, dead = [{ pointer = "/state", equals = "blocked" }, { status = 404 }] }
"#;

/// An office with one badge, that of alfa.doe, and how often it was asked to change it.
struct Office {
    stub: Stub,
    changes: Arc<AtomicUsize>,
}

impl Office {
    async fn new() -> Self {
        let changes = Arc::new(AtomicUsize::new(0));
        let (counted, blocked) = (Arc::clone(&changes), AtomicBool::new(false));
        let stub = Stub::new(move |request| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            if request.starts_with("PUT /v2/badges/B-1000/state ") {
                counted.fetch_add(1, Relaxed);
                blocked.store(request.contains("blocked"), Relaxed);
            }
            let state = if blocked.load(Relaxed) { "blocked" } else { "active" };
            let badge = json!({
                "badge_id": "B-1000", "holder": { "mail": "alfa.doe@corp.example", "name": "Alfa Doe" }, "state": state,
            });
            let (status, body) = match path.split_once('?').unwrap_or((path, "")) {
                ("/v2/ping", _) => ("200 OK", json!({ "ok": true })),
                ("/v2/badges", query) if query.starts_with("mail=alfa.doe") => ("200 OK", json!({ "items": [badge] })),
                ("/v2/badges", _) => ("200 OK", json!({ "items": [] })),
                ("/v2/badges/B-1000" | "/v2/badges/B-1000/state", _) => ("200 OK", badge),
                ("/v2/closed", _) => ("401 Unauthorized", json!({ "problem": "bad key" })),
                _ => ("404 Not Found", json!({ "problem": "no such badge" })),
            };
            answer(status, "", &body.to_string())
        })
        .await;
        Self { stub, changes }
    }

    /// The connector, with this in place of that.
    fn with(&self, right: &str, wrong: &str) -> Rig {
        assert!(BADGES.contains(right), "{right}");
        Rig::new("badges", &BADGES.replacen(right, wrong, 1).replace("BASE", &self.stub.base))
    }

    async fn located(&self, right: &str, wrong: &str) -> Result<Located, Outcome> {
        self.with(right, wrong).locate(&Leaver::from_email("alfa.doe@corp.example")).await
    }

    async fn unsure(&self, right: &str, wrong: &str) -> String {
        match self.located(right, wrong).await {
            Ok(Located::Unsure { reason }) => reason,
            other => panic!("{wrong}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_match_pointer_that_points_at_nothing_in_every_candidate_needs_a_person() {
    let office = Office::new().await;
    let right = "match = \"/holder/mail\"";
    for pointer in ["/mail", "/holder", "/holder/name", "/state", "/holder/mail/0"] {
        let why = office.unsure(right, &format!("match = \"{pointer}\"")).await;
        let told = [&format!("nothing at `{pointer}` that"), "alfa.doe@corp.example stands at `/holder/mail`"];
        assert!(told.iter().all(|words| why.contains(*words)) && why.contains("`locate.match`"), "{why}");
    }
    let by_number = "match = [{ pointer = \"/number\", field = \"login\" }]";
    let why = office.unsure(right, by_number).await;
    assert!(why.contains("the first has `/badge_id`, `/holder/mail`, `/holder/name`, `/state`"), "{why}");
    let nobody = office.with(right, right).locate(&Leaver::from_email("nobody@corp.example")).await;
    assert!(matches!(nobody, Ok(Located::Nobody { .. })), "an empty list is an answer: {nobody:?}");
}

#[tokio::test]
async fn a_search_without_the_pointer_to_its_list_needs_a_person() {
    let office = Office::new().await;
    let why = office.unsure("list = \"/items\"\n", "").await;
    assert!(why.contains("stands at `/items/0/holder/mail`") && why.contains("`locate.list`"), "{why}");
}

#[tokio::test]
async fn a_search_at_a_wrong_address_is_not_an_answer_that_nobody_is_there() {
    let office = Office::new().await;
    let (right, wrong) = ("/badges?mail=", "/bagdes?mail=");
    match office.located(right, wrong).await {
        Err(refusal) => {
            let why = refused(&refusal);
            assert!(why.contains(&format!("GET {}/v2/bagdes: status 404", office.stub.base)), "{why}");
            assert!(why.contains("nobody = [{ status = 404 }]"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    let declared = "nobody = [{ status = 404 }]\nrequest = { url = \"/bagdes?mail=";
    let nobody = office.located("request = { url = \"/badges?mail=", declared).await;
    assert!(matches!(nobody, Ok(Located::Nobody { .. })), "{nobody:?}");
}

#[tokio::test]
async fn a_pointer_of_the_read_back_that_is_not_in_the_answer_asks_a_person() {
    let office = Office::new().await;
    let rig = office.with("pointer = \"/state\"", "pointer = \"/status\"");
    let account = rig.account("alfa.doe@corp.example").await;
    rig.done("block", &account).await;
    match rig.verify("block", &account).await {
        Verdict::NeedsHuman { reason } => {
            for words in ["nothing at `/status`", "`/state`", "`verify`", "`alive`"] {
                assert!(reason.contains(words), "{reason}");
            }
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(office.changes.load(Relaxed), 1);
    let declared = "alive = [{ status = 200 }], dead = [{ pointer = \"/status\"";
    let rig = office.with("dead = [{ pointer = \"/state\"", declared);
    assert_eq!(rig.alive("block", &account).await, "status 200", "it is said what an answer without it means");
}

#[tokio::test]
async fn a_read_back_shows_the_values_that_it_looked_at() {
    let office = Office::new().await;
    let rig = office.with("type", "type");
    let account = rig.account("alfa.doe@corp.example").await;
    assert_eq!(rig.alive("block", &account).await, "/state: \"active\"");
    rig.done("block", &account).await;
    assert_eq!(rig.dead("block", &account).await, "/state: \"blocked\"");
    let alive =
        "alive = [{ pointer = \"/state\", equals = \"active\" }], dead = [{ pointer = \"/state\", equals = \"gone\"";
    let rig = office.with("dead = [{ pointer = \"/state\", equals = \"blocked\"", alive);
    match rig.verify("block", &account).await {
        Verdict::CannotTell { reason, again: true, .. } => {
            assert!(reason.contains("/state: \"blocked\", which neither"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_key_a_wrong_address_and_a_silent_host_are_told_with_address_and_cure() {
    let office = Office::new().await;
    let probe = async |rig: &Rig| rig.connector.probe(&Rig::call()).await;
    let base = &office.stub.base;
    let closed = probe(&office.with("/ping", "/closed")).await;
    assert!(
        closed.message.contains(&format!("GET {base}/v2/closed: status 401; look at `auth`")),
        "{}",
        closed.message
    );
    let elsewhere = probe(&office.with("/ping", "/pong")).await;
    assert!(elsewhere.message.contains(&format!("GET {base}/v2/pong: status 404; look at `base_url`")));
    assert_eq!((closed.health, elsewhere.health), (Health::Locked, Health::Down));
    let silent = probe(&office.with("BASE", "http://127.0.0.1:1")).await;
    assert!(silent.message.starts_with("127.0.0.1:1: "), "{}", silent.message);
    assert!(silent.message.contains("nothing listens there"), "{}", silent.message);
}

#[tokio::test]
async fn a_variable_that_is_not_set_cannot_come_to_an_engine_that_runs() {
    let office = Office::new().await;
    let auth = "auth = { bearer = \"env:NIGHTLATCH_NOT_SET\" }\nprobe";
    let probe = office.with("probe", auth).connector.probe(&Rig::call()).await;
    assert!(
        probe.message.contains("`nightlatch stop`") && !probe.message.contains("within a minute"),
        "{}",
        probe.message
    );
}

#[tokio::test]
async fn a_scim_service_at_a_wrong_address_is_not_an_answer_that_nobody_is_there() {
    let stub = Stub::new(|_| answer("404 Not Found", "", r#"{"detail":"no SCIM endpoint here"}"#)).await;
    let folder = super::bench::folder();
    let token = super::bench::secret(folder.path(), "token", "scim-token");
    let rig = Rig::new("scim", &format!("type = 'scim'\nbase_url = '{}/v2'\ntoken = '{token}'", stub.base));
    let why = refused(&rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err());
    assert!(why.contains("what `/Users` hangs under"), "{why}");
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Down && probe.message.contains("what `/Users` hangs under"), "{}", probe.message);
}

#[test]
fn rules_without_their_brackets_are_told_to_have_some() {
    let section = |rules: &str| {
        let text = BADGES.replace("BASE", "https://badges.corp.example").replace("already = [{ status = 409 }]", rules);
        nightlatch::config::Section::from_toml("badges", &text)
            .and_then(|it| it.parse::<nightlatch::connectors::http_api::Config>().map(drop))
    };
    section("already = [{ status = 409 }]").unwrap();
    let told = section("already = { status = 409 }").unwrap_err().to_string();
    assert!(told.contains("already") && told.contains("put it in `[ ]`"), "{told}");
}
