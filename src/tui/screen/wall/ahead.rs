//! Which of a person's steps go on without anybody: what waits for a consent, or behind what does, is not the vendors' to
//! be through with.

use crate::model::{Offboarding, Phase, PlannedStep, Step, StepState, Until};

/// For each step whether nobody has to do anything before it is through.
pub(super) fn by_itself(person: &Offboarding) -> Vec<bool> {
    if person.phase != Phase::Running {
        return vec![false; person.steps.len()];
    }
    let steps = || person.plan.steps.iter().zip(&person.steps);
    let mut goes: Vec<bool> = steps().map(|(planned, step)| !needs_somebody(planned, step)).collect();
    // What stops one may stop another that waits for it, and so on.
    loop {
        let behind = |planned: &PlannedStep| {
            let waits = planned.waits.iter().filter(|wait| wait.until == Until::Succeeded);
            waits.flat_map(|wait| &wait.steps).any(|ord| goes.get(usize::from(*ord)) == Some(&false))
        };
        let stopped: Vec<usize> = steps()
            .enumerate()
            .filter(|(n, (planned, step))| goes[*n] && step.state == StepState::Waiting && behind(planned))
            .map(|(n, _)| n)
            .collect();
        if stopped.is_empty() {
            return goes;
        }
        for n in stopped {
            goes[n] = false;
        }
    }
}

fn needs_somebody(planned: &PlannedStep, step: &Step) -> bool {
    match step.state {
        StepState::Waiting => planned.approval.is_some() && step.extra.approval.is_none(),
        StepState::AwaitingApproval { .. } => true,
        ref other => other.needs_attention(),
    }
}
