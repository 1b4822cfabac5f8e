//! The journal's file: looked at, copied, damaged, set back. What was set back is told in words, and nothing that cannot
//! be undone happens again by itself.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use nightlatch::model::{Event, StepState};

use crate::harness::{Scene, Setup, approval, ord_of};
use crate::terminal::Terminal;

const DELETE: &str = "google.delete-user";

fn beside(scene: &Scene, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", scene.paths.journal().display()))
}

/// An executive has left, and the deletion of the Google user waits for consent.
async fn until_asked(scene: &Scene) -> (String, u16) {
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let seen = scene
        .until(&leaver.email, "the question", |it| {
            matches!(it.steps[usize::from(ord_of(it, DELETE))].state, StepState::AwaitingApproval { .. })
        })
        .await;
    (leaver.email, ord_of(&seen, DELETE))
}

/// A person agrees, and the user is deleted.
async fn delete(scene: &Scene, email: &str, ord: u16) {
    let seen = scene.offboarding_of(email).await;
    scene.ask(approval(&seen, ord)).await.unwrap();
    let done = |state: &StepState| matches!(state, StepState::Done { .. });
    scene.until(email, "the deletion", |it| done(&it.steps[usize::from(ord)].state)).await;
    assert!(scene.sandbox.truth(email).unwrap().google.deleted);
}

/// How often the sandbox was asked to do something irreversible.
fn irreversible_calls(scene: &Scene) -> usize {
    scene.sandbox.calls().iter().filter(|call| call.kind == nightlatch::sandbox::Kind::Irreversible).count()
}

