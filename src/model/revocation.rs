//! How long it took to cut people's access, and whose is alive now.

use serde::{Deserialize, Serialize};

use super::offboarding::Offboarding;
use super::time::Timestamp;

/// Whose access is alive at an instant, and the times from launch to cut of those cut since another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Revocation {
    /// People who are launched and not proved cut.
    pub exposed: usize,
    /// The earliest launch among them.
    pub exposed_since: Option<Timestamp>,
    /// How many of them are over their plan's SLA.
    pub exposed_over_sla: usize,
    /// Since when those are counted who were cut.
    pub since: Timestamp,
    /// How many were.
    pub revoked: usize,
    /// Half of them took so long at most, in ms (nearest rank).
    pub p50_ms: Option<u64>,
    /// 95 of a hundred took so long at most, in ms.
    pub p95_ms: Option<u64>,
    /// The longest, in ms.
    pub max_ms: Option<u64>,
    /// The shortest SLA among their plans, in ms.
    pub sla_ms: Option<u64>,
    /// How many took longer than their plan's SLA.
    pub over_sla: usize,
}

impl Revocation {
    /// Of these people, at `now`; counted are those who were cut from `since` on.
    pub fn of<'a>(people: impl Iterator<Item = &'a Offboarding>, since: Timestamp, now: Timestamp) -> Self {
        let mut it = Self { since, ..Self::default() };
        let mut took = Vec::new();
        for person in people {
            let sla = person.plan.sla_ms;
            if let Some(launched) = person.exposed_since().filter(|_| person.is_open()) {
                it.exposed += 1;
                it.exposed_since = Some(it.exposed_since.map_or(launched, |earliest| earliest.min(launched)));
                it.exposed_over_sla += usize::from(launched.plus_ms(sla) < now);
            }
            if let (Some(launched), Some(cut)) = (person.launched_at, person.cut_at.filter(|cut| *cut >= since)) {
                let ms = cut.ms_since(launched);
                took.push(ms);
                it.over_sla += usize::from(ms > sla);
                it.sla_ms = Some(it.sla_ms.map_or(sla, |shortest| shortest.min(sla)));
            }
        }
        took.sort_unstable();
        it.revoked = took.len();
        [it.p50_ms, it.p95_ms, it.max_ms] = [50, 95, 100].map(|percent| nearest_rank(&took, percent));
        it
    }
}

/// The value that `percent` of a hundred do not exceed, of values in order (nearest rank).
pub fn nearest_rank<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let twenty: Vec<u64> = (1..=20).collect();
        assert_eq!([50, 95, 100].map(|it| nearest_rank(&twenty, it)), [Some(10), Some(19), Some(20)]);
        assert_eq!(nearest_rank::<u64>(&[], 50), None);
    }
}
