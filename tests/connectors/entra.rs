use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Danger, Finding, Leaver, Outcome, Stage, StepClass, Verdict};
use nightlatch::sandbox::Fault;
use serde_json::{Value, json};

use super::bench::{Bench, Rig, folder, is_ambiguous, is_retry, locked, mapped, needs_human, refused, secret};
use super::stub::{Stub, answer};

/// Every action that changes something, and what it asks of Graph.
const ACTS: [(&str, &str); 10] = [
    ("disable-account", "msgraph.users.update"),
    ("revoke-sessions", "msgraph.users.revoke_sessions"),
    ("reset-password", "msgraph.users.update"),
    ("delete-auth-methods", "msgraph.methods.delete"),
    ("remove-consents", "msgraph.consents.delete"),
    ("remove-app-roles", "msgraph.app_roles.delete"),
    ("remove-teams", "msgraph.teams.remove"),
    ("remove-groups", "msgraph.groups.remove"),
    ("remove-licences", "msgraph.licences.assign"),
    ("delete-user", "msgraph.users.delete"),
];

fn section(bench: &Bench, kind: &str, client_id: &str, credential: &str) -> String {
    let (base, tenant) = (bench.base(), &bench.sandbox.credentials().entra_tenant);
    format!(
        "type='{kind}'\ntenant='{tenant}'\nclient_id='{client_id}'\n{credential}\n\
         base_url='{base}/msgraph'\nlogin_url='{base}/msgraph'"
    )
}

/// The connector of this kind, as the application that may do everything.
pub(crate) fn graph_rig(bench: &Bench, kind: &str) -> Rig {
    let credentials = bench.sandbox.credentials();
    let secret = bench.secret("entra", &credentials.entra_client_secret);
    Rig::new(kind, &section(bench, kind, &credentials.entra_client_id, &format!("client_secret='{secret}'")))
}

/// The same, as one that may only read users.
pub(crate) fn limited_rig(bench: &Bench, kind: &str) -> Rig {
    let credentials = bench.sandbox.credentials();
    let secret = bench.secret("entra", &credentials.entra_client_secret);
    Rig::new(kind, &section(bench, kind, &credentials.entra_limited_client_id, &format!("client_secret='{secret}'")))
}

pub(crate) fn rig(bench: &Bench) -> Rig {
    graph_rig(bench, "entra")
}

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("msgraph", email).unwrap()
}

const ALFA: &str = "alfa.doe@corp.example";
/// Nothing is special about this one.
const NOVEMBER: &str = "november.doe@corp.example";
const SYNCED: &str = "foxtrot.doe@corp.example";
const LAST_ADMIN: &str = "golf.doe@corp.example";
const DISABLED_ADMIN: &str = "hotel.doe@corp.example";
const TWICE: &str = "india.doe@corp.example";
const BY_ALIAS: &str = "juliett.doe@corp.example";
const DISABLED: &str = "kilo.doe@corp.example";
const IN_ROLE_GROUP: &str = "lima.doe@corp.example";

#[tokio::test]
async fn disables_reads_back_and_enables_again() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!((account.label.as_str(), account.matched_on.as_str()), (ALFA, "userPrincipalName"));
    assert_eq!(rig.alive("disable-account", &account).await, "accountEnabled: true");
    let before = rig.done("disable-account", &account).await;
    assert_eq!(rig.dead("disable-account", &account).await, "accountEnabled: false");
    assert_eq!(rig.already("disable-account", &account).await.0, "accountEnabled: false");
    assert_eq!(state(&bench, ALFA)["enabled"], false);
    assert_eq!(rig.undo("disable-account", &account, &before).await, Outcome::Acknowledged);
    rig.alive("disable-account", &account).await;
    rig.kept_quiet(&[&bench.sandbox.credentials().entra_client_secret, "eyJ0eXAi"]);
}

#[tokio::test]
async fn undo_leaves_disabled_who_was_disabled_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(DISABLED).await;
    rig.already("disable-account", &account).await;
    let outcome = rig.undo("disable-account", &account, &json!({ "accountEnabled": false })).await;
    assert!(matches!(outcome, Outcome::AlreadySo { .. }), "{outcome:?}");
    assert_eq!(state(&bench, DISABLED)["enabled"], false);
}

