use nightlatch::config::Section;
use nightlatch::connectors::Located;
use nightlatch::connectors::registry;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, Verdict};
use nightlatch::sandbox::{Fault, GithubTruth, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, folder, is_ambiguous, is_retry, locked, mapped, needs_human, refused, secret};
use super::stub::{Stub, answer};

fn rig(bench: &Bench) -> Rig {
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
        other => panic!("{other:?}"),
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

/// By an App, with more keys.
pub(crate) fn app(bench: &Bench, more: &str) -> Rig {
    let credentials = bench.sandbox.credentials();
    let key = bench.secret("github.pem", &credentials.github_private_key_pem);
    let id = &credentials.github_app_id;
    let base = bench.base();
    let keys = format!("org='corp-example'\nbase_url='{base}/github'\napp_id='{id}'\nprivate_key='{key}'");
    Rig::new("github", &format!("type='github'\n{keys}\n{more}"))
}

/// By an App, and by the enterprise's setup user.
fn of_enterprise(bench: &Bench, flavor: &str) -> Rig {
    let token = bench.secret("enterprise", &bench.sandbox.credentials().github_enterprise_token);
    app(bench, &format!("flavor='{flavor}'\nenterprise='corp-enterprise'\nenterprise_token='{token}'"))
}

fn state(bench: &Bench, person: &Person) -> Value {
    bench.sandbox.state("github", &person.email).unwrap()
}

/// The first member whose number fits.
fn numbered(bench: &Bench, fits: impl Fn(usize) -> bool) -> (usize, Person) {
    let member = |person: &Person| person.github_login.is_some() && person.kind == "employee" && !person.privileged;
    bench.sandbox.people().into_iter().enumerate().find(|(index, person)| fits(*index) && member(person)).unwrap()
}

fn account_of(person: &Person) -> Account {
    let login = person.github_login.clone().unwrap();
    Account { id: login.clone(), label: login, matched_on: "id map".into() }
}

async fn put_into_enterprise_team(bench: &Bench, person: &Person) {
    let url = format!("{}/_sandbox/people/{}/set", bench.base(), person.email);
    let set = reqwest::Client::new().post(url).json(&json!({"github_enterprise_team": true})).send().await.unwrap();
    assert!(set.status().is_success());
}

fn calls(bench: &Bench, op: &str) -> usize {
    bench.sandbox.calls().iter().filter(|call| call.op == op).count()
}

/// Limited in both of GitHub's ways, refused, and answered by nobody: the same for every act. Leaves it done.
async fn meets_the_usual_trouble(bench: &Bench, rig: &Rig, action: &str, op: &str, account: &Account) {
    for status in [403, 429] {
        bench.turn_away(op, status);
        assert_eq!(is_retry(&rig.execute(action, account).await, true), 1_000, "{action}: secondary limit");
        bench.sandbox.clear_faults();
    }
    bench.turn_away(op, 422);
    refused(&rig.execute(action, account).await);
    bench.sandbox.clear_faults();
    rig.alive(action, account).await;
    bench.lose_answers(op);
    is_ambiguous(&rig.execute(action, account).await);
    bench.sandbox.clear_faults();
    rig.dead(action, account).await;
    rig.already(action, account).await;
}

#[tokio::test]
async fn an_undone_removal_invites_with_the_former_role_into_the_former_teams() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (index, person) = numbered(&bench, |index| index.is_multiple_of(5));
    let account = rig.account(&person.email).await;
    let teams = json!({ format!("team-{}", index / 5): "maintainer" });
    assert_eq!(state(&bench, &person)["teams"], teams);
    let before = rig.captured("remove-member", &account).await;
    assert_eq!(before.seats, ["member"]);
    assert_eq!(state(&bench, &person)["teams"], json!({}), "a removal takes them all");
    rig.already("leave-teams", &account).await;
    rig.undo("remove-member", &account, &before.image).await;
    assert_eq!(state(&bench, &person)["teams"], teams);
    assert_eq!(rig.undo("remove-member", &account, &before.image).await, Outcome::Acknowledged, "harmless");
}

