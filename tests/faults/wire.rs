//! What can happen to a request on its way and to its answer on the way back. A step that may have taken effect is never
//! simply sent again, and an answer that is none is never a success.

use std::time::Duration;

use nightlatch::connectors::Call;
use nightlatch::model::{Account, Outcome, Verdict};

use crate::bench::{Rig, folder, is_ambiguous, is_retry, refused, secret};
use crate::chaos::{Chaos, Deed, answer, text};

const TOKEN: &str = "canary-0123456789";

const ACTIVE: &str = r#"{"id":"00u1","status":"ACTIVE","profile":{"login":"alfa.doe@corp.example"}}"#;

/// One act on a warm connection that may be repeated, and one on a connection of its own that may not.
const ACTS: [&str; 2] = ["suspend", "deactivate"];

/// A vendor is as good as any: this one reads before it acts.
pub(crate) fn okta(base: &str) -> Rig {
    let folder = folder();
    let token = secret(folder.path(), "token", TOKEN);
    let rig = Rig::new("okta", &format!("type='okta'\nbase_url='{base}'\napi_token='{token}'"));
    Rig { folder: Some(folder), ..rig }
}

pub(crate) fn account() -> Account {
    Account { id: "00u1".into(), label: "alfa.doe@corp.example".into(), matched_on: "id map".into() }
}

