use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome};
use nightlatch::sandbox::{Fault, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const ALL: [&str; 3] = ["remove-products", "remove-from-org", "delete-account"];

fn toml(base: &str, secret: &str) -> String {
    format!(
        "type='adobe'\norg_id='0123456789ABCDEF01234567@AdobeOrg'\nclient_id='88ce03094fe74f4d91c2538217d007fe'\n\
         client_secret='{secret}'\nbase_url='{base}/adobe/v2/usermanagement'\ntoken_url='{base}/adobe/ims/token/v2'\n\
         domain='corp.example'"
    )
}

pub(crate) fn rig(bench: &Bench) -> Rig {
    let secret = bench.secret("adobe", &bench.sandbox.credentials().adobe_client_secret);
    Rig::new("adobe", &toml(&bench.base(), &secret))
}

/// A rig before a stub that gives a token, knows one user and answers commands with `done`.
async fn stubbed(done: &'static str) -> (Stub, Rig) {
    let user =
        r#"{"result":"success","user":{"email":"Alfa.Doe@corp.example","type":"enterpriseID","groups":["Acrobat"]}}"#;
    let stub = Stub::new(move |request| match request.lines().next().unwrap_or_default() {
        path if path.contains("/token/") => answer("200 OK", "", r#"{"access_token":"eyJstub","expires_in":86399}"#),
        path if path.contains("/action/") => answer("200 OK", "", done),
        _ => answer("200 OK", "", user),
    })
    .await;
    let folder = super::bench::folder();
    let secret = super::bench::secret(folder.path(), "secret", "p8e-some-secret");
    let rig = Rig { folder: Some(folder), ..Rig::new("adobe", &toml(&stub.base, &secret)) };
    (stub, rig)
}

fn some_account() -> Account {
    Account { id: "alfa.doe@corp.example".into(), label: "alfa".into(), matched_on: "id map".into() }
}

fn number(bench: &Bench, number: usize) -> Person {
    bench.sandbox.people()[number].clone()
}

fn state(bench: &Bench, person: &Person, field: &str) -> Value {
    bench.sandbox.state("adobe", &person.email).unwrap()[field].clone()
}

/// The commands of each action call, as they were sent.
fn commands(stub: &Stub) -> Vec<Value> {
    let seen = stub.seen();
    let actions = seen.iter().filter(|request| request.lines().next().unwrap().contains("/action/"));
    actions.map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()).collect()
}

#[tokio::test]
async fn products_go_first_and_come_back() {
    let bench = Bench::new().await;
    let (rig, alfa) = (rig(&bench), bench.alfa());
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive("remove-products", &account).await, "groups: 2, admin roles: 0");
    let before = rig.captured("remove-products", &account).await;
    assert_eq!(before.seats, ["Acrobat Pro", "Design Team"]);
    assert_eq!(rig.dead("remove-products", &account).await, "groups: none");
    rig.already("remove-products", &account).await;
    assert_eq!(state(&bench, &alfa, "groups"), json!([]));
    assert_eq!(rig.undo("remove-products", &account, &before.image).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &alfa, "groups"), json!(["Acrobat Pro", "Design Team"]));
    assert!(matches!(rig.undo("remove-products", &account, &before.image).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&[&bench.sandbox.credentials().adobe_client_secret, "eyJsandbox"]);
}

#[tokio::test]
async fn more_than_ten_groups_come_back_in_several_commands_and_admin_roles_do_not() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 12));
    let account = rig.account(&person.email).await;
    let before = rig.done("remove-products", &account).await;
    assert_eq!(before["adminRoles"], json!(["Acrobat Pro"]));
    assert_eq!(rig.undo("remove-products", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &person, "groups").as_array().unwrap().len(), 12);
    assert_eq!(state(&bench, &person, "adminRoles"), json!([]));
}

