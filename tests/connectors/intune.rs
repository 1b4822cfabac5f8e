use std::time::Duration;

use nightlatch::model::health::Health;
use nightlatch::model::{Danger, StepClass, Verdict};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, needs_human, refused};
use super::entra::{graph_rig, limited_rig};

const ALFA: &str = "alfa.doe@corp.example";
/// The one device is nobody knows whose.
const UNKNOWN_OWNER: &str = "bravo.doe@corp.example";
const NOT_ESCROWED: &str = "charlie.doe@corp.example";
/// The one device, a Mac, is switched off.
const OFFLINE: &str = "delta.doe@corp.example";
const NO_DEVICE: &str = "echo.doe@corp.example";

const ACTS: [(&str, &str); 3] = [
    ("lock-devices", "msgraph.devices.lock"),
    ("retire-devices", "msgraph.devices.retire"),
    ("wipe-devices", "msgraph.devices.wipe"),
];

pub(crate) fn rig(bench: &Bench) -> Rig {
    graph_rig(bench, "intune")
}

/// How often each device was told this, in the order of the devices.
fn told(bench: &Bench, email: &str, what: &str) -> Vec<u64> {
    let state = bench.sandbox.state("msgraph", email).unwrap();
    state["devices"].as_array().unwrap().iter().map(|device| device[what].as_u64().unwrap()).collect()
}

/// Longer than a device takes to check in.
async fn checked_in() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

async fn under_way(rig: &Rig, name: &str, account: &nightlatch::model::Account) -> String {
    match rig.verify(name, account).await {
        Verdict::CannotTell { reason, again: true, after_ms: Some(30_000) } => reason,
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn a_wipe_is_done_when_the_device_says_so_and_not_when_it_is_accepted() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let alive = rig.alive("wipe-devices", &account).await;
    assert!(alive.contains("not given to WINDOWS-0-0 (Windows), MACOS-0-1 (macOS), IOS-0-2 (iOS)"), "{alive}");
    let before = rig.done("wipe-devices", &account).await;
    assert_eq!(before["devices"].as_array().unwrap().len(), 3);
    let reason = under_way(&rig, "wipe-devices", &account).await;
    assert!(reason.contains("accepted, and not yet carried out"), "{reason}");
    rig.already("wipe-devices", &account).await;
    checked_in().await;
    let evidence = rig.dead("wipe-devices", &account).await;
    assert!(evidence.starts_with("wipe: done by WINDOWS-0-0"), "{evidence}");
    rig.already("wipe-devices", &account).await;
    assert_eq!(told(&bench, ALFA, "wipes"), [1, 1, 1, 0], "each once, and the personal one never");
    let spec = rig.connector.action("wipe-devices").unwrap().spec();
    assert_eq!((spec.class, spec.danger, spec.undo.clone()), (StepClass::Reconcile, Danger::Irreversible, None));
}

#[tokio::test]
async fn every_flag_of_a_wipe_is_said() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("wipe-devices", &account).await;
    let state = bench.sandbox.state("msgraph", ALFA).unwrap();
    let flags = json!({ "keepEnrollmentData": false, "keepUserData": false, "persistEsimDataPlan": true });
    assert_eq!(state["devices"][0]["lastWipe"], flags);
}

#[tokio::test]
async fn personal_devices_are_retired_and_never_wiped() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert!(rig.alive("retire-devices", &account).await.contains("ANDROID-0-3 (Android)"));
    rig.done("retire-devices", &account).await;
    under_way(&rig, "retire-devices", &account).await;
    checked_in().await;
    rig.dead("retire-devices", &account).await;
    rig.already("retire-devices", &account).await;
    assert_eq!((told(&bench, ALFA, "retires"), told(&bench, ALFA, "wipes")), (vec![0, 0, 0, 1], vec![0; 4]));
    let spec = rig.connector.action("retire-devices").unwrap().spec();
    assert_eq!((spec.class, spec.danger), (StepClass::Reconcile, Danger::HardToUndo));
}

#[tokio::test]
async fn a_device_of_unknown_ownership_is_left_to_a_person() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(UNKNOWN_OWNER).await;
    for name in ["wipe-devices", "retire-devices"] {
        let reason = needs_human(&rig.execute(name, &account).await);
        assert!(reason.contains("Set its ownership"), "{name}: {reason}");
    }
    assert_eq!((told(&bench, UNKNOWN_OWNER, "wipes"), told(&bench, UNKNOWN_OWNER, "retires")), (vec![0], vec![0]));
}

