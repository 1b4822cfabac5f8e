//! Okta: API tokens, consents, admin roles, groups, applications.

use nightlatch::model::{Account, Danger, Outcome, Stage};
use nightlatch::sandbox::{Options, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, needs_human, refused};
use super::okta::rig;

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("okta", email).unwrap()
}

/// Enough people for several admins.
async fn firm() -> Bench {
    Bench::with(Options { people: 250, ..Options::default() }).await
}

fn has_role(bench: &Bench, role: &str) -> Person {
    bench.person(|it| state(bench, &it.email)["roles"].as_array().unwrap().contains(&json!(role)))
}

async fn alfa(bench: &Bench, rig: &Rig) -> Account {
    rig.account(&bench.alfa().email).await
}

#[tokio::test]
async fn api_tokens_of_the_user_are_revoked_and_nobody_elses() {
    let bench = firm().await;
    let rig = rig(&bench);
    let account = alfa(&bench, &rig).await;
    let others = || {
        let people = bench.sandbox.people().into_iter().skip(1);
        people.map(|it| state(&bench, &it.email)["apiTokens"].as_u64().unwrap()).sum::<u64>()
    };
    let before = others();
    assert!(before > 25, "several pages");
    assert_eq!(rig.alive("revoke-api-tokens", &account).await, "API tokens: 1");
    let image = rig.done("revoke-api-tokens", &account).await;
    assert_eq!(image["revoked"][0]["name"], "script");
    assert_eq!(rig.dead("revoke-api-tokens", &account).await, "API tokens: none");
    rig.already("revoke-api-tokens", &account).await;
    assert_eq!((state(&bench, &bench.alfa().email)["apiTokens"].clone(), others()), (json!(0), before));
}

