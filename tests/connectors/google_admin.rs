//! Google Workspace: admin roles, groups, licences.

use nightlatch::model::{Account, Outcome, Stage, Verdict};
use nightlatch::sandbox::{Options, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, needs_human, refused};
use super::google::{rig, rig_of};

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("google", email).unwrap()
}

/// Enough people for several admins.
async fn firm() -> Bench {
    Bench::with(Options { people: 250, ..Options::default() }).await
}

/// The one of the people who is super admin, beside the console's own account.
fn super_admin(bench: &Bench) -> Person {
    bench.person(|it| state(bench, &it.email)["superAdmin"] == true)
}

/// Admin of a part, by a role.
fn delegated(bench: &Bench) -> Person {
    bench.person(|it| {
        let state = state(bench, &it.email);
        state["superAdmin"] == false && !state["roles"].as_array().unwrap().is_empty()
    })
}

async fn of_account(rig: &Rig, person: &Person) -> Account {
    rig.account(&person.email).await
}

#[tokio::test]
async fn admin_roles_go_with_super_admin_and_come_back_by_undo() {
    let bench = firm().await;
    let rig = rig(&bench);
    for person in [super_admin(&bench), delegated(&bench)] {
        let account = of_account(&rig, &person).await;
        let had = state(&bench, &person.email);
        rig.alive("revoke-admin-roles", &account).await;
        let before = rig.done("revoke-admin-roles", &account).await;
        assert_eq!(rig.dead("revoke-admin-roles", &account).await, "admin roles: none");
        let now = state(&bench, &person.email);
        assert_eq!((&now["superAdmin"], &now["roles"]), (&json!(false), &json!([])));
        assert_eq!(rig.already("revoke-admin-roles", &account).await.0, "admin roles: none");

        for _ in 0..2 {
            assert_eq!(rig.undo("revoke-admin-roles", &account, &before).await, Outcome::Acknowledged);
            rig.alive("revoke-admin-roles", &account).await;
        }
        let restored = state(&bench, &person.email);
        assert_eq!(restored["superAdmin"], had["superAdmin"]);
        let sorted = |state: &Value| {
            let mut roles = state["roles"].as_array().unwrap().clone();
            roles.sort_by_key(Value::to_string);
            roles
        };
        assert_eq!(sorted(&restored), sorted(&had), "the same roles, limited to the same units");
    }
}

#[tokio::test]
async fn the_last_super_admin_is_refused_everything_that_would_end_their_power() {
    let bench = firm().await;
    let person = super_admin(&bench);
    // The other one, the console's account, is demoted first: by this one.
    let other = rig_of(&bench, &person.email);
    let console = other.account(&bench.sandbox.credentials().google_admin.clone()).await;
    other.done("revoke-admin-roles", &console).await;

    let rig = rig(&bench);
    let account = of_account(&rig, &person).await;
    for name in ["revoke-admin-roles", "suspend", "delete-user"] {
        let reason = needs_human(&rig.execute(name, &account).await);
        assert!(reason.contains("last super admin"), "{name}: {reason}");
    }
    let truth = bench.sandbox.truth(&person.email).unwrap().google;
    assert!(truth.exists && !truth.suspended && state(&bench, &person.email)["superAdmin"] == true);
}

