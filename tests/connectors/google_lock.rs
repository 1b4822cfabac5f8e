//! Google Workspace: the account on the devices that a person signs in to.

use nightlatch::model::{Danger, Outcome, Stage, StepClass};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, refused};
use super::google::rig;
use super::google_devices::stand_in;
use super::stub::{Stub, json_answer};

const LOCK: &str = "lock-devices";

fn on_devices(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("google", email).unwrap()["accountOnDevices"].clone()
}

/// Somebody whose account stands on their devices like this; not Bravo, who is a break-glass account here.
fn somebody(bench: &Bench, states: &Value) -> String {
    bench.person(|it| it.login != "bravo.doe" && on_devices(bench, &it.email) == *states).email
}

#[tokio::test]
async fn the_account_is_blocked_on_every_device_and_the_devices_stay_as_they_are() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let spec = rig.connector.action(LOCK).unwrap().spec();
    assert_eq!((spec.stage, spec.danger, spec.class), (Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent));
    assert_eq!(spec.scopes, ["admin.directory.user", "cloud-identity.devices"]);
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive(LOCK, &account).await, "the account on devices: APPROVED, APPROVED");
    let before = rig.done(LOCK, &account).await;
    assert_eq!(before["deviceUsers"][1]["managementState"], "APPROVED");
    assert_eq!(rig.dead(LOCK, &account).await, "the account on devices: BLOCKED, BLOCKED");
    assert_eq!(rig.already(LOCK, &account).await.0, "the account on devices: BLOCKED, BLOCKED");
    let now = bench.sandbox.state("google", &alfa.email).unwrap();
    assert_eq!((&now["computers"], &now["phonesErased"]), (&json!(["APPROVED"]), &json!(0)), "nothing was wiped");
    for _ in 0..2 {
        assert_eq!(rig.undo(LOCK, &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(rig.alive(LOCK, &account).await, "the account on devices: APPROVED, APPROVED");
}

#[tokio::test]
async fn throttled_it_waits_and_a_lost_answer_is_ambiguous() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    bench.turn_away("google.device_users.block", 403);
    is_retry(&rig.execute(LOCK, &account).await, true);
    bench.sandbox.clear_faults();
    bench.lose_answers("google.device_users.block");
    is_ambiguous(&rig.execute(LOCK, &account).await);
    assert_eq!(on_devices(&bench, &bench.alfa().email), json!(["BLOCKED", "BLOCKED"]));
    bench.sandbox.clear_faults();
    rig.already(LOCK, &account).await;
}

#[tokio::test]
async fn what_is_blocked_already_stays_so_and_undo_does_not_open_it() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let blocked = rig.account(&somebody(&bench, &json!(["BLOCKED"]))).await;
    assert_eq!(rig.already(LOCK, &blocked).await.0, "the account on devices: BLOCKED");
    assert_eq!(rig.undo(LOCK, &blocked, &json!({})).await, Outcome::Acknowledged);
    rig.dead(LOCK, &blocked).await;
    let none = rig.account(&somebody(&bench, &json!([]))).await;
    assert_eq!(rig.already(LOCK, &none).await.0, "the account on devices: none");
    rig.dead(LOCK, &none).await;
}

/// `approve` would give more than there was: the account waited for an admin.
#[tokio::test]
async fn what_waited_for_approval_is_blocked_and_undo_does_not_approve_it() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let email = somebody(&bench, &json!(["PENDING_APPROVAL"]));
    let account = rig.account(&email).await;
    rig.alive(LOCK, &account).await;
    let before = rig.done(LOCK, &account).await;
    rig.dead(LOCK, &account).await;
    let said = refused(&rig.undo(LOCK, &account, &before).await);
    assert!(said.contains("waited for an admin's approval before") && said.contains("Admin console"), "{said}");
    assert_eq!(on_devices(&bench, &email), json!(["BLOCKED"]));
}

