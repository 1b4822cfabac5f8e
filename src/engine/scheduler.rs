//! Who goes next under each vendor's budget.
//!
//! Pure. One lane a connector; a lane sends the job that removes most exposure first: the stage, then the urgent,
//! then who has waited longest. So everybody's kill switch goes before anybody's later stages. A lane learns its
//! budget from what the vendor says, and after a refusal for rate it comes back with few jobs, not with all of them.
//!
//! The machine itself is a budget as well: where jobs wait for a processor, fewer of them are under way, so that
//! somebody urgent who comes now does not stand behind a crowd that has been let go already.

mod rate;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use self::rate::Rate;
use self::tally::Tally;
pub use self::tally::Trouble;

use crate::connectors::{Limits, Observation};
use crate::model::health::{ConnectorStatus, Health, Probed};
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
    /// The launches of those in the queue, and of how many jobs each is.
    launches: BTreeMap<Timestamp, u32>,
    in_flight: u32,
    /// Jobs that may be under way at once just now: the limit, less after trouble.
    window: f64,
    blocked_until: Timestamp,
    /// Calls left, until when.
    remaining: Option<(u64, Timestamp)>,
    /// The most calls that were ever left.
    budget: Option<u64>,
    /// Where the rate is documented.
    rate: Option<Rate>,
    silences: u32,
    health: Health,
    /// Since when.
    since: Option<Timestamp>,
    last_ms: Option<u32>,
    last_error: Option<String>,
    tally: Tally,
    probe: Option<Probed>,
    actions: u32,
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
            launches: BTreeMap::new(),
            in_flight: 0,
            window: full(limits),
            blocked_until: Timestamp::default(),
            remaining: None,
            budget: None,
            rate: limits.per_second.filter(|rate| *rate > 0.0).map(Rate::new),
            silences: 0,
            health: Health::Unknown,
            since: None,
            last_ms: None,
            last_error: None,
            tally: Tally::default(),
            probe: None,
            actions: 0,
        }
    }

    fn be(&mut self, health: Health, now: Timestamp) {
        if self.health != health {
            self.health = health;
            self.since = Some(now);
        }
    }

    fn push(&mut self, ticket: Ticket) {
        if self.queue.insert(ticket) {
            *self.launches.entry(ticket.since).or_default() += 1;
        }
    }

    fn take(&mut self, ticket: &Ticket) {
        if self.queue.remove(ticket)
            && let Some(jobs) = self.launches.get_mut(&ticket.since)
        {
            *jobs -= 1;
            if *jobs == 0 {
                self.launches.remove(&ticket.since);
            }
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
        match met {
            Met::Answer => {
                self.silences = 0;
                self.be(Health::Up, now);
                self.window = (self.window + 1.0 / self.window.max(1.0) + 0.25).min(full(self.limits));
            }
            Met::Throttle => {
                self.silences = 0;
                // "Slow down" says nothing of the credentials: only an answer does.
                if self.health != Health::Locked {
                    self.be(Health::Throttled, now);
                }
                self.window = (self.window / 2.0).max(1.0);
                let wait = seen.blocked_for_ms.unwrap_or(THROTTLE_DEFAULT_MS).min(LONGEST_BLOCK_MS);
                self.blocked_until = self.blocked_until.max(now.plus_ms(wait));
            }
            Met::Silence => {
                self.silences += 1;
                if self.silences >= SILENCES_BEFORE_BREAK {
                    if self.health != Health::Locked {
                        self.be(Health::Down, now);
                    }
                    self.window = 1.0;
                    let doublings = (self.silences - SILENCES_BEFORE_BREAK).min(10);
                    let wait = (BREAK_BASE_MS << doublings).min(BREAK_MAX_MS);
                    self.blocked_until = self.blocked_until.max(now.plus_ms(wait));
                }
            }
            Met::Nothing => {}
            Met::Locked => {
                self.be(Health::Locked, now);
                self.window = 1.0;
                self.blocked_until = self.blocked_until.max(now.plus_ms(LOCKED_PROBE_MS));
            }
        }
        self.learn(now, seen);
    }

    fn learn(&mut self, now: Timestamp, seen: &Observation) {
        if let (Some(left), Some(reset)) = (seen.remaining, seen.reset_in_ms) {
            self.remaining = Some((left, now.plus_ms(reset)));
            self.budget = self.budget.max(Some(left));
        }
    }

    /// Takes a probe's word, where no job of its own says better. `waited_for`: steps wait for this system elsewhere than
    /// in the queue.
    fn probed(&mut self, now: Timestamp, probed: Probed, seen: &Observation, waited_for: bool) {
        let health = probed.own_health();
        self.probe = Some(probed);
        self.learn(now, seen);
        if waited_for || self.in_flight > 0 || !self.queue.is_empty() {
            return;
        }
        match health {
            Health::Unknown => return,
            // One job goes ahead of the others, should somebody come.
            Health::Locked => self.window = 1.0,
            Health::Up if self.health.is_dead() => {
                self.window = full(self.limits);
                self.silences = 0;
                self.blocked_until = self.blocked_until.min(now);
            }
            // One lost answer is no outage for those who come: they find out themselves.
            Health::Up | Health::Down | Health::Throttled => {}
        }
        self.be(health, now);
    }

    fn status(&self, id: &ConnectorId, now: Timestamp) -> ConnectorStatus {
        let remaining = self.remaining.filter(|(_, resets_at)| *resets_at > now);
        let percentiles = self.tally.percentiles();
        let (done, failed) = self.tally.since_the_start();
        ConnectorStatus {
            id: id.clone(),
            kind: self.kind.clone(),
            health: self.health,
            since: self.since,
            in_flight: self.in_flight,
            max_in_flight: self.limits.max_in_flight,
            queued: u32::try_from(self.queue.len()).unwrap_or(u32::MAX),
            oldest: self.launches.keys().next().copied(),
            per_second: self.limits.per_second,
            remaining: remaining.map(|(left, _)| left),
            budget: self.budget,
            resets_at: remaining.map(|(_, resets_at)| resets_at),
            blocked_until: Some(self.blocked_until).filter(|until| *until > now),
            done,
            failed,
            last_ms: self.last_ms,
            p50_ms: percentiles.map(|(p50, _)| p50),
            p95_ms: percentiles.map(|(_, p95)| p95),
            recent: self.tally.slices(),
            last_error: self.last_error.clone(),
            mishaps: self.tally.mishaps(),
            probe: self.probe.clone(),
            actions: self.actions,
        }
    }
}

