//! `type = "scim"` against services that depart from the standard. One that keeps to it is in `tests/servers`.

use nightlatch::config::Section;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Danger, Leaver, Outcome, StepClass, Verdict};
use nightlatch::sandbox::{Fault, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, folder, is_ambiguous, is_retry, locked, mapped, refused, secret};
use super::stub::{Stub, json_answer};

/// A connector to the tenant with this quirk.
pub(crate) fn rig(bench: &Bench, quirk: &str, more: &str) -> Rig {
    let token = bench.secret("scim", &bench.sandbox.credentials().scim_token);
    let base = bench.base();
    Rig::new("scim", &format!("type='scim'\nbase_url='{base}/scim/{quirk}/v2'\ntoken='{token}'\n{more}"))
}

fn state(bench: &Bench, quirk: &str, person: &Person) -> Value {
    bench.sandbox.state("scim", &person.email).unwrap()[quirk].clone()
}

/// The sandbox's people by number.
fn number(bench: &Bench, number: usize) -> Person {
    bench.sandbox.people()[number].clone()
}

fn called(bench: &Bench, op: &str) -> usize {
    bench.sandbox.calls().iter().filter(|call| call.op == op).count()
}

#[tokio::test]
async fn every_way_of_saying_inactive_is_understood_and_taken_back() {
    let bench = Bench::new().await;
    let alfa = bench.alfa();
    for (quirk, profile) in [
        ("plain", "plain"),
        ("plain", "okta"),
        ("words", "entra"),
        ("pathless", "okta"),
        ("pathless", "github-enterprise"),
        ("whole", "plain"),
        ("put-only", "plain"),
        ("unfiltered", "plain"),
    ] {
        let rig = rig(&bench, quirk, &format!("profile='{profile}'"));
        let account = rig.account(&alfa.email).await;
        assert_eq!(account.matched_on, "userName", "{quirk}");
        rig.alive("deactivate", &account).await;
        let before = rig.done("deactivate", &account).await;
        assert_eq!(state(&bench, quirk, &alfa), json!({ "active": false }), "{quirk}");
        assert_eq!(rig.dead("deactivate", &account).await, "active: false");
        rig.already("deactivate", &account).await;
        assert_eq!(rig.undo("deactivate", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(state(&bench, quirk, &alfa), json!({ "active": true }), "{quirk}");
        assert!(matches!(rig.undo("deactivate", &account, &before).await, Outcome::AlreadySo { .. }));
        let was_off = json!({ "active": false });
        assert!(matches!(rig.undo("deactivate", &account, &was_off).await, Outcome::AlreadySo { .. }));
        rig.kept_quiet(&[&bench.sandbox.credentials().scim_token]);
    }
    assert_eq!(called(&bench, "scim.users.delete"), 0);
}

#[tokio::test]
async fn the_wrong_way_is_refused_with_the_services_words_and_the_cure() {
    let bench = Bench::new().await;
    for (quirk, words) in [("words", "active is not of the right type (invalidValue)"), ("pathless", "(invalidPath)")] {
        let rig = rig(&bench, quirk, "");
        let account = rig.account(&bench.alfa().email).await;
        let why = refused(&rig.execute("deactivate", &account).await);
        assert!(why.contains(words) && why.contains("another `profile`"), "{why}");
        assert_eq!(state(&bench, quirk, &bench.alfa()), json!({ "active": true }));
    }
}

#[tokio::test]
async fn where_inactive_means_deleted_it_is_offered_as_a_deletion() {
    let bench = Bench::new().await;
    for profile in ["pagerduty", "github-organization"] {
        let rig = rig(&bench, "deletes", &format!("profile='{profile}'"));
        assert!(rig.connector.action("deactivate").is_none());
    }
    let rig = rig(&bench, "deletes", "profile='pagerduty'");
    let spec = rig.connector.action("delete").unwrap().spec();
    assert_eq!((spec.danger, spec.class), (Danger::Irreversible, StepClass::Reconcile));
    let account = rig.account(&bench.alfa().email).await;
    rig.alive("delete", &account).await;
    let before = rig.done("delete", &account).await;
    assert_eq!(before["user"]["userName"], bench.alfa().email);
    assert_eq!(state(&bench, "deletes", &bench.alfa()), Value::Null);
    assert_eq!(rig.dead("delete", &account).await, "no such user");
    rig.already("delete", &account).await;
    assert_eq!((called(&bench, "scim.users.patch"), called(&bench, "scim.users.delete")), (1, 0));
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_no_undo_pretends_otherwise() {
    let bench = Bench::new().await;
    let rig = rig(&bench, "whole", "");
    let account = rig.account(&bench.alfa().email).await;
    let before = rig.done("delete", &account).await;
    assert_eq!(rig.dead("delete", &account).await, "no such user");
    assert_eq!(rig.dead("deactivate", &account).await, "no such user");
    rig.already("deactivate", &account).await;
    refused(&rig.undo("delete", &account, &before).await);
    assert!(
        refused(&rig.undo("deactivate", &account, &json!({ "active": true })).await)
            .contains("create the account anew")
    );
    let nobody = rig.locate(&Leaver::from_email(&bench.alfa().email)).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
}

#[tokio::test]
async fn absent_active_is_not_false() {
    let bench = Bench::new().await;
    let rig = rig(&bench, "silent", "");
    let account = rig.account(&bench.alfa().email).await;
    assert!(matches!(rig.verify("deactivate", &account).await, Verdict::CannotTell { again: true, .. }));
    let before = rig.done("deactivate", &account).await;
    assert_eq!(before["active"], true);
    assert!(matches!(rig.verify("deactivate", &account).await, Verdict::CannotTell { .. }));
}

#[tokio::test]
async fn the_wrong_user_is_never_taken() {
    let bench = Bench::new().await;
    let rig = rig(&bench, "plain", "");
    let locate = async |rig: &Rig, email: &str| rig.locate(&Leaver::from_email(email)).await.unwrap();
    let unsure = |located: &Located, words: &str| {
        assert!(matches!(located, Located::Unsure { reason } if reason.contains(words)), "{located:?}");
    };
    unsure(&locate(&rig, &number(&bench, 3).email).await, "finds both");
    let aliased = number(&bench, 4).email;
    unsure(&locate(&rig, &aliased).await, "but an alias");
    assert_eq!(rig.account(&format!("new.{aliased}")).await.matched_on, "emails.value");
    for nobody in ["nobody@corp.example", "a\" or userName eq \"alfa.doe@corp.example", "*"] {
        let found = locate(&rig, nobody).await;
        assert!(matches!(found, Located::Nobody { .. }), "{nobody}: {found:?}");
    }
    let found = rig.locate(&mapped("scim", "nobody@corp.example", "scim-5")).await.unwrap();
    assert!(matches!(&found, Located::Found(it) if it.id == "scim-5" && it.matched_on == "id map"), "{found:?}");
    unsure(&rig.locate(&mapped("scim", &bench.alfa().email, "scim-999")).await.unwrap(), "who does not exist");
    // Others than those searched for are shown: nobody is taken, and the search ends.
    let loose = self::rig(&bench, "unfiltered", "");
    unsure(&locate(&loose, "nobody@corp.example").await, "into the id map");
    let by_id = self::rig(&bench, "plain", "search=['externalId']");
    let alfa = bench.alfa();
    let leaver = Leaver { employee_id: Some(alfa.employee_id.clone()), ..Leaver::from_email(&alfa.email) };
    let found = by_id.locate(&leaver).await.unwrap();
    assert!(matches!(&found, Located::Found(it) if it.matched_on == "externalId"), "{found:?}");
    let other = Leaver { email: number(&bench, 5).email, ..leaver };
    unsure(&by_id.locate(&other).await.unwrap(), "does not go by");
}

/// Some say 404 where the standard wants an empty list. So does whoever is no SCIM service: whether there is a list at all
/// is asked once, and only where nobody was found.
#[tokio::test]
async fn where_none_is_a_404_the_list_itself_is_asked_for_once() {
    let by_email =
        json!({ "Resources": [{ "id": "7", "userName": "a.doe", "emails": [{ "value": "alfa.doe@corp.example" }] }] });
    let stub = Stub::new(move |request| match request.lines().next().unwrap() {
        line if line.contains("emails.value") && line.contains("alfa") => json_answer("200 OK", &by_email),
        line if line.contains("filter=") => json_answer("404 Not Found", &json!({})),
        _ => json_answer("200 OK", &json!({ "Resources": [] })),
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "scim", "t");
    let rig = Rig::new("scim", &format!("type='scim'\nbase_url='{}'\ntoken='{token}'", stub.base));
    let lists = || stub.seen().iter().filter(|request| !request.contains("filter=")).count();
    let found = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    assert_eq!((stub.seen().len() - lists(), lists()), (2, 1));
    assert_eq!(rig.account("alfa.doe@corp.example").await.matched_on, "emails.value");
    assert_eq!(lists(), 1);
}

#[tokio::test]
async fn throttled_refused_lost_and_stale() {
    let bench = Bench::new().await;
    for (quirk, op) in [("plain", "scim.users.patch"), ("whole", "scim.users.put"), ("plain", "scim.users.delete")] {
        let rig = rig(&bench, quirk, "");
        let action = if op.ends_with("delete") { "delete" } else { "deactivate" };
        let account = rig.account(&number(&bench, 6).email).await;
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(action, &account).await, true), 1_000);
        bench.sandbox.clear_faults();
        for (status, reads) in [(403, "the right to read"), (409, "409: internal")] {
            bench.turn_away(op, status);
            let why = refused(&rig.execute(action, &account).await);
            assert!(why.contains(reads), "{why}");
            bench.sandbox.clear_faults();
        }
        bench.turn_away(op, 412);
        is_retry(&rig.execute(action, &account).await, false);
        bench.sandbox.clear_faults();
        bench.turn_away(op, 500);
        is_ambiguous(&rig.execute(action, &account).await);
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(action, &account).await);
        bench.sandbox.clear_faults();
        rig.already(action, &account).await;
    }
    let rig = rig(&bench, "plain", "");
    let account = rig.account(&bench.alfa().email).await;
    bench.fault("scim.users.get", Fault { status: Some(503), ..Fault::default() });
    is_retry(&rig.execute("deactivate", &account).await, false);
}

#[tokio::test]
async fn the_token_goes_where_the_service_wants_it() {
    let bench = Bench::new().await;
    for more in ["", "user='nightlatch'", "header='X-Api-Key'"] {
        let probe = rig(&bench, "plain", more).connector.probe(&Rig::call()).await;
        assert_eq!(
            (probe.health, probe.message.as_str()),
            (Health::Up, "reads users, changes them by PATCH"),
            "{more}"
        );
    }
    let probe = rig(&bench, "whole", "").connector.probe(&Rig::call()).await;
    assert_eq!(probe.message, "reads users, changes them by PUT");
    let base = bench.base();
    let token = bench.secret("bad", "scim-canary-0123456789");
    let bad = Rig::new("scim", &format!("type='scim'\nbase_url='{base}/scim/plain/v2'\ntoken='{token}'"));
    let account = rig(&bench, "plain", "").account(&bench.alfa().email).await;
    let why = locked(&bad.execute("deactivate", &account).await);
    assert!(why.contains("401: invalid token") && why.contains("make a new token"), "{why}");
    bad.kept_quiet(&["scim-canary-0123456789"]);
}

#[test]
fn a_section_that_cannot_work_says_why() {
    let told = |more: &str| {
        let toml = format!("type='scim'\nbase_url='https://app.corp.example/scim/v2'\ntoken='env:A'\n{more}");
        let section = Section::from_toml("app", &toml).unwrap();
        registry::build(&section).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(told(""), "");
    assert!(told("user='u'\nheader='h'").contains("either user or header"));
    assert!(told("search=[]").contains("names no attribute"));
    assert!(told("profile='azure'").contains("profile"));
    assert!(told("search=['name']").contains("search"));
}