#[tokio::test]
async fn leaves_teams_and_comes_back_with_the_role() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (_, person) = numbered(&bench, |index| index.is_multiple_of(5) && index % 11 != 3);
    let account = rig.account(&person.email).await;
    let teams = state(&bench, &person)["teams"].clone();
    rig.alive("leave-teams", &account).await;
    let before = rig.done("leave-teams", &account).await;
    rig.dead("leave-teams", &account).await;
    rig.undo("leave-teams", &account, &before).await;
    rig.alive("leave-teams", &account).await;
    assert_eq!(state(&bench, &person)["teams"], teams);
    meets_the_usual_trouble(&bench, &rig, "leave-teams", "github.teams.delete", &account).await;
}

#[tokio::test]
async fn a_team_that_an_identity_provider_fills_is_refused_clearly() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (_, person) = numbered(&bench, |index| index % 11 == 3);
    let account = rig.account(&person.email).await;
    let reason = needs_human(&rig.execute("leave-teams", &account).await);
    assert!(reason.contains("team synced") && reason.contains("take the person out of the group"), "{reason}");
    assert_eq!(state(&bench, &person)["teams"], json!({"synced": "member"}), "the others were left");
    let before = rig.done("remove-member", &account).await;
    let reason = needs_human(&rig.undo("remove-member", &account, &before).await);
    assert!(reason.contains("team synced"), "{reason}");
    assert!(bench.sandbox.truth(&person.email).unwrap().github.unwrap().member, "invited all the same");
}

#[tokio::test]
async fn the_last_owner_is_refused_with_the_reason() {
    let bench = Bench::new().await;
    let rig = app(&bench, "saml=true");
    for owner in bench.sandbox.people().iter().filter(|it| it.privileged && it.github_login.is_some()) {
        rig.done("remove-member", &account_of(owner)).await;
    }
    let last = Account { id: "zulu-console".into(), label: "z".into(), matched_on: "m".into() };
    let deletes = calls(&bench, "github.memberships.delete");
    let reason = needs_human(&rig.execute("remove-member", &last).await);
    assert!(reason.contains("zulu-console is the last owner of corp-example"), "{reason}");
    assert_eq!(calls(&bench, "github.memberships.delete"), deletes, "nothing was tried");
}

#[tokio::test]
async fn an_enterprise_team_keeps_a_removed_member_in_until_it_is_left_too() {
    let bench = Bench::new().await;
    let rig = of_enterprise(&bench, "ghec-saml");
    let (_, person) = numbered(&bench, |_| true);
    put_into_enterprise_team(&bench, &person).await;
    let account = rig.account(&person.email).await;
    assert!(rig.captured("remove-member", &account).await.seats.is_empty(), "204, yet still a member");
    let told = rig.alive("remove-member", &account).await;
    assert!(told.contains("enterprise team ent:everyone"), "{told}");
    rig.alive("leave-enterprise-teams", &account).await;
    let before = rig.done("leave-enterprise-teams", &account).await;
    rig.dead("leave-enterprise-teams", &account).await;
    rig.dead("remove-member", &account).await;
    rig.undo("leave-enterprise-teams", &account, &before).await;
    let act = "github.enterprise_teams.delete";
    meets_the_usual_trouble(&bench, &rig, "leave-enterprise-teams", act, &account).await;
    rig.kept_quiet(&[&bench.sandbox.credentials().github_enterprise_token, "ghs_"]);
}

