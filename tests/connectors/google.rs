use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, StepClass, Verdict};
use nightlatch::sandbox::Fault;

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, mapped, refused};

pub(crate) fn rig(bench: &Bench) -> Rig {
    rig_of(bench, &bench.sandbox.credentials().google_admin)
}

/// Acts as this admin.
pub(crate) fn rig_of(bench: &Bench, admin: &str) -> Rig {
    let key = bench.secret("google.json", &bench.sandbox.credentials().google_service_account_json);
    let toml = format!(
        "type = 'google'\nservice_account = '{key}'\nadmin = '{admin}'\nbase_url = '{}/google/admin/directory/v1'\n\
         break_glass = ['bravo.doe@corp.example']\n\
         licences = ['Google-Apps/1010020028', '101031/1010310002', '101047/1010470001']",
        bench.base()
    );
    Rig::new("google", &toml)
}

const CREDENTIALS: [&str; 3] = ["revoke-tokens", "revoke-app-passwords", "invalidate-backup-codes"];

#[tokio::test]
async fn cuts_every_credential_then_suspends_and_reads_it_all_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    assert_eq!((account.id.as_str(), account.label.as_str()), (alfa.google_id.as_str(), alfa.email.as_str()));
    for name in CREDENTIALS {
        match rig.execute(name, &account).await {
            Outcome::Acknowledged | Outcome::AlreadySo { caveat: None, .. } => {}
            other => panic!("{name}: {other:?}"),
        }
        rig.dead(name, &account).await;
        let (_, caveat) = rig.already(name, &account).await;
        assert_eq!(caveat, None, "{name}");
    }
    rig.done("sign-out", &account).await;
    rig.done("reset-password", &account).await;
    for unreadable in ["sign-out", "reset-password"] {
        assert!(matches!(rig.verify(unreadable, &account).await, Verdict::CannotTell { again: false, .. }));
        let spec = rig.connector.action(unreadable).unwrap().spec();
        assert_eq!(spec.proved_by.as_ref().unwrap().to_string(), "google.suspend");
    }
    assert_eq!(rig.alive("suspend", &account).await, "suspended: false");
    let before = rig.done("suspend", &account).await;
    assert_eq!(rig.dead("suspend", &account).await, "suspended: true (ADMIN)");
    assert_eq!(rig.already("suspend", &account).await.0, "suspended: true (ADMIN)");

    let truth = bench.sandbox.truth(&alfa.email).unwrap().google;
    assert_eq!((truth.tokens, truth.app_passwords, truth.backup_codes, truth.web_sessions), (0, 0, 0, 0));
    assert!(truth.suspended && truth.password_resets == 1);

    assert_eq!(rig.undo("suspend", &account, &before).await, Outcome::Acknowledged);
    assert!(!bench.sandbox.truth(&alfa.email).unwrap().google.suspended);
}

#[tokio::test]
async fn what_is_refused_of_a_suspended_user_is_already_so_with_a_caveat() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let has_all = |person: &nightlatch::sandbox::Person| {
        let google = bench.sandbox.truth(&person.email).unwrap().google;
        google.tokens > 0 && google.app_passwords > 0 && google.backup_codes > 0 && !person.email.starts_with("bravo")
    };
    let account = rig.account(&bench.person(has_all).email).await;
    for name in CREDENTIALS {
        rig.alive(name, &account).await;
    }
    rig.done("suspend", &account).await;
    for name in CREDENTIALS {
        let (note, caveat) = rig.already(name, &account).await;
        assert!(note.contains("suspended: true"), "{note}");
        assert!(caveat.unwrap().contains("valid again after an unsuspend"), "{name}");
        let evidence = rig.dead(name, &account).await;
        assert!(evidence.starts_with("account suspended"), "{evidence}");
    }
}

#[tokio::test]
async fn a_refusal_whose_reason_cannot_be_read_is_tried_again() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    rig.done("suspend", &account).await;
    bench.lose_answers("google.users.get");
    is_retry(&rig.execute("revoke-tokens", &account).await, false);
    bench.sandbox.clear_faults();
    rig.already("revoke-tokens", &account).await;
}

