//! What follows by itself from where an offboarding stands.

use super::{Core, Effect, Pending, quarantine_ends};
use crate::engine::scheduler::{JobKind, Ticket};
use crate::model::offboarding::Release;
use crate::model::step::{Proof, StepState};
use crate::model::{Actor, AlertKind, Danger, Event, OffboardingId, Phase, StepClass, StepRef, Timestamp};

/// Connections are opened, and tokens fetched, so long before an armed offboarding fires, in ms: short enough that they
/// are still good then.
const WARM_BEFORE_MS: i64 = 3_000;

/// What a step wants next.
enum Want {
    Act,
    Read(JobKind),
    AskApproval,
    /// The key that made a repeat harmless is no longer remembered: what became of the earlier tries is read first.
    Doubt(String),
    VoidApproval(String),
    Covered(Proof),
    AlertAmbiguous(String),
    LookAgain(Timestamp),
}

impl Core {
    /// Queues, asks and closes whatever is due for this offboarding, and sets the timer for the rest.
    pub(super) fn settle(&mut self, now: Timestamp, id: OffboardingId, out: &mut Vec<Effect>) {
        let Some(offboarding) = self.fleet.get(id) else { return };
        if let Phase::Armed { at } = offboarding.phase {
            let warm_at = Timestamp(at.0 - WARM_BEFORE_MS);
            if at <= now {
                self.warmed.remove(&id);
                self.emit(now, Actor::Engine, Event::Launched { offboarding: id }, out);
            } else if warm_at > now {
                self.look_again(id, warm_at);
            } else {
                if self.warmed.insert(id) {
                    let systems = self.fleet.get(id).map(|it| it.plan.first_calls()).unwrap_or_default();
                    out.push(Effect::Warm(systems));
                }
                self.look_again(id, at);
            }
            return;
        }
        let steps = u16::try_from(offboarding.steps.len()).unwrap_or(u16::MAX);
        for ord in 0..steps {
            let step = id.step(ord);
            if self.jobs.contains_key(&step) {
                continue;
            }
            for want in self.wants(step, now) {
                match want {
                    Want::Act => self.queue(step, JobKind::Act, out, now),
                    Want::Read(kind) => self.queue(step, kind, out, now),
                    Want::LookAgain(at) => self.look_again(id, at),
                    Want::AskApproval => {
                        let Some(plan_digest) = self.fleet.get(id).map(|it| it.plan.digest.clone()) else { return };
                        self.emit(now, Actor::Engine, Event::ApprovalAsked { step, plan_digest }, out);
                    }
                    Want::Doubt(reason) => {
                        let Some(planned) = self.fleet.get(id).and_then(|it| it.plan.step(ord)) else { return };
                        let until = quarantine_ends(planned, now);
                        let doubt = Event::StepAmbiguous { step, until, reason, exchanges: Vec::new() };
                        self.emit(now, Actor::Engine, doubt, out);
                    }
                    Want::VoidApproval(reason) => {
                        self.emit(now, Actor::Engine, Event::ApprovalVoid { step, reason }, out);
                    }
                    Want::Covered(proof) => {
                        self.rereads.remove(&step);
                        self.emit(now, Actor::Engine, Event::StepVerified { step, proof, exchanges: Vec::new() }, out);
                        self.resolve_alert(now, step, out);
                    }
                    Want::AlertAmbiguous(summary) => {
                        self.raise_alert(now, step, AlertKind::StepAmbiguous, &summary, out);
                    }
                }
            }
        }
        self.close_if_over(now, id, out);
    }

    /// Closes when every step is settled and nothing outlives them any more.
    fn close_if_over(&mut self, now: Timestamp, id: OffboardingId, out: &mut Vec<Effect>) {
        let Some(offboarding) = self.fleet.get(id) else { return };
        if offboarding.phase != Phase::Running || !offboarding.all_settled() {
            return;
        }
        match offboarding.residual_until() {
            Some(until) if until > now => self.look_again(id, until),
            _ => {
                self.emit(now, Actor::Engine, Event::Closed { offboarding: id }, out);
                self.touched.remove(&id);
            }
        }
    }

    /// Whether acts of this offboarding may start.
    fn may_act(&self, id: OffboardingId) -> bool {
        self.held.is_none()
            && self.fleet.paused.is_none()
            && self.fleet.get(id).is_some_and(|it| it.phase == Phase::Running)
    }

