//! Several people at one engine, each with a role: the engine holds everybody to theirs, whatever their console offers.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nightlatch::model::{Actor, StepState};

use crate::harness::{BINARY, Ran, Scene, Setup, ord_of};

/// User and group ids that no machine gives to anybody.
const VIEWER: (u32, u32) = (64_101, 64_101);
const OPERATOR: (u32, u32) = (64_102, 64_200);
const APPROVER: (u32, u32) = (64_103, 64_103);
const STRANGER: (u32, u32) = (64_104, 64_104);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_held_to_their_role_by_the_engine() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root, to be several people");
        return;
    }
    let door = tempfile::tempdir().unwrap();
    std::fs::set_permissions(door.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let socket = door.path().join("operators.sock");
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| {
        let socket = socket.display();
        format!("{text}\n[access]\nsocket = \"{socket}\"\nviewers = [\"64101\"]\noperators = [\"@64200\"]\napprovers = [\"64103\"]\n")
    });
    scene.start_engine().await;
    // Where the others can run it, wherever this was built.
    let program = door.path().join("nightlatch");
    std::fs::copy(BINARY, &program).unwrap();
    let by = |(uid, gid): (u32, u32), arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.uid(uid).gid(gid).env("LC_ALL", "C.UTF-8").env("HOME", door.path()).current_dir("/");
        Ran::of(command.arg("--socket").arg(&socket).args(arguments))
    };
    let leaver = scene.executive();

    by(STRANGER, &["list"]).said(1, &["no role is given to uid-64104 (uid 64104)", "[access]"]);
    assert!(scene.log().contains("uid-64104"), "a stranger is noted:\n{}", scene.log());
    by(VIEWER, &["list"]).said(0, &[]);
    by(VIEWER, &["leaver", "add", &leaver.email]).said(3, &["needs the role operator", "is viewer here"]);
    by(OPERATOR, &["leaver", "add", &leaver.email]).said(0, &[]);
    let asked = scene
        .until(&leaver.email, "the question", |it| {
            let step = &it.steps[usize::from(ord_of(it, "google.delete-user"))];
            matches!(step.state, StepState::AwaitingApproval { .. })
        })
        .await;
    assert!(matches!(asked.requester, Actor::Operator { uid: 64_102, .. }), "{:?}", asked.requester);
    let step = asked.id.step(ord_of(&asked, "google.delete-user")).to_string();
    let approve = ["approve", &step, "--confirm", &leaver.login];

    by(VIEWER, &approve).said(3, &["needs the role approver", "is viewer here"]);
    by(OPERATOR, &approve).said(3, &["needs the role approver", "is operator here"]);
    by(OPERATOR, &["reject", &step, "--reason", "no"]).said(3, &["needs the role approver"]);
    by(APPROVER, &["approve", &step, "--confirm", "somebody.else"]).said(3, &[]);
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
    by(APPROVER, &approve).said(0, &[]);
    scene
        .until(&leaver.email, "the deletion", |it| {
            matches!(it.steps[usize::from(ord_of(it, "google.delete-user"))].state, StepState::Done { .. })
        })
        .await;
    assert!(scene.sandbox.truth(&leaver.email).unwrap().google.deleted);

    let id = asked.id.to_string();
    by(OPERATOR, &["hold", &id, "--reason", "Doe v. Corp"]).said(0, &[]);
    by(OPERATOR, &["hold", &id, "--off", "--reason", "settled"]).said(0, &["until a second person agrees"]);
    by((64_105, 64_200), &["hold", &id, "--off"]).said(3, &["needs the role approver"]);
    by(APPROVER, &["hold", &id, "--off"]).said(0, &["is under legal hold no more"]);
    by(APPROVER, &["stop"]).said(3, &["needs the role owner", "is approver here"]);
    scene.stop_engine();
    assert!(!socket.exists(), "the door goes with the engine");
}
