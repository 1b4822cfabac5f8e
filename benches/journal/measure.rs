//! The figures, each with its goal.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use nightlatch::ipc::Client;
use nightlatch::ledger::{Anchor, Hash, Head, Keyed, Salt, Tree, Verifier, proof};
use nightlatch::model::{Envelope, Fleet, OffboardingId, Search};
use nightlatch::paths::Paths;
use nightlatch::store::{Archive, Batch, Journal, Reader, Row, Writer, audit, rows};

use crate::firm;
use crate::years::{self, Years};

/// So many events share a commit.
const TOGETHER: usize = 256;

/// Rows of figure, measured, goal.
pub(crate) struct Table(Vec<[String; 3]>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(vec![["figure", "measured", "goal"].map(str::to_owned)])
    }

    fn row(&mut self, figure: impl Into<String>, measured: impl Into<String>, goal: &str) {
        self.0.push([figure.into(), measured.into(), goal.to_owned()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, [figure, measured, goal]) in self.0.iter().enumerate() {
            writeln!(f, "| {figure:<58} | {measured:>22} | {goal:>10} |")?;
            if number == 0 {
                writeln!(f, "|{:-<60}|{:-<24}|{:-<12}|", "", "", "")?;
            }
        }
        Ok(())
    }
}

/// Median and maximum of what `ask` takes, asked `times` times.
fn times(times: u64, mut ask: impl FnMut(u64)) -> String {
    let mut took: Vec<Duration> = (0..times)
        .map(|n| {
            let begun = Instant::now();
            ask(n);
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |it: Duration| it.as_secs_f64() * 1_000.0;
    format!("{:.2} ms, max {:.2} ms", ms(took[took.len() / 2]), ms(took[took.len() - 1]))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn growth(years: &Years, table: &mut Table) {
    let bytes = std::fs::metadata(years.journal()).unwrap().len() as f64;
    let megabytes = bytes / (1024.0 * 1024.0);
    table.row("the journal on disk", format!("{megabytes:.0} MiB"), "");
    table.row(
        "an offboarding of 30 steps on disk",
        format!("{:.1} KiB", bytes / 1024.0 / years.people as f64),
        "64 KiB",
    );
}

struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A state directory with copies of these files, and a configuration beside it.
fn state_of(years: &Years, folder: &Path) -> Paths {
    let paths = Paths::new(Some(&folder.join("state"))).unwrap();
    paths.prepare().unwrap();
    for file in ["journal.db", "ledger.key", "ledger.anchor"] {
        std::fs::copy(years.dir.join(file), paths.state_dir().join(file)).unwrap();
    }
    let sections: Vec<String> =
        years::SECTIONS.iter().map(|(id, keys)| format!("[connectors.{id}]\n{keys}\n")).collect();
    std::fs::write(
        folder.join("config.toml"),
        format!(
            "[engine]\norigin = 'corp.example/nightlatch'\n[intake]\nlisten = '127.0.0.1:0'\n{}",
            sections.concat()
        ),
    )
    .unwrap();
    paths
}

/// From exec to a socket that answers.
pub(crate) fn starts(years: &Years, table: &mut Table) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir_in(&years.dir).unwrap();
    let mut all = Vec::new();
    for _ in 0..5 {
        let paths = state_of(years, folder.path());
        let begun = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_nightlatch"))
            .arg("--state-dir")
            .arg(paths.state_dir())
            .arg("--config")
            .arg(folder.path().join("config.toml"))
            .arg("engine")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut engine = Engine(child);
        runtime.block_on(async {
            while Client::connect(paths.socket(), false).await.is_err() {
                assert!(
                    engine.0.try_wait().unwrap().is_none(),
                    "the engine ended: {}",
                    std::fs::read_to_string(folder.path().join("log")).unwrap()
                );
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        all.push(begun.elapsed());
        drop(engine);
        std::fs::remove_dir_all(paths.state_dir()).unwrap();
    }
    all.sort_unstable();
    let told = format!("{:.2} s, max {:.2} s", all[2].as_secs_f64(), all[4].as_secs_f64());
    table.row(format!("start, with {} open steps: exec to an answer", years.open_steps), told, "2 s");
}

pub(crate) fn questions(years: &Years, table: &mut Table) {
    const PAGE: usize = 50;
    let reader = Reader::open(&years.journal()).unwrap();
    let mut archive = Archive::default();
    let search = |text: &str| Search::parse(text, &TimeZone::UTC).unwrap();
    let somebody = |n: u64| years::leaver(firm::hash(&n.to_string()) % years.people);
    let goal = "20 ms";
    let begun = Instant::now();
    archive.search(&reader, &search(""), None, PAGE).unwrap();
    let took = format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1_000.0);
    table.row(format!("the first search after a start, of {} people", years.people), took, "");
    // As the engine answers: the ids, and the rows of them.
    let mut ask = |what: &str, query: &dyn Fn(u64) -> String| {
        let took = times(100, |n| {
            let found = archive.search(&reader, &search(&query(n)), None, PAGE).unwrap();
            assert!(!found.ids.is_empty(), "{}", query(n));
            for id in found.ids {
                let offboarding = reader.offboarding(id).unwrap().unwrap();
                assert_eq!(reader.events_of_since(offboarding.id, u64::MAX >> 1).unwrap(), 0);
            }
        });
        table.row(format!("history by {what}"), took, goal);
    };
    ask("e-mail", &|n| somebody(n).email);
    ask("employee id", &|n| somebody(n).employee_id.unwrap());
    ask("the beginning of a name, a page of 50", &|n| somebody(n).name.split(' ').next().unwrap().to_owned());
    ask("name and year", &|n| format!("{} after:2000 before:2100", somebody(n).email));
    let took = times(1, |_| {
        assert!(archive.search(&reader, &search("conn:nosuch"), None, PAGE).unwrap().ids.is_empty());
    });
    table.row("history by a system that nobody had, plans read", took, "");
    let took = times(20, |_| {
        assert!(archive.search(&reader, &search("conn:nosuch"), None, PAGE).unwrap().ids.is_empty());
    });
    table.row("the same again", took, goal);
    let took = times(100, |n| {
        let id = OffboardingId(1 + firm::hash(&n.to_string()) % years.people);
        assert!(reader.timeline(id, None).unwrap().len() > 30);
    });
    table.row("everything that happened in one offboarding", took, goal);
    let took = times(100, |n| {
        let id = OffboardingId(1 + firm::hash(&n.to_string()) % years.people);
        assert!(reader.chapter(id, None, 500).unwrap().events.len() > 30);
    });
    table.row("opening a person's whole timeline", took, "50 ms");
}

/// A search among a hundred thousand people: their rows alone, without the journal behind them.
pub(crate) fn crowd(years: &Years, table: &mut Table) {
    const PEOPLE: u64 = 100_000;
    let folder = tempfile::tempdir_in(&years.dir).unwrap();
    let path = folder.path().join("journal.db");
    drop(Journal::open(&path).unwrap());
    years::people(&path, PEOPLE);
    let reader = Reader::open(&path).unwrap();
    let mut archive = Archive::default();
    let search = |text: &str| Search::parse(text, &TimeZone::UTC).unwrap();
    let before = resident_bytes();
    let begun = Instant::now();
    archive.search(&reader, &search(""), None, 50).unwrap();
    let took = format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1_000.0);
    table.row(format!("the first search of {PEOPLE} people"), took, "");
    let grown = resident_bytes().saturating_sub(before) / (1 << 20);
    table.row("memory that the index of them takes", format!("{grown} MiB"), "");
    for (what, text) in [("one person", "tango.coe.99999@"), ("nobody", "zulu"), ("a name that 1 in 12 has", "alfa")] {
        let took = times(50, |_| {
            archive.search(&reader, &search(text), None, 50).unwrap();
        });
        table.row(format!("searching {PEOPLE} people for {what}"), took, "50 ms");
    }
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    kib.map_or(0, |kib: u64| kib * 1_024)
}

pub(crate) fn proofs(years: &Years, table: &mut Table) {
    let reader = Reader::open(&years.journal()).unwrap();
    let took = times(100, |n| {
        let leaf = firm::hash(&n.to_string()) % years.events;
        let proof = proof::inclusion(leaf, years.events, |index| reader.hash(index)).unwrap();
        assert!(proof.len() > 10);
    });
    table.row("an inclusion proof", took, "5 ms");
}

pub(crate) fn verify(years: &Years, table: &mut Table) {
    let key = audit::verifier_key(&years.journal()).unwrap().unwrap();
    let begun = Instant::now();
    let report = audit::verify(&years.journal(), vec![Verifier::parse(&key).unwrap()], &[]).unwrap();
    let took = begun.elapsed();
    assert!(report.is_sound(), "{report}");
    table.row(format!("ledger verify of {} events", report.size), format!("{:.2} s", took.as_secs_f64()), "5 s");
}

/// The first hundred thousand events once more: what the writer takes for all, and what of that is the ledger's.
pub(crate) fn append(years: &Years, table: &mut Table) {
    let reader = Reader::open(&years.journal()).unwrap();
    let mut fleet = Fleet::default();
    let events: Vec<(Envelope, Vec<Row>)> = (reader.events_from(0, 100_000).unwrap().into_iter())
        .map(|envelope| {
            fleet.apply(&envelope);
            let rows = rows(&fleet, &envelope);
            (envelope, rows)
        })
        .collect();
    let payloads: Vec<Vec<u8>> = events.iter().map(|(envelope, _)| serde_json::to_vec(envelope).unwrap()).collect();

    let begun = Instant::now();
    let mut tree = Tree::new();
    let mut subjects: HashMap<Option<OffboardingId>, (Keyed, Option<Hash>)> = HashMap::new();
    for ((envelope, _), payload) in events.iter().zip(&payloads) {
        let (keyed, subject) = subjects.entry(envelope.event.offboarding()).or_insert_with(|| {
            let keyed = Salt::random().unwrap().keyed();
            let subject = envelope.event.offboarding().map(|_| keyed.of(b"somebody"));
            (keyed, subject)
        });
        tree.append(&Head::of(envelope).leaf(&keyed.of(payload), subject.as_ref()));
    }
    let ledger = begun.elapsed();

    let folder = tempfile::tempdir_in(&years.dir).unwrap();
    let count = u32::try_from(events.len()).unwrap();
    let begun = Instant::now();
    let journal = Journal::open(&folder.path().join("journal.db")).unwrap();
    let anchor = Anchor::at(&folder.path().join("ledger.anchor")).unwrap();
    let writer = Writer::start(journal, firm::signer(folder.path()), anchor, |error| panic!("{error}")).unwrap();
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        // As an engine under load: what came while the last batch was written is the next.
        let (done, wait) = std::sync::mpsc::channel();
        let events = events.by_ref().take(TOGETHER).collect();
        writer.write(Batch { events, then: Some(Box::new(move |_| done.send(()).unwrap())), ..Batch::new() });
        wait.recv().unwrap();
    }
    writer.finish();
    let all = begun.elapsed();
    let us = |it: Duration| format!("{:.1} µs", it.as_secs_f64() * 1_000_000.0 / f64::from(count));
    table.row("an append under load, fsync and all", us(all), "");
    table.row("of that the ledger: keyed hash, leaf, tree", us(ledger), "");
    let ratio = ledger.as_secs_f64() / all.saturating_sub(ledger).as_secs_f64();
    table.row("what the ledger costs of what the journal does", format!("{:.1} %", ratio * 100.0), "10 %");
}