#[tokio::test]
async fn the_grants_id_is_revoked_and_never_the_tokens() {
    let bench = Bench::new().await;
    assert!(rig(&bench).connector.action("revoke-token-grants").is_none(), "GitHub lets Apps alone do it");
    let rig = app(&bench, "saml=true");
    let (index, person) = numbered(&bench, |index| index % 2 == 1);
    let account = rig.account(&person.email).await;
    rig.alive("revoke-token-grants", &account).await;
    let before = rig.done("revoke-token-grants", &account).await;
    assert_eq!(before["revoked"][0]["id"], json!(300_000 + index));
    rig.dead("revoke-token-grants", &account).await;
    let (_, other) = numbered(&bench, |other| other % 2 == 1 && other != index);
    assert_eq!(state(&bench, &other)["grants"], json!(1), "nobody else's");
    let account = rig.account(&other.email).await;
    meets_the_usual_trouble(&bench, &rig, "revoke-token-grants", "github.grants.revoke", &account).await;
    assert_eq!(rig.connector.action("revoke-token-grants").unwrap().spec().stage.name(), "credentials");
}

#[tokio::test]
async fn invitations_are_cancelled_by_login_and_by_the_address_of_the_saml_identity() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for kind in [4, 5] {
        let (_, person) = numbered(&bench, |index| index % 9 == kind);
        let account = rig.account(&person.email).await;
        rig.alive("cancel-invitations", &account).await;
        let before = rig.done("cancel-invitations", &account).await;
        rig.dead("cancel-invitations", &account).await;
        assert_eq!(state(&bench, &person)["invitations"], json!(0));
        assert_eq!(rig.undo("cancel-invitations", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(state(&bench, &person)["invitations"], json!(1));
        rig.alive("cancel-invitations", &account).await;
        if kind == 4 {
            meets_the_usual_trouble(&bench, &rig, "cancel-invitations", "github.invitations.delete", &account).await;
        }
    }
    let (_, person) = numbered(&bench, |index| index % 9 == 4 && index > 9);
    let plain = app(&bench, "flavor='org'");
    plain.already("cancel-invitations", &account_of(&person)).await;
    assert_eq!(state(&bench, &person)["invitations"], json!(1), "without SAML an address belongs to nobody");
}

#[tokio::test]
async fn a_copilot_seat_ends_with_the_cycle_and_is_counted() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (_, person) = numbered(&bench, |index| index % 6 == 3);
    let account = rig.account(&person.email).await;
    rig.alive("remove-copilot-seat", &account).await;
    let before = rig.captured("remove-copilot-seat", &account).await;
    assert_eq!(before.seats, ["copilot business"]);
    let told = rig.dead("remove-copilot-seat", &account).await;
    assert!(told.contains("ends on 2026-12-01"), "{told}");
    rig.undo("remove-copilot-seat", &account, &before.image).await;
    assert_eq!(state(&bench, &person)["copilot"], "assigned");
    meets_the_usual_trouble(&bench, &rig, "remove-copilot-seat", "github.copilot.cancel", &account).await;
    let (_, without) = numbered(&bench, |index| index % 3 == 1);
    rig.already("remove-copilot-seat", &account_of(&without)).await;
    rig.dead("remove-copilot-seat", &account_of(&without)).await;
}

#[tokio::test]
async fn a_copilot_seat_that_comes_by_a_team_is_not_cancelled_by_a_200() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let (_, person) = numbered(&bench, |index| index.is_multiple_of(6));
    let account = rig.account(&person.email).await;
    let told = rig.execute("remove-copilot-seat", &account).await;
    assert!(matches!(&told, Outcome::Busy { reason, .. } if reason.contains("comes by the team copilots")), "{told:?}");
    assert_eq!(calls(&bench, "github.copilot.cancel"), 0);
    rig.done("remove-member", &account).await;
    rig.already("remove-copilot-seat", &account).await;
}

