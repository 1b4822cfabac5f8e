//! Steps that wait for a system that is not there, has no time, or refuses our credentials.

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::ids::ConnectorId;
use super::offboarding::Offboarding;
use super::step::{Step, StepState};
use super::time::Timestamp;

/// Follows a step's event: any word from the vendor about the step ends it.
pub(super) fn fold(step: &mut Step, event: &Event, at: Timestamp) {
    match event {
        Event::StepRetryAt { free: true, .. } => {
            step.extra.held_up_since.get_or_insert(at);
            step.extra.held_up_tries = step.extra.held_up_tries.saturating_add(1);
        }
        Event::StepStarted { .. } => {}
        // Only where there is something: to set it makes room for it.
        _ if step.extra.held_up_since.is_some() || step.extra.held_up_tries > 0 => {
            step.extra.held_up_since = None;
            step.extra.held_up_tries = 0;
        }
        _ => {}
    }
}

/// Steps of one offboarding that a system holds up: they go on by themselves when it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldUp {
    /// Which system.
    pub connector: ConnectorId,
    /// How many steps.
    pub steps: u32,
    /// Since when, at the longest.
    pub since: Timestamp,
    /// What the last try met.
    pub reason: String,
}

impl HoldUp {
    /// Those of one offboarding, system by system.
    pub fn of(offboarding: &Offboarding) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (planned, step) in offboarding.plan.steps.iter().zip(&offboarding.steps) {
            let Some(since) = step.extra.held_up_since else { continue };
            let reason = match &step.state {
                StepState::RetryAt { reason, .. } => reason.clone(),
                StepState::Running { .. } => "it is tried just now".to_owned(),
                _ => continue,
            };
            let connector = &planned.action.connector;
            match all.iter_mut().find(|it| it.connector == *connector) {
                Some(it) => {
                    it.steps += 1;
                    it.since = it.since.min(since);
                }
                None => all.push(Self { connector: connector.clone(), steps: 1, since, reason }),
            }
        }
        all
    }
}
