//! Verifying the log while the engine runs: on a thread of its own, of one instant of the journal, beside the writer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::engine::clock::wall_now;
use crate::ipc::ledger::{LastVerified, Progress, Verification as Status};
use crate::ledger::{Anchor, Report, Verifier};
use crate::model::Timestamp;
use crate::paths::Paths;
use crate::store::audit;

/// Problems that are told; more are counted.
const TOLD: usize = 20;

/// At most one verification at a time, and what the last one gave.
#[derive(Debug, Clone)]
pub(super) struct Verification {
    paths: Paths,
    verifier_key: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Running>,
    last: Option<LastVerified>,
}

#[derive(Debug, Clone)]
struct Running {
    since: Timestamp,
    done: Arc<AtomicU64>,
    of: u64,
}

/// A verification that ends in any way, a panic among them, is under way no more.
struct Over(Arc<Mutex<State>>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running = None;
    }
}

impl Verification {
    /// Of the journal in these places, with the key that signs its checkpoints. What the last one gave outlives the engine.
    pub(super) fn new(paths: Paths, verifier_key: String) -> Self {
        let last = std::fs::read(paths.verified()).ok().and_then(|json| serde_json::from_slice(&json).ok());
        let state = Arc::new(Mutex::new(State { running: None, last }));
        Self { paths, verifier_key, state }
    }

    /// How far it has got, and what the last one gave.
    pub(super) fn status(&self) -> Status {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let running = state.running.as_ref();
        let running =
            running.map(|it| Progress { since: it.since, done: it.done.load(Ordering::Relaxed).min(it.of), of: it.of });
        Status { running, last: state.last.clone() }
    }

    /// Begins one, of about `of` events; if one is under way, that one is it.
    pub(super) fn begin(&self, now: Timestamp, of: u64) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| format!("the log cannot be verified: {error}");
        let key = Verifier::parse(&self.verifier_key).map_err(|error| told(&error))?;
        let done = Arc::new(AtomicU64::new(0));
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.running.is_some() {
                return Ok(());
            }
            state.running = Some(Running { since: now, done: done.clone(), of });
        }
        let over = Over(self.state.clone());
        let this = self.clone();
        // Not one of the runtime's threads: the engine's end waits for those.
        let thread = std::thread::Builder::new().name("verify".to_owned()).spawn(move || {
            let begun = Instant::now();
            let found = this.verify(key, &done);
            let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            this.keep(verified(found, ms));
            drop(over);
        });
        thread.map(drop).map_err(|error| told(&error))
    }

    fn verify(&self, key: Verifier, done: &AtomicU64) -> Result<Report, String> {
        let anchor = Anchor::at(&self.paths.anchor()).map_err(|error| error.to_string())?;
        let witnesses: Vec<_> =
            anchor.note().map(|note| ("the anchor file".to_owned(), note.to_owned())).into_iter().collect();
        let told = |seq| done.store(seq, Ordering::Relaxed);
        audit::verify_telling(&self.paths.journal(), vec![key], &witnesses, told).map_err(|error| error.to_string())
    }

    fn keep(&self, last: LastVerified) {
        if last.is_sound() {
            tracing::info!(events = last.size, ms = last.ms, "the log is whole");
        } else {
            tracing::error!("the log is NOT whole: {}", last.problems.join("; "));
        }
        let remembered = self.paths.verified();
        let new = remembered.with_extension("new");
        let written = serde_json::to_vec(&last).map_err(std::io::Error::other);
        let written =
            written.and_then(|json| std::fs::write(&new, json)).and_then(|()| std::fs::rename(&new, &remembered));
        if let Err(error) = written {
            tracing::warn!("{}: {error}: the result is forgotten when the engine ends", remembered.display());
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last = Some(last);
    }
}

fn verified(found: Result<Report, String>, ms: u64) -> LastVerified {
    let at = wall_now();
    match found {
        Ok(report) => {
            let told = report.problems.iter().take(TOLD).map(|it| match it.seq {
                Some(seq) => format!("event {seq}: {}", it.what),
                None => it.what.clone(),
            });
            LastVerified {
                at,
                ms,
                size: report.size,
                signed: report.signed,
                checkpoints: report.checkpoints,
                problems: told.collect(),
                problem_count: report.problem_count(),
            }
        }
        Err(told) => {
            let problems = vec![told];
            LastVerified { at, ms, size: 0, signed: None, checkpoints: 0, problems, problem_count: 1 }
        }
    }
}
