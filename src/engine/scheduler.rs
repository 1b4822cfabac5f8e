//! Who goes next under each vendor's budget.
//!
//! Pure. One lane a connector; a lane sends the job that removes most exposure first: the stage, then the urgent,
//! then who has waited longest. So everybody's kill switch goes before anybody's later stages. A lane learns its
//! budget from what the vendor says, and after a refusal for rate it comes back with few jobs, not with all of them.
//!
//! The machine itself is a budget as well: where jobs wait for a processor, fewer of them are under way, so that
//! somebody urgent who comes now does not stand behind a crowd that has been let go already.

mod rate;

use std::collections::{BTreeMap, BTreeSet};

use self::rate::Rate;

use crate::connectors::{Limits, Observation};
use crate::model::health::{ConnectorStatus, Health};
use crate::model::{ConnectorId, Stage, StepRef, Timestamp};

/// What a job does. Acts change something; the others only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Executes the step.
    Act,
    /// Reads back what was acknowledged.
    Verify,
    /// Reads back what is ambiguous.
    Reconcile,
}

/// A job in the queue. The order of the fields is the order of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// Earlier stages first.
    pub stage: Stage,
    /// Read-backs of what was acknowledged come last, whoever's they are: they cut nothing.
    pub only_proves: bool,
    /// Urgent people first.
    pub not_urgent: bool,
    /// Act or read.
    pub kind: JobKind,
    /// Who has waited longest first.
    pub since: Timestamp,
    /// Which step.
    pub step: StepRef,
}

/// How a job ended, as far as the vendor's budget goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// An answer that made sense, whatever it said.
    Answer,
    /// "Slow down."
    Throttle,
    /// No answer, or no sense in it.
    Silence,
    /// "I do not know you."
    Locked,
    /// Nobody was asked.
    Nothing,
}

#[derive(Debug)]
struct Lane {
    kind: String,
    limits: Limits,
    queue: BTreeSet<Ticket>,
    in_flight: u32,
    /// Jobs that may be under way at once just now: the limit, less after trouble.
    window: f64,
    blocked_until: Timestamp,
    /// Calls left, until when.
    remaining: Option<(u64, Timestamp)>,
    /// Where the rate is documented.
    rate: Option<Rate>,
    silences: u32,
    health: Health,
    done: u64,
    failed: u64,
    last_ms: Option<u32>,
    last_error: Option<String>,
}

/// All lanes.
#[derive(Debug, Default)]
pub struct Scheduler {
    lanes: BTreeMap<ConnectorId, Lane>,
    /// Jobs under way in all lanes, and how many there may be; 0: any number.
    in_flight: u32,
    max_in_flight: u32,
    /// How many of those there may be just now: fewer while jobs wait for a processor.
    places: f64,
    changed: bool,
}

/// After so many calls without an answer in a row, a lane sends one at a time, at growing distances.
const SILENCES_BEFORE_BREAK: u32 = 4;
const BREAK_BASE_MS: u64 = 250;
const BREAK_MAX_MS: u64 = 15_000;
/// A lane whose credentials are refused sends one job so often: new credentials are noticed by themselves.
const LOCKED_PROBE_MS: u64 = 60_000;
/// A vendor that says "come back in ten days" is asked again after an hour.
const LONGEST_BLOCK_MS: u64 = 3_600_000;
/// Blocked for so long after a refusal for rate without a word on when to come back.
const THROTTLE_DEFAULT_MS: u64 = 1_000;
/// A job that waited so long for a processor had too many others beside it.
const CROWDED_MS: u32 = 3;
/// However crowded the machine is, so many jobs may be under way: vendors are slower than any machine.
const PLACES_AT_LEAST: f64 = 48.0;

