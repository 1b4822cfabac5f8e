//! What every connector does with what no vendor should send: it says what happened and what helps, takes nothing for
//! done, and lets no secret out.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use nightlatch::connectors::{Located, Probe, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, Verdict};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::bench::{Rig, folder, secret};
use super::stub::{Stub, answer};
use super::tls::{Authority, Server};

/// A kind of connector, and how it is set up against a server that behaves badly.
struct Subject {
    kind: &'static str,
    /// Its section. `BASE` is the server's address; `SECRET` is kept in a file, as are `PEM`, a private key, and
    /// `KEYFILE`, a service account's key.
    toml: &'static str,
    /// What reading the account `7` gives where all is well.
    alive: &'static str,
    /// A page of a list after which there is always another.
    page: &'static str,
}

/// One line a kind. Whoever adds a kind adds its line.
const SUBJECTS: &[Subject] = &[
    Subject {
        kind: "google",
        toml: GOOGLE,
        alive: GOOGLE_USER,
        page: r#"{"nextPageToken":"more","items":[{"clientId":"c"}]}"#,
    },
    Subject {
        kind: "okta",
        toml: "base_url = 'BASE'\napi_token = 'SECRET'",
        alive: OKTA_USER,
        page: r#"[{"id":"f"}]"#,
    },
    Subject {
        kind: "slack",
        toml: SLACK,
        alive: SLACK_USER,
        page: r#"{"ok":true,"next_cursor":"more","response_metadata":{"next_cursor":"more"}}"#,
    },
    Subject {
        kind: "github",
        toml: GITHUB,
        alive: r#"{"login":"7","role":"member","state":"active"}"#,
        page: r#"[{"login":"8","credential_id":1}]"#,
    },
    Subject {
        kind: "http",
        toml: HTTP,
        alive: r#"{"id":"7","active":true,"sessions":[{"id":"a/../b"}]}"#,
        page: r#"{"sessions":[{"id":"1"}]}"#,
    },
];

const GOOGLE: &str =
    "service_account = 'KEYFILE'\nadmin = 'nightlatch@corp.example'\nbase_url = 'BASE'\ntoken_url = 'BASE/token'";
const GOOGLE_USER: &str = r#"{"id":"7","primaryEmail":"alfa.doe@corp.example","items":[{"clientId":"a/../b","codeId":1,"verificationCode":"1"}]}"#;
const OKTA_USER: &str = r#"{"id":"7","status":"ACTIVE","profile":{"login":"alfa.doe@corp.example"}}"#;
const SLACK: &str = "token = 'SECRET'\nenterprise = true\nweb_url = 'BASE'\nscim_url = 'BASE/scim'";
const SLACK_USER: &str = r#"{"ok":true,"id":"7","active":true,"userName":"alfa.doe"}"#;
const GITHUB: &str = "org = 'corp-example'\nsaml = true\ntoken = 'SECRET'\nbase_url = 'BASE'";
const HTTP: &str = r#"
base_url = "BASE"
probe = { url = "/me" }
auth = { oauth = { token_url = "BASE/token", client_id = "nightlatch", client_secret = "SECRET" } }

[locate]
request = { url = "/users?email={{ leaver.email }}" }
id = "/id"
match = "/email"

[[actions]]
name = "disable"
title = "Disables the account"
danger = "reversible"
class = "idempotent"
before = { request = { url = "/users/{{ account.id }}" }, keep = { active = "/active" } }
request = { method = "POST", url = "/users/{{ account.id }}/disable" }
done = [{ status = 200, pointer = "/result", equals = "disabled" }]
verify = { request = { url = "/users/{{ account.id }}" }, dead = [{ pointer = "/active", equals = false }] }

[[actions]]
name = "end-sessions"
title = "Ends every session"
danger = "hard-to-undo"
class = "idempotent"
for_each = { request = { url = "/users/{{ account.id }}/sessions" }, items = "/sessions", paging = { by = "page", parameter = "page" } }
request = { method = "DELETE", url = "/sessions/{{ item.id }}" }
done = [{ status = 204 }]

