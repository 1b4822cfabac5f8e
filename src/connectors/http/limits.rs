//! What vendors say of their limits, in headers.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use super::Answer;
use crate::connectors::call::Observation;

/// The longest wait that a header can impose, in ms; beyond it, it is taken for a mistake.
const A_DAY: u64 = 24 * 3_600_000;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp().as_millisecond())
}

/// The vendor's clock, in ms since the epoch: epochs in its headers are on it, however wrong ours is.
fn vendor_now(headers: &HeaderMap) -> i64 {
    text(headers, "date").and_then(http_date).unwrap_or_else(own_now)
}

fn own_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

fn until(epoch_ms: i64, headers: &HeaderMap) -> u64 {
    u64::try_from(epoch_ms.saturating_sub(vendor_now(headers))).unwrap_or(0).min(A_DAY)
}

/// `Retry-After` in ms from now: seconds, or an HTTP-date (RFC 9110 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let value = text(headers, "retry-after")?;
    seconds(value).or_else(|| http_date(value).map(|at| until(at, headers)))
}

/// A number of seconds, whole or not, in ms.
pub(crate) fn seconds(value: &str) -> Option<u64> {
    let seconds: f64 = value.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)?;
    let ms = (seconds * 1_000.0).ceil().min(86_400_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and a day in ms")]
    Some(ms as u64)
}

/// Okta writes `X-Rate-Limit-*`, GitHub `x-ratelimit-*`, others `RateLimit-*`.
const FAMILIES: [(&str, &str, &str); 3] = [
    ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"),
    ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
];

/// Calls left, and the reset in ms from now (epoch seconds, or seconds from now where the number is small).
pub(crate) fn remaining(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (_, left, reset) = FAMILIES.into_iter().find(|(limit, left, _)| {
        // A limit of 0 is Okta's sign for its concurrency limit, whose reset is only a hint (reference/rl2-concurrency).
        headers.contains_key(*left) && text(headers, limit) != Some("0")
    })?;
    let left = text(headers, left)?.parse().ok()?;
    let reset = text(headers, reset).and_then(|value| value.parse::<i64>().ok()).map(|number| {
        if number > 100_000_000 {
            until(number.saturating_mul(1_000), headers)
        } else {
            u64::try_from(number).unwrap_or(0).saturating_mul(1_000).min(A_DAY)
        }
    });
    Some((left, reset))
}

/// What an answer taught of the limits, and of the clock.
pub(crate) fn observed(answer: &Answer) -> Observation {
    let counted = remaining(&answer.headers);
    let blocked = match answer.status {
        429 | 503 | 403 => retry_after(&answer.headers),
        _ => None,
    };
    Observation {
        remaining: counted.map(|(left, _)| left),
        reset_in_ms: counted.and_then(|(_, reset)| reset),
        blocked_for_ms: blocked,
        clock_ahead_ms: clock_ahead(&answer.headers),
    }
}

/// How far the vendor's clock is ahead of ours, in ms. `Date` is cut to the second (RFC 9110 5.6.7).
fn clock_ahead(headers: &HeaderMap) -> Option<i64> {
    const HALF_A_SECOND: i64 = 500;
    let theirs = text(headers, "date").and_then(http_date)?;
    Some(theirs.saturating_add(HALF_A_SECOND).saturating_sub(own_now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    const NOW: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    #[test]
    fn retry_after_is_seconds_or_a_date_on_the_vendors_clock() {
        assert_eq!(retry_after(&headers(&[("retry-after", "2")])), Some(2_000));
        assert_eq!(retry_after(&headers(&[NOW, ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")])), Some(10_000));
        assert_eq!(retry_after(&headers(&[NOW, ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")])), Some(0));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "-5")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "99999999999")])), Some(A_DAY));
    }

    #[test]
    fn resets_are_epochs_on_the_vendors_clock() {
        let okta = headers(&[
            NOW,
            ("x-rate-limit-limit", "600"),
            ("x-rate-limit-remaining", "3"),
            ("x-rate-limit-reset", "784111780"),
        ]);
        assert_eq!(remaining(&okta), Some((3, Some(3_000))));
        let github = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")]);
        assert_eq!(remaining(&github), Some((0, Some(60_000))));
    }

    #[test]
    fn a_limit_of_nought_is_concurrency_and_says_nothing_of_the_budget() {
        let crowded = headers(&[
            ("x-rate-limit-limit", "0"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1784073630"),
        ]);
        assert_eq!(remaining(&crowded), None);
    }
}