    fn wants(&self, step: StepRef, now: Timestamp) -> Vec<Want> {
        let Some(offboarding) = self.fleet.get(step.offboarding) else { return Vec::new() };
        let Some((planned, state)) = offboarding.step(step.ord) else { return Vec::new() };
        match &state.state {
            // What is on its way is read back all the same; nothing that destroys is started.
            StepState::Waiting | StepState::RetryAt { .. } if self.hold_on(step).is_some() => Vec::new(),
            StepState::Waiting if self.may_act(step.offboarding) => match offboarding.release(step.ord, now) {
                Release::Blocked => Vec::new(),
                Release::At(at) => vec![Want::LookAgain(at)],
                Release::Now => vec![self.act_or_doubt(step, now)],
            },
            StepState::RetryAt { at, .. } if self.may_act(step.offboarding) => {
                if *at > now && !self.hurried.contains(&step) {
                    vec![Want::LookAgain(*at)]
                } else {
                    vec![self.act_or_doubt(step, now)]
                }
            }
            StepState::Verifying { .. } => {
                if let Some(reason) = self.rereads.get(&step).and_then(|reread| reread.unreadable.clone()) {
                    return self.cover(step, planned.proved_by, reason).map(Want::Covered).into_iter().collect();
                }
                vec![self.read_when_due(step, JobKind::Verify, now)]
            }
            StepState::Ambiguous { until, reason } => {
                if *until > now {
                    return vec![Want::LookAgain(*until)];
                }
                let mut wants = vec![self.read_when_due(step, JobKind::Reconcile, now)];
                let overdue = until.plus_ms(self.config.ambiguous_grace_ms);
                if overdue > now {
                    wants.push(Want::LookAgain(overdue));
                } else if !self.fleet.alerts.contains_key(&step.to_string()) && !self.system_is_dead(step) {
                    wants.push(Want::AlertAmbiguous(format!("still ambiguous after its quarantine: {reason}")));
                }
                wants
            }
            _ => Vec::new(),
        }
    }

    fn read_when_due(&self, step: StepRef, kind: JobKind, now: Timestamp) -> Want {
        match self.rereads.get(&step) {
            Some(reread) if reread.not_before > now => Want::LookAgain(reread.not_before),
            _ => Want::Read(kind),
        }
    }

    /// A step whose turn has come: however long it waited, and whoever queued it, a key may have been forgotten since.
    fn act_or_doubt(&self, step: StepRef, now: Timestamp) -> Want {
        let forgotten =
            self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)).is_some_and(|(planned, state)| {
                matches!(planned.class, StepClass::Keyed { .. }) && !state.may_repeat_with_key(planned, now)
            });
        if forgotten {
            return Want::Doubt("the vendor may have forgotten its idempotency key: it is read first".to_owned());
        }
        self.consent(step, now).unwrap_or(Want::Act)
    }

    /// What still stands between a step that needs consent and its act; `None`: nothing.
    fn consent(&self, step: StepRef, now: Timestamp) -> Option<Want> {
        let offboarding = self.fleet.get(step.offboarding)?;
        let (planned, state) = offboarding.step(step.ord)?;
        if planned.approval.is_none() && planned.danger != Danger::Irreversible {
            return None;
        }
        match &state.extra.approval {
            None => Some(Want::AskApproval),
            Some(approval) if approval.expires_at <= now => {
                Some(Want::VoidApproval(format!("not used before {}", approval.expires_at)))
            }
            Some(approval) if approval.plan_digest != offboarding.plan.digest => {
                Some(Want::VoidApproval("the plan has changed since".to_owned()))
            }
            Some(_) => None,
        }
    }

    /// The proof of a step that nobody can read back: the covering step's, once that is settled.
    fn cover(&self, step: StepRef, proved_by: Option<u16>, reason: String) -> Option<Proof> {
        let Some(by) = proved_by else { return Some(Proof::Covered { by: None, reason }) };
        let offboarding = self.fleet.get(step.offboarding)?;
        let (_, covering) = offboarding.step(by)?;
        match covering.state {
            StepState::Done { .. } => Some(Proof::Covered { by: Some(by), reason }),
            StepState::Skipped { .. } => Some(Proof::Covered { by: None, reason }),
            // It was called off: the covering step will never run.
            _ if !offboarding.is_open() && !covering.state.is_unresolved() => Some(Proof::Covered { by: None, reason }),
            _ => None,
        }
    }

    /// Whether a queued job is still the right thing to do: the world may have changed while it waited.
    pub(super) fn is_wanted(&self, ticket: &Ticket, now: Timestamp) -> bool {
        self.wants(ticket.step, now).iter().any(|want| match want {
            Want::Act => ticket.kind == JobKind::Act,
            Want::Read(kind) => ticket.kind == *kind,
            _ => false,
        })
    }

    pub(super) fn raise_alert(
        &mut self,
        now: Timestamp,
        step: StepRef,
        kind: AlertKind,
        summary: &str,
        out: &mut Vec<Effect>,
    ) {
        let Some(offboarding) = self.fleet.get(step.offboarding) else { return };
        let Some((planned, _)) = offboarding.step(step.ord) else { return };
        let summary = format!("{} of {}: {summary}", planned.action, offboarding.leaver().email);
        self.emit(now, Actor::Engine, Event::AlertRaised { key: step.to_string(), kind, summary }, out);
    }

    pub(super) fn resolve_alert(&mut self, now: Timestamp, step: StepRef, out: &mut Vec<Effect>) {
        let key = step.to_string();
        if self.fleet.alerts.contains_key(&key) {
            self.emit(now, Actor::Engine, Event::AlertResolved { key }, out);
        }
    }

    /// Marks a job as ended.
    pub(super) fn job_ended(&mut self, step: StepRef, kind: JobKind) {
        if self.jobs.get(&step) == Some(&Pending::UnderWay(kind)) {
            self.jobs.remove(&step);
        }
        self.touched.insert(step.offboarding);
    }
}