#[tokio::test]
async fn a_device_that_was_wiped_since_is_told_and_the_others_are_given_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    let before = rig.done(LOCK, &account).await;
    rig.done("wipe-mobile-accounts", &account).await;
    assert_eq!(rig.dead(LOCK, &account).await, "the account on devices: WIPING, BLOCKED");
    let said = refused(&rig.undo(LOCK, &account, &before).await);
    assert!(said.contains("is WIPING by now"), "{said}");
    assert_eq!(on_devices(&bench, &alfa.email), json!(["WIPING", "APPROVED"]));
}

#[tokio::test]
async fn an_id_with_a_slash_names_nobody_and_changes_nothing() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let astray = nightlatch::model::Account { id: format!("x/../{}", account.id), ..account.clone() };
    for name in [LOCK, "disable-chromeos-devices"] {
        let (note, _) = rig.already(name, &astray).await;
        assert!(note.contains("does not exist any more"), "{note}");
    }
    let kept = json!({ "deviceUsers": [{ "name": "devices/../users/x" }] });
    assert!(refused(&rig.undo(LOCK, &account, &kept).await).contains("cannot be an id"));
    assert_eq!(on_devices(&bench, &bench.alfa().email), json!(["APPROVED", "APPROVED"]));
}

/// Cloud Identity that has this one sign-in, and answers a block so.
async fn cloud(email: &'static str, status: &'static str, said: Value) -> (Stub, Rig) {
    stand_in(move |request| {
        let user = json!({"name": "devices/d/deviceUsers/u", "userEmail": email, "managementState": "APPROVED"});
        if request.contains(":block") {
            return json_answer(status, &said);
        }
        if request.contains("/deviceUsers/u") {
            return json_answer("200 OK", &user);
        }
        if request.contains("/deviceUsers") {
            return json_answer("200 OK", &json!({"deviceUsers": [user]}));
        }
        json_answer("200 OK", &json!({"id": "7", "primaryEmail": "alfa.doe@corp.example"}))
    })
    .await
}

const ALFA: &str = "alfa.doe@corp.example";

#[tokio::test]
async fn where_the_edition_does_not_allow_it_the_step_says_so_in_googles_words() {
    let words = "The caller does not have permission";
    let error = json!({"error": {"code": 403, "message": words, "status": "PERMISSION_DENIED"}});
    let (_stub, rig) = cloud(ALFA, "403 Forbidden", error).await;
    let account = rig.account(ALFA).await;
    let said = refused(&rig.execute(LOCK, &account).await);
    assert!(said.contains(words) && said.contains("edition") && said.contains("Mobile Device Management"), "{said}");
}

/// A long-running operation may have failed when its 200 comes.
#[tokio::test]
async fn an_operation_that_has_failed_is_no_success() {
    let failed =
        |code: u8| json!({"name": "operations/1", "done": true, "error": {"code": code, "message": "Not now"}});
    let (_stub, rig) = cloud(ALFA, "200 OK", failed(7)).await;
    let account = rig.account(ALFA).await;
    let said = refused(&rig.execute(LOCK, &account).await);
    assert!(said.contains("Not now (code 7)") && said.contains("edition"), "{said}");
    let (_stub, rig) = cloud(ALFA, "200 OK", failed(9)).await;
    assert!(refused(&rig.execute(LOCK, &account).await).contains("Not now (code 9)"), "it is not blocked");
    let (_stub, rig) = cloud(ALFA, "200 OK", failed(8)).await;
    is_retry(&rig.execute(LOCK, &account).await, true);
    let (_stub, rig) = cloud(ALFA, "200 OK", failed(13)).await;
    is_ambiguous(&rig.execute(LOCK, &account).await);
    let (_stub, rig) = cloud(ALFA, "200 OK", json!({"name": "operations/1", "done": false})).await;
    assert_eq!(rig.execute(LOCK, &account).await, Outcome::Acknowledged);
    rig.alive(LOCK, &account).await;
}

#[tokio::test]
async fn a_sign_in_that_the_search_found_for_somebody_else_is_not_touched() {
    let (stub, rig) = cloud("alfa.doe2@corp.example", "200 OK", json!({})).await;
    let account = rig.account(ALFA).await;
    assert_eq!(rig.already(LOCK, &account).await.0, "the account on devices: none");
    assert!(stub.seen().iter().all(|request| !request.contains(":block")));
}