/// Reads say that the user is active; to acts this is done.
async fn acts_meet(deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> Chaos {
    Chaos::new(move |request| match request {
        me if me.starts_with("GET /api/v1/users/me ") => answer("404 Not Found", "", "{}"),
        roles if roles.starts_with("GET") && roles.contains("/roles") => answer("200 OK", "", "[]"),
        read if read.starts_with("GET") => answer("200 OK", "", ACTIVE),
        act => deed(act),
    })
    .await
}

/// An act with so much time.
async fn act(rig: &Rig, name: &str, within: Duration) -> (Outcome, Vec<nightlatch::model::Exchange>) {
    let call = Call::new("ob-1/0", within);
    let outcome = rig.connector.action(name).unwrap().execute(&account(), &call).await;
    (outcome, call.into_record().0)
}

#[tokio::test]
async fn a_connection_that_is_reset_before_a_byte_was_read_repeats_nothing_by_itself() {
    let vendor = Chaos::resetting().await;
    let rig = okta(&vendor.base);
    for name in ACTS {
        // The read that comes first has failed: nothing was done, and the engine may try again.
        is_retry(&rig.execute(name, &account()).await, false);
    }
}

#[tokio::test]
async fn a_reset_after_the_request_was_read_is_ambiguous_and_it_was_sent_once() {
    let vendor = acts_meet(|_| Deed::Reset).await;
    let rig = okta(&vendor.base);
    for name in ACTS {
        is_ambiguous(&rig.execute(name, &account()).await);
    }
    assert_eq!(vendor.count("POST"), ACTS.len());
}

#[tokio::test]
async fn an_answer_that_does_not_come_or_comes_byte_by_byte_ends_with_the_deadline() {
    let slowly = text("200 OK", "", "{}");
    for deed in [Deed::Silence, Deed::Drip(slowly, Duration::from_secs(1))] {
        let vendor = acts_meet(move |_| deed.clone()).await;
        let rig = okta(&vendor.base);
        for name in ACTS {
            let (outcome, exchanges) = act(&rig, name, Duration::from_millis(700)).await;
            is_ambiguous(&outcome);
            // What was sent stands in the record, with the word that nobody knows its end.
            let last = exchanges.last().unwrap();
            assert!(last.request.starts_with("POST") && last.status.is_none(), "{last:?}");
            assert!(last.said.contains("no answer within"), "{last:?}");
        }
        assert_eq!(vendor.count("POST"), ACTS.len());
    }
}

#[tokio::test]
async fn a_success_that_is_cut_or_lies_about_its_length_is_none() {
    let cut = [
        text("200 OK", "", r#"{"id":"#),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":\"00u1\"}".to_vec(),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"id\"".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}".to_vec(),
        b"HTTP/1.1 200".to_vec(),
        b"\x16\x03\x01 this is no HTTP at all\r\n\r\n".to_vec(),
    ];
    for bytes in cut {
        let vendor = acts_meet({
            let bytes = bytes.clone();
            move |_| Deed::Break(bytes.clone())
        })
        .await;
        let rig = okta(&vendor.base);
        for name in ACTS {
            let outcome = rig.execute(name, &account()).await;
            let told = String::from_utf8_lossy(&bytes).into_owned();
            assert!(matches!(outcome, Outcome::Ambiguous { .. }), "{told:?}: {outcome:?}");
        }
        assert_eq!(vendor.count("POST"), ACTS.len());
    }
}

#[tokio::test]
async fn a_page_a_word_or_nothing_is_believed_only_where_the_vendor_says_so() {
    let page = "<html><body>It works!</body></html>";
    for (status, body) in [("200 OK", page), ("200 OK", "OK"), ("206 Partial Content", page), ("500 Oops", page)] {
        let vendor = acts_meet(move |_| answer(status, "content-type: text/html\r\n", body)).await;
        let rig = okta(&vendor.base);
        for name in ACTS {
            is_ambiguous(&rig.execute(name, &account()).await);
        }
    }
    // A declared action names what success is: an empty 204 is none of it.
    let vendor = acts_meet(|_| answer("204 No Content", "", "")).await;
    let toml = format!(
        r#"type = "http"
base_url = "{}"
locate = {{ request = {{ url = "/u" }}, id = "/id", match = "/id" }}
[[actions]]
name = "cut"
title = "t"
danger = "reversible"
class = "idempotent"
request = {{ method = "POST", url = "/u/{{{{ account.id }}}}" }}
done = [{{ status = 200, pointer = "/gone", equals = true }}]
verify = {{ request = {{ url = "/u" }}, dead = [{{ pointer = "/status", equals = "GONE" }}] }}"#,
        vendor.base
    );
    let rig = Rig::new("desk", &toml);
    is_ambiguous(&rig.execute("cut", &account()).await);
    rig.alive("cut", &account()).await;
}

#[tokio::test]
async fn an_answer_without_end_a_packed_bomb_and_a_hundred_thousand_brackets_are_cut_short() {
    const MIB: usize = 1 << 20;
    let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_000 * MIB).into_bytes();
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let chunk = [format!("{MIB:x}\r\n").into_bytes(), vec![b' '; MIB], b"\r\n".to_vec()].concat();
    for deed in [Deed::Flood(whole, vec![b' '; MIB]), Deed::Flood(chunked, chunk)] {
        let vendor = Chaos::new(move |_| deed.clone()).await;
        let rig = okta(&vendor.base);
        match rig.verify("suspend", &account()).await {
            Verdict::CannotTell { reason, again: true, .. } => assert!(reason.contains("8 MiB"), "{reason}"),
            other => panic!("{other:?}"),
        }
        // What the client took, and what fits into sockets beyond it.
        assert!(vendor.sent() < 24 * MIB as u64, "{} bytes were taken", vendor.sent());
    }
    // Nothing asks for compression, and nothing is unpacked: a bomb stays as small as it came.
    let bomb = "\u{1f}\u{8b}\u{8}".to_owned() + &"\0".repeat(1_000);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (headers, body) in [("content-encoding: gzip\r\n", bomb), ("", deep)] {
        let vendor = acts_meet({
            let body = body.clone();
            move |_| answer("200 OK", headers, &body)
        })
        .await;
        let rig = okta(&vendor.base);
        for name in ACTS {
            is_ambiguous(&rig.execute(name, &account()).await);
        }
        assert!(vendor.seen().iter().all(|request| !request.to_lowercase().contains("accept-encoding")));
        let reads = Chaos::new(move |_| answer("200 OK", headers, &body)).await;
        let verdict = okta(&reads.base).verify("suspend", &account()).await;
        assert!(matches!(verdict, Verdict::CannotTell { again: true, .. }), "{verdict:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_or_out_of_tls_is_refused_and_the_token_stays() {
    let elsewhere = Chaos::new(|_| answer("200 OK", "", ACTIVE)).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        for to in [elsewhere.base.clone(), "http://elsewhere.example".to_owned(), "//elsewhere.example".to_owned()] {
            let vendor = acts_meet(move |_| answer(status, &format!("location: {to}/api/v1/users/00u1\r\n"), "")).await;
            let rig = okta(&vendor.base);
            for name in ACTS {
                assert!(refused(&rig.execute(name, &account()).await).contains("never followed"));
            }
        }
    }
    assert_eq!(elsewhere.seen(), Vec::<String>::new());
}

/// GitHub at this address, by a synthetic token; the folder holds its secret.
fn github(vendor: &Chaos) -> (Rig, tempfile::TempDir) {
    let folder = folder();
    let token = secret(folder.path(), "token", "ghp_synthetic0123456789");
    let toml = format!("type='github'\norg='corp-example'\nsaml=true\nbase_url='{}'\ntoken='{token}'", vendor.base);
    (Rig::new("github", &toml), folder)
}

#[tokio::test]
async fn a_list_whose_next_page_never_ends_is_no_list_and_nothing_is_revoked() {
    let page = r#"[{"login":"alfa-doe","credential_id":7,"credential_type":"personal access token"}]"#;
    let next = "link: <http://elsewhere.example/page?page=2>; rel=\"next\"\r\n";
    let vendor = Chaos::new(move |request| match request {
        list if list.contains("/credential-authorizations?") => answer("200 OK", next, page),
        _ => answer("404 Not Found", "", "{}"),
    })
    .await;
    let (rig, _secret) = github(&vendor);
    let login = Account { id: "alfa-doe".into(), ..account() };
    match rig.verify("revoke-credentials", &login).await {
        Verdict::CannotTell { reason, again: true, .. } => assert!(reason.contains("more than 100 pages"), "{reason}"),
        other => panic!("{other:?}"),
    }
    is_retry(&rig.execute("revoke-credentials", &login).await, false);
    assert_eq!((vendor.count("GET /orgs/corp-example/credential-authorizations?"), vendor.count("DELETE")), (200, 0));
}

#[tokio::test]
async fn a_credential_that_stands_on_two_pages_is_revoked_once() {
    let next = "link: <x>; rel=\"next\"\r\n";
    let row = |id: u32, login: &str| format!(r#"{{"login":"{login}","credential_id":{id}}}"#);
    let first = format!("[{},{}]", row(7, "alfa-doe"), row(8, "ALFA-doe"));
    // The list has moved on between two pages, and somebody else's row is in it.
    let second = format!("[{},{}]", row(8, "alfa-doe"), row(9, "bravo-doe"));
    let vendor = Chaos::new(move |request| match request {
        delete if delete.starts_with("DELETE") => answer("204 No Content", "", ""),
        list if list.contains("page=1 ") => answer("200 OK", next, &first),
        list if list.contains("page=2 ") => answer("200 OK", "", &second),
        _ => answer("404 Not Found", "", "{}"),
    })
    .await;
    let (rig, _secret) = github(&vendor);
    rig.done("revoke-credentials", &Account { id: "alfa-doe".into(), ..account() }).await;
    let mut deleted: Vec<String> = vendor.seen().into_iter().filter(|it| it.starts_with("DELETE")).collect();
    deleted.sort();
    let path = |id: u32| format!("DELETE /orgs/corp-example/credential-authorizations/{id} ");
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    assert!(deleted[0].starts_with(&path(7)) && deleted[1].starts_with(&path(8)), "{deleted:?}");
}

#[tokio::test]
async fn what_is_gone_already_is_said_to_be_gone_and_not_done() {
    let here = std::sync::atomic::AtomicBool::new(true);
    // Somebody else deletes the user between the look and the act.
    let vendor = Chaos::new(move |request| match request {
        token if token.starts_with("POST /token") => {
            answer("200 OK", "", r#"{"access_token":"synthetic-token","expires_in":3600,"token_type":"Bearer"}"#)
        }
        act if act.starts_with("DELETE") => {
            here.store(false, std::sync::atomic::Ordering::Relaxed);
            answer("404 Not Found", "", r#"{"error":{"code":404,"errors":[{"reason":"notFound"}],"message":"gone"}}"#)
        }
        _ if here.load(std::sync::atomic::Ordering::Relaxed) => {
            answer("200 OK", "", r#"{"id":"00u1","primaryEmail":"alfa.doe@corp.example","suspended":true}"#)
        }
        _ => answer("404 Not Found", "", r#"{"error":{"code":404,"errors":[{"reason":"notFound"}]}}"#),
    })
    .await;
    let bench = crate::bench::Bench::new().await;
    let key: serde_json::Value =
        serde_json::from_str(&bench.sandbox.credentials().google_service_account_json).unwrap();
    let key = bench.secret("google.json", &key.to_string());
    let toml = format!(
        "type='google'\nservice_account='{key}'\nadmin='admin@corp.example'\nbase_url='{0}'\ntoken_url='{0}/token'",
        vendor.base
    );
    let rig = Rig::new("google", &toml);
    let (note, _) = rig.already("delete-user", &account()).await;
    assert!(!note.is_empty());
    rig.dead("delete-user", &account()).await;
    assert_eq!(vendor.count("DELETE"), 1);
}

#[tokio::test]
async fn every_form_of_retry_after_is_honoured_and_none_for_ever() {
    let day_ms = 24 * 3_600_000;
    for (headers, wanted) in [
        ("retry-after: 7\r\n", 7_000),
        ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:47 GMT\r\n", 10_000),
        ("", 0),
        ("retry-after: soon\r\n", 0),
        ("retry-after: 864000\r\n", day_ms),
    ] {
        let vendor = acts_meet(move |_| answer("429 Too Many Requests", headers, "{}")).await;
        let rig = okta(&vendor.base);
        for name in ACTS {
            let after = is_retry(&rig.execute(name, &account()).await, true);
            // Where nothing usable is said, a vendor's own default may stand in: never more than a minute.
            assert!(after == wanted || wanted == 0 && after <= 60_000, "{headers:?}: {after} ms");
        }
    }
}
