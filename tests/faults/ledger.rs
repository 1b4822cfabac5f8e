//! Whoever has the journal's file can change it: afterwards nothing that reads the log says that it holds.

use std::path::Path;

use crate::harness::{Scene, Setup, eventually};

/// The seat belts go first, as whoever has the file can undo them.
const UNLOCK: &str = "DROP TRIGGER event_is_never_deleted; DROP TRIGGER event_is_never_changed;
                      DROP TRIGGER payload_is_only_erased;";

struct Tampering {
    what: &'static str,
    sql: &'static str,
    /// It is in what an auditor is handed, which is made of the entries alone.
    stops_the_export: bool,
    /// It shows in the signed root over the newest rows, which the engine looks at when it starts.
    stops_the_engine: bool,
}

const ROW: Tampering = Tampering { what: "", sql: "", stops_the_export: true, stops_the_engine: false };

const TAMPERINGS: [Tampering; 6] = [
    Tampering {
        what: "a changed row",
        sql: "UPDATE event SET at = at + 1 WHERE seq = 0",
        stops_the_engine: true,
        ..ROW
    },
    Tampering { what: "a dropped row", sql: "DELETE FROM event WHERE seq = 4", ..ROW },
    Tampering {
        what: "two rows that changed places",
        sql: "UPDATE event SET seq = -1 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = 5;
              UPDATE event SET seq = 5 WHERE seq = -1",
        ..ROW
    },
    Tampering {
        what: "a truncated log",
        sql: "DELETE FROM event WHERE seq > 5; DELETE FROM checkpoint WHERE size > 6",
        stops_the_engine: true,
        ..ROW
    },
    Tampering {
        what: "a changed payload",
        sql: "UPDATE event SET payload = (SELECT payload FROM event WHERE seq = 4) WHERE seq = 3",
        stops_the_export: false,
        ..ROW
    },
    Tampering {
        what: "two checkpoints that changed places",
        sql: "CREATE TEMP TABLE ends AS SELECT min(size) least, max(size) most FROM checkpoint;
              CREATE TEMP TABLE kept AS SELECT size, note FROM checkpoint;
              UPDATE checkpoint SET note = (SELECT note FROM kept, ends WHERE size = most)
               WHERE size = (SELECT least FROM ends);
              UPDATE checkpoint SET note = (SELECT note FROM kept, ends WHERE size = least)
               WHERE size = (SELECT most FROM ends)",
        stops_the_export: false,
        ..ROW
    },
];

fn tamper(journal: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(journal).unwrap();
    connection.execute_batch(&format!("{UNLOCK}{sql}")).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_changed_in_the_file_the_log_does_not_hold() {
    let scene = Scene::running(Setup::default()).await;
    for nth in 0..2 {
        let leaver = scene.employee(nth);
        scene.send(&scene.leaves(&leaver.email)).await;
        scene.until_closed(&leaver.email).await;
        // An end in order signs a checkpoint.
        scene.stop_engine();
        scene.start_engine().await;
    }
    scene.stop_engine();
    scene.proves_its_ledger();
    let (journal, anchor) = (scene.paths.journal(), scene.paths.anchor());
    let whole = [&journal, &anchor].map(|path| std::fs::read(path).unwrap());
    for Tampering { what, sql, stops_the_export, stops_the_engine } in TAMPERINGS {
        tamper(&journal, sql);
        let verified = scene.run(&["ledger", "verify"]);
        assert_eq!(verified.code, 5, "{what}: {verified}");
        if stops_the_export {
            let evidence = scene.dir().join("evidence");
            let exported = scene.run(&["ledger", "export", "--to", evidence.to_str().unwrap()]);
            assert_eq!((exported.code, evidence.exists()), (5, false), "{what}: {exported}");
        }
        if stops_the_engine {
            // It comes up, says so, and starts nothing until a person has looked.
            let told = scene.sandbox.alerts().slack.len();
            scene.start_engine().await;
            eventually("the alert", async || scene.sandbox.alerts().slack.len() > told).await;
            let alert = scene.sandbox.alerts().slack.last().unwrap().body.to_string();
            assert!(alert.contains("CRITICAL") && alert.contains("resume --all"), "{what}: {alert}");
            scene.run(&["resume", "--all"]).said(0, &["the engine runs again"]);
            scene.stop_engine();
        }
        for ending in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", journal.display()));
        }
        for (path, bytes) in [&journal, &anchor].into_iter().zip(&whole) {
            std::fs::write(path, bytes).unwrap();
        }
        scene.proves_its_ledger();
    }
}
