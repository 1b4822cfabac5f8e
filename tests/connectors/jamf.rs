use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, StepClass};
use nightlatch::sandbox::Person;
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const WIPE: &str =
    "wipe = { preserve_data_plan = true, clear_activation_lock = true, disallow_proximity_setup = false }";
const CLIENT: &str = "6a8b2c1e-0000-4000-8000-000000000001";
const READER: &str = "6a8b2c1e-0000-4000-8000-000000000002";

fn toml(base: &str, client: &str, secret: &str) -> String {
    format!("type='jamf'\nbase_url='{base}/jamf'\nclient_id='{client}'\nclient_secret='{secret}'\n{WIPE}")
}

pub(crate) fn rig(bench: &Bench) -> Rig {
    let secret = bench.secret("jamf", &bench.sandbox.credentials().jamf_client_secret);
    Rig::new("jamf", &toml(&bench.base(), CLIENT, &secret))
}

fn number(bench: &Bench, number: usize) -> Person {
    bench.sandbox.people()[number].clone()
}

/// What is really so of the person's devices, the Mac first.
fn devices(bench: &Bench, person: &Person) -> Value {
    bench.sandbox.state("jamf", &person.email).unwrap()
}

fn sent(bench: &Bench, op: &str) -> usize {
    bench.sandbox.calls().iter().filter(|call| call.op == op && call.executed).count()
}

#[tokio::test]
async fn a_mac_is_locked_once_with_a_pin_that_only_jamf_shows() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    assert_eq!(account.matched_on, "assigned user of 2 devices");
    assert!(rig.alive("lock-computers", &account).await.contains("never locked"));
    let before = rig.done("lock-computers", &account).await;
    assert_eq!(before["devices"].as_array().unwrap().len(), 1);
    assert!(rig.dead("lock-computers", &account).await.ends_with("locked"));
    rig.already("lock-computers", &account).await;
    assert_eq!(sent(&bench, "jamf.lock"), 1, "a second lock would have a second PIN");
    let pin = devices(&bench, &alfa)[0]["pin"].as_str().unwrap().to_owned();
    assert_eq!(pin.len(), 6);
    assert!(!before.to_string().contains(&pin));
    let told = refused(&rig.undo("lock-computers", &account, &before).await);
    assert!(told.contains("View Device Lock PIN"), "{told}");
    rig.kept_quiet(&[&pin, &bench.sandbox.credentials().jamf_client_secret, "eyJsandbox"]);
}

#[tokio::test]
async fn a_pin_that_comes_back_in_an_error_is_masked() {
    let mac = r#"{"totalCount":1,"results":[{"id":"1","general":{"managementId":"m-1","remoteManagement":{"managed":true}},
        "userAndLocation":{"email":"alfa.doe@corp.example"}}]}"#;
    let stub = Stub::new(move |request| {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        match head.lines().next().unwrap() {
            path if path.contains("/oauth/") => answer("200 OK", "", r#"{"access_token":"eyJstub","expires_in":1199}"#),
            path if path.contains("/computers-inventory") => answer("200 OK", "", mac),
            path if path.starts_with("POST") => {
                let sent: Value = serde_json::from_str(body).unwrap();
                let told = format!("pin {} is bad", sent["commandData"]["pin"].as_str().unwrap());
                let errors = json!({ "errors": [{ "code": "INVALID_FIELD", "description": told }] });
                answer("400 Bad Request", "", &errors.to_string())
            }
            _ => answer("200 OK", "", r#"{"totalCount":0,"results":[]}"#),
        }
    })
    .await;
    let folder = super::bench::folder();
    let secret = super::bench::secret(folder.path(), "secret", "jamf-some-secret");
    let rig = Rig::new("jamf", &toml(&stub.base, CLIENT, &secret));
    let account = rig.account("alfa.doe@corp.example").await;
    let told = refused(&rig.execute("lock-computers", &account).await);
    assert!(told.contains("pin *** is bad"), "{told}");
    let request = stub.seen().into_iter().find(|request| request.contains("commandData")).unwrap();
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    rig.kept_quiet(&[body["commandData"]["pin"].as_str().unwrap()]);
}

#[tokio::test]
async fn a_command_that_jamf_took_is_queued_and_not_executed() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 50));
    let account = rig.account(&person.email).await;
    for (name, op) in [("lock-computers", "jamf.lock"), ("wipe-devices", "jamf.computers.erase")] {
        rig.done(name, &account).await;
        assert!(rig.alive(name, &account).await.contains("has not taken it yet"), "{name}");
        assert!(rig.already(name, &account).await.0.contains("queued"), "{name}");
        assert_eq!(sent(&bench, op), 1, "{name}: what is queued is not queued again");
    }
    assert_eq!(devices(&bench, &person)[0]["pin"], Value::Null);
}