#[tokio::test]
async fn a_read_that_lags_is_alive_until_it_is_not() {
    let options = nightlatch::sandbox::Options { people: 20, read_lag_ms: 400, ..Default::default() };
    let bench = Bench::with(options).await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("disable-account", &account).await;
    rig.alive("disable-account", &account).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    rig.dead("disable-account", &account).await;
}

#[tokio::test]
async fn a_synchronised_user_is_disabled_in_active_directory_and_the_step_says_so() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(SYNCED).await;
    let told = refused(&rig.execute("disable-account", &account).await);
    assert!(told.contains("would enable it again") && told.contains("disable it in Active Directory"), "{told}");
    // Graph's own words about a password that Active Directory masters.
    let told = refused(&rig.execute("reset-password", &account).await);
    assert!(told.contains("on-premises mastered") && told.contains("change it there"), "{told}");
    let told = refused(&rig.execute("delete-user", &account).await);
    assert!(told.contains("delete it there"), "{told}");
    let updates = bench.sandbox.calls().into_iter().filter(|call| call.op == "msgraph.users.update").count();
    assert_eq!(updates, 1, "only the password was tried");
    rig.done("revoke-sessions", &account).await;
    assert_eq!(
        (state(&bench, SYNCED)["enabled"].clone(), state(&bench, SYNCED)["sessions"].clone()),
        (json!(true), json!(0))
    );
}

#[tokio::test]
async fn the_last_global_administrator_is_refused_while_no_other_is_enabled() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(LAST_ADMIN).await;
    for (name, _) in ACTS {
        let outcome = rig.execute(name, &account).await;
        assert!(needs_human(&outcome).contains("last enabled Global Administrator"), "{name}: {outcome:?}");
    }
    assert_eq!(state(&bench, LAST_ADMIN)["enabled"], true);
    // The other one is it by a group.
    let other = rig.account(DISABLED_ADMIN).await;
    rig.undo("disable-account", &other, &json!({ "accountEnabled": true })).await;
    rig.done("disable-account", &account).await;
    let outcome = rig.execute("disable-account", &other).await;
    needs_human(&outcome);
}

#[tokio::test]
async fn sessions_are_proved_revoked_by_a_newer_stamp_and_after_a_restart_by_the_disabling() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("revoke-sessions", &account).await;
    let evidence = rig.dead("revoke-sessions", &account).await;
    assert!(evidence.starts_with("signInSessionsValidFromDateTime: 20"), "{evidence}");
    assert_eq!(state(&bench, ALFA)["sessions"], 0);
    let restarted = self::rig(&bench);
    let verdict = restarted.verify("revoke-sessions", &account).await;
    assert!(matches!(verdict, Verdict::CannotTell { again: false, .. }), "{verdict:?}");
    let spec = rig.connector.action("revoke-sessions").unwrap().spec().clone();
    assert_eq!(spec.proved_by.unwrap().to_string(), "entra.disable-account");
    assert_eq!(spec.residual.unwrap().ms, 90 * 60_000);
}

#[tokio::test]
async fn a_password_that_nobody_knows() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("reset-password", &account).await;
    let evidence = rig.dead("reset-password", &account).await;
    assert!(evidence.starts_with("lastPasswordChangeDateTime: 20"), "{evidence}");
    assert_eq!(state(&bench, ALFA)["passwordResets"], 1);
    rig.kept_quiet(&["aA1!"]);
}

#[tokio::test]
async fn the_default_method_goes_last_and_the_password_stays() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let evidence = rig.alive("delete-auth-methods", &account).await;
    assert!(evidence.contains("fido2AuthenticationMethod") && !evidence.contains("password"), "{evidence}");
    let before = rig.done("delete-auth-methods", &account).await;
    assert_eq!(before["methods"].as_array().unwrap().len(), 5);
    assert_eq!(rig.dead("delete-auth-methods", &account).await, "methods: the password alone");
    rig.already("delete-auth-methods", &account).await;
    assert_eq!(state(&bench, ALFA)["methods"], json!(["passwordAuthenticationMethod"]));
    // Refused once while there were others, and never the password's turn.
    let paths: Vec<String> = bench
        .sandbox
        .calls()
        .into_iter()
        .filter(|call| call.op == "msgraph.methods.delete")
        .map(|call| format!("{} {}", call.path.rsplit('/').nth(1).unwrap(), call.status))
        .collect();
    assert_eq!(paths.iter().filter(|path| path.starts_with("microsoftAuthenticatorMethods")).count(), 2, "{paths:?}");
    assert!(paths.iter().all(|path| !path.starts_with("password")), "{paths:?}");
}

