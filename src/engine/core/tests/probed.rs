//! A connector is asked, by reading alone, whether it can be used: what that changes, and what it must not.

use super::*;
use crate::connectors::Observation;
use crate::engine::core::Said;
use crate::model::health::{Health, Probed};

fn alpha() -> ConnectorId {
    ConnectorId::new("alpha").unwrap()
}

impl Bench {
    fn says(&mut self, health: Health, missing: &[&str]) {
        let message = "401 invalid token; make a new one".to_owned();
        let missing = missing.iter().map(|it| (*it).to_owned()).collect();
        let probed = Probed { at: Timestamp(0), health, message, ms: 9, missing, clock_ahead_ms: None };
        self.feed(Input::Probed(Said { connector: alpha(), probed, seen: Observation::default() }));
    }

    fn health(&self) -> Health {
        self.core.statuses(self.now)[0].health
    }
}

#[test]
fn refused_credentials_are_told_of_before_anybody_leaves_once_and_so_is_their_end() {
    let mut bench = Bench::new();
    bench.says(Health::Locked, &[]);
    bench.says(Health::Locked, &[]);
    let told = bench.alerts(AlertKind::Credential);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("alpha does not accept the credentials: 401 invalid token; make a new one"),
        "{}",
        told[0]
    );
    assert!(told[0].contains("nobody waits for it yet"), "{}", told[0]);
    assert_eq!(bench.core.statuses(bench.now)[0].probe.as_ref().unwrap().at, bench.now);
    bench.says(Health::Up, &[]);
    assert_eq!(bench.health(), Health::Up);
    assert!(bench.core.fleet().alerts.is_empty());
}

#[test]
fn neither_a_missing_scope_nor_one_lost_answer_wakes_anybody() {
    let mut bench = Bench::new();
    bench.says(Health::Locked, &["users.manage"]);
    assert_eq!(bench.health(), Health::Up);
    bench.says(Health::Down, &[]);
    assert_eq!(bench.health(), Health::Down);
    assert!(bench.core.fleet().alerts.is_empty());
}

#[test]
fn who_comes_after_the_alert_is_cut_as_soon_as_the_credentials_are_good() {
    let mut bench = Bench::new();
    bench.says(Health::Locked, &[]);
    bench.take_by(notice("alfa.doe@corp.example", Some("7"), "e1"), vec![suspend(), suspend()], hris());
    assert_eq!(bench.jobs.len(), 1, "one goes ahead");
    bench.end_job(locked());
    assert_eq!(bench.alerts(AlertKind::Credential).len(), 1, "it is told already");
    bench.says(Health::Up, &[]);
    assert_eq!(bench.health(), Health::Locked, "a step was refused: only a step's answer ends that");
    assert_eq!(bench.jobs.len(), 1, "and it is tried at once");
    bench.heal();
    assert_eq!(bench.phase(1), &Phase::Closed);
    assert!(bench.core.fleet().alerts.is_empty());
}

#[test]
fn a_probe_ends_no_hold_up_of_a_system_whose_jobs_are_refused() {
    let mut bench = Bench::new();
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.end_job(locked());
    for _ in 0..5 {
        bench.says(Health::Up, &[]);
        assert_eq!(bench.jobs.len(), 1);
        bench.end_job(locked());
    }
    assert_eq!(bench.alerts(AlertKind::Credential).len(), 1, "no alert flaps");
}

#[test]
fn a_person_tries_a_dead_system_now() {
    let mut bench = Bench::new();
    let command = || Command::TryNow(alpha());
    let refused = bench.command(command(), operator(1)).unwrap_err();
    assert!(refused.message.contains("alpha is unknown: nothing holds its jobs back"), "{refused}");
    bench.take(notice("alfa.doe@corp.example", Some("7"), "e1"));
    bench.end_job(locked());
    assert!(bench.jobs.is_empty());
    let said = bench.command(command(), operator(1)).unwrap();
    assert_eq!(said, "one of 1 steps that wait for alpha is tried now");
    bench.heal();
    assert_eq!(bench.phase(1), &Phase::Closed);
    let unknown = Command::TryNow(ConnectorId::new("bravo").unwrap());
    let refused = bench.command(unknown, operator(1)).unwrap_err();
    assert!(refused.message.contains("there are alpha"), "{refused}");
}
