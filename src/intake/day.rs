//! A last working day is a date; access ends at one instant. The work site's zone makes the one of the other.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, de};

use crate::model::Timestamp;

/// The time of day at which a last working day ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndOfDay {
    /// 24:00, the midnight that the next day begins with.
    #[default]
    Midnight,
    /// Earlier.
    At(Time),
}

impl EndOfDay {
    /// The instant at which `day` ends in `zone`, never after the day's own end. A time that the zone skips is as far
    /// behind the gap as it was in it; one that it has twice is the first.
    pub(super) fn of(self, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let instant = |at: DateTime| Some(Timestamp::from(at.to_zoned(zone.clone()).ok()?.timestamp()));
        let midnight = instant(day.tomorrow().ok()?.to_datetime(Time::midnight()))?;
        match self {
            Self::Midnight => Some(midnight),
            Self::At(time) => Some(instant(day.to_datetime(time))?.min(midnight)),
        }
    }
}

impl fmt::Display for EndOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Midnight => f.write_str("24:00"),
            Self::At(time) => write!(f, "{:02}:{:02}", time.hour(), time.minute()),
        }
    }
}

impl<'de> Deserialize<'de> for EndOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "24:00" {
            return Ok(Self::Midnight);
        }
        let read = || {
            let (hour, minute) = text.split_once(':')?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        read().map(Self::At).ok_or_else(|| de::Error::custom("not a time of day, as in \"18:00\" or \"24:00\""))
    }
}

/// Reads a date as HR systems write one; their way of writing that there is none is none.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    // Only the date's own ten characters: some fields carry a time behind it.
    let day = text.get(..10).filter(|_| text.len() == 10 || text[10..].starts_with(['T', ' ']))?;
    day.parse().ok()
}

/// The day that it is in `zone` at `now`.
pub(super) fn today(now: Timestamp, zone: &TimeZone) -> Option<Date> {
    Some(jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone()).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ends(day: &str, zone: &str, end: EndOfDay) -> String {
        end.of(day.parse().unwrap(), &TimeZone::get(zone).unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_day_ends_when_the_work_sites_next_day_begins() {
        assert_eq!(ends("2026-11-23", "UTC", EndOfDay::Midnight), "2026-11-24T00:00:00.000Z");
        assert_eq!(ends("2026-11-23", "Europe/Berlin", EndOfDay::Midnight), "2026-11-23T23:00:00.000Z");
        assert_eq!(ends("2026-11-23", "Pacific/Kiritimati", EndOfDay::Midnight), "2026-11-23T10:00:00.000Z");
        assert_eq!(ends("2026-11-23", "America/Los_Angeles", EndOfDay::Midnight), "2026-11-24T08:00:00.000Z");
        let evening = EndOfDay::At(Time::constant(18, 0, 0, 0));
        assert_eq!(ends("2026-11-23", "Europe/Berlin", evening), "2026-11-23T17:00:00.000Z");
    }

    #[test]
    fn summer_time_moves_the_end_with_the_clock() {
        // The clocks of Berlin go forward on 29 March 2026 and back on 25 October 2026.
        assert_eq!(ends("2026-03-28", "Europe/Berlin", EndOfDay::Midnight), "2026-03-28T23:00:00.000Z");
        assert_eq!(ends("2026-03-29", "Europe/Berlin", EndOfDay::Midnight), "2026-03-29T22:00:00.000Z");
        assert_eq!(ends("2026-10-25", "Europe/Berlin", EndOfDay::Midnight), "2026-10-25T23:00:00.000Z");
        let in_the_gap = EndOfDay::At(Time::constant(2, 30, 0, 0));
        assert_eq!(ends("2026-03-29", "Europe/Berlin", in_the_gap), "2026-03-29T01:30:00.000Z");
        // Beirut begins its summer time at midnight: 29 March 2026 has no 00:00.
        assert_eq!(ends("2026-03-28", "Asia/Beirut", EndOfDay::Midnight), "2026-03-28T22:00:00.000Z");
    }

    #[test]
    fn in_every_zone_and_on_the_oddest_days_a_day_ends_once_and_at_its_own_end() {
        let last_minute = EndOfDay::At(Time::constant(23, 59, 0, 0));
        // A leap day, a year's end, a leap second's day, and the days on which clocks change here and there.
        let days = ["2028-02-29", "2027-12-31", "2016-12-31", "2026-03-29", "2026-10-25", "2026-03-28", "2026-11-01"];
        let zones = jiff::tz::db().available().map(|name| name.to_string()).collect::<Vec<_>>();
        assert!(zones.len() > 300, "{} zones", zones.len());
        for name in &zones {
            let Ok(zone) = TimeZone::get(name) else { continue };
            for day in days.map(|day| day.parse::<Date>().unwrap()) {
                let [midnight, minute] = [EndOfDay::Midnight, last_minute].map(|end| end.of(day, &zone).unwrap());
                let on = |at: Timestamp| today(at, &zone).unwrap();
                // The instant before the end is on that day, the end itself is not.
                assert_eq!(
                    (on(Timestamp(midnight.0 - 1)), on(midnight)),
                    (day, day.tomorrow().unwrap()),
                    "{day} {name}"
                );
                // An hour that comes twice may lie between, where clocks go back at midnight; and Greenland's clocks skip
                // the last hour of 28 March 2026, with 23:59 in it.
                let minutes = (midnight.0 - minute.0) / 60_000;
                assert!([0, 1, 31, 61].contains(&minutes), "{day} {name}: {minutes} minutes");
                assert!(minutes == 0 || on(minute) == day, "{day} {name}");
            }
        }
        // Samoa went without 30 December 2011: the day before ends where the day after begins.
        let (thursday, saturday) = ("2011-12-29", "2011-12-31");
        assert_eq!(ends(thursday, "Pacific/Apia", EndOfDay::Midnight), "2011-12-30T10:00:00.000Z");
        assert_eq!(ends(saturday, "Pacific/Apia", EndOfDay::Midnight), "2011-12-31T10:00:00.000Z");
    }

    #[test]
    fn no_date_is_no_date() {
        for text in ["", "0000-00-00", "n/a", "2026-13-01", "2026-11-2", "ééééé"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(date(" 2026-11-23 "), "2026-11-23".parse().ok());
        assert_eq!(date("2026-11-23T00:00:00Z"), "2026-11-23".parse().ok());
    }
}