#[tokio::test]
async fn consents_are_removed_and_read_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.alive("remove-consents", &account).await;
    let before = rig.done("remove-consents", &account).await;
    assert!(before["consents"][0]["scope"].is_string(), "{before}");
    assert_eq!(rig.dead("remove-consents", &account).await, "consents: none");
    rig.already("remove-consents", &account).await;
    assert_eq!(state(&bench, ALFA)["consents"], 0);
}

#[tokio::test]
async fn an_app_role_of_a_group_is_not_taken_from_everybody_in_it() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.alive("remove-app-roles", &account).await;
    let before = rig.done("remove-app-roles", &account).await;
    assert_eq!(rig.dead("remove-app-roles", &account).await, "own app roles: none");
    rig.already("remove-app-roles", &account).await;
    let after = state(&bench, ALFA);
    assert_eq!((after["appRoles"].clone(), after["appRolesOfGroups"].clone()), (json!(0), json!(1)));
    // Twice: what is there already does no harm.
    for _ in 0..2 {
        assert_eq!(rig.undo("remove-app-roles", &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(state(&bench, ALFA)["appRoles"], 1);
    rig.alive("remove-app-roles", &account).await;
}

#[tokio::test]
async fn direct_licences_are_taken_and_inherited_ones_are_named() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert!(
        rig.alive("remove-licences", &account).await.starts_with("direct licences: SPE_E3, POWER_BI_PRO; inherited:")
    );
    let had = state(&bench, ALFA)["licences"].clone();
    let before = rig.captured("remove-licences", &account).await;
    // The group still gives POWER_BI_PRO: its seat stays taken.
    assert_eq!(before.seats, ["SPE_E3"]);
    let evidence = rig.dead("remove-licences", &account).await;
    assert!(evidence.contains("direct licences: none; inherited: POWER_BI_PRO by group 5a9d"), "{evidence}");
    let (note, _) = rig.already("remove-licences", &account).await;
    assert!(note.contains("VISIOCLIENT by group"), "{note}");
    assert_eq!(rig.undo("remove-licences", &account, &before.image).await, Outcome::Acknowledged);
    rig.alive("remove-licences", &account).await;
    let sorted = |licences: &Value| {
        let mut all: Vec<String> = licences.as_array().unwrap().iter().map(Value::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&state(&bench, ALFA)["licences"]), sorted(&had), "with the plans that were off");
}

#[tokio::test]
async fn who_has_licences_by_a_group_alone_loses_none_of_them_here() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("bravo.doe@corp.example").await;
    let (note, _) = rig.already("remove-licences", &account).await;
    assert!(note.contains("inherited: SPE_E3 by group"), "{note}");
    assert!(!bench.sandbox.calls().iter().any(|call| call.op == "msgraph.licences.assign"));
}

#[tokio::test]
async fn a_member_is_removed_by_reference_for_without_it_graph_deletes_the_user() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    rig.done("remove-groups", &account).await;
    let removals: Vec<_> = bench.sandbox.calls().into_iter().filter(|call| call.method == "DELETE").collect();
    assert!(!removals.is_empty() && removals.iter().all(|call| call.path.ends_with("/$ref")), "{removals:?}");
    assert_eq!(state(&bench, ALFA)["deleted"], false);
}

