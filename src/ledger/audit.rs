//! The audit: every leaf, hash and checkpoint is computed afresh and compared, in one pass over the journal.
//!
//! ```text
//! checkpoint(note)…   all of them, in the order of the journal; witness(note)… those kept elsewhere
//! push(row, hashes)…  every row, in the order of its seq
//! finish()            what is wrong, and where
//! ```

mod report;
mod row;
mod steps;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checkpoint::{CheckpointError, Verifier};
use super::tree::{Hash, STORED_FROM, Tree, hash_count, leaf_hash, subtree};
use crate::model::{OffboardingId, Timestamp};

pub use report::Report;

use super::leaf::Salt;
use steps::Steps;

/// Problems listed in full; more are counted.
const LISTED: usize = 200;

/// No event has this number: indexes of hashes stay far from overflow, and JSON numbers exact.
const BEYOND: u64 = 1 << 53;

/// A row of the journal, as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The event's name.
    pub name: &'a str,
    /// Which offboarding it is about.
    pub offboarding: Option<OffboardingId>,
    /// Which step of it.
    pub step: Option<u16>,
    /// The JSON of the envelope; `None` once it is erased.
    pub payload: Option<&'a [u8]>,
    /// The leaf.
    pub leaf: &'a [u8],
    /// The salt of its hashes; `None` once it is erased.
    pub salt: Option<&'a Salt>,
    /// The person key of its offboarding; `None` once it is erased.
    pub person_key: Option<&'a str>,
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The event that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// Recomputes a log. Holds the right edge of the tree, the checkpoints that are still to come, and one word a step.
#[derive(Debug)]
pub struct Auditor {
    keys: Vec<Verifier>,
    tree: Tree,
    /// What can be known of the tree.
    sight: Sight,
    /// The number of the row that is due.
    due: u64,
    compared: bool,
    steps: Steps,
    /// Checkpoints not reached yet, by size.
    ahead: BTreeMap<u64, Vec<Claim>>,
    last_size: u64,
    notes: u64,
    checkpoints: u64,
    signed: Option<u64>,
    erased: u64,
    problems: Vec<Problem>,
    unlisted: u64,
}

/// Whether the tree's hashes can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Clear,
    /// Leaves are missing: the stored hash of the tile, or of the gap's last, has to bridge them.
    Gap,
    /// It cannot be bridged: nothing that comes later can be known.
    Lost,
}

#[derive(Debug)]
struct Claim {
    title: String,
    root: Hash,
}

impl Auditor {
    /// An audit of the log whose checkpoints are signed with one of `keys`: the present one and retired ones.
    pub fn new(keys: Vec<Verifier>) -> Self {
        Self {
            keys,
            tree: Tree::new(),
            sight: Sight::Clear,
            due: 0,
            compared: false,
            steps: Steps::default(),
            ahead: BTreeMap::new(),
            last_size: 0,
            notes: 0,
            checkpoints: 0,
            signed: None,
            erased: 0,
            problems: Vec::new(),
            unlisted: 0,
        }
    }

    /// The journal's next checkpoint, oldest first. All of them come before the first row.
    pub fn checkpoint(&mut self, note: &str) {
        self.notes += 1;
        let title = format!("checkpoint number {}", self.notes);
        let Some(size) = self.claim(note, &title) else { return };
        if size < self.last_size {
            let last = self.last_size;
            self.wrong(None, format!("{title} is over {size} events, the one before it over {last}: out of order"));
        }
        self.last_size = size;
    }

    /// A checkpoint kept elsewhere: the anchor's, or one that left the host. Before the first row, in any order.
    pub fn witness(&mut self, name: &str, note: &str) {
        self.claim(note, &format!("the checkpoint from {name}"));
    }

