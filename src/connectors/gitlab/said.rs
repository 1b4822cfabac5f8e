//! What GitLab's errors mean: a sentence, a table of fields, or plain text.

use crate::connectors::http::{Answer, Failure, What, limits};

/// "Retry later" where no header names a time.
const A_MINUTE: u64 = 60_000;

/// The failure behind any answer that is not a success.
pub(super) fn failure(answer: &Answer) -> Failure {
    if answer.status == 429 {
        // Limits of the application itself have no headers; the others have, as epoch seconds.
        let after_ms = limits::retry_after(&answer.headers)
            .or_else(|| limits::remaining(&answer.headers).and_then(|(_, reset)| reset))
            .or(Some(A_MINUTE));
        return answer.failure(What::Throttled { after_ms }, answer.told());
    }
    let mut failure = answer.by_status();
    if let Some(fields) = fields(answer) {
        failure.reason = answer.masked(&fields);
    }
    match failure.what {
        What::Denied => {
            let cure = "use an administrator's token with the scope api, and admin_mode too where Admin Mode is on; on \
                        GitLab.com, a group owner's";
            failure.cure(cure)
        }
        _ => failure,
    }
}

/// The fields that `{"message": {"field": ["..."]}}` complains of.
fn fields(answer: &Answer) -> Option<String> {
    let body = answer.try_json()?;
    let fields = body.get("message").filter(|message| message.is_object() || message.is_array())?;
    Some(format!("{}: {fields}", answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Failure {
        failure(&Answer::to_act(status, headers, body))
    }

    #[test]
    fn retry_later_is_plain_text_and_its_reset_is_an_epoch() {
        let now = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let wait = |headers: &[(&'static str, &'static str)]| said(429, headers, "Retry later\n").what;
        assert_eq!(wait(&[("retry-after", "30")]), What::Throttled { after_ms: Some(30_000) });
        let reset = [now, ("ratelimit-limit", "60"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "784111797")];
        assert_eq!(wait(&reset), What::Throttled { after_ms: Some(20_000) });
        assert_eq!(wait(&[]), What::Throttled { after_ms: Some(A_MINUTE) });
        assert_eq!(said(429, &[], "Retry later\n").reason, "429: Retry later");
    }

    #[test]
    fn an_error_is_a_sentence_or_a_table_of_fields() {
        assert_eq!(said(404, &[], r#"{"message":"404 User Not Found"}"#).what, What::Gone);
        let fields = said(400, &[], r#"{"message":{"access_level":["is not included in the list"]}}"#);
        assert_eq!(fields.what, What::Rejected);
        assert!(fields.reason.contains("access_level") && fields.reason.contains("not included"), "{}", fields.reason);
        let scope = said(403, &[], r#"{"error":"insufficient_scope","error_description":"needs higher privileges"}"#);
        assert!(scope.what == What::Denied && scope.cure.contains("admin_mode"));
        assert_eq!(said(401, &[], r#"{"message":"401 Unauthorized"}"#).what, What::Locked);
        assert_eq!(said(502, &[], "<html>GitLab is not responding</html>").what, What::Unknown);
    }
}