#[tokio::test]
async fn groups_that_graph_cannot_change_are_left_and_named() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let alive = rig.alive("remove-groups", &account).await;
    assert!(alive.starts_with("groups: VPN, Project X, Licences; not by Graph: All Staff (dynamic group)"), "{alive}");
    let before = rig.done("remove-groups", &account).await;
    let evidence = rig.dead("remove-groups", &account).await;
    for named in ["All Staff (dynamic group)", "File Shares (synced group)", "Newsletter (distribution"] {
        assert!(evidence.contains(named), "{evidence}");
    }
    rig.already("remove-groups", &account).await;
    assert_eq!(state(&bench, ALFA)["groups"], json!(["All Staff", "File Shares", "Newsletter"]));
    // What a group gave went with it.
    let inherited = state(&bench, ALFA)["licences"].as_array().unwrap().iter().any(|it| it["byGroup"] == true);
    assert!(!inherited);
    for _ in 0..2 {
        assert_eq!(rig.undo("remove-groups", &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(state(&bench, ALFA)["groups"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn a_group_with_roles_is_refused_in_graphs_words_with_the_cure() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(IN_ROLE_GROUP).await;
    let told = refused(&rig.execute("remove-groups", &account).await);
    assert!(told.contains("Authorization_RequestDenied") && told.contains("application permission"), "{told}");
    // The others were left all the same.
    assert_eq!(state(&bench, IN_ROLE_GROUP)["groups"], json!(["Helpdesk Admins"]));
}

#[tokio::test]
async fn teams_are_left_by_the_membership_and_rejoined_in_the_same_role() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!(rig.alive("remove-teams", &account).await, "teams: Project X, Coffee");
    let had = state(&bench, ALFA)["teams"].clone();
    let before = rig.done("remove-teams", &account).await;
    assert_eq!(rig.dead("remove-teams", &account).await, "teams: none");
    rig.already("remove-teams", &account).await;
    for call in bench.sandbox.calls().iter().filter(|call| call.op == "msgraph.teams.remove") {
        assert!(!call.path.contains(&account.id), "the membership's id is opaque: {}", call.path);
    }
    assert_eq!(rig.undo("remove-teams", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, ALFA)["teams"], had);
    rig.alive("remove-teams", &account).await;
}

#[tokio::test]
async fn what_no_call_takes_away_is_listed() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    let all = |findings: Vec<Finding>| {
        findings.iter().map(|it| format!("{}: {}", it.what, it.detail)).collect::<Vec<_>>().join("\n")
    };
    let inherited = all(rig.listed("list-inherited", &account).await);
    for named in ["licence by group", "dynamic group: All Staff", "synced group: File Shares", "Exchange Online"] {
        assert!(inherited.contains(named), "{named}: {inherited}");
    }
    let owned = all(rig.listed("list-owned", &account).await);
    assert!(
        owned.contains("owned application: Nightly Export: its secrets") && owned.contains("owned group"),
        "{owned}"
    );
    let rules = rig.listed("list-forwarding", &account).await;
    assert_eq!(rules.len(), 1, "a rule that only files is nobody's business");
    assert!(rules[0].detail.contains("Copy home: to alfa@home.example"), "{rules:?}");
    let other = rig.account(NOVEMBER).await;
    assert_eq!(rig.listed("list-forwarding", &other).await, []);
    for name in ["list-inherited", "list-owned", "list-forwarding"] {
        let spec = rig.connector.action(name).unwrap().spec();
        assert_eq!((spec.class, spec.stage), (StepClass::Pure, Stage::Handover));
    }
    assert!(!bench.sandbox.calls().iter().any(|call| call.method == "DELETE"));
}

#[tokio::test]
async fn deletes_by_id_once_and_restores() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(NOVEMBER).await;
    rig.alive("delete-user", &account).await;
    let before = rig.done("delete-user", &account).await;
    assert_eq!(rig.dead("delete-user", &account).await, "no such user");
    for (name, _) in ACTS {
        rig.already(name, &account).await;
        rig.dead(name, &account).await;
    }
    assert_eq!(rig.undo("delete-user", &account, &before).await, Outcome::Acknowledged);
    rig.alive("delete-user", &account).await;
    assert!(matches!(rig.undo("delete-user", &account, &before).await, Outcome::AlreadySo { .. }));
    let by_name = Account { id: account.label.clone(), ..account };
    assert!(refused(&rig.execute("delete-user", &by_name).await).contains("may belong to somebody else"));
    let spec = rig.connector.action("delete-user").unwrap().spec();
    assert_eq!((spec.class, spec.danger), (StepClass::Reconcile, Danger::Irreversible));
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_the_repeat_finds_it_done() {
    for (name, op) in ACTS {
        let bench = Bench::with(nightlatch::sandbox::Options { people: 20, ..Default::default() }).await;
        let rig = rig(&bench);
        let account = rig.account(NOVEMBER).await;
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.dead(name, &account).await;
        match (name, rig.execute(name, &account).await) {
            ("revoke-sessions" | "reset-password", Outcome::Acknowledged) | (_, Outcome::AlreadySo { .. }) => {}
            (_, other) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn throttled_with_and_without_a_time_to_wait() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(NOVEMBER).await;
    for (name, op) in ACTS {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &account).await, true), 0, "{name}: no time is named");
        bench.sandbox.clear_faults();
    }
    bench.fault("msgraph.users.revoke_sessions", Fault { rate_per_s: Some(0.02), ..Fault::default() });
    rig.done("revoke-sessions", &account).await;
    let wait = is_retry(&rig.execute("revoke-sessions", &account).await, true);
    assert!(wait > 1_000, "seconds of Retry-After: {wait}");
    bench.sandbox.clear_faults();
    bench.turn_away("msgraph.users.get", 503);
    is_retry(&rig.execute("disable-account", &account).await, false);
    assert!(matches!(rig.verify("disable-account", &account).await, Verdict::CannotTell { again: true, .. }));
}

#[tokio::test]
async fn an_application_without_the_permission_is_refused_with_the_cure() {
    let bench = Bench::new().await;
    let rig = limited_rig(&bench, "entra");
    let account = rig.account(NOVEMBER).await;
    for (name, _) in ACTS {
        let told = refused(&rig.execute(name, &account).await);
        assert!(told.contains("Insufficient privileges") && told.contains("(request "), "{name}: {told}");
        assert!(told.contains("consent to it as an admin"), "{name}: {told}");
    }
    let after = state(&bench, NOVEMBER);
    assert_eq!((after["enabled"].clone(), after["deleted"].clone()), (json!(true), json!(false)));
}

#[tokio::test]
async fn every_unreadable_answer_leaves_the_verdict_open() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(NOVEMBER).await;
    bench.turn_away("msgraph.", 500);
    for (name, _) in ACTS {
        let verdict = rig.verify(name, &account).await;
        assert!(matches!(verdict, Verdict::CannotTell { again: true, .. }), "{name}: {verdict:?}");
    }
}

