//! Exported evidence, judged by verifiers that are not ours: the true copy is accepted, a changed one is refused.
//!
//! Go and Python are used where they are; where not, it is said. `NIGHTLATCH_PYTHON` names a Python, 3.12 or later, with
//! aics-tlog: `.ci/run` makes one.

#![expect(clippy::unwrap_used, reason = "a test: what fails here fails it")]
#![expect(clippy::print_stdout, reason = "why a verifier was skipped is for who reads the run")]

#[path = "verifiers/checkers.rs"]
mod checkers;
#[path = "verifiers/forgeries.rs"]
mod forgeries;
#[path = "verifiers/journal.rs"]
mod journal;
#[path = "verifiers/refusals.rs"]
mod refusals;

use std::fs;
use std::path::Path;
use std::process::Command;

use nightlatch::daemon::offline::{self, Whom};
use nightlatch::model::OffboardingId;

use checkers::Checkers;
use forgeries::Forgery;
use journal::Scene;

/// What every verifier has to see through, whatever else it does.
const ALWAYS: [&str; 3] = ["a changed byte in an entry", "a dropped entry", "two checkpoints that changed places"];

/// Exports, and lets every verifier judge the true copy and each forged one.
fn judge(whom: Option<&Whom>, forgeries: &[Forgery]) {
    let scene = Scene::set();
    let evidence = scene.dir().join("evidence");
    offline::export(scene.paths(), None, &evidence, whom).unwrap();
    let checkers = Checkers::find(&scene, &evidence);
    for checker in checkers.all() {
        let told = checker.judge(&evidence);
        assert!(told.accepts, "{} refuses the true copy: {}", checker.name, told.words);
    }
    assert!(ALWAYS.iter().all(|name| forgeries.iter().any(|forgery| forgery.name == *name)));
    for forgery in forgeries {
        let copy = scene.dir().join("copy");
        copy_all(&evidence, &copy);
        (forgery.forge)(&copy, &scene);
        for checker in checkers.all() {
            let told = checker.judge(&copy);
            assert!(!told.accepts, "{} accepts {}: {}", checker.name, forgery.name, told.words);
            println!("{}, {}: {}", forgery.name, checker.name, told.words.lines().last().unwrap_or_default());
        }
        fs::remove_dir_all(&copy).unwrap();
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_whole_log_is_accepted_as_it_is_and_refused_when_changed() {
    judge(None, &forgeries::of_the_log());
}

#[test]
fn a_persons_evidence_is_accepted_as_it_is_and_refused_when_changed() {
    judge(Some(&Whom::Offboarding(OffboardingId(2))), &forgeries::of_a_person());
}

#[test]
fn the_commands_of_verify_md_run_as_they_stand() {
    let scene = Scene::set();
    for (name, whom) in [("all", None), ("one", Some(Whom::Email("bravo.doe@corp.example".to_owned())))] {
        let evidence = scene.dir().join(name);
        offline::export(scene.paths(), None, &evidence, whom.as_ref()).unwrap();
        let checkers = Checkers::find(&scene, &evidence);
        let how = fs::read_to_string(evidence.join("VERIFY.md")).unwrap();
        assert!(!how.contains("{{"), "{how}");
        let (_, rest) = how.split_once("```sh\n").unwrap();
        let (commands, _) = rest.split_once("```").unwrap();
        assert!(commands.lines().count() <= 5, "{commands}");
        let stock = ["KEY=", "sha256sum ", "GO111MODULE=", "python3 ", "grep "];
        assert!(commands.lines().all(|line| stock.iter().any(|it| line.starts_with(it))), "{commands}");
        // As they stand, but for those whose program is not here.
        let script: Vec<&str> = commands.lines().filter(|line| checkers.knows(line)).collect();
        let mut shell = Command::new("sh");
        shell.args(["-euc", &script.join("\n")]).env("PATH", checkers.path(&scene));
        let ran = shell.current_dir(&evidence).output().unwrap();
        assert!(ran.status.success(), "{script:?}: {ran:?}");
    }
}

#[test]
fn a_checkpoint_that_the_auditor_kept_shows_a_log_that_was_exchanged() {
    let scene = Scene::set();
    let (evidence, kept) = (scene.dir().join("evidence"), scene.dir().join("kept"));
    offline::export(scene.paths(), None, &evidence, None).unwrap();
    let signer = scene.signer();
    // Each signed with the true key: what the owner of the host could have done.
    let cases = [
        ("the true one", fs::read_to_string(evidence.join("checkpoint.prev")).unwrap(), true),
        ("the last one", fs::read_to_string(evidence.join("checkpoint")).unwrap(), true),
        ("of another history", signer.sign(299, [7; 32]), false),
        ("of another history, as long", signer.sign(journal::SIGNED, [7; 32]), false),
        ("of a longer log", signer.sign(journal::SIGNED + 1, [7; 32]), false),
    ];
    let checkers = Checkers::find(&scene, &evidence);
    for (name, note, holds) in cases {
        fs::write(&kept, note).unwrap();
        for checker in checkers.all() {
            let Some(told) = checker.judge_against(&evidence, &kept) else { continue };
            assert_eq!(told.accepts, holds, "{}, {name}: {}", checker.name, told.words);
        }
    }
}
