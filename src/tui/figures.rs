//! The dashboard's figures: kept as things happen, so that an event costs what one person has steps, whoever else is
//! there. A person is taken out as they were, and put back as they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::span;
use super::standing::Standing;
use crate::model::revocation::nearest_rank;
use crate::model::{Consent, Fleet, Offboarding, OffboardingId, StepRef, StepState, Timestamp};

/// What the tiles and the header show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// The operator's day: from its midnight until the next.
    today: (Timestamp, Timestamp),
    /// Waiting for their instant.
    pub(crate) armed: usize,
    /// Waiting for a person's launch.
    pub(crate) held: usize,
    pub(crate) running: usize,
    pub(crate) paused: usize,
    /// People who wait for consent.
    pub(crate) approval: usize,
    /// People with a failed step, or one that needs a person.
    pub(crate) attention: usize,
    pub(crate) verifying: usize,
    pub(crate) closed_today: usize,
    /// Everything that has not ended.
    pub(crate) open: usize,
    /// Launched, and not proved cut: since when.
    exposed: BTreeSet<(Timestamp, OffboardingId)>,
    /// When each of them is over its SLA.
    sla_ends: BTreeSet<(Timestamp, OffboardingId)>,
    /// Times from launch to cut of those cut today, in ms, sorted.
    revoked: Vec<u64>,
    /// How many of those took longer than their plan's SLA.
    pub(crate) over_sla: usize,
    /// The SLAs of those plans, in ms, and how many have each.
    slas: BTreeMap<u64, usize>,
    /// Steps of which nobody knows whether their call took effect, by the end of the quarantine.
    doubts: BTreeSet<(Timestamp, StepRef)>,
    /// Steps that wait for consent: not urgent, since when.
    asked: BTreeSet<(bool, Timestamp, StepRef)>,
    /// Steps that hold a consent and have not used it: it can run out.
    granted: BTreeSet<StepRef>,
}

/// Whether somebody is put in or taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    In,
    Out,
}

impl Turn {
    fn count(self, counter: &mut usize, holds: bool) {
        match self {
            Self::In => *counter += usize::from(holds),
            Self::Out => *counter -= usize::from(holds),
        }
    }

    fn element<T: Ord>(self, set: &mut BTreeSet<T>, it: T) {
        match self {
            Self::In => set.insert(it),
            Self::Out => set.remove(&it),
        };
    }
}

impl Figures {
    /// Everybody, counted for the day that `now` is of.
    pub(crate) fn of(fleet: &Fleet, now: Timestamp, zone: &TimeZone) -> Self {
        let midnight = span::midnight(now, zone);
        // No day is shorter than 23 hours or longer than 25.
        let next = span::midnight(midnight.plus_ms(36 * 3_600_000), zone);
        let mut it = Self { today: (midnight, next), ..Self::default() };
        fleet.offboardings.values().for_each(|person| it.put_in(person));
        it
    }

    /// Whether "today" still is today.
    pub(crate) fn are_of(&self, now: Timestamp) -> bool {
        (self.today.0..self.today.1).contains(&now)
    }

    /// Somebody is here, as they are now.
    pub(crate) fn put_in(&mut self, person: &Offboarding) {
        self.turn(person, Turn::In);
    }

    /// Somebody is about to change, or to go.
    pub(crate) fn take_out(&mut self, person: &Offboarding) {
        self.turn(person, Turn::Out);
    }

    fn turn(&mut self, person: &Offboarding, turn: Turn) {
        self.turn_revocation(person, turn);
        for (ord, step) in (0u16..).zip(&person.steps) {
            if let StepState::Ambiguous { until, .. } = step.state {
                turn.element(&mut self.doubts, (until, person.id.step(ord)));
            }
        }
        let standing = Standing::of(person);
        if let Some(ended) = person.ended_at {
            turn.count(&mut self.closed_today, standing == Standing::Closed && ended >= self.today.0);
            return;
        }
        turn.count(&mut self.open, true);
        match standing {
            Standing::Armed => turn.count(&mut self.armed, true),
            Standing::Held => turn.count(&mut self.held, true),
            Standing::Paused => turn.count(&mut self.paused, true),
            Standing::Running => turn.count(&mut self.running, true),
            Standing::Verifying => turn.count(&mut self.verifying, true),
            _ => {}
        }
        let (mut attention, mut approval) = (false, false);
        for (ord, step) in (0u16..).zip(&person.steps) {
            let at = person.id.step(ord);
            attention |= step.state.needs_attention();
            match step.consent() {
                Some(Consent::Asked { since }) => {
                    approval = true;
                    turn.element(&mut self.asked, (!person.leaver().urgent(), since, at));
                }
                Some(Consent::Given(_)) => turn.element(&mut self.granted, at),
                None => {}
            }
        }
        turn.count(&mut self.attention, attention);
        turn.count(&mut self.approval, approval);
        if let Some(launched) = person.exposed_since() {
            turn.element(&mut self.exposed, (launched, person.id));
            turn.element(&mut self.sla_ends, (launched.plus_ms(person.plan.sla_ms), person.id));
        }
    }

