//! Calls of which nobody knew whether they took effect: until when that is waited out, and what came of it.

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::offboarding::Offboarding;
use super::step::StepState;
use super::time::Timestamp;

/// A call of which nobody knew whether it took effect, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Since when.
    pub since: Timestamp,
    /// Until then the dead request might still have taken effect.
    pub until: Timestamp,
    /// How it came to this.
    pub reason: String,
    /// What ended it; `None`: it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DoubtEnd>,
}

/// What was concluded of a call whose effect was unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtEnd {
    /// When.
    pub at: Timestamp,
    /// What it was.
    #[serde(flatten)]
    pub conclusion: Conclusion,
}

/// How a doubt ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "conclusion")]
pub enum Conclusion {
    /// It had happened.
    Happened {
        /// What showed it.
        evidence: String,
    },
    /// It had not happened.
    Repeated {
        /// What showed it.
        why: String,
    },
    /// It could not be found out.
    Asked {
        /// Why.
        reason: String,
    },
    /// A person declined the step.
    Declined {
        /// Why.
        reason: String,
    },
}

impl Conclusion {
    /// The conclusion, and what follows from it.
    pub fn words(&self) -> String {
        match self {
            Self::Happened { evidence } => format!("it had happened: not repeated ({evidence})"),
            Self::Repeated { why } => format!("it had not happened: sent again ({why})"),
            Self::Asked { reason } => format!("it could not be found out: a person is asked ({reason})"),
            Self::Declined { reason } => format!("a person ended it ({reason})"),
        }
    }
}

/// Follows a step's event. A doubt that is said again, as after a start, is the same one.
pub(super) fn fold(doubt: &mut Option<Doubt>, event: &Event, at: Timestamp) {
    let conclusion = match event {
        Event::StepAmbiguous { until, reason, .. } => {
            let lasting = doubt.take().filter(|doubt| doubt.ended.is_none());
            let since = lasting.map_or(at, |doubt| doubt.since);
            *doubt = Some(Doubt { since, until: *until, reason: reason.clone(), ended: None });
            return;
        }
        Event::StepVerified { proof, .. } => Conclusion::Happened { evidence: proof.words() },
        Event::StepRequeued { why, .. } => Conclusion::Repeated { why: why.clone() },
        Event::StepNeedsHuman { reason, .. } => Conclusion::Asked { reason: reason.clone() },
        Event::StepRejected { reason, .. } => Conclusion::Declined { reason: reason.clone() },
        _ => return,
    };
    if let Some(doubt) = doubt.as_mut().filter(|doubt| doubt.ended.is_none()) {
        doubt.ended = Some(DoubtEnd { at, conclusion });
    }
}

/// How many steps are in doubt, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Doubts {
    /// Steps that wait out their quarantine.
    pub waiting: u32,
    /// When the last of those quarantines ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Steps whose quarantine is over: their real state is being read.
    pub reading: u32,
}

impl Doubts {
    /// Those of one offboarding at `now`.
    pub fn of(offboarding: &Offboarding, now: Timestamp) -> Self {
        let mut doubts = Self::default();
        for step in &offboarding.steps {
            match step.state {
                StepState::Ambiguous { until, .. } if until > now => {
                    doubts.waiting += 1;
                    doubts.until = doubts.until.max(Some(until));
                }
                StepState::Ambiguous { .. } => doubts.reading += 1,
                _ => {}
            }
        }
        doubts
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            until: self.until.max(other.until),
            reading: self.reading + other.reading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OffboardingId, Proof};

    #[test]
    fn a_doubt_keeps_its_beginning_and_its_first_conclusion() {
        let step = OffboardingId(1).step(0);
        let ambiguous = |until| Event::StepAmbiguous {
            step,
            until: Timestamp(until),
            reason: "the engine stopped".to_owned(),
            exchanges: Vec::new(),
        };
        let mut doubt = None;
        fold(&mut doubt, &ambiguous(10), Timestamp(1));
        fold(&mut doubt, &ambiguous(20), Timestamp(5));
        let lasting = doubt.clone().unwrap();
        assert_eq!((lasting.since, lasting.until, lasting.ended), (Timestamp(1), Timestamp(20), None));
        let why = "two reads".to_owned();
        fold(&mut doubt, &Event::StepRequeued { step, why }, Timestamp(21));
        let proof = Proof::Verified { evidence: "gone".into() };
        fold(&mut doubt, &Event::StepVerified { step, proof, exchanges: Vec::new() }, Timestamp(30));
        let ended = doubt.clone().unwrap().ended.unwrap();
        assert_eq!(ended.at, Timestamp(21), "the repeat's proof is not this doubt's end");
        assert_eq!(ended.conclusion.words(), "it had not happened: sent again (two reads)");
        fold(&mut doubt, &ambiguous(90), Timestamp(40));
        assert_eq!(doubt.unwrap().since, Timestamp(40), "another call, another doubt");
    }
}
