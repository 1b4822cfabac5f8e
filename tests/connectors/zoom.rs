use std::sync::Arc;

use nightlatch::config::Section;
use nightlatch::connectors::{Call, Located, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Before, Danger, Leaver, Outcome, StepClass, Verdict};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, WITHIN, is_ambiguous, is_retry, locked, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const ALFA: &str = "alfa.doe@corp.example";
const BRAVO: &str = "bravo.doe@corp.example";
/// Owns the account.
const DELTA: &str = "delta.doe@corp.example";
/// Never took up the invitation.
const ECHO: &str = "echo.doe@corp.example";
/// Has no licence.
const FOXTROT: &str = "foxtrot.doe@corp.example";

const ALL: &str = "meetings = true\nwebinars = true\nrecordings = true\nwhiteboards = true";

fn toml(bench: &Bench, transfer: &str) -> String {
    let credentials = bench.sandbox.credentials();
    let secret = bench.secret("zoom", &credentials.zoom_client_secret);
    format!(
        "type='zoom'\naccount_id='{}'\nclient_id='{}'\nclient_secret='{secret}'\nbase_url='{base}/zoom/v2'\n\
         token_url='{base}/zoom/oauth/token'\n{transfer}",
        credentials.zoom_account_id,
        credentials.zoom_client_id,
        base = bench.base(),
    )
}

/// Everything goes to whom this names.
pub(crate) fn rig_to(bench: &Bench, to: &str) -> Rig {
    Rig::new("zoom", &toml(bench, &format!("[transfer]\nto = '{to}'\n{ALL}")))
}

fn rig(bench: &Bench) -> Rig {
    rig_to(bench, "{{ leaver.manager }}")
}

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("zoom", email).unwrap()
}

/// Deletes on behalf of a leaver whose manager this is.
async fn delete(rig: &Rig, account: &Account, manager: Option<&str>) -> (Outcome, Before) {
    let leaver = Leaver { manager: manager.map(str::to_owned), ..Leaver::from_email(&account.label) };
    let call = Call::new("ob-1/0", WITHIN).about(Arc::new(leaver));
    let outcome = rig.connector.action("delete-user").unwrap().execute(account, &call).await;
    (outcome, call.kept())
}

