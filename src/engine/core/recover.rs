//! Taking over a journal: nothing that was under way is under way any more.

use super::{Core, Effect, quarantine_ends};
use crate::model::{Actor, AlertKind, Danger, Event, StepClass, StepRef, StepState, Timestamp};

impl Core {
    pub(super) fn take_over(
        &mut self,
        now: Timestamp,
        version: String,
        clock_kept: bool,
        rollback: Option<String>,
        out: &mut Vec<Effect>,
    ) {
        let epoch = self.fleet.epoch + 1;
        self.emit(now, Actor::Engine, Event::EngineStarted { epoch, version }, out);
        if !clock_kept {
            self.wait_anew(now, out);
        }
        for (step, deadline_at) in self.running_steps() {
            self.give_up_call(now, step, Some(deadline_at).filter(|_| clock_kept), out);
        }
        if let Some(reason) = rollback {
            self.distrust(now, &reason, out);
        }
        self.take_over_hold_ups(now, out);
        self.touched.extend(self.fleet.offboardings.keys().copied());
    }

    /// A call that the last engine had under way. It counts as no try: the vendor is not to blame.
    fn give_up_call(&mut self, now: Timestamp, step: StepRef, deadline_at: Option<Timestamp>, out: &mut Vec<Effect>) {
        let Some(planned) = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord)) else { return };
        let reason = "the engine stopped while the call was under way".to_owned();
        if matches!(planned.class, StepClass::Pure | StepClass::Idempotent) {
            let reason = format!("{reason}; a repeat is harmless");
            return self.emit(
                now,
                Actor::Engine,
                Event::StepRetryAt { step, at: now, reason, free: true, unclear: true, exchanges: Vec::new() },
                out,
            );
        }
        // `None`: the clock was set. What was left of the call's time is then unknown, but never more than all of it.
        let all = now.plus_ms(planned.deadline_ms);
        let dead_at = deadline_at.map_or(all, |at| at.clamp(now, all));
        if deadline_at.is_none() && matches!(planned.class, StepClass::Keyed { .. }) {
            return self.doubt_key(now, step, reason, out);
        }
        self.lose_track(now, step, dead_at, reason, Vec::new(), out);
    }

    /// By a clock that was set, nobody can say how long the vendor still knows an idempotency key: it is read first.
    fn doubt_key(&mut self, now: Timestamp, step: StepRef, reason: String, out: &mut Vec<Effect>) {
        let Some(planned) = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord)) else { return };
        let until = quarantine_ends(planned, now.plus_ms(planned.deadline_ms));
        let doubt = Event::StepAmbiguous { step, until, reason, exchanges: Vec::new() };
        self.emit(now, Actor::Engine, doubt, out);
    }

    /// The clock was set while nobody looked: nobody knows how much of a quarantine has really passed, so that it
    /// starts again; and a retry is not held until a time that can no longer be meant.
    fn wait_anew(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let waiting = self.steps_where(|state| match state {
            StepState::Ambiguous { reason, .. } => Some((true, reason.clone())),
            StepState::RetryAt { reason, .. } => Some((false, reason.clone())),
            _ => None,
        });
        for (step, (ambiguous, reason)) in waiting {
            let Some(planned) = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord)) else {
                continue;
            };
            let exchanges = Vec::new();
            if matches!(planned.class, StepClass::Keyed { .. }) {
                self.doubt_key(now, step, reason, out);
                continue;
            }
            let event = if ambiguous {
                let until = quarantine_ends(planned, now.plus_ms(planned.deadline_ms));
                Event::StepAmbiguous { step, until, reason, exchanges }
            } else {
                Event::StepRetryAt { step, at: now, reason, free: false, unclear: false, exchanges }
            };
            self.emit(now, Actor::Engine, event, out);
        }
    }

    fn running_steps(&self) -> Vec<(StepRef, Timestamp)> {
        self.steps_where(|state| match state {
            StepState::Running { deadline_at, .. } => Some(*deadline_at),
            _ => None,
        })
    }

    pub(super) fn steps_where<T>(&self, pick: impl Fn(&StepState) -> Option<T>) -> Vec<(StepRef, T)> {
        let all = self.fleet.offboardings.values().flat_map(|offboarding| {
            (0u16..).zip(&offboarding.steps).map(move |(ord, step)| (offboarding.id.step(ord), step))
        });
        all.filter_map(|(step, state)| Some((step, pick(&state.state)?))).collect()
    }

    /// The journal has lost its end: what it calls pending may be done. Nothing starts until a person resumes the
    /// engine, and every open step that must not be done twice is read back first and asks for consent again.
    fn distrust(&mut self, now: Timestamp, reason: &str, out: &mut Vec<Effect>) {
        self.emit(now, Actor::Engine, Event::EnginePaused { reason: reason.to_owned() }, out);
        let summary = format!("{reason}; nothing starts before `nightlatch resume --all`");
        let alert = Event::AlertRaised { key: "rollback".into(), kind: AlertKind::Rollback, summary };
        self.emit(now, Actor::Engine, alert, out);
        for (step, ()) in self.steps_where(|state| (!state.is_settled()).then_some(())) {
            self.distrust_step(now, step, out);
        }
    }

    fn distrust_step(&mut self, now: Timestamp, step: StepRef, out: &mut Vec<Effect>) {
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        if planned.danger != Danger::Irreversible && matches!(planned.class, StepClass::Pure | StepClass::Idempotent) {
            return; // To do it twice does no harm.
        }
        // A call of which the journal knows nothing may still be on its way.
        let until = quarantine_ends(planned, now.plus_ms(planned.deadline_ms));
        let (class, approved) = (planned.class, state.extra.approval.is_some());
        if approved {
            let reason = "the journal was rolled back".to_owned();
            self.emit(now, Actor::Engine, Event::ApprovalVoid { step, reason }, out);
        }
        let reason = "the journal was rolled back: this may have been done".to_owned();
        if class == StepClass::Operator {
            return self.ask_human(now, step, reason, Vec::new(), out);
        }
        let doubt = Event::StepAmbiguous { step, until, reason, exchanges: Vec::new() };
        self.emit(now, Actor::Engine, doubt, out);
    }
}
