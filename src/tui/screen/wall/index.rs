//! What the wall counts. One event costs as much as the person whom it is about has steps, whoever else is there.

use std::collections::HashMap;

use super::ahead::by_itself;
use crate::model::step::StepState;
use crate::model::{ConnectorId, Fleet, Offboarding};
use crate::tui::cell::Cell;

/// One person's steps at one connector.
struct Part {
    /// The connector's number in [`Index::columns`].
    column: usize,
    counts: Counts,
}

/// Steps and people counted: of one person at one connector, of a column, of the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// People who have steps here.
    pub(crate) people: u32,
    pub(crate) steps: u32,
    pub(crate) settled: u32,
    /// Calls to the vendor that are still to be made by themselves: an act and its read-back are two.
    pub(crate) jobs: u32,
    /// Steps that wait for consent, of people who have not ended.
    pub(crate) approvals: u32,
    /// Steps that failed or need a person, of people who have not ended.
    pub(crate) attention: u32,
}

/// Everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) counts: Counts,
    /// Whose kill switch is proved.
    pub(crate) cut: u32,
    /// Launched, and not proved cut.
    pub(crate) exposed: u32,
}

/// What one person adds to them.
struct Person {
    parts: Vec<Part>,
    cut: bool,
    exposed: bool,
}

impl Person {
    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.parts.iter().for_each(|part| all.add(part.counts));
        // A person counts once, at however many connectors.
        all.people = u32::from(!self.parts.is_empty());
        all
    }
}

/// A connector that occurs in somebody's plan.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) id: ConnectorId,
    pub(crate) counts: Counts,
}

/// The counts, kept as people change.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// In the order in which they were met: a column's number never changes.
    pub(crate) columns: Vec<Column>,
    numbers: HashMap<ConnectorId, usize>,
    /// The columns' numbers in the order of their names.
    pub(crate) shown: Vec<usize>,
    pub(crate) totals: Totals,
}

impl Counts {
    fn add(&mut self, it: Self) {
        self.people += it.people;
        self.steps += it.steps;
        self.settled += it.settled;
        self.jobs += it.jobs;
        self.approvals += it.approvals;
        self.attention += it.attention;
    }

    fn take(&mut self, it: Self) {
        self.people -= it.people;
        self.steps -= it.steps;
        self.settled -= it.settled;
        self.jobs -= it.jobs;
        self.approvals -= it.approvals;
        self.attention -= it.attention;
    }

    /// Counts a step; `open`: somebody can still do something about it; `goes`: it goes on by itself.
    fn step(&mut self, state: &StepState, open: bool, goes: bool) {
        self.steps += 1;
        self.settled += u32::from(state.is_settled());
        self.approvals += u32::from(open && matches!(state, StepState::AwaitingApproval { .. }));
        self.attention += u32::from(open && state.needs_attention());
        self.jobs += match state {
            _ if !goes => 0,
            StepState::Waiting | StepState::RetryAt { .. } | StepState::Running { .. } => 2,
            StepState::Verifying { .. } | StepState::Ambiguous { .. } => 1,
            _ => 0,
        };
    }
}

impl Index {
    /// Counts everybody afresh.
    pub(crate) fn of(fleet: &Fleet) -> Self {
        let mut index = Self::default();
        fleet.offboardings.values().for_each(|person| index.put_in(person));
        index
    }

    /// Somebody is here, as they are now.
    pub(crate) fn put_in(&mut self, person: &Offboarding) {
        let person = self.look_at(person);
        for part in &person.parts {
            self.columns[part.column].counts.add(part.counts);
        }
        let totals = &mut self.totals;
        totals.counts.add(person.counts());
        totals.cut += u32::from(person.cut);
        totals.exposed += u32::from(person.exposed);
    }

    /// Somebody is about to change.
    pub(crate) fn take_out(&mut self, person: &Offboarding) {
        let person = self.look_at(person);
        for part in &person.parts {
            self.columns[part.column].counts.take(part.counts);
        }
        let totals = &mut self.totals;
        totals.counts.take(person.counts());
        totals.cut -= u32::from(person.cut);
        totals.exposed -= u32::from(person.exposed);
    }

    fn look_at(&mut self, person: &Offboarding) -> Person {
        let (open, goes) = (person.is_open(), by_itself(person));
        let mut parts: Vec<Part> = Vec::new();
        for ((planned, step), goes) in person.plan.steps.iter().zip(&person.steps).zip(goes) {
            let column = self.number_of(&planned.action.connector);
            let at = parts.iter().position(|part| part.column == column).unwrap_or_else(|| {
                parts.push(Part { column, counts: Counts { people: 1, ..Counts::default() } });
                parts.len() - 1
            });
            parts[at].counts.step(&step.state, open, goes);
        }
        let exposed = person.is_open() && person.exposed_since().is_some();
        Person { parts, cut: person.cut_at.is_some(), exposed }
    }

