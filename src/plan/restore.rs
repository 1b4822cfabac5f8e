//! The plan of an undo: an offboarding's steps backwards, each with the before-image that it kept.
//!
//! Only what Nightlatch itself took away comes back: a step that found everything done already, or no account, has
//! nothing to give.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PlanError, digest};
use crate::model::step::{Proof, Step, StepState};
use crate::model::{
    Account, Danger, GivesBack, Lost, Offboarding, Plan, PlannedStep, Restoration, Stage, StepClass, Timestamp, Until,
    Wait,
};

/// How long a step that gives something back waits for the one before it, in ms: one that fails must not keep the rest
/// from coming back.
const PATIENCE_MS: u64 = 60_000;

/// What undoing these steps of `offboarding` would do; none: all of them.
pub fn restore(offboarding: &Offboarding, steps: &[u16], now: Timestamp) -> Result<Restoration, PlanError> {
    let mut lost = Vec::new();
    let mut backwards: Vec<(u16, PlannedStep)> = Vec::new();
    let all: Vec<_> = (0_u16..).zip(offboarding.plan.steps.iter().zip(&offboarding.steps)).collect();
    for (ord, (planned, step)) in all.into_iter().rev() {
        if !steps.is_empty() && !steps.contains(&ord) {
            continue;
        }
        match fate(planned, step, offboarding.account_for(ord), now) {
            Fate::Nothing => {}
            Fate::Lost(why) => {
                lost.push(Lost { step: offboarding.id.step(ord), action: planned.action.clone(), why });
            }
            Fate::Back { until } => backwards.push((ord, undoing(offboarding, ord, planned, step, until))),
        }
    }
    lost.reverse();
    let places: BTreeMap<u16, u16> = (0_u16..).zip(&backwards).map(|(place, (ord, _))| (*ord, place)).collect();
    let waits: Vec<Vec<u16>> = backwards.iter().map(|(ord, _)| later(offboarding, *ord, &places)).collect();
    for ((_, step), waited) in backwards.iter_mut().zip(waits) {
        if !waited.is_empty() {
            let until = Until::Tried { patience_ms: PATIENCE_MS };
            step.waits = vec![Wait { steps: waited, until, why: "they were done after it".to_owned() }];
        }
    }
    let mut plan = Plan {
        digest: String::new(),
        person: offboarding.plan.person.clone(),
        runbook: "undo".to_owned(),
        undoes: Some(offboarding.id),
        sla_ms: offboarding.plan.sla_ms,
        steps: backwards.into_iter().map(|(_, step)| step).collect::<Arc<[_]>>(),
        left_out: Vec::new(),
    };
    plan.digest = digest::digest(&plan)?;
    Ok(Restoration { plan, lost })
}

/// What becomes of a step in an undo.
enum Fate {
    /// It took nothing away.
    Nothing,
    /// It comes back, as long as the vendor keeps it.
    Back { until: Option<Timestamp> },
    /// It stays done.
    Lost(String),
}

fn fate(planned: &PlannedStep, step: &Step, account: Option<&Account>, now: Timestamp) -> Fate {
    let proof = match &step.state {
        StepState::Done { proof, .. } => Some(proof),
        _ => None,
    };
    let looked_only =
        planned.class == StepClass::Pure || matches!(proof, Some(Proof::NoAccount { .. } | Proof::Listed { .. }));
    let untouched = proof.is_none() && step.before.is_none() && step.acknowledged_at.is_none();
    if step.already || looked_only || untouched || account.is_none() {
        return Fate::Nothing;
    }
    if planned.undo.is_none() {
        return Fate::Lost("it has no undo".to_owned());
    }
    let until = planned.undo_within_ms.map(|within| step.acknowledged_at.unwrap_or(now).plus_ms(within));
    match until {
        Some(until) if until <= now => Fate::Lost(format!("the vendor kept what undo needs until {until}")),
        until => Fate::Back { until },
    }
}

fn undoing(
    offboarding: &Offboarding,
    ord: u16,
    planned: &PlannedStep,
    step: &Step,
    until: Option<Timestamp>,
) -> PlannedStep {
    let id = offboarding.id.step(ord);
    PlannedStep {
        title: planned.undo.clone().unwrap_or_default(),
        stage: Stage::Restore,
        danger: Danger::Reversible,
        // What the vendor does with a second undo is not known better than what it does with a second act.
        class: match planned.class {
            StepClass::Keyed { .. } => StepClass::Reconcile,
            class => class,
        },
        reason: format!("{id} did: {}", planned.title),
        waits: Vec::new(),
        approval: None,
        residual: None,
        proved_by: None,
        undo: None,
        undo_within_ms: None,
        gives_back: offboarding.account_for(ord).map(|account| {
            let before = step.before.as_deref().cloned().unwrap_or_default();
            Box::new(GivesBack { step: id, account: account.clone(), before, until })
        }),
        ..planned.clone()
    }
}

/// The steps of the undo that wait for nothing but `ord`'s: those that were done after it.
fn later(offboarding: &Offboarding, ord: u16, places: &BTreeMap<u16, u16>) -> Vec<u16> {
    let waited_for = |planned: &PlannedStep| planned.waits.iter().any(|wait| wait.steps.contains(&ord));
    let after = (0_u16..).zip(offboarding.plan.steps.iter()).filter(|(_, planned)| waited_for(planned));
    let mut waited: Vec<u16> = after.filter_map(|(after, _)| places.get(&after).copied()).collect();
    waited.sort_unstable();
    waited
}