#[tokio::test]
async fn what_a_device_refuses_is_alive_and_may_be_tried_by_a_person() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 51));
    let account = rig.account(&person.email).await;
    for name in ["lock-computers", "lock-mobile-devices", "wipe-devices"] {
        rig.done(name, &account).await;
        assert!(rig.alive(name, &account).await.contains("refused"), "{name}");
        let class = rig.connector.action(name).unwrap().spec().class;
        assert_eq!(class, StepClass::Reconcile, "{name}: the engine asks a person");
        rig.done(name, &account).await;
    }
}

#[tokio::test]
async fn a_mac_that_was_unlocked_since_is_locked_again() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 11));
    let account = rig.account(&person.email).await;
    assert!(rig.alive("lock-computers", &account).await.contains("unlocked since"));
    rig.done("lock-computers", &account).await;
    assert_eq!(devices(&bench, &person)[0]["commands"], json!(["DEVICE_LOCK", "DEVICE_LOCK"]));
}

#[tokio::test]
async fn a_lock_would_deactivate_apple_silicon_before_11_5_so_it_is_not_sent() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 4));
    let account = rig.account(&person.email).await;
    assert!(needs_human(&rig.execute("lock-computers", &account).await).contains("would deactivate"));
    assert!(rig.alive("lock-computers", &account).await.contains("would deactivate"));
    assert_eq!(sent(&bench, "jamf.lock"), 0);
}

#[tokio::test]
async fn a_device_of_two_people_is_left_alone() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 2));
    let account = rig.account(&person.email).await;
    for name in ["lock-computers", "wipe-devices"] {
        let told = needs_human(&rig.execute(name, &account).await);
        assert!(told.contains(&number(&bench, 3).login) && told.contains("correct the assignment"), "{name}: {told}");
        rig.alive(name, &account).await;
    }
    assert_eq!(devices(&bench, &person)[0]["commands"], json!([]));
}

#[tokio::test]
async fn the_sure_devices_are_dealt_with_and_the_others_asked_about() {
    let mac = |id: &str, user: &str| {
        json!({
            "id": id, "general": { "managementId": format!("m-{id}"), "remoteManagement": { "managed": true } },
            "userAndLocation": { "email": "alfa.doe@corp.example", "username": user },
        })
    };
    let found = json!({ "totalCount": 2, "results": [mac("1", "alfa.doe"), mac("2", "bravo.doe")] }).to_string();
    let stub = Stub::new(move |request| match request.lines().next().unwrap_or_default() {
        path if path.contains("/oauth/") => answer("200 OK", "", r#"{"access_token":"eyJstub","expires_in":1199}"#),
        path if path.contains("/computers-inventory") => answer("200 OK", "", &found),
        path if path.starts_with("POST") => answer("201 Created", "", r#"[{"id":"c-1","href":"h"}]"#),
        _ => answer("200 OK", "", r#"{"totalCount":0,"results":[]}"#),
    })
    .await;
    let folder = super::bench::folder();
    let secret = super::bench::secret(folder.path(), "secret", "jamf-some-secret");
    let rig = Rig::new("jamf", &toml(&stub.base, CLIENT, &secret));
    let account = rig.account("alfa.doe@corp.example").await;
    rig.done("lock-computers", &account).await;
    let sent: Vec<String> = stub.seen().into_iter().filter(|request| request.contains("commandData")).collect();
    assert!(sent.len() == 1 && sent[0].contains("m-1"), "{sent:?}");
    assert!(rig.alive("lock-computers", &account).await.contains("bravo.doe"));
}

#[tokio::test]
async fn an_unmanaged_mac_cannot_be_reached() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 10));
    let account = rig.account(&person.email).await;
    for name in ["lock-computers", "wipe-devices"] {
        assert!(needs_human(&rig.execute(name, &account).await).contains("not managed"), "{name}");
    }
}

