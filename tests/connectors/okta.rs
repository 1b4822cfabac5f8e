use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Leaver, Outcome, Verdict};
use nightlatch::sandbox::Fault;

use super::bench::{Bench, Rig, is_ambiguous, is_retry, refused};

pub(crate) fn rig(bench: &Bench) -> Rig {
    let token = bench.secret("okta", &bench.sandbox.credentials().okta_api_token);
    Rig::new("okta", &format!("type='okta'\nbase_url='{}/okta'\napi_token='{token}'", bench.base()))
}

/// Signs in as the service application.
pub(crate) fn service(bench: &Bench) -> Rig {
    let credentials = bench.sandbox.credentials();
    let key = bench.secret("okta.pem", &credentials.okta_private_key_pem);
    Rig::new(
        "okta",
        &format!(
            "type='okta'\nbase_url='{}/okta'\nclient_id='{}'\nkey_id='{}'\nprivate_key='{key}'",
            bench.base(),
            credentials.okta_client_id,
            credentials.okta_key_id
        ),
    )
}

#[tokio::test]
async fn clears_sessions_suspends_and_lifts_it() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let email = bench.person(|p| bench.sandbox.truth(&p.email).unwrap().okta.status == "ACTIVE").email;
    let account = rig.account(&email).await;
    rig.done("clear-sessions", &account).await;
    assert!(matches!(rig.verify("clear-sessions", &account).await, Verdict::CannotTell { again: false, .. }));
    assert_eq!(rig.alive("suspend", &account).await, "status: ACTIVE");
    let before = rig.done("suspend", &account).await;
    assert_eq!(rig.dead("suspend", &account).await, "status: SUSPENDED");
    rig.already("suspend", &account).await;
    let truth = bench.sandbox.truth(&email).unwrap().okta;
    assert_eq!((truth.status.as_str(), truth.sessions, truth.oauth_tokens), ("SUSPENDED", 0, 0));
    assert_eq!(rig.undo("suspend", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(bench.sandbox.truth(&email).unwrap().okta.status, "ACTIVE");
    assert!(matches!(rig.undo("suspend", &account, &before).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&[&bench.sandbox.credentials().okta_api_token]);
}

#[tokio::test]
async fn factors_go_before_the_user_does() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let email = bench
        .person(|p| {
            let okta = bench.sandbox.truth(&p.email).unwrap().okta;
            okta.status == "ACTIVE" && okta.factors > 0
        })
        .email;
    let account = rig.account(&email).await;
    rig.alive("reset-factors", &account).await;
    rig.done("reset-factors", &account).await;
    rig.dead("reset-factors", &account).await;
    rig.already("reset-factors", &account).await;
    rig.alive("deactivate", &account).await;
    rig.done("deactivate", &account).await;
    assert_eq!(rig.dead("deactivate", &account).await, "status: DEPROVISIONED");
    for name in ["deactivate", "suspend", "reset-factors"] {
        rig.already(name, &account).await;
    }
    rig.dead("suspend", &account).await;
    rig.dead("reset-factors", &account).await;
}

#[tokio::test]
async fn a_status_that_cannot_be_suspended_is_refused_with_the_way_out() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let locked = bench.sandbox.people().into_iter().find(|p| {
        ["LOCKED_OUT", "PASSWORD_EXPIRED", "RECOVERY", "STAGED"]
            .contains(&bench.sandbox.truth(&p.email).unwrap().okta.status.as_str())
    });
    if let Some(locked) = locked {
        let account = rig.account(&locked.email).await;
        assert!(refused(&rig.execute("suspend", &account).await).contains("okta.deactivate"));
    }
}

#[tokio::test]
async fn lost_throttled_and_crowded() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    bench.lose_answers("okta.users.deactivate");
    is_ambiguous(&rig.execute("deactivate", &account).await);
    assert_eq!(bench.sandbox.truth("alfa.doe@corp.example").unwrap().okta.status, "DEPROVISIONED");
    bench.sandbox.clear_faults();
    let other = rig.account("charlie.doe@corp.example").await;
    bench.turn_away("okta.users.suspend", 429);
    assert_eq!(is_retry(&rig.execute("suspend", &other).await, true), 1_000, "the concurrency limit is short");
    bench.sandbox.clear_faults();
    bench.fault("okta.users.get", Fault { rate_per_s: Some(0.02), ..Fault::default() });
    let first = rig.verify("suspend", &other).await;
    assert!(!matches!(first, Verdict::CannotTell { .. }), "{first:?}");
    match rig.verify("suspend", &other).await {
        Verdict::CannotTell { after_ms: Some(after), again: true, .. } => assert!(after > 1_000, "{after}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_application_signs_its_way_in() {
    let bench = Bench::new().await;
    let rig = service(&bench);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Up, "{}", probe.message);
    let account = rig.account("alfa.doe@corp.example").await;
    rig.verify("suspend", &account).await;
    rig.kept_quiet(&["eyJ", "PRIVATE KEY"]);
}

#[tokio::test]
async fn nobody_and_a_bad_token() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let found = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    let token = bench.secret("bad", "00not-the-token-at-all");
    let bad = Rig::new("okta", &format!("type='okta'\nbase_url='{}/okta'\napi_token='{token}'", bench.base()));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("API token"), "{}", probe.message);
    bad.kept_quiet(&["00not-the-token-at-all"]);
}
