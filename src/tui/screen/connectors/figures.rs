//! What both the connectors' screen and the dashboard's strip say of a connector: how urgent it is, and its budget.

use crate::model::Timestamp;
use crate::model::health::{ConnectorStatus, Health, SLICE_MS, SLICES};
use crate::tui::app::{App, count};
use crate::tui::span;
use crate::tui::theme::Tone;

/// A budget that is used so far, in percent, is short.
const SHORT: u64 = 80;

/// How soon an operator should look at it, the most urgent first: the dead, then those short of budget or scopes.
pub(crate) fn rank(it: &ConnectorStatus, now: Timestamp) -> u8 {
    match it.health {
        Health::Locked => 0,
        Health::Down => 1,
        _ if !it.missing().is_empty() => 2,
        Health::Throttled => 3,
        _ if is_short(it, now) => 4,
        Health::Unknown => 5,
        Health::Up => 6,
    }
}

/// A budget that is whole again within this time, in ms, is a rate: used up all the time, and no trouble.
const SOON_MS: u64 = 5_000;

/// Whether little is left of the vendor's budget, for a while.
pub(crate) fn is_short(it: &ConnectorStatus, now: Timestamp) -> bool {
    let soon = it.resets_at.is_some_and(|at| at.ms_since(now) < SOON_MS);
    !soon && it.used_percent(now).is_some_and(|percent| percent >= SHORT)
}

/// The vendor's budget in words, as in `2214 of 5000 calls left, whole in 40s`; `None`: it has told nothing.
pub(crate) fn budget(it: &ConnectorStatus, now: Timestamp) -> Option<String> {
    let left = it.remaining?;
    let Some(resets_at) = it.resets_at else { return Some(format!("{} left", count(left, "call"))) };
    if resets_at <= now {
        return Some("whole again".to_owned());
    }
    let of = it.budget.map(|whole| format!(" of {whole}")).unwrap_or_default();
    Some(format!("{left}{of} calls left, whole in {}", span::left(resets_at, now)))
}

/// The last word of why it is not up: its probe's if that failed, else what the last job met.
pub(crate) fn why_dead(it: &ConnectorStatus) -> Option<&str> {
    let probed = it.probe.as_ref().filter(|probe| probe.own_health() == it.health);
    let probed = probed.filter(|_| it.health != Health::Up).map(|probe| probe.message.as_str());
    probed.or(it.last_error.as_deref())
}

/// The last minutes: jobs of each span, and the mean of what they took, in ms; oldest first.
pub(super) fn series(it: &ConnectorStatus, now: Timestamp) -> [Vec<u64>; 2] {
    let first = now.0 - now.0.rem_euclid(SLICE_MS) - SLICE_MS * i64::try_from(SLICES - 1).unwrap_or(0);
    let (mut jobs, mut took) = (vec![0; SLICES], vec![0; SLICES]);
    for slice in &it.recent {
        let Ok(at) = usize::try_from((slice.at.0 - first).div_euclid(SLICE_MS)) else { continue };
        if at < SLICES {
            jobs[at] = u64::from(slice.jobs);
            took[at] = slice.ms / u64::from(slice.jobs.max(1));
        }
    }
    [jobs, took]
}

/// Jobs, and those that met trouble, in the last minutes.
pub(super) fn lately(it: &ConnectorStatus, now: Timestamp) -> (u64, u64) {
    it.jobs_since(Timestamp(now.0 - SLICE_MS * i64::try_from(SLICES).unwrap_or(0)))
}

/// How many there are, and how many of them are of no use.
pub(super) fn headline(app: &App) -> (String, Tone) {
    let all = &app.mirror.connectors;
    let number = |fits: &dyn Fn(&ConnectorStatus) -> bool| all.iter().filter(|it| fits(it)).count();
    let mut parts = vec![count(all.len(), "connector")];
    let mut tell = |n: usize, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    let dead = number(&|it| it.health.is_dead());
    tell(number(&|it| it.health == Health::Locked), "locked");
    tell(number(&|it| it.health == Health::Down), "down");
    tell(number(&|it| it.health == Health::Throttled), "throttled");
    tell(number(&|it| !it.missing().is_empty()), "short of scopes");
    tell(number(&|it| is_short(it, app.now)), "short of budget");
    tell(number(&|it| it.health == Health::Up), "up");
    (parts.join("  "), if dead > 0 { Tone::Bad } else { Tone::Strong })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConnectorId;
    use crate::model::health::{Probed, Slice};

    fn okta() -> ConnectorStatus {
        let id = ConnectorId::new("okta").unwrap();
        ConnectorStatus { health: Health::Up, ..ConnectorStatus::unknown(id, "okta") }
    }

    #[test]
    fn the_dead_come_first_then_the_short() {
        let now = Timestamp(0);
        let mut short = okta();
        (short.remaining, short.budget, short.resets_at) = (Some(10), Some(100), Some(Timestamp(5_000)));
        let mut scopes = okta();
        let missing = vec!["users.manage".to_owned()];
        let message = String::new();
        scopes.probe = Some(Probed { at: now, health: Health::Locked, message, ms: 1, missing, clock_ahead_ms: None });
        let with = |health| ConnectorStatus { health, ..okta() };
        let ranked = [with(Health::Locked), with(Health::Down), scopes, with(Health::Throttled), short, okta()];
        assert!(ranked.map(|it| rank(&it, now)).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_budget_that_is_whole_in_a_moment_is_not_short() {
        let mut it = okta();
        (it.remaining, it.budget, it.resets_at) = (Some(0), Some(20), Some(Timestamp(1_000)));
        assert!(!is_short(&it, Timestamp(0)));
        it.resets_at = Some(Timestamp(60_000));
        assert!(is_short(&it, Timestamp(0)));
    }

    #[test]
    fn a_budget_says_what_is_left_and_when_it_is_whole() {
        let mut it = okta();
        assert_eq!(budget(&it, Timestamp(0)), None);
        it.remaining = Some(10);
        assert_eq!(budget(&it, Timestamp(0)).as_deref(), Some("10 calls left"));
        (it.budget, it.resets_at) = (Some(100), Some(Timestamp(40_000)));
        assert_eq!(budget(&it, Timestamp(0)).as_deref(), Some("10 of 100 calls left, whole in 40s"));
        assert_eq!(budget(&it, Timestamp(40_000)).as_deref(), Some("whole again"));
    }

    #[test]
    fn the_series_moves_on_though_nothing_is_told() {
        let mut it = okta();
        it.recent = vec![Slice { at: Timestamp(0), jobs: 4, failed: 1, ms: 400 }];
        let [jobs, took] = series(&it, Timestamp(5_000));
        assert_eq!((jobs[SLICES - 1], took[SLICES - 1]), (4, 100));
        let [jobs, _] = series(&it, Timestamp(25_000));
        assert_eq!((jobs[SLICES - 1], jobs[SLICES - 3]), (0, 4));
        let [jobs, _] = series(&it, Timestamp(600_000));
        assert_eq!(jobs, vec![0; SLICES]);
    }
}
