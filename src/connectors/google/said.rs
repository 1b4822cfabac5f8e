//! What Google's errors mean (Directory API limits; reasons as GAM meets them).

use serde_json::Value;

use super::scope::Scope;
use crate::connectors::http::{Answer, Failure, What};

/// Reasons that mean "slow down". They come as 403 and 429 both.
const SLOW_DOWN: [&str; 5] =
    ["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "RESOURCE_EXHAUSTED"];

/// Reasons that mean "something broke": nobody knows what was done.
const BROKEN: [&str; 7] = [
    "backendError",
    "badGateway",
    "gatewayTimeout",
    "internalError",
    "transientError",
    "serviceNotAvailable",
    "systemError",
];

/// Plain texts that come without JSON and mean "slow down".
const SLOW_DOWN_TEXTS: [&str; 3] = [
    "Request rate higher than configured",
    "Quota exceeded for quota metric",
    "Quota exceeded for the current request",
];

/// Google documents no `Retry-After`; a minute's quota refills steadily.
const SHORT_REST_MS: u64 = 2_000;

/// The failure behind any answer, to a request of this scope, that is not a success.
pub(super) fn failure(answer: &Answer, scope: Scope) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let code = text("/error/errors/0/reason").or(text("/error/status")).unwrap_or_default().to_owned();
    let plain = body.is_null() && SLOW_DOWN_TEXTS.iter().any(|text| answer.said().contains(text));
    if SLOW_DOWN.contains(&code.as_str()) || plain || answer.status == 429 {
        let after_ms = crate::connectors::http::limits::retry_after(&answer.headers).or(Some(SHORT_REST_MS));
        return answer.failure(What::Throttled { after_ms }, answer.told()).code(code);
    }
    if BROKEN.contains(&code.as_str()) {
        return answer.failure(What::Unknown, answer.told()).code(code);
    }
    let failure = answer.by_status();
    let cure = match (&failure.what, code.as_str()) {
        (_, "adminCannotUnsuspend") => "Google suspended this account itself: ask Google's support to lift it",
        (What::Denied, _) => scope.cure(),
        _ => return failure.code(code),
    };
    failure.code(code).cure(cure)
}

/// The failure that a `google.rpc.Status` tells inside a success: of an operation that has ended, or of one thing among
/// many (`google/rpc/code.proto`).
pub(super) fn status(answer: &Answer, scope: Scope, status: &Value) -> Failure {
    let code = status.get("code").and_then(Value::as_i64);
    let what = match code {
        Some(3 | 6 | 9 | 11 | 12) => What::Rejected,
        Some(5) => What::Gone,
        Some(7 | 16) => What::Denied,
        Some(8) => What::Throttled { after_ms: Some(SHORT_REST_MS) },
        Some(10) => What::Busy { after_ms: Some(SHORT_REST_MS) },
        _ => What::Unknown,
    };
    let words = status.get("message").and_then(Value::as_str).unwrap_or("without a word");
    let told = code.map_or_else(|| words.to_owned(), |code| format!("{words} (code {code})"));
    let failure = answer.failure(what, told);
    if failure.what == What::Denied { failure.cure(scope.cure()) } else { failure }
}

/// What was to be made is there.
pub(super) fn is_there(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "duplicate" | "alreadyExists" | "ALREADY_EXISTS")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(status: u16, body: &str) -> What {
        failure(&Answer::to_act(status, &[], body), Scope::Users).what
    }

    fn reason(status: u16, reason: &str) -> What {
        let error =
            serde_json::json!({ "code": status, "message": "m", "errors": [{ "domain": "d", "reason": reason }] });
        what(status, &serde_json::json!({ "error": error }).to_string())
    }

    #[test]
    fn a_403_may_mean_slow_down() {
        let rest = What::Throttled { after_ms: Some(SHORT_REST_MS) };
        for code in ["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"] {
            assert_eq!((reason(403, code), reason(429, code)), (rest.clone(), rest.clone()), "{code}");
        }
        assert_eq!(what(403, "Request rate higher than configured"), rest);
        assert_eq!(what(503, "Quota exceeded for the current request"), rest);
        assert_eq!(what(429, "Quota exceeded for quota metric"), rest);
        assert_eq!(what(429, r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#), rest);
        assert_eq!(reason(403, "forbidden"), What::Denied);
    }

    #[test]
    fn a_success_may_hold_a_failure() {
        let answer = Answer::to_act(200, &[], "{}");
        let rest = Some(SHORT_REST_MS);
        for (code, wanted) in [
            (5, What::Gone),
            (7, What::Denied),
            (8, What::Throttled { after_ms: rest }),
            (9, What::Rejected),
            (10, What::Busy { after_ms: rest }),
            (13, What::Unknown),
        ] {
            let failure = status(&answer, Scope::Devices, &serde_json::json!({ "code": code, "message": "Not so." }));
            assert_eq!((failure.what, failure.reason), (wanted, format!("Not so. (code {code})")));
        }
        assert_eq!(status(&answer, Scope::Devices, &Value::Null).what, What::Unknown);
    }

    #[test]
    fn the_rest_means_what_it_says() {
        for (status, code, wanted) in [
            (500, "backendError", What::Unknown),
            (500, "internalError", What::Unknown),
            (404, "notFound", What::Gone),
            (400, "invalid", What::Rejected),
            (412, "conditionNotMet", What::Rejected),
            (400, "adminCannotUnsuspend", What::Rejected),
        ] {
            assert_eq!(reason(status, code), wanted, "{code}");
        }
        assert_eq!(what(502, "<html>502</html>"), What::Unknown);
        let suspended = r#"{"error":{"code":400,"message":"m","errors":[{"reason":"adminCannotUnsuspend"}]}}"#;
        let google = failure(&Answer::to_act(400, &[], suspended), Scope::Users);
        assert!(google.cure.contains("support"));
    }
}
