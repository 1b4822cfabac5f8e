//! A disk that is slow, full or broken: nothing that was accepted is lost, and nothing is done that cannot be written.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::crash::rule::{self, Answer, Class, Point};
use crate::crash::stage::Stage;
use crate::crash::taken_over;
use crate::harness::{Scene, Setup, eventually};

/// `EX_IOERR` of sysexits.h: what the engine ends with when the disk fails.
const DISK_FAILED: i32 = 74;

/// The first commit says that the engine runs, the second holds the intents, the third has outcomes in it. 13 is
/// SQLite's code of a full disk; without a number the fsync fails.
const FAILURES: [(Point, &str, &str); 4] = [
    (Point::BeforeIntent, "commit=1*off->return", "disk I/O error"),
    (Point::BeforeIntent, "commit=1*off->return(13)", "database or disk is full"),
    (Point::BeforeOutcome, "commit=2*off->return", "disk I/O error"),
    (Point::BeforeOutcome, "commit=2*off->return(13)", "database or disk is full"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_ends_the_engine_at_once_and_the_next_one_knows_what_it_may_do() {
    for (point, failpoints, words) in FAILURES {
        let stage = Stage::set(Answer::Ok).await;
        let doomed = stage.engine(failpoints);
        stage.answers().await;
        let said = stage.somebody_leaves().await;
        let status = doomed.ends().await;
        assert_eq!(status.code(), Some(DISK_FAILED), "{failpoints}: {status}\n{}", stage.log());
        let log = stage.log();
        assert!(log.contains("the journal cannot be written, the engine ends at once") && log.contains(words), "{log}");
        // No second try at a failed commit: of an intent that was not written, neither a vendor nor the operator heard.
        let asked: usize = Class::ALL.iter().map(|class| stage.vendor.seat(*class).asked).sum();
        match point {
            Point::BeforeIntent => assert!(said.is_err() && asked == 0, "{asked} calls without an intent; {said:?}"),
            _ => assert_eq!(asked, Class::ALL.len()),
        }
        let fates = taken_over(&stage).await;
        assert_eq!(fates, Class::ALL.map(|class| rule::due(point, class, Answer::Ok)), "{failpoints}");
    }
}

/// What strace makes of the system calls on the journal's WAL from now on, and where the next engine then finds itself:
/// a commit whose fsync failed can be read all the same, as long as the machine is up.
const INJECTIONS: [(&str, &[Point]); 3] = [
    ("fsync,fdatasync:error=EIO", &[Point::AfterIntent]),
    ("pwrite64:error=ENOSPC", &[Point::BeforeIntent]),
    ("fsync,fdatasync:error=EIO:when=2+", &[Point::BeforeOutcome, Point::AfterOutcome]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_system_call_that_fails_is_as_fatal_as_a_failpoint() {
    for (injection, points) in INJECTIONS {
        let stage = Stage::set(Answer::Ok).await;
        let doomed = stage.engine("");
        stage.answers().await;
        let wal = stage.paths.journal().with_extension("db-wal");
        let mut strace = match inject(doomed.id(), &wal, injection) {
            Ok(strace) => strace,
            Err(why) => return println!("skipped: needs strace, allowed to look at its own user's processes ({why})"),
        };
        let said = stage.somebody_leaves().await;
        let status = doomed.ends().await;
        strace.wait().unwrap();
        assert_eq!(status.code(), Some(DISK_FAILED), "{injection}: {status}\n{}", stage.log());
        if !points.contains(&Point::AfterOutcome) {
            let asked: usize = Class::ALL.iter().map(|class| stage.vendor.seat(*class).asked).sum();
            assert!(said.is_err() && asked == 0, "{injection}: {asked} calls, {said:?}");
        }
        for (class, fate) in Class::ALL.into_iter().zip(taken_over(&stage).await) {
            let due: Vec<_> = points.iter().map(|point| rule::due(*point, class, Answer::Ok)).collect();
            assert!(due.contains(&fate), "{injection}, {class:?}: {fate:?} is none of {due:?}");
        }
    }
}

/// Attaches strace to this process; or says why it cannot.
fn inject(pid: u32, path: &Path, injection: &str) -> Result<Child, String> {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-P"]).arg(path).args(["-e", &format!("inject={injection}")]);
    let child = command.args(["-p", &pid.to_string()]).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while told.read_line(&mut line).is_ok_and(|read| read > 0) {
        if line.contains("attached") {
            // Whatever it says later must not fill the pipe.
            std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
            return Ok(child);
        }
    }
    let _ = child.wait();
    Err(line.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_people_are_taken_and_nothing_starts_until_there_is_room() {
    let scene = Scene::set(Setup::default()).await;
    let leaver = scene.employee(0);
    scene.edit_config(|text| text.replace("[engine]\n", "[engine]\ndisk_floor_mib = 999999999\n"));
    scene.start_engine().await;
    eventually("the hold", async || scene.log().contains("the disk is nearly full: no act starts")).await;
    scene.send(&scene.leaves(&leaver.email)).await;
    let waiting = scene.offboarding_of(&leaver.email).await;
    assert!(waiting.steps.iter().all(|step| step.attempt == 0));
    scene.stop_engine();
    assert!(scene.sandbox.calls().iter().all(|call| call.kind == "read"));
    scene.edit_config(|text| text.replace("disk_floor_mib = 999999999\n", ""));
    scene.start_engine().await;
    scene.until_closed(&leaver.email).await;
    assert!(scene.is_dead(&leaver.email));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_turns_webhooks_away_beyond_the_queue_and_loses_none_that_it_took() {
    const LEAVERS: usize = 24;
    let scene = Arc::new(Scene::set(Setup::default()).await);
    scene.edit_config(|text| text.replace("max_connections = 1024", "max_connections = 8"));
    scene.fail_at("commit=sleep(2000)");
    scene.start_engine().await;
    let leavers: Vec<String> = scene.sandbox.people().iter().take(LEAVERS).map(|it| it.email.clone()).collect();
    let mut sending = JoinSet::new();
    for email in &leavers {
        let (scene, webhook) = (Arc::clone(&scene), scene.leaves(email));
        sending.spawn(async move {
            let mut turned_away = 0;
            loop {
                match scene.post(&webhook).await {
                    Ok((200, _)) => return turned_away,
                    Ok((503, _)) => turned_away += 1,
                    Ok((status, answer)) => panic!("{status} {answer}"),
                    // Closed by the full engine before the whole request was out.
                    Err(_) => {}
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }
    let turned_away: usize = sending.join_all().await.into_iter().sum();
    // The disk has answered for all of them by now: what comes is a kill in the midst of the next commits.
    scene.kill_engine();
    assert!(turned_away > 0, "nobody was turned away: the disk was not slow enough");
    scene.fail_at("");
    scene.start_engine().await;
    let known: Vec<String> = scene.list().await.into_iter().map(|it| it.email).collect();
    assert_eq!(known.len(), LEAVERS, "each of them once: {known:?}");
    assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), leavers.iter().cloned().collect());
    eventually("everybody's end", async || {
        scene.approve_what_waits().await.unwrap();
        scene.list().await.iter().all(|it| it.ended_at.is_some())
    })
    .await;
    assert!(leavers.iter().all(|email| scene.is_dead(email)));
}
