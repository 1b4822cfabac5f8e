//! A screen's rows of people: filtered, in order, and kept so as things happen.

use std::collections::BTreeSet;

use super::sort::{self, Key, Sort};
use super::{Brief, Roll};
use crate::model::{Fleet, OffboardingId};
use crate::tui::filter::Filter;
use crate::tui::list::List;

/// The rows, and what they were chosen and sorted by.
#[derive(Debug)]
pub(crate) struct PeopleRows {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    pub(crate) reverse: bool,
    /// The orders that the screen offers.
    sorts: &'static [Sort],
    /// Of the rows, those with a failed step.
    failing: BTreeSet<OffboardingId>,
    /// Changed since the rows were made.
    changed: BTreeSet<OffboardingId>,
    /// What the rows were made with; `None`: they have to be made afresh.
    made_with: Option<(Filter, Sort, bool)>,
}

impl PeopleRows {
    pub(crate) fn offering(sorts: &'static [Sort]) -> Self {
        Self {
            list: List::default(),
            filter: Filter::default(),
            sort: Sort::default(),
            reverse: false,
            sorts,
            failing: BTreeSet::new(),
            changed: BTreeSet::new(),
            made_with: None,
        }
    }

    /// Everybody is new.
    pub(crate) fn rebuild(&mut self) {
        self.changed.clear();
        self.made_with = None;
    }

    /// Something happened to this person.
    pub(crate) fn heard(&mut self, id: OffboardingId) {
        self.changed.insert(id);
    }

    pub(crate) fn sort_next(&mut self) {
        let at = self.sorts.iter().position(|sort| *sort == self.sort).unwrap_or_default();
        self.sort = self.sorts[(at + 1) % self.sorts.len()];
    }

    pub(crate) fn sort_back(&mut self) {
        self.reverse = !self.reverse;
    }

    /// Of the rows, those with a failed step, in their order.
    pub(crate) fn failing(&self) -> impl Iterator<Item = OffboardingId> {
        self.list.ids.iter().filter(|id| self.failing.contains(id)).copied()
    }

    /// Whether a row has a failed step.
    pub(crate) fn some_fail(&self) -> bool {
        !self.failing.is_empty()
    }

    /// Brings the rows up to date: those who changed find their new places; all of them only after another filter or
    /// sort, or when it is less work.
    pub(crate) fn list_up(&mut self, roll: &Roll, fleet: &Fleet) {
        let wanted = (self.filter.clone(), self.sort, self.reverse);
        if self.made_with.as_ref() != Some(&wanted) || self.changed.len() > roll.len() / 8 + 8 {
            self.made_with = Some(wanted);
            self.changed.clear();
            return self.list_all(roll, fleet);
        }
        if self.changed.is_empty() {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        let mut ids = std::mem::take(&mut self.list.ids);
        ids.retain(|id| !changed.contains(id));
        for id in changed {
            self.failing.remove(&id);
            let Some((brief, person)) = roll.get(id).zip(fleet.get(id)) else { continue };
            if !self.filter.admits(brief, person) {
                continue;
            }
            if brief.fails {
                self.failing.insert(id);
            }
            let its = self.keyed(brief, id);
            let place = ids.partition_point(|other| {
                let theirs = roll.get(*other).map(|it| self.keyed(it, *other));
                theirs.is_some_and(|theirs| sort::compare(&theirs, &its, self.reverse).is_lt())
            });
            ids.insert(place, id);
        }
        self.list.replace(ids);
    }

    fn keyed<'a>(&self, brief: &'a Brief, id: OffboardingId) -> (Key<'a>, OffboardingId) {
        (brief.key(self.sort), id)
    }

    fn list_all(&mut self, roll: &Roll, fleet: &Fleet) {
        let admitted: Vec<_> = roll.with(fleet).filter(|(brief, person)| self.filter.admits(brief, person)).collect();
        self.failing = admitted.iter().filter(|(brief, _)| brief.fails).map(|(_, person)| person.id).collect();
        let mut rows: Vec<_> = admitted.into_iter().map(|(brief, person)| self.keyed(brief, person.id)).collect();
        rows.sort_unstable_by(|a, b| sort::compare(a, b, self.reverse));
        self.list.replace(rows.into_iter().map(|(_, id)| id).collect());
        self.list.marks.retain(|id| roll.get(*id).is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fleet::World;

    const ALL: &[Sort] = &[Sort::Urgency, Sort::Person, Sort::State, Sort::Progress, Sort::Exposure, Sort::Opened];

    #[test]
    fn rows_kept_by_events_are_as_if_all_had_been_sorted_afresh() {
        let world = World::busy();
        for sort in ALL.iter().copied() {
            for (reverse, filter) in [(false, ""), (true, ""), (false, "state:running"), (true, "!doe state:failed")] {
                let rows = || PeopleRows { sort, reverse, filter: Filter::parse(filter), ..PeopleRows::offering(ALL) };
                let (mut fleet, mut roll, mut kept) = (Fleet::default(), Roll::default(), rows());
                for envelope in &world.journal {
                    fleet.apply(envelope);
                    let Some(person) = envelope.event.offboarding().and_then(|id| fleet.get(id)) else { continue };
                    roll.note(person);
                    kept.heard(person.id);
                    kept.list_up(&roll, &fleet);
                    let mut afresh = rows();
                    afresh.list_up(&Roll::of(&fleet), &fleet);
                    assert_eq!(kept.list.ids, afresh.list.ids, "{sort:?} {reverse} `{filter}` after {envelope:?}");
                    assert_eq!(kept.failing, afresh.failing);
                }
                assert_eq!(kept.list.ids.is_empty(), filter.starts_with('!'), "{sort:?} `{filter}`");
            }
        }
    }
}