#[tokio::test]
async fn a_supervised_phone_goes_into_lost_mode_and_out_again() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    rig.alive("lock-mobile-devices", &account).await;
    let before = rig.done("lock-mobile-devices", &account).await;
    assert!(rig.dead("lock-mobile-devices", &account).await.ends_with("in Lost Mode"));
    rig.already("lock-mobile-devices", &account).await;
    assert_eq!(devices(&bench, &alfa)[1]["lostMode"], true);
    assert_eq!(rig.undo("lock-mobile-devices", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(devices(&bench, &alfa)[1]["lostMode"], false);
    assert!(rig.alive("lock-mobile-devices", &account).await.contains("was ended"));
    rig.done("lock-mobile-devices", &account).await;
    rig.dead("lock-mobile-devices", &account).await;
}

#[tokio::test]
async fn of_a_phone_that_is_not_supervised_only_the_screen_is_locked() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 54));
    let account = rig.account(&person.email).await;
    let before = rig.done("lock-mobile-devices", &account).await;
    assert!(rig.dead("lock-mobile-devices", &account).await.contains("not supervised"));
    rig.already("lock-mobile-devices", &account).await;
    let phone = devices(&bench, &person)[1].clone();
    assert_eq!((&phone["screenLocked"], &phone["lostMode"]), (&json!(true), &json!(false)));
    assert!(matches!(rig.undo("lock-mobile-devices", &account, &before).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn the_keys_to_the_disks_are_listed_and_never_read() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for (index, words) in [(0, "escrowed and valid"), (1, "Jamf holds none"), (8, "escrowed")] {
        let account = rig.account(&number(&bench, index).email).await;
        let findings = rig.listed("list-key-escrow", &account).await;
        assert!(findings[0].what == "FileVault recovery key" && findings[0].detail.contains(words), "{findings:?}");
        assert_eq!(findings.iter().any(|finding| finding.what == "Activation Lock"), index == 8);
    }
    let account = rig.account(&number(&bench, 2).email).await;
    let findings = rig.listed("list-key-escrow", &account).await;
    assert!(findings.iter().any(|finding| finding.what == "device of two people"), "{findings:?}");
    assert!(bench.sandbox.calls().iter().all(|call| !call.path.contains("filevault") && !call.path.contains("pin")));
    let order = |name: &str| rig.connector.action(name).unwrap().spec().clone();
    let devices = order("list-key-escrow").needs;
    assert!(!devices.is_empty() && order("wipe-devices").destroys == devices, "the list comes before the wipe");
}

#[tokio::test]
async fn what_the_company_owns_is_wiped_once() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    rig.alive("wipe-devices", &account).await;
    let before = rig.done("wipe-devices", &account).await;
    assert_eq!(before["devices"].as_array().unwrap().len(), 2);
    rig.dead("wipe-devices", &account).await;
    rig.already("wipe-devices", &account).await;
    let all = devices(&bench, &alfa);
    assert_eq!((&all[0]["erased"], &all[1]["erased"]), (&json!(1), &json!(1)));
    assert_eq!(all[0]["pin"], Value::Null, "an erased Mac is to be set up again, not locked");
    assert!(refused(&rig.undo("wipe-devices", &account, &before).await).contains("lost"));
}

