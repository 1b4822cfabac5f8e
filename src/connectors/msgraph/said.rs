//! What Graph's errors mean: `{"error":{"code","message","innerError":{"request-id"}}}`.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// Words of Graph for changes that only the directory which an object comes from can make.
const MASTERED_ELSEWHERE: &str = "on-premises mastered";

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let error = |name: &str| body.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (error("code"), error("message"));
    let by_status = answer.by_status();
    if code.is_empty() {
        return by_status;
    }
    // Some services write `innererror`. Microsoft's support asks for the id first.
    let request = ["innerError/request-id", "innererror/request-id"].map(error).concat();
    let request = if request.is_empty() { request } else { format!(" (request {request})") };
    let reason = format!("{}: {code}{request}: {message}", answer.status);
    let failure = Failure { reason: answer.failure(What::Unknown, reason).reason, ..by_status }.code(code);
    match code {
        // Some families of services limit with 403 or 509, and some without `Retry-After`.
        "TooManyRequests" | "activityLimitReached" | "Request_ThrottledTemporarily" => {
            Failure { what: What::Throttled { after_ms: limits::retry_after(&answer.headers) }, ..failure }
        }
        "InvalidAuthenticationToken" => Failure { what: What::Locked, ..failure }
            .cure("check tenant, client_id and base_url: Graph does not accept the token that they give"),
        "Authorization_RequestDenied" | "Forbidden" | "accessDenied" => Failure { what: What::Denied, ..failure }.cure(
            "grant the action's application permission and consent to it as an admin; for people with admin \
                 roles, give the application's service principal a directory role that may manage them",
        ),
        "Request_ResourceNotFound" | "ResourceNotFound" | "itemNotFound" | "NotFound" => {
            Failure { what: What::Gone, ..failure }
        }
        // Two changes of one object at once.
        "Directory_ConcurrencyViolation" => Failure { what: What::Busy { after_ms: None }, ..failure },
        "Request_BadRequest" if message.contains(MASTERED_ELSEWHERE) => failure
            .cure("it is synchronised from Active Directory: change it there (a connector of type `ad`), then retry"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, headers: &[(&'static str, &'static str)], code: &str, message: &str) -> Failure {
        let inner = r#""innerError":{"date":"2026-01-05T08:00:00","request-id":"0f1e","client-request-id":"0f1e"}"#;
        let body = format!(r#"{{"error":{{"code":"{code}","message":"{message}",{inner}}}}}"#);
        failure(&Answer::to_act(status, headers, &body))
    }

    #[test]
    fn each_code_means_what_it_says_and_the_request_id_is_kept() {
        for (status, code, wanted) in [
            (401, "InvalidAuthenticationToken", What::Locked),
            (403, "Authorization_RequestDenied", What::Denied),
            (404, "Request_ResourceNotFound", What::Gone),
            (400, "Request_BadRequest", What::Rejected),
            (409, "Directory_ConcurrencyViolation", What::Busy { after_ms: None }),
            (500, "InternalServerError", What::Unknown),
            (504, "UnknownError", What::Unknown),
        ] {
            let failure = said(status, &[], code, "m");
            assert_eq!((failure.what, failure.code.as_str()), (wanted, code));
            assert_eq!(failure.reason, format!("{status}: {code} (request 0f1e): m"));
        }
    }

    #[test]
    fn the_wait_is_in_seconds_and_some_families_name_none() {
        let what = |headers: &[(&'static str, &'static str)]| said(429, headers, "TooManyRequests", "m").what;
        assert_eq!(what(&[("retry-after", "12")]), What::Throttled { after_ms: Some(12_000) });
        assert_eq!(what(&[]), What::Throttled { after_ms: None });
        let unavailable = said(503, &[("retry-after", "3")], "ServiceUnavailable", "m");
        assert_eq!(unavailable.what, What::Throttled { after_ms: Some(3_000) });
    }

    #[test]
    fn what_active_directory_masters_is_told_with_the_way_out() {
        let words = "Unable to update the specified properties for on-premises mastered Directory Sync objects or \
                     objects currently undergoing migration.";
        let failure = said(400, &[], "Request_BadRequest", words);
        assert!(failure.what == What::Rejected && failure.cure.contains("Active Directory"), "{failure:?}");
    }

    #[test]
    fn a_page_of_something_else_is_told_by_its_status() {
        assert_eq!(failure(&Answer::to_act(502, &[], "<html>x</html>")).what, What::Unknown);
    }
}