    /// How long it took, if it was today.
    fn turn_revocation(&mut self, person: &Offboarding, turn: Turn) {
        let (Some(launched), Some(cut)) = (person.launched_at, person.cut_at) else { return };
        if cut < self.today.0 {
            return;
        }
        let (took, sla) = (cut.ms_since(launched), person.plan.sla_ms);
        turn.count(&mut self.over_sla, took > sla);
        let plans = self.slas.entry(sla).or_default();
        turn.count(plans, true);
        if *plans == 0 {
            self.slas.remove(&sla);
        }
        let place = self.revoked.partition_point(|it| *it < took);
        match turn {
            Turn::In => self.revoked.insert(place, took),
            Turn::Out => drop(self.revoked.remove(place)),
        }
    }

    /// How many are launched, and not proved cut.
    pub(crate) fn exposed(&self) -> usize {
        self.exposed.len()
    }

    /// The earliest launch among them.
    pub(crate) fn exposed_since(&self) -> Option<Timestamp> {
        self.exposed.first().map(|(launched, _)| *launched)
    }

    /// Whether one of them is over its SLA.
    pub(crate) fn is_over_sla(&self, now: Timestamp) -> bool {
        self.sla_ends.first().is_some_and(|(ends, _)| *ends < now)
    }

    /// How many were cut today.
    pub(crate) fn revoked(&self) -> usize {
        self.revoked.len()
    }

    /// The shortest SLA among today's plans, in ms.
    pub(crate) fn sla_ms(&self) -> Option<u64> {
        self.slas.keys().next().copied()
    }

    /// Steps of which nobody knows whether their call took effect, and when the last quarantine ends.
    pub(crate) fn doubts(&self) -> Option<(usize, Timestamp)> {
        self.doubts.last().map(|(until, _)| (self.doubts.len(), *until))
    }

    /// How many steps wait for consent.
    pub(crate) fn approvals(&self) -> usize {
        self.asked.len()
    }

    /// Steps that wait for consent: urgent people first, then the oldest.
    pub(crate) fn asked(&self) -> impl Iterator<Item = StepRef> {
        self.asked.iter().map(|(_, _, step)| *step)
    }

    /// Steps that hold a consent and have not used it.
    pub(crate) fn granted(&self) -> impl Iterator<Item = StepRef> {
        self.granted.iter().copied()
    }

    /// The time below which `percent` of today's revocations stayed (nearest rank), in ms.
    pub(crate) fn percentile(&self, percent: usize) -> Option<u64> {
        nearest_rank(&self.revoked, percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;
    use crate::tui::tests::fleet::{NOW, World, ago, ahead};

    #[test]
    fn what_is_kept_by_events_is_what_counting_afresh_gives() {
        // Everything that a busy world does, event by event, from an empty one on.
        let mut world = World::busy();
        // Within the SLA of a minute, and over it.
        let kilo = world.running("Kilo Doe", ago(200_000));
        for ord in 0..11 {
            world.start(kilo.step(ord), ago(900));
            world.done(kilo.step(ord), ago(800));
        }
        world.engine(ago(700), Event::Closed { offboarding: kilo });
        let (mut fleet, mut kept) = (Fleet::default(), Figures::of(&Fleet::default(), NOW, &TimeZone::UTC));
        for envelope in &world.journal {
            let about = envelope.event.offboarding();
            about.and_then(|id| fleet.get(id)).into_iter().for_each(|it| kept.take_out(it));
            fleet.apply(envelope);
            about.and_then(|id| fleet.get(id)).into_iter().for_each(|it| kept.put_in(it));
            assert_eq!(kept, Figures::of(&fleet, NOW, &TimeZone::UTC), "after {envelope:?}");
        }
        assert!(kept.over_sla > 0 && kept.over_sla < kept.revoked(), "{kept:?}");
        assert!(kept.revoked() > 0 && kept.approvals() > 0 && kept.exposed() > 0, "{kept:?}");
        assert!(kept.doubts().is_some() && kept.closed_today > 0 && kept.attention > 0, "{kept:?}");
    }

    #[test]
    fn today_ends_at_the_operators_midnight() {
        let kept = Figures::of(&World::busy().fleet, NOW, &TimeZone::UTC);
        assert!(kept.are_of(NOW) && kept.are_of(ahead(12 * 3_600_000 - 1)));
        assert!(!kept.are_of(ahead(12 * 3_600_000)));
    }
}
