//! Everybody: the open offboardings and those that ended lately, folded from the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{AlertKind, Envelope, Event};
use super::ids::OffboardingId;
use super::offboarding::Offboarding;
use super::shared::Shared;
use super::time::Timestamp;

/// An alert that has been raised and not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlert {
    /// Why.
    pub kind: AlertKind,
    /// In words.
    pub summary: String,
    /// Since when.
    pub since: Timestamp,
}

/// The state that the engine decides on and that a console shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fleet {
    /// By id. Ended ones leave with [`Fleet::forget_ended_before`].
    pub offboardings: BTreeMap<OffboardingId, Box<Offboarding>>,
    /// The number of the next event.
    pub next_seq: u64,
    /// The number of the next offboarding.
    pub next_offboarding: u64,
    /// The running engine's epoch.
    pub epoch: u64,
    /// Why no act is started anywhere; `None`: acts run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// Open alerts by key.
    #[serde(default)]
    pub alerts: BTreeMap<String, OpenAlert>,
    /// What many people have in common.
    #[serde(skip)]
    pub shared: Shared,
}

impl Fleet {
    /// Folds the next event in. Events about people who are not here any more change nothing.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.next_seq = envelope.seq + 1;
        match &envelope.event {
            Event::EngineStarted { epoch, .. } => self.epoch = *epoch,
            Event::EnginePaused { reason } => self.paused = Some(reason.clone()),
            Event::EngineResumed {} => self.paused = None,
            Event::Opened { offboarding, notice, plan, phase } => {
                self.next_offboarding = self.next_offboarding.max(offboarding.0 + 1);
                let mut opened = Offboarding::open(
                    *offboarding,
                    (**notice).clone(),
                    (**plan).clone(),
                    phase.clone(),
                    envelope.actor.clone(),
                    envelope.at,
                );
                self.shared.plans.share(&mut opened.plan.steps);
                self.offboardings.insert(*offboarding, Box::new(opened));
            }
            Event::AlertRaised { key, kind, summary } => {
                let alert = OpenAlert { kind: *kind, summary: summary.clone(), since: envelope.at };
                self.alerts.insert(key.clone(), alert);
            }
            Event::AlertResolved { key } => {
                self.alerts.remove(key);
            }
            event => {
                let known = event.offboarding().and_then(|id| self.offboardings.get_mut(&id));
                if let Some(offboarding) = known {
                    offboarding.apply(envelope);
                    if let Event::StepVerified { step, .. } = event {
                        offboarding.share_proof(step.ord, &mut self.shared.proofs);
                    }
                }
            }
        }
    }

    /// Drops what ended before `limit` and is not needed any more: the journal keeps it, memory need not.
    pub fn forget_ended_before(&mut self, limit: Timestamp) {
        self.offboardings.retain(|_, it| it.is_kept_at_hand() || it.ended_at.is_none_or(|ended| ended >= limit));
    }

    /// The offboarding with this id.
    pub fn get(&self, id: OffboardingId) -> Option<&Offboarding> {
        self.offboardings.get(&id).map(AsRef::as_ref)
    }
}
