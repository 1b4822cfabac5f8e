//! The real engine, recorded: what it wrote, and what it let out that rests on what it wrote.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use nightlatch::daemon::offline;
use nightlatch::ipc::{EngineLine, Link, Op, Request};
use nightlatch::ledger::{Anchor, Hash, Signer, Tree};
use nightlatch::model::{Envelope, Event, StepRef, Timestamp};
use nightlatch::paths::Paths;
use nightlatch::store::{Journal, Reader, StoreError};
use uuid::Uuid;

use crate::disk::{Disk, NEVER};
use crate::harness::{Scene, Setup, eventually};
use crate::survey::{Found, laid_out};
use crate::trace::{self, Call};

const ORIGIN: &str = "nightlatch/demo";
const LEAVERS: usize = 8;

/// A run of two engines, the first of which was killed.
pub(crate) struct Recording {
    pub(crate) disk: Disk,
    /// What was let out, in order of time.
    pub(crate) let_out: Vec<LetOut>,
    /// The tree's root over the first so many events.
    roots: Vec<Hash>,
}

/// Something that must not be lost after it has been said.
pub(crate) struct LetOut {
    /// When.
    at: usize,
    /// The number of the event that it rests on.
    seq: u64,
    pub(crate) kind: Kind,
    /// A webhook that only names an employee is either parked, or that event is there.
    parked: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// HR was told that the webhook is taken.
    Webhook,
    /// Consoles were told of an event.
    Event,
    /// A call was made: its intent.
    Call,
}

/// Runs the engines under strace.
pub(crate) async fn record() -> Recording {
    let traces = tempfile::tempdir().unwrap();
    let traced = traces.path().join("trace");
    // `-D` makes the engine the process that was started, and strace its grandchild.
    let under = ["strace", "-D"].into_iter().chain(trace::OPTIONS).chain(["-o", traced.to_str().unwrap()]);
    let under = under.map(str::to_owned).collect();
    let scene = Scene::set(Setup { quarantine: "300ms", deadline: "1s", under, ..Setup::default() }).await;
    let state = scene.paths.state_dir().to_owned();
    let mut people: Vec<_> = (0..LEAVERS - 1).map(|nth| scene.employee(nth)).collect();
    people.insert(1, scene.executive());
    let mut disk = Disk::new(&state);
    let (mut calls, mut webhooks) = (Vec::new(), Vec::new());
    for (life, leavers) in people.chunks(LEAVERS / 2).enumerate() {
        let pid = scene.start_engine().await;
        let listener = listen(&scene).await;
        for (nth, person) in leavers.iter().enumerate() {
            let thin = nth % 3 == 2;
            let webhook = if thin { scene.leaves_thinly(&person.email) } else { scene.leaves(&person.email) };
            assert_eq!(scene.post(&webhook).await.unwrap().0, 200);
            webhooks.push((person.email.clone(), thin.then(|| person.employee_id.clone())));
        }
        if life == 0 {
            eventually("some outcomes", async || scene.sandbox.summary().executed > 20).await;
            scene.kill_engine();
        } else {
            eventually("everybody's end", async || {
                scene.approve_what_waits().await.unwrap();
                scene.list().await.iter().all(|it| it.ended_at.is_some())
            })
            .await;
            scene.stop_engine();
        }
        listener.abort();
        trace_is_whole(&traced, pid).await;
        let mut seen = trace::read(&traced).split_off(calls.len());
        disk = followed(disk, &seen, &state);
        calls.append(&mut seen);
    }
    let events = Reader::open(&scene.paths.journal()).unwrap().events_from(0, 100_000).unwrap();
    let let_out = let_out(&scene, &calls, &webhooks, &events);
    Recording { disk, let_out, roots: roots(&scene, events.len()) }
}

/// Somebody who hears of every event, as a console does.
async fn listen(scene: &Scene) -> tokio::task::JoinHandle<()> {
    let mut link = Link::open(scene.paths.socket(), true).await.unwrap();
    link.writer.send(Request { id: Uuid::new_v4(), op: Op::Subscribe {} }).await.unwrap();
    while !matches!(link.reader.next().await.unwrap(), Some(EngineLine::Snapshot { .. })) {}
    tokio::spawn(async move {
        // Whole: with its writer gone, the connection would be over.
        let mut link = link;
        while let Ok(Some(_)) = link.reader.next().await {}
    })
}