impl Lane {
    fn new(kind: &str, limits: Limits) -> Self {
        Self {
            kind: kind.to_owned(),
            limits,
            queue: BTreeSet::new(),
            in_flight: 0,
            window: f64::from(limits.max_in_flight.max(1)),
            blocked_until: Timestamp::default(),
            remaining: None,
            rate: limits.per_second.filter(|rate| *rate > 0.0).map(Rate::new),
            silences: 0,
            health: Health::Unknown,
            done: 0,
            failed: 0,
            last_ms: None,
            last_error: None,
        }
    }

    /// When the next job may start; `None`: only after one under way has ended.
    fn opens_at(&self, now: Timestamp) -> Option<Timestamp> {
        if f64::from(self.in_flight) + 1.0 > self.window.max(1.0) {
            return None;
        }
        let mut at = self.blocked_until.max(self.rate.as_ref().map_or(now, Rate::opens_at));
        if let Some((left, resets_at)) = self.remaining
            && resets_at > now
            && left <= u64::from(self.in_flight)
        {
            at = at.max(resets_at);
        }
        Some(at.max(now))
    }

    fn start(&mut self, now: Timestamp) {
        self.in_flight += 1;
        if let Some((left, _)) = &mut self.remaining {
            *left = left.saturating_sub(1);
        }
        if let Some(rate) = &mut self.rate {
            rate.started(now);
        }
    }

    fn end(&mut self, now: Timestamp, met: Met, seen: &Observation) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(rate) = &mut self.rate {
            rate.ended(now);
        }
        let full = f64::from(self.limits.max_in_flight.max(1));
        match met {
            Met::Answer => {
                self.silences = 0;
                self.health = Health::Up;
                self.done += 1;
                self.window = (self.window + 1.0 / self.window.max(1.0) + 0.25).min(full);
            }
            Met::Throttle => {
                self.silences = 0;
                // "Slow down" says nothing of the credentials: only an answer does.
                if self.health != Health::Locked {
                    self.health = Health::Throttled;
                }
                self.window = (self.window / 2.0).max(1.0);
                let wait = seen.blocked_for_ms.unwrap_or(THROTTLE_DEFAULT_MS).min(LONGEST_BLOCK_MS);
                self.blocked_until = self.blocked_until.max(now.plus_ms(wait));
            }
            Met::Silence => {
                self.silences += 1;
                self.failed += 1;
                if self.silences >= SILENCES_BEFORE_BREAK {
                    if self.health != Health::Locked {
                        self.health = Health::Down;
                    }
                    self.window = 1.0;
                    let doublings = (self.silences - SILENCES_BEFORE_BREAK).min(10);
                    let wait = (BREAK_BASE_MS << doublings).min(BREAK_MAX_MS);
                    self.blocked_until = self.blocked_until.max(now.plus_ms(wait));
                }
            }
            Met::Nothing => {}
            Met::Locked => {
                self.failed += 1;
                self.health = Health::Locked;
                self.window = 1.0;
                self.blocked_until = self.blocked_until.max(now.plus_ms(LOCKED_PROBE_MS));
            }
        }
        if let (Some(left), Some(reset)) = (seen.remaining, seen.reset_in_ms) {
            self.remaining = Some((left, now.plus_ms(reset)));
        }
    }

    fn status(&self, id: &ConnectorId, now: Timestamp) -> ConnectorStatus {
        ConnectorStatus {
            id: id.clone(),
            kind: self.kind.clone(),
            health: self.health,
            in_flight: self.in_flight,
            max_in_flight: self.limits.max_in_flight,
            queued: u32::try_from(self.queue.len()).unwrap_or(u32::MAX),
            remaining: self.remaining.filter(|(_, resets_at)| *resets_at > now).map(|(left, _)| left),
            blocked_until: Some(self.blocked_until).filter(|until| *until > now),
            done: self.done,
            failed: self.failed,
            last_ms: self.last_ms,
            last_error: self.last_error.clone(),
        }
    }
}

impl Scheduler {
    /// At most so many jobs under way in all lanes together; 0: any number.
    pub fn limit(&mut self, max_in_flight: u32) {
        self.max_in_flight = max_in_flight;
        self.places = f64::from(max_in_flight);
    }

