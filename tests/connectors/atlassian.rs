use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, Verdict};
use nightlatch::sandbox::Person;
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const ALL: [&str; 5] = ["deactivate", "revoke-api-tokens", "suspend-access", "remove-from-directory", "delete-account"];

fn toml(base: &str, key: &str) -> String {
    format!("type='atlassian'\norg_id='org-sandbox-0001'\nbase_url='{base}/atlassian'\napi_key='{key}'")
}

pub(crate) fn rig(bench: &Bench) -> Rig {
    let key = bench.secret("atlassian", &bench.sandbox.credentials().atlassian_api_key);
    Rig::new("atlassian", &toml(&bench.base(), &key))
}

/// The person of this number: the stand-in's special ones go by it.
fn number(bench: &Bench, number: usize) -> Person {
    bench.sandbox.people()[number].clone()
}

fn state(bench: &Bench, person: &Person, field: &str) -> Value {
    bench.sandbox.state("atlassian", &person.email).unwrap()[field].clone()
}

#[tokio::test]
async fn deactivates_and_activates_again() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive("deactivate", &account).await, "account_status: active");
    let before = rig.done("deactivate", &account).await;
    assert_eq!(before, json!({ "account_status": "active" }));
    assert_eq!(rig.dead("deactivate", &account).await, "account_status: inactive");
    assert_eq!(rig.already("deactivate", &account).await.0, "account_status: inactive");
    assert_eq!(state(&bench, &alfa, "active"), false);
    assert_eq!(rig.account(&alfa.email).await, account, "a deactivated account is found still");
    assert_eq!(rig.undo("deactivate", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &alfa, "active"), true);
    assert!(matches!(rig.undo("deactivate", &account, &before).await, Outcome::AlreadySo { .. }));
    let was_inactive = json!({ "account_status": "inactive" });
    assert!(matches!(rig.undo("deactivate", &account, &was_inactive).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&[&bench.sandbox.credentials().atlassian_api_key]);
}

#[tokio::test]
async fn a_second_disable_that_is_turned_away_is_read_back() {
    let profile = r#"{"account":{"account_status":"inactive"}}"#;
    let user = r#"{"data":[{"accountId":"1","accountStatus":"active","email":"alfa.doe@corp.example"}]}"#;
    let stub = Stub::new(move |request| {
        let path = request.lines().next().unwrap_or_default();
        match path {
            _ if path.contains("users/search") => answer("200 OK", "", user),
            _ if path.contains("/profile") => answer("200 OK", "", profile),
            _ if path.contains("/disable") => answer("400 Bad Request", "", r#"[{"code":"account.status"}]"#),
            _ => answer("200 OK", "", "{}"),
        }
    })
    .await;
    let folder = super::bench::folder();
    let key = super::bench::secret(folder.path(), "key", "some-key-0001");
    let rig = Rig::new("atlassian", &toml(&stub.base, &key));
    let account = Account { id: "1".into(), label: "alfa".into(), matched_on: "email".into() };
    assert_eq!(rig.already("deactivate", &account).await.0, "account_status: inactive");
}

#[tokio::test]
async fn api_tokens_are_deleted_one_by_one() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 2));
    let account = rig.account(&person.email).await;
    assert_eq!(rig.alive("revoke-api-tokens", &account).await, "API tokens: 2");
    let before = rig.done("revoke-api-tokens", &account).await;
    assert_eq!(before["tokens"].as_array().unwrap().len(), 2);
    rig.dead("revoke-api-tokens", &account).await;
    rig.already("revoke-api-tokens", &account).await;
    assert_eq!(state(&bench, &person, "tokens"), 0);
    assert!(refused(&rig.undo("revoke-api-tokens", &account, &before).await).contains("no undo"));
}

