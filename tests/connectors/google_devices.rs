//! Google Workspace: private phones and the company's devices.

use nightlatch::model::{Danger, Outcome, Stage, StepClass};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, needs_human, secret};
use super::google::rig;
use super::stub::{Stub, json_answer};

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("google", email).unwrap()
}

#[tokio::test]
async fn the_account_is_wiped_off_a_private_phone_and_never_the_phone() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive("wipe-mobile-accounts", &account).await, "the user's own devices: APPROVED");
    let before = rig.done("wipe-mobile-accounts", &account).await;
    assert_eq!(before["devices"][0]["model"], "Pocket 7");
    assert_eq!(rig.dead("wipe-mobile-accounts", &account).await, "the user's own devices: ACCOUNT_WIPING");
    rig.already("wipe-mobile-accounts", &account).await;
    let now = state(&bench, &alfa.email);
    assert_eq!((&now["phones"], &now["phonesErased"]), (&json!(["ACCOUNT_WIPING"]), &json!(0)));
    bench.sandbox.clear_faults();
    let other = rig.account(&bench.person(|it| state(&bench, &it.email)["phones"] == json!(["APPROVED"])).email).await;
    bench.turn_away("google.mobile.action", 403);
    is_retry(&rig.execute("wipe-mobile-accounts", &other).await, true);
    bench.sandbox.clear_faults();
    bench.lose_answers("google.mobile.action");
    is_ambiguous(&rig.execute("wipe-mobile-accounts", &other).await);
}

#[tokio::test]
async fn somebody_without_a_phone_is_done() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let without = bench.person(|it| state(&bench, &it.email)["phones"] == json!([]) && !it.email.starts_with("bravo"));
    let account = rig.account(&without.email).await;
    assert_eq!(rig.already("wipe-mobile-accounts", &account).await.0, "the user's own devices: none");
    rig.dead("wipe-mobile-accounts", &account).await;
}

/// Google, answered by this, but for its tokens.
pub(crate) async fn stand_in(answers: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Stub, Rig) {
    let stub = Stub::new(move |request| {
        if request.starts_with("POST /token") {
            let token = json!({"access_token": "ya29.x", "expires_in": 3600});
            return json_answer("200 OK", &token);
        }
        answers(request)
    })
    .await;
    let folder = super::bench::folder();
    let bench = Bench::new().await;
    let key = secret(folder.path(), "key.json", &bench.sandbox.credentials().google_service_account_json);
    let toml = format!(
        "type='google'\nservice_account='{key}'\nadmin='a@corp.example'\nbase_url='{base}/admin/directory/v1'\n\
         token_url='{base}/token'",
        base = stub.base
    );
    let mut rig = Rig::new("google", &toml);
    rig.folder = Some(folder);
    (stub, rig)
}

/// Google in a few answers: one user, one list of devices, one word about what is done to them.
async fn google(devices: impl Fn(usize) -> Value + Send + Sync + 'static, said: (&'static str, Value)) -> (Stub, Rig) {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    stand_in(move |request| {
        if request.contains("/action") {
            return json_answer(said.0, &said.1);
        }
        if request.contains("/devices/mobile") {
            return json_answer("200 OK", &devices(asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
        }
        json_answer("200 OK", &json!({"id": "7", "primaryEmail": "alfa.doe@corp.example"}))
    })
    .await
}

fn phone(email: &str) -> Value {
    json!({"mobiledevices": [{"resourceId": "r1", "status": "APPROVED", "email": [email]}]})
}

/// Of a device that is not there any more, `mobiledevices.action` says 500 `internalError`.
#[tokio::test]
async fn a_500_for_a_missing_device_is_told_from_one_that_broke() {
    let broke = json!({"error": {"code": 500, "message": "Internal", "errors": [{"reason": "internalError"}]}});
    let (_stub, rig) = google(
        |asked| if asked == 0 { phone("alfa.doe@corp.example") } else { json!({}) },
        ("500 Internal Server Error", broke.clone()),
    )
    .await;
    let account = rig.account("alfa.doe@corp.example").await;
    assert_eq!(rig.execute("wipe-mobile-accounts", &account).await, Outcome::Acknowledged, "it has left the list");
    let (_stub, rig) = google(|_| phone("alfa.doe@corp.example"), ("500 Internal Server Error", broke)).await;
    is_ambiguous(&rig.execute("wipe-mobile-accounts", &account).await);
}

#[tokio::test]
async fn a_phone_that_the_search_found_for_somebody_else_is_not_touched() {
    let (stub, rig) = google(|_| phone("alfa.doe2@corp.example"), ("204 No Content", json!({}))).await;
    let account = rig.account("alfa.doe@corp.example").await;
    rig.already("wipe-mobile-accounts", &account).await;
    assert!(stub.seen().iter().all(|request| !request.contains("/action")));
}

#[tokio::test]
async fn company_devices_are_erased_only_as_an_irreversible_step_of_their_own() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let spec = rig.connector.action("wipe-company-devices").unwrap().spec();
    assert_eq!((spec.stage, spec.danger, spec.class), (Stage::Purge, Danger::Irreversible, StepClass::Reconcile));
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive("wipe-company-devices", &account).await, "company devices: Desk 14 APPROVED");
    let before = rig.done("wipe-company-devices", &account).await;
    assert_eq!(rig.dead("wipe-company-devices", &account).await, "company devices: Desk 14 WIPING");
    rig.already("wipe-company-devices", &account).await;
    for _ in 0..2 {
        assert_eq!(rig.undo("wipe-company-devices", &account, &before).await, Outcome::Acknowledged);
    }
    rig.alive("wipe-company-devices", &account).await;
    bench.lose_answers("google.devices.wipe");
    is_ambiguous(&rig.execute("wipe-company-devices", &account).await);
    assert_eq!(state(&bench, &alfa.email)["computers"], json!(["WIPING"]));
}

#[tokio::test]
async fn a_device_that_somebody_else_signs_in_to_as_well_is_not_erased() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let shared = bench.person(|it| state(&bench, &it.email)["shared"] == 1);
    let account = rig.account(&shared.email).await;
    let reason = needs_human(&rig.execute("wipe-company-devices", &account).await);
    assert!(reason.contains("also used by"), "{reason}");
    assert_eq!(state(&bench, &shared.email)["computers"], json!(["APPROVED"]));
}

/// A wipe can be called off only until the device has got it.
#[tokio::test]
async fn a_wipe_that_has_reached_the_device_cannot_be_called_off() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let before = rig.done("wipe-company-devices", &account).await;
    let http = reqwest::Client::new();
    let url = format!("{}/_sandbox/people/{}/set", bench.base(), bench.alfa().email);
    assert!(http.post(url).json(&json!({"google_devices_reached": true})).send().await.unwrap().status().is_success());
    let said = super::bench::refused(&rig.undo("wipe-company-devices", &account, &before).await);
    assert!(said.contains("gone too far") && said.contains("set the device up anew"), "{said}");
}