async fn found(rig: &Rig, leaver: &Leaver) -> Account {
    match rig.locate(leaver).await {
        Ok(Located::Found(account)) => account,
        other => panic!("{other:?}"),
    }
}

async fn unsure(rig: &Rig, leaver: &Leaver) -> String {
    match rig.locate(leaver).await {
        Ok(Located::Unsure { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn employee(email: &str, number: &str) -> Leaver {
    Leaver { employee_id: Some(number.to_owned()), ..Leaver::from_email(email) }
}

#[tokio::test]
async fn an_alias_alone_is_no_proof_and_with_hrs_number_it_is() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let number = bench.person(|person| person.email == BY_ALIAS).employee_id;
    let reason = unsure(&rig, &Leaver::from_email(BY_ALIAS)).await;
    assert!(reason.contains("is only an alias of juliett.doe@corp.onmicrosoft.example"), "{reason}");
    assert_eq!(found(&rig, &employee(BY_ALIAS, &number)).await.matched_on, "alias and employeeId");
    assert_eq!(found(&rig, &employee("juliett@old.example", &number)).await.matched_on, "employeeId");
    // The address of one and the number of another: two candidates.
    let reason = unsure(&rig, &employee(ALFA, &number)).await;
    assert!(reason.contains("finds both"), "{reason}");
    let reason = unsure(&rig, &employee(ALFA, "999999")).await;
    assert!(reason.contains("employeeId is not the one that HR names"), "{reason}");
}

#[tokio::test]
async fn two_candidates_are_never_chosen_from_and_an_object_id_decides() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let reason = unsure(&rig, &Leaver::from_email(TWICE)).await;
    assert!(reason.contains("#EXT#") && reason.contains("put the right object id into the id map"), "{reason}");
    let id = state(&bench, TWICE)["id"].as_str().unwrap().to_owned();
    let account = found(&rig, &mapped("entra", TWICE, &id)).await;
    assert_eq!((account.id, account.matched_on), (id.clone(), "id map".to_owned()));
    let of_another = Leaver { employee_id: Some("999999".to_owned()), ..mapped("entra", TWICE, &id) };
    assert!(unsure(&rig, &of_another).await.contains("the id map names"));
}

#[tokio::test]
async fn nobody_a_wrong_id_and_the_applications_own_identity() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for nobody in ["nobody@corp.example", "o'nobody@corp.example"] {
        let located = rig.locate(&Leaver::from_email(nobody)).await.unwrap();
        assert!(matches!(located, Located::Nobody { .. }), "{located:?}");
    }
    let reason = unsure(&rig, &mapped("entra", ALFA, "5a9db0c5-0000-4000-8000-0000000f0000")).await;
    assert!(reason.contains("who does not exist, but"), "{reason}");
    // A service principal is no user: its id finds none.
    let own = bench.sandbox.credentials().entra_client_id.clone();
    let located = rig.locate(&mapped("entra", "nightlatch@corp.example", &own)).await.unwrap();
    assert!(matches!(located, Located::Nobody { .. }), "{located:?}");
    assert!(refused(&rig.locate(&mapped("entra", ALFA, "..")).await.unwrap_err()).contains("cannot be an id"));
}

#[tokio::test]
async fn an_id_with_a_slash_stays_one_id() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let located = rig.locate(&mapped("entra", "nobody@corp.example", "a/b?c#ü")).await.unwrap();
    assert!(matches!(located, Located::Nobody { .. }), "{located:?}");
    assert!(bench.sandbox.calls().iter().any(|call| call.path.ends_with("/users/a%2Fb%3Fc%23%C3%BC")));
}

