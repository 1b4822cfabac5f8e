use nightlatch::config::Section;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Finding, Leaver, Outcome, Verdict};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const ALFA: &str = "alfa.doe@corp.example";
/// Owns open records, is in a queue, has an approval to give, and others name this person.
const BRAVO: &str = "bravo.doe@corp.example";
/// The default owner of leads, which no API shows.
const DELTA: &str = "delta.doe@corp.example";
/// The last system administrator beside the integration user.
const ECHO: &str = "echo.doe@corp.example";
/// Has a community user with the same e-mail.
const FOXTROT: &str = "foxtrot.doe@corp.example";
/// Has another user name.
const GOLF: &str = "golf.doe@corp.example";
/// Is inactive from the start.
const HOTEL: &str = "hotel.doe@corp.example";

pub(crate) fn rig(bench: &Bench) -> Rig {
    rig_as(bench, &bench.sandbox.credentials().salesforce_username)
}

/// As this integration user.
pub(crate) fn rig_as(bench: &Bench, username: &str) -> Rig {
    let credentials = bench.sandbox.credentials();
    let key = bench.secret("salesforce.pem", &credentials.salesforce_private_key_pem);
    Rig::new(
        "salesforce",
        &format!(
            "type='salesforce'\nbase_url='{base}/salesforce'\nlogin_url='{base}/salesforce'\nclient_id='{}'\n\
             username='{username}'\nprivate_key='{key}'",
            credentials.salesforce_client_id,
            base = bench.base(),
        ),
    )
}

pub(crate) fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("salesforce", email).unwrap()
}

pub(crate) fn sent(bench: &Bench, op: &str) -> Vec<String> {
    bench.sandbox.calls().into_iter().filter(|call| call.op == op).map(|call| call.path).collect()
}

#[tokio::test]
async fn freezes_ends_everything_frees_licences_deactivates_and_reads_it_all_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!((account.label.as_str(), account.matched_on.as_str()), (ALFA, "Username"));
    for (name, alive, dead) in [
        ("freeze", "IsFrozen: false", "IsFrozen: true"),
        ("end-sessions", "sessions: 2", "sessions: none"),
        ("revoke-oauth-tokens", "OAuth tokens: 2", "OAuth tokens: none"),
        (
            "remove-licences",
            "permission sets: 2, permission-set licences: 1",
            "permission sets: 0, permission-set licences: 0",
        ),
        ("deactivate", "IsActive: true", "IsActive: false"),
    ] {
        assert_eq!(rig.alive(name, &account).await, alive);
        rig.done(name, &account).await;
        assert_eq!(rig.dead(name, &account).await, dead);
        assert_eq!(rig.already(name, &account).await.0, dead);
    }
    assert_eq!(rig.dead("freeze", &account).await, "IsActive: false");
    assert_eq!(state(&bench, ALFA)["active"], false);
    let credentials = bench.sandbox.credentials();
    rig.kept_quiet(&["eyJ", "00Dsandbox!", "PRIVATE KEY", "delete-token-0", &credentials.salesforce_client_secret]);
}

