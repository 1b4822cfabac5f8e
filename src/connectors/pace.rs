//! What every connector's configuration may say of speed: how many at once, how fast, how long.

use std::time::Duration;

use serde::Deserialize;

use super::Limits;
use super::guarded::BreakGlass;
use crate::model::{ActionSpec, ConnectorId, Danger, Stage, StepClass};

/// A length of time in the configuration, as in `10s`, `2m` or `1h 30m`. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let span: jiff::SignedDuration =
            text.parse().map_err(|_| format!("`{text}` is no length of time (as in 10s, 2m, 1h 30m)"))?;
        Duration::try_from(span).map(Self).map_err(|_| format!("`{text}` is negative"))
    }
}

impl Span {
    /// In milliseconds.
    pub fn ms(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What every connector's section may hold beside the vendor's own keys. All optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Jobs at once; the vendor's documented limits by default, as with the next.
    max_in_flight: Option<u32>,
    /// Jobs a second.
    per_second: Option<f64>,
    /// One call's deadline; 10s.
    deadline: Option<Deadline>,
    /// How long the vendor may still act on a call after its deadline; 2m.
    quarantine: Option<Span>,
    /// Ids, addresses or logins of accounts that are never touched.
    #[serde(default)]
    pub(super) break_glass: BreakGlass,
}

/// The names of [`Common`]'s fields.
pub(crate) const COMMON_KEYS: [&str; 5] = ["max_in_flight", "per_second", "deadline", "quarantine", "break_glass"];

/// A call's deadline: long enough for one call, short enough that a person waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Deadline(Span);

impl TryFrom<String> for Deadline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let span = Span::try_from(text)?;
        if (500..=600_000).contains(&span.ms()) { Ok(Self(span)) } else { Err("between 500ms and 10m".to_owned()) }
    }
}

impl Common {
    /// What the configuration wishes, else the vendor's; or what is wrong with it.
    pub(super) fn limits(&self, vendor: Limits) -> Result<Limits, &'static str> {
        let max_in_flight = self.max_in_flight.unwrap_or(vendor.max_in_flight);
        let per_second = self.per_second.or(vendor.per_second);
        if max_in_flight == 0 {
            return Err("max_in_flight must be at least 1");
        }
        if per_second.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return Err("per_second must be above 0");
        }
        Ok(Limits { max_in_flight, per_second })
    }

    /// A declaration to be completed: a reversible, idempotent part of the kill switch that nothing depends on.
    pub(super) fn spec(&self, id: &ConnectorId, name: &str, title: &str) -> ActionSpec {
        ActionSpec {
            id: id.action(name),
            title: title.to_owned(),
            stage: Stage::KillSwitch,
            danger: Danger::Reversible,
            only_by_rule: false,
            class: StepClass::Idempotent,
            needs: Vec::new(),
            destroys: Vec::new(),
            precedes: Vec::new(),
            residual: None,
            proved_by: None,
            undo: None,
            undo_within_ms: None,
            scopes: Vec::new(),
            deadline_ms: self.deadline.map_or(10_000, |Deadline(span)| span.ms()),
            quarantine_ms: self.quarantine.map_or(120_000, Span::ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        let span = |text: &str| Span::try_from(text.to_owned()).map(Span::ms);
        assert_eq!((span("10s"), span("2m"), span("1h 30m")), (Ok(10_000), Ok(120_000), Ok(5_400_000)));
        assert!(span("-1s").is_err() && span("soon").is_err());
    }
}