#[tokio::test]
async fn removal_keeps_the_account_and_can_be_taken_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for person in [number(&bench, 0), number(&bench, 1), number(&bench, 58), number(&bench, 12)] {
        let account = rig.account(&person.email).await;
        rig.alive("remove-from-org", &account).await;
        let before = rig.done("remove-from-org", &account).await;
        assert_eq!(rig.dead("remove-from-org", &account).await, "error.user.not_found");
        rig.already("remove-from-org", &account).await;
        rig.dead("remove-products", &account).await;
        assert_eq!((state(&bench, &person, "in_org"), state(&bench, &person, "deleted")), (json!(false), json!(false)));
        assert!(refused(&rig.undo("remove-products", &account, &before).await).contains("undo the removal first"));
        assert_eq!(rig.undo("remove-from-org", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(state(&bench, &person, "in_org"), true);
        assert_eq!(state(&bench, &person, "groups"), before["groups"], "{}", person.email);
        assert!(matches!(rig.undo("remove-from-org", &account, &before).await, Outcome::AlreadySo { .. }));
    }
}

#[tokio::test]
async fn deletion_takes_the_account_but_never_an_adobe_id() {
    let bench = Bench::new().await;
    let (rig, person, private) = (rig(&bench), number(&bench, 1), number(&bench, 58));
    let account = rig.account(&person.email).await;
    rig.alive("delete-account", &account).await;
    rig.done("delete-account", &account).await;
    rig.dead("delete-account", &account).await;
    rig.already("delete-account", &account).await;
    assert_eq!(state(&bench, &person, "deleted"), true);
    assert!(refused(&rig.undo("delete-account", &account, &Value::Null).await).contains("no undo"));
    let account = rig.account(&private.email).await;
    let told = refused(&rig.execute("delete-account", &account).await);
    assert!(told.contains("belongs to the person") && told.contains("remove-from-org"), "{told}");
    assert_eq!(state(&bench, &private, "in_org"), true);
}

#[tokio::test]
async fn a_removal_of_somebody_who_never_existed_says_success_so_it_is_asked_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let nobody = Account { id: "nobody@corp.example".into(), label: "nobody".into(), matched_on: "id map".into() };
    for name in ALL {
        assert!(rig.already(name, &nobody).await.0.contains("404"), "{name}");
        assert_eq!(rig.dead(name, &nobody).await, "error.user.not_found");
    }
    assert!(!bench.sandbox.calls().iter().any(|call| call.op.starts_with("adobe.action")));
}

#[tokio::test]
async fn remove_from_org_is_the_last_step_and_says_what_becomes_of_the_account() {
    let (stub, rig) = stubbed(r#"{"result":"success","completed":1,"notCompleted":0}"#).await;
    rig.done("remove-from-org", &some_account()).await;
    rig.done("delete-account", &some_account()).await;
    for (sent, delete) in commands(&stub).iter().zip([false, true]) {
        assert_eq!(sent[0]["do"], json!([{ "remove": "all" }, { "removeFromOrg": { "deleteAccount": delete } }]));
        assert_eq!(sent.as_array().unwrap().len(), 1);
    }
    assert_eq!(commands(&stub).len(), 2);
}

#[tokio::test]
async fn commands_tell_upper_case_from_lower_so_adobes_own_spelling_is_sent() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 4));
    let account = rig.account(&person.email).await;
    assert_ne!(account.id, person.email);
    assert!(account.id.eq_ignore_ascii_case(&person.email));
    assert_eq!(account.matched_on, "email, in Adobe's spelling");
    rig.done("remove-from-org", &account).await;
    assert_eq!(state(&bench, &person, "in_org"), false, "a removal under another spelling is a success of nothing");
    let (stub, rig) = stubbed(r#"{"result":"success","completed":1,"notCompleted":0}"#).await;
    rig.done("remove-products", &some_account()).await;
    assert_eq!(commands(&stub)[0][0]["user"], "Alfa.Doe@corp.example", "though the id map spells it small");
}