#[tokio::test]
async fn the_id_of_a_user_login_is_not_the_users() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let before = rig.done("freeze", &account).await;
    assert_eq!(state(&bench, ALFA)["frozen"], true);
    let paths = sent(&bench, "salesforce.freeze");
    assert!(paths.iter().all(|path| path.contains("/UserLogin/0Yw") && !path.contains(&account.id)), "{paths:?}");
    assert_eq!(rig.undo("freeze", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(rig.alive("freeze", &account).await, "IsFrozen: false");
    assert!(matches!(rig.undo("freeze", &account, &before).await, Outcome::AlreadySo { .. }));
    assert!(matches!(rig.undo("freeze", &account, &json!({})).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn a_frozen_user_still_holds_a_licence_and_an_inactive_one_does_not() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert!(rig.captured("freeze", &account).await.seats.is_empty());
    assert_eq!(state(&bench, ALFA)["holds_licence"], true);
    let before = rig.captured("deactivate", &account).await;
    assert_eq!(
        (before.seats.as_slice(), &before.image),
        (&["Salesforce".to_owned()][..], &json!({ "IsActive": true }))
    );
    assert_eq!(state(&bench, ALFA)["holds_licence"], false);
    assert_eq!(rig.undo("deactivate", &account, &before.image).await, Outcome::Acknowledged);
    assert_eq!(rig.alive("deactivate", &account).await, "IsActive: true");
}

#[tokio::test]
async fn an_activation_needs_a_free_licence() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(HOTEL).await;
    let (note, caveat) = rig.already("freeze", &account).await;
    assert!(note == "IsActive: false" && caveat.unwrap().contains("after an activation"));
    let why = refused(&rig.undo("deactivate", &account, &json!({ "IsActive": true })).await);
    assert!(why.contains("LICENSE_LIMIT_EXCEEDED") && why.contains("free a licence"), "{why}");
    assert!(matches!(rig.undo("deactivate", &account, &json!({})).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn licences_go_after_the_sets_that_need_them_and_come_back_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let held = state(&bench, ALFA);
    let before = rig.captured("remove-licences", &account).await;
    assert_eq!(before.seats, ["SalesConsoleUser"]);
    let left = state(&bench, ALFA);
    assert_eq!(left["permission_sets"], json!(["0PS000000000900AAA"]), "the profile's own set stays");
    assert_eq!(left["licences"], json!([]));
    assert_eq!(rig.undo("remove-licences", &account, &before.image).await, Outcome::Acknowledged);
    rig.alive("remove-licences", &account).await;
    let back = state(&bench, ALFA);
    assert_eq!((&back["permission_sets"], &back["licences"]), (&held["permission_sets"], &held["licences"]));
    assert!(matches!(rig.undo("remove-licences", &account, &before.image).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn setup_and_data_objects_never_share_a_call() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for name in ["end-sessions", "remove-licences"] {
        rig.done(name, &account).await;
    }
    for op in ["salesforce.sessions.delete", "salesforce.permission_sets.delete", "salesforce.licences.delete"] {
        assert_eq!(sent(&bench, op).len(), 1, "{op}");
    }
    assert!(sent(&bench, "salesforce.records.delete").is_empty());
}

#[tokio::test]
async fn all_blockers_are_shown_at_once() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(BRAVO).await;
    let findings = rig.listed("list-blockers", &account).await;
    let told: Vec<(&str, &str)> = findings.iter().map(|it| (it.what.as_str(), it.id.as_str())).collect();
    assert_eq!(
        told,
        [
            ("owned records", "Lead"),
            ("owned records", "Opportunity"),
            ("owned records", "Case"),
            ("owned records", "Account"),
            ("queue", "00G000000000001AAA"),
            ("approval that waits for this person", "04i000000000000AAA"),
            ("user whose delegated approver this is", "005000000000020AAA"),
            ("hierarchy field", "Approver__c"),
            ("settings that no API shows", "Setup"),
        ]
    );
    assert_eq!(findings[0].detail, "3 not converted: give them another owner");
    assert_eq!(findings[4].detail, "Renewals: take this user out in Setup > Users > Queues");
    let why = needs_human(&rig.execute("deactivate", &account).await);
    for blocker in
        ["Lead (3", "Opportunity (2", "Case (1", "Account (4", "Renewals", "Discount", "charlie.doe", "Approver__c"]
    {
        assert!(why.contains(blocker), "{blocker} in {why}");
    }
    assert!(sent(&bench, "salesforce.deactivate").is_empty(), "nothing is sent while something is in the way");
    assert_eq!(rig.alive("list-blockers", &account).await.matches(';').count(), 7);
    let free = rig.account(ALFA).await;
    let findings = rig.listed("list-blockers", &free).await;
    assert!(matches!(findings.as_slice(), [Finding { id, .. }] if id == "Setup"), "{findings:?}");
    rig.dead("list-blockers", &free).await;
}

#[tokio::test]
async fn a_blocker_that_no_api_shows_is_told_in_salesforces_words() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(DELTA).await;
    let why = refused(&rig.execute("deactivate", &account).await);
    assert!(why.contains("default owner of leads") && why.contains("default workflow user"), "{why}");
    assert_eq!(state(&bench, DELTA)["active"], true);
}

#[tokio::test]
async fn the_last_system_administrator_is_refused() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ECHO).await;
    assert_eq!(account.matched_on, "Username, a system administrator");
    for name in ["freeze", "deactivate"] {
        let why = needs_human(&rig.execute(name, &account).await);
        assert!(why.contains("last active System Administrator"), "{why}");
    }
    assert_eq!(
        (state(&bench, ECHO)["frozen"].clone(), state(&bench, ECHO)["active"].clone()),
        (json!(false), json!(true))
    );
}

#[tokio::test]
async fn the_integration_user_is_never_touched() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let own = bench.sandbox.credentials().salesforce_username.clone();
    match rig.locate(&Leaver::from_email(&own)).await.unwrap() {
        Located::Unsure { reason } => assert!(reason.contains("itself acts as"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_email_is_not_unique_and_a_user_name_is() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    match rig.locate(&Leaver::from_email(FOXTROT)).await.unwrap() {
        Located::Unsure { reason } => assert!(reason.contains(".community") && reason.contains("id map"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(rig.account(GOLF).await.matched_on, "Email");
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
}

#[tokio::test]
async fn an_id_of_15_characters_finds_the_one_of_18() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    match rig.locate(&mapped("salesforce", FOXTROT, "005000000000050")).await.unwrap() {
        Located::Found(account) => {
            assert_eq!((account.id.as_str(), account.matched_on.as_str()), ("005000000000050AAA", "id map"));
        }
        other => panic!("{other:?}"),
    }
    for (id, why) in [
        ("005000000099999", "does not exist"),
        ("001000000000001", "no Salesforce user id"),
        ("x' OR Id != '", "no Salesforce user id"),
    ] {
        match rig.locate(&mapped("salesforce", ALFA, id)).await.unwrap() {
            Located::Unsure { reason } => assert!(reason.contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_apostrophe_in_an_address_ends_no_literal() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    assert_eq!(rig.account("o'romeo@corp.example").await.label, "o'romeo@corp.example");
    let forged = rig.locate(&Leaver::from_email("x' or isactive = true or email = 'x")).await.unwrap();
    assert!(matches!(forged, Located::Nobody { .. }), "{forged:?}");
}

#[tokio::test]
async fn a_session_that_has_ended_is_renewed_once() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    bench.turn_away("salesforce.query.user", 401);
    assert!(locked(&rig.execute("freeze", &account).await).contains("INVALID_SESSION_ID"));
    assert_eq!(sent(&bench, "salesforce.token").len(), 2);
    bench.sandbox.clear_faults();
    rig.done("freeze", &account).await;
    assert_eq!(sent(&bench, "salesforce.token").len(), 2, "the renewed one is good");
}

#[tokio::test]
async fn a_limit_is_a_403_and_means_not_now() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (op, name) in [
        ("salesforce.freeze", "freeze"),
        ("salesforce.sessions.delete", "end-sessions"),
        ("salesforce.revoke", "revoke-oauth-tokens"),
        ("salesforce.permission_sets.delete", "remove-licences"),
        ("salesforce.deactivate", "deactivate"),
        ("salesforce.describe", "list-blockers"),
    ] {
        bench.turn_away(op, 403);
        is_retry(&rig.execute(name, &account).await, true);
        bench.sandbox.clear_faults();
    }
    bench.turn_away("salesforce.query.user", 403);
    assert!(matches!(rig.verify("freeze", &account).await, Verdict::CannotTell { again: true, .. }));
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_a_second_try_finds_it_done() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (op, name) in [
        ("salesforce.freeze", "freeze"),
        ("salesforce.sessions.delete", "end-sessions"),
        ("salesforce.revoke", "revoke-oauth-tokens"),
        ("salesforce.licences.delete", "remove-licences"),
        ("salesforce.deactivate", "deactivate"),
    ] {
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.already(name, &account).await;
    }
    bench.lose_answers("salesforce.query");
    is_retry(&rig.execute("freeze", &account).await, false);
    is_retry(&rig.execute("list-blockers", &account).await, false);
}

#[tokio::test]
async fn the_api_is_of_the_newest_version_that_the_org_has() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    rig.account(ALFA).await;
    rig.account(BRAVO).await;
    assert_eq!(sent(&bench, "salesforce.versions").len(), 1, "it is read once");
    let paths = sent(&bench, "salesforce.query.user");
    assert!(paths.iter().all(|path| path == "/salesforce/services/data/v66.0/query"), "{paths:?}");
}

#[tokio::test]
async fn client_credentials_are_another_way_in() {
    let bench = Bench::new().await;
    let credentials = bench.sandbox.credentials().clone();
    let toml = |secret: &str| {
        format!(
            "type='salesforce'\nbase_url='{}/salesforce'\nclient_id='{}'\nclient_secret='{secret}'",
            bench.base(),
            credentials.salesforce_client_id
        )
    };
    let rig = Rig::new("salesforce", &toml(&bench.secret("good", &credentials.salesforce_client_secret)));
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.missing.is_empty() && probe.message.contains("v66.0"), "{probe:?}");
    match rig.locate(&Leaver::from_email(&credentials.salesforce_username)).await.unwrap() {
        Located::Unsure { reason } => assert!(reason.contains("itself acts as"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let bad = Rig::new("salesforce", &toml(&bench.secret("bad", "not-the-secret")));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("consumer key"), "{}", probe.message);
    bad.kept_quiet(&["not-the-secret"]);
}

#[tokio::test]
async fn bad_credentials_and_half_a_configuration_are_told_with_the_cure() {
    let bench = Bench::new().await;
    let other = bench.secret("other.pem", &bench.sandbox.credentials().okta_private_key_pem);
    let toml = |rest: &str| {
        format!("type='salesforce'\nbase_url='{0}/salesforce'\nlogin_url='{0}/salesforce'\n{rest}", bench.base())
    };
    let client_id = &bench.sandbox.credentials().salesforce_client_id;
    let rig = Rig::new(
        "salesforce",
        &toml(&format!("client_id='{client_id}'\nusername='x@corp.example'\nprivate_key='{other}'")),
    );
    let account = Account { id: "005000000000000AAA".into(), label: "l".into(), matched_on: "m".into() };
    assert!(locked(&rig.execute("freeze", &account).await).contains("pre-authorise"));
    let half = Section::from_toml("salesforce", &toml("client_id='x'\nusername='y'")).unwrap();
    let why = registry::build(&half).err().unwrap().to_string();
    assert!(why.contains("either username and private_key, or client_secret"), "{why}");
}

/// An org that answers queries on users by this function of the request.
async fn org(users: impl Fn(&str) -> String + Send + Sync + 'static) -> Stub {
    Stub::new(move |request| {
        let body = match request {
            it if it.starts_with("POST /services/oauth2/token") => {
                r#"{"access_token":"t","id":"x/005000000000009AAA"}"#.into()
            }
            it if it.starts_with("GET /services/data ") => r#"[{"version":"62.0"}]"#.into(),
            it => users(it),
        };
        answer("200 OK", "", &body)
    })
    .await
}

pub(crate) fn at(stub: &Stub, bench: &Bench) -> Rig {
    let secret = bench.secret("s", "a-secret-of-some-length");
    Rig::new(
        "salesforce",
        &format!("type='salesforce'\nbase_url='{}'\nclient_id='c'\nclient_secret='{secret}'", stub.base),
    )
}

#[tokio::test]
async fn pages_are_followed_on_our_own_host_and_never_for_ever() {
    let bench = Bench::new().await;
    let session = |id: &str, done: bool| {
        format!(
            r#"{{"totalSize":2,"done":{done},"nextRecordsUrl":"https://elsewhere.example/services/data/v62.0/query/01gA-2000","records":[{{"Id":"{id}"}}]}}"#
        )
    };
    let two = org(move |request| session("0Ak1", request.contains("/query/01gA-2000 "))).await;
    let rig = at(&two, &bench);
    let account = Account { id: "005000000000001AAA".into(), label: "l".into(), matched_on: "m".into() };
    assert_eq!(rig.alive("end-sessions", &account).await, "sessions: 2");
    let endless = org(move |_| session("0Ak1", false)).await;
    match at(&endless, &bench).verify("end-sessions", &account).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("more than 5 pages"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let cut_short = org(|_| r#"{"totalSize":2,"done":false,"records":[{"Id":"0Ak1"}]}"#.into()).await;
    match at(&cut_short, &bench).verify("end-sessions", &account).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("without a next page"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_200_with_success_false_is_no_success() {
    let bench = Bench::new().await;
    let stub = org(|request| match request {
        it if it.starts_with("DELETE") => {
            r#"[{"id":"0Ak1","success":false,"errors":[{"statusCode":"INSUFFICIENT_ACCESS_OR_READONLY","message":"no","fields":[]}]}]"#.into()
        }
        it if it.starts_with("GET") => r#"{"totalSize":1,"done":true,"records":[{"Id":"0Ak1"}]}"#.into(),
        _ => "{}".into(),
    })
    .await;
    let rig = at(&stub, &bench);
    let account = Account { id: "005000000000001AAA".into(), label: "l".into(), matched_on: "m".into() };
    let why = refused(&rig.execute("end-sessions", &account).await);
    assert!(why.contains("INSUFFICIENT_ACCESS_OR_READONLY") && why.contains("Manage Users"), "{why}");
}
