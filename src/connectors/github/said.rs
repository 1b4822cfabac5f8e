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
    let synced = ["synchroniz", "identity provider", "externally managed"].iter().any(|word| said.contains(word));
    if answer.status == 403 && synced {
        let told = answer.told();
        return answer
            .failure(What::NeedsHuman, format!("{told}; take the person out of the group that fills the team"));
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
        // A server that does not know a field of the query: it will not next time.
        _ if error.pointer("/extensions/code").is_some() => answer.failure(What::Rejected, reason),
        _ => answer.failure(What::Unknown, reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(status: u16, headers: &[(&'static str, &'static str)], message: &str) -> What {
        failure(&Answer::to_act(status, headers, &format!(r#"{{"message":"{message}"}}"#))).what
    }

    #[test]
    fn a_403_is_a_limit_of_either_kind_or_a_missing_permission() {
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")];
        let primary = What::Throttled { after_ms: Some(30_000) };
        assert_eq!(what(403, &spent, "API rate limit exceeded for installation ID 1."), primary);
        assert_eq!(what(429, &spent, "API rate limit exceeded"), primary);
        let secondary = "You have exceeded a secondary rate limit.";
        assert_eq!(what(403, &[], secondary), What::Throttled { after_ms: Some(A_MINUTE) });
        assert_eq!(what(403, &[("retry-after", "7")], secondary), What::Throttled { after_ms: Some(7_000) });
        assert_eq!(what(403, &[("x-ratelimit-remaining", "12")], "Must have admin rights"), What::Denied);
        assert_eq!(what(403, &[], "You can't remove the last owner"), What::NeedsHuman);
        assert_eq!(what(403, &[], "Team synchronization is on for this team"), What::NeedsHuman);
        let needs = [("x-accepted-github-permissions", "members=write")];
        let denied = failure(&Answer::to_act(403, &needs, r#"{"message":"Resource not accessible by integration"}"#));
        assert!(denied.cure.contains("members=write"));
    }

    #[test]
    fn a_redirect_is_never_a_success_and_a_page_never_an_answer() {
        assert_eq!(what(302, &[], ""), What::Rejected);
        assert_eq!(what(404, &[], "Not Found"), What::Gone);
        assert_eq!(what(422, &[], "You cannot specify an organization member"), What::Rejected);
        assert_eq!(failure(&Answer::to_act(502, &[], "<html>Unicorn!</html>")).what, What::Unknown);
    }

    #[test]
    fn graphql_fails_with_200() {
        for (kind, wanted) in [
            ("RATE_LIMITED", What::Throttled { after_ms: Some(A_MINUTE) }),
            ("FORBIDDEN", What::Denied),
            ("INSUFFICIENT_SCOPES", What::Denied),
            ("NOT_FOUND", What::Denied),
            ("UNKNOWN", What::Unknown),
        ] {
            let body = serde_json::json!({ "data": null, "errors": [{ "type": kind, "message": "m" }] });
            let answer = Answer::to_act(200, &[], &body.to_string());
            assert_eq!(graphql(&answer, &body).unwrap().what, wanted, "{kind}");
        }
        let unknown = serde_json::json!({ "errors": [{ "message": "m", "extensions": { "code": "undefinedField" } }] });
        assert_eq!(graphql(&Answer::to_act(200, &[], "{}"), &unknown).unwrap().what, What::Rejected);
        let fine = serde_json::json!({ "data": {} });
        assert_eq!(graphql(&Answer::to_act(200, &[], "{}"), &fine), None);
    }
}
