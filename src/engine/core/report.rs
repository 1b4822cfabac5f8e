//! What a job's end means for its step.

use super::{Captured, Core, Effect, JobResult, Report, Reread, quarantine_ends};
use crate::engine::scheduler::Trouble;
use crate::model::step::{Proof, StepState};
use crate::model::{Actor, AlertKind, Event, Exchange, Offboarding, Outcome, StepClass, StepRef, Timestamp, Verdict};

/// Read-backs that must agree on "still alive" before it is believed: one may be stale.
const AGREEING_READS: u32 = 2;

/// A step whose credentials were refused lets others go ahead of it at the next probe, or one that nobody may touch
/// would keep all of them waiting, in ms.
const LOCKED_WAIT_MS: u64 = 75_000;

/// A vendor that says "come back in ten days" is asked again after an hour.
const LONGEST_RETRY_AFTER_MS: u64 = 3_600_000;

/// What a try that came to nothing costs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cost {
    /// One of the tries that the policy allows.
    Try,
    /// Nothing but a longer wait each time: the vendor is not there, and a repeat is harmless. An outage of days uses
    /// up no step, and heals by itself.
    Wait,
    /// Nothing: the vendor has no time for us, and says or shows when it will.
    Turn,
    /// As a wait; but it may have taken effect.
    Doubt,
}