#[tokio::test]
async fn deploy_keys_of_the_leaver_come_first_and_other_peoples_not_at_all() {
    let bench = Bench::new().await;
    let rig = app(&bench, "saml=true");
    let (index, person) = numbered(&bench, |index| index.is_multiple_of(5));
    let account = rig.account(&person.email).await;
    let findings = rig.listed("list-left-behind", &account).await;
    let keys: Vec<&str> = findings.iter().filter(|it| it.what == "deploy key").map(|it| it.id.as_str()).collect();
    assert_eq!(keys, [format!("api: {}", 600_000 + index).as_str(), "api: 599999"]);
    assert!(findings[0].detail.contains("added by the leaver"), "{findings:?}");
    for (what, id) in
        [("webhook", "api: 1"), ("secret", "corp-example: REGISTRY_TOKEN"), ("self-hosted runner", "infra: 31")]
    {
        assert!(findings.iter().any(|it| it.what == what && it.id == id), "{what} {id}: {findings:?}");
    }
    let spec = rig.connector.action("list-left-behind").unwrap().spec();
    assert_eq!((spec.class.name(), spec.stage.name()), ("pure", "handover"));
    bench.turn_away("github.secrets.list", 429);
    assert_eq!(is_retry(&rig.execute("list-left-behind", &account).await, true), 1_000);
    bench.sandbox.clear_faults();
    let few = app(&bench, "saml=true\nlook_through=0");
    let findings = few.listed("list-left-behind", &account).await;
    assert!(findings.len() == 3 && findings.iter().all(|it| it.id.starts_with("corp-example: ")), "{findings:?}");
}

#[tokio::test]
async fn scim_of_an_organisation_removes_the_member_where_scim_of_an_enterprise_suspends() {
    let bench = Bench::new().await;
    let rig = app(&bench, "flavor='ghec-scim'");
    let (_, person) = numbered(&bench, |_| true);
    let account = rig.account(&person.email).await;
    assert!(rig.connector.action("suspend").is_none());
    rig.alive("remove-member", &account).await;
    let before = rig.done("remove-member", &account).await;
    rig.dead("remove-member", &account).await;
    rig.already("remove-member", &account).await;
    assert_eq!(state(&bench, &person)["unlinked"], json!(true), "the identity is deleted");
    assert_eq!((calls(&bench, "github.org_scim.patch"), calls(&bench, "github.memberships.delete")), (1, 0));
    rig.undo("remove-member", &account, &before).await;
    assert!(bench.sandbox.truth(&person.email).unwrap().github.unwrap().member);
    let (_, other) = numbered(&bench, |index| index > 20);
    let account = rig.account(&other.email).await;
    meets_the_usual_trouble(&bench, &rig, "remove-member", "github.org_scim.patch", &account).await;
}

#[tokio::test]
async fn a_managed_user_is_suspended_by_the_scim_id_and_comes_back() {
    let bench = Bench::new().await;
    let rig = of_enterprise(&bench, "emu");
    let (_, person) = numbered(&bench, |_| true);
    let account = rig.account(&person.email).await;
    assert_eq!((account.id.as_str(), account.matched_on.as_str()), (person.okta_id.as_str(), "SCIM user name"));
    rig.alive("suspend", &account).await;
    let before = rig.captured("suspend", &account).await;
    assert_eq!(
        (before.seats.as_slice(), &before.image["scim_id"]),
        (&["enterprise member".to_owned()][..], &json!(account.id))
    );
    assert_eq!(rig.dead("suspend", &account).await, "active: false");
    assert_eq!(state(&bench, &person)["managed"], json!(false));
    rig.undo("suspend", &account, &before.image).await;
    rig.alive("suspend", &account).await;
    meets_the_usual_trouble(&bench, &rig, "suspend", "github.managed.suspend", &account).await;
    assert!(rig.connector.action("remove-member").is_none(), "the account is the enterprise's own");
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
}

