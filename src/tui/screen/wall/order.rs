//! In which order the wall's rows stand. A key changes with the person's events alone, never with the time: so a row
//! moves when something has happened, and finding its new place costs no look at the others.

use std::cmp::{Ordering, Reverse};

use crate::model::{Offboarding, OffboardingId, Timestamp};
use crate::tui::standing::Standing;

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// What an operator should look at first.
    #[default]
    Urgency,
    Person,
    Exposure,
    Progress,
}

impl Sort {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Urgency => Self::Person,
            Self::Person => Self::Exposure,
            Self::Exposure => Self::Progress,
            Self::Progress => Self::Urgency,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Person => "person",
            Self::Exposure => "exposure",
            Self::Progress => "progress",
        }
    }
}

/// Where a row stands among others of the same sort.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Ended ones last; the standing; the exposed, then the urgent first.
    Urgency(bool, Standing, bool, bool, Reverse<Option<Timestamp>>),
    Person(String),
    /// The exposed first, longest first; then the others by how long they were.
    Exposure(Reverse<bool>, Option<Timestamp>, Reverse<Option<u64>>),
    /// Least first, in thousandths.
    Progress(u32),
}

impl Key {
    pub(crate) fn of(it: &Offboarding, sort: Sort) -> Self {
        let exposed_since = it.exposed_since().filter(|_| it.is_open());
        match sort {
            Sort::Urgency => Self::Urgency(
                !it.is_open(),
                Standing::of(it),
                exposed_since.is_none(),
                !it.leaver().urgent(),
                Reverse(it.ended_at),
            ),
            Sort::Person => Self::Person(it.leaver().name.to_lowercase()),
            Sort::Exposure => {
                let was = it.cut_at.or(it.ended_at).and_then(|at| it.exposure_ms(at));
                Self::Exposure(Reverse(exposed_since.is_some()), exposed_since, Reverse(was))
            }
            Sort::Progress => {
                let counts = it.counts();
                Self::Progress((counts.done + counts.skipped) * 1_000 / counts.total.max(1))
            }
        }
    }
}

/// Equal ones stand by id, so that rows do not dance.
pub(crate) fn compare(a: (&Key, OffboardingId), b: (&Key, OffboardingId), reverse: bool) -> Ordering {
    let order = a.cmp(&b);
    if reverse { order.reverse() } else { order }
}