/// The list, the log's status, the check and the console say that events are missing, how many, and what to do.
fn the_rollback_is_told_everywhere(scene: &Scene) {
    let words = ["rollback detected", "events are missing", "nightlatch resume --all"];
    scene.run(&["list"]).said(0, &words);
    scene.run(&["ledger", "status"]).said(0, &words);
    scene.run(&["store", "check"]).said(5, &words);
    let mut console = Terminal::open(scene, 200, 50);
    console.sees(&["ENGINE PAUSED: rollback detected", "events are missing"]);
    console.press("q");
    assert_eq!(console.ends(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_checked_and_backed_up_beside_its_engine_and_without_it() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    let told = scene.run(&["store", "check", "--json"]);
    told.said(0, &[]);
    let pid = scene.client().await.welcome().pid;
    assert_eq!(told.json()["findings"], serde_json::json!([]), "{told}");
    assert!(told.json()["engine"].as_str().unwrap().contains(&format!("pid {pid}")), "{told}");

    let to = scene.dir().join("safe.db");
    let to = to.to_str().unwrap();
    let told = scene.run(&["store", "backup", "--to", to]);
    told.said(0, &[to, "checked", "rm -f", "ledger.anchor", "resume --all", "asks for consent again"]);
    assert_eq!(std::fs::metadata(to).unwrap().permissions().mode() & 0o7777, 0o600);
    let before = std::fs::read(to).unwrap();
    scene.run(&["store", "backup", "--to", to]).said(1, &["is there already", "--to"]);
    assert!(std::fs::read(to).unwrap() == before, "the backup was changed");
    scene.run(&["store", "backup", "--to", "/nowhere/at/all.db"]).said(1, &["/nowhere/at/all", "No such file"]);

    scene.stop_engine();
    scene.run(&["store", "check"]).said(0, &["none runs", "The file is whole", "1 offboardings"]);
    let told = scene.run(&["store", "backup", "--json"]);
    let written = PathBuf::from(told.json()["to"].as_str().unwrap());
    assert!(written.starts_with(scene.paths.state_dir().join("backups")), "{told}");
    assert_eq!(std::fs::read_dir(written.parent().unwrap()).unwrap().count(), 1, "nothing else is left there");
    scene.run(&["ledger", "verify", "--journal", written.to_str().unwrap()]).said(0, &["events"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_page_an_open_file_and_no_journal_are_named_with_the_cure() {
    let scene = Scene::set(Setup::default()).await;
    scene.run(&["store", "check"]).said(1, &["there is no journal at", "--state-dir"]);
    scene.run(&["store", "backup"]).said(1, &["there is no journal at"]);
    scene.start_engine().await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    scene.stop_engine();
    let journal = scene.paths.journal();
    let good = std::fs::read(&journal).unwrap();

    std::fs::set_permissions(&journal, std::fs::Permissions::from_mode(0o644)).unwrap();
    let cure = format!("chmod 600 {}", journal.display());
    scene.run(&["engine"]).said(3, &["permissions 0644 are too open", &cure]);
    scene.run(&["store", "check"]).said(5, &["permissions 0644 are too open", &cure]);
    std::fs::set_permissions(&journal, std::fs::Permissions::from_mode(0o600)).unwrap();

    // The head of every page but the first, one after the other: what a failing disk does.
    let mut refused = 0;
    for page in (4_096..good.len()).step_by(4_096) {
        let mut damaged = good.clone();
        damaged[page] ^= 0xff;
        std::fs::write(&journal, &damaged).unwrap();
        let told = scene.run(&["store", "check"]);
        assert_eq!(told.code, 5, "page {}: {told}", page / 4_096);
        refused += usize::from(format!("{told}").contains("is damaged"));
    }
    assert!(refused > 0);
    let mut damaged = good.clone();
    damaged[4_096] ^= 0xff;
    std::fs::write(&journal, &damaged).unwrap();
    let cure = ["journal.db is damaged", "Put the last backup in its place", "journal.db-wal", "store backup --help"];
    scene.run(&["engine"]).said(3, &cure);
    scene.run(&["store", "check"]).said(5, &cure);
    scene.run(&["store", "backup", "--to", scene.dir().join("no.db").to_str().unwrap()]);
    assert!(!scene.dir().join("no.db").exists(), "a damaged journal is no backup");
    assert!(std::fs::read(&journal).unwrap() == damaged, "the journal was changed");
    std::fs::write(&journal, &good).unwrap();
    scene.start_engine().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_is_noticed_and_what_it_has_forgotten_is_not_done_again() {
    let scene = Scene::running(Setup::default()).await;
    let (email, ord) = until_asked(&scene).await;
    let backup = scene.dir().join("yesterday.db");
    scene.run(&["store", "backup", "--to", backup.to_str().unwrap()]).said(0, &[]);
    delete(&scene, &email, ord).await;
    scene.kill_engine();
    let calls = irreversible_calls(&scene);
    assert_eq!(calls, 1);

    std::fs::copy(&backup, scene.paths.journal()).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&scene, end));
    }
    scene.run(&["store", "check"]).said(5, &["rollback detected", "events are missing", "resume --all"]);
    scene.start_engine().await;
    the_rollback_is_told_everywhere(&scene);
    scene.run(&["resume", "--all"]).said(0, &["runs again"]);
    let done = |state: &StepState| matches!(state, StepState::Done { .. });
    scene.until(&email, "the read-back", |it| done(&it.steps[usize::from(ord)].state)).await;
    assert_eq!(irreversible_calls(&scene), calls, "it was read, not done again");
    let id = scene.offboarding_of(&email).await.id;
    let told: Vec<Event> = scene.timeline(id).await.into_iter().map(|it| it.event).collect();
    let doubted = |it: &Event| matches!(it, Event::StepAmbiguous { step, .. } if step.ord == ord);
    let begun = |it: &Event| matches!(it, Event::StepStarted { step, .. } if step.ord == ord);
    assert!(told.iter().any(doubted) && !told.iter().any(begun), "{told:?}");
    scene.run(&["store", "check"]).said(0, &["The file is whole"]);
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_write_ahead_log_is_noticed_and_no_old_consent_counts() {
    let scene = Scene::running(Setup::default()).await;
    // A stop in order folds the log into the file: what comes now is in the write-ahead log alone.
    let (email, ord) = until_asked(&scene).await;
    scene.stop_engine();
    scene.start_engine().await;
    delete(&scene, &email, ord).await;
    let calls = irreversible_calls(&scene);
    scene.kill_engine();
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(beside(&scene, end)).unwrap();
    }
    scene.start_engine().await;
    the_rollback_is_told_everywhere(&scene);
    scene.run(&["resume", "--all"]).said(0, &["runs again"]);
    let done = |state: &StepState| matches!(state, StepState::Done { .. });
    let after = scene.until(&email, "the read-back", |it| done(&it.steps[usize::from(ord)].state)).await;
    assert_eq!(irreversible_calls(&scene), calls);
    // Every call that this journal knows of had its consent before it.
    let events = scene.timeline(after.id).await;
    let started = |it: &Event| matches!(it, Event::StepStarted { step, .. } if step.ord == ord);
    assert!(!events.iter().any(|it| started(&it.event)), "the forgotten call is not in this journal");
    scene.proves_its_ledger();
}
