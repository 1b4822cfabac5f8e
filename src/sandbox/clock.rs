//! Wall time as the vendors write it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC.
pub(super) fn epoch_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds since 1970, UTC.
pub(super) fn epoch_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Seconds since 1970, UTC.
pub(super) fn epoch_s() -> u64 {
    epoch_ms() / 1000
}

/// The first whole second that is not before `wait` from now: whoever waits until then has waited long enough.
pub(super) fn epoch_s_after(wait: Duration) -> u64 {
    let ms = epoch_ms().saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)).saturating_add(1);
    ms.div_ceil(1000)
}

/// RFC 3339 in UTC with whole seconds, such as `2026-01-31T12:00:00Z`.
pub(super) fn rfc3339(epoch_ms: u64) -> String {
    let seconds = i64::try_from(epoch_ms / 1000).unwrap_or_default();
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
