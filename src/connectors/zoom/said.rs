//! What Zoom's errors mean: `{code, message, errors}`, where the code says more than the status.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// A day's pool is full again at midnight, UTC; until then one try an hour is enough.
const AN_HOUR_MS: u64 = 3_600_000;

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = body.get("code").and_then(Value::as_u64).unwrap_or_default();
    let (what, cure) = match (answer.status, code) {
        (429, _) => (What::Throttled { after_ms: limits::retry_after(&answer.headers).or(Some(rest(answer))) }, ""),
        (401, _) | (_, 124) => {
            (What::Locked, "check account_id, client_id and client_secret, and that the app is active")
        }
        (_, 4700 | 4711) => (What::Denied, "add the scopes that Zoom names to the server-to-server app"),
        // Any other 404 is no word about the user: the address of the API may be wrong.
        (404, 1001) => (What::Gone, ""),
        (404, _) => (What::Rejected, "check base_url: this is no answer about the user"),
        (400, 2033 | 2034 | 2038 | 2039 | 3412) => {
            (What::Rejected, "free or buy a licence of this kind, then try again")
        }
        (400, 1108) => (What::Denied, "give the app's role the permission to change users"),
        _ => return answer.by_status().code(shown(code)),
    };
    let failure = answer.failure(what, told(answer, &body)).code(shown(code));
    if cure.is_empty() { failure } else { failure.cure(cure) }
}

/// Header or no header, the words tell which limit it was.
fn rest(answer: &Answer) -> u64 {
    let said = answer.said().to_lowercase();
    match () {
        () if said.contains("daily") => AN_HOUR_MS,
        () if said.contains("minute") => 60_000,
        () => 1_000,
    }
}

fn shown(code: u64) -> String {
    if code == 0 { String::new() } else { code.to_string() }
}

/// The words, with the fields that did not pass.
fn told(answer: &Answer, body: &Value) -> String {
    let fields = body.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let field = |error: &Value| {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}: {}", text("field"), text("message"))
    };
    let message = body.get("message").and_then(Value::as_str).unwrap_or_else(|| answer.said());
    let said = std::iter::once(message.to_owned()).chain(fields.iter().map(field)).collect::<Vec<_>>().join("; ");
    let code = body.get("code").map(|code| format!(" (code {code})")).unwrap_or_default();
    format!("{}: {said}{code}", answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Failure {
        failure(&Answer::to_act(status, &[], body))
    }

    #[test]
    fn only_code_1001_says_that_there_is_no_such_user() {
        assert_eq!(of(404, r#"{"code":1001,"message":"User does not exist: x."}"#).what, What::Gone);
        assert_eq!(of(404, r#"{"code":2300,"message":"This API endpoint is not recognized."}"#).what, What::Rejected);
        assert_eq!(of(404, "<html>404</html>").what, What::Rejected);
    }

    #[test]
    fn the_words_tell_which_limit_it_was() {
        let limited = |message: &str| of(429, &format!(r#"{{"code":429,"message":"{message}"}}"#)).what;
        let after = |ms: u64| What::Throttled { after_ms: Some(ms) };
        assert_eq!(limited("You have reached the maximum per-second rate limit for this API."), after(1_000));
        assert_eq!(limited("You have exceeded the per-minute rate limit"), after(60_000));
        assert_eq!(limited("You have reached the maximum daily rate limit for this API."), after(AN_HOUR_MS));
    }

    #[test]
    fn a_validation_names_its_fields() {
        let body =
            r#"{"code":300,"message":"Validation Failed.","errors":[{"field":"type","message":"Invalid field."}]}"#;
        assert_eq!(
            of(400, r#"{"code":3412,"message":"maximum"}"#).cure,
            "free or buy a licence of this kind, then try again"
        );
        let failure = of(401, body);
        assert_eq!(
            (failure.what, failure.reason.as_str()),
            (What::Locked, "401: Validation Failed.; type: Invalid field. (code 300)")
        );
        assert_eq!(of(400, body).what, What::Rejected);
        assert_eq!(of(400, r#"{"code":4711,"message":"does not contain scopes"}"#).what, What::Denied);
    }
}
