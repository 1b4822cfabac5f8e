//! A snapshot in parts: ten thousand people are too much for one line, and their plans are alike but for a few.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::protocol::EngineLine;
use crate::model::shared::Shared;
use crate::model::{Fleet, Offboarding, OffboardingId, PlannedStep};

/// So many people go into one line: what a line takes while it is read is no part of what is kept.
const PEOPLE: usize = 64;

/// Some people of a snapshot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Part {
    /// How many people all parts together have.
    pub of: usize,
    /// Steps that plans have and no part before had: the next places of the table that people point into.
    pub steps: Vec<Arc<[PlannedStep]>>,
    /// Whose plan has the steps of which place; the plan itself comes without.
    pub people: Vec<(usize, Box<Offboarding>)>,
}

/// What is sent for this fleet before its snapshot, which keeps the rest: nothing, where there are few people.
pub fn split(fleet: &mut Fleet) -> impl Iterator<Item = EngineLine> + use<> {
    let of = fleet.offboardings.len();
    let people = if of > PEOPLE { std::mem::take(&mut fleet.offboardings) } else { BTreeMap::new() };
    let mut people = people.into_values();
    // The fleet keeps like plans once, so that the same steps have the same address; held here, it stays theirs.
    let mut known: HashMap<usize, (usize, Arc<[PlannedStep]>)> = HashMap::new();
    std::iter::from_fn(move || {
        let mut part = Part { of, ..Part::default() };
        for mut person in people.by_ref().take(PEOPLE) {
            let steps = std::mem::replace(&mut person.plan.steps, Arc::new([]));
            let next = known.len();
            let (place, _) = known.entry(steps.as_ptr().addr()).or_insert_with(|| {
                part.steps.push(Arc::clone(&steps));
                (next, steps)
            });
            part.people.push((*place, person));
        }
        (!part.people.is_empty()).then_some(EngineLine::Part(part))
    })
}

/// The parts that have come.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    of: usize,
    steps: Vec<Arc<[PlannedStep]>>,
    people: Vec<(OffboardingId, Box<Offboarding>)>,
    shared: Shared,
}

impl Gathered {
    /// The next part.
    pub fn add(&mut self, part: Part) {
        self.of = part.of;
        self.steps.extend(part.steps);
        for (place, mut person) in part.people {
            if let Some(steps) = self.steps.get(place) {
                person.plan.steps = Arc::clone(steps);
            }
            person.share(&mut self.shared);
            self.people.push((person.id, person));
        }
    }

    /// How many people are here, and how many there will be; `None`: no part has come.
    pub fn progress(&self) -> Option<(usize, usize)> {
        (self.of > 0).then_some((self.people.len(), self.of))
    }

    /// The fleet with everybody.
    pub fn whole(self, mut rest: Fleet) -> Fleet {
        rest.shared = self.shared;
        let mut few = std::mem::take(&mut rest.offboardings);
        for person in few.values_mut() {
            person.share(&mut rest.shared);
        }
        rest.offboardings = self.people.into_iter().collect();
        rest.offboardings.append(&mut few);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::Mirror;
    use crate::ipc::protocol::MAX_LINE;
    use crate::model::sample::{offboarding, planned};
    use crate::model::{Actor, Envelope, Event, Phase, Timestamp};

    /// People with plans of three kinds.
    fn fleet(people: u64) -> Fleet {
        let mut fleet = Fleet { next_seq: 7, next_offboarding: people, ..Fleet::default() };
        for id in 0..people {
            let steps = (0..=id % 3).map(|nth| planned(&format!("okta.act-{nth}"))).collect();
            let sample = offboarding(id, steps);
            let event = Event::Opened {
                offboarding: OffboardingId(id),
                notice: Box::new(sample.notice),
                plan: Box::new(sample.plan),
                phase: Phase::Running,
            };
            fleet.apply(&Envelope { seq: 6, at: Timestamp(1), actor: Actor::Engine, event });
        }
        fleet
    }

    /// Over the wire and back.
    fn mirrored(mut fleet: Fleet) -> (Mirror, usize) {
        let mut lines: Vec<EngineLine> = split(&mut fleet).collect();
        let parts = lines.len();
        lines.push(EngineLine::Snapshot { fleet: Box::new(fleet), connectors: Vec::new(), at: Timestamp(1) });
        let mut mirror = Mirror::default();
        for line in lines {
            let json = serde_json::to_vec(&line).unwrap();
            assert!(json.len() < MAX_LINE / 16, "{} bytes", json.len());
            assert!(!mirror.ready);
            mirror.fold(serde_json::from_slice(&json).unwrap(), Timestamp(1)).unwrap();
        }
        (mirror, parts)
    }

    #[test]
    fn a_fleet_in_parts_is_the_same_fleet_and_keeps_like_plans_once() {
        let fleet = fleet(1_001);
        let (mirror, parts) = mirrored(fleet.clone());
        assert_eq!((parts, &mirror.fleet), (1_001_usize.div_ceil(PEOPLE), &fleet));
        for fleet in [&fleet, &mirror.fleet] {
            let kinds: std::collections::BTreeSet<_> =
                fleet.offboardings.values().map(|it| Arc::as_ptr(&it.plan.steps).cast::<u8>()).collect();
            assert_eq!(kinds.len(), 3);
        }
        assert_eq!(mirror.loading(), None);
    }

    #[test]
    fn few_people_come_with_the_snapshot() {
        let fleet = fleet(3);
        let (mirror, parts) = mirrored(fleet.clone());
        assert_eq!((parts, mirror.fleet), (0, fleet));
    }

    #[test]
    fn parts_of_a_line_that_broke_are_forgotten_with_it() {
        let mut all = fleet(600);
        let mut mirror = Mirror::default();
        let mut parts = split(&mut all);
        mirror.fold(parts.next().unwrap(), Timestamp(1)).unwrap();
        assert_eq!(mirror.loading(), Some((PEOPLE, 600)));
        mirror.lose("gone".to_owned());
        assert_eq!(mirror.loading(), None);
    }
}