#[tokio::test]
async fn a_200_with_result_error_or_partial_is_no_success() {
    let errors = |code: &str| format!(r#""errors":[{{"index":0,"step":1,"message":"why","errorCode":"{code}"}}]"#);
    for (result, code, refuses) in [
        ("error", "error.domain.trust.nonexistent", true),
        ("partial", "error.group.not_found", true),
        ("error", "error.internal.removefromorg", false),
    ] {
        let body = format!(r#"{{"result":"{result}","completed":0,"notCompleted":1,{}}}"#, errors(code));
        let (_stub, rig) = stubbed(body.leak()).await;
        for name in ALL {
            let outcome = rig.execute(name, &some_account()).await;
            if refuses {
                assert!(refused(&outcome).contains(code), "{name}");
            } else {
                is_ambiguous(&outcome);
            }
        }
    }
    let (_stub, rig) = stubbed("<html>Welcome</html>").await;
    is_ambiguous(&rig.execute("delete-account", &some_account()).await);
}

#[tokio::test]
async fn a_404_that_does_not_name_the_user_proves_nothing() {
    let stub = Stub::new(|request| match request.lines().next().unwrap_or_default() {
        path if path.contains("/token/") => answer("200 OK", "", r#"{"access_token":"eyJstub"}"#),
        _ => answer("404 Not Found", "", r#"{"message":"no such path"}"#),
    })
    .await;
    let folder = super::bench::folder();
    let secret = super::bench::secret(folder.path(), "secret", "p8e-some-secret");
    let rig = Rig::new("adobe", &toml(&stub.base, &secret));
    let verdict = rig.verify("delete-account", &some_account()).await;
    assert!(matches!(verdict, nightlatch::model::Verdict::CannotTell { .. }), "{verdict:?}");
    assert!(refused(&rig.execute("delete-account", &some_account()).await).contains("org_id"));
}

#[tokio::test]
async fn ten_acts_a_minute_and_the_wait_that_adobe_names() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    assert_eq!(rig.connector.limits().per_second, Some(10.0 / 60.0));
    let account = rig.account(&bench.alfa().email).await;
    for (name, op) in [
        ("remove-products", "adobe.action.remove"),
        ("remove-from-org", "adobe.action"),
        ("delete-account", "adobe.action"),
    ] {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 38_000, "{name}");
        bench.sandbox.clear_faults();
    }
    bench.fault("adobe.action", Fault { rate_per_s: Some(10.0 / 60.0), ..Fault::default() });
    rig.done("remove-products", &account).await;
    let wait = is_retry(&rig.execute("remove-from-org", &account).await, true);
    assert!((1_000..=6_000).contains(&wait), "{wait}");
}

#[tokio::test]
async fn the_probe_rehearses_a_removal_in_test_mode_which_completes_nothing() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.message.contains("test mode"), "{}", probe.message);
    let calls = bench.sandbox.calls();
    assert!(calls.iter().any(|call| call.op == "adobe.action.test" && !call.executed));
    let (_stub, rig) = stubbed(r#"{"result":"success","completed":1,"completedInTestMode":0,"notCompleted":0}"#).await;
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_ne!(probe.health, Health::Up, "an answer that says that it did it is no rehearsal");
}

#[tokio::test]
async fn a_system_administrator_is_for_a_human() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 7));
    let account = rig.account(&person.email).await;
    for name in ALL {
        let reason = needs_human(&rig.execute(name, &account).await);
        assert!(reason.contains("Admin Console"), "{name}: {reason}");
    }
    assert_eq!(state(&bench, &person, "in_org"), true);
}

#[tokio::test]
async fn who_is_known_by_a_user_name_is_found_by_the_id_map_and_named_with_the_domain() {
    let bench = Bench::new().await;
    let (rig, person) = (rig(&bench), number(&bench, 10));
    let found = rig.locate(&Leaver::from_email(&person.email)).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    let Located::Found(account) = rig.locate(&mapped("adobe", &person.email, &person.login)).await.unwrap() else {
        panic!("not found by the id map")
    };
    assert_eq!(account.id, person.login);
    rig.done("remove-from-org", &account).await;
    assert_eq!(state(&bench, &person, "in_org"), false);
}

#[tokio::test]
async fn a_wrong_map_another_person_and_a_bad_secret() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let found = rig.locate(&mapped("adobe", "alfa.doe@corp.example", "gone@corp.example")).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("does not exist")), "{found:?}");
    let (_stub, other) = stubbed("{}").await;
    let found = other.locate(&Leaver::from_email("bravo.doe@corp.example")).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("Alfa.Doe@corp.example")), "{found:?}");
    let secret = bench.secret("bad", "p8e-this-is-not-it");
    let bad = Rig::new("adobe", &toml(&bench.base(), &secret));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("client_secret"), "{}", probe.message);
    bad.kept_quiet(&["p8e-this-is-not-it"]);
}

#[tokio::test]
async fn lost_answers_are_read_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for (name, index) in [("remove-products", 0), ("remove-from-org", 1), ("delete-account", 2)] {
        let account = rig.account(&number(&bench, index).email).await;
        bench.turn_away("adobe.action", 502);
        is_ambiguous(&rig.execute(name, &account).await);
        rig.alive(name, &account).await;
        bench.sandbox.clear_faults();
        bench.lose_answers("adobe.action");
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.dead(name, &account).await;
        rig.already(name, &account).await;
    }
}

#[tokio::test]
async fn a_group_that_is_gone_is_named_and_the_undo_goes_no_further() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let before = json!({ "groups": ["Acrobat Pro", "Gone Group"] });
    let told = refused(&rig.undo("remove-products", &account, &before).await);
    assert!(told.contains("error.group.not_found") && told.contains("Gone Group"), "{told}");
}