#[tokio::test]
async fn a_suspended_managed_user_hides_login_and_address_and_is_found_by_the_scim_id_alone() {
    let bench = Bench::new().await;
    let rig = of_enterprise(&bench, "emu");
    let (_, person) = numbered(&bench, |_| true);
    let account = rig.account(&person.email).await;
    rig.done("suspend", &account).await;
    let hidden = rig.locate(&Leaver::from_email(&person.email)).await.unwrap();
    assert!(matches!(&hidden, Located::Nobody { searched } if searched.contains("by the SCIM id")), "{hidden:?}");
    let known = rig.locate(&mapped("github", &person.email, &account.id)).await.unwrap();
    let Located::Found(known) = known else { panic!("{known:?}") };
    assert!(known.id == account.id && !known.label.contains(&person.login), "{known:?}");
    rig.dead("suspend", &known).await;
    let (_, other) = numbered(&bench, |index| index > 20);
    let wrong = rig.locate(&mapped("github", &other.email, "no-such-id")).await.unwrap();
    assert!(matches!(wrong, Located::Unsure { .. }), "{wrong:?}");
}

#[tokio::test]
async fn credentials_of_a_managed_user_are_destroyed_even_when_the_login_is_hidden() {
    let bench = Bench::new().await;
    let rig = of_enterprise(&bench, "emu");
    let with_keys = |index: usize| {
        let email = bench.sandbox.people()[index].email.clone();
        bench.sandbox.truth(&email).unwrap().github.is_some_and(|github| github.credentials > 0)
    };
    let (first, person) = numbered(&bench, with_keys);
    let account = rig.account(&person.email).await;
    rig.done("suspend", &account).await;
    rig.alive("revoke-credentials", &account).await;
    rig.done("revoke-credentials", &account).await;
    rig.dead("revoke-credentials", &account).await;
    assert_eq!(state(&bench, &person)["destroyed"], json!(true));
    let spec = rig.connector.action("revoke-credentials").unwrap().spec();
    assert_eq!((spec.class.name(), spec.danger.to_string().as_str()), ("reconcile", "irreversible"));
    let (_, other) = numbered(&bench, |index| index != first && with_keys(index));
    let account = rig.account(&other.email).await;
    bench.turn_away("github.managed.revoke", 429);
    assert_eq!(is_retry(&rig.execute("revoke-credentials", &account).await, true), 1_000);
    bench.sandbox.clear_faults();
    bench.turn_away("github.managed.revoke", 422);
    let told = refused(&rig.execute("revoke-credentials", &account).await);
    assert!(told.contains("correct `flavor`"), "{told}");
    bench.sandbox.clear_faults();
    bench.lose_answers("github.managed.revoke");
    is_ambiguous(&rig.execute("revoke-credentials", &account).await);
}

#[tokio::test]
async fn a_deletion_is_never_a_retry_of_a_suspension() {
    let bench = Bench::new().await;
    let rig = of_enterprise(&bench, "emu");
    let (_, person) = numbered(&bench, |_| true);
    let account = rig.account(&person.email).await;
    let told = refused(&rig.execute("delete-user", &account).await);
    assert!(told.contains("not suspended") && told.contains("suspend the user first"), "{told}");
    assert_eq!(calls(&bench, "github.managed.delete"), 0);
    rig.done("suspend", &account).await;
    bench.turn_away("github.managed.delete", 429);
    assert_eq!(is_retry(&rig.execute("delete-user", &account).await, true), 1_000);
    bench.sandbox.clear_faults();
    rig.alive("delete-user", &account).await;
    bench.lose_answers("github.managed.delete");
    is_ambiguous(&rig.execute("delete-user", &account).await);
    bench.sandbox.clear_faults();
    rig.dead("delete-user", &account).await;
    rig.already("delete-user", &account).await;
    rig.already("suspend", &account).await;
    rig.dead("suspend", &account).await;
    let gone = rig.verify("revoke-credentials", &account).await;
    assert!(matches!(gone, Verdict::CannotTell { again: false, .. }), "{gone:?}");
}

