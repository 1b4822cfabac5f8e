//! One person's offboarding: the plan, where each step stands, and what follows from that.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::action::{Danger, Stage, StepClass};
use super::actor::Actor;
use super::before::{self, Before};
use super::doubt::{self, Doubt};
use super::event::{Envelope, Event};
use super::hold_up;
use super::ids::OffboardingId;
use super::leaver::{HrNotice, Leaver};
use super::legal_hold::{self, LegalHold};
use super::note::Note;
use super::outcome::{Account, Finding};
use super::plan::{Plan, PlannedStep, Until};
use super::shared::{Recent, Shared};
use super::step::{Approval, Proof, Step, StepState};
use super::time::Timestamp;

/// Whether acts of an offboarding may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Phase {
    /// Runs by itself from `at` on.
    Armed {
        /// When.
        at: Timestamp,
    },
    /// Waits for a person's launch.
    Held {
        /// Why.
        reason: String,
    },
    /// Runs.
    Running,
    /// Runs, but no new act is started.
    Paused {
        /// Why.
        reason: String,
    },
    /// Stopped for good; what was done stays done.
    Aborted {
        /// Why.
        reason: String,
    },
    /// Every access is verified gone.
    Closed,
}

impl Phase {
    /// The phase as one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Armed { .. } => "armed",
            Self::Held { .. } => "held",
            Self::Running => "running",
            Self::Paused { .. } => "paused",
            Self::Aborted { .. } => "aborted",
            Self::Closed => "closed",
        }
    }
}

/// One person's offboarding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offboarding {
    /// Its id.
    pub id: OffboardingId,
    /// What HR said.
    pub notice: HrNotice,
    /// What is done.
    pub plan: Plan,
    /// Who asked for it.
    pub requester: Actor,
    /// Whether acts may start.
    #[serde(flatten)]
    pub phase: Phase,
    /// Where each step of the plan stands, in the plan's order.
    pub steps: Vec<Step>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it began to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched_at: Option<Timestamp>,
    /// When the whole kill switch was proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_at: Option<Timestamp>,
    /// When it was closed or aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Nothing that cannot be taken back starts while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<Box<LegalHold>>,
    /// What people wrote down, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Grows with each change of phase and of the legal hold: what an operator's act on the whole names.
    pub revision: u32,
}

/// How many steps stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub total: u32,
    /// Done with proof.
    pub done: u32,
    /// Skipped.
    pub skipped: u32,
    /// On the wire or being read back.
    pub active: u32,
    /// Waiting for others or for their turn.
    pub waiting: u32,
    /// Tried again by themselves.
    pub retrying: u32,
    /// Ambiguous.
    pub ambiguous: u32,
    /// Waiting for a person's consent.
    pub approval: u32,
    /// Failed, or in need of a person.
    pub attention: u32,
}

/// Whether a step's waits are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It may start.
    Now,
    /// It may start at this instant at the latest, if nothing fails before.
    At(Timestamp),
    /// Only another step's success can release it.
    Blocked,
}

impl Offboarding {
    /// A new offboarding, as its [`Event::Opened`] says.
    pub fn open(id: OffboardingId, notice: HrNotice, plan: Plan, phase: Phase, by: Actor, at: Timestamp) -> Self {
        let steps = plan.steps.iter().map(|_| Step::default()).collect();
        let launched_at = (phase == Phase::Running).then_some(at);
        Self {
            id,
            notice,
            plan,
            requester: by,
            phase,
            steps,
            opened_at: at,
            launched_at,
            cut_at: None,
            ended_at: None,
            legal_hold: None,
            notes: Vec::new(),
            revision: 0,
        }
    }

    /// The person.
    pub fn leaver(&self) -> &Leaver {
        &self.notice.leaver
    }

    /// Neither closed nor aborted with everything settled.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Something may still change by itself: open, or stopped with a call whose effect is not known yet.
    pub fn is_live(&self) -> bool {
        self.is_open() || self.steps.iter().any(|step| step.state.is_unresolved())
    }

    /// It stays in memory: something may still change by itself, or it is under legal hold, which a later offboarding of
    /// the same person has to know of.
    pub fn is_kept_at_hand(&self) -> bool {
        self.is_live() || self.legal_hold.is_some()
    }

    /// The legal hold that keeps this step from starting, if one does.
    pub fn hold_on(&self, ord: u16) -> Option<&LegalHold> {
        let destroys = self.plan.step(ord).is_some_and(|planned| planned.danger == Danger::Irreversible);
        self.legal_hold.as_deref().filter(|_| destroys)
    }

