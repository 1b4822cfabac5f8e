use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Danger, Leaver, Outcome, Stage, StepClass, Verdict};
use serde_json::json;

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped, needs_human, refused};
use super::stub::{Stub, answer};

const ALFA: &str = "alfa.doe@corp.example";
/// Owns records.
const BRAVO: &str = "bravo.doe@corp.example";
/// The two super admins.
const DELTA: &str = "delta.doe@corp.example";
const ECHO: &str = "echo.doe@corp.example";
/// The contact for bills, whom `HubSpot` does not let go.
const FOXTROT: &str = "foxtrot.doe@corp.example";

pub(crate) fn rig(bench: &Bench) -> Rig {
    let token = bench.secret("hubspot", &bench.sandbox.credentials().hubspot_token);
    Rig::new("hubspot", &format!("type='hubspot'\nbase_url='{}/hubspot'\ntoken='{token}'", bench.base()))
}

fn removed(bench: &Bench, email: &str) -> bool {
    bench.sandbox.state("hubspot", email).unwrap()["removed"] == true
}

fn sent(bench: &Bench, op: &str) -> Vec<String> {
    bench.sandbox.calls().into_iter().filter(|call| call.op == op).map(|call| call.path).collect()
}

fn some(id: &str) -> Account {
    Account { id: id.into(), label: ALFA.into(), matched_on: "m".into() }
}

#[tokio::test]
async fn removes_a_user_by_id_once_and_reads_it_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!((account.id.as_str(), account.matched_on.as_str()), ("5000001", "email"));
    assert_eq!(rig.alive("remove-user", &account).await, "user 5000001 exists");
    let before = rig.done("remove-user", &account).await;
    assert_eq!((&before["roleId"], &before["owners"]), (&json!("100"), &json!(["70000001"])));
    assert_eq!((&before["primaryTeamId"], &before["secondaryTeamIds"]), (&json!("101"), &json!(["102"])));
    assert!(removed(&bench, ALFA));
    assert_eq!(rig.dead("remove-user", &account).await, "no such user: 404");
    rig.already("remove-user", &account).await;
    assert_eq!(sent(&bench, "hubspot.users.delete"), ["/hubspot/settings/v3/users/5000001"]);
    let by_address = Account { id: ALFA.into(), ..account };
    assert!(refused(&rig.execute("remove-user", &by_address).await).contains("is an address"));
    rig.kept_quiet(&[&bench.sandbox.credentials().hubspot_token]);
}

#[tokio::test]
async fn what_a_removal_loses_is_said_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let remove = rig.connector.action("remove-user").unwrap().spec();
    assert_eq!(
        (remove.danger, remove.stage, remove.class),
        (Danger::HardToUndo, Stage::Licences, StepClass::Reconcile)
    );
    assert!(remove.undo.is_none() && remove.title.contains("is lost"));
    let list = rig.connector.action("list-owned").unwrap().spec();
    assert!((list.stage, list.class) == (Stage::Handover, StepClass::Pure) && list.stage < remove.stage);
    let why = refused(&rig.undo("remove-user", &some("5000001"), &json!({})).await);
    assert!(why.contains("no undo"), "{why}");
}

#[tokio::test]
async fn an_owners_id_is_not_the_users() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(BRAVO).await;
    let findings = rig.listed("list-owned", &account).await;
    let told: Vec<(&str, &str, &str)> =
        findings.iter().map(|it| (it.what.as_str(), it.id.as_str(), it.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            ("contacts", "owner 70000002", "12000 or more need another owner"),
            ("companies", "owner 70000002", "2 need another owner"),
            ("deals", "owner 70000002", "3 need another owner"),
            ("tickets", "owner 70000002", "1 need another owner"),
        ]
    );
    let free = rig.account(ALFA).await;
    assert_eq!(rig.execute("list-owned", &free).await, Outcome::Listed { findings: vec![] });
    assert_eq!(rig.dead("list-owned", &free).await, "owns no record");
}

#[tokio::test]
async fn a_removed_users_owner_is_among_the_archived() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(BRAVO).await;
    rig.done("remove-user", &account).await;
    assert!(rig.alive("list-owned", &account).await.contains("deals: 3"));
}

#[tokio::test]
async fn an_owner_of_the_same_address_but_another_user_is_somebody_else() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = Account { id: "5000001".into(), ..rig.account(BRAVO).await };
    assert_eq!(rig.execute("list-owned", &account).await, Outcome::Listed { findings: vec![] });
}

#[tokio::test]
async fn a_scope_that_is_missing_hides_one_kind_of_record_alone() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(BRAVO).await;
    bench.turn_away("hubspot.search.tickets", 403);
    let findings = rig.listed("list-owned", &account).await;
    assert!(findings.len() == 4 && findings[3].detail.starts_with("not counted: 403"), "{findings:?}");
}

#[tokio::test]
async fn the_last_super_admin_is_refused() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (delta, echo) = (rig.account(DELTA).await, rig.account(ECHO).await);
    assert_eq!(delta.matched_on, "email, a super admin");
    rig.done("remove-user", &delta).await;
    let reason = needs_human(&rig.execute("remove-user", &echo).await);
    assert!(reason.contains("last super admin"), "{reason}");
    assert!(removed(&bench, DELTA) && !removed(&bench, ECHO));
}

