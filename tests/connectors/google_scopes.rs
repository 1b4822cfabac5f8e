//! Google Workspace: one scope that is not delegated fails a whole token request.

use nightlatch::model::Outcome;
use nightlatch::model::health::Health;

use super::bench::{Bench, Rig, locked, refused};
use super::google::rig;

/// Action, and a scope that it alone needs.
const NEEDS: [(&str, &str); 8] = [
    ("sign-out", "admin.directory.user.security"),
    ("leave-groups", "admin.directory.group.member"),
    ("revoke-admin-roles", "admin.directory.rolemanagement"),
    ("wipe-mobile-accounts", "admin.directory.device.mobile.action"),
    ("wipe-company-devices", "cloud-identity.devices"),
    ("disable-chromeos-devices", "admin.directory.device.chromeos"),
    ("remove-licences", "apps.licensing"),
    ("list-owned-data", "drive.metadata.readonly"),
];

#[tokio::test]
async fn a_missing_scope_stops_what_needs_it_and_nothing_else() {
    for (name, scope) in NEEDS {
        let bench = Bench::with(nightlatch::sandbox::Options { people: 20, ..Default::default() }).await;
        bench.sandbox.withhold_scope(scope);
        let rig = rig(&bench);
        let account = rig.account("alfa.doe@corp.example").await;
        let said = refused(&rig.execute(name, &account).await);
        assert!(said.contains(&format!("auth/{scope}")), "{name}: {said}");
        for (other, _) in NEEDS.iter().filter(|(other, _)| *other != name) {
            match rig.execute(other, &account).await {
                Outcome::Acknowledged | Outcome::AlreadySo { .. } | Outcome::Listed { .. } => {}
                outcome => panic!("{other} without {scope}: {outcome:?}"),
            }
        }
        assert!(rig.connector.action(name).unwrap().spec().scopes.iter().any(|it| it == scope), "{name} declares it");
        rig.done("suspend", &account).await;
    }
}

#[tokio::test]
async fn the_scope_that_everything_needs_locks_everything() {
    let bench = Bench::new().await;
    bench.sandbox.withhold_scope("admin.directory.user");
    let rig = rig(&bench);
    let account = nightlatch::model::Account { id: "1".into(), label: "l@corp.example".into(), matched_on: "m".into() };
    locked(&rig.execute("suspend", &account).await);
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Locked);
}

#[tokio::test]
async fn the_probe_finds_the_missing_scopes_one_by_one() {
    let bench = Bench::new().await;
    let healthy = rig(&bench);
    let probe = healthy.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Up && probe.missing.is_empty(), "{probe:?}");
    for _ in 0..3 {
        healthy.connector.probe(&Rig::call()).await;
    }
    let minted = bench.sandbox.calls().iter().filter(|call| call.op == "google.token").count();
    assert_eq!(minted, 2, "one to read with, one to see all scopes, and both are kept");

    bench.sandbox.withhold_scope("apps.licensing");
    bench.sandbox.withhold_scope("gmail.settings.sharing");
    let lacking = rig(&bench);
    let probe = lacking.connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["apps.licensing", "gmail.settings.sharing"]);
    assert!(probe.message.contains("https://www.googleapis.com/auth/apps.licensing,"), "{}", probe.message);
}