    /// The account that was found in this step's system: by the step itself, or by another step there.
    pub fn account_for(&self, ord: u16) -> Option<&Account> {
        let (planned, step) = self.step(ord)?;
        if let Some(gives_back) = &planned.gives_back {
            return Some(&gives_back.account);
        }
        let of_same_system = || {
            let others = self.plan.steps.iter().zip(&self.steps);
            others
                .filter(|(other, _)| other.action.connector == planned.action.connector)
                .find_map(|(_, step)| step.account.as_deref())
        };
        step.account.as_deref().or_else(of_same_system)
    }

    /// The step number `ord` with its plan.
    pub fn step(&self, ord: u16) -> Option<(&PlannedStep, &Step)> {
        Some((self.plan.step(ord)?, self.steps.get(usize::from(ord))?))
    }

    /// Folds one of this offboarding's events in.
    pub fn apply(&mut self, envelope: &Envelope) {
        let at = envelope.at;
        if legal_hold::fold(&mut self.legal_hold, envelope) {
            self.revision += 1;
            return;
        }
        match &envelope.event {
            Event::NoteAdded { text, .. } => {
                self.notes.push(Note { at, by: envelope.actor.clone(), text: text.clone() });
            }
            Event::Launched { .. } => {
                self.launched_at.get_or_insert(at);
                self.enter(Phase::Running);
            }
            Event::Rearmed { at, .. } => self.enter(Phase::Armed { at: *at }),
            Event::Paused { reason, .. } => self.enter(Phase::Paused { reason: reason.clone() }),
            Event::Resumed { .. } => self.enter(Phase::Running),
            Event::Aborted { reason, .. } => {
                self.ended_at = Some(at);
                self.enter(Phase::Aborted { reason: reason.clone() });
            }
            Event::Closed { .. } => {
                self.ended_at = Some(at);
                self.enter(Phase::Closed);
            }
            event => {
                let Some(reference) = event.step() else { return };
                let Some(step) = self.steps.get_mut(usize::from(reference.ord)) else { return };
                fold_step(step, event, &envelope.actor, at);
                if matches!(
                    event,
                    Event::StepAcknowledged { account: Some(_), .. } | Event::StepCaptured { account: Some(_), .. }
                ) {
                    self.share_account(usize::from(reference.ord));
                }
                let Some(step) = self.steps.get_mut(usize::from(reference.ord)) else { return };
                let planned = self.plan.steps.get(usize::from(reference.ord));
                let is_keyed = planned.is_some_and(|it| matches!(it.class, StepClass::Keyed { .. }));
                if is_keyed && matches!(event, Event::StepStarted { .. }) {
                    step.extra.key_sent_at.get_or_insert(at);
                }
                if self.cut_at.is_none() && self.kill_switch_is_proved() {
                    self.cut_at = Some(at);
                }
            }
        }
    }

    /// Steps of one system act on one account: it is kept once.
    fn share_account(&mut self, ord: usize) {
        let Some((before, rest)) = self.steps.split_at_mut_checked(ord) else { return };
        let Some((step, after)) = rest.split_first_mut() else { return };
        let Some(account) = &mut step.account else { return };
        let others = before.iter().chain(&*after).filter_map(|it| it.account.as_ref());
        if let Some(same) = others.into_iter().find(|it| *it == account) {
            *account = Arc::clone(same);
        }
    }

    /// Keeps once what was read many times: the plan's steps and the proofs, which others have too, and each account.
    /// And no more room than there are steps: what is read grows by doubling.
    pub fn share(&mut self, shared: &mut Shared) {
        shared.plans.share(&mut self.plan.steps);
        self.steps.shrink_to_fit();
        for (place, ord) in (0..self.steps.len()).zip(0..) {
            self.share_account(place);
            self.share_proof(ord, &mut shared.proofs);
        }
    }

