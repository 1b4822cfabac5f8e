//! The sandbox's own log: which calls came, and what each really did.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::clock;
use super::lock::hold;

/// What a call does if it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something that can be changed back, or that loses nothing.
    Reversible,
    /// Loses something for good: a Google or Okta account deleted, an Okta account deactivated.
    Irreversible,
}

impl Kind {
    /// The name as serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Reversible => "reversible",
            Kind::Irreversible => "irreversible",
        }
    }
}

impl PartialEq<&str> for Kind {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// One call that reached the sandbox, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// 1, 2, 3, … by arrival.
    pub seq: u64,
    /// Arrival, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// Arrival, microseconds since 1970 UTC.
    pub at_us: u64,
    /// `google`, `okta`, `slack`, `github`, `desk`, `bamboohr`, `hooks` or `pagerduty`.
    pub vendor: String,
    /// Short name such as `google.users.delete`; `VENDOR.unknown` for a path that is not served.
    pub op: String,
    /// HTTP method.
    pub method: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Address of the person that the call is about.
    pub subject: Option<String>,
    /// What the call does if it is carried out.
    pub kind: Kind,
    /// A write that this call really carried out; never true of a read.
    pub executed: bool,
    /// An irreversible deed asked for again after it had been carried out for the same person.
    pub repeated: bool,
    /// HTTP status; 0 while in work, and for a connection that was closed at the door.
    pub status: u16,
    /// The answer was handed to a connection that was still there.
    pub answered: bool,
}

/// Totals since the start, which do not forget what the list of calls has dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Calls that arrived.
    pub calls: u64,
    /// Writes carried out.
    pub executed: u64,
    /// Irreversible writes carried out.
    pub irreversible_executed: u64,
    /// `OP ADDRESS` of each irreversible deed that was asked for again after it had been carried out, whatever the
    /// second answer was. Empty for a tool that does its work well.
    pub executed_twice: Vec<String>,
    /// Calls by vendor.
    pub by_vendor: BTreeMap<String, u64>,
}

/// What is known of a call when it arrives.
pub(super) struct Arrival<'a> {
    pub(super) vendor: &'static str,
    pub(super) op: &'static str,
    pub(super) kind: Kind,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) subject: Option<&'a str>,
    /// It got past the door, as opposed to meeting a service that is down.
    pub(super) let_in: bool,
}

/// A call that has been written down; later facts refer to it.
pub(super) struct Entry {
    seq: u64,
    op: &'static str,
    kind: Kind,
    subject: Option<String>,
}

pub(super) struct Recorder(Mutex<Book>);

struct Book {
    cap: usize,
    calls: VecDeque<Call>,
    summary: Summary,
    /// Irreversible deeds carried out and not taken back.
    for_good: HashSet<(&'static str, String)>,
    twice: HashSet<(&'static str, String)>,
}

impl Recorder {
    pub(super) fn new(cap: usize) -> Recorder {
        Recorder(Mutex::new(Book {
            cap,
            calls: VecDeque::new(),
            summary: Summary::default(),
            for_good: HashSet::new(),
            twice: HashSet::new(),
        }))
    }

    pub(super) fn arrived(&self, arrival: &Arrival<'_>) -> Entry {
        let mut book = hold(&self.0);
        book.summary.calls += 1;
        let seq = book.summary.calls;
        match book.summary.by_vendor.get_mut(arrival.vendor) {
            Some(count) => *count += 1,
            None => drop(book.summary.by_vendor.insert(arrival.vendor.to_owned(), 1)),
        }
        let entry = Entry { seq, op: arrival.op, kind: arrival.kind, subject: arrival.subject.map(ToOwned::to_owned) };
        let repeated = arrival.let_in && book.note_repeat(&entry);
        if book.cap > 0 {
            if book.calls.len() >= book.cap {
                book.calls.pop_front();
            }
            book.calls.push_back(Call {
                seq,
                at_ms: clock::epoch_ms(),
                at_us: clock::epoch_us(),
                vendor: arrival.vendor.to_owned(),
                op: arrival.op.to_owned(),
                method: arrival.method.to_owned(),
                path: arrival.path.to_owned(),
                subject: entry.subject.clone(),
                kind: arrival.kind,
                executed: false,
                repeated,
                status: 0,
                answered: false,
            });
        }
        entry
    }

    /// The deed was tried: `executed` says whether by this call, `undoes` which irreversible one it took back.
    pub(super) fn acted(&self, entry: &Entry, status: u16, executed: bool, undoes: Option<&'static str>) {
        let executed = executed && entry.kind != Kind::Read;
        let mut book = hold(&self.0);
        let repeated = book.note_repeat(entry);
        if executed {
            book.summary.executed += 1;
            if entry.kind == Kind::Irreversible {
                book.summary.irreversible_executed += 1;
                if let Some(subject) = &entry.subject {
                    book.for_good.insert((entry.op, subject.clone()));
                }
            }
        }
        if let (Some(op), Some(subject)) = (undoes, &entry.subject) {
            book.for_good.remove(&(op, subject.clone()));
        }
        book.with(entry.seq, |call| {
            call.status = status;
            call.executed = executed;
            call.repeated |= repeated;
        });
    }

    /// The call was turned away with `status` before anything was tried.
    pub(super) fn refused(&self, entry: &Entry, status: u16, answered: bool) {
        hold(&self.0).with(entry.seq, |call| {
            call.status = status;
            call.answered = answered;
        });
    }

    pub(super) fn answered(&self, entry: &Entry, answered: bool) {
        hold(&self.0).with(entry.seq, |call| call.answered = answered);
    }

    /// The person is as new: nothing irreversible has been done to them.
    pub(super) fn forget_subject(&self, email: &str) {
        hold(&self.0).for_good.retain(|(_, subject)| subject != email);
    }

    /// The calls after number `since`, of one vendor or of all.
    pub(super) fn calls(&self, since: u64, vendor: Option<&str>) -> Vec<Call> {
        let book = hold(&self.0);
        let start = book.calls.partition_point(|call| call.seq <= since);
        let wanted = |call: &&Call| vendor.is_none_or(|vendor| call.vendor == vendor);
        book.calls.range(start..).filter(wanted).cloned().collect()
    }

    pub(super) fn summary(&self) -> Summary {
        hold(&self.0).summary.clone()
    }
}

impl Book {
    fn note_repeat(&mut self, entry: &Entry) -> bool {
        let Some(subject) = &entry.subject else { return false };
        if entry.kind != Kind::Irreversible {
            return false;
        }
        let key = (entry.op, subject.clone());
        let repeated = self.for_good.contains(&key);
        if repeated && self.twice.insert(key) {
            self.summary.executed_twice.push(format!("{} {subject}", entry.op));
        }
        repeated
    }

    /// Changes the call if it is still kept.
    fn with(&mut self, seq: u64, change: impl FnOnce(&mut Call)) {
        let Some(first) = self.calls.front().map(|call| call.seq) else { return };
        let place = seq.checked_sub(first).and_then(|offset| usize::try_from(offset).ok());
        if let Some(call) = place.and_then(|place| self.calls.get_mut(place)) {
            change(call);
        }
    }
}
