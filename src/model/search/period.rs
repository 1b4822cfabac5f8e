//! A span of days, as typed: a year, a month, a day, or from one to another.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use crate::model::Timestamp;

/// From `from` on and before `to`; `None`: without that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Period {
    /// Reads `2025`, `2025-03`, `2025-03-04`, or two of these with `..` between; one of the two may be left out.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Self> {
        let Some((first, last)) = text.split_once("..") else { return span(text, zone) };
        let end = |text: &str| if text.is_empty() { Some(None) } else { span(text, zone).map(Some) };
        let (first, last) = (end(first)?, end(last)?);
        (first.is_some() || last.is_some())
            .then(|| Self { from: first.and_then(|it| it.from), to: last.and_then(|it| it.to) })
    }

    /// The same of a term without a field: a year alone is none.
    pub(super) fn bare(text: &str, zone: &TimeZone) -> Option<Self> {
        if text.len() <= 4 { None } else { Self::read(text, zone) }
    }

    pub(super) fn without_end(self) -> Self {
        Self { to: None, ..self }
    }

    pub(super) fn before_its_begin(self) -> Self {
        Self { from: None, to: self.from }
    }

    pub(super) fn has(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }
}

fn span(text: &str, zone: &TimeZone) -> Option<Period> {
    let shape: Vec<usize> = text.split('-').map(str::len).collect();
    let (day, long): (String, Span) = match shape.as_slice() {
        [4] => (format!("{text}-01-01"), 1.year()),
        [4, 2] => (format!("{text}-01"), 1.month()),
        [4, 2, 2] => (text.to_owned(), 1.day()),
        _ => return None,
    };
    let first: Date = day.parse().ok()?;
    let instant = |date: Date| date.to_zoned(zone.clone()).ok().map(|it| it.timestamp().into());
    Some(Period { from: Some(instant(first)?), to: Some(instant(first.checked_add(long).ok()?)?) })
}
