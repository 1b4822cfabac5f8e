//! What every connector's configuration may say of speed: how many at once, how fast, how long.

use std::time::Duration;

use serde::Deserialize;

use super::{BuildError, Limits};
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

/// One connector's pace, with the defaults filled in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) limits: Limits,
    deadline_ms: u64,
    quarantine_ms: u64,
}

/// The keys as they stand in a section; all optional.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wished {
    pub(crate) max_in_flight: Option<u32>,
    pub(crate) per_second: Option<f64>,
    pub(crate) deadline: Option<Span>,
    pub(crate) quarantine: Option<Span>,
}

impl Wished {
    /// The pace, or what is wrong with it. `limits` are the vendor's.
    pub(crate) fn or(self, id: &ConnectorId, limits: Limits) -> Result<Pace, BuildError> {
        let wrong = |problem: &str| BuildError::Invalid { connector: id.clone(), problem: problem.to_owned() };
        let max_in_flight = self.max_in_flight.unwrap_or(limits.max_in_flight);
        let per_second = self.per_second.or(limits.per_second);
        if max_in_flight == 0 {
            return Err(wrong("max_in_flight must be at least 1"));
        }
        if per_second.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return Err(wrong("per_second must be above 0"));
        }
        let deadline_ms = self.deadline.map_or(10_000, Span::ms);
        if !(500..=600_000).contains(&deadline_ms) {
            return Err(wrong("deadline must be between 500ms and 10m"));
        }
        Ok(Pace {
            limits: Limits { max_in_flight, per_second },
            deadline_ms,
            quarantine_ms: self.quarantine.map_or(120_000, Span::ms),
        })
    }
}

impl Pace {
    /// A declaration to be completed: a reversible, idempotent part of the kill switch that nothing depends on.
    pub(crate) fn spec(&self, id: &ConnectorId, name: &str, title: &str) -> ActionSpec {
        ActionSpec {
            id: id.action(name),
            title: title.to_owned(),
            stage: Stage::KillSwitch,
            danger: Danger::Reversible,
            class: StepClass::Idempotent,
            needs: Vec::new(),
            destroys: Vec::new(),
            precedes: Vec::new(),
            residual: None,
            proved_by: None,
            undo: None,
            scopes: Vec::new(),
            deadline_ms: self.deadline_ms,
            quarantine_ms: self.quarantine_ms,
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
