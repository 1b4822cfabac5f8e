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
use super::tree::{Hash, Tree, hash_count, leaf_hash, leaf_index};
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
    /// From this event on leaves are missing, so that no hash above them can be known.
    lost_at: Option<u64>,
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
            lost_at: None,
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

    /// The next row. `stored` finds the hash that the journal stores under an index; it is asked for each index from 0
    /// on once, in order.
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
        let sound = row::check(row, |what| found.push(what));
        if row.payload.is_none() {
            self.erased += 1;
        }
        self.steps.follow(row, |what| found.push(what));
        for what in found {
            self.wrong(Some(row.seq), what);
        }
        if self.lost_at.is_none() {
            self.append(row, sound, stored);
        }
    }

    /// Rows are missing. If their leaves' hashes are still stored, the tree goes on with those.
    fn bridge(&mut self, next: u64, stored: &mut Stored<'_>) {
        let (first, last) = (self.due, next - 1);
        let what = if first == last { "missing".to_owned() } else { format!("missing, and all up to event {last}") };
        self.wrong(Some(first), what);
        while self.lost_at.is_none() && self.due < next {
            self.meet_checkpoints();
            match stored.as_mut().and_then(|stored| stored(leaf_index(self.due))) {
                Some(leaf) => {
                    let mut asked_leaf = false;
                    let problems = self.grow(leaf, |index| {
                        // The leaf's own hash has been asked for already.
                        if std::mem::replace(&mut asked_leaf, true) { stored.as_mut()?(index) } else { Some(leaf) }
                    });
                    self.list(self.due, problems);
                    self.due += 1;
                }
                None => self.lost_at = Some(self.due),
            }
        }
    }

    fn append(&mut self, row: &Row<'_>, sound: bool, stored: Stored<'_>) {
        let mut leaf = leaf_hash(row.leaf);
        let Some(stored) = stored else {
            self.tree.append_hash(leaf, |_, _| {});
            return;
        };
        let first = stored(leaf_index(row.seq));
        if let Some(kept) = first.filter(|kept| *kept != leaf && !sound) {
            self.wrong(Some(row.seq), "the leaf is not the one whose hash is stored".to_owned());
            leaf = kept; // A leaf that is wrong in itself: go on with what the tree says, to see whether the rest holds.
        }
        let mut asked_leaf = false;
        let problems =
            self.grow(leaf, |index| if std::mem::replace(&mut asked_leaf, true) { stored(index) } else { first });
        self.list(row.seq, problems);
    }

    /// Appends a leaf's hash; says which stored hashes differ from the computed ones.
    fn grow(&mut self, leaf: Hash, mut stored: impl FnMut(u64) -> Option<Hash>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut level = 0_u8;
        self.tree.append_hash(leaf, |index, computed| {
            let what = if level == 0 { "the leaf's hash".to_owned() } else { format!("the hash of level {level}") };
            match stored(index) {
                Some(kept) if kept == computed => {}
                Some(_) => problems.push(format!("{what}, stored under {index}, is not the one computed")),
                None => problems.push(format!("{what}, to be stored under {index}, is missing")),
            }
            level += 1;
        });
        problems
    }

    /// Compares the checkpoints over as many events as have been seen.
    fn meet_checkpoints(&mut self) {
        let size = self.tree.size();
        if self.lost_at.is_some() {
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
                    self.wrong(None, format!("{title} over {at} events was handed in after its events"));
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
            root: self.lost_at.is_none().then(|| self.tree.root()),
            hashes_compared: self.compared,
            checkpoints: self.checkpoints,
            signed: self.signed,
            erased: self.erased,
            steps_open: self.steps.open(),
            problems: self.problems,
            unlisted: self.unlisted,
        }
    }

    fn list(&mut self, seq: u64, problems: Vec<String>) {
        for what in problems {
            self.wrong(Some(seq), what);
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