#[tokio::test]
async fn suspension_frees_the_seats_of_all_directories_and_can_be_lifted() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 1));
    let account = rig.account(&person.email).await;
    rig.alive("suspend-access", &account).await;
    let before = rig.captured("suspend-access", &account).await;
    assert_eq!(before.seats, ["jira", "confluence"]);
    assert_eq!(before.image, json!({ "directories": [{ "id": "dir-main" }, { "id": "dir-contractors" }] }));
    assert_eq!(rig.dead("suspend-access", &account).await, "membershipStatus: suspended");
    rig.already("suspend-access", &account).await;
    assert_eq!(state(&bench, &person, "suspended"), 2);
    assert_eq!(state(&bench, &person, "directories"), 2);
    assert_eq!(rig.undo("suspend-access", &account, &before.image).await, Outcome::Acknowledged);
    assert_eq!(rig.undo("suspend-access", &account, &before.image).await, Outcome::Acknowledged, "harmless twice");
    assert_eq!(state(&bench, &person, "suspended"), 0);
}

#[tokio::test]
async fn removal_loses_what_restoring_cannot_give_back() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    assert!(rig.connector.action("remove-from-directory").unwrap().spec().only_by_rule, "suspension is enough");
    let suspended = rig.done("suspend-access", &account).await;
    let removed = rig.captured("remove-from-directory", &account).await;
    assert!(removed.seats.is_empty(), "the suspension has freed them already");
    assert_eq!(rig.dead("remove-from-directory", &account).await, "in no directory: 404");
    rig.dead("suspend-access", &account).await;
    rig.already("remove-from-directory", &account).await;
    rig.already("suspend-access", &account).await;
    let told = refused(&rig.undo("suspend-access", &account, &suspended).await);
    assert!(told.contains("invite the person again"), "{told}");
    assert_eq!(rig.undo("remove-from-directory", &account, &removed.image).await, Outcome::Acknowledged);
    rig.alive("remove-from-directory", &account).await;
    assert!(matches!(rig.undo("remove-from-directory", &account, &removed.image).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn a_deletion_looks_like_a_deactivation_for_14_days_and_can_be_called_off() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    rig.done("deactivate", &account).await;
    let told = rig.alive("delete-account", &account).await;
    assert_eq!(told, "forDeletion: false, account_status: inactive", "deactivated is not deleted");
    let within = rig.connector.action("delete-account").unwrap().spec().undo_within_ms;
    assert_eq!(within, Some(14 * 86_400_000));
    let before = rig.done("delete-account", &account).await;
    assert_eq!(rig.dead("delete-account", &account).await, "forDeletion: true");
    rig.already("delete-account", &account).await;
    assert_eq!(rig.undo("delete-account", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &alfa, "forDeletion"), false);
    assert_eq!(state(&bench, &alfa, "active"), false, "what was deactivated before is not alive now");
    assert!(matches!(rig.undo("delete-account", &account, &before).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn an_unmanaged_account_is_refused_and_can_be_suspended_all_the_same() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 53));
    let account = rig.account(&person.email).await;
    for name in ["deactivate", "delete-account", "revoke-api-tokens"] {
        let told = refused(&rig.execute(name, &account).await);
        assert!(told.contains("verify the address's domain") && told.contains("suspend-access"), "{name}: {told}");
    }
    assert_eq!(rig.alive("deactivate", &account).await, "account_status: active", "its profile is not ours to read");
    rig.done("suspend-access", &account).await;
    assert_eq!(state(&bench, &person, "active"), true);
}

#[tokio::test]
async fn an_account_synced_from_google_is_refused_with_the_place_to_go_to() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&number(&bench, 55).email).await;
    for name in ["deactivate", "delete-account"] {
        let told = refused(&rig.execute(name, &account).await);
        assert!(told.contains("externalDirectory.google") && told.contains("in Google Workspace"), "{name}: {told}");
    }
    let calls = bench.sandbox.calls();
    assert!(!calls.iter().any(|call| call.op == "atlassian.disable" || call.op == "atlassian.delete"));
}