/// strace ends a little after the process that it traces, whose end is the last thing that it tells.
async fn trace_is_whole(path: &Path, pid: u32) {
    let pid = pid.to_string();
    eventually("the end of the trace", async || {
        let text = std::fs::read_to_string(path).unwrap();
        let mut last = text.lines().next_back().unwrap_or_default().split_whitespace();
        text.ends_with('\n') && last.next() == Some(&pid) && last.next() == Some("+++")
    })
    .await;
}

/// The disk after these calls, which must be what lies there: else the model is wrong.
fn followed(before: Disk, calls: &[Call], state: &Path) -> Disk {
    let found = files(state);
    let mut after = before.clone();
    after.follow(calls, false);
    if after.in_memory(NEVER) == found {
        return after;
    }
    // What the kill met in the midst may have been done as well.
    let mut after = before;
    after.follow(calls, true);
    let model = after.in_memory(NEVER);
    let differ: Vec<_> = found.keys().chain(model.keys()).filter(|name| found.get(*name) != model.get(*name)).collect();
    assert!(differ.is_empty(), "the model of the disk is wrong about {differ:?}");
    after
}

fn files(state: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    let plain = entries.filter(|path| path.is_file() && !path.to_string_lossy().ends_with("-shm"));
    plain.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())).collect()
}

fn let_out(scene: &Scene, calls: &[Call], webhooks: &[(String, Option<String>)], events: &[Envelope]) -> Vec<LetOut> {
    let opened: HashMap<&str, u64> = (events.iter())
        .filter_map(|it| match &it.event {
            Event::Opened { notice, .. } => Some((notice.leaver.email.as_str(), it.seq)),
            _ => None,
        })
        .collect();
    let intents = intents(scene, events);
    let mut made: HashMap<String, usize> = HashMap::new();
    let mut answered = webhooks.iter();
    let mut let_out = Vec::new();
    for call in calls.iter().filter(|call| matches!(call.name.as_str(), "write" | "writev" | "sendto" | "sendmsg")) {
        if !call.file().is_some_and(|path| path.starts_with("socket:") || path.starts_with("UNIX")) {
            continue;
        }
        let said = call.strings().concat();
        let said = String::from_utf8_lossy(&said);
        let mut rests_on = |seq, kind, parked| let_out.push(LetOut { at: call.began, seq, kind, parked });
        if said.starts_with("HTTP/1.1 200") {
            let (email, parked) = answered.next().unwrap();
            rests_on(opened[email.as_str()], Kind::Webhook, parked.clone());
        }
        for event in said.split("{\"event\":{\"seq\":").skip(1) {
            let digits: String = event.chars().take_while(char::is_ascii_digit).collect();
            rests_on(digits.parse().unwrap(), Kind::Event, None);
        }
        let mut words = said.split([' ', '?', '\r']);
        let request = format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if let Some(intents) = intents.get(&request) {
            let nth = made.entry(request).or_default();
            // A call of an execution that the kill cut off, and that its repeat did not need, is in no outcome.
            if let Some(seq) = intents.get(*nth) {
                rests_on(*seq, Kind::Call, None);
            }
            *nth += 1;
        }
    }
    assert_eq!(answered.next(), None, "every webhook was answered");
    let_out
}

