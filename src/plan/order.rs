//! What waits for what, why, and for how long: from needs and destroys, from precedes, and from the stages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::select::Chosen;
use super::{PlanError, Runbook};
use crate::model::{ActionId, Danger, PlannedStep, Stage, Until, Wait};

/// What one step waits for, by places in the unordered list.
struct Edge {
    until: Until,
    why: String,
    awaited: BTreeSet<usize>,
}

/// The steps in their order, with their waits; an error if they wait for each other in a round.
pub(super) fn order(runbook: &Runbook, chosen: &[Chosen<'_>]) -> Result<Vec<PlannedStep>, PlanError> {
    if chosen.len() > usize::from(u16::MAX) {
        return Err(PlanError::TooMany(chosen.len()));
    }
    let waits = Waits::of(runbook, chosen);
    let sorted = waits.sorted(chosen)?;
    let mut ords = vec![0_u16; chosen.len()];
    for (ord, place) in (0_u16..).zip(&sorted) {
        ords[*place] = ord;
    }
    let ord_of_action: BTreeMap<&ActionId, u16> =
        chosen.iter().zip(&ords).map(|(step, ord)| (&step.spec.id, *ord)).collect();
    Ok(sorted.into_iter().map(|place| planned(&chosen[place], &waits.0[place], &ords, &ord_of_action)).collect())
}

fn planned(step: &Chosen<'_>, edges: &[Edge], ords: &[u16], ord_of_action: &BTreeMap<&ActionId, u16>) -> PlannedStep {
    let spec = step.spec;
    let wait = |edge: &Edge| {
        let mut steps: Vec<u16> = edge.awaited.iter().map(|place| ords[*place]).collect();
        steps.sort_unstable();
        Wait { steps, until: edge.until, why: edge.why.clone() }
    };
    PlannedStep {
        action: spec.id.clone(),
        title: spec.title.clone(),
        stage: step.stage,
        danger: spec.danger,
        class: spec.class,
        reason: step.reason.clone(),
        waits: edges.iter().map(wait).collect(),
        approval: step.approval,
        retry: step.retry,
        deadline_ms: step.deadline_ms,
        quarantine_ms: spec.quarantine_ms,
        residual: spec.residual.clone(),
        proved_by: spec.proved_by.as_ref().and_then(|action| ord_of_action.get(action).copied()),
        undo: spec.undo.clone(),
        undo_within_ms: spec.undo_within_ms,
        gives_back: None,
    }
}

/// Each step's edges.
struct Waits(Vec<Vec<Edge>>);

impl Waits {
    fn of(runbook: &Runbook, chosen: &[Chosen<'_>]) -> Self {
        let mut waits = Self(chosen.iter().map(|_| Vec::new()).collect());
        waits.facts(runbook, chosen);
        waits.declared(runbook, chosen);
        waits.gates(runbook, chosen);
        waits
    }

    /// One edge more; edges with the same end and reason are one.
    fn add(&mut self, waiter: usize, until: Until, why: &str, awaited: impl IntoIterator<Item = usize>) {
        let awaited = awaited.into_iter().filter(|place| *place != waiter);
        let edges = &mut self.0[waiter];
        if let Some(edge) = edges.iter_mut().find(|edge| edge.until == until && edge.why == why) {
            edge.awaited.extend(awaited);
            return;
        }
        let awaited: BTreeSet<usize> = awaited.collect();
        if !awaited.is_empty() {
            edges.push(Edge { until, why: why.to_owned(), awaited });
        }
    }

    /// What needs a fact goes before what ends it.
    fn facts(&mut self, runbook: &Runbook, chosen: &[Chosen<'_>]) {
        let mut needed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, step) in chosen.iter().enumerate() {
            for fact in &step.spec.needs {
                needed.entry(&fact.0).or_default().push(place);
            }
        }
        for (waiter, step) in chosen.iter().enumerate() {
            for fact in &step.spec.destroys {
                for &awaited in needed.get(fact.0.as_str()).into_iter().flatten() {
                    // In the kill switch all run side by side: the one that spoils the others waits for their first
                    // try, and never long. A backup code that cannot be revoked must not keep the account open.
                    let until = if both_cut(step, &chosen[awaited]) {
                        Until::Tried { patience_ms: runbook.patience_ms }
                    } else if step.spec.danger == Danger::Irreversible {
                        Until::Succeeded
                    } else {
                        Until::Tried { patience_ms: runbook.stage_patience_ms }
                    };
                    self.add(waiter, until, &format!("they need {}, which this step ends", fact.0), [awaited]);
                }
            }
        }
    }

    /// What a connector says must go before.
    fn declared(&mut self, runbook: &Runbook, chosen: &[Chosen<'_>]) {
        let places: BTreeMap<&ActionId, usize> =
            chosen.iter().enumerate().map(|(place, step)| (&step.spec.id, place)).collect();
        for (awaited, step) in chosen.iter().enumerate() {
            for later in &step.spec.precedes {
                let Some(&waiter) = places.get(later) else { continue };
                let until = if both_cut(step, &chosen[waiter]) {
                    Until::Tried { patience_ms: runbook.patience_ms }
                } else {
                    Until::Succeeded
                };
                let why = format!("{} requires that it goes first", step.spec.id.connector);
                self.add(waiter, until, &why, [awaited]);
            }
        }
    }

    /// Later stages go after earlier ones, and what cannot be taken back goes after everything.
    fn gates(&mut self, runbook: &Runbook, chosen: &[Chosen<'_>]) {
        let after = self.dependants();
        for (waiter, step) in chosen.iter().enumerate() {
            let earlier = |other: &Chosen<'_>| other.stage < step.stage;
            if step.spec.danger == Danger::Irreversible {
                // Not for those of its own stage that were told to go after it.
                let told_after = reachable(&after, waiter);
                let beside = |place: usize, other: &Chosen<'_>| {
                    other.stage == step.stage
                        && other.spec.danger != Danger::Irreversible
                        && !told_after.contains(&place)
                };
                let awaited = places(chosen, |place, other| earlier(other) || beside(place, other));
                self.add(waiter, Until::Succeeded, "nothing is deleted before everything else is verified", awaited);
            } else if step.stage > Stage::KillSwitch {
                // One reset that fails must not keep the rest from ever being cleaned up: patience, not success.
                let until = Until::Tried { patience_ms: runbook.stage_patience_ms };
                let awaited = places(chosen, |_, other| earlier(other));
                self.add(waiter, until, "the kill switch and earlier stages go first", awaited);
            }
        }
    }

    /// Who waits for each step.
    fn dependants(&self) -> Vec<BTreeSet<usize>> {
        let mut after = vec![BTreeSet::new(); self.0.len()];
        for (waiter, edges) in self.0.iter().enumerate() {
            for &awaited in edges.iter().flat_map(|edge| &edge.awaited) {
                after[awaited].insert(waiter);
            }
        }
        after
    }

    /// By stage, then so that each comes after what it waits for, then by id.
    fn sorted(&self, chosen: &[Chosen<'_>]) -> Result<Vec<usize>, PlanError> {
        let after = self.dependants();
        let mut open: Vec<usize> = vec![0; chosen.len()];
        for &waiter in after.iter().flatten() {
            open[waiter] += 1;
        }
        // Steps come by id, so that the place is the id's rank.
        let key = |place: usize| Reverse((chosen[place].stage, place));
        let mut ready: BinaryHeap<_> = (0..chosen.len()).filter(|place| open[*place] == 0).map(key).collect();
        let mut sorted = Vec::with_capacity(chosen.len());
        while let Some(Reverse((_, place))) = ready.pop() {
            sorted.push(place);
            for &waiter in &after[place] {
                open[waiter] -= 1;
                if open[waiter] == 0 {
                    ready.push(key(waiter));
                }
            }
        }
        if sorted.len() == chosen.len() { Ok(sorted) } else { Err(self.cycle(chosen, &open)) }
    }

    /// A round among the steps that are left over: each of them waits for another one of them.
    fn cycle(&self, chosen: &[Chosen<'_>], open: &[usize]) -> PlanError {
        let next = |place: usize| {
            let edges = self.0[place].iter();
            edges.flat_map(|edge| edge.awaited.iter().map(move |to| (*to, &edge.why))).find(|(to, _)| open[*to] > 0)
        };
        let mut walked: Vec<(usize, String)> = Vec::new();
        let mut place = open.iter().position(|left| *left > 0).unwrap_or_default();
        while !walked.iter().any(|(seen, _)| *seen == place) {
            let Some((to, why)) = next(place) else { break };
            let (waiter, awaited) = (&chosen[place].spec.id, &chosen[to].spec.id);
            walked.push((place, format!("{waiter} waits for {awaited}: {why}")));
            place = to;
        }
        let round = walked.into_iter().skip_while(|(seen, _)| *seen != place);
        let (path, reasons) = round.map(|(place, reason)| (chosen[place].spec.id.clone(), reason)).unzip();
        PlanError::Cycle { path, reasons }
    }
}

fn both_cut(one: &Chosen<'_>, other: &Chosen<'_>) -> bool {
    one.stage == Stage::KillSwitch && other.stage == Stage::KillSwitch
}

fn places(chosen: &[Chosen<'_>], wanted: impl Fn(usize, &Chosen<'_>) -> bool) -> Vec<usize> {
    chosen.iter().enumerate().filter(|(place, step)| wanted(*place, step)).map(|(place, _)| place).collect()
}

/// Everything that waits for `from`, round however many corners.
fn reachable(after: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(place) = open.pop() {
        open.extend(after[place].iter().copied().filter(|next| seen.insert(*next)));
    }
    seen
}
