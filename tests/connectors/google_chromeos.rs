//! Google Workspace: `ChromeOS` devices.

use nightlatch::model::{Danger, Outcome, Stage, StepClass};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, needs_human, refused};
use super::google::rig;
use super::google_devices::stand_in;
use super::stub::{Stub, json_answer};

const DISABLE: &str = "disable-chromeos-devices";
const LIST: &str = "list-used-chromeos-devices";
const ALFA: &str = "alfa.doe@corp.example";

fn chromebooks(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("google", email).unwrap()["chromebooks"].clone()
}

#[tokio::test]
async fn the_leavers_own_device_is_disabled_and_enabled_again() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let spec = rig.connector.action(DISABLE).unwrap().spec();
    assert_eq!((spec.stage, spec.danger, spec.class), (Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent));
    assert_eq!(spec.scopes, ["admin.directory.user", "admin.directory.device.chromeos"]);
    let account = rig.account(ALFA).await;
    let shown = |status: &str| format!("ChromeOS devices: Book 12 C4R0ME000000 {status}");
    assert_eq!(rig.alive(DISABLE, &account).await, shown("ACTIVE"));
    let before = rig.done(DISABLE, &account).await;
    assert_eq!((&before["customer"], &before["devices"][0]["status"]), (&json!("C0sandbox"), &json!("ACTIVE")));
    assert_eq!(rig.dead(DISABLE, &account).await, shown("DISABLED"));
    assert_eq!(rig.already(DISABLE, &account).await.0, shown("DISABLED"));
    for _ in 0..2 {
        assert_eq!(rig.undo(DISABLE, &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(rig.alive(DISABLE, &account).await, shown("ACTIVE"));
    assert_eq!(bench.sandbox.calls().iter().filter(|call| call.op == "google.chromeos.reenable").count(), 1);
}

#[tokio::test]
async fn throttled_it_waits_and_a_lost_answer_is_ambiguous() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    bench.turn_away("google.chromeos.disable", 403);
    is_retry(&rig.execute(DISABLE, &account).await, true);
    bench.sandbox.clear_faults();
    bench.lose_answers("google.chromeos.disable");
    is_ambiguous(&rig.execute(DISABLE, &account).await);
    assert_eq!(chromebooks(&bench, ALFA), json!(["DISABLED"]));
}

#[tokio::test]
async fn who_has_none_or_a_disabled_one_is_done() {
    let bench = Bench::with(nightlatch::sandbox::Options { people: 200, ..Default::default() }).await;
    let rig = rig(&bench);
    for (statuses, note) in [(json!([]), "ChromeOS devices: none"), (json!(["DISABLED"]), "DISABLED")] {
        // Bravo is a break-glass account here.
        let fits =
            |it: &nightlatch::sandbox::Person| it.login != "bravo.doe" && chromebooks(&bench, &it.email) == statuses;
        let email = bench.person(fits).email;
        let account = rig.account(&email).await;
        let (said, _) = rig.already(DISABLE, &account).await;
        assert!(said.ends_with(note), "{said}");
        rig.dead(DISABLE, &account).await;
        assert_eq!(rig.undo(DISABLE, &account, &json!({})).await, Outcome::Acknowledged);
        assert_eq!(chromebooks(&bench, &email), statuses, "undo enables nothing that it did not disable");
    }
}

/// A kiosk is everybody's: it is a finding, and stays as it is.
#[tokio::test]
async fn a_shared_device_is_listed_and_never_disabled() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done(DISABLE, &account).await;
    let findings = rig.listed(LIST, &account).await;
    let [kiosk] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((kiosk.what.as_str(), kiosk.id.as_str()), ("ChromeOS device", "c4r0mekiosk"));
    assert!(kiosk.detail.contains("ACTIVE, annotated to Front desk, used lately by 3 people"), "{}", kiosk.detail);
    let disabled: Vec<_> =
        bench.sandbox.calls().into_iter().filter(|call| call.op == "google.chromeos.disable").collect();
    assert_eq!(disabled.len(), 1);
}

