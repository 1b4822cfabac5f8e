//! In which order rows of people stand. A key changes with the person's events alone, never with the time: so a row
//! moves when something has happened, and finding its new place costs no look at all the others.

use std::cmp::Ordering;

use crate::model::OffboardingId;

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

/// Where a row stands among others of the same sort: by rank, then by number, then by text. Small, for a hundred thousand
/// of them are sorted between a key and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Key<'a> {
    pub(super) rank: u8,
    pub(super) number: i64,
    /// No text rather than an empty one: to compare two of those is slow on some processors.
    pub(super) text: Option<&'a str>,
}

/// Equal ones stand by id, so that rows do not dance.
pub(super) fn compare(a: &(Key<'_>, OffboardingId), b: &(Key<'_>, OffboardingId), reverse: bool) -> Ordering {
    let order = a.cmp(b);
    if reverse { order.reverse() } else { order }
}
