//! A legal hold: while it stands, nothing of the person's is destroyed. Access is cut all the same.

use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::event::{Envelope, Event};
use super::time::Timestamp;

/// Why nothing of an offboarding that cannot be taken back may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// Why, as in the matter's name.
    pub reason: String,
    /// Who put it on.
    pub by: Actor,
    /// Since when.
    pub at: Timestamp,
    /// Somebody has asked to take it off; a second person has to agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lift: Option<LiftAsked>,
}

/// The first half of taking a hold off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftAsked {
    /// Why it may go.
    pub reason: String,
    /// Who asks.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What a person does to a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldChange {
    /// Puts it on. Works at once.
    Place,
    /// Asks to take it off: the first person's word, which changes nothing yet.
    AskLift,
    /// Takes it off: a second person's word.
    Lift,
    /// Answers no to who asked to take it off.
    Keep,
}

impl LegalHold {
    /// Why this person may not be the second one; `None`: they may.
    pub fn why_not_lifted_by(&self, by: &Actor) -> Option<&'static str> {
        let asked = self.lift.as_ref().is_some_and(|lift| lift.by.is_same_person(by));
        match (asked, self.by.is_same_person(by)) {
            (true, _) => Some("you asked to lift it yourself"),
            (false, true) => Some("you put it on yourself"),
            (false, false) => None,
        }
    }

    /// Why a step waits.
    pub fn words(&self) -> String {
        format!("held by legal hold: {}", self.reason)
    }
}

/// Follows an offboarding's event; whether it was about the hold.
pub(super) fn fold(hold: &mut Option<Box<LegalHold>>, envelope: &Envelope) -> bool {
    let (by, at) = (envelope.actor.clone(), envelope.at);
    match &envelope.event {
        Event::LegalHoldPlaced { reason, .. } => {
            *hold = Some(Box::new(LegalHold { reason: reason.clone(), by, at, lift: None }));
        }
        Event::LegalHoldLiftAsked { reason, .. } => {
            if let Some(hold) = hold {
                hold.lift = Some(LiftAsked { reason: reason.clone(), by, at });
            }
        }
        Event::LegalHoldKept { .. } => {
            if let Some(hold) = hold {
                hold.lift = None;
            }
        }
        Event::LegalHoldLifted { .. } => *hold = None,
        _ => return false,
    }
    true
}
