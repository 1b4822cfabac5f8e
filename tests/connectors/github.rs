use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Leaver, Outcome};
use nightlatch::sandbox::{Fault, GithubTruth, Person};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped};

pub(crate) fn rig(bench: &Bench) -> Rig {
    let token = bench.secret("github", &bench.sandbox.credentials().github_token);
    Rig::new(
        "github",
        &format!("type='github'\norg='corp-example'\nsaml=true\nbase_url='{}/github'\ntoken='{token}'", bench.base()),
    )
}

fn who(bench: &Bench, fits: impl Fn(&GithubTruth) -> bool) -> Person {
    bench.person(|person| bench.sandbox.truth(&person.email).unwrap().github.is_some_and(|github| fits(&github)))
}

#[tokio::test]
async fn removes_a_member_revokes_credentials_and_invites_anew() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let person = who(&bench, |github| github.member && github.credentials > 0);
    let account = rig.account(&person.email).await;
    assert_eq!(account.id, person.github_login.unwrap());
    rig.alive("revoke-credentials", &account).await;
    rig.done("revoke-credentials", &account).await;
    rig.dead("revoke-credentials", &account).await;
    rig.already("revoke-credentials", &account).await;
    is_retry(&rig.execute("remove-outside-collaborator", &account).await, false);
    rig.alive("remove-member", &account).await;
    let before = rig.done("remove-member", &account).await;
    let evidence = match rig.verify("remove-member", &account).await {
        nightlatch::model::Verdict::Dead { evidence } | nightlatch::model::Verdict::Alive { evidence } => evidence,
        nightlatch::model::Verdict::CannotTell { reason, .. } | nightlatch::model::Verdict::Locked { reason, .. } => {
            panic!("{reason}")
        }
    };
    assert!(evidence.contains("404") || evidence.contains("enterprise team"), "{evidence}");
    rig.done("remove-outside-collaborator", &account).await;
    let truth = bench.sandbox.truth(&person.email).unwrap().github.unwrap();
    assert!(!truth.member && truth.credentials == 0);
    rig.undo("remove-member", &account, &before).await;
    assert!(bench.sandbox.truth(&person.email).unwrap().github.unwrap().member, "invited");
    rig.kept_quiet(&[&bench.sandbox.credentials().github_token]);
    let spec = rig.connector.action("remove-member").unwrap().spec();
    assert_eq!(spec.precedes[0].to_string(), "github.remove-outside-collaborator");
}

#[tokio::test]
async fn an_outside_collaborator_is_no_member_and_goes_all_the_same() {
    let bench = Bench::with(nightlatch::sandbox::Options { people: 250, ..Default::default() }).await;
    let rig = rig(&bench);
    let person = who(&bench, |github| github.outside_collaborator);
    let account = rig.account(&person.email).await;
    rig.already("remove-member", &account).await;
    rig.alive("remove-outside-collaborator", &account).await;
    rig.done("remove-outside-collaborator", &account).await;
    rig.dead("remove-outside-collaborator", &account).await;
}

#[tokio::test]
async fn an_app_has_its_token_minted_once() {
    let bench = Bench::new().await;
    let credentials = bench.sandbox.credentials().clone();
    let key = bench.secret("github.pem", &credentials.github_private_key_pem);
    let rig = Rig::new(
        "github",
        &format!(
            "type='github'\norg='corp-example'\nsaml=true\nbase_url='{}/github'\napp_id='{}'\nprivate_key='{key}'",
            bench.base(),
            credentials.github_app_id
        ),
    );
    let person = who(&bench, |github| github.member);
    let leavers = [Leaver::from_email(&person.email), Leaver::from_email("nobody@corp.example")];
    let found = futures_util::future::join_all(leavers.iter().map(|leaver| rig.locate(leaver))).await;
    assert!(matches!(found[0], Ok(Located::Found(_))), "{found:?}");
    assert!(matches!(found[1], Ok(Located::Nobody { .. })), "{found:?}");
    assert_eq!(bench.sandbox.calls().iter().filter(|call| call.op == "github.token").count(), 1);
    rig.kept_quiet(&["eyJ", "ghs_", "PRIVATE KEY"]);
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
}

#[tokio::test]
async fn limits_losses_and_questions() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let person = who(&bench, |github| github.member);
    let account = rig.account(&person.email).await;
    bench.turn_away("github.memberships.delete", 403);
    assert_eq!(is_retry(&rig.execute("remove-member", &account).await, true), 1_000, "secondary limit");
    bench.sandbox.clear_faults();
    bench.fault("github.memberships.get", Fault { rate_per_s: Some(0.02), ..Fault::default() });
    rig.verify("remove-member", &account).await;
    assert!(is_retry(&rig.execute("remove-member", &account).await, true) > 1_000, "primary limit");
    bench.sandbox.clear_faults();
    bench.lose_answers("github.memberships.delete");
    is_ambiguous(&rig.execute("remove-member", &account).await);
    bench.sandbox.clear_faults();
    rig.already("remove-member", &account).await;
    let wrong = rig.locate(&mapped("github", &person.email, "no-such-login")).await.unwrap();
    assert!(matches!(wrong, Located::Unsure { .. }), "{wrong:?}");
    let owner = nightlatch::model::Account { id: "zulu-console".into(), label: "z".into(), matched_on: "m".into() };
    assert!(matches!(rig.execute("remove-member", &owner).await, Outcome::NeedsHuman { .. }));
}

#[tokio::test]
async fn a_token_that_is_refused_says_what_to_do() {
    let bench = Bench::new().await;
    let token = bench.secret("bad", "ghp_thisisnotit");
    let rig = Rig::new(
        "github",
        &format!("type='github'\norg='corp-example'\nsaml=true\nbase_url='{}/github'\ntoken='{token}'", bench.base()),
    );
    let why = locked(&rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err());
    assert!(why.contains("401") && why.contains("new credentials"), "{why}");
    rig.kept_quiet(&["ghp_thisisnotit"]);
}