    fn is_full(&self) -> bool {
        self.max_in_flight > 0 && f64::from(self.in_flight) + 1.0 > self.places.max(1.0)
    }

    /// Counts reading calls that leave outside the queue, to warm a system up.
    pub fn spent(&mut self, connector: &ConnectorId, calls: usize, now: Timestamp) {
        if let Some(rate) = self.lanes.get_mut(connector).and_then(|lane| lane.rate.as_mut()) {
            rate.spent(calls, now);
        }
    }

    /// Jobs under way in all lanes.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Learns from how long a job waited for a processor.
    pub fn felt(&mut self, waited_ms: u32) {
        let most = f64::from(self.max_in_flight);
        let step = if waited_ms >= CROWDED_MS { -1.0 } else { 0.25 };
        self.places = (self.places + step).clamp(PLACES_AT_LEAST.min(most), most);
    }

    /// Opens a connector's lane.
    pub fn open(&mut self, id: ConnectorId, kind: &str, limits: Limits) {
        self.lanes.insert(id, Lane::new(kind, limits));
        self.changed = true;
    }

    /// Queues a job. A connector that is configured no more has no lane: `false`.
    pub fn push(&mut self, connector: &ConnectorId, ticket: Ticket) -> bool {
        self.changed = true;
        self.lanes.get_mut(connector).map(|lane| lane.queue.insert(ticket)).is_some()
    }

    /// Takes the job that goes next among those that may start now: the first in order, over all open lanes.
    pub fn pop(&mut self, now: Timestamp) -> Option<Ticket> {
        if self.is_full() {
            return None;
        }
        let open = self.lanes.values_mut().filter(|lane| lane.opens_at(now).is_some_and(|at| at <= now));
        let next = open.filter_map(|lane| lane.queue.first().copied().map(|ticket| (ticket, lane)));
        let (ticket, lane) = next.min_by_key(|(ticket, _)| *ticket)?;
        lane.queue.remove(&ticket);
        self.changed = true;
        Some(ticket)
    }

