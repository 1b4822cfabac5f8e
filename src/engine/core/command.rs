//! What people may tell the engine, and when it refuses. The screen has asked already; this is what counts.

use super::{Core, Effect};
use crate::engine::command::{Command, Target};
use crate::ipc::{ErrorCode, Refusal};
use crate::model::step::{Step, StepState};
use crate::model::{Actor, Event, Offboarding, OffboardingId, Phase, PlannedStep, StepRef, Timestamp};

pub(super) type Answer = Result<String, Refusal>;

pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::Conflict, message)
}

pub(super) fn not_blank(text: &str, what: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(ErrorCode::Invalid, format!("{what} needs a reason: say why in a few words")));
    }
    Ok(())
}

pub(super) fn fresh(seen: Option<u32>, is: u32, what: impl std::fmt::Display) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != is => {
            let message =
                format!("{what} has changed since you looked (you saw revision {seen}, it is {is}): look again");
            Err(Refusal::new(ErrorCode::Stale, message))
        }
        _ => Ok(()),
    }
}

impl Core {
    pub(super) fn run_command(&mut self, now: Timestamp, command: Command, by: Actor, out: &mut Vec<Effect>) -> Answer {
        match command {
            Command::Launch { offboarding, revision } => self.launch(now, offboarding, revision, by, out),
            Command::Retry { step, revision } => self.retry(now, step, revision, &by, out),
            Command::RetryFailed(target) => self.retry_failed(now, target, &by, out),
            Command::TryNow(connector) => self.try_now(now, &connector),
            Command::Approve { step, revision, plan_digest, typed } => {
                self.approve(now, step, revision, plan_digest, &typed, by, out)
            }
            Command::Reject { step, revision, reason } => self.reject(now, step, revision, &reason, by, out),
            Command::Pause { target, revision, reason } => self.pause(now, target, revision, reason, by, out),
            Command::Resume { target, revision } => self.resume(now, target, revision, by, out),
            Command::Abort { offboarding, revision, typed, reason } => {
                self.abort(now, offboarding, revision, &typed, reason, by, out)
            }
            Command::Undo(undo) => self.undo(now, undo, by, out),
            Command::Hold(hold) => self.change_hold(now, hold, by, out),
            Command::Note(note) => self.note(now, note, by, out),
        }
    }

    fn offboarding(&self, id: OffboardingId) -> Result<&Offboarding, Refusal> {
        let unknown = || {
            Refusal::new(ErrorCode::NotFound, format!("there is no open offboarding {id}: look with `nightlatch list`"))
        };
        self.fleet.get(id).ok_or_else(unknown)
    }

    fn step(&self, step: StepRef) -> Result<(&Offboarding, &PlannedStep, &Step), Refusal> {
        let offboarding = self.offboarding(step.offboarding)?;
        let unknown = || {
            let message = format!("{} has no step {}: it has {}", step.offboarding, step.ord, offboarding.steps.len());
            Refusal::new(ErrorCode::NotFound, message)
        };
        let (planned, state) = offboarding.step(step.ord).ok_or_else(unknown)?;
        Ok((offboarding, planned, state))
    }

    fn launch(
        &mut self,
        now: Timestamp,
        id: OffboardingId,
        revision: Option<u32>,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let offboarding = self.offboarding(id)?;
        fresh(revision, offboarding.revision, id)?;
        if !matches!(offboarding.phase, Phase::Armed { .. } | Phase::Held { .. }) {
            return Err(conflict(format!(
                "{id} is {}: only an armed or held offboarding can be launched",
                offboarding.phase.word()
            )));
        }
        let email = offboarding.leaver().email.clone();
        self.emit(now, by, Event::Launched { offboarding: id }, out);
        Ok(format!("{id}: the kill switch of {email} runs"))
    }

    fn retry(
        &mut self,
        now: Timestamp,
        step: StepRef,
        revision: Option<u32>,
        by: &Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let (_, planned, state) = self.step(step)?;
        fresh(revision, state.revision, step)?;
        let action = planned.action.clone();
        if !matches!(state.state, StepState::Failed { .. } | StepState::NeedsHuman { .. } | StepState::RetryAt { .. }) {
            return Err(conflict(format!(
                "{step} ({action}) is {}: only a failed step can be retried",
                state.state.word()
            )));
        }
        self.retry_by(now, step, by, out);
        self.scheduler.try_now(&action.connector, now);
        Ok(format!("{step}: {action} is tried again"))
    }

    fn retry_failed(&mut self, now: Timestamp, target: Target, by: &Actor, out: &mut Vec<Effect>) -> Answer {
        if let Target::One(id) = target {
            self.offboarding(id)?;
        }
        let failed: Vec<StepRef> = self
            .steps_where(|state| state.needs_attention().then_some(()))
            .into_iter()
            .map(|(step, ())| step)
            .filter(|step| target == Target::All || target == Target::One(step.offboarding))
            .collect();
        let tried_now = self.try_systems_now(now, |id| target == Target::All || target == Target::One(id));
        if failed.is_empty() && tried_now > 0 {
            return Ok("no step has failed; the systems that steps wait for are tried now".to_owned());
        }
        if failed.is_empty() {
            return Err(conflict("no step has failed: there is nothing to retry"));
        }
        for step in &failed {
            self.retry_by(now, *step, by, out);
        }
        Ok(match failed.len() {
            1 => "1 failed step is tried again".to_owned(),
            count => format!("{count} failed steps are tried again"),
        })
    }

