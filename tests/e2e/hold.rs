//! A legal hold on real sockets: nothing is deleted while it stands, and one person alone does not take it off. Notes and
//! evidence of the same person.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nightlatch::ipc::{ErrorCode, Op, Reply};
use nightlatch::model::{Offboarding, OffboardingId, Phase, StepState};

use crate::harness::{Ran, Scene, Setup, approval, eventually, ord_of};

const FIRST: OffboardingId = OffboardingId(1);
const AGAIN: OffboardingId = OffboardingId(2);
const NOBODY: u32 = 65_534;

/// The deletion waits for consent: nothing else is left to do.
async fn until_asked(scene: &Scene, email: &str) -> Offboarding {
    let asked = |it: &Offboarding| {
        let step = &it.steps[usize::from(ord_of(it, "google.delete-user"))];
        matches!(step.state, StepState::AwaitingApproval { .. })
    };
    scene.until(email, "the question", asked).await
}

/// The engine's files are this user's, and this user runs it: root is the second person.
fn give_to_nobody(dir: &Path) -> Vec<String> {
    let given = Command::new("chown").args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(dir).status().unwrap();
    assert!(given.success());
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(str::to_owned).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_legal_hold_is_deleted_when_two_people_have_lifted_it_and_not_before() {
    let can_be_two = rustix::process::geteuid().is_root()
        && Command::new("setpriv").arg("--version").output().is_ok_and(|it| it.status.success());
    if !can_be_two {
        println!("skipped: needs root and setpriv, to be two people");
        return;
    }
    let mut scene = Scene::set(Setup::default()).await;
    let under = give_to_nobody(scene.dir());
    scene.run_under(under);
    scene.start_engine().await;
    let as_nobody = |arguments: &[&str]| {
        let mut command = scene.command();
        Ran::of(command.uid(NOBODY).gid(NOBODY).args(arguments))
    };
    let leaver = scene.executive();
    // Nothing starts before the hold stands.
    as_nobody(&["pause", "--all", "--reason", "counsel has called"]).said(0, &[]);
    scene.send(&scene.leaves(&leaver.email)).await;
    as_nobody(&["hold", &leaver.email, "--reason", "Doe v. Corp"]).said(0, &["ob-1 is under legal hold"]);
    as_nobody(&["resume", "--all"]).said(0, &[]);
    let cut = |it: &Offboarding| it.cut_at.is_some();
    let seen = scene.until(&leaver.email, "the cut", cut).await;
    let delete = ord_of(&seen, "google.delete-user");
    let step = FIRST.step(delete).to_string();
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    scene.run(&["show", "ob-1"]).said(0, &["legal hold Doe v. Corp", "held by legal hold: Doe v. Corp"]);

    as_nobody(&["hold", "ob-1", "--off"]).said(3, &["nobody has asked to lift"]);
    as_nobody(&["hold", "ob-1", "--off", "--reason", "settled"]).said(0, &["until a second person agrees"]);
    as_nobody(&["hold", "ob-1", "--off"]).said(3, &["you asked to lift it yourself", "a second person has to agree"]);
    scene.kill_engine();
    scene.start_engine().await;
    assert_eq!(scene.show(FIRST).await.steps[usize::from(delete)].state, StepState::Waiting, "it survives a crash");
    scene.run(&["approve", &step, "--confirm", &leaver.login]).said(3, &["it waits for no approval"]);

    scene.run(&["hold", "ob-1", "--off"]).said(0, &["lift asked settled", "is under legal hold no more"]);
    until_asked(&scene, &leaver.email).await;
    assert!(scene.approve_what_waits().await.unwrap() > 0, "nothing was approved");
    scene.until_closed(&leaver.email).await;
    assert!(scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    scene
        .run(&["show", "ob-1", "--timeline"])
        .said(0, &["LEGAL HOLD: Doe v. Corp", "legal hold lifted [root (uid 0)]"]);
    scene.stop_engine();
    scene.proves_its_ledger();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_waits_for_consent_when_the_hold_comes_cannot_be_approved() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let asked = until_asked(&scene, &leaver.email).await;
    let ord = ord_of(&asked, "google.delete-user");
    scene.run(&["hold", "ob-1"]).said(2, &["--reason"]);
    scene.run(&["--read-only", "hold", "ob-1", "--reason", "Doe v. Corp"]).said(3, &["read-only"]);
    scene.run(&["hold", "ob-1", "--reason", "Doe v. Corp"]).said(0, &["ob-1 is under legal hold"]);
    scene.run(&["hold", "ob-1", "--reason", "again"]).said(3, &["under legal hold already"]);
    scene
        .run(&["hold", &leaver.email, "--reason", "again"])
        .said(3, &["is under legal hold already: nothing was done"]);
    scene.run(&["hold", "no.body@corp.example", "--reason", "why"]).said(1, &["was ever offboarded"]);
    let refused = scene.ask(approval(&asked, ord)).await.unwrap_err();
    assert!(refused.code == ErrorCode::Conflict, "{refused}");
    assert!(refused.message.contains("held by legal hold: Doe v. Corp"), "{refused}");
    // Alone, nobody takes it off.
    scene.run(&["hold", "ob-1", "--off", "--reason", "settled"]).said(0, &["until a second person agrees"]);
    scene.run(&["hold", "ob-1", "--off"]).said(3, &["you asked to lift it yourself"]);
    scene.run(&["hold", "ob-1", "--keep", "--reason", "an appeal"]).said(0, &["ob-1 stays under legal hold"]);
    let stale = Op::Hold {
        offboarding: FIRST,
        revision: Some(0),
        change: nightlatch::model::HoldChange::AskLift,
        reason: "settled".to_owned(),
    };
    assert_eq!(scene.ask(stale).await.unwrap_err().code, ErrorCode::Stale);
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_left_memory_is_held_and_noted_and_their_evidence_says_so() {
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| text.replace("[engine]\n", "[engine]\nforget_ended_after_s = 1\n"));
    scene.start_engine().await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    scene.stop_engine();
    scene.start_engine().await;
    assert!(scene.list().await.is_empty(), "it is still in memory");

    scene.run(&["note", "ob-1", "laptop handed in"]).said(0, &["ob-1: noted"]);
    scene.run(&["note", "ob-1", &"x".repeat(10_001)]).said(1, &["10001 bytes, and 10000 are the most"]);
    scene.run(&["note", "ob-9", "who?"]).said(1, &["there is no offboarding ob-9"]);
    scene.run(&["hold", &leaver.email, "--reason", "Doe v. Corp"]).said(0, &["ob-1 is under legal hold"]);
    scene.stop_engine();
    scene.start_engine().await;
    assert_eq!(scene.list().await.len(), 1, "its hold keeps it at hand");
    scene.run(&["show", "ob-1"]).said(0, &["legal hold Doe v. Corp", "note of root", "  laptop handed in"]);
    // Whoever leaves again meanwhile is cut again, and is under the same hold.
    scene.send(&scene.leaves(&leaver.email)).await;
    eventually("the second end", async || {
        let known = scene.ask(Op::Show { offboarding: AGAIN }).await;
        matches!(known, Ok(Reply::Offboarding(it)) if it.phase == Phase::Closed)
    })
    .await;
    let again = scene.show(AGAIN).await;
    assert_eq!(again.legal_hold.unwrap().reason, "the same person as ob-1: Doe v. Corp");

    scene.stop_engine();
    scene.start_engine().await;
    let evidence = match scene.ask(Op::Export { offboarding: FIRST }).await.unwrap() {
        Reply::Evidence(evidence) => evidence,
        other => panic!("{other:?}"),
    };
    let to = Path::new(&evidence.to);
    assert!(to.starts_with(scene.paths.exports()), "{}", to.display());
    assert_eq!(to.metadata().unwrap().mode() & 0o777, 0o700);
    let report = std::fs::read_to_string(to.join("report.txt")).unwrap();
    for said in ["legal hold placed", "reason: Doe v. Corp", "note added", "text: laptop handed in"] {
        assert!(report.contains(said), "{report}");
    }
    scene.proves_its_ledger();
}
