//! What AWS's errors mean: the Query protocol's in XML, JSON 1.1's in `__type`, by the same codes.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};
use crate::connectors::xml;

/// The error's code, without the schema's name before it and `Exception` behind it, and its sentence.
fn error(answer: &Answer) -> (String, String) {
    let (code, message) = if let Some(json) = answer.try_json() {
        let text = |keys: [&str; 3]| {
            keys.iter().find_map(|key| json.get(*key)).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        (text(["__type", "code", "Code"]), text(["Message", "message", "errorMessage"]))
    } else {
        let root = xml::parsed(&answer.text()).unwrap_or_default();
        let error = root.child("Error").or_else(|| root.child("Errors")?.child("Error")).cloned().unwrap_or_default();
        let text = |name| error.of(name).unwrap_or_default().to_owned();
        (text("Code"), text("Message"))
    };
    let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
    (code.strip_suffix("Exception").unwrap_or(code).to_owned(), message)
}

/// The keys themselves were refused, so certainly nothing was done: others may be better.
pub(super) fn refuses_keys(answer: &Answer) -> bool {
    !answer.ok() && !answer.is_empty() && matches!(meaning(&error(answer).0), Some(What::Locked))
}

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer, operation: &str) -> Failure {
    let (code, message) = error(answer);
    let Some(what) = meaning(&code) else {
        return answer.by_status().code(code);
    };
    let what = match what {
        What::Throttled { .. } => What::Throttled { after_ms: wait(answer) },
        other => other,
    };
    let failure = answer.failure(what, format!("{}: {code}: {message}", answer.status)).code(code.as_str());
    match failure.what {
        What::Denied => failure.cure(format!("allow {operation} in the policy of the user or role that Nightlatch acts as")),
        What::Locked if code == "RequestExpired" || message.contains("Signature expired") || message.contains("not yet current") => {
            failure.cure("set this machine's clock: AWS refuses requests more than five minutes off")
        }
        What::Rejected if code == "LimitExceeded" => failure.cure(
            "AWS's quota is full: for a user's or role's inline policies, delete some that are no longer needed, then retry the step",
        ),
        _ => failure,
    }
}

/// What a code says; `None`: the status has to do. Throttling comes as 400, and nobody else's 400 may be repeated.
fn meaning(code: &str) -> Option<What> {
    Some(match code {
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => What::Throttled { after_ms: None },
        // Another change of the same thing is under way.
        "EntityTemporarilyUnmodifiable" | "ConcurrentModification" | "Conflict" | "DeleteConflict" => {
            What::Busy { after_ms: Some(3_000) }
        }
        "NoSuchEntity" | "ResourceNotFound" => What::Gone,
        "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "ExpiredToken"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "IncompleteSignature"
        | "AuthFailure"
        | "RequestExpired" => What::Locked,
        "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "OptInRequired" => What::Denied,
        "LimitExceeded"
        | "ServiceQuotaExceeded"
        | "InvalidInput"
        | "Validation"
        | "ValidationError"
        | "MalformedPolicyDocument"
        | "UnmodifiableEntity"
        | "PolicyNotAttachable"
        | "ServiceNotSupported"
        | "InvalidAction"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "UnknownOperation" => What::Rejected,
        _ => return None,
    })
}

/// Identity Center writes the wait into the body; the others name none.
fn wait(answer: &Answer) -> Option<u64> {
    let body = answer.try_json().and_then(|json| json.get("RetryAfterSeconds")?.as_u64());
    body.map(|seconds| seconds.saturating_mul(1_000)).or_else(|| limits::retry_after(&answer.headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(status: u16, code: &str) -> Failure {
        let body = format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>words</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        failure(&Answer::to_act(status, &[], &body), "iam:PutUserPolicy")
    }

    fn json(status: u16, body: &str) -> Failure {
        failure(&Answer::to_act(status, &[], body), "identitystore:DeleteUser")
    }

    #[test]
    fn a_code_decides_and_not_its_status() {
        for (status, code, wanted) in [
            (400, "Throttling", What::Throttled { after_ms: None }),
            (400, "ThrottlingException", What::Throttled { after_ms: None }),
            (409, "EntityTemporarilyUnmodifiable", What::Busy { after_ms: Some(3_000) }),
            (409, "ConcurrentModification", What::Busy { after_ms: Some(3_000) }),
            (409, "DeleteConflict", What::Busy { after_ms: Some(3_000) }),
            (404, "NoSuchEntity", What::Gone),
            (409, "LimitExceeded", What::Rejected),
            (400, "MalformedPolicyDocument", What::Rejected),
            (403, "AccessDenied", What::Denied),
            (403, "InvalidClientTokenId", What::Locked),
            (403, "SignatureDoesNotMatch", What::Locked),
            (403, "ExpiredToken", What::Locked),
            (500, "ServiceFailure", What::Unknown),
            (400, "SomethingNew", What::Rejected),
        ] {
            assert_eq!(xml(status, code).what, wanted, "{code}");
        }
        let denied = xml(403, "AccessDenied");
        assert_eq!(denied.reason, "403: AccessDenied: words");
        assert!(denied.cure.contains("iam:PutUserPolicy"));
    }

    #[test]
    fn identity_center_names_types_and_waits_in_the_body() {
        let throttled = json(400, r#"{"__type":"ThrottlingException","Message":"m","RetryAfterSeconds":7}"#);
        assert_eq!(throttled.what, What::Throttled { after_ms: Some(7_000) });
        let gone = r#"{"__type":"com.amazonaws.identitystore#ResourceNotFoundException","Message":"USER not found."}"#;
        assert_eq!((json(400, gone).what, json(404, gone).what), (What::Gone, What::Gone));
        assert_eq!(json(400, r#"{"__type":"ConflictException"}"#).what, What::Busy { after_ms: Some(3_000) });
        let denied = json(400, r#"{"__type":"AccessDeniedException","Message":"m"}"#);
        assert_eq!((denied.what, denied.code.as_str()), (What::Denied, "AccessDenied"));
    }

    #[test]
    fn a_clock_that_is_wrong_has_its_own_cure() {
        let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 1 is now \
                    earlier than 2</Message></Error></ErrorResponse>";
        assert!(failure(&Answer::to_act(403, &[], body), "x").cure.contains("clock"));
    }

    #[test]
    fn a_page_or_nothing_is_judged_by_its_status() {
        assert_eq!(json(502, "<html>Bad gateway</html>").what, What::Unknown);
        assert_eq!(json(503, "").what, What::Unknown);
        assert!(!refuses_keys(&Answer::to_act(200, &[], r#"{"__type":"ExpiredToken"}"#)));
    }
}
