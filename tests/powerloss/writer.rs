//! A small writer of rows, to see that the checker finds what a careless one loses.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::disk::Disk;
use crate::survey::{Found, Tally, survey};
use crate::trace;

const ROWS: u64 = 150;
/// Set for the process that writes: where, and how carefully.
const TASK: &str = "NIGHTLATCH_POWERLOSS_WRITER";

/// Writes rows with this `synchronous`, each acknowledged when it is committed, and cuts the power.
pub(crate) fn cut_off(synchronous: &str, images: u64) -> Tally {
    let dir = tempfile::tempdir().unwrap();
    let (state, traced) = (dir.path().join("state"), dir.path().join("trace"));
    std::fs::create_dir(&state).unwrap();
    // As strace says it: without links.
    let state = state.canonicalize().unwrap();
    let mut strace = Command::new("strace");
    strace.args(trace::OPTIONS).arg("-o").arg(&traced).arg(std::env::current_exe().unwrap()).args([
        "--exact",
        "what_is_written_is_read",
        "--nocapture",
    ]);
    strace.env(TASK, format!("{synchronous} {}", state.display())).stdout(Stdio::null());
    assert!(strace.status().unwrap().success());

    let calls = trace::read(&traced);
    let mut disk = Disk::new(&state);
    disk.follow(&calls, false);
    let told = calls.iter().filter(|call| call.name == "write" && call.holds("acknowledged")).map(|call| call.began);
    let told: Vec<usize> = told.collect();
    assert_eq!(told.len() as u64, ROWS);
    survey(&disk, images, |left, cut| {
        let due = told.partition_point(|at| *at <= cut) as u64;
        match rows(&left.join("rows.db")) {
            Ok(found) if found >= due => Found::Whole,
            Ok(found) => Found::Lost(format!("{} of {due} rows", due - found)),
            Err(error) => Found::Corrupt(error.to_string()),
        }
    })
}

fn rows(path: &Path) -> rusqlite::Result<u64> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(rusqlite::Error::InvalidParameterName(found));
    }
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = 'row'";
    match connection.query_row(table, [], |row| row.get::<_, u64>(0))? {
        0 => Ok(0),
        _ => connection.query_row("SELECT count(*) FROM row", [], |row| row.get(0)),
    }
}

/// In the process that is traced, which is this test binary: writes as it is told. Else: writes somewhere.
pub(crate) fn write_rows() {
    let somewhere = tempfile::tempdir().unwrap();
    let task = std::env::var(TASK).unwrap_or_else(|_| format!("FULL {}", somewhere.path().display()));
    let (synchronous, dir) = task.split_once(' ').unwrap();
    let path = Path::new(dir).join("rows.db");
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.pragma_update(None, "wal_autocheckpoint", 40).unwrap();
    connection.execute_batch("CREATE TABLE row (nth INTEGER PRIMARY KEY, text TEXT)").unwrap();
    for nth in 0..ROWS {
        connection.execute("INSERT INTO row VALUES (?1, ?2)", (nth, "x".repeat(400))).unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "acknowledged {nth}").and_then(|()| out.flush()).unwrap();
    }
    drop(connection);
    assert_eq!(rows(&path), Ok(ROWS));
}