#[tokio::test]
async fn undo_leaves_suspended_who_was_suspended_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    let before = serde_json::json!({ "suspended": true });
    assert!(matches!(rig.undo("suspend", &account, &before).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn deletes_by_id_once_and_restores_by_id() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    rig.alive("delete-user", &account).await;
    let before = rig.done("delete-user", &account).await;
    assert_eq!(before["primaryEmail"], "alfa.doe@corp.example");
    rig.dead("delete-user", &account).await;
    rig.already("delete-user", &account).await;
    for gone in ["suspend", "revoke-tokens", "sign-out"] {
        rig.already(gone, &account).await;
    }
    assert!(matches!(rig.undo("delete-user", &account, &before).await, Outcome::Acknowledged));
    rig.alive("delete-user", &account).await;
    let by_address = Account { id: account.label.clone(), ..account };
    assert!(refused(&rig.execute("delete-user", &by_address).await).contains("is an address"));
    assert_eq!(rig.connector.action("delete-user").unwrap().spec().class, StepClass::Reconcile);
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_for_an_act_and_a_retry_for_a_read() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    bench.lose_answers("google.users.delete");
    is_ambiguous(&rig.execute("delete-user", &account).await);
    assert!(bench.sandbox.truth("alfa.doe@corp.example").unwrap().google.deleted);
    let sent = bench.sandbox.calls().iter().filter(|call| call.op == "google.users.delete").count();
    assert_eq!(sent, 1, "an act is sent once");
    bench.lose_answers("google.users.get");
    is_retry(&rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err(), false);
    assert!(matches!(rig.verify("suspend", &account).await, Verdict::CannotTell { again: true, .. }));
}

#[tokio::test]
async fn throttled_down_and_broken_are_told_apart() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account("alfa.doe@corp.example").await;
    let other = Account { id: bench.person(|p| p.login == "charlie.doe").google_id, ..account.clone() };
    bench.fault("google.users.suspend", Fault { rate_per_s: Some(0.001), ..Fault::default() });
    rig.execute("suspend", &account).await;
    assert!(is_retry(&rig.execute("suspend", &other).await, true) > 0);
    bench.sandbox.clear_faults();
    bench.turn_away("google.users.suspend", 502);
    is_ambiguous(&rig.execute("suspend", &other).await);
}

#[tokio::test]
async fn an_address_that_is_only_an_alias_is_never_enough() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let aliased = bench.person(|person| !person.google_aliases.is_empty());
    let alias = &aliased.google_aliases[0];
    match rig.locate(&Leaver::from_email(alias)).await.unwrap() {
        Located::Unsure { reason } => assert!(reason.contains("only as an alias"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let found = rig.locate(&mapped("google", alias, &aliased.google_id)).await.unwrap();
    assert!(matches!(found, Located::Found(account) if account.matched_on.starts_with("id map")));
}

#[tokio::test]
async fn nobody_is_a_finding_and_a_wrong_id_map_is_a_question() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
    let wrong = rig.locate(&mapped("google", "alfa.doe@corp.example", "404")).await.unwrap();
    assert!(matches!(wrong, Located::Unsure { .. }), "{wrong:?}");
}

#[tokio::test]
async fn its_own_admin_and_break_glass_accounts_are_never_touched() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let admin = bench.sandbox.credentials().google_admin.clone();
    for (email, why) in [(admin.as_str(), "itself acts as"), ("bravo.doe@corp.example", "break-glass")] {
        match rig.locate(&Leaver::from_email(email)).await.unwrap() {
            Located::Unsure { reason } => assert!(reason.contains(why), "{reason}"),
            other => panic!("{other:?}"),
        }
        let account = Account { id: "1".into(), label: email.to_owned(), matched_on: String::new() };
        for action in rig.connector.actions() {
            let outcome = rig.execute(&action.spec().id.name, &account).await;
            assert!(matches!(outcome, Outcome::NeedsHuman { .. }), "{outcome:?}");
        }
    }
    assert!(bench.sandbox.calls().iter().all(|call| call.op == "google.token" || call.op == "google.users.get"));
}

#[tokio::test]
async fn one_token_is_minted_for_a_crowd_and_none_comes_out() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let people = bench.sandbox.people();
    let leavers: Vec<Leaver> = people.iter().skip(2).take(20).map(|person| Leaver::from_email(&person.email)).collect();
    let found = futures_util::future::join_all(leavers.iter().map(|leaver| rig.locate(leaver))).await;
    assert!(found.iter().all(|found| matches!(found, Ok(Located::Found(_)))));
    let minted = bench.sandbox.calls().iter().filter(|call| call.op == "google.token").count();
    assert_eq!(minted, 1);
    let credentials = bench.sandbox.credentials();
    let key: serde_json::Value = serde_json::from_str(&credentials.google_service_account_json).unwrap();
    rig.kept_quiet(&["ya29.", "eyJ", key["private_key"].as_str().unwrap(), "PRIVATE KEY"]);
}

#[tokio::test]
async fn a_probe_says_what_is_wrong_and_what_to_do() {
    let bench = Bench::new().await;
    let good = rig(&bench);
    assert_eq!(good.connector.probe(&Rig::call()).await.health, Health::Up);
    let toml = |key: &str, admin: &str| {
        format!(
            "type='google'\nservice_account='{key}'\nadmin='{admin}'\nbase_url='{}/google/admin/directory/v1'",
            bench.base()
        )
    };
    let missing = Rig::new("google", &toml("file:/nonexistent/key.json", "x@corp.example"));
    let probe = missing.connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Locked);
    assert!(probe.message.contains("/nonexistent/key.json"), "{}", probe.message);
    let account = Account { id: "1".into(), label: "l".into(), matched_on: "m".into() };
    for action in missing.connector.actions() {
        locked(&missing.execute(&action.spec().id.name, &account).await);
    }
    locked(&missing.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err());
    let key = bench.secret("google2.json", &bench.sandbox.credentials().google_service_account_json);
    let stranger = Rig::new("google", &toml(&key, "nobody@corp.example"));
    let probe = stranger.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("active admin"), "{}", probe.message);
}
