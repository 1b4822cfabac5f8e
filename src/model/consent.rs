//! What waits for a person's consent, and consents that may run out unused.

use serde::Serialize;

use super::action::Danger;
use super::actor::Actor;
use super::fleet::Fleet;
use super::ids::{ActionId, StepRef};
use super::offboarding::Offboarding;
use super::step::{Approval, Step, StepState};
use super::time::Timestamp;

/// Where a step stands that needs consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent<'a> {
    /// It waits for one.
    Asked {
        /// Since when.
        since: Timestamp,
    },
    /// It holds one and has not used it: it can run out.
    Given(&'a Approval),
}

impl Step {
    /// Whether it waits for consent, or holds one that it has not used.
    pub fn consent(&self) -> Option<Consent<'_>> {
        match self.state {
            StepState::AwaitingApproval { since } => Some(Consent::Asked { since }),
            StepState::Waiting | StepState::RetryAt { .. } => self.extra.approval.as_ref().map(Consent::Given),
            _ => None,
        }
    }
}

/// A step in the inbox of approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inquiry {
    /// Which.
    pub step: StepRef,
    /// Of whom.
    pub name: String,
    /// The person's e-mail.
    pub email: String,
    /// The person goes before others.
    pub urgent: bool,
    /// What it does.
    pub action: ActionId,
    /// The same in words.
    pub title: String,
    /// How hard it is to take back.
    pub danger: Danger,
    /// Since when it waits; of a consent that was given: since then.
    pub since: Timestamp,
    /// Who had the offboarding opened.
    pub asked_by: Actor,
    /// The legal hold that keeps it from starting: its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<String>,
    /// The consent that it holds and has not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<Approval>,
}

impl Inquiry {
    /// Every one: what waits comes first, of urgent people before all, then the oldest; then what was given.
    pub fn all(fleet: &Fleet) -> Vec<Self> {
        let mut all: Vec<Self> =
            fleet.offboardings.values().filter(|it| Offboarding::is_open(it)).flat_map(|it| Self::of(it)).collect();
        all.sort_by_key(|it| (it.given.is_some(), !it.urgent, it.since, it.step));
        all
    }

    fn of(person: &Offboarding) -> impl Iterator<Item = Self> {
        let steps = (0_u16..).zip(person.plan.steps.iter().zip(&person.steps));
        steps.filter_map(|(ord, (planned, step))| {
            let (since, given) = match step.consent()? {
                Consent::Asked { since } => (since, None),
                Consent::Given(approval) => (approval.at, Some(approval.clone())),
            };
            Some(Self {
                step: person.id.step(ord),
                name: person.leaver().name.clone(),
                email: person.leaver().email.clone(),
                urgent: person.leaver().urgent(),
                action: planned.action.clone(),
                title: planned.title.clone(),
                danger: planned.danger,
                since,
                asked_by: person.requester.clone(),
                legal_hold: person.hold_on(ord).map(|hold| hold.reason.clone()),
                given,
            })
        })
    }
}