[[actions]]
name = "list-sessions"
title = "Lists the sessions"
list = { request = { url = "/users/{{ account.id }}/sessions" }, items = "/sessions", paging = { by = "header" }, what = "session", id = "/id" }
"#;

/// What is kept, what is minted, and what a key file holds: none of it may come out.
const CANARIES: [&str; 2] = ["canary-kept-0123456789", "canary-minted-0123456789"];

/// The requests of one job at most, whatever the vendor answers.
const BOUND: usize = 150;

fn private_key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap().serialize_pem())
}

impl Subject {
    fn rig(&self, base: &str) -> Rig {
        let folder = folder();
        let keyfile =
            json!({ "client_email": "nightlatch@x.example", "private_key": private_key(), "private_key_id": "1" });
        let kept = |name: &str, value: &str| secret(folder.path(), name, value);
        let toml = self
            .toml
            .replace("BASE", base)
            .replace("SECRET", &kept("secret", CANARIES[0]))
            .replace("PEM", &kept("pem", private_key()))
            .replace("KEYFILE", &kept("keyfile", &keyfile.to_string()));
        let rig = Rig::new(self.kind, &format!("type = '{}'\n{toml}", self.kind));
        Rig { folder: Some(folder), ..rig }
    }
}

/// A vendor that gives tokens as it should, and answers the rest so.
async fn vendor(rest: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Stub {
    Stub::new(move |request| match request {
        token if asks_for_token(token) => granted(),
        own if asks_who_it_is(own) => answer("404 Not Found", "", "{}"),
        other => rest(other),
    })
    .await
}

/// The account that is answered everywhere else is not the connector's own.
fn asks_who_it_is(request: &str) -> bool {
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    path.ends_with("/users/me") || path == "/user"
}

fn asks_for_token(request: &str) -> bool {
    let line = request.lines().next().unwrap_or_default();
    line.starts_with("POST") && line.contains("token")
}

fn is_act(request: &str) -> bool {
    !request.starts_with("GET") && !asks_for_token(request)
}

fn granted() -> Vec<u8> {
    let token = CANARIES[1];
    answer(
        "200 OK",
        "",
        &json!({ "access_token": token, "token": token, "token_type": "Bearer", "expires_in": 3600 }).to_string(),
    )
}

fn account(id: &str) -> Account {
    Account { id: id.to_owned(), label: "alfa.doe@corp.example".to_owned(), matched_on: "id map".to_owned() }
}

/// Everything that a connector does about one account.
struct Talk {
    acted: Vec<(String, Outcome)>,
    read: Vec<(String, Verdict)>,
    located: Result<Located, Outcome>,
    probe: Probe,
}

async fn talk(rig: &Rig, id: &str) -> Talk {
    let account = account(id);
    let names: Vec<String> = rig.connector.actions().iter().map(|action| action.spec().id.name.to_string()).collect();
    let (mut acted, mut read) = (Vec::new(), Vec::new());
    for name in names {
        acted.push((name.clone(), rig.execute(&name, &account).await));
        read.push((name.clone(), rig.verify(&name, &account).await));
        rig.undo(&name, &account, &json!({ "revoked": [], "role": "member" })).await;
    }
    let located = rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await;
    let call = Rig::call();
    let probe = rig.connector.probe(&call).await;
    rig.said.lock().unwrap().push(format!("{probe:?} {:?}", call.into_record()));
    Talk { acted, read, located, probe }
}

impl Talk {
    /// Nothing that was said has been taken for a success, and no secret has come out.
    fn took_nothing_for_done(&self, kind: &str, rig: &Rig) {
        for (name, outcome) in &self.acted {
            assert!(!is_success(outcome), "{kind}.{name}: {outcome:?}");
        }
        for (name, verdict) in &self.read {
            let told = matches!(verdict, Verdict::CannotTell { .. } | Verdict::Locked { .. });
            assert!(told, "{kind}.{name}: {verdict:?}");
        }
        match &self.located {
            Ok(Located::Unsure { .. }) => {}
            Err(outcome) if !is_success(outcome) => {}
            other => panic!("{kind}: {other:?}"),
        }
        let usable = matches!(self.probe.health, Health::Up | Health::Unknown);
        assert!(!usable && !self.probe.message.is_empty(), "{kind}: {:?}", self.probe);
        rig.kept_quiet(&CANARIES);
    }

    /// Every act ended with these words and a cure.
    fn refused(&self, kind: &str, words: &str) {
        for (name, outcome) in &self.acted {
            let (Outcome::Refused { reason, cure } | Outcome::Locked { reason, cure }) = outcome else {
                panic!("{kind}.{name}: {outcome:?}");
            };
            assert!(reason.contains(words) && cure.len() > 10, "{kind}.{name}: {outcome:?}");
        }
    }

    /// Every act may be tried again, or nobody knows; these words say why.
    fn open(&self, kind: &str, words: &[&str]) {
        for (name, outcome) in &self.acted {
            let (Outcome::Retry { reason, .. } | Outcome::Ambiguous { reason }) = outcome else {
                panic!("{kind}.{name}: {outcome:?}");
            };
            assert!(words.iter().all(|word| reason.contains(word)), "{kind}.{name}: {outcome:?}");
        }
    }
}

fn is_success(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Acknowledged | Outcome::AlreadySo { .. } | Outcome::NoAccount { .. } | Outcome::Listed { .. }
    )
}