    fn number_of(&mut self, connector: &ConnectorId) -> usize {
        if let Some(number) = self.numbers.get(connector) {
            return *number;
        }
        let number = self.columns.len();
        self.columns.push(Column { id: connector.clone(), counts: Counts::default() });
        self.numbers.insert(connector.clone(), number);
        let columns = &self.columns;
        let at = self.shown.partition_point(|other| columns[*other].id < *connector);
        self.shown.insert(at, number);
        number
    }

    /// The columns in the order in which they are shown.
    pub(crate) fn shown(&self) -> impl ExactSizeIterator<Item = &Column> {
        self.shown.iter().map(|number| &self.columns[*number])
    }

    /// The person's cells in the order in which the columns are shown; `None`: nothing is planned there.
    pub(crate) fn cells(&self, person: &Offboarding) -> Vec<Option<Cell>> {
        let mut worst = vec![None; self.columns.len()];
        for (planned, step) in person.plan.steps.iter().zip(&person.steps) {
            if let Some(number) = self.numbers.get(&planned.action.connector) {
                worst[*number] = worst[*number].max(Some(Cell::within(person, &step.state)));
            }
        }
        self.shown.iter().map(|number| worst[*number]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, OffboardingId};
    use crate::tui::tests::fleet::{World, ago};

    #[test]
    fn what_is_kept_by_events_is_what_counting_afresh_gives() {
        let (mut fleet, mut index) = (Fleet::default(), Index::default());
        for envelope in &World::busy().journal {
            let about = envelope.event.offboarding();
            about.and_then(|id| fleet.get(id)).into_iter().for_each(|it| index.take_out(it));
            fleet.apply(envelope);
            about.and_then(|id| fleet.get(id)).into_iter().for_each(|it| index.put_in(it));
            let afresh = Index::of(&fleet);
            assert_eq!(index.totals, afresh.totals, "after {envelope:?}");
            for (kept, counted) in index.shown().zip(afresh.shown()) {
                assert_eq!((&kept.id, kept.counts), (&counted.id, counted.counts), "after {envelope:?}");
            }
        }
    }

    #[test]
    fn the_cell_is_the_worst_of_the_steps_there_and_nothing_where_none_is_planned() {
        let world = World::busy();
        let index = Index::of(&world.fleet);
        let names: Vec<_> = index.shown().map(|it| it.id.as_str().to_owned()).collect();
        assert_eq!(names, ["github", "google", "okta", "slack"]);
        let alfa = index.cells(world.fleet.get(OffboardingId(1)).unwrap());
        assert_eq!(alfa[2], Some(Cell::Failed));
        assert_eq!(alfa[0], Some(Cell::Waiting), "removed, but the keys are not deleted");
        let mut few = world.fleet.get(OffboardingId(1)).unwrap().clone();
        few.plan.steps = few.plan.steps[..2].into();
        assert_eq!(index.cells(&few)[3], None);
    }

    #[test]
    fn jobs_are_what_goes_on_by_itself_and_every_act_is_read_back() {
        let mut world = World::empty();
        let alfa = world.running("Alfa Doe", ago(1_000));
        assert_eq!(Index::of(&world.fleet).totals.counts.jobs, 18, "two wait for consent when their turn comes");
        world.acknowledge(alfa.step(0), ago(900));
        world.done(alfa.step(1), ago(900));
        world.fail(alfa.step(2), ago(900));
        world.ask(alfa.step(9), ago(900));
        let counts = Index::of(&world.fleet).totals.counts;
        assert_eq!((counts.jobs, counts.approvals, counts.attention, counts.settled), (13, 1, 1, 1));
    }

    #[test]
    fn what_waits_for_a_consent_or_behind_one_is_no_job() {
        let mut world = World::empty();
        let alfa = world.running("Alfa Doe", ago(1_000));
        world.done_up_to(alfa, 6, ago(900));
        world.done(alfa.step(7), ago(300));
        world.done(alfa.step(8), ago(200));
        world.ask(alfa.step(9), ago(100));
        let counts = |world: &World| Index::of(&world.fleet).totals.counts;
        assert_eq!(counts(&world).jobs, 2, "the Drive is handed over");
        world.fail(alfa.step(6), ago(90));
        assert_eq!(counts(&world).jobs, 0, "the deletion is behind what failed");
    }

    #[test]
    fn of_who_has_ended_nobody_is_asked_any_more() {
        let mut world = World::empty();
        let alfa = world.running("Alfa Doe", ago(1_000));
        world.fail(alfa.step(2), ago(900));
        world.ask(alfa.step(9), ago(900));
        let before = Index::of(&world.fleet);
        assert_eq!((before.totals.counts.approvals, before.totals.counts.attention), (1, 1));
        world.engine(ago(800), Event::Aborted { offboarding: alfa, reason: "withdrawn".to_owned() });
        let index = Index::of(&world.fleet);
        assert_eq!((index.totals.counts.approvals, index.totals.counts.attention), (0, 0));
        let cells = index.cells(world.fleet.get(alfa).unwrap());
        let [github, google, okta, slack] = cells.as_slice() else { panic!("{cells:?}") };
        assert_eq!([github, google, okta].map(|it| it.unwrap()), [Cell::Skipped; 3], "it will never run");
        assert_eq!(slack.unwrap(), Cell::Failed, "what failed did fail");
    }
}
