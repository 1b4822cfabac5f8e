//! One person in brief.

use std::sync::Arc;

use super::sort::{Key, Sort};
use crate::model::{Offboarding, PlannedStep, Timestamp};
use crate::tui::cell::{Cell, Cells};
use crate::tui::standing::Standing;

/// What a row is found and sorted by.
#[derive(Debug, Clone)]
pub(crate) struct Brief {
    /// In lower case, a line each: the name, and what else a word is looked for in.
    words: Box<str>,
    /// Bytes of them that are the name.
    name: usize,
    pub(crate) standing: Standing,
    pub(crate) is_held: bool,
    /// Has a failed step, or one that needs a person.
    pub(crate) fails: bool,
    /// What is done.
    pub(crate) plan: Arc<[PlannedStep]>,
    /// The states that some step has.
    pub(crate) states: Cells,
    urgent: bool,
    /// In thousandths.
    progress: u32,
    opened_at: Timestamp,
    ended_at: Option<Timestamp>,
    exposed_since: Option<Timestamp>,
    /// For how long it was exposed, if it is no more; in ms.
    was_exposed: Option<u64>,
}

impl Brief {
    pub(crate) fn of(it: &Offboarding) -> Self {
        let leaver = it.leaver();
        let name = leaver.name.to_lowercase();
        let more = [Some(&leaver.email), Some(&leaver.login), leaver.employee_id.as_ref()];
        let more = more.into_iter().chain([leaver.department.as_ref(), leaver.title.as_ref()]).flatten();
        let bytes = name.len();
        let words = more.fold(name, |words, word| words + "\n" + &word.to_lowercase());
        let counts = it.counts();
        Self {
            words: words.into(),
            name: bytes,
            standing: Standing::of(it),
            is_held: it.legal_hold.is_some(),
            fails: it.fails(),
            plan: Arc::clone(&it.plan.steps),
            states: it.steps.iter().map(|step| Cell::within(it, &step.state)).collect(),
            urgent: leaver.urgent(),
            progress: (counts.done + counts.skipped) * 1_000 / counts.total.max(1),
            opened_at: it.opened_at,
            ended_at: it.ended_at,
            exposed_since: it.exposed_since().filter(|_| it.is_open()),
            was_exposed: it.cut_at.or(it.ended_at).and_then(|at| it.exposure_ms(at)),
        }
    }

    /// Whether a word of the filter, in lower case, is somewhere in what the person is known by.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Where the row stands among others of the same sort.
    pub(super) fn key(&self, sort: Sort) -> Key<'_> {
        let exposed = self.exposed_since.is_some();
        let standing = self.standing as u8;
        let latest_first = |at: Timestamp| at.0.saturating_neg();
        match sort {
            // Ended ones last; the standing; the exposed, then the urgent first.
            Sort::Urgency => Key {
                rank: u8::from(self.ended_at.is_some()) << 7
                    | standing << 2
                    | u8::from(!exposed) << 1
                    | u8::from(!self.urgent),
                number: self.ended_at.map_or(0, latest_first),
                ..Key::default()
            },
            Sort::Person => Key { text: Some(&self.words[..self.name]), ..Key::default() },
            Sort::State => Key { rank: standing, ..Key::default() },
            // Least first.
            Sort::Progress => Key { number: self.progress.into(), ..Key::default() },
            // The exposed first, longest first; then the others by how long they were.
            Sort::Exposure => Key {
                rank: u8::from(!exposed),
                number: match (self.exposed_since, self.was_exposed) {
                    (Some(since), _) => since.0,
                    (None, Some(ms)) => i64::try_from(ms).unwrap_or(i64::MAX).saturating_neg(),
                    (None, None) => i64::MAX,
                },
                ..Key::default()
            },
            Sort::Opened => Key { number: latest_first(self.opened_at), ..Key::default() },
        }
    }
}