    /// Keeps once what proves that this step is done, and others.
    pub(super) fn share_proof(&mut self, ord: u16, proofs: &mut Recent<str>) {
        let state = self.steps.get_mut(usize::from(ord)).map(|step| &mut step.state);
        if let Some(StepState::Done { proof: Proof::Verified { evidence }, .. }) = state {
            proofs.share(evidence);
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.revision += 1;
    }

    /// A step that a person declined proves nothing: its access may live.
    fn kill_switch_is_proved(&self) -> bool {
        self.plan.undoes.is_none()
            && self.of_stage(Stage::KillSwitch).all(|step| matches!(step.state, StepState::Done { .. }))
    }

    fn of_stage(&self, stage: Stage) -> impl Iterator<Item = &Step> {
        self.plan.steps.iter().zip(&self.steps).filter(move |(planned, _)| planned.stage == stage).map(|(_, step)| step)
    }

    /// Whether the waits of step `ord` are over at `now`.
    pub fn release(&self, ord: u16, now: Timestamp) -> Release {
        let Some(planned) = self.plan.step(ord) else { return Release::Blocked };
        let mut latest: Option<Timestamp> = None;
        for wait in &planned.waits {
            let mut awaited = wait.steps.iter().filter_map(|on| self.steps.get(usize::from(*on)));
            match wait.until {
                Until::Succeeded => {
                    if !awaited.all(|step| step.state.is_settled()) {
                        return Release::Blocked;
                    }
                }
                Until::Tried { patience_ms } => {
                    if awaited.all(Step::was_tried) {
                        continue;
                    }
                    let Some(launched) = self.launched_at else { return Release::Blocked };
                    let patience_ends = launched.plus_ms(patience_ms);
                    if patience_ends > now {
                        latest = latest.max(Some(patience_ends));
                    }
                }
            }
        }
        latest.map_or(Release::Now, Release::At)
    }

    /// How many steps stand where.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { total: u32::try_from(self.steps.len()).unwrap_or(u32::MAX), ..Counts::default() };
        for step in &self.steps {
            let counter = match step.state {
                StepState::Waiting => &mut counts.waiting,
                StepState::AwaitingApproval { .. } => &mut counts.approval,
                StepState::Running { .. } | StepState::Verifying { .. } => &mut counts.active,
                StepState::RetryAt { .. } => &mut counts.retrying,
                StepState::Ambiguous { .. } => &mut counts.ambiguous,
                StepState::Done { .. } => &mut counts.done,
                StepState::Failed { .. } | StepState::NeedsHuman { .. } => &mut counts.attention,
                StepState::Skipped { .. } => &mut counts.skipped,
            };
            *counter += 1;
        }
        counts
    }

    /// The stage that is at work: the first with an unsettled step; `None` when all are settled.
    pub fn stage(&self) -> Option<Stage> {
        let open = self.plan.steps.iter().zip(&self.steps).filter(|(_, step)| !step.state.is_settled());
        open.map(|(planned, _)| planned.stage).min()
    }

    /// Whether every step is settled.
    pub fn all_settled(&self) -> bool {
        self.steps.iter().all(|step| step.state.is_settled())
    }

    /// Every step is settled, and no system knows the person: the address may be mistaken, and the access of whoever was
    /// meant alive.
    pub fn is_known_nowhere(&self) -> bool {
        let missing = |step: &Step| matches!(step.state, StepState::Done { proof: Proof::NoAccount { .. }, .. });
        self.all_settled()
            && self.steps.iter().any(missing)
            && self.steps.iter().all(|step| missing(step) || matches!(step.state, StepState::Skipped { .. }))
    }

    /// When the last access that outlives an acknowledged act has run out; `None`: nothing outlives any.
    pub fn residual_until(&self) -> Option<Timestamp> {
        let ends = self
            .plan
            .steps
            .iter()
            .zip(&self.steps)
            .filter_map(|(planned, step)| Some(step.acknowledged_at?.plus_ms(planned.residual.as_ref()?.ms)));
        ends.max()
    }

    /// Since when access is alive that is being cut; `None`: it is cut, or nothing is being cut.
    pub fn exposed_since(&self) -> Option<Timestamp> {
        self.launched_at.filter(|_| self.cut_at.is_none() && self.plan.undoes.is_none())
    }

    /// How long some access was or is alive since the launch, in ms.
    pub fn exposure_ms(&self, now: Timestamp) -> Option<u64> {
        let launched_at = self.launched_at.filter(|_| self.plan.undoes.is_none())?;
        Some(self.cut_at.or(self.ended_at).unwrap_or(now).ms_since(launched_at))
    }

    /// Under way, with a step that failed or needs a person.
    pub fn fails(&self) -> bool {
        self.is_open() && self.steps.iter().any(|step| step.state.needs_attention())
    }

    /// The step that an operator should look at first: worst state, then plan order.
    pub fn worst_step(&self) -> Option<u16> {
        let rank = |state: &StepState| match state {
            StepState::NeedsHuman { .. } => 6,
            StepState::Failed { .. } => 5,
            StepState::Ambiguous { .. } => 4,
            StepState::AwaitingApproval { .. } => 3,
            StepState::RetryAt { .. } => 2,
            StepState::Running { .. } | StepState::Verifying { .. } => 1,
            StepState::Waiting | StepState::Done { .. } | StepState::Skipped { .. } => 0,
        };
        let (ord, step) = (0u16..).zip(&self.steps).max_by_key(|(ord, step)| (rank(&step.state), u16::MAX - ord))?;
        (rank(&step.state) > 0).then_some(ord)
    }
}

/// Whether what an execution finds done may be the work of one before it: that kept a before-image, was taken, or was lost.
fn may_find_its_own_work(step: &Step) -> bool {
    let undecided = |doubt: &Doubt| {
        !matches!(doubt.ended, Some(doubt::DoubtEnd { conclusion: doubt::Conclusion::Repeated { .. }, .. }))
    };
    let acknowledged = step.acknowledged_at.is_some() && !step.already;
    step.attempt > 1
        && (step.may_have_acted
            || acknowledged
            || step.before.is_some()
            || step.extra.doubt.as_ref().is_some_and(undecided))
}

