//! What Adobe says: in the body of a 200 above all, and in two shapes of errors, the API's and the gateway's.

use serde::Deserialize;
use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What};

/// The body of an answer to commands (docs/en/api/ActionsRef.md).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Done {
    result: String,
    completed: u32,
    completed_in_test_mode: u32,
    not_completed: u32,
    errors: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    error_code: String,
    message: String,
}

/// The failure behind a 200, if it is one. Success is all of `commands` completed, and nothing less.
pub(super) fn commands(answer: &Answer, commands: usize, test_mode: bool) -> Result<(), Failure> {
    let done: Done = answer.json()?;
    let completed = if test_mode { done.completed_in_test_mode } else { done.completed };
    if done.result == "success" && done.not_completed == 0 && usize::try_from(completed) == Ok(commands) {
        return Ok(());
    }
    let Some(told) = done.errors.first() else {
        let reason = format!(
            "status {} with result `{}`, {completed} of {commands} completed, and no error named",
            answer.status, done.result
        );
        return Err(answer.failure(What::Unknown, reason));
    };
    let reason = format!("result `{}`: {}: {}", done.result, told.error_code, told.message);
    Err(coded(answer.failure(What::Rejected, reason), &told.error_code))
}

/// The failure behind any answer that is not a 200.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let (result, gateway) = (text("result"), text("error_code"));
    let failure = answer.by_status();
    match (answer.status, result) {
        (400..=499, result) if result.starts_with("error.") => {
            let told =
                answer.failure(failure.what.clone(), format!("{}: {result}: {}", answer.status, text("message")));
            coded(told, result)
        }
        // A path that is not there is no proof that a person is not there.
        (404, _) => answer.failure(What::Rejected, answer.told()).cure("check org_id and base_url"),
        (401 | 403, _) => Failure { what: What::Locked, ..failure }
            .code(gateway)
            .cure("check client_id, and that its project has the User Management API for this organisation"),
        _ => failure.code(gateway),
    }
}

/// What an error code of the reference means (docs/en/api/ErrorRef.md).
fn coded(failure: Failure, code: &str) -> Failure {
    let failure = failure.code(code);
    let (what, cure) = match code {
        "error.user.not_found"
        | "error.user.nonexistent"
        | "error.user.not_in_org"
        | "error.user.nonexistent_or_has_conflicting_parameters" => (What::Gone, ""),
        "error.throttled_by_external_service" => (What::Throttled { after_ms: None }, ""),
        "error.organization.migrating" | "error.api.not_available" => (What::Busy { after_ms: None }, ""),
        "error.apikey.invalid" => (What::Locked, "check client_id: it is the API key as well"),
        "error.organization.invalid_id" | "error.organization.invalid_name" => (What::Locked, "check org_id"),
        "error.domain.trust.nonexistent" | "error.user.belongs_to_another_org" | "error.api.user.not.parent.org" => (
            What::Rejected,
            "the person's domain belongs to another organisation, which alone can do this: ask its admin",
        ),
        _ if code.starts_with("error.internal.") => (What::Unknown, ""),
        _ => (What::Rejected, ""),
    };
    Failure { what, ..failure }.cure(cure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(result: &str, completed: u32, not: u32, code: &str) -> String {
        let errors = match code {
            "" => String::new(),
            code => format!(r#","errors":[{{"index":0,"step":0,"message":"m","errorCode":"{code}"}}]"#),
        };
        format!(
            r#"{{"result":"{result}","completed":{completed},"notCompleted":{not},"completedInTestMode":0{errors}}}"#
        )
    }

    #[test]
    fn a_200_is_what_its_body_says() {
        let what = |body: &str| commands(&Answer::to_act(200, &[], body), 1, false).map_err(|failure| failure.what);
        assert_eq!(what(&body("success", 1, 0, "")), Ok(()));
        for (body, wanted) in [
            (body("error", 0, 1, "error.user.nonexistent"), What::Gone),
            (body("partial", 0, 1, "error.group.not_found"), What::Rejected),
            (body("error", 0, 1, "error.throttled_by_external_service"), What::Throttled { after_ms: None }),
            (body("error", 0, 1, "error.organization.migrating"), What::Busy { after_ms: None }),
            (body("error", 0, 1, "error.internal.removefromorg"), What::Unknown),
            (body("error", 0, 1, "error.domain.trust.nonexistent"), What::Rejected),
            (body("success", 0, 0, ""), What::Unknown),
            (body("success", 1, 1, ""), What::Unknown),
            (body("error", 0, 1, ""), What::Unknown),
            ("{}".to_owned(), What::Unknown),
            ("<html>".to_owned(), What::Unknown),
        ] {
            assert_eq!(what(&body), Err(wanted), "{body}");
        }
    }

    #[test]
    fn in_test_mode_nothing_is_completed() {
        let answer = |body: &str| commands(&Answer::to_act(200, &[], body), 1, true);
        let rehearsed = r#"{"result":"success","completed":0,"completedInTestMode":1,"notCompleted":0}"#;
        assert_eq!(answer(rehearsed), Ok(()));
        assert!(answer(&body("success", 1, 0, "")).is_err());
    }

    #[test]
    fn only_a_404_that_names_the_user_says_that_there_is_none() {
        for (status, body, wanted) in [
            (404, r#"{"result":"error.user.not_found","message":"m"}"#, What::Gone),
            (404, r#"{"message":"no such path"}"#, What::Rejected),
            (404, "<html>", What::Rejected),
            (400, r#"{"result":"error.apikey.invalid","message":"m"}"#, What::Locked),
            (400, r#"{"result":"error.organization.invalid_id","message":"m"}"#, What::Locked),
            (401, r#"{"error_code":"401013","message":"Oauth token is not valid"}"#, What::Locked),
            (403, r#"{"error_code":"403003","message":"Api Key is invalid"}"#, What::Locked),
            (500, "", What::Unknown),
        ] {
            assert_eq!(failure(&Answer::to_act(status, &[], body)).what, wanted, "{status} {body}");
        }
        let limited =
            Answer::to_act(429, &[("retry-after", "38")], r#"{"error_code":"429050","message":"Too many requests"}"#);
        let failure = failure(&limited);
        assert_eq!((failure.what, failure.code.as_str()), (What::Throttled { after_ms: Some(38_000) }, "429050"));
    }
}