#[test]
fn every_kind_of_connector_is_in_the_table() {
    let table: Vec<&str> = SUBJECTS.iter().map(|subject| subject.kind).collect();
    for kind in registry::KINDS {
        assert!(table.contains(kind), "add a line for `{kind}` to SUBJECTS in tests/connectors/bad_input.rs");
    }
}

#[tokio::test]
async fn wrong_credentials_are_said_with_their_cure() {
    let words = r#"{"ok":false,"error":"invalid_client","error_description":"Client authentication failed"}"#;
    for subject in SUBJECTS {
        let stub = Stub::new(|_| answer("401 Unauthorized", "", words)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "invalid_client");
        assert_eq!(talk.probe.health, Health::Locked, "{}", subject.kind);
    }
}

#[tokio::test]
async fn an_expired_token_is_said_with_its_cure() {
    for subject in SUBJECTS {
        let stub = vendor(|_| {
            answer("401 Unauthorized", "", r#"{"ok":false,"error":"token_expired","message":"it expired"}"#)
        })
        .await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "token_expired");
        assert!(talk.acted.iter().all(|(_, outcome)| matches!(outcome, Outcome::Locked { .. })), "{}", subject.kind);
    }
}

#[tokio::test]
async fn a_missing_scope_is_said_with_its_cure() {
    for subject in SUBJECTS {
        let words = r#"{"ok":false,"error":"missing_scope","needed":"admin","message":"not granted"}"#;
        let stub = vendor(|_| answer("403 Forbidden", "", words)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "missing_scope");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    for subject in SUBJECTS {
        let elsewhere = Stub::new(|_| answer("200 OK", "", "{}")).await;
        let to = format!("location: {}/elsewhere\r\n", elsewhere.base);
        let stub = vendor(move |_| answer("307 Temporary Redirect", &to, "")).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "never followed");
        assert!(elsewhere.seen().is_empty(), "{}", subject.kind);
    }
}