/// The Directory API in a few answers: what each search finds, and what is said of a batch. An error has its status.
async fn directory(
    devices: impl Fn(&str) -> Value + Send + Sync + 'static,
    said: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> (Stub, Rig) {
    stand_in(move |request| {
        let body = if request.contains(":batchChangeStatus") {
            said(request)
        } else if request.contains("/devices/chromeos") {
            devices(request)
        } else {
            json!({"id": "7", "primaryEmail": ALFA})
        };
        let status = body.pointer("/error/code").and_then(Value::as_u64).unwrap_or(200);
        json_answer(&format!("{status} Said"), &body)
    })
    .await
}

fn device(id: &str, annotated: &str, recent: &[&str]) -> Value {
    let recent: Vec<Value> = recent.iter().map(|it| json!({"type": "USER_TYPE_MANAGED", "email": it})).collect();
    json!({"deviceId": id, "status": "ACTIVE", "model": "Book", "serialNumber": id, "annotatedUser": annotated,
        "recentUsers": recent})
}

fn list(devices: &[Value]) -> Value {
    json!({ "chromeosdevices": devices })
}

fn untouched(stub: &Stub) -> bool {
    stub.seen().iter().all(|request| !request.contains(":batchChangeStatus"))
}

#[tokio::test]
async fn a_device_that_the_search_found_for_somebody_else_is_not_touched() {
    let theirs = || list(&[device("1", "alfa.doe2@corp.example", &[ALFA]), device("2", "Alfa Doe", &[ALFA])]);
    let (stub, rig) = directory(move |_| theirs(), |_| json!({})).await;
    let account = rig.account(ALFA).await;
    assert_eq!(rig.already(DISABLE, &account).await.0, "ChromeOS devices: none");
    assert!(untouched(&stub));
    let ids: Vec<String> = rig.listed(LIST, &account).await.into_iter().map(|it| it.id).collect();
    assert_eq!(ids, ["1", "2"], "each is listed once, whichever search finds it");
}

#[tokio::test]
async fn a_device_that_somebody_else_signed_in_to_last_waits_for_a_person() {
    let handed_on = || list(&[device("1", ALFA, &["bravo.doe@corp.example", ALFA])]);
    let (stub, rig) = directory(move |_| handed_on(), |_| json!({})).await;
    let account = rig.account(ALFA).await;
    let reason = needs_human(&rig.execute(DISABLE, &account).await);
    assert!(reason.contains("bravo.doe@corp.example signed in last"), "{reason}");
    assert!(rig.alive(DISABLE, &account).await.contains("signed in last"));
    assert!(untouched(&stub));
}

/// The answer to a batch is 200 whatever became of each device.
#[tokio::test]
async fn what_became_of_each_device_of_a_batch_is_read() {
    let two = || list(&[device("1", ALFA, &[ALFA]), device("2", ALFA, &[])]);
    let result = |id: &str, error: Option<(u8, &str)>| match error {
        None => json!({"deviceId": id, "response": {}}),
        Some((code, message)) => json!({"deviceId": id, "error": {"code": code, "message": message}}),
    };
    let batch = move |second: Option<Option<(u8, &'static str)>>| {
        let results: Vec<Value> =
            [Some(result("1", None)), second.map(|it| result("2", it))].into_iter().flatten().collect();
        move |_: &str| json!({ "changeChromeOsDeviceStatusResults": results.clone() })
    };
    let outcome = async |second| {
        let (_stub, rig) = directory(move |_| two(), batch(second)).await;
        let account = rig.account(ALFA).await;
        rig.execute(DISABLE, &account).await
    };
    assert_eq!(outcome(Some(None)).await, Outcome::Acknowledged);
    assert!(refused(&outcome(Some(Some((9, "No licence is left")))).await).contains("No licence is left (code 9)"));
    assert!(refused(&outcome(Some(Some((7, "Not you")))).await).contains("Manage ChromeOS Devices"));
    is_retry(&outcome(Some(Some((8, "Slow down")))).await, true);
    is_ambiguous(&outcome(None).await);
}

/// Fifty devices go in one batch, so the fifty-first goes in a second.
#[tokio::test]
async fn what_is_unknown_of_one_batch_is_told_whatever_becomes_of_the_next() {
    let many = || list(&(1..=51).map(|id| device(&id.to_string(), ALFA, &[ALFA])).collect::<Vec<_>>());
    // Of the first device of the first batch nothing is said, and the second batch is throttled.
    let results: Vec<Value> = (2..=50).map(|id| json!({"deviceId": id.to_string(), "response": {}})).collect();
    let said = move |request: &str| {
        if request.contains(r#""deviceIds":["51"]"#) {
            return json!({"error": {"code": 429, "message": "Slow down", "errors": [{"reason": "rateLimitExceeded"}]}});
        }
        json!({ "changeChromeOsDeviceStatusResults": results.clone() })
    };
    let (stub, rig) = directory(move |_| many(), said).await;
    let account = rig.account(ALFA).await;
    is_ambiguous(&rig.execute(DISABLE, &account).await);
    assert_eq!(stub.seen().iter().filter(|request| request.contains(":batchChangeStatus")).count(), 2);
}

#[tokio::test]
async fn the_list_says_so_where_google_does_not_search_by_recent_users() {
    let error =
        || json!({"error": {"code": 400, "message": "Invalid Input: query", "errors": [{"reason": "invalid"}]}});
    let refuses = move |request: &str| if request.contains("recent_user") { error() } else { json!({}) };
    let (_stub, rig) = directory(refuses, |_| json!({})).await;
    let account = rig.account(ALFA).await;
    let findings = rig.listed(LIST, &account).await;
    assert!(findings[0].detail.contains("was not searched") && findings.len() == 1, "{findings:?}");
}

#[tokio::test]
async fn a_device_that_was_deprovisioned_since_is_told() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let gone = json!({ "customer": "C0sandbox", "devices": [{ "deviceId": "none", "device": "Book 12 X" }] });
    let said = refused(&rig.undo(DISABLE, &account, &gone).await);
    assert!(said.contains("Book 12 X does not exist any more") && said.contains("enrol"), "{said}");
    let deprovisioned = json!({"deviceId": "1", "status": "DEPROVISIONED"});
    let (_stub, rig) = directory(move |_| deprovisioned.clone(), |_| json!({})).await;
    let account = rig.account(ALFA).await;
    let said = refused(&rig.undo(DISABLE, &account, &gone).await);
    assert!(said.contains("is DEPROVISIONED by now"), "{said}");
}