#[test]
fn the_older_key_saml_still_reads_and_contradictions_are_told() {
    let told = |more: &str| {
        let section = Section::from_toml("github", &format!("type='github'\norg='o'\n{more}")).unwrap();
        match registry::build(&section) {
            Ok(built) => built.actions().iter().map(|it| it.spec().id.name.to_string()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    };
    let pat = "token='env:A'";
    assert_eq!(told(&format!("{pat}\nsaml=true")), told(&format!("{pat}\nflavor='ghec-saml'")));
    assert_eq!(told(&format!("{pat}\nsaml=false")), told(&format!("{pat}\nflavor='org'")));
    assert_eq!(told(pat), told(&format!("{pat}\nflavor='org'")));
    assert!(told(&format!("{pat}\nsaml=true\nflavor='org'")).contains("give either flavor"));
    assert!(told(&format!("{pat}\nflavor='emu'")).contains("needs the enterprise's slug"));
    let app = "app_id='1'\nprivate_key='env:A'\nenterprise='e'";
    assert!(told(app).contains("give enterprise_token, a classic token"), "{}", told(app));
}

#[tokio::test]
async fn check_names_the_scopes_that_a_classic_token_lacks() {
    let stub = Stub::new(|_| answer("200 OK", "x-oauth-scopes: repo, admin:org\r\n", "[]")).await;
    let folder = folder();
    let token = secret(folder.path(), "token", "ghp_canary");
    let toml = format!("type='github'\norg='o'\nbase_url='{}'\ntoken='{token}'", stub.base);
    let probe = Rig::new("github", &toml).connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["admin:org_hook"]);
}

#[tokio::test]
async fn a_list_without_end_is_no_list() {
    let next = "link: <http://127.0.0.1:9/>; rel=\"next\"\r\n";
    let stub = Stub::new(move |request| match request {
        user if user.contains("/users/") => answer("200 OK", "", r#"{"login":"alfa-doe"}"#),
        _ => answer("200 OK", next, "[]"),
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "ghp_canary");
    let toml = format!("type='github'\norg='o'\nbase_url='{}'\ntoken='{token}'", stub.base);
    let rig = Rig::new("github", &toml);
    let account = Account { id: "alfa-doe".into(), label: "alfa-doe".into(), matched_on: "id map".into() };
    is_retry(&rig.execute("cancel-invitations", &account).await, false);
}

#[tokio::test]
async fn the_managed_user_whose_token_it_is_is_never_touched() {
    let edge = json!({"node": {"guid": "G1", "user": {"login": "nightlatch_corp"}}});
    let linked = json!({"externalIdentities": {"edges": [edge]}});
    let info = json!({"samlIdentityProvider": Value::Null, "oidcProvider": linked});
    let found = json!({"data": {"enterprise": {"ownerInfo": info}}}).to_string();
    let stub = Stub::new(move |request| match request {
        me if me.starts_with("GET /user ") => answer("200 OK", "", r#"{"login":"nightlatch_corp"}"#),
        query if query.starts_with("POST /graphql ") => answer("200 OK", "", &found),
        _ => answer("200 OK", "", r#"{"id":"G1","userName":"nightlatch@corp.example","active":true}"#),
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "ghp_canary");
    let keys = format!("org='o'\nbase_url='{}'\ntoken='{token}'\nflavor='emu'\nenterprise='e'", stub.base);
    let rig = Rig::new("github", &format!("type='github'\n{keys}"));
    let account = |id: &str| Account { id: id.into(), label: "somebody".into(), matched_on: "id map".into() };
    for action in ["suspend", "delete-user", "revoke-credentials"] {
        assert!(matches!(rig.execute(action, &account("G1")).await, Outcome::NeedsHuman { .. }), "{action}");
    }
    let acts =
        |stub: &Stub| stub.seen().iter().filter(|it| it.starts_with("PATCH") || it.starts_with("DELETE")).count();
    assert_eq!(acts(&stub), 0);
    assert_eq!(rig.execute("suspend", &account("G2")).await, Outcome::Acknowledged);
    assert_eq!(acts(&stub), 1, "anybody else is");
}