/// For each request that changes something, as `POST /path`: the numbers of the intents of the steps that make it, each
/// as often as one execution makes it. Its nth time on the wire rests on at least the nth of these.
fn intents(scene: &Scene, events: &[Envelope]) -> HashMap<String, Vec<u64>> {
    let changing: BTreeSet<String> = (scene.sandbox.calls().iter())
        .filter(|call| call.kind != "read")
        .map(|call| format!("{} {}", call.method, call.path))
        .collect();
    let mut times: HashMap<(StepRef, &str), usize> = HashMap::new();
    for envelope in events {
        let mut here: HashMap<&str, usize> = HashMap::new();
        for exchange in envelope.event.exchanges().iter().filter(|it| changing.contains(&it.request)) {
            *here.entry(exchange.request.as_str()).or_default() += 1;
        }
        for (request, count) in here {
            let most = times.entry((envelope.event.step().unwrap(), request)).or_default();
            *most = count.max(*most);
        }
    }
    let mut intents: HashMap<String, Vec<u64>> = HashMap::new();
    for started in events.iter().filter(|it| it.event.is_intent()) {
        let step = started.event.step().unwrap();
        for ((_, request), count) in times.iter().filter(|((of, _), _)| *of == step) {
            intents.entry((*request).to_owned()).or_default().extend(std::iter::repeat_n(started.seq, *count));
        }
    }
    intents
}

fn roots(scene: &Scene, events: usize) -> Vec<Hash> {
    let reader = Reader::open(&scene.paths.journal()).unwrap();
    let mut tree = Tree::new();
    let mut roots = vec![tree.root()];
    let take = |_, leaf: &[u8]| -> Result<(), StoreError> {
        tree.append(leaf);
        roots.push(tree.root());
        Ok(())
    };
    reader.leaves(events as u64, take).unwrap();
    roots
}

impl Recording {
    /// Opens what a power cut has left with the engine's own code, in the engine's own order.
    pub(crate) fn look(&self, left: &Path, cut: usize) -> Found {
        let (size, root, parked) = match open(left) {
            Ok(opened) => opened,
            Err(why) => return Found::Corrupt(why),
        };
        if self.roots.get(usize::try_from(size).unwrap()) != Some(&root) {
            return Found::Corrupt(format!("its {size} events are not the first {size} of the run"));
        }
        let out = self.let_out.iter().take_while(|it| it.at <= cut);
        let kept = |it: &&LetOut| {
            let is_parked = it.parked.as_ref().is_some_and(|id| parked.iter().any(|body| body.contains(id)));
            it.seq < size || is_parked
        };
        let lost: Vec<String> = out.filter(|it| !kept(it)).map(|it| format!("{:?} {}", it.kind, it.seq)).collect();
        if lost.is_empty() { Found::Whole } else { Found::Lost(format!("{lost:?} of {size} events")) }
    }
}

impl Recording {
    /// What is said of a journal that is older than the anchor beside it.
    pub(crate) fn set_back(&self) -> String {
        const ANCHOR: &str = "ledger.anchor";
        let moments = self.disk.moments();
        let mut files = self.disk.in_memory(moments[moments.len() / 2]);
        files.insert(ANCHOR.to_owned(), self.disk.in_memory(NEVER).remove(ANCHOR).unwrap());
        open(laid_out(files).path()).unwrap_err()
    }
}

/// Events, root and parked webhooks of what lies there; or what is wrong with it.
fn open(left: &Path) -> Result<(u64, Hash, Vec<String>), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let paths = Paths::new(Some(left)).map_err(|error| said(&error))?;
    Signer::load_or_create(&paths.signing_key(), ORIGIN).map_err(|error| said(&error))?;
    let anchor = Anchor::at(&paths.anchor()).map_err(|error| said(&error))?;
    let journal = Journal::open(&paths.journal()).map_err(|error| said(&error))?;
    let recovered = journal.recover(&anchor, Timestamp(0)).map_err(|error| said(&error))?;
    if let Some(rollback) = recovered.rollback {
        return Err(rollback.to_string());
    }
    let (size, root) = journal.size_and_root().map_err(|error| said(&error))?;
    if size > 0 {
        let found = offline::verify(&paths, None, &[], &[]).map_err(|error| said(&error))?;
        if !found.report.is_sound() {
            return Err(found.report.to_string());
        }
    }
    let rebuilt = offline::rebuild(&paths, None).map_err(|error| said(&error))?;
    if !rebuilt.differences.is_empty() {
        return Err(rebuilt.to_string());
    }
    Ok((size, root, recovered.parked.iter().map(|it| it.body.to_string()).collect()))
}
