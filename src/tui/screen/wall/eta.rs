//! When a connector will be through with what is still to be done there, under its vendor's budget.

use crate::model::Timestamp;
use crate::model::health::{ConnectorStatus, Health};

/// When it is through, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eta {
    /// Nothing is left to do.
    Through,
    /// In so many ms.
    In(u64),
    /// Not before so many ms: the vendor's budget is used up before, and how often it is renewed is not known.
    AtLeast(u64),
    /// Neither its rate nor its pace is known yet.
    Unknown,
    /// Not before somebody, or the vendor, has mended it.
    Never(Health),
}

impl Eta {
    /// How late it is: whichever says when everything is through is greatest.
    pub(crate) fn lateness(self) -> (u8, u64) {
        match self {
            Self::Through => (0, 0),
            Self::Unknown => (1, 0),
            Self::In(ms) | Self::AtLeast(ms) => (2, ms),
            Self::Never(_) => (3, 0),
        }
    }
}

/// When `jobs` are through there. A job is taken for one call: vendors that count several to a job take longer.
pub(crate) fn eta(jobs: u32, status: Option<&ConnectorStatus>, now: Timestamp) -> Eta {
    if jobs == 0 {
        return Eta::Through;
    }
    let Some(it) = status else { return Eta::Unknown };
    if it.health.is_dead() {
        return Eta::Never(it.health);
    }
    let jobs = u64::from(jobs);
    let Some(took) = time_for(jobs, it) else { return Eta::Unknown };
    let blocked = it.blocked_until.map_or(0, |until| until.ms_since(now));
    let (Some(left), Some(reset)) = (it.remaining, it.resets_at) else { return Eta::In(blocked + took) };
    if jobs <= left {
        return Eta::In(blocked + took);
    }
    let beyond = jobs - left;
    let after_reset = reset.ms_since(now) + time_for(beyond, it).unwrap_or(0);
    let ms = after_reset.max(blocked + took);
    if it.budget.is_some_and(|whole| beyond <= whole) { Eta::In(ms) } else { Eta::AtLeast(ms) }
}

/// How long so many jobs take at the documented rate, or as fast as jobs were answered, whichever is slower, in ms.
fn time_for(jobs: u64, it: &ConnectorStatus) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an estimate of a positive number of milliseconds"
    )]
    let by_rate = it.per_second.filter(|rate| *rate > 0.0).map(|rate| (jobs as f64 * 1_000.0 / rate) as u64);
    let at_once = u64::from(it.max_in_flight.max(1));
    let by_pace = it.p50_ms.map(|ms| jobs.div_ceil(at_once) * u64::from(ms));
    by_rate.max(by_pace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConnectorId;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn okta(health: Health) -> ConnectorStatus {
        let id = ConnectorId::new("okta").unwrap();
        ConnectorStatus { health, max_in_flight: 8, ..ConnectorStatus::unknown(id, "okta") }
    }

    #[test]
    fn the_slower_of_rate_and_pace_counts() {
        let mut it = okta(Health::Up);
        assert_eq!(eta(100, Some(&it), NOW), Eta::Unknown);
        it.p50_ms = Some(400);
        assert_eq!(eta(100, Some(&it), NOW), Eta::In(5_200));
        it.per_second = Some(4.0);
        assert_eq!(eta(100, Some(&it), NOW), Eta::In(25_000));
        it.blocked_until = Some(NOW.plus_ms(7_000));
        assert_eq!(eta(100, Some(&it), NOW), Eta::In(32_000));
    }

    #[test]
    fn a_budget_that_is_used_up_before_waits_for_its_reset() {
        let mut it = okta(Health::Up);
        it.per_second = Some(10.0);
        (it.remaining, it.budget, it.resets_at) = (Some(100), Some(600), Some(NOW.plus_ms(60_000)));
        assert_eq!(eta(100, Some(&it), NOW), Eta::In(10_000));
        assert_eq!(eta(300, Some(&it), NOW), Eta::In(80_000));
        assert_eq!(eta(3_000, Some(&it), NOW), Eta::AtLeast(350_000));
    }

    #[test]
    fn what_is_dead_is_never_through_and_nothing_is_through_at_once() {
        assert_eq!(eta(1, Some(&okta(Health::Locked)), NOW), Eta::Never(Health::Locked));
        assert_eq!(eta(0, Some(&okta(Health::Locked)), NOW), Eta::Through);
        assert_eq!(eta(1, None, NOW), Eta::Unknown);
        let late = [Eta::Through, Eta::Unknown, Eta::In(5), Eta::AtLeast(9), Eta::Never(Health::Down)];
        assert!(late.map(Eta::lateness).is_sorted());
    }
}
