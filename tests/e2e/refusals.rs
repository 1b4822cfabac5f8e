//! What cannot be: refused with what happened, where, and what to do about it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nightlatch::ipc::{Client, ErrorCode, Op};
use nightlatch::model::{Offboarding, Phase, StepState};

use crate::harness::{BINARY, Ran, Scene, Setup, approval, eventually, ord_of};
use crate::terminal::Terminal;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_with_a_fault_starts_no_engine_and_names_the_line() {
    let scene = Scene::set(Setup::default()).await;
    let good = std::fs::read_to_string(&scene.config).unwrap();
    let line_of = |text: &str, part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;

    scene.edit_config(|text| text.replace("max_connections = 1024", "max_conections = 1024"));
    let line = line_of(&std::fs::read_to_string(&scene.config).unwrap(), "max_conections");
    scene.run(&["engine"]).said(1, &[&format!("config.toml:{line}:"), "max_conections", "max_connections"]);

    let secret = "xoxp-in-clear-4711";
    std::fs::write(&scene.config, &good).unwrap();
    scene.edit_config(|text| {
        let slack = text.split("type = \"slack\"\n").nth(1).unwrap().lines().next().unwrap().to_owned();
        text.replace(&slack, &format!("token = \"{secret}\""))
    });
    let line = line_of(&std::fs::read_to_string(&scene.config).unwrap(), secret);
    let told = scene.run(&["engine"]);
    told.said(1, &[&format!("config.toml:{line}:"), "connectors.slack.token", "in clear", "env:NAME"]);
    assert!(!format!("{told}").contains(secret), "{told}");
    let told = scene.run(&["engine", "--json"]);
    assert!(!format!("{told}").contains(secret), "{told}");

    std::fs::write(&scene.config, &good).unwrap();
    set_mode(&scene.config, 0o666);
    scene.run(&["engine"]).said(1, &["everybody may write it", "chmod o-w"]);
    assert!(!scene.paths.journal().exists(), "an engine that cannot run leaves no journal behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_others_can_read_stops_its_connector_alone_and_the_check_says_what_to_do() {
    let scene = Scene::set(Setup::default()).await;
    let secret = scene.dir().join("secrets/slack-token");
    set_mode(&secret, 0o644);
    scene.start_engine().await;
    let cure = format!("chmod 600 {}", secret.display());
    scene.run(&["check"]).said(1, &["slack", &cure]);
    let probes = scene.run(&["check", "--json"]).json();
    for probe in probes.as_array().unwrap() {
        let is_slack = probe["connector"] == "slack";
        assert_eq!(probe["message"].as_str().unwrap().contains(&cure), is_slack, "{probe}");
        assert_eq!(probe["health"] == "down" || probe["health"] == "locked", is_slack, "{probe}");
    }
    // Asked for a person, each says which account it would cut, and nothing is done.
    let leaver = scene.employee(0);
    let told = scene.run(&["check", "--person", &leaver.email, "--json"]).json();
    let of = |name: &str| told.as_array().unwrap().iter().find(|it| it["connector"] == name).unwrap()["person"].clone();
    assert_eq!(of("google")["found"]["label"], leaver.email, "{told}");
    assert!(of("slack")["failed"]["reason"].as_str().unwrap().contains(&cure), "{told}");
    // That Slack's secret is of no use has been told to whom it concerns: that is all.
    let is_alert = |vendor: &str| ["pagerduty", "hooks"].contains(&vendor);
    let done: Vec<_> =
        scene.sandbox.calls().into_iter().filter(|call| call.executed && !is_alert(&call.vendor)).collect();
    assert!(done.is_empty(), "{done:?}");
    scene.run(&["list", "--all"]).said(0, &["No offboarding to show"]);
    // The others cut access meanwhile, and the cure works without a restart.
    scene.send(&scene.leaves(&leaver.email)).await;
    let waits = |it: &Offboarding| {
        it.steps[usize::from(ord_of(it, "slack.deactivate"))].extra.held_up_since.is_some() && it.cut_at.is_none()
    };
    let stuck = scene.until(&leaver.email, "slack's steps to wait for the secret", waits).await;
    assert!(!stuck.steps.iter().any(|step| step.state.needs_attention()), "it waits, and fails nothing");
    scene.run(&["list"]).said(0, &["held up by slack", &cure]);
    set_mode(&secret, 0o600);
    // It is tried by itself within a minute or so; a person who has mended it need not wait.
    eventually("the end", async || {
        let _again = scene.run(&["retry", "--all-failed", &stuck.id.to_string()]);
        scene.offboarding_of(&leaver.email).await.phase == Phase::Closed
    })
    .await;
    assert!(scene.is_dead(&leaver.email));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_engine_and_a_taken_port_are_refused_with_who_has_it() {
    let scene = Scene::running(Setup::default()).await;
    let pid = scene.client().await.welcome().pid;
    scene.run(&["engine"]).said(1, &["an engine runs already", &format!("pid {pid}"), "nightlatch stop"]);
    // It did no harm to the first.
    assert_eq!(scene.client().await.welcome().pid, pid);
    scene.stop_engine();
    scene.run(&["list"]).said(4, &["no engine listens at", "nightlatch engine"]);
    let told = scene.run(&["list", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&told.stderr).unwrap()["error"]["code"], "no_engine");

    let _taken = TcpListener::bind(scene.intake).unwrap();
    let told = scene.run(&["engine"]);
    told.said(1, &[&scene.intake.to_string(), "another program has it", "intake.listen"]);
    assert!(!scene.paths.socket().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_is_newer_or_damaged_is_refused_and_left_alone() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    scene.until_closed(&leaver.email).await;
    scene.stop_engine();
    let journal = scene.paths.journal();
    let good = std::fs::read(&journal).unwrap();

    // SQLite's header has `user_version`, which is our schema's number, at 60 (sqlite.org/fileformat2.html).
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&journal, &newer).unwrap();
    scene.run(&["engine"]).said(3, &["newer Nightlatch (schema 99", "nothing was changed", "--state-dir"]);
    assert!(std::fs::read(&journal).unwrap() == newer, "the journal was changed");

    let mut damaged = good.clone();
    damaged[4_096..8_192].fill(0xa5);
    std::fs::write(&journal, &damaged).unwrap();
    scene.run(&["engine"]).said(3, &["journal.db is damaged", "Put the last backup in its place", "journal.db-wal"]);
    assert!(std::fs::read(&journal).unwrap() == damaged, "the journal was changed");

    std::fs::write(&journal, &good).unwrap();
    scene.start_engine().await;
    assert_eq!(scene.list().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_may_not_is_refused_and_what_they_saw_counts() {
    let scene = Scene::running(Setup::default()).await;
    // Read-only.
    let told = scene.run(&["--read-only", "pause", "--all", "--reason", "a look around"]);
    told.said(3, &["read-only", "nothing was done"]);
    scene.run(&["--read-only", "list"]).said(0, &[]);

    // Who asked for it does not approve it.
    let own = scene.executive();
    scene.run(&["leaver", "add", &own.email, "--executive", "--no-lookup"]).said(0, &["ob-1"]);
    let waiting = scene
        .until(&own.email, "the question", |it| {
            let step = &it.steps[usize::from(ord_of(it, "google.delete-user"))];
            matches!(step.state, StepState::AwaitingApproval { .. })
        })
        .await;
    let ord = ord_of(&waiting, "google.delete-user");
    let step = waiting.id.step(ord).to_string();
    let told = scene.run(&["approve", &step, "--confirm", &own.login]);
    told.said(3, &["you asked for ob-1 yourself", "another person has to approve"]);
    scene
        .run(&["approve", &step, "--confirm", "somebody.else"])
        .said(3, &["is not the login of", "nothing was approved"]);
    scene.run(&["approve", &step]).said(2, &["nobody can be asked to confirm here", "--confirm"]);
    assert!(!scene.sandbox.truth(&own.email).unwrap().google.deleted);

    // A screen that is out of date changes nothing.
    let mut stale = approval(&waiting, ord);
    if let Op::Approve { revision: Some(revision), .. } = &mut stale {
        *revision -= 1;
    }
    let refused = scene.ask(stale).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Stale, "{refused}");
    // The engine compares the login itself, whatever a client has asked for.
    let mut mistyped = approval(&waiting, ord);
    if let Op::Approve { typed, .. } = &mut mistyped {
        typed.push('x');
    }
    let refused = scene.ask(mistyped).await.unwrap_err();
    assert!(refused.code == ErrorCode::Invalid && refused.message.contains("type the leaver's login"), "{refused}");
    let mut other = approval(&waiting, ord);
    if let Op::Approve { plan_digest, .. } = &mut other {
        *plan_digest = "0".repeat(plan_digest.len());
    }
    assert_eq!(scene.ask(other).await.unwrap_err().code, ErrorCode::Stale);

    let mut asked = Terminal::run(&scene, &["reject", &step, "--reason", "stays"], 100, 30);
    assert_eq!(asked.ends(), 0);
    scene.run(&["approve", &step, "--confirm", &own.login]).said(3, &["it waits for no approval"]);
    scene.run(&["approve", "ob-1/99", "--confirm", &own.login]).said(1, &["there is no ob-1/99"]);
    scene.run(&["show", "ob-99"]).said(1, &["there is no offboarding ob-99", "nightlatch history"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_typed_too_late_is_stale() {
    let scene = Scene::running(Setup::default()).await;
    let leaver = scene.executive();
    scene.send(&scene.leaves(&leaver.email)).await;
    let waits = |state: &StepState| matches!(state, StepState::AwaitingApproval { .. });
    let waiting = scene
        .until(&leaver.email, "the question", |it| {
            waits(&it.steps[usize::from(ord_of(it, "google.delete-user"))].state)
        })
        .await;
    let ord = ord_of(&waiting, "google.delete-user");
    let step = waiting.id.step(ord).to_string();
    let mut terminal = Terminal::run(&scene, &["approve", &step], 100, 40);
    terminal.sees(&["Type the leaver's login to confirm:", "google.delete-user"]);
    // Meanwhile somebody else declines it.
    scene.run(&["reject", &step, "--reason", "the data is needed"]).said(0, &["will not run"]);
    terminal.press(&format!("{}\r", leaver.login));
    assert_eq!(terminal.ends(), 3, "{}", terminal.screen());
    assert!(terminal.screen().contains("has changed since you looked"), "{}", terminal.screen());
    assert!(terminal.screen().contains("look again"), "{}", terminal.screen());
    assert!(!scene.sandbox.truth(&leaver.email).unwrap().google.deleted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_users_client_is_refused_by_the_file_system_and_by_the_engine() {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root, to become another user");
        return;
    }
    let scene = Scene::running(Setup::default()).await;
    // Where the other user can run it, wherever this was built.
    let public = tempfile::tempdir().unwrap();
    set_mode(public.path(), 0o755);
    let program = public.path().join("nightlatch");
    std::fs::copy(BINARY, &program).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.uid(NOBODY).gid(NOBODY).current_dir("/").env("HOME", public.path());
        command.arg("--state-dir").arg(scene.paths.state_dir()).args(arguments);
        Ran::of(&mut command)
    };
    as_nobody(&["list"]).said(1, &["engine.sock", "belongs to another user", "--state-dir"]);
    // Even where the doors were left open, the kernel's word for who is there counts.
    set_mode(scene.dir(), 0o755);
    set_mode(scene.paths.state_dir(), 0o755);
    set_mode(scene.paths.socket(), 0o666);
    as_nobody(&["list"]).said(1, &["refused the connection", "belongs to another user", "--state-dir"]);
    as_nobody(&["pause", "--all", "--reason", "mischief"]).said(1, &["refused the connection"]);
    assert!(scene.log().contains("a connection of nobody (uid 65534) was refused"), "{}", scene.log());
    assert!(Client::connect(scene.paths.socket(), false).await.is_ok(), "its owner is served all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_is_not_answered_by_an_engine_that_has_read_another_configuration() {
    let scene = Scene::running(Setup::default()).await;
    scene.run(&["check"]).said(0, &["slack"]);
    scene.edit_config(|text| text.replace("[connectors.slack]", "[connectors.chat]"));
    scene.run(&["check"]).said(1, &["has changed since", "nightlatch stop"]);
    // A cut is not held up by it, and tells of it.
    let person = scene.employee(1).email;
    scene.run(&["leaver", "add", &person]).said(0, &["warning", "has changed since"]);
    scene.stop_engine();
    scene.start_engine().await;
    scene.run(&["check"]).said(0, &["chat"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_whom_no_system_knows_is_not_told_as_cut() {
    let scene = Scene::running(Setup::default()).await;
    scene.run(&["leaver", "add", "afla.deo@corp.example", "--no-lookup"]).said(0, &["ob-1"]);
    let closed = scene.until_closed("afla.deo@corp.example").await;
    assert!(closed.is_known_nowhere());
    let told = scene.run(&["show", "ob-1"]);
    told.said(0, &["no system has an account of this person"]);
    assert!(!told.to_string().contains("\ncut "), "{told}");
}
