//! The invariants, checked as things happen and at the end.

use std::collections::{BTreeMap, HashSet};

use nightlatch::engine::core::Job;
use nightlatch::model::{AlertKind, Danger, Envelope, Event, Fleet, Phase, StepClass, StepRef, StepState, Timestamp};

use super::script::Trouble;
use super::vendor::{Request, Target};
use super::world::{Broken, World};

impl World<'_> {
    /// I1: nothing that must not be repeated is executed twice.
    pub(crate) fn check_effect(&mut self, request: &Request, step: StepRef, times: u32) {
        if times > 1 && !matches!(request.class, StepClass::Idempotent | StepClass::Pure) {
            let (person, action) = &request.target;
            let class = request.class.name();
            let what = format!("{action} of person {person} ({class}) was executed twice");
            self.break_rule("I1", Some(step), what);
        }
    }

    /// What must hold of an event when it reaches the disk.
    pub(crate) fn check_event(&mut self, envelope: &Envelope) {
        if envelope.seq != self.disk.len() as u64 {
            let what = format!("event {} stands at place {}", envelope.seq, self.disk.len());
            self.break_rule("I5", None, what);
        }
        let soon = self.noise.between(50, 1_500, &[6, envelope.seq, self.looks]);
        self.check_hold(envelope);
        match &envelope.event {
            Event::LegalHoldLifted { .. } => self.tally.holds_lifted += 1,
            Event::StepAmbiguous { .. } => self.tally.ambiguous += 1,
            Event::ApprovalAsked { .. }
            | Event::Paused { .. }
            | Event::EnginePaused { .. }
            | Event::LegalHoldPlaced { .. }
            | Event::LegalHoldLiftAsked { .. } => self.look_within(soon),
            Event::ApprovalVoid { .. } => {
                self.tally.consents_void += 1;
                self.look_within(soon);
            }
            Event::Opened { phase: Phase::Held { .. }, .. } => {
                self.tally.held += 1;
                self.look_within(soon);
            }
            Event::StepFailed { step, reason, .. } => {
                self.look_within(soon);
                self.check_failure(*step, reason);
            }
            Event::StepNeedsHuman { step, reason, .. } => {
                self.look_within(soon);
                self.check_question(*step, reason);
            }
            Event::AlertRaised { kind: AlertKind::Outage, .. } => self.tally.outages_told += 1,
            Event::AlertRaised { kind: AlertKind::Credential, .. } => self.tally.credentials_told += 1,
            _ => {}
        }
    }

    /// I9: nothing irreversible starts under a legal hold, which two people lift, neither of whom put it on alone.
    fn check_hold(&mut self, envelope: &Envelope) {
        let of = envelope.event.offboarding();
        let (mut placed, mut asked) = (None, None);
        match &envelope.event {
            Event::StepStarted { step, .. } => {
                let planned = self.cases.get(&step.offboarding).and_then(|it| it.plan.step(step.ord));
                if planned.is_none_or(|it| it.danger != Danger::Irreversible) {
                    return;
                }
            }
            Event::LegalHoldLifted { .. } => {}
            _ => return,
        }
        for earlier in self.disk.iter().filter(|it| it.event.offboarding() == of) {
            match &earlier.event {
                Event::Opened { .. } | Event::LegalHoldLifted { .. } => (placed, asked) = (None, None),
                Event::LegalHoldPlaced { .. } => placed = Some(earlier.actor.uid()),
                Event::LegalHoldLiftAsked { .. } => asked = Some(earlier.actor.uid()),
                Event::LegalHoldKept { .. } => asked = None,
                _ => {}
            }
        }
        let by = envelope.actor.uid();
        match (&envelope.event, placed) {
            (Event::StepStarted { step, .. }, Some(_)) => {
                self.break_rule("I9", Some(*step), format!("{step} started under a legal hold"));
            }
            (Event::LegalHoldLifted { .. }, _) if asked.is_none() || asked == Some(by) || placed == Some(by) => {
                self.break_rule("I9", None, format!("one person alone lifted a legal hold: {by:?}"));
            }
            _ => {}
        }
    }

    /// I8: it heals itself. A step gives up only if the vendor refused it.
    fn check_failure(&mut self, step: StepRef, reason: &str) {
        let Some((person, action)) = self.target_of(step) else { return };
        let refused = self.script.troubles.iter().any(|trouble| match trouble {
            Trouble::Refused { call } | Trouble::Busy { call } => {
                let call = self.real(*call);
                call.person == person && call.action == action
            }
            _ => false,
        });
        if !refused {
            self.break_rule("I8", Some(step), format!("{action} gave up though nobody refused it: {reason}"));
        }
    }

    /// I8: a person is asked only about what the engine may never find out by itself.
    fn check_question(&mut self, step: StepRef, reason: &str) {
        let class = self.cases.get(&step.offboarding).and_then(|it| it.plan.step(step.ord)).map(|it| it.class);
        if class != Some(StepClass::Operator) {
            self.break_rule("I8", Some(step), format!("a person is asked without need: {reason}"));
        }
    }

    fn target_of(&self, step: StepRef) -> Option<Target> {
        let case = self.cases.get(&step.offboarding)?;
        Some((case.person, case.plan.step(step.ord)?.action.to_string()))
    }

    /// I5: the intent is on disk before the call goes out.
    pub(crate) fn check_intent(&mut self, job: &Job) {
        let intent = self.disk.iter().rev().find_map(|envelope| match &envelope.event {
            Event::StepStarted { step, attempt, .. } if *step == job.step => Some(*attempt),
            _ => None,
        });
        if intent != Some(job.attempt) {
            let what = format!("a call of {} without its intent on disk ({intent:?})", job.step);
            self.break_rule("I5", Some(job.step), what);
        }
    }

    /// I4: a matching, unexpired consent by somebody else than the requester.
    pub(crate) fn check_approval(&mut self, job: &Job) {
        let case = &self.cases[&job.step.offboarding];
        let mut consent = None;
        let mut started_at = Timestamp(0);
        for envelope in &self.disk {
            match &envelope.event {
                Event::Approved { step, plan_digest, expires_at } if *step == job.step => {
                    consent = Some((envelope.actor.uid(), plan_digest, *expires_at));
                }
                Event::ApprovalVoid { step, .. } if *step == job.step => consent = None,
                Event::StepStarted { step, .. } if *step == job.step => started_at = envelope.at,
                _ => {}
            }
        }
        let fits = consent.is_some_and(|(by, digest, expires)| {
            by.is_some() && by != case.requester && *digest == case.plan.digest && expires > started_at
        });
        if !fits {
            self.break_rule("I4", Some(job.step), format!("{} went out without a fitting consent", job.step));
        }
    }

    pub(crate) fn check_the_end(&mut self) -> Result<(), Broken> {
        let broken = |rule, step, what| Err(Broken { rule, what, step });
        if !self.is_at_rest() {
            let open =
                || self.core.iter().flat_map(|core| core.fleet().offboardings.values()).filter(|it| it.is_live());
            let first = open().find_map(|it| {
                let ord = it.steps.iter().position(|step| !step.state.is_settled())?;
                Some(it.id.step(u16::try_from(ord).ok()?))
            });
            let stuck: Vec<String> = open()
                .map(|it| {
                    let steps: Vec<_> = it.steps.iter().map(|step| step.state.word()).collect();
                    format!("{} is {} {steps:?}", it.id, it.phase.word())
                })
                .collect();
            let alerts: Vec<_> = self.core.iter().flat_map(|core| core.fleet().alerts.values()).collect();
            return broken("I7", first, format!("it does not come to rest: {stuck:?} {alerts:?}"));
        }
        let mut folded = Fleet::default();
        for envelope in &self.disk {
            folded.apply(envelope);
        }
        for offboarding in folded.offboardings.values() {
            match offboarding.phase {
                Phase::Aborted { .. } => {
                    self.tally.aborted += 1;
                    continue;
                }
                _ => self.tally.closed += 1,
            }
            for (ord, step) in (0u16..).zip(&offboarding.steps) {
                let reference = offboarding.id.step(ord);
                if !step.state.is_settled() {
                    return broken("I3", Some(reference), format!("{reference} ended as {}", step.state.word()));
                }
                let done = matches!(step.state, StepState::Done { .. });
                let happened = self.target_of(reference).is_some_and(|target| self.vendors.happened(&target));
                if done && !happened {
                    let what = format!("{reference} is called done and never happened");
                    return broken("I3", Some(reference), what);
                }
            }
        }
        self.check_notices()?;
        self.check_outcomes()
    }

    /// I2: whatever was acknowledged is in the journal. A restored backup has lost some, and says so.
    fn check_notices(&self) -> Result<(), Broken> {
        if self.tally.rollbacks > 0 {
            return Ok(());
        }
        let known: HashSet<&str> = (self.disk.iter())
            .filter_map(|envelope| match &envelope.event {
                Event::Opened { notice, .. } => Some(notice.event_id.as_str()),
                Event::NoticeMerged { event_id, .. } | Event::NoticeSetAside { event_id, .. } => Some(event_id),
                _ => None,
            })
            .collect();
        match self.acknowledged().find(|id| !known.contains(id)) {
            Some(lost) => {
                let what = format!("the notice `{lost}` was acknowledged and is nowhere");
                Err(Broken { rule: "I2", what, step: None })
            }
            None => Ok(()),
        }
    }

    /// I5: every intent is followed by an outcome of its step.
    fn check_outcomes(&self) -> Result<(), Broken> {
        let mut open: BTreeMap<StepRef, u64> = BTreeMap::new();
        for envelope in &self.disk {
            match &envelope.event {
                Event::StepStarted { step, .. } => {
                    if let Some(earlier) = open.insert(*step, envelope.seq) {
                        let what = format!("{step} has two intents in a row ({earlier} and {})", envelope.seq);
                        return Err(Broken { rule: "I5", what, step: Some(*step) });
                    }
                }
                event => {
                    if let Some(step) = event.step() {
                        open.remove(&step);
                    }
                }
            }
        }
        open.into_iter().next().map_or(Ok(()), |(step, seq)| {
            let what = format!("intent {seq} of {step} has no outcome");
            Err(Broken { rule: "I5", what, step: Some(step) })
        })
    }
}
