//! Legal holds: put on by one person, taken off by two; and what they keep from starting.

use super::command::{Answer, conflict, fresh, not_blank};
use super::{Core, Effect};
use crate::engine::command::Hold;
use crate::ipc::{ErrorCode, Refusal};
use crate::model::{
    Actor, Event, HoldChange, Leaver, LegalHold, Offboarding, OffboardingId, StepRef, StepState, Timestamp,
};

impl Core {
    pub(super) fn change_hold(&mut self, now: Timestamp, hold: Hold, by: Actor, out: &mut Vec<Effect>) -> Answer {
        let Hold { of, revision, change, reason } = hold;
        let id = of.id;
        let newest = self.fleet.get(id).unwrap_or(&of);
        fresh(revision, newest.revision, id)?;
        let reason = reason.trim().to_owned();
        let email = newest.leaver().email.clone();
        let (event, done) = match (change, &newest.legal_hold) {
            (HoldChange::Place, None) => {
                not_blank(&reason, "a legal hold")?;
                let done =
                    format!("{id} is under legal hold: nothing of {email} is deleted; access is cut all the same");
                (Event::LegalHoldPlaced { offboarding: id, reason }, done)
            }
            (HoldChange::Place, Some(standing)) => return Err(stands_already(id, standing)),
            (_, None) => return Err(conflict(format!("{id} is under no legal hold"))),
            (HoldChange::AskLift, Some(standing)) => {
                if let Some(lift) = &standing.lift {
                    let message = format!("{} has asked to lift it already: a second person has to agree", lift.by);
                    return Err(conflict(format!("{id}: {message}, by `nightlatch hold {id} --off`")));
                }
                not_blank(&reason, "lifting a legal hold")?;
                let done = format!(
                    "{id} stays under legal hold until a second person agrees: neither you nor {}",
                    standing.by
                );
                (Event::LegalHoldLiftAsked { offboarding: id, reason }, done)
            }
            (HoldChange::Lift, Some(standing)) => {
                may_lift(id, standing, &by)?;
                let done = format!("{id} is under legal hold no more: what waits for consent can be approved");
                (Event::LegalHoldLifted { offboarding: id }, done)
            }
            (HoldChange::Keep, Some(standing)) => {
                if standing.lift.is_none() {
                    return Err(conflict(format!("nobody has asked to lift the legal hold of {id}: it stands")));
                }
                not_blank(&reason, "keeping a legal hold")?;
                (Event::LegalHoldKept { offboarding: id, reason }, format!("{id} stays under legal hold"))
            }
        };
        self.recall(of);
        self.emit(now, by, event, out);
        Ok(done)
    }

    /// Brings back what has left memory, so that its events are folded; what is there is newer.
    pub(super) fn recall(&mut self, of: Box<Offboarding>) {
        let id = of.id;
        self.leavers.entry(id).or_insert_with(|| std::sync::Arc::new(of.leaver().clone()));
        self.fleet.offboardings.entry(id).or_insert(of);
    }

    /// Follows an event: who is under legal hold, and which of their steps wait for that instead of for a system.
    pub(super) fn follow_legal_hold(&mut self, event: &Event) {
        let id = match event {
            Event::LegalHoldPlaced { offboarding, .. } => {
                self.under_legal_hold.insert(*offboarding);
                *offboarding
            }
            Event::LegalHoldLifted { offboarding } => {
                self.under_legal_hold.remove(offboarding);
                *offboarding
            }
            _ => return,
        };
        let steps = self.fleet.get(id).map_or(0, |it| it.steps.len());
        for ord in (0u16..).take(steps) {
            self.refresh_hold_up(id.step(ord));
        }
    }

    /// A new offboarding of a person who is under legal hold by an earlier one is under it as well: to stop one and to
    /// open another is no way around.
    pub(super) fn inherit_hold(&mut self, now: Timestamp, id: OffboardingId, leaver: &Leaver, out: &mut Vec<Effect>) {
        let mut newest_first = self.under_legal_hold.iter().rev().filter_map(|id| self.fleet.get(*id));
        let Some(earlier) = newest_first.find(|it| is_same(it.leaver(), leaver)) else { return };
        let Some(hold) = &earlier.legal_hold else { return };
        let reason = format!("the same person as {}: {}", earlier.id, hold.reason);
        self.emit(now, Actor::Engine, Event::LegalHoldPlaced { offboarding: id, reason }, out);
    }

    /// Why this step may not start, or be agreed to; `None`: no legal hold is in its way.
    pub(super) fn hold_on(&self, step: StepRef) -> Option<&LegalHold> {
        self.fleet.get(step.offboarding)?.hold_on(step.ord)
    }

    /// Whether it waits for the end of a legal hold, whatever else it once waited for.
    pub(super) fn waits_for_lift(&self, step: StepRef) -> bool {
        let state = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)).map(|(_, step)| &step.state);
        matches!(state, Some(StepState::RetryAt { .. })) && self.hold_on(step).is_some()
    }
}

fn stands_already(id: OffboardingId, hold: &LegalHold) -> Refusal {
    let (by, reason) = (&hold.by, &hold.reason);
    conflict(match &hold.lift {
        None => format!("{id} is under legal hold already, by {by}: {reason}"),
        Some(lift) => format!(
            "{id} is under legal hold by {by}, and {} has asked to lift it: `nightlatch hold {id} --keep --reason …` \
             says no to that",
            lift.by
        ),
    })
}

/// One person alone takes no hold off.
fn may_lift(id: OffboardingId, hold: &LegalHold, by: &Actor) -> Result<(), Refusal> {
    if hold.lift.is_none() {
        let message = format!(
            "nobody has asked to lift the legal hold of {id}: ask with a reason, by `nightlatch hold {id} --off \
             --reason …`; then a second person agrees"
        );
        return Err(conflict(message));
    }
    match hold.why_not_lifted_by(by) {
        None => Ok(()),
        Some(why) => {
            let message = format!("{why}: a second person has to agree that {id} is under legal hold no more");
            Err(Refusal::new(ErrorCode::Forbidden, message))
        }
    }
}

/// As HR knows them; where it does not, by the address.
fn is_same(one: &Leaver, other: &Leaver) -> bool {
    match (&one.employee_id, &other.employee_id) {
        (Some(one), Some(other)) => one == other,
        _ => one.keys().any(|key| other.keys().any(|it| it == key)),
    }
}