    #[expect(clippy::too_many_arguments, reason = "everything that an approval is bound to")]
    fn approve(
        &mut self,
        now: Timestamp,
        step: StepRef,
        revision: Option<u32>,
        plan_digest: String,
        typed: &str,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let (offboarding, planned, state) = self.step(step)?;
        fresh(revision, state.revision, step)?;
        let Some(policy) = planned.approval.filter(|_| matches!(state.state, StepState::AwaitingApproval { .. }))
        else {
            return Err(conflict(format!(
                "{step} ({}) is {}: it waits for no approval",
                planned.action,
                state.state.word()
            )));
        };
        if let Some(hold) = offboarding.hold_on(step.ord) {
            let message = format!(
                "{step} ({}) is {}: it can be approved when that is lifted, or declined now",
                planned.action,
                hold.words()
            );
            return Err(conflict(message));
        }
        if plan_digest != offboarding.plan.digest {
            return Err(Refusal::new(
                ErrorCode::Stale,
                format!("the plan of {} is not the one you saw: look again", offboarding.id),
            ));
        }
        let login = &offboarding.leaver().login;
        if typed.trim() != login {
            return Err(Refusal::new(
                ErrorCode::Invalid,
                format!("to approve {step}, type the leaver's login `{login}`"),
            ));
        }
        if policy.four_eyes && offboarding.requester.is_same_person(&by) {
            let message = format!(
                "you asked for {} yourself: another person has to approve {step}, under a user of their own; or decline it. \
                 A runbook with four_eyes = false allows it",
                offboarding.id
            );
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        let done = format!("{step}: {} of {} is approved", planned.action, offboarding.leaver().email);
        self.emit(now, by, Event::Approved { step, plan_digest, expires_at: now.plus_ms(policy.ttl_ms) }, out);
        Ok(done)
    }

    fn reject(
        &mut self,
        now: Timestamp,
        step: StepRef,
        revision: Option<u32>,
        reason: &str,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        not_blank(reason, "a rejection")?;
        let (_, planned, state) = self.step(step)?;
        fresh(revision, state.revision, step)?;
        if state.state.is_settled() || state.state.is_unresolved() {
            return Err(conflict(format!(
                "{step} ({}) is {}: it can be declined no more",
                planned.action,
                state.state.word()
            )));
        }
        let done = format!("{step}: {} will not run", planned.action);
        self.emit(now, by, Event::StepRejected { step, reason: format!("declined: {}", reason.trim()) }, out);
        self.resolve_alert(now, step, out);
        Ok(done)
    }

    fn pause(
        &mut self,
        now: Timestamp,
        target: Target,
        revision: Option<u32>,
        reason: String,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let reason = if reason.trim().is_empty() { format!("by {by}") } else { reason };
        match target {
            Target::All => {
                if self.fleet.paused.is_some() {
                    return Err(conflict("the engine is paused already"));
                }
                self.emit(now, by, Event::EnginePaused { reason }, out);
                Ok("the engine is paused: no act starts anywhere".to_owned())
            }
            Target::One(id) => {
                let offboarding = self.offboarding(id)?;
                fresh(revision, offboarding.revision, id)?;
                if offboarding.phase != Phase::Running {
                    return Err(conflict(format!(
                        "{id} is {}: only a running one can be paused",
                        offboarding.phase.word()
                    )));
                }
                self.emit(now, by, Event::Paused { offboarding: id, reason }, out);
                Ok(format!("{id} is paused: no act of it starts"))
            }
        }
    }

    fn resume(
        &mut self,
        now: Timestamp,
        target: Target,
        revision: Option<u32>,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        match target {
            Target::All => {
                if self.fleet.paused.is_none() {
                    return Err(conflict("the engine is not paused"));
                }
                self.emit(now, by, Event::EngineResumed {}, out);
                if self.fleet.alerts.contains_key("rollback") {
                    self.emit(now, Actor::Engine, Event::AlertResolved { key: "rollback".into() }, out);
                }
                self.touched.extend(self.fleet.offboardings.keys().copied());
                Ok("the engine runs again".to_owned())
            }
            Target::One(id) => {
                let offboarding = self.offboarding(id)?;
                fresh(revision, offboarding.revision, id)?;
                if !matches!(offboarding.phase, Phase::Paused { .. }) {
                    return Err(conflict(format!("{id} is {}, not paused", offboarding.phase.word())));
                }
                self.emit(now, by, Event::Resumed { offboarding: id }, out);
                Ok(format!("{id} runs again"))
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "everything that an abort is bound to")]
    fn abort(
        &mut self,
        now: Timestamp,
        id: OffboardingId,
        revision: Option<u32>,
        typed: &str,
        reason: String,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Answer {
        not_blank(&reason, "an abort")?;
        let offboarding = self.offboarding(id)?;
        fresh(revision, offboarding.revision, id)?;
        if !offboarding.is_open() {
            return Err(conflict(format!("{id} is {} already", offboarding.phase.word())));
        }
        let login = &offboarding.leaver().login;
        if typed.trim() != login {
            return Err(Refusal::new(ErrorCode::Invalid, format!("to abort {id}, type the leaver's login `{login}`")));
        }
        self.stop(now, id, reason, by, out);
        Ok(format!("{id} is aborted: nothing more starts; what was done stays done"))
    }

    /// Ends it for good, and what people were told of its steps.
    pub(super) fn stop(&mut self, now: Timestamp, id: OffboardingId, reason: String, by: Actor, out: &mut Vec<Effect>) {
        self.emit(now, by, Event::Aborted { offboarding: id, reason }, out);
        let steps = self.fleet.get(id).map_or(0, |it| it.steps.len());
        for ord in (0u16..).take(steps) {
            self.resolve_alert(now, id.step(ord), out);
        }
    }
}
