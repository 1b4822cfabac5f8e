//! What Jamf Pro's errors mean: `{"httpStatus":…,"errors":[{"code","description"}]}`.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What};

/// Needed to send and to read commands; without it their address answers 401, as if the token were bad.
pub(super) const COMMANDS: &str = "View MDM command information in Jamf Pro API";

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let failure = answer.by_status_told(text("/errors/0/code"), text("/errors/0/description"));
    match failure.what {
        What::Locked => {
            failure.cure(format!("check the credentials, and that the API role has the privilege `{COMMANDS}`: without it, commands answer 401"))
        }
        What::Denied => failure.cure("give the API role the privileges that the action names"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_means_what_it_says_with_jamfs_words() {
        let body = |status: u16, code: &str| {
            format!(
                r#"{{"httpStatus":{status},"errors":[{{"code":"{code}","description":"why","id":"0","field":null}}]}}"#
            )
        };
        for (status, code, wanted) in [
            (400, "INVALID_FIELD", What::Rejected),
            (401, "INVALID_TOKEN", What::Locked),
            (403, "INVALID_PRIVILEGE", What::Denied),
            (404, "INVALID_ID", What::Gone),
            (500, "SERVER_ERROR", What::Unknown),
        ] {
            let failure = failure(&Answer::to_act(status, &[], &body(status, code)));
            assert_eq!((failure.what, failure.reason), (wanted, format!("{status}: {code}: why")));
        }
        assert!(failure(&Answer::to_act(401, &[], "")).cure.contains(COMMANDS));
        let limited = Answer::to_act(429, &[("retry-after", "7")], "");
        assert_eq!(failure(&limited).what, What::Throttled { after_ms: Some(7_000) });
    }
}
