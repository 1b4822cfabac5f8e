//! `type = "active-directory"` against Samba's domain controller. What was done is read back by `ldbsearch`.

use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, Verdict};
use serde_json::json;

use crate::bench::{Rig, locked, mapped, refused};
use crate::samba::{BASE, BINDS_AS, Domain, OLD_PASSWORD, PASSWORD};

const ALFA: &str = "alfa.doe@corp.example";
const BRAVO: &str = "bravo.doe@corp.example";

fn unsure(located: &Result<Located, Outcome>) -> &str {
    match located {
        Ok(Located::Unsure { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn disable_sets_one_bit_and_undo_clears_it() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing.len()), (Health::Up, 0), "{}", probe.message);
    let account = rig.account(ALFA).await;
    assert_eq!((account.label.as_str(), account.matched_on.as_str()), (ALFA, "userPrincipalName, mail"));
    assert_eq!(rig.alive("disable", &account).await, "userAccountControl: 66048");
    let before = rig.done("disable", &account).await;
    assert_eq!(before["userAccountControl"], "66048");
    assert_eq!(domain.of("alfa.doe", "userAccountControl"), "66050");
    assert_eq!(rig.dead("disable", &account).await, "userAccountControl: 66050");
    assert_eq!(rig.already("disable", &account).await.0, "userAccountControl: 66050");
    assert_eq!(rig.undo("disable", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(domain.of("alfa.doe", "userAccountControl"), "66048");
    assert!(matches!(rig.undo("disable", &account, &before).await, Outcome::AlreadySo { .. }));
    let shown = rig.exchanges.lock().unwrap().iter().map(|it| it.request.clone()).collect::<Vec<_>>().join("\n");
    assert!(shown.contains(&format!("LDAP modify CN=Alfa Doe,OU=Staff,{BASE}: userAccountControl")), "{shown}");
    rig.kept_quiet(&[PASSWORD]);
}

#[tokio::test]
async fn groups_are_left_but_the_primary_one_and_only_those_come_back() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    for (email, login, groups) in [(ALFA, "alfa.doe", 2), (BRAVO, "bravo.doe", 1)] {
        let account = rig.account(email).await;
        let all = domain.of(login, "memberOf");
        rig.alive("leave-groups", &account).await;
        let before = rig.done("leave-groups", &account).await;
        assert_eq!(before["groups"].as_array().unwrap().len(), groups, "{before}");
        assert_eq!(before["primary"], "Domain Users");
        assert_eq!(domain.of(login, "memberOf"), "");
        assert_eq!(rig.dead("leave-groups", &account).await, "groups: none; its primary group Domain Users stays");
        rig.already("leave-groups", &account).await;
        assert_eq!(rig.undo("leave-groups", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(domain.of(login, "memberOf"), all);
        // Members already: harmless.
        assert_eq!(rig.undo("leave-groups", &account, &before).await, Outcome::Acknowledged);
    }
    assert_eq!(domain.of("Others", "member"), format!("CN=Charlie Doe,OU=Staff,{BASE}"), "nobody else was touched");
    let account = rig.account(ALFA).await;
    let lost = json!({ "groups": [{ "id": "00000000-0000-0000-0000-000000000001", "name": "Dissolved" }] });
    assert!(refused(&rig.undo("leave-groups", &account, &lost).await).contains("Dissolved does not exist any more"));
    let gone = Account { id: "00000000-0000-0000-0000-000000000001".into(), ..account };
    for action in ["disable", "expire", "stamp", "leave-groups", "move-to-leavers"] {
        rig.already(action, &gone).await;
        assert_eq!(rig.dead(action, &gone).await, "no such account");
        assert!(refused(&rig.undo(action, &gone, &lost).await).contains("recycle bin"), "{action}");
    }
}

#[tokio::test]
async fn who_was_moved_is_still_found_and_moves_back() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    // An escaped comma in the name is no border between names.
    for (email, login) in [(ALFA, "alfa.doe"), (BRAVO, "bravo.doe")] {
        let account = rig.account(email).await;
        let home = domain.of(login, "distinguishedName");
        let before = rig.done("move-to-leavers", &account).await;
        let moved = domain.of(login, "distinguishedName");
        assert!(moved.ends_with(&format!(",OU=Leavers,{BASE}")) && moved != home, "{moved}");
        assert_eq!(rig.dead("move-to-leavers", &account).await, moved);
        rig.already("move-to-leavers", &account).await;
        // The id outlives the move.
        rig.done("disable", &account).await;
        assert_eq!(rig.account(email).await.id, account.id);
        assert_eq!(rig.undo("move-to-leavers", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(domain.of(login, "distinguishedName"), home);
        rig.alive("move-to-leavers", &account).await;
        assert!(matches!(rig.undo("move-to-leavers", &account, &before).await, Outcome::AlreadySo { .. }));
    }
}

#[tokio::test]
async fn nobody_knows_the_new_password() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    let as_alfa = |password| domain.rig_as(ALFA, password, |section| section);
    assert_eq!(as_alfa(OLD_PASSWORD).connector.probe(&Rig::call()).await.missing.len(), 1, "may move nobody");
    let account = rig.account(ALFA).await;
    let before = rig.done("reset-password", &account).await;
    assert_ne!(before["pwdLastSet"].as_str().unwrap(), domain.of("alfa.doe", "pwdLastSet"));
    let why = as_alfa(OLD_PASSWORD).connector.probe(&Rig::call()).await;
    assert!(why.health == Health::Locked && why.message.contains("invalidCredentials"), "{}", why.message);
    assert!(matches!(rig.verify("reset-password", &account).await, Verdict::CannotTell { again: false, .. }));
    let once = domain.of("alfa.doe", "pwdLastSet");
    rig.done("reset-password", &account).await;
    assert_ne!(domain.of("alfa.doe", "pwdLastSet"), once, "repeated, it is another that nobody knows");
    rig.kept_quiet(&[PASSWORD, OLD_PASSWORD]);
}

#[tokio::test]
async fn the_account_expires_and_its_description_is_stamped() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    for (email, login, description) in [(ALFA, "alfa.doe", "Sales, Berlin"), (BRAVO, "bravo.doe", "")] {
        let account = rig.account(email).await;
        let expires = domain.of(login, "accountExpires");
        let before = rig.done("expire", &account).await;
        assert_ne!(domain.of(login, "accountExpires"), expires);
        rig.dead("expire", &account).await;
        rig.already("expire", &account).await;
        assert_eq!(rig.undo("expire", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(domain.of(login, "accountExpires"), expires);
        rig.alive("expire", &account).await;
        let before = rig.done("stamp", &account).await;
        let stamped = domain.of(login, "description");
        assert!(stamped.starts_with("Disabled by Nightlatch on 2") && stamped.ends_with(description), "{stamped}");
        rig.dead("stamp", &account).await;
        rig.already("stamp", &account).await;
        assert_eq!(rig.undo("stamp", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(domain.of(login, "description"), description);
        rig.alive("stamp", &account).await;
    }
}

#[tokio::test]
async fn the_wrong_account_is_never_taken() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    let locate = async |email: &str, id: Option<&str>| {
        let leaver = Leaver { employee_id: id.map(str::to_owned), ..Leaver::from_email(email) };
        rig.locate(&leaver).await
    };
    let two = locate("charlie.doe@corp.example", None).await;
    assert!(unsure(&two).contains("both") && unsure(&two).contains("Charlie Doe 2"), "{two:?}");
    assert!(unsure(&locate("delta.alias@corp.example", None).await).contains("alias"));
    let sure = locate("delta.alias@corp.example", Some("1004")).await;
    assert!(matches!(&sure, Ok(Located::Found(it)) if it.matched_on == "proxyAddresses, employeeID"), "{sure:?}");
    assert!(unsure(&locate("echo.new@corp.example", Some("1005")).await).contains("echo.other@corp.example"));
    assert!(unsure(&locate(ALFA, Some("9999")).await).contains("employeeID is 1001, and HR says 9999"));
    for nobody in ["*", "*)(objectClass=*", "alfa.doe@corp.example)(cn=*", "nobody@corp.example"] {
        let found = locate(nobody, None).await;
        assert!(matches!(found, Ok(Located::Nobody { .. })), "{nobody}: {found:?}");
    }
    let id = rig.account(BRAVO).await.id;
    let dn = domain.of("bravo.doe", "distinguishedName");
    for known in [id.as_str(), &id.to_uppercase(), &format!("{{{id}}}"), &dn] {
        let found = rig.locate(&mapped("ad", ALFA, known)).await;
        assert!(
            matches!(&found, Ok(Located::Found(it)) if it.id == id && it.matched_on == "id map"),
            "{known}: {found:?}"
        );
    }
    let stale = rig.locate(&mapped("ad", ALFA, "00000000-0000-0000-0000-000000000001")).await;
    assert!(unsure(&stale).contains("which is no account"), "{stale:?}");
    let group = rig.locate(&mapped("ad", ALFA, &format!("CN=Sales,OU=Groups,{BASE}"))).await;
    assert!(unsure(&group).contains("which is no account"), "{group:?}");
    assert!(refused(&rig.locate(&mapped("ad", ALFA, "alfa.doe")).await.unwrap_err()).contains("objectGUID"));
    let windows = rig.locate(&mapped("ad", ALFA, &format!("CN=Administrator,CN=Users,{BASE}"))).await;
    assert!(unsure(&windows).contains("Windows"), "{windows:?}");
    let own = domain.of("svc-nightlatch", "distinguishedName");
    let own = rig.locate(&mapped("ad", ALFA, &own)).await;
    assert!(unsure(&own).contains("itself acts as"), "{own:?}");
}

#[tokio::test]
async fn the_last_domain_admin_is_not_shut_out() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    let foxtrot = rig.account("foxtrot.admin@corp.example").await;
    // The builtin one is an admin too, as long as it is enabled.
    let before = rig.done("disable", &foxtrot).await;
    rig.undo("disable", &foxtrot, &before).await;
    let id = domain.of("Administrator", "objectGUID");
    let builtin = Account { id, ..foxtrot.clone() };
    rig.done("disable", &builtin).await;
    for action in ["disable", "reset-password", "expire", "leave-groups"] {
        let why = rig.execute(action, &foxtrot).await;
        assert!(
            matches!(&why, Outcome::NeedsHuman { reason } if reason.contains("last enabled member of Domain Admins")),
            "{action}: {why:?}"
        );
    }
    assert_eq!(domain.of("foxtrot.admin", "userAccountControl"), "66048");
}

#[tokio::test]
async fn without_the_right_or_the_password_the_controllers_words_are_told() {
    let Some(domain) = Domain::start() else { return };
    let clerk = domain.rig_as("golf.clerk@corp.example", OLD_PASSWORD, |section| section);
    let account = clerk.account(ALFA).await;
    let why = refused(&clerk.execute("disable", &account).await);
    assert!(why.contains("50 insufficientAccessRights") && why.contains("AdminSDHolder"), "{why}");
    refused(&clerk.execute("reset-password", &account).await);
    refused(&clerk.execute("leave-groups", &account).await);
    refused(&clerk.execute("move-to-leavers", &account).await);
    let wrong = domain.rig_as(BINDS_AS, "not-the-password", |section| section);
    let why = locked(&wrong.execute("disable", &account).await);
    assert!(why.contains("49 invalidCredentials") && why.contains("check bind_as"), "{why}");
    assert_eq!(domain.of("alfa.doe", "userAccountControl"), "66048");
    wrong.kept_quiet(&["not-the-password"]);
    let nowhere =
        domain.rig_as(BINDS_AS, PASSWORD, |section| section.replace("base_dn='DC=corp", "base_dn='DC=nowhere"));
    let probe = nowhere.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("base_dn"), "{}", probe.message);
}

#[tokio::test]
async fn start_tls_does_as_well_and_the_next_controller_takes_over() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig_as(BINDS_AS, PASSWORD, |section| section.replace("ldaps://", "ldap://") + "\nstart_tls=true");
    let account = rig.account(ALFA).await;
    rig.done("disable", &account).await;
    assert_eq!(domain.of("alfa.doe", "userAccountControl"), "66050");
    let rig = domain.rig_as(BINDS_AS, PASSWORD, |section| section.replace("urls=[", "urls=['ldaps://127.0.0.1:9', "));
    assert_eq!(rig.account(ALFA).await.id, account.id);
}

#[tokio::test]
async fn a_change_that_somebody_else_made_meanwhile_is_not_overwritten() {
    let Some(domain) = Domain::start() else { return };
    let rig = domain.rig();
    let account = rig.account(ALFA).await;
    // Both have read before either writes: of the two, one meets a value that is no longer there.
    let (one, other) = tokio::join!(rig.execute("disable", &account), rig.execute("disable", &account));
    for outcome in [&one, &other] {
        let fits = matches!(outcome, Outcome::Acknowledged | Outcome::AlreadySo { .. } | Outcome::Busy { .. });
        assert!(fits, "{outcome:?}");
    }
    assert_eq!(domain.of("alfa.doe", "userAccountControl"), "66050");
}
