//! What the shared client makes of answers that no vendor should give.

use std::time::{Duration, Instant};

use nightlatch::connectors::Call;
use nightlatch::model::{Account, Outcome, Verdict};

use super::bench::{Rig, folder, is_ambiguous, is_retry, locked, refused, secret};
use super::stub::{Stub, answer};

const TOKEN: &str = "canary-0123456789";

/// An Okta connector is as good as any: reads and acts, warm and fresh.
fn okta(base: &str) -> Rig {
    let folder = folder();
    let token = secret(folder.path(), "token", TOKEN);
    let rig = Rig::new("okta", &format!("type='okta'\nbase_url='{base}'\napi_token='{token}'"));
    Rig { folder: Some(folder), ..rig }
}

fn account(id: &str) -> Account {
    Account { id: id.into(), label: "alfa.doe@corp.example".into(), matched_on: "id map".into() }
}

const ACTIVE: &str = r#"{"id":"00u1","status":"ACTIVE","profile":{"login":"alfa.doe@corp.example"}}"#;

/// Reads say that the user is active; acts get this.
async fn acts_get(bytes: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Stub {
    Stub::new(move |request| match request {
        me if me.starts_with("GET /api/v1/users/me ") => answer("404 Not Found", "", "{}"),
        roles if roles.starts_with("GET") && roles.contains("/roles") => answer("200 OK", "", "[]"),
        read if read.starts_with("GET") => answer("200 OK", "", ACTIVE),
        act => bytes(act),
    })
    .await
}

#[tokio::test]
async fn a_page_on_200_is_no_success() {
    let page = "<!DOCTYPE html><html>Please sign in</html>";
    let stub = acts_get(move |_| answer("200 OK", "content-type: text/html\r\n", page)).await;
    let rig = okta(&stub.base);
    for name in ["suspend", "deactivate", "clear-sessions"] {
        is_ambiguous(&rig.execute(name, &account("00u1")).await);
    }
    let reads = Stub::new(move |_| answer("200 OK", "", page)).await;
    let rig = okta(&reads.base);
    assert!(matches!(rig.verify("suspend", &account("1")).await, Verdict::CannotTell { again: true, .. }));
    is_retry(&rig.execute("suspend", &account("1")).await, false);
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_comes_is_ambiguous_for_an_act() {
    let half = acts_get(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec()).await;
    let hang_up = acts_get(|_| Vec::new()).await;
    let rig = okta(&hang_up.base);
    is_ambiguous(&rig.execute("deactivate", &account("1")).await);
    is_ambiguous(&rig.execute("suspend", &account("1")).await);
    let acts = hang_up.seen().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(acts, 2, "each was sent once");
    let rig = okta(&half.base);
    let call = Call::new("k", Duration::from_millis(600));
    let started = Instant::now();
    is_ambiguous(&rig.connector.action("deactivate").unwrap().execute(&account("1"), &call).await);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn what_never_left_may_be_tried_again() {
    let rig = okta("http://127.0.0.1:9");
    is_retry(&rig.execute("deactivate", &account("1")).await, false);
    let stub = acts_get(|_| answer("200 OK", "", "")).await;
    let rig = okta(&stub.base);
    let over = Call::new("k", Duration::ZERO);
    is_retry(&rig.connector.action("suspend").unwrap().execute(&account("1"), &over).await, false);
    assert!(stub.seen().is_empty(), "nothing is sent after the deadline");
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_token_stays() {
    let elsewhere = Stub::new(|_| answer("200 OK", "", ACTIVE)).await;
    let to = format!("location: {}/api/v1/users/1\r\n", elsewhere.base);
    let stub = Stub::new(move |_| answer("302 Found", &to, "")).await;
    let rig = okta(&stub.base);
    let why = refused(&rig.execute("suspend", &account("1")).await);
    assert!(why.contains("never followed"), "{why}");
    assert!(matches!(rig.verify("suspend", &account("1")).await, Verdict::CannotTell { .. }));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let huge = "x".repeat(9 << 20);
    let stub = Stub::new(move |_| answer("200 OK", "", &huge)).await;
    let rig = okta(&stub.base);
    match rig.verify("suspend", &account("1")).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("more than 8 MiB"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn json_too_deep_is_no_answer() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let stub = Stub::new(move |_| answer("200 OK", "", &deep)).await;
    let rig = okta(&stub.base);
    assert!(matches!(rig.verify("suspend", &account("1")).await, Verdict::CannotTell { .. }));
}

#[tokio::test]
async fn an_id_is_one_segment_whatever_it_holds() {
    let stub = acts_get(|_| answer("200 OK", "", "")).await;
    let rig = okta(&stub.base);
    rig.done("suspend", &account("a/../b?x=\\ü")).await;
    assert!(
        stub.seen()
            .iter()
            .all(|request| request.contains("/users/me ") || request.contains("/users/a%2F..%2Fb%3Fx=%5C%C3%BC"))
    );
    let sent = stub.seen().len();
    for id in ["", ".", ".."] {
        refused(&rig.execute("suspend", &account(id)).await);
    }
    assert_eq!(stub.seen().len(), sent);
}

#[tokio::test]
async fn a_refused_token_is_fetched_anew_once_and_then_reported() {
    let stub = Stub::new(|_| {
        answer("401 Unauthorized", "", r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#)
    })
    .await;
    let rig = okta(&stub.base);
    assert!(locked(&rig.execute("suspend", &account("1")).await).contains("new API token"));
    let users = stub.seen().iter().filter(|request| request.contains("/users/1 ")).count();
    assert_eq!(users, 2);
    let rotated = Stub::new(|request| {
        if request.contains("second-token") {
            answer("200 OK", "", ACTIVE)
        } else {
            answer("401 Unauthorized", "", "{}")
        }
    })
    .await;
    let rig = okta(&rotated.base);
    locked(&rig.execute("suspend", &account("1")).await);
    secret(rig.folder.as_ref().unwrap().path(), "token", "second-token");
    tokio::time::sleep(Duration::from_millis(10)).await;
    rig.alive("suspend", &account("1")).await;
}

#[tokio::test]
async fn limits_are_observed_from_headers() {
    let stub = Stub::new(|_| {
        let headers = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-rate-limit-limit: 600\r\nx-rate-limit-remaining: 41\r\nx-rate-limit-reset: 784111807\r\n";
        answer("200 OK", headers, ACTIVE)
    })
    .await;
    let rig = okta(&stub.base);
    let call = Rig::call();
    rig.connector.action("suspend").unwrap().verify(&account("1"), &call).await;
    let (exchanges, seen) = call.into_record();
    assert_eq!((seen.remaining, seen.reset_in_ms), (Some(41), Some(30_000)));
    assert_eq!((exchanges[0].request.as_str(), exchanges[0].status), ("GET /api/v1/users/1", Some(200)));
}

#[tokio::test]
async fn a_vendor_that_repeats_our_secrets_does_not_get_them_recorded() {
    let stub = acts_get(|request| {
        let echoed = request.replace(['\r', '\n', '"', '\\'], " ");
        answer("400 Bad Request", "", &format!(r#"{{"errorCode":"E0000001","errorSummary":"{echoed}"}}"#))
    })
    .await;
    let rig = okta(&stub.base);
    let outcome = rig.execute("suspend", &account("1")).await;
    assert!(matches!(&outcome, Outcome::Refused { reason, .. } if reason.contains("***")), "{outcome:?}");
    rig.kept_quiet(&[TOKEN]);
    assert!(stub.seen().iter().any(|request| request.contains(TOKEN)), "it was sent");
    assert!(stub.seen().iter().all(|request| request.to_lowercase().contains("user-agent: nightlatch/")));
}

#[tokio::test]
async fn what_must_not_happen_twice_goes_by_a_connection_of_its_own() {
    let stub = acts_get(|_| answer("200 OK", "", "")).await;
    let rig = okta(&stub.base);
    for _ in 0..3 {
        rig.done("suspend", &account("1")).await;
    }
    assert_eq!(stub.connections(), 1, "what may be repeated shares a warm connection");
    for _ in 0..2 {
        rig.done("deactivate", &account("1")).await;
    }
    assert_eq!(stub.connections(), 3);
}

#[tokio::test]
async fn a_demand_for_dpop_is_said_with_its_cure() {
    let bench = super::bench::Bench::new().await;
    let stub = Stub::new(|_| answer("400 Bad Request", "dpop-nonce: n\r\n", r#"{"error":"use_dpop_nonce"}"#)).await;
    let key = bench.secret("key", &bench.sandbox.credentials().okta_private_key_pem);
    let toml = format!("type='okta'\nbase_url='{}'\nclient_id='c'\nprivate_key='{key}'", stub.base);
    let why = locked(&Rig::new("okta", &toml).execute("suspend", &account("1")).await);
    assert!(why.contains("DPoP") && why.contains("Proof of Possession"), "{why}");
}