#[tokio::test]
async fn a_page_for_a_browser_is_no_answer() {
    let page = "<!DOCTYPE html><html>Please sign in</html>";
    for subject in SUBJECTS {
        let stub = vendor(move |_| answer("200 OK", "content-type: text/html\r\n", page)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.open(subject.kind, &["status 200", "a sign-in page answers"]);
    }
}

/// Reads are answered as they should be, and acts badly.
#[tokio::test]
async fn an_act_that_is_answered_badly_is_not_done() {
    let bad: [(&str, &str, &str); 5] = [
        ("200 OK", "", "<!DOCTYPE html><html>Please sign in</html>"),
        ("302 Found", "location: https://elsewhere.example/\r\n", ""),
        ("401 Unauthorized", "", r#"{"ok":false,"error":"token_expired"}"#),
        ("403 Forbidden", "", r#"{"ok":false,"error":"missing_scope"}"#),
        ("500 Internal Server Error", "", ""),
    ];
    for subject in SUBJECTS {
        for (status, headers, body) in bad {
            let alive = subject.alive;
            let stub = vendor(move |request| match request {
                read if read.starts_with("GET") => answer("200 OK", "", alive),
                _ => answer(status, headers, body),
            })
            .await;
            let rig = subject.rig(&stub.base);
            let talk = talk(&rig, "7").await;
            for (name, outcome) in talk.acted.iter().filter(|(name, _)| !name.starts_with("list-")) {
                assert!(!is_success(outcome), "{}.{name} on {status}: {outcome:?}", subject.kind);
            }
            assert!(stub.seen().iter().any(|request| is_act(request)), "{}: the acts were sent", subject.kind);
            rig.kept_quiet(&CANARIES);
        }
    }
}

#[tokio::test]
async fn paging_that_never_ends_is_ended() {
    for subject in SUBJECTS {
        let page = subject.page;
        let (number, asked) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        let stub = vendor(move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            let path = request.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
            let next = number.fetch_add(1, Ordering::Relaxed);
            let page = page.replace("more", &format!("more{next}"));
            answer("200 OK", &format!("link: <{path}?page={next}>; rel=\"next\"\r\n"), &page)
        })
        .await;
        let rig = subject.rig(&stub.base);
        for action in rig.connector.actions() {
            let name = action.spec().id.name.to_string();
            let before = asked.load(Ordering::Relaxed);
            let outcome = rig.execute(&name, &account("7")).await;
            let requests = asked.load(Ordering::Relaxed) - before;
            assert!(requests < BOUND, "{}.{name}: {requests} requests", subject.kind);
            assert!(!matches!(outcome, Outcome::Listed { .. }), "{}.{name}: {outcome:?}", subject.kind);
            rig.verify(&name, &account("7")).await;
            let requests = asked.load(Ordering::Relaxed) - before;
            assert!(requests < 2 * BOUND, "{}.{name}: {requests} requests", subject.kind);
        }
        rig.kept_quiet(&CANARIES);
    }
}

#[tokio::test]
async fn a_declared_list_that_never_ends_is_refused_with_its_cure() {
    let subject = SUBJECTS.iter().find(|subject| subject.kind == "http").unwrap();
    let page = subject.page;
    let number = AtomicUsize::new(0);
    let stub = vendor(move |request| {
        let next = number.fetch_add(1, Ordering::Relaxed);
        let path = request.split_whitespace().nth(1).unwrap().split('?').next().unwrap();
        answer("200 OK", &format!("link: <{path}?page={next}>; rel=\"next\"\r\n"), page)
    })
    .await;
    let rig = subject.rig(&stub.base);
    for name in ["end-sessions", "list-sessions"] {
        match rig.execute(name, &account("7")).await {
            Outcome::Refused { reason, cure } => {
                assert!(reason.contains("does not end: 50 pages") && cure.contains("narrow"), "{reason} / {cure}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(stub.seen().iter().all(|request| !request.starts_with("DELETE")), "nothing is done by half");
}

#[tokio::test]
async fn an_answer_of_a_gigabyte_is_cut_off() {
    for subject in SUBJECTS {
        let flood = Flood::new().await;
        let rig = subject.rig(&flood.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.open(subject.kind, &["more than 8 MiB", "not that system's API"]);
        let most = flood.most.load(Ordering::Relaxed);
        assert!(most < 64 << 20, "{}: {most} bytes of one answer were taken", subject.kind);
    }
}

/// A server each of whose answers has a gigabyte.
struct Flood {
    base: String,
    /// Bytes that the client took of one answer, at most.
    most: Arc<AtomicUsize>,
    server: tokio::task::JoinHandle<()>,
}

impl Flood {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let most = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&most);
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let mut head = vec![0_u8; 16 << 10];
                    while let Ok(length @ 1..) = stream.read(&mut head).await {
                        let request = String::from_utf8_lossy(&head[..length]).into_owned();
                        if asks_for_token(&request) {
                            let _ = stream.write_all(&granted()).await;
                            continue;
                        }
                        let start = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n\"", 1 << 30);
                        let _ = stream.write_all(start.as_bytes()).await;
                        let (chunk, mut sent) = (vec![b'x'; 64 << 10], 0);
                        while sent < 1 << 30 && stream.write_all(&chunk).await.is_ok() {
                            sent += chunk.len();
                        }
                        counted.fetch_max(sent, Ordering::Relaxed);
                        return;
                    }
                });
            }
        });
        Self { base, most, server }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test]
