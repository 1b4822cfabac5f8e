//! Steps held up by a system that is not there, has no time, or refuses our credentials: they go on by themselves, and
//! people are told of the system once, then again and louder, never step by step.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Core, Effect, Said};
use crate::ipc::{ErrorCode, Refusal};
use crate::model::health::Health;
use crate::model::{Actor, AlertKind, ConnectorId, Event, Offboarding, OffboardingId, StepRef, Timestamp};

/// Who is held up where, and since when. Follows from the fleet, but for reads, which nobody journals.
#[derive(Debug, Default)]
pub(super) struct HeldUp {
    by_connector: BTreeMap<ConnectorId, BTreeSet<(Timestamp, StepRef)>>,
    of: HashMap<StepRef, (ConnectorId, Timestamp)>,
    /// Something changed since people were last told, or not told.
    changed: bool,
    /// When somebody may have to be told again.
    look_at: Option<Timestamp>,
}

impl HeldUp {
    fn insert(&mut self, step: StepRef, connector: ConnectorId, since: Timestamp) {
        if self.of.contains_key(&step) {
            return;
        }
        self.by_connector.entry(connector.clone()).or_default().insert((since, step));
        self.of.insert(step, (connector, since));
        self.changed = true;
    }

    fn remove(&mut self, step: StepRef) {
        let Some((connector, since)) = self.of.remove(&step) else { return };
        if let Some(steps) = self.by_connector.get_mut(&connector) {
            steps.remove(&(since, step));
        }
        self.changed = true;
    }

    /// Who has waited longest for this system, and how many wait.
    fn waiting_for(&self, connector: &ConnectorId) -> Option<(Timestamp, usize)> {
        let steps = self.by_connector.get(connector)?;
        steps.first().map(|(since, _)| (*since, steps.len()))
    }
}

fn key_of(connector: &ConnectorId) -> String {
    format!("system/{connector}")
}

