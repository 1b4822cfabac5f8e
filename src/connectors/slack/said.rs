//! What Slack's errors mean: the web API's words, and SCIM's codes in either of its two shapes.

use serde_json::Value;

use crate::connectors::http::{Answer, Failure, What, limits};

/// The `error` of a web API answer that failed; empty if it is none.
pub(super) fn web_error(answer: &Answer) -> String {
    let body = answer.try_json().unwrap_or(Value::Null);
    match (body.get("ok"), body.get("error").and_then(Value::as_str)) {
        (Some(Value::Bool(false)), error) => error.unwrap_or("unknown_error").to_owned(),
        _ => String::new(),
    }
}

/// A token that is no good any more, or never was. Both halves say it in their own way.
pub(super) fn refuses_token(answer: &Answer) -> bool {
    answer.status == 401
        || matches!(web_error(answer).as_str(), "invalid_auth" | "not_authed" | "token_revoked" | "token_expired")
}

/// The failure behind a web API answer, if it is one. Success is `ok: true` and nothing less.
pub(super) fn web(answer: &Answer) -> Option<Failure> {
    let error = web_error(answer);
    if error.is_empty() {
        let body = answer.try_json();
        if answer.ok() && body.as_ref().and_then(|body| body.get("ok")) == Some(&Value::Bool(true)) {
            return None;
        }
        if answer.ok() {
            let reason = format!("status {} without Slack's `ok`", answer.status);
            return Some(answer.failure(What::Unknown, reason));
        }
        return Some(answer.by_status());
    }
    let after_ms = limits::retry_after(&answer.headers);
    let body = answer.try_json().unwrap_or(Value::Null);
    let needed = body.get("needed").and_then(Value::as_str).unwrap_or_default();
    let (what, cure) = match error.as_str() {
        "ratelimited" | "rate_limited" => (What::Throttled { after_ms }, String::new()),
        "service_unavailable" if after_ms.is_some() => (What::Throttled { after_ms }, String::new()),
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => (
            What::Locked,
            "install the app anew with an active admin's account and store the new user token".to_owned(),
        ),
        "missing_scope" | "no_permission" => {
            (What::Denied, format!("add the scope {needed} to the app and install it anew").replace("  ", " "))
        }
        "not_allowed_token_type"
        | "not_an_admin"
        | "access_denied"
        | "org_login_required"
        | "team_access_not_granted" => {
            (What::Denied, "use a user token of an organisation owner, installed for the whole organisation".to_owned())
        }
        "restricted_action" | "permission_denied" => {
            (What::Denied, "a setting of the workspace keeps this from the token's owner: allow it there".to_owned())
        }
        "paid_only" | "paid_teams_only" | "plan_upgrade_required" => {
            (What::Denied, "this workspace's plan does not have it: leave the action out by the runbook".to_owned())
        }
        "feature_not_enabled" | "not_an_enterprise" | "enterprise_is_restricted" => {
            (What::Denied, "set enterprise = false: this plan has no admin methods".to_owned())
        }
        "users_not_found" | "user_not_found" => (What::Gone, String::new()),
        "cannot_reset_primary_owner" => (What::NeedsHuman, String::new()),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "unknown_error" => {
            (What::Unknown, String::new())
        }
        _ => (What::Rejected, String::new()),
    };
    let reason = if needed.is_empty() { format!("Slack: {error}") } else { format!("Slack: {error} ({needed})") };
    let mut failure = answer.failure(what, reason).code(error).cure(cure);
    if failure.what == What::NeedsHuman {
        failure.reason.push_str("; hand the primary ownership over first");
    }
    Some(failure)
}

/// The failure behind a SCIM answer that is not a success (RFC 7644 3.12, and Slack's older shape).
pub(super) fn scim(answer: &Answer) -> Failure {
    let failure = answer.by_status();
    let said = answer.said().to_lowercase();
    if answer.status == 403 && said.contains("owner") {
        let reason = format!("{}; hand the ownership over first", answer.told());
        return answer.failure(What::NeedsHuman, reason);
    }
    match failure.what {
        What::Locked | What::Denied => {
            failure.cure("use a user token with the scope `admin` of an owner; SCIM needs Business+ or Enterprise")
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_web_api_fails_with_200() {
        for (error, wanted) in [
            ("ratelimited", What::Throttled { after_ms: None }),
            ("invalid_auth", What::Locked),
            ("missing_scope", What::Denied),
            ("feature_not_enabled", What::Denied),
            ("restricted_action", What::Denied),
            ("paid_teams_only", What::Denied),
            ("cant_kick_self", What::Rejected),
            ("users_not_found", What::Gone),
            ("user_not_found", What::Gone),
            ("cannot_reset_primary_owner", What::NeedsHuman),
            ("cannot_reset_bot", What::Rejected),
            ("internal_error", What::Unknown),
            ("fatal_error", What::Unknown),
        ] {
            let answer = Answer::to_act(200, &[], &format!(r#"{{"ok":false,"error":"{error}"}}"#));
            assert_eq!(web(&answer).unwrap().what, wanted, "{error}");
        }
        assert_eq!(web(&Answer::to_act(200, &[], r#"{"ok":true}"#)), None);
        for neither in ["{}", "[]", "ok", "<html>", r#"{"ok":"true"}"#] {
            assert_eq!(web(&Answer::to_act(200, &[], neither)).unwrap().what, What::Unknown, "{neither}");
        }
        let limited = Answer::to_act(429, &[("retry-after", "30")], r#"{"ok":false,"error":"ratelimited"}"#);
        assert_eq!(web(&limited).unwrap().what, What::Throttled { after_ms: Some(30_000) });
    }

    #[test]
    fn scim_has_two_shapes_for_one_error() {
        let shapes = [
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"DETAIL","status":"403"}"#,
            r#"{"Errors":{"description":"DETAIL","code":403}}"#,
        ];
        for shape in shapes {
            let owner = shape.replace("DETAIL", "cannot_deactivate_primary_owner");
            assert_eq!(scim(&Answer::to_act(403, &[], &owner)).what, What::NeedsHuman);
            let failure = scim(&Answer::to_act(403, &[], shape));
            assert_eq!((failure.what, failure.reason.as_str()), (What::Denied, "403: DETAIL"));
        }
    }
}