#[tokio::test]
async fn personal_phones_are_unmanaged_and_never_wiped_or_locked() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 1));
    let account = rig.account(&person.email).await;
    rig.done("wipe-devices", &account).await;
    assert_eq!(rig.already("lock-mobile-devices", &account).await.0, "no such device is assigned");
    let phone = devices(&bench, &person)[1].clone();
    assert_eq!((&phone["erased"], &phone["commands"]), (&json!(0), &json!([])));
    assert!(rig.alive("unmanage-personal-devices", &account).await.contains("managed: true"));
    let before = rig.done("unmanage-personal-devices", &account).await;
    assert!(rig.dead("unmanage-personal-devices", &account).await.contains("managed: false"));
    rig.already("unmanage-personal-devices", &account).await;
    assert!(refused(&rig.undo("unmanage-personal-devices", &account, &before).await).contains("enrol"));
    let owned = number(&bench, 0);
    let account = rig.account(&owned.email).await;
    rig.already("unmanage-personal-devices", &account).await;
    assert_eq!(devices(&bench, &owned)[1]["managed"], true);
}

#[tokio::test]
async fn a_mac_that_may_be_anybodys_is_not_wiped() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 7));
    let account = rig.account(&person.email).await;
    assert!(needs_human(&rig.execute("wipe-devices", &account).await).contains("does not tell"));
    rig.done("lock-computers", &account).await;
    assert_eq!(devices(&bench, &person)[0]["erased"], 0);
}

#[tokio::test]
async fn activation_lock_would_make_a_wiped_mac_useless() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 8));
    let account = rig.account(&person.email).await;
    assert!(needs_human(&rig.execute("wipe-devices", &account).await).contains("Activation Lock is on"));
    assert_eq!(devices(&bench, &person)[0]["erased"], 0);
}

#[tokio::test]
async fn without_its_flags_there_is_no_wipe_and_each_must_be_said() {
    let secret = "env:NONE";
    let without = toml("http://127.0.0.1:9", CLIENT, secret).replace(WIPE, "");
    let rig = Rig::new("jamf", &without);
    assert!(rig.connector.action("wipe-devices").is_none());
    let half = format!("{without}\nwipe = {{ preserve_data_plan = true, clear_activation_lock = true }}");
    let section = nightlatch::config::Section::from_toml("jamf", &half).unwrap();
    let told = nightlatch::connectors::registry::build(&section).err().unwrap().to_string();
    assert!(told.contains("disallow_proximity_setup"), "{told}");
    let both = format!("{without}\nusername='a'\npassword='env:B'");
    let section = nightlatch::config::Section::from_toml("jamf", &both).unwrap();
    let told = nightlatch::connectors::registry::build(&section).err().unwrap().to_string();
    assert!(told.contains("client_id and client_secret, or username and password"), "{told}");
}