    /// Counts a popped job as under way. Without this the job costs nothing: it was not wanted any more.
    pub fn started(&mut self, connector: &ConnectorId, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.start(now);
            self.in_flight += 1;
        }
    }

    /// Counts a job as ended, and learns from what it met. Says how the system did before, if that has changed.
    pub fn ended(&mut self, connector: &ConnectorId, now: Timestamp, met: Met, seen: &Observation) -> Option<Health> {
        self.changed = true;
        let lane = self.lanes.get_mut(connector)?;
        let before = lane.health;
        lane.end(now, met, seen);
        self.in_flight = self.in_flight.saturating_sub(1);
        (lane.health != before).then_some(before)
    }

    /// How a connector does; `None`: it has no lane.
    pub fn health(&self, connector: &ConnectorId) -> Option<Health> {
        self.lanes.get(connector).map(|lane| lane.health)
    }

    /// The last error that was noted of a connector.
    pub fn last_error(&self, connector: &ConnectorId) -> Option<&str> {
        self.lanes.get(connector)?.last_error.as_deref()
    }

    /// The connectors that have a lane.
    pub fn connectors(&self) -> impl Iterator<Item = &ConnectorId> {
        self.lanes.keys()
    }

    /// The last engine found the credentials refused: one job goes ahead of the others.
    pub fn suspect(&mut self, connector: &ConnectorId) {
        self.changed = true;
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.health = Health::Locked;
            lane.window = 1.0;
        }
    }

    /// Lets one job of a dead system go at once: a person says that it is mended.
    pub fn try_now(&mut self, connector: &ConnectorId, now: Timestamp) {
        self.changed = true;
        if let Some(lane) = self.lanes.get_mut(connector).filter(|lane| lane.health.is_dead()) {
            lane.blocked_until = lane.blocked_until.min(now);
        }
    }

    /// Notes how long a job took and what went wrong, for the operator.
    pub fn noted(&mut self, connector: &ConnectorId, ms: Option<u32>, error: Option<&str>) {
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.last_ms = ms.or(lane.last_ms);
            if let Some(error) = error {
                lane.last_error = Some(error.to_owned());
            }
        }
    }

    /// The next instant at which a waiting job may start by itself.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_full() {
            return None;
        }
        let waiting = self.lanes.values().filter(|lane| !lane.queue.is_empty());
        waiting.filter_map(|lane| lane.opens_at(now)).min()
    }

    /// Whether a status has changed since this was last asked.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether a status has changed since [`Self::take_changed`].
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Every lane's state, for the operator.
    pub fn statuses(&self, now: Timestamp) -> Vec<ConnectorStatus> {
        self.lanes.iter().map(|(id, lane)| lane.status(id, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OffboardingId;

    fn connector() -> ConnectorId {
        ConnectorId::new("okta").unwrap()
    }

    fn scheduler(max_in_flight: u32, per_second: Option<f64>) -> Scheduler {
        let mut scheduler = Scheduler::default();
        scheduler.open(connector(), "okta", Limits { max_in_flight, per_second });
        scheduler
    }

    fn ticket(person: u64, stage: Stage, urgent: bool, since: i64) -> Ticket {
        let step = OffboardingId(person).step(0);
        Ticket { stage, only_proves: false, not_urgent: !urgent, kind: JobKind::Act, since: Timestamp(since), step }
    }

    fn start_all(scheduler: &mut Scheduler, now: Timestamp) -> Vec<u64> {
        let mut started = Vec::new();
        while let Some(ticket) = scheduler.pop(now) {
            scheduler.started(&connector(), now);
            started.push(ticket.step.offboarding.0);
        }
        started
    }

    #[test]
    fn everybodys_kill_switch_goes_before_anybodys_purge_and_the_urgent_go_first() {
        let mut scheduler = scheduler(10, None);
        for ticket in [
            ticket(1, Stage::Purge, true, 0),
            ticket(2, Stage::KillSwitch, false, 5),
            ticket(3, Stage::KillSwitch, false, 4),
            ticket(4, Stage::KillSwitch, true, 9),
        ] {
            assert!(scheduler.push(&connector(), ticket));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(10)), [4, 3, 2, 1]);
    }

    #[test]
    fn nobodys_proof_goes_before_anybodys_cut() {
        let mut scheduler = scheduler(10, None);
        let proof = Ticket { only_proves: true, kind: JobKind::Verify, ..ticket(1, Stage::KillSwitch, true, 0) };
        let doubt = Ticket { kind: JobKind::Reconcile, ..ticket(2, Stage::KillSwitch, true, 0) };
        for ticket in [proof, doubt, ticket(3, Stage::KillSwitch, false, 9), ticket(4, Stage::Credentials, true, 0)] {
            scheduler.push(&connector(), ticket);
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(10)), [2, 3, 1, 4]);
    }

    #[test]
    fn no_more_jobs_at_once_than_allowed() {
        let mut scheduler = scheduler(2, None);
        for person in 0..5 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(0)).len(), 2);
        assert_eq!(scheduler.next_wake(Timestamp(0)), None, "only an ended job opens the lane");
        scheduler.ended(&connector(), Timestamp(1), Met::Answer, &Observation::default());
        assert_eq!(start_all(&mut scheduler, Timestamp(1)).len(), 1);
    }

    #[test]
    fn all_lanes_share_one_limit_and_the_most_urgent_job_of_any_goes_first() {
        let mut scheduler = scheduler(4, None);
        let slack = ConnectorId::new("slack").unwrap();
        scheduler.open(slack.clone(), "slack", Limits { max_in_flight: 4, per_second: None });
        scheduler.limit(3);
        for person in 0..3 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 1));
        }
        scheduler.push(&slack, ticket(9, Stage::KillSwitch, true, 2));
        assert_eq!(start_all(&mut scheduler, Timestamp(5)), [9, 0, 1]);
        assert_eq!(scheduler.next_wake(Timestamp(5)), None, "only an ended job makes room");
        scheduler.ended(&connector(), Timestamp(6), Met::Answer, &Observation::default());
        assert_eq!(start_all(&mut scheduler, Timestamp(6)), [2]);
    }

    #[test]
    fn a_throttle_stops_the_whole_lane_until_the_vendor_said_and_no_stampede_follows() {
        let mut scheduler = scheduler(8, None);
        for person in 0..20 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        let first = start_all(&mut scheduler, Timestamp(0)).len();
        let seen = Observation { blocked_for_ms: Some(5_000), ..Observation::default() };
        for _ in 0..first {
            scheduler.ended(&connector(), Timestamp(100), Met::Throttle, &seen);
        }
        assert!(start_all(&mut scheduler, Timestamp(5_099)).is_empty());
        assert_eq!(scheduler.next_wake(Timestamp(100)), Some(Timestamp(5_100)));
        assert_eq!(start_all(&mut scheduler, Timestamp(5_100)).len(), 1);
    }

    #[test]
    fn a_used_up_budget_waits_for_its_reset() {
        let mut scheduler = scheduler(8, None);
        scheduler.push(&connector(), ticket(1, Stage::KillSwitch, false, 0));
        start_all(&mut scheduler, Timestamp(0));
        let seen = Observation { remaining: Some(0), reset_in_ms: Some(700), ..Observation::default() };
        scheduler.ended(&connector(), Timestamp(10), Met::Answer, &seen);
        scheduler.push(&connector(), ticket(2, Stage::KillSwitch, false, 0));
        assert!(start_all(&mut scheduler, Timestamp(709)).is_empty());
        assert_eq!(start_all(&mut scheduler, Timestamp(710)), [2]);
    }

    #[test]
    fn a_documented_rate_lets_one_seconds_worth_start_together_and_then_the_next() {
        let mut scheduler = scheduler(100, Some(10.0));
        for person in 0..40 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(5_000)).len(), 10);
        scheduler.ended(&connector(), Timestamp(5_020), Met::Answer, &Observation::default());
        assert_eq!(scheduler.next_wake(Timestamp(5_020)), Some(Timestamp(6_021)));
        assert_eq!(start_all(&mut scheduler, Timestamp(6_021)).len(), 1);
    }

    #[test]
    fn warming_up_uses_up_the_rate_as_well() {
        let mut scheduler = scheduler(100, Some(10.0));
        for person in 0..40 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        scheduler.spent(&connector(), 4, Timestamp(5_000));
        assert_eq!(start_all(&mut scheduler, Timestamp(5_000)).len(), 6);
    }

    #[test]
    fn where_jobs_wait_for_a_processor_fewer_are_under_way() {
        let mut scheduler = scheduler(500, None);
        scheduler.limit(100);
        for person in 0..200 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(0)).len(), 100);
        for _ in 0..90 {
            scheduler.felt(CROWDED_MS);
            scheduler.ended(&connector(), Timestamp(1), Met::Answer, &Observation::default());
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(1)).len(), 38, "48 in all");
        for _ in 0..8 {
            scheduler.felt(0);
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(2)).len(), 2);
    }

    #[test]
    fn a_silent_vendor_is_asked_one_at_a_time_until_it_answers() {
        let mut scheduler = scheduler(8, None);
        for person in 0..20 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        for _ in 0..start_all(&mut scheduler, Timestamp(0)).len() {
            scheduler.ended(&connector(), Timestamp(1), Met::Silence, &Observation::default());
        }
        assert_eq!(scheduler.statuses(Timestamp(1))[0].health, Health::Down);
        let later = scheduler.next_wake(Timestamp(1)).unwrap();
        assert!(later > Timestamp(1));
        assert_eq!(start_all(&mut scheduler, later).len(), 1);
    }
}