#[tokio::test]
async fn deactivates_reads_it_back_and_activates_again() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!((account.id.as_str(), account.matched_on.as_str()), ("zM000000_ABCdefGHIjklMN", "email"));
    rig.done("revoke-sso-token", &account).await;
    assert_eq!(state(&bench, ALFA)["sso_token"], false);
    assert!(matches!(rig.verify("revoke-sso-token", &account).await, Verdict::CannotTell { again: false, .. }));
    let spec = rig.connector.action("revoke-sso-token").unwrap().spec();
    assert_eq!(spec.proved_by.as_ref().unwrap().to_string(), "zoom.deactivate");
    assert_eq!(rig.alive("deactivate", &account).await, "status: active");
    let before = rig.done("deactivate", &account).await;
    assert_eq!(rig.dead("deactivate", &account).await, "status: inactive");
    assert_eq!(rig.already("deactivate", &account).await.0, "status: inactive");
    assert_eq!(rig.undo("deactivate", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(rig.alive("deactivate", &account).await, "status: active");
    assert!(matches!(rig.undo("deactivate", &account, &before).await, Outcome::AlreadySo { .. }));
    let was_pending = json!({ "status": "pending" });
    assert!(matches!(rig.undo("deactivate", &account, &was_pending).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&["zoom-sandbox-", &bench.sandbox.credentials().zoom_client_secret]);
}

#[tokio::test]
async fn a_second_deactivation_that_zoom_refuses_is_already_so() {
    let bench = Bench::new().await;
    let gets = std::sync::atomic::AtomicU32::new(0);
    let stub = Stub::new(move |request| match request {
        it if it.starts_with("POST") => answer("200 OK", "", r#"{"access_token":"t"}"#),
        it if it.starts_with("GET") => {
            let late = gets.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0;
            let status = if late { "inactive" } else { "active" };
            answer("200 OK", "", &format!(r#"{{"id":"z1","email":"a@corp.example","status":"{status}","type":2}}"#))
        }
        _ => answer("400 Bad Request", "", r#"{"code":300,"message":"already"}"#),
    })
    .await;
    let secret = bench.secret("s", "a-secret-of-some-length");
    let rig = Rig::new(
        "zoom",
        &format!(
            "type='zoom'\naccount_id='a'\nclient_id='c'\nclient_secret='{secret}'\nbase_url='{0}/v2'\ntoken_url='{0}/t'",
            stub.base
        ),
    );
    let account = Account { id: "z1".into(), label: "a@corp.example".into(), matched_on: "m".into() };
    assert_eq!(rig.already("deactivate", &account).await.0, "status: inactive");
}

#[tokio::test]
async fn a_licence_is_freed_and_taken_again_if_one_is_free() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!(rig.alive("free-licence", &account).await, "type: 2");
    let before = rig.captured("free-licence", &account).await;
    assert_eq!((before.seats.as_slice(), &before.image), (&["Licensed".to_owned()][..], &json!({ "type": 2 })));
    assert_eq!(rig.dead("free-licence", &account).await, "type: 1");
    assert_eq!(rig.already("free-licence", &account).await.0, "type: 1");
    assert_eq!(rig.undo("free-licence", &account, &before.image).await, Outcome::Acknowledged);
    assert!(matches!(rig.undo("free-licence", &account, &before.image).await, Outcome::AlreadySo { .. }));
    assert!(matches!(rig.undo("free-licence", &account, &json!({})).await, Outcome::AlreadySo { .. }));
    let basic = rig.account(FOXTROT).await;
    assert_eq!(rig.already("free-licence", &basic).await.0, "type: 1");
    let why = refused(&rig.undo("free-licence", &basic, &before.image).await);
    assert!(why.contains("3412") && why.contains("buy a licence"), "{why}");
}

#[tokio::test]
async fn a_deletion_says_every_flag_and_never_disassociates() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert!(rig.alive("delete-user", &account).await.contains("exists"));
    let (outcome, before) = delete(&rig, &account, Some(BRAVO)).await;
    assert_eq!((outcome, &before.image["to"]), (Outcome::Acknowledged, &json!(BRAVO)));
    let gone = state(&bench, ALFA);
    assert_eq!((&gone["ended"], &gone["to"]), (&json!("delete"), &json!(BRAVO)));
    assert_eq!(gone["what"], json!(["meeting", "webinar", "recording", "whiteboard"]));
    assert_eq!(rig.dead("delete-user", &account).await, "no such user: 1001");
    assert!(matches!(delete(&rig, &account, Some(BRAVO)).await.0, Outcome::AlreadySo { .. }));
    for name in ["deactivate", "free-licence", "revoke-sso-token"] {
        assert!(rig.already(name, &account).await.0.contains("1001"), "{name}");
    }
    rig.dead("deactivate", &account).await;
    let spec = rig.connector.action("delete-user").unwrap().spec();
    assert_eq!((spec.danger, spec.class), (Danger::Irreversible, StepClass::Reconcile));
    assert!(spec.undo.is_none() && spec.needs.iter().any(|fact| fact.0 == "leaver:manager"));
    assert!(refused(&rig.undo("delete-user", &account, &before.image).await).contains("no undo"));
}

#[tokio::test]
async fn a_flag_that_is_off_is_said_too() {
    let bench = Bench::new().await;
    let some = "meetings = true\nwebinars = false\nrecordings = false\nwhiteboards = true";
    let rig = Rig::new("zoom", &toml(&bench, &format!("[transfer]\nto = '{FOXTROT}'\n{some}")));
    let account = rig.account(ALFA).await;
    assert_eq!(delete(&rig, &account, None).await.0, Outcome::Acknowledged);
    assert_eq!(state(&bench, ALFA)["what"], json!(["meeting", "whiteboard"]));
    assert!(rig.connector.action("delete-user").unwrap().spec().needs.is_empty(), "no manager is needed");
}

#[tokio::test]
async fn without_flags_nothing_deletes_and_no_flag_has_a_default() {
    let bench = Bench::new().await;
    let none = Rig::new("zoom", &toml(&bench, ""));
    assert!(none.connector.action("delete-user").is_none());
    for missing in ["meetings", "webinars", "recordings", "whiteboards"] {
        let rest = ALL.lines().filter(|line| !line.starts_with(missing)).collect::<Vec<_>>().join("\n");
        let section =
            Section::from_toml("zoom", &toml(&bench, &format!("[transfer]\nto = '{BRAVO}'\n{rest}"))).unwrap();
        let why = registry::build(&section).err().unwrap().to_string();
        assert!(why.contains(missing), "{why}");
    }
    let section = toml(&bench, &format!("[transfer]\nto = '{{{{ leaver.boss }}}}'\n{ALL}"));
    let why = registry::build(&Section::from_toml("zoom", &section).unwrap()).err().unwrap().to_string();
    assert!(why.contains("transfer.to") && why.contains("leaver.boss"), "{why}");
}

#[tokio::test]
async fn who_should_get_it_all_has_to_be_there() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (manager, why) in [
        (None, "names nobody"),
        (Some("nobody@corp.example"), "is no user of this Zoom account"),
        (Some(ECHO), "has status: pending"),
        (Some(ALFA), "is the one who leaves"),
    ] {
        let reason = needs_human(&delete(&rig, &account, manager).await.0);
        assert!(reason.contains(why), "{reason}");
    }
    assert!(needs_human(&rig.execute("delete-user", &account).await).contains("names nobody"));
    let why = refused(&delete(&rig, &account, Some(FOXTROT)).await.0);
    assert!(why.contains("Webinar or higher license"), "the recipient lacks a licence: {why}");
    assert_eq!(state(&bench, ALFA)["ended"], Value::Null);
    let by_address = Account { id: ALFA.into(), ..account };
    assert!(refused(&delete(&rig, &by_address, Some(BRAVO)).await.0).contains("is an address"));
}

#[tokio::test]
async fn the_account_owner_is_refused() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(DELTA).await;
    assert_eq!(account.matched_on, "email, the account's owner");
    for name in ["deactivate", "free-licence", "delete-user"] {
        assert!(needs_human(&rig.execute(name, &account).await).contains("hand the ownership over"), "{name}");
    }
    assert_eq!((&state(&bench, DELTA)["status"], &state(&bench, DELTA)["type"]), (&json!("active"), &json!(2)));
}

#[tokio::test]
async fn a_pending_user_can_only_be_disassociated_and_that_is_a_persons_matter() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ECHO).await;
    assert!(needs_human(&delete(&rig, &account, Some(BRAVO)).await.0).contains("withdraw the invitation"));
    assert_eq!(state(&bench, ECHO)["ended"], Value::Null);
}