impl Core {
    /// When somebody may have to be told again that a system is out.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        self.held_up.look_at
    }

    /// Follows an event: a step is held up, or is not any more.
    pub(super) fn follow_hold_up(&mut self, event: &Event) {
        match event {
            Event::Aborted { offboarding, .. } | Event::Closed { offboarding } => {
                let ended: Vec<StepRef> =
                    self.held_up.of.keys().filter(|step| step.offboarding == *offboarding).copied().collect();
                for step in ended {
                    self.held_up.remove(step);
                }
            }
            event => {
                if let Some(step) = event.step() {
                    self.hurried.remove(&step);
                    self.refresh_hold_up(step);
                }
            }
        }
    }

    pub(super) fn refresh_hold_up(&mut self, step: StepRef) {
        let may_go_on = |it: &&Offboarding| it.is_open() && !self.waits_for_lift(step);
        let offboarding = self.fleet.get(step.offboarding).filter(may_go_on);
        let held_up = offboarding.and_then(|it| it.step(step.ord)).and_then(|(planned, state)| {
            state.extra.held_up_since.map(|since| (planned.action.connector.clone(), since))
        });
        match held_up {
            Some((connector, since)) => self.held_up.insert(step, connector, since),
            None => self.held_up.remove(step),
        }
    }

    /// A read got no answer.
    pub(super) fn read_is_held_up(&mut self, now: Timestamp, step: StepRef) {
        let planned = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord));
        if let Some(connector) = planned.map(|planned| planned.action.connector.clone()) {
            self.held_up.insert(step, connector, now);
        }
    }

    /// A read got an answer.
    pub(super) fn read_goes_on(&mut self, step: StepRef) {
        self.held_up.remove(step);
    }

    /// Takes over who is held up, and which systems had refused the credentials: with those one job goes ahead.
    pub(super) fn take_over_hold_ups(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        for (step, ()) in self.steps_where(|_| Some(())) {
            self.refresh_hold_up(step);
        }
        let open = |kind| self.fleet.alerts.iter().filter(move |(_, alert)| alert.kind == kind);
        let told: Vec<String> =
            open(AlertKind::Credential).chain(open(AlertKind::Outage)).map(|(key, _)| key.clone()).collect();
        let lanes: BTreeMap<String, ConnectorId> =
            self.scheduler.connectors().map(|connector| (key_of(connector), connector.clone())).collect();
        for key in told {
            let locked = self.fleet.alerts.get(&key).is_some_and(|alert| alert.kind == AlertKind::Credential);
            match lanes.get(&key) {
                Some(connector) if locked => self.scheduler.suspect(connector, now),
                Some(_) => {}
                // It is configured no more: its steps say so themselves.
                None => self.emit(now, Actor::Engine, Event::AlertResolved { key }, out),
            }
        }
        self.held_up.changed = true;
    }

    /// A system's health has changed: who waited for it need wait no longer, and somebody may have to be told.
    pub(super) fn health_changed(&mut self, now: Timestamp, connector: &ConnectorId, before: Health) {
        self.held_up.changed = true;
        if !before.is_dead() || self.scheduler.health(connector) != Some(Health::Up) {
            return;
        }
        let Some(waiting) = self.held_up.by_connector.get(connector) else { return };
        for (_, step) in waiting {
            self.hurried.insert(*step);
            self.touched.insert(step.offboarding);
            if let Some(reread) = self.rereads.get_mut(step) {
                reread.not_before = now;
            }
        }
    }

    /// Whether nothing can be done at this step's system just now: people are told of that, not of each step.
    pub(super) fn system_is_dead(&self, step: StepRef) -> bool {
        let planned = self.fleet.get(step.offboarding).and_then(|it| it.plan.step(step.ord));
        planned.and_then(|planned| self.scheduler.health(&planned.action.connector)).is_some_and(Health::is_dead)
    }

    /// A person says that this offboarding's systems, or this step's, are mended: one job of each goes at once.
    pub(super) fn try_systems_now(&mut self, now: Timestamp, of: impl Fn(OffboardingId) -> bool) -> usize {
        let waiting = |steps: &BTreeSet<(Timestamp, StepRef)>| steps.iter().any(|(_, step)| of(step.offboarding));
        let dead: Vec<ConnectorId> = (self.held_up.by_connector.iter())
            .filter(|(connector, steps)| {
                waiting(steps) && self.scheduler.health(connector).is_some_and(Health::is_dead)
            })
            .map(|(connector, _)| connector.clone())
            .collect();
        for connector in &dead {
            self.try_system_now(now, connector);
        }
        dead.len()
    }

    /// One job of this system goes at once, if it is dead.
    fn try_system_now(&mut self, now: Timestamp, connector: &ConnectorId) {
        self.scheduler.try_now(connector, now);
        let first = self.held_up.by_connector.get(connector).and_then(|steps| steps.first());
        if let Some((_, step)) = first.copied() {
            self.hurried.insert(step);
            self.touched.insert(step.offboarding);
            if let Some(reread) = self.rereads.get_mut(&step) {
                reread.not_before = now;
            }
        }
    }

    /// A person says that this system is mended.
    pub(super) fn try_now(&mut self, now: Timestamp, connector: &ConnectorId) -> Result<String, Refusal> {
        let Some(health) = self.scheduler.health(connector) else {
            let known: Vec<&str> = self.scheduler.connectors().map(ConnectorId::as_str).collect();
            let message = format!("no connector named `{connector}` is configured; there are {}", known.join(", "));
            return Err(Refusal::new(ErrorCode::NotFound, message));
        };
        if !health.is_dead() {
            let message = format!("{connector} is {}: nothing holds its jobs back but its turn", health.word());
            return Err(Refusal::new(ErrorCode::Conflict, message));
        }
        self.try_system_now(now, connector);
        Ok(match self.held_up.waiting_for(connector) {
            Some((_, steps)) => format!("one of {steps} steps that wait for {connector} is tried now"),
            None => format!("the next job for {connector} goes at once; nobody waits for it"),
        })
    }

    /// A system was asked, by reading alone, whether it can be used.
    pub(super) fn take_probe(&mut self, now: Timestamp, said: Said) {
        let Said { connector, mut probed, seen } = said;
        probed.at = now;
        let health = probed.own_health();
        let waited_for = self.held_up.waiting_for(&connector).is_some();
        let before = self.scheduler.probed(&connector, now, probed, &seen, waited_for);
        self.held_up.changed = true;
        if let Some(before) = before {
            self.health_changed(now, &connector, before);
        }
        // It answers: whoever waits for it need not sit out the distance between tries.
        if health == Health::Up && self.scheduler.health(&connector).is_some_and(Health::is_dead) {
            self.try_system_now(now, &connector);
        }
    }

    /// Tells people of systems that are out, again after each of the configured times, and when they are back.
    pub(super) fn sound_alarms(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let due = self.held_up.look_at.is_some_and(|at| at <= now);
        if !due && !self.held_up.changed {
            return;
        }
        self.held_up.changed = false;
        self.held_up.look_at = None;
        let connectors: Vec<ConnectorId> = self.scheduler.connectors().cloned().collect();
        for connector in connectors {
            self.sound_alarm(now, &connector, out);
        }
    }

    /// Nobody waits for this system. Refused credentials are told of all the same: new ones take a person's time, and
    /// the next leaver has none.
    fn sound_early_alarm(
        &mut self,
        now: Timestamp,
        connector: &ConnectorId,
        key: String,
        told: Option<AlertKind>,
        out: &mut Vec<Effect>,
    ) {
        match (self.scheduler.refusal(connector), told) {
            (Some(_), Some(AlertKind::Credential)) | (None, None) => {}
            (Some(refusal), _) => {
                let summary =
                    format!("{connector} does not accept the credentials: {refusal}; nobody waits for it yet");
                self.emit(now, Actor::Engine, Event::AlertRaised { key, kind: AlertKind::Credential, summary }, out);
            }
            (None, Some(_)) => self.emit(now, Actor::Engine, Event::AlertResolved { key }, out),
        }
    }

    fn sound_alarm(&mut self, now: Timestamp, connector: &ConnectorId, out: &mut Vec<Effect>) {
        let key = key_of(connector);
        let told = self.fleet.alerts.get(&key).map(|alert| (alert.kind, alert.since));
        let Some((since, steps)) = self.held_up.waiting_for(connector) else {
            return self.sound_early_alarm(now, connector, key, told.map(|(kind, _)| kind), out);
        };
        let locked = self.scheduler.health(connector) == Some(Health::Locked);
        let kind = if locked { AlertKind::Credential } else { AlertKind::Outage };
        let times = &self.config.outage_alerts_ms;
        let passed = |at: Timestamp| times.iter().filter(|ms| at >= since.plus_ms(**ms)).count();
        let is_news = match told {
            None => locked || passed(now) > 0,
            Some((told_kind, at)) => told_kind != kind || passed(now) > passed(at),
        };
        if let Some(ms) = times.get(passed(now)) {
            let at = since.plus_ms(*ms);
            self.held_up.look_at = Some(self.held_up.look_at.map_or(at, |earlier| earlier.min(at)));
        }
        if told.is_some_and(|(told_kind, _)| told_kind == AlertKind::Credential && !locked) {
            // The credentials are good again; who waits for other reasons is told of in time.
            return self.emit(now, Actor::Engine, Event::AlertResolved { key }, out);
        }
        if !is_news {
            return;
        }
        let error = self.scheduler.last_error(connector).unwrap_or("no answer");
        let waiting = if steps == 1 { "1 step waits".to_owned() } else { format!("{steps} steps wait") };
        let summary = if locked {
            format!(
                "{connector} does not accept the credentials: {error}; {waiting} since {since}, and one is tried about \
                 each minute: with new credentials they go on by themselves"
            )
        } else {
            format!("{waiting} for {connector} since {since}, and go on by themselves: {error}")
        };
        self.emit(now, Actor::Engine, Event::AlertRaised { key, kind, summary }, out);
    }
}
