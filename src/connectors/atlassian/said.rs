//! What Atlassian's errors mean: user management has a `key` with a reason or a list of codes, the organisation's API a
//! list of `errors`, and the gateway before both a `code` and a `message`.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What};

/// What the gateway names when the key was created with scopes: no scope is enough, the key must have none.
pub(super) const SCOPE: &str = "manage:org";

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = code(&body);
    let failure = answer.by_status_told(code, words(&body));
    if answer.status == 403 && body.to_string().contains(SCOPE) || code == "ADMIN-401-2" {
        let failure = Failure { what: What::Locked, ..failure };
        return failure.cure("create an API key without scopes: user management refuses every key that has scopes");
    }
    let failure = restricted(failure, code, reason_key(&body));
    if !failure.cure.is_empty() || failure.what == What::NeedsHuman {
        return failure;
    }
    match failure.what {
        What::Locked => failure.cure("create a new API key without scopes and store it: keys expire within a year"),
        What::Denied => failure.cure("let an organisation admin create the API key, without scopes"),
        _ => failure,
    }
}

/// The failure with what helps, where Atlassian's keys say why an account may not be managed from here.
pub(super) fn restricted(failure: Failure, code: &str, reason: &str) -> Failure {
    match restriction(code, reason) {
        // A person reads the reason alone.
        Some((What::NeedsHuman, cure)) => {
            Failure { what: What::NeedsHuman, reason: format!("{}; {cure}", failure.reason), ..failure }
        }
        Some((what, cure)) => Failure { what, ..failure }.cure(cure),
        None => failure,
    }
}

fn restriction(code: &str, reason: &str) -> Option<(What, &'static str)> {
    Some(match (code, reason) {
        (_, "externalDirectory.google") => (
            What::Rejected,
            "suspend the person in Google Workspace, from which the account is synced: Atlassian follows",
        ),
        (_, "externalDirectory.scim") => (
            What::Rejected,
            "deactivate the person in the identity provider, from which the account is synced: Atlassian follows",
        ),
        (_, "administrative.notMyself") => {
            (What::NeedsHuman, "the API key was created by this very person: create one as another admin")
        }
        ("forbidden.unclaimedDomain", _) | (_, "managedAccount" | "myselfOnly") => (
            What::Rejected,
            "verify the address's domain and claim the account, or cut the access with suspend-access alone",
        ),
        ("forbidden.action", _) => (
            What::Rejected,
            "look in Atlassian Administration where the account is managed: it may be synced from an identity provider",
        ),
        _ => return None,
    })
}

fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn code(body: &Value) -> &str {
    ["/key", "/code", "/errors/0/code", "/0/code"].into_iter().find_map(|at| text(body, at)).unwrap_or_default()
}

fn reason_key(body: &Value) -> &str {
    text(body, "/context/reason/key").unwrap_or_default()
}

fn words(body: &Value) -> &str {
    ["/context/reason/key", "/message", "/errors/0/detail", "/errors/0/title", "/0/message", "/context/domain"]
        .into_iter()
        .find_map(|at| text(body, at))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_means_what_it_says() {
        let synced =
            r#"{"key":"forbidden.action","context":{"allowed":"false","reason":{"key":"externalDirectory.google"}}}"#;
        for (status, body, wanted, code) in [
            (401, r#"{"code":401,"message":"Unauthorized"}"#, What::Locked, ""),
            (403, r#"{"code":"403","message":"the scope manage:org is needed"}"#, What::Locked, "403"),
            (401, r#"{"errors":[{"code":"ADMIN-401-2","title":"INSUFFICIENT_SCOPE"}]}"#, What::Locked, "ADMIN-401-2"),
            (403, synced, What::Rejected, "forbidden.action"),
            (403, r#"{"key":"forbidden.action"}"#, What::Rejected, "forbidden.action"),
            (
                403,
                r#"{"key":"forbidden.unclaimedDomain","context":{"domain":"home.example"}}"#,
                What::Rejected,
                "forbidden.unclaimedDomain",
            ),
            (403, r#"{"errors":[{"code":"ADMIN-UAM-403-2","title":"t"}]}"#, What::Denied, "ADMIN-UAM-403-2"),
            (404, r#"{"errors":[{"code":"ADMIN-UAM-404-1"}]}"#, What::Gone, "ADMIN-UAM-404-1"),
            (400, r#"[{"code":"account.invalid","message":"m"}]"#, What::Rejected, "account.invalid"),
            (429, "", What::Throttled { after_ms: None }, ""),
            (500, "<html>", What::Unknown, ""),
        ] {
            let failure = failure(&Answer::to_act(status, &[], body));
            assert_eq!((failure.what, failure.code.as_str()), (wanted, code), "{body}");
        }
        let told = failure(&Answer::to_act(403, &[], synced));
        assert_eq!(told.reason, "403: forbidden.action: externalDirectory.google");
    }
}