impl Core {
    /// An execution that was given up captures nothing: its act is never let out.
    pub(super) fn capture(&mut self, now: Timestamp, captured: Captured, out: &mut Vec<Effect>) {
        let Captured { step, attempt, account, before } = captured;
        let state = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)).map(|(_, state)| state);
        if state.is_some_and(|it| it.attempt == attempt && matches!(it.state, StepState::Running { .. })) {
            self.emit(now, Actor::Engine, Event::StepCaptured { step, account, before }, out);
            out.push(Effect::Captured);
        }
    }

    pub(super) fn take_report(&mut self, now: Timestamp, report: Report, out: &mut Vec<Effect>) {
        let Report { step, kind, attempt, account, result, exchanges, seen, ms, waited_ms } = report;
        if let Some((planned, _)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) {
            let connector = planned.action.connector.clone();
            let health_before = self.scheduler.ended(&connector, now, result.met(), &seen);
            self.scheduler.felt(waited_ms);
            self.scheduler.noted(&connector, now, ms, result.trouble());
            if let Some(before) = health_before {
                self.health_changed(now, &connector, before);
            }
        }
        self.job_ended(step, kind);
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        if state.attempt != attempt {
            return; // A report of an execution that was given up: the fence.
        }
        let class = planned.class;
        match (result, &state.state) {
            (JobResult::Acted(outcome), StepState::Running { .. }) => {
                self.acted(now, step, outcome, account, exchanges, out);
            }
            (JobResult::Read(verdict), StepState::Verifying { since }) => {
                let since = *since;
                self.read_back(now, step, since, class, verdict, exchanges, out);
            }
            (JobResult::Read(verdict), StepState::Ambiguous { .. }) => {
                self.reconciled(now, step, verdict, exchanges, out);
            }
            _ => {}
        }
    }

    fn acted(
        &mut self,
        now: Timestamp,
        step: StepRef,
        outcome: Outcome,
        account: Option<crate::model::Account>,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        let event = match outcome {
            Outcome::Acknowledged => {
                Event::StepAcknowledged { step, account, before: None, already: None, caveat: None, exchanges }
            }
            Outcome::Listed { findings } => Event::StepVerified { step, proof: Proof::Listed { findings }, exchanges },
            // It was given back before, or there was nothing to give: who said so has looked.
            Outcome::AlreadySo { note, .. } if self.gives_back(step) => {
                Event::StepVerified { step, proof: Proof::Verified { evidence: note.into() }, exchanges }
            }
            Outcome::AlreadySo { note, caveat } => {
                Event::StepAcknowledged { step, account, before: None, already: Some(note), caveat, exchanges }
            }
            Outcome::NoAccount { searched } => {
                Event::StepVerified { step, proof: Proof::NoAccount { searched }, exchanges }
            }
            Outcome::Retry { reason, after_ms, throttled } => {
                let cost = if throttled { Cost::Turn } else { Cost::Wait };
                return self.try_again(now, step, reason, after_ms, cost, exchanges, out);
            }
            Outcome::Busy { reason, after_ms } => {
                return self.try_again(now, step, reason, after_ms, Cost::Try, exchanges, out);
            }
            Outcome::Locked { reason, cure } => {
                let reason = format!("the credentials are refused: {reason}; {cure}");
                return self.try_again(now, step, reason, Some(LOCKED_WAIT_MS), Cost::Wait, exchanges, out);
            }
            Outcome::Refused { reason, cure } => return self.fail(now, step, reason, cure, exchanges, out),
            Outcome::NeedsHuman { reason } => return self.ask_human(now, step, reason, exchanges, out),
            Outcome::Ambiguous { reason } => return self.lose_track(now, step, now, reason, exchanges, out),
        };
        self.rereads.remove(&step);
        let done = matches!(event, Event::StepVerified { .. });
        self.emit(now, Actor::Engine, event, out);
        if done {
            self.resolve_alert(now, step, out);
        }
    }

    fn gives_back(&self, step: StepRef) -> bool {
        let planned = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord));
        planned.is_some_and(|it| it.gives_back.is_some())
    }

    /// Not done, or harmless to repeat: again after a while.
    #[expect(clippy::too_many_arguments, reason = "the fields of one outcome")]
    fn try_again(
        &mut self,
        now: Timestamp,
        step: StepRef,
        reason: String,
        after_ms: Option<u64>,
        cost: Cost,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        let (retry, tries, attempt) = (planned.retry, state.tries, state.attempt);
        if cost == Cost::Try && tries >= retry.attempts {
            let cure = format!("look at the connector, then press r (or `nightlatch retry {step}`)");
            return self.fail(now, step, format!("{reason} ({tries} tries)"), cure, exchanges, out);
        }
        let asked = after_ms.unwrap_or(0).min(LONGEST_RETRY_AFTER_MS);
        let waits = if matches!(cost, Cost::Wait | Cost::Doubt) { state.extra.held_up_tries } else { 0 };
        let wait = retry.backoff_ms(tries.saturating_add(waits), Self::jitter(step, attempt)).max(asked);
        let at = now.plus_ms(wait);
        let free = cost != Cost::Try;
        let unclear = cost == Cost::Doubt;
        self.emit(now, Actor::Engine, Event::StepRetryAt { step, at, reason, free, unclear, exchanges }, out);
    }

    pub(super) fn fail(
        &mut self,
        now: Timestamp,
        step: StepRef,
        reason: String,
        cure: String,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        let summary = format!("failed: {reason}; {cure}");
        self.emit(now, Actor::Engine, Event::StepFailed { step, reason, cure, exchanges }, out);
        self.call_for_help(now, step, AlertKind::StepFailed, &summary, out);
    }

    pub(super) fn ask_human(
        &mut self,
        now: Timestamp,
        step: StepRef,
        reason: String,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        let summary = format!("needs a human: {reason}");
        self.rereads.remove(&step);
        self.emit(now, Actor::Engine, Event::StepNeedsHuman { step, reason, exchanges }, out);
        self.call_for_help(now, step, AlertKind::StepNeedsHuman, &summary, out);
    }

    /// A step that cannot go on without a person. Where the offboarding was called off nothing goes on: its story says
    /// what is not known, and nobody is waited for.
    fn call_for_help(&mut self, now: Timestamp, step: StepRef, kind: AlertKind, summary: &str, out: &mut Vec<Effect>) {
        if self.fleet.get(step.offboarding).is_some_and(Offboarding::is_open) {
            self.raise_alert(now, step, kind, summary, out);
        } else {
            self.resolve_alert(now, step, out);
        }
    }

    /// Nobody knows whether the call took effect. What may be done about it is the step's class.
    ///
    /// `dead_at`: no byte of the request was sent after this instant.
    pub(super) fn lose_track(
        &mut self,
        now: Timestamp,
        step: StepRef,
        dead_at: Timestamp,
        reason: String,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        let quarantine_ends = quarantine_ends(planned, dead_at);
        let key_is_kept = state.may_repeat_with_key(planned, now);
        match planned.class {
            StepClass::Pure | StepClass::Idempotent => {
                let reason = format!("{reason}; a repeat is harmless");
                self.try_again(now, step, reason, None, Cost::Doubt, exchanges, out);
            }
            StepClass::Keyed { .. } if key_is_kept => {
                let reason = format!("{reason}; repeated with the same key");
                self.try_again(now, step, reason, None, Cost::Doubt, exchanges, out);
            }
            StepClass::Keyed { .. } | StepClass::Reconcile => {
                self.rereads.remove(&step);
                self.emit(
                    now,
                    Actor::Engine,
                    Event::StepAmbiguous { step, until: quarantine_ends, reason, exchanges },
                    out,
                );
            }
            StepClass::Operator => {
                self.ask_human(now, step, format!("{reason}; never repeated by itself"), exchanges, out);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one verdict")]
    fn read_back(
        &mut self,
        now: Timestamp,
        step: StepRef,
        since: Timestamp,
        class: StepClass,
        verdict: Verdict,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        match verdict {
            Verdict::Dead { evidence } => self.prove(now, step, evidence, exchanges, out),
            Verdict::Alive { evidence } => {
                self.read_goes_on(step);
                if self.patience_left(now, step) {
                    return self.read_later(now, step, None);
                }
                // One read may have been asked before the machine slept, and be answered after it.
                let reread = self.rereads.entry(step).or_default();
                reread.alive_in_a_row += 1;
                if reread.alive_in_a_row < AGREEING_READS {
                    return self.read_later(now, step, None);
                }
                let reason = format!("acknowledged at {since}, but the read-back still shows it alive: {evidence}");
                self.rereads.remove(&step);
                if matches!(class, StepClass::Pure | StepClass::Idempotent) {
                    self.try_again(now, step, reason, None, Cost::Try, exchanges, out);
                } else {
                    self.ask_human(now, step, reason, exchanges, out);
                }
            }
            Verdict::CannotTell { reason, again: false, .. } => {
                self.rereads.entry(step).or_default().unreadable = Some(reason);
            }
            Verdict::NeedsHuman { reason } => {
                self.ask_human(now, step, format!("acknowledged at {since}, but {reason}"), exchanges, out);
            }
            Verdict::Locked { .. } => self.read_later_still(now, step, None),
            Verdict::CannotTell { reason, after_ms, again: true } => {
                self.read_later_still(now, step, after_ms);
                let overdue = !self.patience_left(now, step) && !self.system_is_dead(step);
                if overdue && !self.fleet.alerts.contains_key(&step.to_string()) {
                    let summary = format!("acknowledged, but it could not be read back since {since}: {reason}");
                    self.raise_alert(now, step, AlertKind::StepAmbiguous, &summary, out);
                }
            }
        }
    }

    /// The quarantine is over and the account's real state was read.
    fn reconciled(
        &mut self,
        now: Timestamp,
        step: StepRef,
        verdict: Verdict,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        match verdict {
            Verdict::Dead { evidence } => {
                self.prove(now, step, format!("{evidence} (read back after a lost answer)"), exchanges, out);
            }
            Verdict::Alive { evidence } => {
                self.read_goes_on(step);
                let reread = self.rereads.entry(step).or_default();
                reread.alive_in_a_row += 1;
                if reread.alive_in_a_row < AGREEING_READS {
                    return self.read_later(now, step, None);
                }
                self.rereads.remove(&step);
                let why = format!(
                    "{AGREEING_READS} read-backs after the quarantine agree that it did not happen: {evidence}"
                );
                self.emit(now, Actor::Engine, Event::StepRequeued { step, why }, out);
                self.resolve_alert(now, step, out);
            }
            Verdict::CannotTell { reason, again: false, .. } => {
                let reason = format!("a lost answer, and the vendor lets nobody read what came of it: {reason}");
                self.ask_human(now, step, reason, exchanges, out);
            }
            Verdict::NeedsHuman { reason } => {
                self.ask_human(now, step, format!("a lost answer, and {reason}"), exchanges, out);
            }
            Verdict::CannotTell { after_ms, again: true, .. } => {
                self.rereads.entry(step).or_default().alive_in_a_row = 0;
                self.read_later_still(now, step, after_ms);
            }
            Verdict::Locked { .. } => {
                self.rereads.entry(step).or_default().alive_in_a_row = 0;
                self.read_later_still(now, step, None);
            }
        }
    }

    fn prove(
        &mut self,
        now: Timestamp,
        step: StepRef,
        evidence: String,
        exchanges: Vec<Exchange>,
        out: &mut Vec<Effect>,
    ) {
        self.rereads.remove(&step);
        self.emit(
            now,
            Actor::Engine,
            Event::StepVerified { step, proof: Proof::Verified { evidence: evidence.into() }, exchanges },
            out,
        );
        self.resolve_alert(now, step, out);
    }

    /// Whether a read-back that has not shown it dead may still be too early.
    fn patience_left(&mut self, now: Timestamp, step: StepRef) -> bool {
        let since = *self.rereads.entry(step).or_default().since.get_or_insert(now);
        now.ms_since(since) < self.config.verify_patience_ms
    }

    /// The read got no answer.
    fn read_later_still(&mut self, now: Timestamp, step: StepRef, after_ms: Option<u64>) {
        self.read_is_held_up(now, step);
        self.read_later(now, step, after_ms);
    }

    fn read_later(&mut self, now: Timestamp, step: StepRef, after_ms: Option<u64>) {
        let (base, max) = (self.config.reread_base_ms, self.config.reread_max_ms);
        let reread: &mut Reread = self.rereads.entry(step).or_default();
        let wait = base.saturating_mul(1 << reread.tries.min(20)).min(max);
        let wait = wait.max(after_ms.unwrap_or(0).min(LONGEST_RETRY_AFTER_MS));
        reread.tries += 1;
        reread.not_before = now.plus_ms(wait);
    }

    /// Queues a person's retry: an act whose effect may be unknown is read back first.
    pub(super) fn retry_by(&mut self, now: Timestamp, step: StepRef, by: &Actor, out: &mut Vec<Effect>) {
        let Some((planned, state)) = self.fleet.get(step.offboarding).and_then(|it| it.step(step.ord)) else { return };
        // A person who was asked, and says go, has looked.
        let was_asked = matches!(state.state, StepState::NeedsHuman { .. });
        let read_first = state.attempt > 0
            && match planned.class {
                StepClass::Reconcile => true,
                StepClass::Keyed { .. } => !was_asked && !state.may_repeat_with_key(planned, now),
                StepClass::Pure | StepClass::Idempotent | StepClass::Operator => false,
            };
        self.rereads.remove(&step);
        let event = if read_first {
            let reason = format!("retried by {by}: the account is read first");
            Event::StepAmbiguous { step, until: now, reason, exchanges: Vec::new() }
        } else {
            Event::StepRequeued { step, why: format!("retried by {by}") }
        };
        self.emit(now, by.clone(), event, out);
    }
}

impl JobResult {
    /// What went wrong, for the operator's eye.
    fn trouble(&self) -> Option<Trouble<'_>> {
        let (what, cure) = match self {
            Self::Acted(Outcome::Locked { reason, cure } | Outcome::Refused { reason, cure })
            | Self::Read(Verdict::Locked { reason, cure }) => (reason, cure.as_str()),
            Self::Acted(
                Outcome::Retry { reason, .. }
                | Outcome::Busy { reason, .. }
                | Outcome::NeedsHuman { reason }
                | Outcome::Ambiguous { reason },
            )
            | Self::Read(Verdict::CannotTell { reason, again: true, .. } | Verdict::NeedsHuman { reason }) => {
                (reason, "")
            }
            _ => return None,
        };
        Some(Trouble { what, cure })
    }
}