#[tokio::test]
async fn a_super_admin_whom_hubspot_protects_is_a_persons_matter_and_a_missing_scope_is_not() {
    let bench = Bench::new().await;
    let admin = |id: &str| format!(r#"{{"id":"{id}","email":"{id}@corp.example","superAdmin":true}}"#);
    let stub = Stub::new(move |request| match request {
        it if it.starts_with("DELETE") => {
            let body = r#"{"status":"error","category":"BANNED","message":"Super admins cannot be removed by apps"}"#;
            answer("403 Forbidden", "", body)
        }
        it if it.contains("/owners?") => answer("200 OK", "", r#"{"results":[]}"#),
        it if it.contains("/users/7?") => answer("200 OK", "", &admin("7")),
        _ => answer("200 OK", "", &format!(r#"{{"results":[{},{}]}}"#, admin("7"), admin("8"))),
    })
    .await;
    let token = bench.secret("t", "pat-0123456789");
    let stubbed = Rig::new("hubspot", &format!("type='hubspot'\nbase_url='{}'\ntoken='{token}'", stub.base));
    let reason = needs_human(&stubbed.execute("remove-user", &some("7")).await);
    assert!(reason.contains("cannot be removed by apps"), "{reason}");
    let rig = rig(&bench);
    let delta = rig.account(DELTA).await;
    bench.turn_away("hubspot.users.delete", 403);
    assert!(refused(&rig.execute("remove-user", &delta).await).contains("add the scope"));
}

#[tokio::test]
async fn the_list_of_users_is_not_where_its_items_are() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let delta = rig.account(DELTA).await;
    rig.done("remove-user", &delta).await;
    let lists = sent(&bench, "hubspot.users.list");
    assert!(lists.len() > 1 && lists.iter().all(|path| path == "/hubspot/settings/users/v3"), "{lists:?}");
}

#[tokio::test]
async fn what_hubspot_refuses_is_told_in_its_words() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(FOXTROT).await;
    let why = refused(&rig.execute("remove-user", &account).await);
    assert!(why.contains("point of contact"), "{why}");
    assert!(!removed(&bench, FOXTROT));
}

#[tokio::test]
async fn throttled_locked_and_lost_are_told_apart() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    for (op, name) in [("hubspot.users.delete", "remove-user"), ("hubspot.search.contacts", "list-owned")] {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 10_000);
        bench.sandbox.clear_faults();
        bench.turn_away(op, 401);
        assert!(locked(&rig.execute(name, &account).await).contains("new access token"));
        bench.sandbox.clear_faults();
    }
    bench.turn_away("hubspot.users.delete", 423);
    assert_eq!(is_retry(&rig.execute("remove-user", &account).await, false), 2_000);
    bench.sandbox.clear_faults();
    bench.lose_answers("hubspot.users.get");
    assert!(matches!(rig.verify("remove-user", &account).await, Verdict::CannotTell { again: true, .. }));
    bench.sandbox.clear_faults();
    bench.lose_answers("hubspot.search");
    is_retry(&rig.execute("list-owned", &account).await, false);
    bench.sandbox.clear_faults();
    bench.lose_answers("hubspot.users.delete");
    is_ambiguous(&rig.execute("remove-user", &account).await);
    assert!(removed(&bench, ALFA));
    assert_eq!(rig.dead("remove-user", &account).await, "no such user: 404");
}

#[tokio::test]
async fn nobody_two_and_the_tokens_own_maker() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
    let found = rig.locate(&mapped("hubspot", "old@corp.example", "5000002")).await.unwrap();
    assert!(matches!(found, Located::Found(account) if account.label == BRAVO && account.matched_on == "id map"));
    let wrong = rig.locate(&mapped("hubspot", ALFA, "1")).await.unwrap();
    assert!(matches!(&wrong, Located::Unsure { reason } if reason.contains("does not exist")), "{wrong:?}");
    match rig.locate(&Leaver::from_email("zulu.console@corp.example")).await.unwrap() {
        Located::Unsure { reason } => assert!(reason.contains("itself acts as"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let secondary =
        Stub::new(|_| answer("200 OK", "", r#"{"id":"7","email":"other@corp.example","superAdmin":"true"}"#)).await;
    let token = bench.secret("t", "pat-0123456789");
    let stubbed = Rig::new("hubspot", &format!("type='hubspot'\nbase_url='{}'\ntoken='{token}'", secondary.base));
    let unsure = stubbed.locate(&Leaver::from_email(ALFA)).await.unwrap();
    assert!(matches!(&unsure, Located::Unsure { reason } if reason.contains("address differs")), "{unsure:?}");
}

#[tokio::test]
async fn a_probe_names_the_scopes_that_are_missing() {
    let bench = Bench::new().await;
    let good = rig(&bench);
    let probe = good.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.missing.is_empty(), "{probe:?}");
    let poor = Stub::new(|request| {
        let info = r#"{"userId":1,"scopes":["settings.users.read","crm.objects.owners.read","tickets"]}"#;
        let body = if request.contains("access-token-info") { info } else { r#"{"results":[]}"# };
        answer("200 OK", "", body)
    })
    .await;
    let token = bench.secret("t", "pat-0123456789");
    let rig = Rig::new("hubspot", &format!("type='hubspot'\nbase_url='{}'\ntoken='{token}'", poor.base));
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Locked);
    let missing =
        ["crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read", "settings.users.write"];
    assert_eq!(probe.missing, missing);
}
