//! What is said of everybody ever offboarded.

use serde::{Deserialize, Serialize};

use super::protocol::Summary;
use crate::model::{Counts, Doubts, Envelope, Offboarding, OffboardingId, Proof, StepState, Timestamp};

/// An offboarding in one line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// What every list says of it. Of an erased person name and e-mail are empty.
    #[serde(flatten)]
    pub summary: Summary,
    /// The offboarding that it gives back, if it is an undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<OffboardingId>,
    /// What steps found that a person has to deal with.
    #[serde(default)]
    pub findings: u32,
    /// The person is erased: nobody knows any more who it was.
    #[serde(default)]
    pub erased: bool,
    /// What of it can be exported as evidence.
    pub evidence: Signing,
}

/// What of an offboarding `ledger export` can prove to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Signing {
    /// All of it is under a signed checkpoint.
    Signed,
    /// The last events are not yet.
    Unsigned {
        /// So many.
        events: u64,
    },
    /// That it happened; not to whom, nor what was said.
    Erased,
}

impl HistoryRow {
    /// The row of an offboarding, as it stands at `now`; `unsigned` events of it are under no checkpoint yet.
    pub fn of(offboarding: &Offboarding, now: Timestamp, unsigned: u64) -> Self {
        let found = |step: &crate::model::Step| match &step.state {
            StepState::Done { proof: Proof::Listed { findings }, .. } => findings.len(),
            _ => 0,
        };
        let evidence = if unsigned == 0 { Signing::Signed } else { Signing::Unsigned { events: unsigned } };
        Self {
            summary: Summary::of(offboarding, now),
            undoes: offboarding.plan.undoes,
            findings: offboarding.steps.iter().map(found).sum::<usize>().try_into().unwrap_or(u32::MAX),
            erased: false,
            evidence,
        }
    }

    /// The row of an offboarding whose person is erased: its times, and how it ended.
    pub fn erased(id: OffboardingId, phase: &str, times: Times) -> Self {
        let Times { opened_at, launched_at, cut_at, ended_at } = times;
        let summary = Summary {
            id,
            name: String::new(),
            email: String::new(),
            phase: phase.to_owned(),
            stage: None,
            counts: Counts::default(),
            source: String::new(),
            opened_at,
            fires_at: None,
            launched_at,
            cut_at,
            ended_at,
            exposure_ms: None,
            worst: None,
            doubts: Doubts::default(),
            held_up: Vec::new(),
            legal_hold: None,
        };
        Self { summary, undoes: None, findings: 0, erased: true, evidence: Signing::Erased }
    }
}

/// The instants of an offboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it began to run.
    pub launched_at: Option<Timestamp>,
    /// When the kill switch was proved whole.
    pub cut_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A page of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryPage {
    /// Newest first.
    pub rows: Vec<HistoryRow>,
    /// There are older ones: ask with the last row's id as `before`.
    pub more: bool,
    /// How many there are in all; `None`: not counted, since every plan would have to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// A page of what happened to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonPage {
    /// Every offboarding of the person, oldest first: those after a return, and undos.
    pub offboardings: Vec<OffboardingId>,
    /// Oldest first.
    pub events: Vec<Envelope>,
    /// There is more: ask with the last event's number as `after`.
    pub more: bool,
    /// So many events are erased: they stand in the log as hashes, and say nothing about anybody.
    #[serde(default)]
    pub erased: u64,
}
