//! What Okta's errors mean (management API, error codes).

use serde_json::Value;

use super::scope::Scope;
use crate::connectors::http::{Answer, Failure, What, limits};

/// The failure behind any answer that is not a success; `scope`: what the call needed.
pub(super) fn failure(answer: &Answer, scope: Scope) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = body.get("errorCode").and_then(Value::as_str).unwrap_or_default();
    if answer.status == 429 || code == "E0000047" {
        // No `Retry-After` is documented. Without a budget in the headers it is the concurrency limit, over soon.
        let after_ms = limits::retry_after(&answer.headers)
            .or_else(|| limits::remaining(&answer.headers).and_then(|(_, reset)| reset))
            .or(Some(1_000));
        return answer.failure(What::Throttled { after_ms }, answer.told()).code(code);
    }
    let failure = answer.by_status().code(code);
    match code {
        "E0000004" | "E0000011" => Failure { what: What::Locked, ..failure }
            .cure("make a new API token, or check the service application's key: it is tried within a minute"),
        "E0000006" => Failure { what: What::Denied, ..failure }.cure(format!(
            "give the token's owner or the service application an admin role that may do this, and the application \
                 the scopes {}",
            scope.names().join(" and ")
        )),
        // Known statuses and inputs: certainly not done.
        "E0000001" | "E0000003" | "E0000016" | "E0000038" => Failure { what: What::Rejected, ..failure },
        "E0000007" | "E0000008" => Failure { what: What::Gone, ..failure },
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_means_what_it_says() {
        for (status, code, wanted) in [
            (400, "E0000001", What::Rejected),
            (401, "E0000004", What::Locked),
            (401, "E0000011", What::Locked),
            (403, "E0000006", What::Denied),
            (404, "E0000007", What::Gone),
            (403, "E0000016", What::Rejected),
            (403, "E0000038", What::Rejected),
            (500, "E0000009", What::Unknown),
        ] {
            let body = format!(r#"{{"errorCode":"{code}","errorSummary":"s","errorCauses":[]}}"#);
            let failure = failure(&Answer::to_act(status, &[], &body), Scope::Users);
            assert_eq!((failure.what, failure.code.as_str()), (wanted, code));
            assert_eq!(failure.reason, format!("{status}: {code}: s"));
        }
    }

    #[test]
    fn the_wait_is_until_the_reset_but_short_for_concurrency() {
        let headers = |limit: &'static str| {
            [
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("x-rate-limit-limit", limit),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "784111797"),
            ]
        };
        let body = r#"{"errorCode":"E0000047","errorSummary":"s"}"#;
        let what = |limit| failure(&Answer::to_act(429, &headers(limit), body), Scope::Users).what;
        assert_eq!(what("600"), What::Throttled { after_ms: Some(20_000) });
        assert_eq!(what("0"), What::Throttled { after_ms: Some(1_000) });
    }
}