#[tokio::test]
async fn locks_what_can_be_locked() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("lock-devices", &account).await;
    under_way(&rig, "lock-devices", &account).await;
    checked_in().await;
    let evidence = rig.dead("lock-devices", &account).await;
    assert_eq!(evidence, "remoteLock: done by MACOS-0-1 (macOS), IOS-0-2 (iOS)");
    rig.already("lock-devices", &account).await;
    assert_eq!(told(&bench, ALFA, "locks"), [0, 1, 1, 0]);
}

#[tokio::test]
async fn a_device_that_is_switched_off_keeps_the_step_open() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(OFFLINE).await;
    rig.done("wipe-devices", &account).await;
    checked_in().await;
    assert!(under_way(&rig, "wipe-devices", &account).await.contains("MACOS-3-0"));
    assert_eq!(told(&bench, OFFLINE, "wipes"), [1]);
}

#[tokio::test]
async fn who_has_no_device_has_nothing_to_wipe() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(NO_DEVICE).await;
    for (name, _) in ACTS {
        assert!(rig.already(name, &account).await.0.contains("none"), "{name}");
        rig.dead(name, &account).await;
    }
}

#[tokio::test]
async fn recovery_keys_are_found_before_a_wipe_and_never_shown() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let found = rig.listed("list-recovery-keys", &account).await;
    let what: Vec<&str> = found.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(what, ["BitLocker recovery key", "FileVault recovery key"], "phones have none");
    assert!(found[0].detail.contains("WINDOWS-0-0 (Windows): escrowed in Entra ID since 2025"), "{found:?}");
    rig.kept_quiet(&["SAND-BOXF-ILEV-AULT-KEY0-0000"]);
    let account = rig.account(NOT_ESCROWED).await;
    let found = rig.listed("list-recovery-keys", &account).await;
    assert_eq!((found[0].what.as_str(), found.len()), ("no recovery key", 1));
    let spec = rig.connector.action("list-recovery-keys").unwrap().spec();
    assert_eq!(spec.class, StepClass::Pure);
    assert!(spec.precedes.iter().any(|it| it.to_string() == "intune.wipe-devices"), "{:?}", spec.precedes);
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_no_device_is_told_twice() {
    for (name, op) in ACTS {
        let bench = Bench::with(nightlatch::sandbox::Options { people: 20, ..Default::default() }).await;
        let rig = rig(&bench);
        let account = rig.account(ALFA).await;
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        under_way(&rig, name, &account).await;
        rig.already(name, &account).await;
        checked_in().await;
        rig.dead(name, &account).await;
        for what in ["locks", "retires", "wipes"] {
            assert!(told(&bench, ALFA, what).iter().all(|times| *times <= 1), "{name}");
        }
    }
}

#[tokio::test]
async fn throttled_and_refused() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (name, op) in ACTS {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 0, "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 403);
        assert!(refused(&rig.execute(name, &account).await).contains("Insufficient privileges"), "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away("msgraph.devices.get", 500);
        let verdict = rig.verify(name, &account).await;
        assert!(matches!(verdict, Verdict::CannotTell { again: true, .. }), "{name}: {verdict:?}");
        bench.sandbox.clear_faults();
    }
    assert_eq!(told(&bench, ALFA, "wipes"), [0; 4]);
}

#[tokio::test]
async fn the_probe_says_what_is_missing() {
    let bench = Bench::new().await;
    let probe = rig(&bench).connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing.len()), (Health::Up, 0), "{probe:?}");
    let probe = limited_rig(&bench, "intune").connector.probe(&Rig::call()).await;
    let wanted = ["DeviceManagementManagedDevices.Read.All", "BitlockerKey.ReadBasic.All"];
    assert_eq!(probe.health, Health::Locked);
    assert!(wanted.iter().all(|one| probe.missing.iter().any(|missing| missing == one)), "{probe:?}");
}

#[tokio::test]
async fn the_devices_are_found_when_the_user_is_already_deleted() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    graph_rig(&bench, "entra").done("delete-user", &account).await;
    rig.done("wipe-devices", &account).await;
    let wipes: Value = json!(told(&bench, ALFA, "wipes"));
    assert_eq!(wipes, json!([1, 1, 1, 0]));
}
