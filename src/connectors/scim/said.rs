//! What a service's errors mean (RFC 7644 3.12).

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What};

/// The failure's code where a service does not know the method: nothing was done.
pub(super) const NO_SUCH_METHOD: &str = "no such method";

/// The failure behind any answer that is not a success. Its code is the `scimType`, where there is one.
pub(super) fn failure(answer: &Answer) -> Failure {
    let failure = answer.by_status();
    let body = answer.try_json().unwrap_or(Value::Null);
    let kind = body.get("scimType").and_then(Value::as_str).unwrap_or_default();
    let reason = if kind.is_empty() { answer.told() } else { format!("{} ({kind})", answer.told()) };
    let same = |what: What| answer.failure(what, &reason).code(kind);
    match answer.status {
        405 | 501 => same(What::Rejected).code(NO_SUCH_METHOD),
        412 => same(What::Busy { after_ms: None }),
        400 if matches!(kind, "invalidPath" | "invalidSyntax" | "invalidValue" | "noTarget") => {
            same(What::Rejected).cure("try another `profile`: the service may want `active` in another way")
        }
        400..=499 if failure.what == What::Rejected => same(What::Rejected),
        401 => failure.code(kind).cure("make a new token for Nightlatch and store it: it is tried within a minute"),
        403 => failure.code(kind).cure("give the token the right to read and to provision users"),
        _ => failure.code(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_and_the_scim_type_decide() {
        for (status, kind, wanted) in [
            (400, "invalidPath", What::Rejected),
            (400, "mutability", What::Rejected),
            (401, "", What::Locked),
            (403, "", What::Denied),
            (404, "", What::Gone),
            (409, "uniqueness", What::Rejected),
            (412, "", What::Busy { after_ms: None }),
            (429, "", What::Throttled { after_ms: None }),
            (500, "", What::Unknown),
            (501, "", What::Rejected),
        ] {
            // `status` is a string here.
            let body = format!(r#"{{"schemas":["e"],"status":"{status}","scimType":"{kind}","detail":"words"}}"#);
            let failure = failure(&Answer::to_act(status, &[], &body));
            assert_eq!(failure.what, wanted, "{status} {kind}");
            assert!(failure.reason.starts_with(&format!("{status}: words")), "{}", failure.reason);
        }
        let page = failure(&Answer::to_act(502, &[], "<html>"));
        assert_eq!(page.what, What::Unknown);
    }
}
