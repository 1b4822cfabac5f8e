//! Giving back what an offboarding took away: an offboarding of its own, whose plan is the other's backwards.

use super::command::{Answer, conflict, not_blank};
use super::{Core, Effect};
use crate::engine::command::Undo;
use crate::ipc::{ErrorCode, Refusal};
use crate::model::{Actor, Event, HrNotice, Leaver, NoticeKind, Offboarding, OffboardingId, Phase, Timestamp};

impl Core {
    pub(super) fn undo(&mut self, now: Timestamp, undo: Undo, by: Actor, out: &mut Vec<Effect>) -> Answer {
        let Undo { original, plan, revision, typed, reason } = undo;
        not_blank(&reason, "an undo")?;
        // What is in memory is newer than what was read.
        let newest = self.fleet.get(original.id).unwrap_or(&original);
        super::command::fresh(revision, newest.revision, newest.id)?;
        may_be_undone(newest)?;
        if let Some(other) = self.restorations().find(|it| it.plan.undoes == Some(original.id)) {
            return Err(conflict(format!("{} is being undone already, by {}", original.id, other.id)));
        }
        if plan.steps.is_empty() {
            return Err(conflict(format!("nothing that {} took away can be given back", original.id)));
        }
        let leaver = original.leaver().clone();
        if let Some(open) = self.latest_of(&leaver).filter(|id| self.fleet.get(*id).is_some_and(is_underway)) {
            return Err(conflict(format!("{open} cuts the access of {}: pause or abort it first", leaver.email)));
        }
        if typed.trim() != leaver.login {
            let message = format!("to undo {}, type the leaver's login `{}`", original.id, leaver.login);
            return Err(Refusal::new(ErrorCode::Invalid, message));
        }
        let id = OffboardingId(self.fleet.next_offboarding.max(1));
        let steps = if let [_] = *plan.steps { "1 step".to_owned() } else { format!("{} steps", plan.steps.len()) };
        let done = format!("{id} gives back {steps} of {} ({})", original.id, leaver.email);
        self.leavers.insert(id, std::sync::Arc::new(leaver.clone()));
        let notice = HrNotice {
            source: "undo".to_owned(),
            event_id: format!("{}/{id}", original.id),
            kind: NoticeKind::Undone,
            leaver,
            effective_at: None,
            by_hand: true,
            reason: Some(reason),
        };
        let opened = Event::Opened { offboarding: id, notice: Box::new(notice), plan, phase: Phase::Running };
        self.emit(now, by, opened, out);
        Ok(done)
    }

    /// Undos that still run.
    fn restorations(&self) -> impl Iterator<Item = &Offboarding> {
        let everybody = self.fleet.offboardings.values().map(AsRef::as_ref);
        everybody.filter(|it| it.plan.undoes.is_some() && it.is_live())
    }

    /// Somebody leaves: nothing is given back to them any more.
    pub(super) fn stop_giving_back(&mut self, now: Timestamp, leaver: &Leaver, out: &mut Vec<Effect>) {
        let theirs: Vec<OffboardingId> = self
            .restorations()
            .filter(|it| it.is_open() && it.leaver().person_key() == leaver.person_key())
            .map(|it| it.id)
            .collect();
        for id in theirs {
            let reason = "the person was named again as one who leaves".to_owned();
            self.stop(now, id, reason, Actor::Engine, out);
        }
    }
}

/// Its acts may still start.
fn is_underway(offboarding: &Offboarding) -> bool {
    offboarding.is_open() && !matches!(offboarding.phase, Phase::Paused { .. })
}

fn may_be_undone(offboarding: &Offboarding) -> Result<(), Refusal> {
    let id = offboarding.id;
    if offboarding.plan.undoes.is_some() {
        return Err(conflict(format!("{id} is an undo itself: to cut the access again, add the leaver again")));
    }
    if is_underway(offboarding) {
        let how = format!("`nightlatch pause {id} --reason '...'` or `nightlatch abort {id} --reason '...'`");
        return Err(conflict(format!("{id} is {}: stop it first, by {how}", offboarding.phase.word())));
    }
    let unresolved = (0_u16..).zip(&offboarding.steps).find(|(_, step)| step.state.is_unresolved());
    if let Some((ord, step)) = unresolved {
        let message = format!("{} is {}: wait until its effect is known", id.step(ord), step.state.word());
        return Err(conflict(message));
    }
    Ok(())
}