#[tokio::test]
async fn groups_are_left_page_by_page_and_joined_again_with_role_and_delivery() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = of_account(&rig, &alfa).await;
    let had = state(&bench, &alfa.email)["groups"].clone();
    assert_eq!(had.as_array().unwrap().len(), 4, "two pages");
    assert_eq!(rig.alive("leave-groups", &account).await, "groups: 4");
    let before = rig.done("leave-groups", &account).await;
    assert_eq!(rig.dead("leave-groups", &account).await, "groups: none");
    assert_eq!(state(&bench, &alfa.email)["groups"], json!([]));
    assert_eq!(rig.already("leave-groups", &account).await.0, "groups: none");

    for _ in 0..2 {
        assert_eq!(rig.undo("leave-groups", &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(state(&bench, &alfa.email)["groups"], had, "owner of one, a digest from another");
    assert_eq!(rig.alive("leave-groups", &account).await, "groups: 4");
    assert_eq!(rig.connector.action("leave-groups").unwrap().spec().stage, Stage::Licences);
}

/// Google's `members.delete` says "no such member" in three shapes, and 409 `conflict` for a removal that is under way.
#[tokio::test]
async fn every_shape_of_not_a_member_counts_as_removed() {
    // The list of groups lags, so the second try finds groups that the first one has left.
    let bench = Bench::with(Options { people: 60, read_lag_ms: 1_500, ..Options::default() }).await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = of_account(&rig, &alfa).await;
    rig.done("leave-groups", &account).await;
    assert_eq!(rig.alive("leave-groups", &account).await, "groups: 4", "the read lags");
    assert_eq!(rig.execute("leave-groups", &account).await, Outcome::Acknowledged);
    let deletions = bench.sandbox.calls().into_iter().filter(|call| call.op == "google.members.delete");
    let mut said: Vec<(u16, bool)> = deletions.map(|call| (call.status, call.executed)).collect();
    said.sort_unstable();
    let late = [(400, false), (404, false), (404, false), (412, false)];
    let first = [(204, true), (204, true), (204, true), (409, true)];
    let mut wanted = [late, first].concat();
    wanted.sort_unstable();
    assert_eq!(said, wanted);
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    rig.dead("leave-groups", &account).await;
}

#[tokio::test]
async fn licences_go_by_the_address_that_the_user_has_now_and_their_seats_are_counted() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    // What is known of the account is its id: the address is read afresh.
    let account = Account { label: "old.name@corp.example".into(), ..of_account(&rig, &alfa).await };
    let had = state(&bench, &alfa.email)["licences"].clone();
    let evidence = rig.alive("remove-licences", &account).await;
    assert_eq!(evidence, "licences: Google-Apps/1010020028, 101031/1010310002");
    let before = rig.captured("remove-licences", &account).await;
    assert_eq!(before.seats, ["Google-Apps/1010020028", "101031/1010310002"]);
    assert_eq!(rig.dead("remove-licences", &account).await, "licences: none");
    assert_eq!(state(&bench, &alfa.email)["licences"], json!([]));
    assert!(rig.already("remove-licences", &account).await.0.contains("none of the 3"));
    for _ in 0..2 {
        assert_eq!(rig.undo("remove-licences", &account, &before.image).await, Outcome::Acknowledged);
    }
    assert_eq!(state(&bench, &alfa.email)["licences"], had);
    rig.alive("remove-licences", &account).await;
}

#[tokio::test]
async fn a_firm_that_names_no_licences_has_no_such_action_and_a_bad_name_is_told() {
    let bench = Bench::new().await;
    let key = bench.secret("key", "{}");
    let toml = format!("type='google'\nservice_account='{key}'\nadmin='a@corp.example'");
    assert!(super::bench::build("google", &toml).action("remove-licences").is_none());
    let bad = format!("{toml}\nlicences = ['Google-Apps']");
    let section = nightlatch::config::Section::from_toml("google", &bad).unwrap();
    let error = nightlatch::connectors::registry::build(&section).err().unwrap().to_string();
    assert!(error.contains("`Google-Apps` is no licence: write product/sku"), "{error}");
}

/// Action, and the call by which it acts.
const ACTS: [(&str, &str); 3] = [
    ("revoke-admin-roles", "google.roles.delete"),
    ("leave-groups", "google.members.delete"),
    ("remove-licences", "google.licences.delete"),
];

#[tokio::test]
async fn throttled_refused_and_lost_are_told_apart() {
    let bench = firm().await;
    let rig = rig(&bench);
    let account = of_account(&rig, &delegated(&bench)).await;
    for (name, op) in ACTS {
        bench.turn_away(op, 403);
        is_retry(&rig.execute(name, &account).await, true);
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        // What was done and what was not: the next try finishes it.
        match rig.execute(name, &account).await {
            Outcome::Acknowledged | Outcome::AlreadySo { .. } => {}
            other => panic!("{name}: {other:?}"),
        }
        rig.dead(name, &account).await;
    }
}

#[tokio::test]
async fn what_was_to_be_removed_is_gone_with_the_user() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = of_account(&rig, &bench.alfa()).await;
    rig.done("delete-user", &alfa).await;
    for name in ["revoke-admin-roles", "leave-groups", "remove-licences", "clear-recovery", "stop-mail-leaks"] {
        assert!(rig.already(name, &alfa).await.0.contains("does not exist any more"), "{name}");
        assert!(matches!(rig.verify(name, &alfa).await, Verdict::Dead { .. }), "{name}");
    }
}

#[tokio::test]
async fn a_user_that_a_vault_hold_keeps_is_a_persons_business() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = of_account(&rig, &bench.alfa()).await;
    let http = reqwest::Client::new();
    let url = format!("{}/_sandbox/people/{}/set", bench.base(), bench.alfa().email);
    let set = http.post(url).json(&json!({"google_hold": true})).send().await.unwrap();
    assert!(set.status().is_success(), "{set:?}");
    let reason = needs_human(&rig.execute("delete-user", &account).await);
    assert!(reason.contains("Vault"), "{reason}");
}

#[tokio::test]
async fn a_missing_privilege_is_refused_with_its_cure() {
    let bench = Bench::new().await;
    bench.sandbox.withhold_scope("admin.directory.rolemanagement");
    let rig = rig(&bench);
    let account = of_account(&rig, &bench.alfa()).await;
    let said = refused(&rig.execute("revoke-admin-roles", &account).await);
    assert!(said.contains("domain-wide delegation") && said.contains("auth/admin.directory.rolemanagement"), "{said}");
}
