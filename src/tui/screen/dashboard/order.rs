//! In which order the rows stand.

use std::cmp::Reverse;

use crate::model::{Offboarding, OffboardingId, Timestamp};
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
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Urgency => Self::Person,
            Self::Person => Self::State,
            Self::State => Self::Progress,
            Self::Progress => Self::Exposure,
            Self::Exposure => Self::Opened,
            Self::Opened => Self::Urgency,
        }
    }

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

/// The ids in order; equal ones by id, so that rows do not dance.
pub(crate) fn sorted<'a>(
    people: impl Iterator<Item = &'a Offboarding>,
    sort: Sort,
    reverse: bool,
    now: Timestamp,
) -> Vec<OffboardingId> {
    let mut ids: Vec<OffboardingId> = match sort {
        Sort::Urgency => by(people, |it| {
            let exposed = it.exposed_since().is_some();
            (!it.is_open(), Standing::of(it), !exposed, !it.leaver().urgent(), Reverse(it.ended_at))
        }),
        Sort::Person => by(people, |it| it.leaver().name.to_lowercase()),
        Sort::State => by(people, Standing::of),
        Sort::Progress => by(people, |it| {
            let counts = it.counts();
            (counts.done + counts.skipped) * 1_000 / counts.total.max(1)
        }),
        Sort::Exposure => by(people, |it| Reverse(it.exposure_ms(now))),
        Sort::Opened => by(people, |it| Reverse(it.opened_at)),
    };
    if reverse {
        ids.reverse();
    }
    ids
}

fn by<'a, K: Ord>(
    people: impl Iterator<Item = &'a Offboarding>,
    key: impl Fn(&Offboarding) -> K,
) -> Vec<OffboardingId> {
    let mut keyed: Vec<_> = people.map(|it| (key(it), it.id)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, id)| id).collect()
}
