//! What is not exported, what is left out, and what the export says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use nightlatch::daemon::offline::{self, ExportError, Exported, Whom};
use nightlatch::model::OffboardingId;

use crate::journal::{SIGNED, Scene};

fn export(scene: &Scene, whom: Option<&Whom>) -> Result<Exported, ExportError> {
    offline::export(scene.paths(), None, &scene.dir().join("evidence"), whom)
}

/// Changes the journal as who has the file can.
fn tamper(scene: &Scene, sql: &str) {
    let connection = rusqlite::Connection::open(scene.paths().journal()).unwrap();
    let unlock = "DROP TRIGGER event_is_never_deleted; DROP TRIGGER event_is_never_changed;
                  DROP TRIGGER payload_is_only_erased;";
    connection.execute_batch(&format!("{unlock}{sql}")).unwrap();
}

#[test]
fn a_log_that_does_not_hold_is_not_exported_and_nothing_is_left() {
    let person = || Some(Whom::Offboarding(OffboardingId(2)));
    for (sql, whom, told) in [
        ("UPDATE event SET at = at + 1 WHERE seq = 8", None, "signs another root"),
        ("DELETE FROM event WHERE seq = 299", None, "event 299 is missing"),
        ("DELETE FROM event WHERE seq >= 500", None, "events are gone"),
        ("UPDATE checkpoint SET note = replace(note, '600', '601') WHERE size = 600", None, "does not fit"),
        ("UPDATE event SET at = at + 1 WHERE seq = 8", person(), "event 8: it is not under the last checkpoint"),
        (
            "UPDATE event SET payload = (SELECT payload FROM event WHERE seq = 9) WHERE seq = 8",
            person(),
            "event 8: the payload is not the one",
        ),
        ("UPDATE event SET payload = NULL WHERE seq = 8", person(), "not an erasure"),
        ("UPDATE subject SET person = 'x' WHERE offboarding = 2", person(), "the person is not the one"),
        ("UPDATE node SET hash = zeroblob(32)", person(), "it is not under the last checkpoint"),
        ("DELETE FROM node", person(), "is missing"),
    ] {
        let scene = Scene::set();
        tamper(&scene, sql);
        let refused = export(&scene, whom.as_ref()).unwrap_err();
        assert!(matches!(refused, ExportError::Unsound(_)), "{sql}: {refused}");
        assert!(refused.to_string().contains(told), "{sql}: {refused}");
        assert!(!scene.dir().join("evidence").exists(), "{sql}");
    }
}

#[test]
fn who_is_not_there_is_refused_with_the_cure() {
    let scene = Scene::set();
    for whom in [Whom::Email("delta.doe@corp.example".to_owned()), Whom::Offboarding(OffboardingId(99))] {
        let told = export(&scene, Some(&whom)).unwrap_err().to_string();
        assert!(told.contains("in this journal") && told.contains("`nightlatch history`"), "{told}");
    }
}

#[test]
fn what_no_checkpoint_is_over_is_left_out_and_counted() {
    let scene = Scene::set();
    let whole = export(&scene, None).unwrap();
    assert_eq!((whole.size, whole.events, whole.unsigned), (SIGNED, SIGNED, 3));
    let told = offline::export(scene.paths(), None, &scene.dir().join("evidence"), None).unwrap_err();
    assert!(matches!(told, ExportError::NotEmpty { .. }), "{told}");

    tamper(&scene, "DELETE FROM checkpoint");
    fs::remove_dir_all(scene.dir().join("evidence")).unwrap();
    assert_eq!(export(&scene, None).unwrap().size, SIGNED, "a crash may lose the row: the anchor has it");
    fs::remove_dir_all(scene.dir().join("evidence")).unwrap();
    fs::remove_file(scene.paths().anchor()).unwrap();
    let told = export(&scene, None).unwrap_err();
    assert!(matches!(told, ExportError::NotSigned { events: 603 }), "{told}");
}

#[test]
fn the_whole_log_names_nobody_and_a_persons_evidence_nobody_else() {
    let scene = Scene::set();
    let all = scene.dir().join("all");
    offline::export(scene.paths(), None, &all, None).unwrap();
    let entries = fs::read(all.join("tile/entries/000")).unwrap();
    assert!(!String::from_utf8_lossy(&entries).contains("doe"));

    let one = scene.dir().join("one");
    let whom = Whom::Email("bravo.doe@corp.example".to_owned());
    let written = offline::export(scene.paths(), None, &one, Some(&whom)).unwrap();
    assert_eq!(written.offboardings, [OffboardingId(2)]);
    let payloads =
        fs::read_dir(one.join("payloads")).unwrap().map(|it| fs::read_to_string(it.unwrap().path()).unwrap());
    let payloads: Vec<String> = payloads.collect();
    assert_eq!(payloads.len() as u64, written.events);
    assert!(payloads.iter().any(|it| it.contains("bravo.doe")) && !payloads.iter().any(|it| it.contains("alfa.doe")));
    let report = fs::read_to_string(one.join("report.txt")).unwrap();
    for said in [
        "ob-2: The person of ob-2 <bravo.doe@corp.example>",
        "verified: status: SUSPENDED",
        "evidence: events 9, 10, 11",
        "call: POST /users/2: 200 after 12 ms  \\u{1b}[2J",
        "event 25  paused, by operator (uid 1000)",
        "reason: HR asks to wait, ",
    ] {
        assert!(report.contains(said), "{said}: {report}");
    }
    assert!(!report.contains('\u{1b}'), "{report}");
}

#[test]
fn an_erased_person_is_still_proved_and_nothing_is_said_of_them() {
    let scene = Scene::set();
    tamper(
        &scene,
        "UPDATE event SET payload = NULL WHERE offboarding = 2; UPDATE subject SET person = NULL, salt = NULL WHERE offboarding = 2",
    );
    let evidence = scene.dir().join("evidence");
    export(&scene, Some(&Whom::Offboarding(OffboardingId(2)))).unwrap();
    assert!(evidence.join("entries/8.json").exists() && !evidence.join("payloads").exists());
    assert!(!fs::read_to_string(evidence.join("report.txt")).unwrap().contains("doe"));
    for checker in crate::checkers::Checkers::find(&scene, &evidence).all() {
        let told = checker.judge(&evidence);
        assert!(told.accepts, "{}: {}", checker.name, told.words);
    }
}

#[test]
fn the_command_says_what_it_wrote_and_exits_as_the_help_says() {
    let scene = Scene::set();
    let evidence = scene.dir().join("evidence");
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nightlatch"));
        command.arg("--state-dir").arg(scene.paths().state_dir()).args(["ledger", "export", "--json", "--to"]);
        command.arg(&evidence).args(more).output().unwrap()
    };
    let ran = run(&["--for", "Bravo.Doe@corp.example"]);
    assert!(ran.status.success(), "{ran:?}");
    let said: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(said["offboardings"], serde_json::json!(["ob-2"]));
    assert_eq!(said["to"], evidence.to_str().unwrap());
    assert_eq!(fs::metadata(&evidence).unwrap().permissions().mode() & 0o7777, 0o700);
    assert_eq!(fs::metadata(evidence.join("salts/ob-2")).unwrap().permissions().mode() & 0o7777, 0o600);

    assert_eq!(run(&[]).status.code(), Some(1), "the directory is not empty");
    fs::remove_dir_all(&evidence).unwrap();
    tamper(&scene, "UPDATE event SET at = at + 1 WHERE seq = 8");
    assert_eq!(run(&[]).status.code(), Some(5), "the log does not hold");
}
