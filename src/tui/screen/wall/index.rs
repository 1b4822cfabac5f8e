//! What the wall counts. One event costs as much as the person whom it is about has steps, whoever else is there.

use std::collections::{BTreeMap, HashMap};

use super::cell::Cell;
use crate::model::step::StepState;
use crate::model::{ConnectorId, Fleet, Offboarding, OffboardingId, Phase};

/// One person's steps at one connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The connector's number in [`Index::columns`].
    pub(crate) column: usize,
    pub(crate) worst: Cell,
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
    /// Steps that wait for consent.
    pub(crate) approvals: u32,
    /// Steps that failed or need a person.
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
    /// Under way, with a step that failed or needs a person.
    pub(crate) failing: u32,
}

#[derive(Debug, Clone, Default)]
struct Person {
    parts: Vec<Part>,
    cut: bool,
    exposed: bool,
    fails: bool,
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
    people: BTreeMap<OffboardingId, Person>,
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

    /// Counts a step; `runs`: what it waits for goes on by itself.
    fn step(&mut self, state: &StepState, runs: bool) {
        self.steps += 1;
        self.settled += u32::from(state.is_settled());
        self.approvals += u32::from(matches!(state, StepState::AwaitingApproval { .. }));
        self.attention += u32::from(state.needs_attention());
        self.jobs += match state {
            _ if !runs => 0,
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
        for person in fleet.offboardings.values() {
            index.note(person);
        }
        index
    }

    /// This person is new, or has changed. How many of the steps were settled by it.
    pub(crate) fn note(&mut self, person: &Offboarding) -> u32 {
        let now = self.look_at(person);
        for part in &now.parts {
            self.columns[part.column].counts.add(part.counts);
        }
        let settled_now = self.count(&now, true);
        let before = self.people.insert(person.id, now).unwrap_or_default();
        for part in &before.parts {
            self.columns[part.column].counts.take(part.counts);
        }
        settled_now.saturating_sub(self.count(&before, false))
    }

    /// Adds the person to the totals, or takes them away; how many of their steps are settled.
    fn count(&mut self, person: &Person, add: bool) -> u32 {
        let mut all = Counts::default();
        for part in &person.parts {
            all.add(part.counts);
        }
        // A person counts once, at however many connectors.
        all.people = u32::from(!person.parts.is_empty());
        let (cut, exposed, fails) = (u32::from(person.cut), u32::from(person.exposed), u32::from(person.fails));
        let totals = &mut self.totals;
        if add {
            totals.counts.add(all);
            totals.cut += cut;
            totals.exposed += exposed;
            totals.failing += fails;
        } else {
            totals.counts.take(all);
            totals.cut -= cut;
            totals.exposed -= exposed;
            totals.failing -= fails;
        }
        all.settled
    }

    fn look_at(&mut self, person: &Offboarding) -> Person {
        let runs = person.phase == Phase::Running;
        let mut parts: Vec<Part> = Vec::new();
        for (planned, step) in person.plan.steps.iter().zip(&person.steps) {
            let column = self.number_of(&planned.action.connector);
            let worst = Cell::of(&step.state);
            let at = parts.iter().position(|part| part.column == column).unwrap_or_else(|| {
                parts.push(Part { column, worst, counts: Counts { people: 1, ..Counts::default() } });
                parts.len() - 1
            });
            parts[at].worst = parts[at].worst.max(worst);
            parts[at].counts.step(&step.state, runs);
        }
        let exposed = person.is_open() && person.exposed_since().is_some();
        Person { parts, cut: person.cut_at.is_some(), exposed, fails: person.fails() }
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

    /// The cell in a shown column; `None`: nothing is planned there.
    pub(crate) fn cell(&self, person: OffboardingId, column: usize) -> Option<Cell> {
        let number = self.shown.get(column)?;
        let parts = &self.people.get(&person)?.parts;
        parts.iter().find(|part| part.column == *number).map(|part| part.worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::fleet::{World, ago};

    #[test]
    fn what_is_kept_by_events_is_what_counting_afresh_gives() {
        let mut world = World::busy();
        let mut index = Index::of(&world.fleet);
        let kilo = world.running("Kilo Doe", ago(1_000));
        index.note(world.fleet.get(kilo).unwrap());
        for ord in 0..11 {
            world.start(kilo.step(ord), ago(900));
            index.note(world.fleet.get(kilo).unwrap());
            world.fail(kilo.step(ord), ago(800));
            index.note(world.fleet.get(kilo).unwrap());
        }
        let afresh = Index::of(&world.fleet);
        assert_eq!(index.totals, afresh.totals);
        for (kept, counted) in index.shown().zip(afresh.shown()) {
            assert_eq!((&kept.id, kept.counts), (&counted.id, counted.counts));
        }
    }

    #[test]
    fn the_cell_is_the_worst_of_the_steps_there_and_nothing_where_none_is_planned() {
        let world = World::busy();
        let index = Index::of(&world.fleet);
        let names: Vec<_> = index.shown().map(|it| it.id.as_str().to_owned()).collect();
        assert_eq!(names, ["github", "google", "okta", "slack"]);
        let alfa = OffboardingId(1);
        assert_eq!(index.cell(alfa, 2), Some(Cell::Failed));
        assert_eq!(index.cell(alfa, 0), Some(Cell::Waiting), "removed, but the keys are not deleted");
        assert_eq!(index.cell(alfa, 9), None);
        assert_eq!(index.cell(OffboardingId(99), 0), None);
    }

    #[test]
    fn jobs_are_what_goes_on_by_itself_and_every_act_is_read_back() {
        let mut world = World::empty();
        let alfa = world.running("Alfa Doe", ago(1_000));
        assert_eq!(Index::of(&world.fleet).totals.counts.jobs, 22);
        world.acknowledge(alfa.step(0), ago(900));
        world.done(alfa.step(1), ago(900));
        world.fail(alfa.step(2), ago(900));
        world.ask(alfa.step(9), ago(900));
        let counts = Index::of(&world.fleet).totals.counts;
        assert_eq!((counts.jobs, counts.approvals, counts.attention, counts.settled), (15, 1, 1, 1));
    }
}