#[tokio::test]
async fn a_404_without_code_1001_says_nothing_of_the_user() {
    let bench = Bench::new().await;
    let elsewhere = toml(&bench, "").replace("/zoom/v2", "/zoom/v3");
    let rig = Rig::new("zoom", &elsewhere);
    let account = Account { id: "zM000000_ABCdefGHIjklMN".into(), label: ALFA.into(), matched_on: "m".into() };
    assert!(matches!(rig.verify("deactivate", &account).await, Verdict::CannotTell { again: true, .. }));
    for name in ["deactivate", "revoke-sso-token", "free-licence"] {
        assert!(refused(&rig.execute(name, &account).await).contains("check base_url"), "{name}");
    }
}

#[tokio::test]
async fn throttled_locked_and_lost_are_told_apart() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (op, name) in [
        ("zoom.users.token.delete", "revoke-sso-token"),
        ("zoom.users.status", "deactivate"),
        ("zoom.users.update", "free-licence"),
    ] {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 1_000);
        bench.sandbox.clear_faults();
        bench.turn_away(op, 401);
        assert!(locked(&rig.execute(name, &account).await).contains("client_secret"));
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
    }
    assert_eq!((&state(&bench, ALFA)["status"], &state(&bench, ALFA)["type"]), (&json!("inactive"), &json!(1)));
    bench.lose_answers("zoom.users.get");
    is_retry(&rig.execute("deactivate", &account).await, false);
    bench.sandbox.clear_faults();
    bench.lose_answers("zoom.users.delete");
    is_ambiguous(&delete(&rig, &account, Some(BRAVO)).await.0);
    bench.sandbox.clear_faults();
    rig.dead("delete-user", &account).await;
    let sent = bench.sandbox.calls().iter().filter(|call| call.op == "zoom.users.delete").count();
    assert_eq!(sent, 1, "it is sent once");
}

#[tokio::test]
async fn nobody_a_wrong_id_map_and_bad_credentials() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
    let wrong = rig.locate(&mapped("zoom", ALFA, "zM999999")).await.unwrap();
    assert!(matches!(&wrong, Located::Unsure { reason } if reason.contains("does not exist")), "{wrong:?}");
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.missing.is_empty(), "{probe:?}");
    let secret = bench.secret("bad", "not-the-secret");
    let good = bench.secret("zoom", &bench.sandbox.credentials().zoom_client_secret);
    let bad = Rig::new("zoom", &toml(&bench, "").replace(&good, &secret));
    let probe = bad.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("Invalid client_id"), "{}", probe.message);
    bad.kept_quiet(&["not-the-secret"]);
}

#[tokio::test]
async fn a_scope_that_is_added_is_seen_with_the_next_token() {
    let bench = Bench::new().await;
    let minted = std::sync::atomic::AtomicU32::new(0);
    let stub = Stub::new(move |request| {
        if request.starts_with("GET") {
            return answer("404 Not Found", "", r#"{"code":1001,"message":"User does not exist."}"#);
        }
        let first = minted.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let scope =
            if first { "user:read:user:admin user:delete:user:admin" } else { "user:read:admin user:write:admin" };
        answer("200 OK", "", &format!(r#"{{"access_token":"t","expires_in":3599,"scope":"{scope}"}}"#))
    })
    .await;
    let secret = bench.secret("s", "a-secret-of-some-length");
    let toml = format!(
        "type='zoom'\naccount_id='a'\nclient_id='c'\nclient_secret='{secret}'\ntoken_url='{base}/t'\nbase_url='{base}'",
        base = stub.base
    );
    let rig = Rig::new("zoom", &toml);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["user:update:status:admin", "user:update:user:admin", "user:delete:token:admin"]);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.missing.is_empty(), "the older scopes hold the finer ones: {probe:?}");
}
