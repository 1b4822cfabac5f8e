//! Google Workspace: what is done in the leaver's own name, and what is personal.

use nightlatch::connectors::Located;
use nightlatch::model::{Finding, Leaver, Outcome, Stage, StepClass, Verdict};
use serde_json::{Value, json};

use super::bench::{Bench, is_ambiguous, is_retry, refused};
use super::google::rig;

fn state(bench: &Bench, email: &str) -> Value {
    bench.sandbox.state("google", email).unwrap()
}

#[tokio::test]
async fn recovery_data_is_blanked_kept_for_undo_and_shown_nowhere() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    assert_eq!(rig.alive("clear-recovery", &account).await, "recovery address and phone: set");
    let before = rig.done("clear-recovery", &account).await;
    assert_eq!(before, json!({"recoveryEmail": "alfa.doe@home.example", "recoveryPhone": "+12025550100"}));
    assert_eq!(rig.dead("clear-recovery", &account).await, "recovery address and phone: none");
    rig.already("clear-recovery", &account).await;
    rig.done("reset-password", &account).await;
    assert_eq!(rig.undo("clear-recovery", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(rig.alive("clear-recovery", &account).await, "recovery address and phone: set");
    rig.kept_quiet(&["alfa.doe@home.example", "+12025550100"]);
}

#[tokio::test]
async fn only_what_was_there_is_given_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let phone = json!({"recoveryEmail": "", "recoveryPhone": "+12025550100"});
    rig.done("clear-recovery", &account).await;
    rig.undo("clear-recovery", &account, &phone).await;
    assert_eq!(rig.alive("clear-recovery", &account).await, "recovery phone: set");
}

#[tokio::test]
async fn mail_that_would_go_on_leaving_is_stopped_in_the_leavers_name_and_can_be_restored() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    let evidence = rig.alive("stop-mail-leaks", &account).await;
    assert_eq!(evidence, "forwarding: 1, filters that forward: 1, delegates: 1, sender addresses: 1");
    let before = rig.done("stop-mail-leaks", &account).await;
    assert_eq!(rig.dead("stop-mail-leaks", &account).await, "mail settings: nothing lets mail out");
    let now = state(&bench, &alfa.email);
    let none = (&json!(null), &json!(0), &json!([]), &json!(0));
    assert_eq!((&now["forwarding"], &now["filters"], &now["delegates"], &now["senders"]), none);
    rig.already("stop-mail-leaks", &account).await;
    for _ in 0..2 {
        assert_eq!(rig.undo("stop-mail-leaks", &account, &before).await, Outcome::Acknowledged);
        assert_eq!(rig.alive("stop-mail-leaks", &account).await, evidence, "twice gives nothing twice");
    }
    assert_eq!(state(&bench, &alfa.email)["forwarding"], "alfa.doe@home.example");
    let unchanged = |other: &str| state(&bench, other)["delegates"].clone();
    assert_eq!(unchanged(&bench.sandbox.credentials().google_admin), json!([]), "nobody else's mailbox was touched");
}

#[tokio::test]
async fn mail_settings_come_before_the_suspension_and_are_moot_after_it() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let spec = |name: &str| rig.connector.action(name).unwrap().spec().clone();
    let active = &spec("suspend").destroys[0];
    assert!(spec("stop-mail-leaks").needs.contains(active) && spec("stop-mail-leaks").stage == Stage::KillSwitch);
    let before = json!({"forwarding": {"emailAddress": "a@home.example"}});
    rig.done("suspend", &account).await;
    let (note, caveat) = rig.already("stop-mail-leaks", &account).await;
    assert!(note.contains("suspended: true") && caveat.unwrap().contains("after an unsuspend"));
    assert!(rig.dead("stop-mail-leaks", &account).await.contains("suspended: true"));
    assert!(refused(&rig.undo("stop-mail-leaks", &account, &before).await).contains("undo the suspension first"));
}

#[tokio::test]
async fn a_suspension_that_the_read_does_not_show_yet_is_met_by_the_mailbox() {
    let options = nightlatch::sandbox::Options { people: 60, read_lag_ms: 300, ..Default::default() };
    let bench = Bench::with(options).await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    rig.done("suspend", &account).await;
    refused(&rig.execute("stop-mail-leaks", &account).await);
    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    rig.already("stop-mail-leaks", &account).await;
}

#[tokio::test]
async fn throttled_and_lost_are_told_apart_in_the_leavers_name_too() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    for (name, op) in [("stop-mail-leaks", "google.mail.forward"), ("clear-recovery", "google.users.recovery")] {
        bench.turn_away(op, 429);
        is_retry(&rig.execute(name, &account).await, true);
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &account).await);
        bench.sandbox.clear_faults();
        rig.execute(name, &account).await;
        rig.dead(name, &account).await;
    }
}

#[tokio::test]
async fn files_and_calendars_without_an_heir_are_findings() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let alfa = bench.alfa();
    let account = rig.account(&alfa.email).await;
    let spec = rig.connector.action("list-owned-data").unwrap().spec();
    assert_eq!((spec.stage, spec.class), (Stage::Handover, StepClass::Pure));
    let findings = rig.listed("list-owned-data", &account).await;
    let told: Vec<(&str, &str)> = findings.iter().map(|it| (it.what.as_str(), it.detail.as_str())).collect();
    assert_eq!(told[0], ("files", "1234 files in My Drive: transfer them before the account is deleted"));
    assert!(told[1].0 == "calendar" && told[1].1.starts_with("Release plan"), "{told:?}");
    assert_eq!(findings.len(), 2, "the own calendar is no finding");
    assert!(matches!(rig.verify("list-owned-data", &account).await, Verdict::CannotTell { again: false, .. }));
    bench.lose_answers("google.files.list");
    is_retry(&rig.execute("list-owned-data", &account).await, false);
    bench.sandbox.clear_faults();
    bench.turn_away("google.files.list", 403);
    is_retry(&rig.execute("list-owned-data", &account).await, true);
    assert!(bench.sandbox.calls().iter().all(|call| !call.executed), "it only looks");
}

/// Calendar says 403 `notACalendarUser` of a suspended user, while their files can still be listed.
#[tokio::test]
async fn what_a_suspended_user_no_longer_shows_is_said_not_to_have_been_counted() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    rig.done("suspend", &account).await;
    let findings = rig.listed("list-owned-data", &account).await;
    let calendars = |it: &&Finding| it.what == "calendars";
    let untold = findings.iter().find(calendars).unwrap();
    assert!(untold.detail.starts_with("not counted, as suspended: true"), "{}", untold.detail);
    assert!(findings.iter().any(|it| it.detail.starts_with("1234 files")));
}

#[tokio::test]
async fn a_leaver_who_cannot_be_spoken_for_locks_nobody_else_out() {
    let bench = Bench::new().await;
    bench.sandbox.withhold_scope("gmail.settings.sharing");
    let rig = rig(&bench);
    let account = rig.account(&bench.alfa().email).await;
    let said = refused(&rig.execute("stop-mail-leaks", &account).await);
    assert!(said.contains("auth/gmail.settings.sharing"), "{said}");
    rig.done("suspend", &account).await;
    let found = rig.locate(&Leaver::from_email("charlie.doe@corp.example")).await;
    assert!(matches!(found, Ok(Located::Found(_))));
}
