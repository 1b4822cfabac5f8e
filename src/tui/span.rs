//! Spans of time and instants, as an operator reads them.

use jiff::tz::TimeZone;

use crate::model::Timestamp;

/// A measured span: `840ms`, `4.2s`, `3m12s`, `2h05m`, `3d04h`.
pub(crate) fn measured(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..60_000 => format!("{}.{}s", ms / 1_000, ms % 1_000 / 100),
        _ => running(ms),
    }
}

/// A clock that ticks once a second: `12s`, `3m12s`, `2h05m`, `3d04h`.
pub(crate) fn running(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m{:02}s", seconds % 60),
        3_600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// A span that somebody chose, without zeros at its end: `1m`, `4h`, `1h30m`.
pub(crate) fn chosen(ms: u64) -> String {
    let text = running(ms);
    [("00s", "m"), ("00m", "h"), ("00h", "d")]
        .into_iter()
        .find_map(|(zeros, unit)| text.strip_suffix(zeros).filter(|it| it.ends_with(unit)))
        .map_or_else(|| text.clone(), ToOwned::to_owned)
}

/// What is left until `until`, rounded up, so that it never says `0s` while there is something left.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> String {
    running(until.ms_since(now).saturating_add(999))
}

/// The time of day in the operator's zone, as in `14:02:11`.
pub(crate) fn time_of_day(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.to_string(), |it| it.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string())
}

/// The date and time in the operator's zone, as in `2026-11-23 14:02`.
pub(crate) fn date_time(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.to_string(), |it| it.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
}

/// The day in the operator's zone, as in `2026-11-23`.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    date_time(at, zone).chars().take(10).collect()
}

/// When the operator's day began.
pub(crate) fn midnight(now: Timestamp, zone: &TimeZone) -> Timestamp {
    jiff::Timestamp::from_millisecond(now.0)
        .ok()
        .and_then(|it| it.to_zoned(zone.clone()).start_of_day().ok())
        .map_or(now, |it| it.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_stay_short_at_every_size() {
        for (ms, shown) in [
            (0, "0ms"),
            (840, "840ms"),
            (4_250, "4.2s"),
            (192_000, "3m12s"),
            (7_500_000, "2h05m"),
            (273_600_000, "3d04h"),
        ] {
            assert_eq!(measured(ms), shown);
        }
        assert_eq!(running(999), "0s");
        assert_eq!(
            [chosen(60_000), chosen(14_400_000), chosen(5_400_000), chosen(40_000)],
            ["1m", "4h", "1h30m", "40s"]
        );
        assert_eq!(left(Timestamp(1_001), Timestamp(0)), "2s");
        assert_eq!(left(Timestamp(5), Timestamp(9)), "0s");
    }

    #[test]
    fn the_day_begins_in_the_operators_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let now = Timestamp(3_600_000);
        assert_eq!(midnight(now, &zone), Timestamp(-7_200_000));
        assert_eq!(time_of_day(now, &zone), "03:00:00");
    }
}