/// One step's state machine: where an event takes it.
fn fold_step(step: &mut Step, event: &Event, by: &Actor, at: Timestamp) {
    step.revision += 1;
    hold_up::fold(step, event, at);
    if step.extra.doubt.is_some() || matches!(event, Event::StepAmbiguous { .. }) {
        doubt::fold(&mut step.extra.doubt, event, at);
    }
    match event {
        Event::StepStarted { attempt, deadline_at, .. } => {
            step.attempt = *attempt;
            step.tries += 1;
            step.state = StepState::Running { since: at, deadline_at: *deadline_at };
        }
        Event::StepCaptured { account, before: Before { image, seats }, .. } => {
            if let Some(account) = account {
                step.account = Some(Arc::new(account.clone()));
            }
            step.before =
                Some(Box::new(before::united(step.before.take().map(|it| *it).unwrap_or_default(), image.clone())));
            for seat in seats.iter().filter(|seat| !step.extra.seats.contains(seat)).collect::<Vec<_>>() {
                step.extra.seats.push(seat.clone());
            }
        }
        Event::StepAcknowledged { account, before, already, caveat, .. } => {
            step.already = already.is_some() && !may_find_its_own_work(step);
            // The latest act counts: what outlives it is counted from here.
            step.acknowledged_at = Some(at);
            if let Some(account) = account {
                step.account = Some(Arc::new(account.clone()));
            }
            if step.before.is_none() {
                step.before = before.clone().map(Box::new);
            }
            if step.extra.caveat != *caveat {
                step.extra.caveat.clone_from(caveat);
            }
            step.state = StepState::Verifying { since: at };
        }
        Event::StepVerified { proof, .. } => step.state = StepState::Done { at, proof: proof.clone() },
        Event::StepRetryAt { at, reason, free, unclear, .. } => {
            step.may_have_acted |= unclear;
            step.tries -= u16::from(*free && step.tries > 0);
            step.state = StepState::RetryAt { at: *at, reason: reason.clone() };
        }
        Event::StepAmbiguous { until, reason, .. } => {
            step.state = StepState::Ambiguous { until: *until, reason: reason.clone() };
        }
        Event::StepFailed { reason, cure, .. } => {
            step.state = StepState::Failed { at, reason: reason.clone(), cure: cure.clone() };
        }
        Event::StepNeedsHuman { reason, .. } => step.state = StepState::NeedsHuman { at, reason: reason.clone() },
        Event::StepRequeued { .. } => {
            // Read back after its quarantine, or looked at by a person: nothing sent before lives, nor counts down.
            if matches!(step.state, StepState::Ambiguous { .. } | StepState::NeedsHuman { .. }) {
                step.extra.key_sent_at = None;
            }
            // Read twice, and it had not happened.
            if matches!(step.state, StepState::Ambiguous { .. }) {
                step.may_have_acted = false;
            }
            step.tries = 0;
            step.state = StepState::Waiting;
        }
        Event::ApprovalAsked { .. } => step.state = StepState::AwaitingApproval { since: at },
        Event::Approved { plan_digest, expires_at, .. } => {
            let approval = Approval { by: by.clone(), at, plan_digest: plan_digest.clone(), expires_at: *expires_at };
            step.extra.approval = Some(approval);
            step.state = StepState::Waiting;
        }
        Event::ApprovalVoid { .. } => {
            step.extra.approval = None;
            step.state = StepState::AwaitingApproval { since: at };
        }
        Event::StepRejected { reason, .. } => {
            step.extra.approval = None;
            step.state = StepState::Skipped { at, reason: reason.clone() };
        }
        _ => step.revision -= 1,
    }
    step.extra.settle();
}

/// Findings by what they are, as in `2 × deploy key, 1 × webhook`.
fn counted(findings: &[Finding]) -> String {
    let mut kinds: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for finding in findings {
        *kinds.entry(&finding.what).or_default() += 1;
    }
    kinds.iter().map(|(what, count)| format!("{count} × {what}")).collect::<Vec<_>>().join(", ")
}

impl Proof {
    /// The proof in words.
    pub fn words(&self) -> String {
        match self {
            Self::Verified { evidence } => format!("verified: {evidence}"),
            Self::Covered { by: Some(ord), reason } => format!("acknowledged; {reason}; proved by step {ord}"),
            Self::Covered { by: None, reason } => format!("acknowledged; {reason}"),
            Self::Listed { findings } if findings.is_empty() => "looked: nothing is left behind".to_owned(),
            Self::Listed { findings } => format!("looked: {}", counted(findings)),
            Self::NoAccount { searched } => format!("no account: {searched}"),
        }
    }
}
