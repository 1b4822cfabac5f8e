//! One person in brief.

use std::cmp::Reverse;
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
        match sort {
            Sort::Urgency => {
                Key::Urgency(self.ended_at.is_some(), self.standing, !exposed, !self.urgent, Reverse(self.ended_at))
            }
            Sort::Person => Key::Person(&self.words[..self.name]),
            Sort::State => Key::State(self.standing),
            Sort::Progress => Key::Progress(self.progress),
            Sort::Exposure => Key::Exposure(!exposed, self.exposed_since, Reverse(self.was_exposed)),
            Sort::Opened => Key::Opened(Reverse(self.opened_at)),
        }
    }
}