#[tokio::test]
async fn the_probe_says_what_is_missing() {
    let bench = Bench::new().await;
    let probe = rig(&bench).connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing.len()), (Health::Up, 0), "{probe:?}");
    let probe = limited_rig(&bench, "entra").connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Locked);
    assert!(probe.missing.contains(&"GroupMember.ReadWrite.All".to_owned()), "{probe:?}");
    assert!(!probe.missing.contains(&"User.Read.All".to_owned()), "{probe:?}");
}

#[tokio::test]
async fn a_certificate_signs_its_way_in() {
    let bench = Bench::new().await;
    let credentials = bench.sandbox.credentials().clone();
    let pem = bench.secret("entra.pem", &credentials.entra_certificate_pem);
    let key = format!("certificate='{pem}'");
    let rig = Rig::new("entra", &section(&bench, "entra", &credentials.entra_client_id, &key));
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Up, "{}", probe.message);
    rig.account(ALFA).await;
    rig.kept_quiet(&["eyJ", "PRIVATE KEY"]);
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_told_with_the_cure() {
    let bench = Bench::new().await;
    let id = bench.sandbox.credentials().entra_client_id.clone();
    let wrong = bench.secret("wrong", "not~the~secret~at~all");
    let right = bench.secret("right", &bench.sandbox.credentials().entra_client_secret);
    let client_secret = |secret: &str| format!("client_secret='{secret}'");
    let cases = [
        (section(&bench, "entra", &id, &client_secret(&wrong)), "not its id"),
        (section(&bench, "entra", "5a9db0c5", &client_secret(&right)), "check client_id"),
        (section(&bench, "entra", &id, &client_secret(&right)).replace("c0de", "0bad"), "check tenant"),
        (section(&bench, "entra", &id, &format!("certificate='{wrong}'")), "in PEM"),
    ];
    for (toml, cure) in cases {
        let rig = Rig::new("entra", &toml);
        let told = locked(&rig.locate(&Leaver::from_email(ALFA)).await.unwrap_err());
        assert!(told.contains(cure), "{cure}: {told}");
        rig.kept_quiet(&["not~the~secret~at~all"]);
    }
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once() {
    let tokens = std::sync::atomic::AtomicU32::new(0);
    let stub = Stub::new(move |request| {
        if request.starts_with("POST /corp/oauth2") {
            let number = tokens.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return answer("200 OK", "", &format!(r#"{{"access_token":"canary-{number}","expires_in":3599}}"#));
        }
        if request.contains("canary-0") {
            let ended = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed"}}"#;
            return answer("401 Unauthorized", "", ended);
        }
        answer("200 OK", "", r#"{"id":"1","accountEnabled":true}"#)
    })
    .await;
    let rig = rig_at(&stub);
    rig.alive("disable-account", &user("1")).await;
    rig.alive("disable-account", &user("1")).await;
    assert_eq!(stub.seen().iter().filter(|request| request.starts_with("POST")).count(), 2);
}

/// A Graph of which the token endpoint works and everything else says this.
async fn stub(bytes: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> (Stub, Rig) {
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let own = std::sync::Arc::clone(&address);
    let stub = Stub::new(move |request| {
        if request.starts_with("POST /corp/oauth2/v2.0/token ") {
            return answer("200 OK", "", r#"{"access_token":"canary-0123456789","expires_in":3599}"#);
        }
        bytes(request, own.get().map_or("", String::as_str))
    })
    .await;
    address.set(stub.base.clone()).unwrap();
    let rig = rig_at(&stub);
    (stub, rig)
}

fn rig_at(stub: &Stub) -> Rig {
    let folder = folder();
    let secret = secret(folder.path(), "entra", "hush-hush-hush");
    let toml = format!(
        "type='entra'\ntenant='corp'\nclient_id='app'\nclient_secret='{secret}'\nbase_url='{0}'\nlogin_url='{0}'",
        stub.base
    );
    Rig { folder: Some(folder), ..Rig::new("entra", &toml) }
}

fn user(id: &str) -> Account {
    Account { id: id.into(), label: ALFA.into(), matched_on: "id map".into() }
}

#[tokio::test]
async fn a_next_page_on_another_host_gets_no_token() {
    let elsewhere = Stub::new(|_| answer("200 OK", "", r#"{"value":[]}"#)).await;
    let link = format!("{}/v1.0/users/1/memberOf?$skiptoken=2", elsewhere.base);
    let page = json!({ "value": [], "@odata.nextLink": link }).to_string();
    let (_stub, rig) = stub(move |_, _| answer("200 OK", "", &page)).await;
    match rig.verify("remove-groups", &user("1")).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("another host"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(elsewhere.connections(), 0);
    rig.kept_quiet(&["canary-0123456789"]);
}

#[tokio::test]
async fn a_list_that_never_ends_is_an_error() {
    let turn = std::sync::atomic::AtomicU32::new(0);
    let (_stub, rig) = stub(move |_, own| {
        let next = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let link = format!("{own}/v1.0/users/1/memberOf?$skiptoken={next}");
        answer("200 OK", "", &json!({ "value": [], "@odata.nextLink": link }).to_string())
    })
    .await;
    match rig.verify("remove-groups", &user("1")).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("more than 50 pages"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let (same, rig) = stub(|request, own| {
        let path = request.split(' ').nth(1).unwrap();
        answer("200 OK", "", &json!({ "value": [], "@odata.nextLink": format!("{own}{path}") }).to_string())
    })
    .await;
    assert!(matches!(rig.verify("remove-groups", &user("1")).await, Verdict::CannotTell { .. }));
    assert!(same.seen().len() < 5, "{:?}", same.seen().len());
}

#[tokio::test]
async fn consent_for_everybody_is_not_the_leavers_to_lose() {
    let grants = r#"{"value":[{"id":"g1","clientId":"c","consentType":"AllPrincipals","principalId":null,"scope":"User.Read"}]}"#;
    let (stub, rig) = stub(move |request, _| match request {
        list if list.contains("/oauth2PermissionGrants") => answer("200 OK", "", grants),
        role if role.contains("/directoryRoles/") => answer("200 OK", "", r#"{"value":[]}"#),
        _ => answer("200 OK", "", r#"{"id":"1","userPrincipalName":"alfa.doe@corp.example","accountEnabled":true}"#),
    })
    .await;
    assert_eq!(rig.already("remove-consents", &user("1")).await.0, "consents: none");
    assert!(!stub.seen().iter().any(|request| request.starts_with("DELETE")));
}

#[tokio::test]
async fn a_page_that_stands_in_for_a_success_is_none() {
    let (_stub, rig) = stub(|request, _| match request {
        act if act.starts_with("PATCH") || act.starts_with("POST") => {
            answer("200 OK", "content-type: text/html\r\n", "<!DOCTYPE html><html>Sign in</html>")
        }
        role if role.contains("/directoryRoles/") => answer("200 OK", "", r#"{"value":[]}"#),
        _ => answer("200 OK", "", r#"{"id":"1","userPrincipalName":"alfa.doe@corp.example","accountEnabled":true}"#),
    })
    .await;
    for name in ["disable-account", "revoke-sessions", "reset-password"] {
        is_ambiguous(&rig.execute(name, &user("1")).await);
    }
}

#[tokio::test]
async fn a_break_glass_account_is_never_touched() {
    let bench = Bench::new().await;
    let credentials = bench.sandbox.credentials();
    let secret = bench.secret("entra", &credentials.entra_client_secret);
    let toml = section(&bench, "entra", &credentials.entra_client_id, &format!("client_secret='{secret}'"));
    let rig = Rig::new("entra", &format!("{toml}\nbreak_glass=['{ALFA}']"));
    assert!(unsure(&rig, &Leaver::from_email(ALFA)).await.contains("break-glass list"));
    let id = state(&bench, ALFA)["id"].as_str().unwrap().to_owned();
    needs_human(&rig.execute("disable-account", &Account { id, label: ALFA.into(), matched_on: String::new() }).await);
}
