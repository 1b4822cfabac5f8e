//! Instants as people type them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, Zoned};

use super::time::Timestamp;

/// Reads `2026-12-01T18:00:00+01:00`, `2026-12-01T18:00[Europe/Berlin]`, or `2026-12-01T18:00` in `zone`. A wall-clock
/// time that does not exist, or exists twice, is refused: nobody's access ends at a guess.
pub fn parse(text: &str, zone: Option<&str>) -> Result<Timestamp, String> {
    let (local, zone) = match text.split_once('[') {
        Some((local, rest)) => {
            let name = rest.strip_suffix(']').ok_or_else(|| format!("`{text}`: the zone's `]` is missing"))?;
            if local.parse::<Instant>().is_ok() {
                // An offset that the zone does not have then is refused.
                let at = text.parse::<Zoned>().map_err(|error| format!("`{text}`: {error}"))?;
                return Ok(at.timestamp().into());
            }
            (local, name)
        }
        None => (text, zone.unwrap_or_default()),
    };
    if let Ok(at) = local.parse::<Instant>() {
        return Ok(at.into());
    }
    if !local.contains(['T', 't', ' ']) {
        return Err(format!("`{text}` is no instant: give the day and the time, as in 2026-12-01T18:00+01:00"));
    }
    let wall: DateTime = local.parse().map_err(|_| {
        format!("`{text}` is no instant: write 2026-12-01T18:00+01:00, or 2026-12-01T18:00[Europe/Berlin]")
    })?;
    if zone.is_empty() {
        return Err(format!("`{text}` names no zone: write {text}[Europe/Berlin], or an offset as in {text}+01:00"));
    }
    let zone = TimeZone::get(zone).map_err(|_| format!("`{zone}` is no time zone known here, as in Europe/Berlin"))?;
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        jiff::tz::AmbiguousOffset::Unambiguous { .. } => {}
        jiff::tz::AmbiguousOffset::Gap { .. } => {
            let name = zone.iana_name().unwrap_or_default();
            return Err(format!("{wall} does not exist in {name}: the clocks go forward then; choose another time"));
        }
        jiff::tz::AmbiguousOffset::Fold { before, after } => {
            let name = zone.iana_name().unwrap_or_default();
            return Err(format!(
                "{wall} comes twice in {name}: the clocks go back then; write {wall}{before} or {wall}{after}"
            ));
        }
    }
    ambiguous.unambiguous().map(Timestamp::from).map_err(|error| format!("`{text}`: {error}"))
}

/// A day, from its beginning in UTC on, or an instant.
pub fn since(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Date>().ok().filter(|_| !text.contains(['T', 't', ' '])) {
        Some(day) => day.to_zoned(TimeZone::UTC).map(|it| it.timestamp().into()).map_err(|error| error.to_string()),
        None => parse(text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, zone: Option<&str>) -> String {
        parse(text, zone).map_or_else(|told| told, |at| at.to_string())
    }

    #[test]
    fn an_instant_is_read_in_every_form() {
        let six_in_berlin = "2026-12-01T17:00:00.000Z";
        assert_eq!(shown("2026-12-01T18:00:00+01:00", None), six_in_berlin);
        assert_eq!(shown("2026-12-01T17:00Z", Some("Asia/Tokyo")), six_in_berlin);
        assert_eq!(shown("2026-12-01T18:00", Some("Europe/Berlin")), six_in_berlin);
        assert_eq!(shown("2026-12-01 18:00", Some("Europe/Berlin")), six_in_berlin);
        assert_eq!(shown("2026-12-01T18:00[Europe/Berlin]", Some("Asia/Tokyo")), six_in_berlin);
        assert_eq!(shown("2026-12-01T18:00+01:00[Europe/Berlin]", None), six_in_berlin);
        assert_eq!(shown("2026-07-01T18:00", Some("Europe/Berlin")), "2026-07-01T16:00:00.000Z");
    }

    #[test]
    fn what_is_no_one_instant_is_refused_with_the_cure() {
        let cases = [
            ("2026-03-29T02:30", Some("Europe/Berlin"), "does not exist in Europe/Berlin"),
            ("2026-10-25T02:30", Some("Europe/Berlin"), "write 2026-10-25T02:30:00+02 or 2026-10-25T02:30:00+01"),
            ("2026-12-01T18:00", None, "names no zone"),
            ("2026-12-01", Some("Europe/Berlin"), "give the day and the time"),
            ("tomorrow", Some("Europe/Berlin"), "is no instant"),
            ("2026-12-01T25:00", Some("Europe/Berlin"), "is no instant"),
            ("2026-12-01T18:00", Some("Mars/Olympus"), "is no time zone"),
            ("2026-12-01T18:00[Europe/Berlin", None, "`]` is missing"),
            ("2026-12-01T18:00+05:00[Europe/Berlin]", None, "Europe/Berlin"),
        ];
        for (text, zone, expected) in cases {
            let told = parse(text, zone).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
        assert_eq!(shown("2026-10-25T02:30+02", None), "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let shown = |text: &str| since(text).map_or_else(|told| told, |at| at.to_string());
        assert_eq!(shown("2026-01-31"), "2026-01-31T00:00:00.000Z");
        assert_eq!(shown("2026-01-31T08:00Z"), "2026-01-31T08:00:00.000Z");
        assert!(shown("last week").contains("is no instant"));
    }
}