#[tokio::test]
async fn forbidden_action_without_a_reason_is_refused_with_a_cure() {
    let user = r#"{"data":[{"accountId":"1","accountStatus":"active","email":"alfa.doe@corp.example"}]}"#;
    let stub = Stub::new(move |request| match request.lines().next().unwrap_or_default() {
        path if path.contains("users/search") => answer("200 OK", "", user),
        path if path.contains("/disable") => answer("403 Forbidden", "", r#"{"key":"forbidden.action"}"#),
        path if path.contains("/profile") => answer("200 OK", "", r#"{"account":{"account_status":"active"}}"#),
        _ => answer("200 OK", "", "{}"),
    })
    .await;
    let folder = super::bench::folder();
    let key = super::bench::secret(folder.path(), "key", "some-key-0001");
    let rig = Rig::new("atlassian", &toml(&stub.base, &key));
    let account = Account { id: "1".into(), label: "alfa".into(), matched_on: "email".into() };
    let told = refused(&rig.execute("deactivate", &account).await);
    assert!(told.contains("forbidden.action") && told.contains("identity provider"), "{told}");
}

#[tokio::test]
async fn the_person_who_made_the_key_is_for_a_human() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&number(&bench, 56).email).await;
    let reason = needs_human(&rig.execute("deactivate", &account).await);
    assert!(reason.contains("create one as another admin"), "{reason}");
}

#[tokio::test]
async fn the_last_admin_of_the_organisation_is_refused() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let one = rig.account(&number(&bench, 49).email).await;
    let last = rig.account(&number(&bench, 51).email).await;
    rig.done("deactivate", &one).await;
    for name in ["deactivate", "suspend-access", "remove-from-directory", "delete-account"] {
        let reason = needs_human(&rig.execute(name, &last).await);
        assert!(reason.contains("last active admin"), "{name}: {reason}");
    }
    assert_eq!(state(&bench, &number(&bench, 51), "active"), true);
}

#[tokio::test]
async fn a_key_with_scopes_is_told_before_and_locked_when_used() {
    let bench = Bench::new().await;
    let key = bench.secret("scoped", &bench.sandbox.credentials().atlassian_scoped_key);
    let rig = Rig::new("atlassian", &toml(&bench.base(), &key));
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing), (Health::Locked, vec!["manage:org".to_owned()]));
    let account = rig.account("alfa.doe@corp.example").await;
    for name in ["deactivate", "suspend-access"] {
        let told = locked(&rig.execute(name, &account).await);
        assert!(told.contains("manage:org") && told.contains("without scopes"), "{name}: {told}");
    }
    match rig.verify("deactivate", &account).await {
        Verdict::Locked { cure, .. } => assert!(cure.contains("without scopes")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nobody_two_candidates_a_wrong_map_and_a_bad_key() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing.len()), (Health::Up, 0), "{}", probe.message);
    let found = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    let found = rig.locate(&Leaver::from_email(&number(&bench, 57).email)).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("557058:sandbox-namesake")), "{found:?}");
    let found = rig.locate(&mapped("atlassian", "alfa.doe@corp.example", "712020:gone")).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("does not exist")), "{found:?}");
    let found = rig.locate(&mapped("atlassian", "nobody@corp.example", "712020:sandbox-000000")).await.unwrap();
    assert!(matches!(&found, Located::Found(account) if account.matched_on == "id map"), "{found:?}");
    let gone = Account { id: "712020:gone".into(), label: "l".into(), matched_on: "m".into() };
    for name in ALL {
        rig.already(name, &gone).await;
    }
    let key = bench.secret("bad", "ATCTT3x-this-is-not-it");
    let bad = Rig::new("atlassian", &toml(&bench.base(), &key));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("without scopes"), "{}", probe.message);
    bad.kept_quiet(&["ATCTT3x-this-is-not-it"]);
}

#[tokio::test]
async fn throttled_lost_and_broken() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let person = number(&bench, 2);
    let account = rig.account(&person.email).await;
    for (name, op) in [
        ("deactivate", "atlassian.disable"),
        ("revoke-api-tokens", "atlassian.tokens.delete"),
        ("suspend-access", "atlassian.suspend"),
        ("remove-from-directory", "atlassian.remove"),
        ("delete-account", "atlassian.delete"),
    ] {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 1_000, "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 502);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.dead(name, &account).await;
        rig.already(name, &account).await;
    }
    bench.turn_away("atlassian.users.search", 429);
    assert_eq!(is_retry(&rig.execute("delete-account", &account).await, true), 1_000);
}