#[tokio::test]
async fn the_flags_of_a_wipe_are_sent_one_by_one() {
    let phone = r#"{"totalCount":1,"results":[{"mobileDeviceId":"7","general":{"managementId":"m-7","managed":true,
        "deviceOwnershipType":"Institutional"},"userAndLocation":{"emailAddress":"alfa.doe@corp.example"},
        "security":{"activationLockEnabled":true}}]}"#;
    let stub = Stub::new(move |request| match request.lines().next().unwrap_or_default() {
        path if path.contains("/oauth/") => answer("200 OK", "", r#"{"access_token":"eyJstub","expires_in":1199}"#),
        path if path.contains("/mobile-devices/detail") => answer("200 OK", "", phone),
        path if path.contains("/erase") => answer("201 Created", "", r#"{"deviceId":"7","commandUuid":"c"}"#),
        _ => answer("200 OK", "", r#"{"totalCount":0,"results":[]}"#),
    })
    .await;
    let folder = super::bench::folder();
    let secret = super::bench::secret(folder.path(), "secret", "jamf-some-secret");
    let rig = Rig::new("jamf", &toml(&stub.base, CLIENT, &secret));
    let account = rig.account("alfa.doe@corp.example").await;
    rig.done("wipe-devices", &account).await;
    let request = stub.seen().into_iter().find(|request| request.contains("/mobile-devices/7/erase")).unwrap();
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let flags = json!({ "preserveDataPlan": true, "clearActivationLock": true, "disallowProximitySetup": false });
    assert_eq!(body, flags);
    let kept =
        toml(&stub.base, CLIENT, &secret).replace("clear_activation_lock = true", "clear_activation_lock = false");
    let rig = Rig::new("jamf", &kept);
    assert!(needs_human(&rig.execute("wipe-devices", &account).await).contains("Activation Lock"));
}

#[tokio::test]
async fn without_the_privilege_commands_answer_401_and_the_cure_names_it() {
    let bench = Bench::new().await;
    let secret = bench.secret("jamf", &bench.sandbox.credentials().jamf_client_secret);
    let rig = Rig::new("jamf", &toml(&bench.base(), READER, &secret));
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Locked);
    for missing in ["View MDM command information in Jamf Pro API", "Send Computer Remote Wipe Command"] {
        assert!(probe.missing.iter().any(|privilege| privilege == missing), "{:?}", probe.missing);
    }
    assert!(!probe.missing.iter().any(|privilege| privilege == "Read Computers"));
    let account = rig.account("alfa.doe@corp.example").await;
    let told = locked(&rig.execute("lock-computers", &account).await);
    assert!(told.contains("View MDM command information in Jamf Pro API"), "{told}");
    let told = refused(&rig.execute("unmanage-personal-devices", &rig.account(&number(&bench, 1).email).await).await);
    assert!(told.contains("INVALID_PRIVILEGE"), "{told}");
}

#[tokio::test]
async fn an_account_signs_in_as_well_and_a_bad_secret_is_told() {
    let bench = Bench::new().await;
    let password = bench.secret("password", &bench.sandbox.credentials().jamf_password);
    let account =
        format!("type='jamf'\nbase_url='{}/jamf'\nusername='nightlatch'\npassword='{password}'", bench.base());
    let rig = Rig::new("jamf", &account);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing.len()), (Health::Up, 0), "{}", probe.message);
    rig.account("alfa.doe@corp.example").await;
    rig.kept_quiet(&[&bench.sandbox.credentials().jamf_password]);
    let secret = bench.secret("bad", "jamf-this-is-not-it");
    let bad = Rig::new("jamf", &toml(&bench.base(), CLIENT, &secret));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("client_secret"), "{}", probe.message);
}

#[tokio::test]
async fn nobody_a_user_name_of_the_id_map_and_a_store_room() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let found = rig.locate(&Leaver::from_email(&number(&bench, 5).email)).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    let person = number(&bench, 16);
    let found = rig.locate(&Leaver::from_email(&person.email)).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    let Located::Found(account) = rig.locate(&mapped("jamf", &person.email, &person.login)).await.unwrap() else {
        panic!("not found by the id map")
    };
    rig.done("lock-computers", &account).await;
    assert!(devices(&bench, &person)[0]["pin"].is_string());
    let found = rig.locate(&Leaver::from_email(&number(&bench, 17).email)).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("that is no person")), "{found:?}");
    let nobody = Account { id: "n@corp.example".into(), label: "n@corp.example".into(), matched_on: "m".into() };
    for name in ["lock-computers", "lock-mobile-devices", "unmanage-personal-devices", "wipe-devices"] {
        assert_eq!(rig.already(name, &nobody).await.0, "no such device is assigned", "{name}");
        rig.dead(name, &nobody).await;
    }
}

#[tokio::test]
async fn throttled_lost_and_broken() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for (name, op, index) in [
        ("lock-computers", "jamf.lock", 0),
        ("lock-mobile-devices", "jamf.lost-mode.enable", 3),
        ("unmanage-personal-devices", "jamf.mobiles.unmanage", 1),
        ("wipe-devices", "jamf.computers.erase", 20),
    ] {
        let account = rig.account(&number(&bench, index).email).await;
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 2_000, "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 502);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.alive(name, &account).await;
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.dead(name, &account).await;
        rig.already(name, &account).await;
        assert_eq!(sent(&bench, op), 1, "{name}");
    }
    bench.turn_away("jamf.computers.list", 429);
    let account = Account { id: "a@corp.example".into(), label: "a@corp.example".into(), matched_on: "m".into() };
    assert_eq!(is_retry(&rig.execute("list-key-escrow", &account).await, true), 2_000);
}
