//! The roll: everybody in brief, kept as things happen. The rows of people are found and sorted by it, so that a filter
//! or another order of a hundred thousand people looks at no step.

mod brief;
mod rows;
mod sort;

use std::collections::BTreeMap;

pub(crate) use brief::Brief;
pub(crate) use rows::PeopleRows;
pub(crate) use sort::Sort;

use crate::model::{Fleet, Offboarding, OffboardingId};

/// Everybody in brief.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roll(BTreeMap<OffboardingId, Brief>);

impl Roll {
    pub(crate) fn of(fleet: &Fleet) -> Self {
        Self(fleet.offboardings.values().map(|it| (it.id, Brief::of(it))).collect())
    }

    /// This person is new, or has changed.
    pub(crate) fn note(&mut self, person: &Offboarding) {
        self.0.insert(person.id, Brief::of(person));
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, id: OffboardingId) -> Option<&Brief> {
        self.0.get(&id)
    }

    /// With the person of each: the roll is of this fleet, and in the same order.
    fn with<'a>(&'a self, fleet: &'a Fleet) -> impl Iterator<Item = (&'a Brief, &'a Offboarding)> {
        debug_assert!(self.0.keys().eq(fleet.offboardings.keys()), "the roll is of another fleet");
        self.0.values().zip(fleet.offboardings.values().map(AsRef::as_ref))
    }
}