    fn claim(&mut self, note: &str, title: &str) -> Option<u64> {
        let mut refusal = None;
        for key in &self.keys {
            match key.verify(note) {
                Ok(checkpoint) => {
                    let claim = Claim { title: title.to_owned(), root: checkpoint.root };
                    self.ahead.entry(checkpoint.size).or_default().push(claim);
                    return Some(checkpoint.size);
                }
                // A key that is named says more than one that is not.
                Err(error @ CheckpointError::Forged { .. }) => refusal = Some(error),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        let why = refusal.map_or_else(|| "no key to check it with".to_owned(), |error| error.to_string());
        self.wrong(None, format!("{title}: {why}"));
        None
    }

    /// The next row, without a look at the stored hashes.
    pub fn push(&mut self, row: &Row<'_>) {
        self.take(row, None);
    }

    /// The next row. `stored` finds the hash that the journal stores under an index; it is asked in order, once, for each
    /// index whose hash is to be stored.
    pub fn push_with(&mut self, row: &Row<'_>, mut stored: impl FnMut(u64) -> Option<Hash>) {
        self.compared = true;
        self.take(row, Some(&mut stored));
    }

    fn take(&mut self, row: &Row<'_>, mut stored: Stored<'_>) {
        if row.seq < self.due {
            let after = self.due - 1;
            self.wrong(Some(row.seq), format!("stands after event {after}: twice there, or out of order"));
            return;
        }
        if row.seq >= BEYOND {
            self.wrong(Some(row.seq), "no journal has so many events: its number was changed".to_owned());
            return;
        }
        if row.seq > self.due {
            self.bridge(row.seq, &mut stored);
        }
        self.due = row.seq + 1;
        self.meet_checkpoints();

        let mut found = Vec::new();
        row::check(row, |what| found.push(what));
        if row.payload.is_none() {
            self.erased += 1;
        }
        self.steps.follow(row, |what| found.push(what));
        for what in found {
            self.wrong(Some(row.seq), what);
        }
        self.append(leaf_hash(row.leaf), &mut stored);
    }

    /// Rows are missing.
    fn bridge(&mut self, next: u64, stored: &mut Stored<'_>) {
        let (first, last) = (self.due, next - 1);
        let what = if first == last { "missing".to_owned() } else { format!("missing, and all up to event {last}") };
        self.wrong(Some(first), what);
        while self.sight != Sight::Lost && self.tree.size() < next {
            self.meet_checkpoints();
            self.sight = Sight::Gap;
            self.append([0; 32], stored);
        }
    }

    /// Appends a leaf's hash, and compares what comes of it with what is stored. Goes on with what is stored: so one wrong
    /// leaf is told once, and not with every hash and checkpoint above it.
    fn append(&mut self, leaf: Hash, stored: &mut Stored<'_>) {
        let mut problems = Vec::new();
        let sight = &mut self.sight;
        if *sight == Sight::Lost {
            return;
        }
        self.tree.append_hash(leaf, |level, index, computed| {
            if level < STORED_FROM {
                return computed;
            }
            let Some(stored) = stored.as_mut() else {
                if *sight == Sight::Gap {
                    *sight = Sight::Lost;
                }
                return computed;
            };
            let kept = stored(index);
            match (kept, *sight) {
                (_, Sight::Lost) => {}
                (Some(kept), Sight::Clear) if kept == computed => {}
                (Some(_), Sight::Gap) => *sight = Sight::Clear,
                (None, Sight::Gap) => *sight = Sight::Lost,
                (kept, _) => {
                    let leaves = subtree(index).1;
                    let (first, last) = (leaves.start, leaves.end - 1);
                    let is = if kept.is_some() { "is not the one computed" } else { "is missing" };
                    problems.push(format!("the hash over events {first} to {last}, stored under {index}, {is}"));
                }
            }
            kept.unwrap_or(computed)
        });
        for what in problems {
            self.wrong(None, what);
        }
    }

    /// Compares the checkpoints over as many events as have been seen.
    fn meet_checkpoints(&mut self) {
        let size = self.tree.size();
        if self.sight != Sight::Clear {
            return;
        }
        while let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() <= size) {
            let (at, claims) = entry.remove_entry();
            let root = (at == size).then(|| self.tree.root());
            for Claim { title, root: claimed } in claims {
                if root == Some(claimed) {
                    self.checkpoints += 1;
                    self.signed = self.signed.max(Some(at));
                } else if root.is_some() {
                    let what = format!("{title} signs another root over the events before this one");
                    self.wrong(Some(at), what);
                } else {
                    self.wrong(
                        None,
                        format!("{title} over {at} events cannot be checked: events before it are missing"),
                    );
                }
            }
        }
    }

    /// How many hashes the journal stores in all: says if there are some too many.
    pub fn hashes_in_all(&mut self, stored: u64) {
        let due = hash_count(self.due);
        if stored > due {
            self.wrong(None, format!("{stored} hashes are stored where {due} belong to the {} events", self.due));
        }
    }

    /// The end of the journal.
    pub fn finish(mut self) -> Report {
        self.meet_checkpoints();
        let size = self.due;
        for (at, claims) in std::mem::take(&mut self.ahead) {
            for Claim { title, .. } in claims {
                let what = if at > size {
                    format!("{title} is over {at} events, but the journal ends after {size}: events are gone")
                } else {
                    format!("{title} over {at} events cannot be checked: events before it are missing")
                };
                self.wrong(None, what);
            }
        }
        Report {
            size,
            root: (self.sight == Sight::Clear).then(|| self.tree.root()),
            hashes_compared: self.compared,
            checkpoints: self.checkpoints,
            signed: self.signed,
            erased: self.erased,
            steps_open: self.steps.open(),
            problems: self.problems,
            unlisted: self.unlisted,
        }
    }

    fn wrong(&mut self, seq: Option<u64>, what: String) {
        if self.problems.len() < LISTED {
            self.problems.push(Problem { seq, what });
        } else {
            self.unlisted += 1;
        }
    }
}

type Stored<'a> = Option<&'a mut dyn FnMut(u64) -> Option<Hash>>;

#[cfg(test)]
mod tests;
