//! In which order rows of people stand. A key changes with the person's events alone, never with the time: so a row
//! moves when something has happened, and finding its new place costs no look at all the others.

use std::cmp::{Ordering, Reverse};

use crate::model::{OffboardingId, Timestamp};
use crate::tui::standing::Standing;

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// What an operator should look at first.
    #[default]
    Urgency,
    Person,
    State,
    Progress,
    Exposure,
    Opened,
}

impl Sort {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Person => "person",
            Self::State => "state",
            Self::Progress => "progress",
            Self::Exposure => "exposure",
            Self::Opened => "opened",
        }
    }
}

/// Where a row stands among others of the same sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// Ended ones last; the standing; the exposed, then the urgent first.
    Urgency(bool, Standing, bool, bool, Reverse<Option<Timestamp>>),
    Person(&'a str),
    State(Standing),
    /// Least first.
    Progress(u32),
    /// The exposed first, longest first; then the others by how long they were.
    Exposure(bool, Option<Timestamp>, Reverse<Option<u64>>),
    /// Latest first.
    Opened(Reverse<Timestamp>),
}

/// Equal ones stand by id, so that rows do not dance.
pub(super) fn compare(a: &(Key<'_>, OffboardingId), b: &(Key<'_>, OffboardingId), reverse: bool) -> Ordering {
    let order = a.cmp(b);
    if reverse { order.reverse() } else { order }
}
