//! What `HubSpot`'s errors mean: `{status, message, correlationId, category, errors}`, and statuses of its own.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// A day's pool is full again some time: `HubSpot` says at midnight, and not whose.
const AN_HOUR_MS: u64 = 3_600_000;

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let category = text("category").to_owned();
    let after_ms = limits::retry_after(&answer.headers);
    let (what, cure) = match answer.status {
        429 => {
            let rest = match text("policyName") {
                "DAILY" => AN_HOUR_MS,
                "SECONDLY" => 1_000,
                _ => 10_000,
            };
            (What::Throttled { after_ms: after_ms.or(Some(rest)) }, "")
        }
        // Locked for so long as a change of the same thing is under way.
        423 => (What::Busy { after_ms: after_ms.or(Some(2_000)) }, ""),
        // The account is being moved to another data centre.
        477 => (What::Throttled { after_ms }, ""),
        401 => (What::Locked, "make a new access token in the private app's settings and store it"),
        403 => (What::Denied, "add the scope that HubSpot names to the private app"),
        _ => return answer.by_status().code(category),
    };
    let failure = answer.failure(what, answer.told()).code(category);
    if cure.is_empty() { failure } else { failure.cure(cure) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> What {
        failure(&Answer::to_act(status, headers, body)).what
    }

    #[test]
    fn a_days_limit_is_not_tried_again_at_once() {
        let limited = |policy: &str| what(429, &[], &format!(r#"{{"status":"error","policyName":"{policy}"}}"#));
        assert_eq!(limited("DAILY"), What::Throttled { after_ms: Some(AN_HOUR_MS) });
        assert_eq!(limited("TEN_SECONDLY_ROLLING"), What::Throttled { after_ms: Some(10_000) });
        assert_eq!(limited("SECONDLY"), What::Throttled { after_ms: Some(1_000) });
        assert_eq!(what(429, &[("retry-after", "3")], "{}"), What::Throttled { after_ms: Some(3_000) });
    }

    #[test]
    fn a_423_waits_and_a_477_waits_for_as_long_as_it_says() {
        assert_eq!(what(423, &[], "{}"), What::Busy { after_ms: Some(2_000) });
        assert_eq!(what(477, &[("retry-after", "60")], "{}"), What::Throttled { after_ms: Some(60_000) });
        for unknown in [502, 503, 504, 524] {
            assert_eq!(what(unknown, &[], "{}"), What::Unknown, "{unknown}");
        }
    }
}
