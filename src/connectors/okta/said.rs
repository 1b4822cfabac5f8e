//! What Okta's errors mean (management API, error codes).

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
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
        "E0000004" | "E0000011" => Failure { what: What::Denied, ..failure }
            .cure("make a new API token, or check the service application's key, then retry the step"),
        "E0000006" => Failure { what: What::Denied, ..failure }
            .cure("give the token's owner or the service application an admin role and the scopes okta.users.manage, okta.users.read"),
        // Known statuses and inputs: certainly not done.
        "E0000001" | "E0000003" | "E0000016" | "E0000038" => Failure { what: What::Rejected, ..failure },
        "E0000007" | "E0000008" => Failure { what: What::Gone, ..failure },
        _ => failure,
    }
}