async fn an_id_is_one_segment_in_every_address() {
    for subject in SUBJECTS {
        let alive = subject.alive;
        let stub = vendor(move |_| answer("200 OK", "", alive)).await;
        let rig = subject.rig(&stub.base);
        let ids = [
            "a/../b",
            "a\\..\\b",
            "a%2f..%2fb",
            "a?b=1#c",
            "dü/e",
            "../../admin",
            "%2e%2e",
            "a b\u{202e}",
            "",
            ".",
            "..",
        ];
        for id in ids {
            let sent = stub.seen().len();
            talk(&rig, id).await;
            // These name no account: where the id is a segment, nothing is sent.
            let nobody = matches!(id, "" | "." | "..");
            let acts = stub.seen()[sent..].iter().filter(|request| is_act(request)).count();
            assert!(nobody || acts > 0, "{} with {id:?}: the acts were sent", subject.kind);
            for request in &stub.seen()[sent..] {
                let path = request.split_whitespace().nth(1).unwrap().split('?').next().unwrap();
                let odd = |segment: &str| matches!(segment.to_lowercase().as_str(), "" | "." | ".." | "%2e%2e" | "%2e");
                assert!(!path.split('/').skip(1).any(odd), "{} with {id:?}: {path}", subject.kind);
                assert!(nobody || !path.contains(id) && !path.contains('#'), "{} with {id:?}: {path}", subject.kind);
                // An id that is encoded already is another id: it is encoded once more, not decoded.
                let twice = !id.starts_with("a%2f") || !path.contains("a%2f..%2fb");
                assert!(twice, "{} with {id:?}: {path}", subject.kind);
            }
        }
        rig.kept_quiet(&CANARIES);
    }
}

/// Where a test finds itself in a process that trusts an authority: its certificate goes into this file.
const TRUSTED: &str = "NIGHTLATCH_TEST_TRUSTED";

/// What is trusted is chosen when a process starts, so the test starts itself once more.
#[tokio::test]
async fn a_certificate_of_another_host_or_of_nobody_known_ends_the_talk_before_a_word() {
    let Some(trusted) = std::env::var_os(TRUSTED) else {
        let folder = folder();
        let file = folder.path().join("authority.pem");
        let name = "bad_input::a_certificate_of_another_host_or_of_nobody_known_ends_the_talk_before_a_word";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let ran = again.args([name, "--exact", "--nocapture"]).env(TRUSTED, &file).env("SSL_CERT_FILE", &file).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        return;
    };
    let authority = Authority::named("Corp");
    std::fs::write(&trusted, authority.pem()).unwrap();
    for subject in SUBJECTS {
        let well = Server::of("localhost", &authority).await;
        talk(&subject.rig(&well.base), "7").await;
        assert!(well.seen().contains("HTTP/1.1"), "{}: a good certificate is believed", subject.kind);
        let foreign = Server::of("elsewhere.example", &authority).await;
        let unknown = Server::of("localhost", &Authority::named("Nobody")).await;
        for (server, word) in [(&foreign, "not valid for"), (&unknown, "UnknownIssuer")] {
            let rig = subject.rig(&server.base);
            let talk = talk(&rig, "7").await;
            talk.took_nothing_for_done(subject.kind, &rig);
            talk.open(subject.kind, &["certificate", "trusts"]);
            assert_eq!(talk.probe.health, Health::Down, "{}", subject.kind);
            assert!(talk.probe.message.contains(word), "{}: {}", subject.kind, talk.probe.message);
            assert_eq!(server.seen(), "", "{}: not one word, and so no token", subject.kind);
        }
    }
}