/// As many jobs at once as there may be at most.
fn full(limits: Limits) -> f64 {
    f64::from(limits.max_in_flight.max(1))
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
        self.lanes.get_mut(connector).map(|lane| lane.push(ticket)).is_some()
    }

    /// Takes the job that goes next among those that may start now: the first in order, over all open lanes.
    pub fn pop(&mut self, now: Timestamp) -> Option<Ticket> {
        if self.is_full() {
            return None;
        }
        let open = self.lanes.values_mut().filter(|lane| lane.opens_at(now).is_some_and(|at| at <= now));
        let next = open.filter_map(|lane| lane.queue.first().copied().map(|ticket| (ticket, lane)));
        let (ticket, lane) = next.min_by_key(|(ticket, _)| *ticket)?;
        lane.take(&ticket);
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
    pub fn suspect(&mut self, connector: &ConnectorId, now: Timestamp) {
        self.changed = true;
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.be(Health::Locked, now);
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
    pub fn noted(&mut self, connector: &ConnectorId, now: Timestamp, ms: u32, trouble: Option<Trouble>) {
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.last_ms = Some(ms);
            lane.tally.ended(now, ms, trouble);
            if let Some(trouble) = trouble {
                lane.last_error = Some(trouble.what.to_owned());
            }
        }
    }

    /// Notes how many actions a connector offers, for the operator.
    pub fn offers(&mut self, connector: &ConnectorId, actions: usize) {
        if let Some(lane) = self.lanes.get_mut(connector) {
            lane.actions = u32::try_from(actions).unwrap_or(u32::MAX);
        }
    }

    /// Takes what a connector said when it was asked, by reading alone, whether it can be used. It decides how the
    /// connector does only while no job does: `waited_for` says that steps wait for it that are in no queue. Says how it
    /// did before, if that has changed.
    pub fn probed(
        &mut self,
        connector: &ConnectorId,
        now: Timestamp,
        probed: Probed,
        seen: &Observation,
        waited_for: bool,
    ) -> Option<Health> {
        self.changed = true;
        let lane = self.lanes.get_mut(connector)?;
        let before = lane.health;
        lane.probed(now, probed, seen, waited_for);
        (lane.health != before).then_some(before)
    }

    /// What a connector said that refuses the credentials although nobody has used it since: `None`: it does not, as far
    /// as is known.
    pub fn refusal(&self, connector: &ConnectorId) -> Option<&str> {
        let lane = self.lanes.get(connector).filter(|lane| lane.health == Health::Locked)?;
        lane.probe.as_ref().filter(|it| it.own_health() == Health::Locked).map(|it| it.message.as_str())
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

    fn said(health: Health, missing: &[&str]) -> Probed {
        let missing = missing.iter().map(|it| (*it).to_owned()).collect();
        Probed { at: Timestamp(0), health, message: "so it is".to_owned(), ms: 12, missing, clock_ahead_ms: None }
    }

    #[test]
    fn a_probe_says_how_an_idle_connector_does_and_since_when() {
        let mut scheduler = scheduler(8, None);
        let seen = Observation { remaining: Some(400), reset_in_ms: Some(60_000), ..Observation::default() };
        let before = scheduler.probed(&connector(), Timestamp(5), said(Health::Locked, &[]), &seen, false);
        assert_eq!(before, Some(Health::Unknown));
        let status = scheduler.statuses(Timestamp(6)).remove(0);
        assert_eq!((status.health, status.since), (Health::Locked, Some(Timestamp(5))));
        assert_eq!(
            (status.remaining, status.budget, status.resets_at),
            (Some(400), Some(400), Some(Timestamp(60_005)))
        );
        assert_eq!(scheduler.refusal(&connector()), Some("so it is"));
        for person in 0..9 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(7)).len(), 1, "one goes ahead");
    }

    #[test]
    fn a_probe_that_is_answered_again_lets_everybody_go_at_once() {
        let mut scheduler = scheduler(8, None);
        scheduler.probed(&connector(), Timestamp(5), said(Health::Locked, &[]), &Observation::default(), false);
        scheduler.probed(&connector(), Timestamp(9), said(Health::Up, &[]), &Observation::default(), false);
        for person in 0..9 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(9)).len(), 8);
        assert_eq!(scheduler.refusal(&connector()), None);
    }

    #[test]
    fn a_probe_does_not_overrule_jobs_and_a_lost_one_slows_nobody_down() {
        let mut scheduler = scheduler(8, None);
        scheduler.push(&connector(), ticket(1, Stage::KillSwitch, false, 0));
        start_all(&mut scheduler, Timestamp(0));
        scheduler.probed(&connector(), Timestamp(1), said(Health::Locked, &[]), &Observation::default(), false);
        assert_eq!(scheduler.health(&connector()), Some(Health::Unknown), "the job under way knows better");
        scheduler.ended(&connector(), Timestamp(2), Met::Answer, &Observation::default());
        scheduler.probed(&connector(), Timestamp(3), said(Health::Locked, &[]), &Observation::default(), true);
        assert_eq!(scheduler.health(&connector()), Some(Health::Up), "a step waits for it: its job decides");
        scheduler.probed(&connector(), Timestamp(4), said(Health::Down, &[]), &Observation::default(), false);
        assert_eq!(scheduler.health(&connector()), Some(Health::Down));
        for person in 0..9 {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, 0));
        }
        assert_eq!(start_all(&mut scheduler, Timestamp(5)).len(), 8);
    }

    #[test]
    fn a_scope_that_is_missing_locks_nothing() {
        let mut scheduler = scheduler(8, None);
        let probed = said(Health::Locked, &["users.manage"]);
        scheduler.probed(&connector(), Timestamp(5), probed, &Observation::default(), false);
        let status = scheduler.statuses(Timestamp(6)).remove(0);
        assert_eq!((status.health, status.missing()), (Health::Up, &["users.manage".to_owned()][..]));
        assert_eq!(scheduler.refusal(&connector()), None);
    }

    #[test]
    fn the_status_says_who_waits_longest_and_how_the_last_jobs_did() {
        let mut scheduler = scheduler(1, Some(4.0));
        for (person, since) in [(1, 40), (2, 20), (3, 20)] {
            scheduler.push(&connector(), ticket(person, Stage::KillSwitch, false, since));
        }
        let oldest = |scheduler: &Scheduler| scheduler.statuses(Timestamp(100)).remove(0).oldest;
        assert_eq!(oldest(&scheduler), Some(Timestamp(20)));
        for left in [Some(20), Some(40), None] {
            assert!(scheduler.pop(Timestamp(100)).is_some());
            assert_eq!(oldest(&scheduler), left.map(Timestamp));
        }
        scheduler.noted(&connector(), Timestamp(100), 30, None);
        let trouble = Trouble { what: "403 E0000006", cure: "grant okta.users.manage" };
        scheduler.noted(&connector(), Timestamp(101), 9, Some(trouble));
        let status = scheduler.statuses(Timestamp(102)).remove(0);
        assert_eq!((status.p50_ms, status.p95_ms, status.per_second), (Some(30), Some(30), Some(4.0)));
        assert_eq!(status.jobs_since(Timestamp(0)), (2, 1));
        assert_eq!((status.done, status.failed), (1, 1), "an answer that refuses is no job done");
        assert_eq!(status.mishaps[0].cure, "grant okta.users.manage");
        assert_eq!(status.last_error.as_deref(), Some("403 E0000006"));
    }
}
