//! What GitHub's errors mean (rate limits for the REST API; `ghec` description).

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// "Wait for at least one minute" where a secondary limit names no time.
const A_MINUTE: u64 = 60_000;

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let said = answer.said().to_lowercase();
    if matches!(answer.status, 403 | 429) {
        let secondary = said.contains("secondary rate limit") || said.contains("abuse detection");
        let spent = limits::remaining(&answer.headers).filter(|(left, _)| *left == 0);
        let after_ms = limits::retry_after(&answer.headers)
            .or_else(|| spent.and_then(|(_, reset)| reset))
            .or((secondary || answer.status == 429).then_some(A_MINUTE));
        if secondary || spent.is_some() || answer.status == 429 || said.contains("rate limit exceeded") {
            return answer.failure(What::Throttled { after_ms: after_ms.or(Some(A_MINUTE)) }, answer.told());
        }
    }
    if answer.status == 403 && said.contains("last owner") {
        return answer.failure(What::NeedsHuman, format!("{}; make somebody else an owner first", answer.told()));
    }
    let failure = answer.by_status();
    match failure.what {
        What::Denied => {
            let needed = answer.header("x-accepted-github-permissions").unwrap_or("organisation members: write");
            failure.cure(format!("give the token or the GitHub App this permission: {needed}"))
        }
        _ => failure,
    }
}

/// GraphQL fails with 200 and `errors`.
pub(super) fn graphql(answer: &Answer, body: &Value) -> Option<Failure> {
    let error = body.get("errors").and_then(Value::as_array).and_then(|errors| errors.first())?;
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let reason = format!("GraphQL: {}", text("message"));
    Some(match text("type") {
        "RATE_LIMITED" => {
            let after_ms = limits::remaining(&answer.headers).and_then(|(_, reset)| reset).or(Some(A_MINUTE));
            answer.failure(What::Throttled { after_ms }, reason)
        }
        "FORBIDDEN" | "INSUFFICIENT_SCOPES" => answer
            .failure(What::Denied, reason)
            .cure("SAML identities are shown to owners: give the token the scopes read:org and admin:org"),
        "NOT_FOUND" => answer.failure(What::Denied, reason).cure("check `org`, and that the token may see it"),
        _ => answer.failure(What::Unknown, reason),
    })
}