#[tokio::test]
async fn consents_and_refresh_tokens_go_and_access_tokens_are_said_to_live_on() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = alfa(&bench, &rig).await;
    let spec = rig.connector.action("revoke-grants").unwrap().spec();
    assert!(spec.residual.as_ref().is_some_and(|it| it.ms == 3_600_000 && it.what.contains("only refresh tokens")));
    let evidence = rig.alive("revoke-grants", &account).await;
    assert_eq!(evidence, "consents: 1, applications with refresh tokens: 1");
    rig.done("revoke-grants", &account).await;
    assert_eq!(rig.dead("revoke-grants", &account).await, "consents and refresh tokens: none");
    rig.already("revoke-grants", &account).await;
    let now = state(&bench, &bench.alfa().email);
    assert_eq!((&now["grants"], &now["clients"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn own_admin_roles_go_and_a_limited_one_does_not_come_back_unlimited() {
    let bench = firm().await;
    let rig = rig(&bench);
    let admin = has_role(&bench, "HELP_DESK_ADMIN");
    let account = rig.account(&admin.email).await;
    assert_eq!(rig.alive("revoke-admin-roles", &account).await, "own admin roles: 2");
    let before = rig.done("revoke-admin-roles", &account).await;
    let none = "own admin roles: none; by a group: REPORT ADMIN";
    assert_eq!(rig.dead("revoke-admin-roles", &account).await, none);
    assert_eq!(rig.already("revoke-admin-roles", &account).await.0, none);
    assert_eq!(state(&bench, &admin.email)["roles"], json!(["REPORT_ADMIN"]));
    for _ in 0..2 {
        let reason = needs_human(&rig.undo("revoke-admin-roles", &account, &before).await);
        assert!(reason.contains("HELP DESK ADMIN"), "{reason}");
    }
    assert_eq!(state(&bench, &admin.email)["roles"], json!(["REPORT_ADMIN", "READ_ONLY_ADMIN"]));

    let chief = has_role(&bench, "SUPER_ADMIN");
    let account = rig.account(&chief.email).await;
    let before = rig.done("revoke-admin-roles", &account).await;
    assert_eq!(rig.undo("revoke-admin-roles", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &chief.email)["roles"], json!(["SUPER_ADMIN"]));
}

#[tokio::test]
async fn the_last_super_admin_keeps_the_role_and_the_account() {
    let bench = firm().await;
    let rig = super::okta::service(&bench);
    let chief = has_role(&bench, "SUPER_ADMIN");
    let account = rig.account(&chief.email).await;
    // The other one is no longer able to sign in.
    let console = rig.account(&bench.sandbox.credentials().google_admin.clone()).await;
    rig.done("suspend", &console).await;
    for name in ["revoke-admin-roles", "deactivate"] {
        let reason = needs_human(&rig.execute(name, &account).await);
        assert!(reason.contains("last super admin"), "{name}: {reason}");
    }
    assert_eq!(state(&bench, &chief.email)["roles"], json!(["SUPER_ADMIN"]));
    assert_eq!(bench.sandbox.truth(&chief.email).unwrap().okta.status, "ACTIVE");
}

#[tokio::test]
async fn only_oktas_own_groups_are_left_and_the_others_are_named() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = alfa(&bench, &rig).await;
    assert_eq!(rig.alive("leave-groups", &account).await, "groups: 3");
    let before = rig.done("leave-groups", &account).await;
    let stay = "groups: none but Everyone (built in), directory-staff (kept by a directory or application)";
    assert_eq!(rig.dead("leave-groups", &account).await, stay);
    assert_eq!(rig.already("leave-groups", &account).await.0, stay);
    for _ in 0..2 {
        assert_eq!(rig.undo("leave-groups", &account, &before).await, Outcome::Acknowledged);
    }
    let all = json!(["Everyone", "engineering", "vpn-users", "directory-staff", "auditors"]);
    assert_eq!(state(&bench, &bench.alfa().email)["groups"], all);
    rig.alive("leave-groups", &account).await;
}

#[tokio::test]
async fn own_applications_are_unassigned_and_those_by_a_group_are_named() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = alfa(&bench, &rig).await;
    let spec = rig.connector.action("unassign-apps").unwrap().spec();
    assert_eq!((spec.stage, spec.danger), (Stage::Licences, Danger::HardToUndo));
    assert_eq!(rig.alive("unassign-apps", &account).await, "own applications: 3");
    let before = rig.captured("unassign-apps", &account).await;
    assert_eq!(before.seats, ["Drawing Board", "Expense Desk", "Build Farm"]);
    let left = "own applications: none; by a group: Wiki";
    assert_eq!(rig.dead("unassign-apps", &account).await, left);
    assert_eq!(rig.already("unassign-apps", &account).await.0, left);
    for _ in 0..2 {
        assert_eq!(rig.undo("unassign-apps", &account, &before.image).await, Outcome::Acknowledged);
    }
    let all = json!(["Drawing Board", "Expense Desk", "Wiki", "Build Farm"]);
    assert_eq!(state(&bench, &bench.alfa().email)["apps"], all);
    let assigned = bench.sandbox.calls().into_iter().filter(|call| call.op == "okta.apps.assign").count();
    assert_eq!(assigned, 3, "what is there is not assigned anew");
}

/// Action, and the call by which it acts.
const ACTS: [(&str, &str); 5] = [
    ("revoke-api-tokens", "okta.api_tokens.revoke"),
    ("revoke-grants", "okta.grants.revoke"),
    ("revoke-admin-roles", "okta.roles.delete"),
    ("leave-groups", "okta.groups.remove"),
    ("unassign-apps", "okta.apps.unassign"),
];

/// Somebody for whom this action has something to do.
async fn somebody(bench: &Bench, rig: &Rig, name: &str) -> Account {
    match name {
        "revoke-admin-roles" => rig.account(&has_role(bench, "HELP_DESK_ADMIN").email).await,
        _ => alfa(bench, rig).await,
    }
}

#[tokio::test]
async fn throttled_refused_and_lost_are_told_apart() {
    let bench = firm().await;
    let rig = rig(&bench);
    for (name, op) in ACTS {
        let account = somebody(&bench, &rig, name).await;
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 1_000, "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 403);
        assert!(refused(&rig.execute(name, &account).await).contains("admin role"), "{name}");
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        match rig.execute(name, &account).await {
            Outcome::Acknowledged | Outcome::AlreadySo { .. } => {}
            other => panic!("{name}: {other:?}"),
        }
        rig.dead(name, &account).await;
    }
}

/// "Can't unenroll a factor from a deactivated user": what has to go before does, by what the actions declare.
#[tokio::test]
async fn roles_groups_and_factors_need_the_account_that_deactivation_ends() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let spec = |name: &str| rig.connector.action(name).unwrap().spec().clone();
    let ended = spec("deactivate").destroys;
    for name in ACTS.map(|(name, _)| name).into_iter().chain(["reset-factors", "clear-sessions", "suspend"]) {
        assert!(spec(name).needs.iter().any(|fact| ended.contains(fact)), "{name}");
    }
}

#[tokio::test]
async fn a_deactivated_user_has_nothing_left_to_take() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = alfa(&bench, &rig).await;
    rig.done("deactivate", &account).await;
    assert_eq!(rig.already("unassign-apps", &account).await.0, "own applications: none");
    rig.dead("unassign-apps", &account).await;
}
