//! Okta: one scope that is not granted fails a whole token request.

use nightlatch::model::Outcome;
use nightlatch::model::health::Health;

use super::bench::{Bench, Rig, locked, refused};
use super::okta::{rig, service};

const NEEDS: [(&str, &str); 4] = [
    ("leave-groups", "okta.groups.manage"),
    ("unassign-apps", "okta.apps.manage"),
    ("revoke-admin-roles", "okta.roles.manage"),
    ("revoke-api-tokens", "okta.apiTokens.manage"),
];

#[tokio::test]
async fn a_missing_scope_stops_what_needs_it_and_nothing_else() {
    for (name, scope) in NEEDS {
        let bench = Bench::new().await;
        bench.sandbox.withhold_scope(scope);
        let rig = service(&bench);
        let account = rig.account("alfa.doe@corp.example").await;
        let said = refused(&rig.execute(name, &account).await);
        assert!(said.contains(scope), "{name}: {said}");
        for (other, _) in NEEDS.iter().filter(|(other, _)| *other != name) {
            match rig.execute(other, &account).await {
                Outcome::Acknowledged | Outcome::AlreadySo { .. } => {}
                outcome => panic!("{other} without {scope}: {outcome:?}"),
            }
        }
        assert!(rig.connector.action(name).unwrap().spec().scopes.iter().any(|it| it == scope), "{name} declares it");
        rig.done("suspend", &account).await;
        rig.done("deactivate", &account).await;
    }
}

#[tokio::test]
async fn the_probe_names_the_missing_scopes() {
    let bench = Bench::new().await;
    for rig in [rig(&bench), service(&bench)] {
        let probe = rig.connector.probe(&Rig::call()).await;
        assert!(probe.health == Health::Up && probe.missing.is_empty(), "{probe:?}");
        let calls = bench.sandbox.calls().len();
        rig.connector.probe(&Rig::call()).await;
        assert_eq!(bench.sandbox.calls().len(), calls + 1, "that all is granted is remembered for a while");
    }
    bench.sandbox.withhold_scope("okta.roles.manage");
    let probe = service(&bench).connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["okta.roles.manage", "okta.roles.read"]);
    assert!(probe.message.contains("okta.roles.manage"), "{}", probe.message);
}

/// An API token has no scopes: an admin role that does not reach so far shows as 403 `E0000006`.
#[tokio::test]
async fn an_api_token_of_too_small_an_admin_is_told_by_what_it_may_not_read() {
    let bench = Bench::new().await;
    bench.turn_away("okta.api_tokens.list", 403);
    let rig = rig(&bench);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["okta.apiTokens.manage", "okta.apiTokens.read"]);
    let account = rig.account("alfa.doe@corp.example").await;
    assert!(refused(&rig.execute("revoke-api-tokens", &account).await).contains("okta.apiTokens.manage"));
    rig.done("suspend", &account).await;
}

#[tokio::test]
async fn the_scope_that_everything_needs_locks_everything() {
    let bench = Bench::new().await;
    bench.sandbox.withhold_scope("okta.users.manage");
    let rig = service(&bench);
    let account = nightlatch::model::Account { id: "00u1".into(), label: "l".into(), matched_on: "m".into() };
    assert!(locked(&rig.execute("suspend", &account).await).contains("okta.users.manage"));
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Locked);
}
