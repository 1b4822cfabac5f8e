//! What Salesforce's errors mean: an array of `{message, errorCode, fields}`, and the `errors` of one record among many.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What};

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let errors = body.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(code) = errors.iter().find_map(|error| text(error, "errorCode")) else { return answer.by_status() };
    let what = meaning(code).unwrap_or_else(|| answer.by_status().what);
    told(answer, what, code, &format!("{}: {}", answer.status, words(errors, "errorCode")))
}

/// The failure behind a SOAP fault; its sentence begins with its code.
pub(super) fn fault(answer: &Answer, code: &str, sentence: &str) -> Failure {
    let what = meaning(code).unwrap_or(match code {
        "" | "Server" | "UNKNOWN_EXCEPTION" => What::Unknown,
        _ => What::Rejected,
    });
    told(answer, what, code, &format!("{}: {sentence}", answer.status))
}

/// The failure of one record of a collection, from its `errors`; `None`: it was gone or there already.
pub(super) fn record(answer: &Answer, errors: &[Value]) -> Option<Failure> {
    let code = errors.iter().find_map(|error| text(error, "statusCode")).unwrap_or_default();
    if matches!(code, "ENTITY_IS_DELETED" | "NOT_FOUND" | "DUPLICATE_VALUE") {
        return None;
    }
    let what = meaning(code).unwrap_or(What::Rejected);
    Some(told(answer, what, code, &words(errors, "statusCode")))
}

/// What is certain by the code alone.
fn meaning(code: &str) -> Option<What> {
    Some(match code {
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => What::Locked,
        // A 403, and yet only "not now": the day's pool, or too many long calls at once. There is no `Retry-After`.
        "REQUEST_LIMIT_EXCEEDED" => What::Throttled { after_ms: None },
        "UNABLE_TO_LOCK_ROW" => What::Busy { after_ms: None },
        "CANNOT_DISABLE_LAST_ADMIN" => What::NeedsHuman,
        "ENTITY_IS_DELETED" | "NOT_FOUND" => What::Gone,
        "SERVER_UNAVAILABLE" => What::Unknown,
        code if code.starts_with("INSUFFICIENT_ACCESS") => What::Denied,
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => What::Denied,
        "LICENSE_LIMIT_EXCEEDED" | "MALFORMED_QUERY" | "INVALID_FIELD" | "INVALID_TYPE" | "MIXED_DML_OPERATION" => {
            What::Rejected
        }
        _ => return None,
    })
}

fn told(answer: &Answer, what: What, code: &str, reason: &str) -> Failure {
    let failure = answer.failure(what, reason).code(code);
    let cure = match code {
        "INVALID_SESSION_ID" => "check that the connected app and its integration user are active in this org",
        "LICENSE_LIMIT_EXCEEDED" => "free a licence of this kind (Setup > Company Information), then try again",
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => "give the integration user the permission API Enabled",
        code if code.starts_with("INSUFFICIENT_ACCESS") => {
            "give the integration user Manage Users, Assign Permission Sets, View Setup and Customize Application"
        }
        _ => return failure,
    };
    failure.cure(cure)
}

/// All of them in one line: Salesforce may name several.
fn words(errors: &[Value], code: &str) -> String {
    let said = |error: &Value| match (text(error, code), text(error, "message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => error.to_string(),
    };
    errors.iter().map(said).collect::<Vec<_>>().join("; ")
}

fn text<'a>(error: &'a Value, key: &str) -> Option<&'a str> {
    error.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> Failure {
        let body = format!(r#"[{{"message":"m","errorCode":"{code}","fields":[]}}]"#);
        failure(&Answer::to_act(status, &[], &body))
    }

    #[test]
    fn errors_are_arrays_and_all_of_them_are_told() {
        let two = r#"[{"message":"one","errorCode":"A"},{"message":"two","errorCode":"B","fields":["Email"]}]"#;
        let failure = failure(&Answer::to_act(400, &[], two));
        assert_eq!((failure.reason.as_str(), failure.code.as_str()), ("400: A: one; B: two", "A"));
        assert_eq!(failure.what, What::Rejected);
    }

    #[test]
    fn each_code_means_what_it_says() {
        for (status, code, wanted) in [
            (401, "INVALID_SESSION_ID", What::Locked),
            (403, "REQUEST_LIMIT_EXCEEDED", What::Throttled { after_ms: None }),
            (403, "API_DISABLED_FOR_ORG", What::Denied),
            (403, "INSUFFICIENT_ACCESS_OR_READONLY", What::Denied),
            (400, "UNABLE_TO_LOCK_ROW", What::Busy { after_ms: None }),
            (400, "CANNOT_DISABLE_LAST_ADMIN", What::NeedsHuman),
            (400, "LICENSE_LIMIT_EXCEEDED", What::Rejected),
            (400, "SOMETHING_NEW", What::Rejected),
            (404, "NOT_FOUND", What::Gone),
            (503, "SERVER_UNAVAILABLE", What::Unknown),
            (500, "UNKNOWN_EXCEPTION", What::Unknown),
        ] {
            assert_eq!(of(status, code).what, wanted, "{code}");
        }
        assert_eq!(failure(&Answer::to_act(502, &[], "<html>")).what, What::Unknown);
    }
}
