//! An answer that came, and what a bare status means where the vendor says no more.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Failure, What, limits, mask};
use crate::connectors::call::Kind;
use crate::vault::Secret;

/// Status, headers and body; the words in it that may be shown.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    /// What was asked, as in `GET https://desk.corp.example/api/me`: no query, nothing that must not be shown.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
    hidden: Vec<Secret>,
    said: String,
}

impl Answer {
    pub(crate) fn new(
        kind: Kind,
        asked: String,
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
        hidden: Vec<Secret>,
    ) -> Self {
        let said = mask::masked(&words(status, &body), &hidden);
        Self { kind, asked, status, headers, body, hidden, said }
    }

    /// An answer to an act, for the tables of what vendors say.
    #[cfg(test)]
    pub(crate) fn to_act(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (reqwest::header::HeaderName::from_static(name), reqwest::header::HeaderValue::from_static(value))
            })
            .collect();
        Self::new(
            Kind::Act,
            "POST https://api.corp.example/act".to_owned(),
            status,
            headers,
            body.as_bytes().to_vec(),
            Vec::new(),
        )
    }

    /// The vendor's words, masked and cut; empty on success.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; anything else is no answer: unknown for an act, a missed answer for a read.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| {
            let what = if looks_like_html(&self.body) { "an HTML page" } else { "something else" };
            self.failure(What::Unknown, format!("status {} with {what} where JSON was expected", self.status))
        })
    }

    /// The body as JSON if it is that.
    pub(crate) fn try_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body is nothing but white space.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.iter().all(u8::is_ascii_whitespace)
    }

    /// Success has no body: what stands in for it is none.
    pub(crate) fn nothing(&self) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        Err(self.failure(What::Unknown, format!("status {} with a body where none was expected", self.status)))
    }

    /// Success has no body, or one in JSON that says no more; a page that stands in for it is none.
    pub(crate) fn no_page(&self) -> Result<(), Failure> {
        if self.is_empty() || self.try_json().is_some() {
            return Ok(());
        }
        Err(self.failure(What::Unknown, format!("status {} with a page where nothing was expected", self.status)))
    }

    /// It is a page for a browser, whatever its status says.
    pub(crate) fn is_html(&self) -> bool {
        looks_like_html(&self.body)
    }

    /// A text of one's own about the answer, with what must not be shown masked.
    pub(crate) fn masked(&self, text: &str) -> String {
        mask::masked(text, &self.hidden)
    }

    pub(crate) fn failure(&self, what: What, reason: impl AsRef<str>) -> Failure {
        let page = what == What::Unknown && self.ok() && self.is_html();
        let failure = Failure::new(self.kind, what, mask::masked(reason.as_ref(), &self.hidden));
        if page {
            return failure.cure("look at the address, and at what stands between: a proxy or a sign-in page answers");
        }
        failure
    }

    /// The words with the status, as in `403: Not Authorized`.
    pub(crate) fn told(&self) -> String {
        if self.said.is_empty() { format!("status {}", self.status) } else { format!("{}: {}", self.status, self.said) }
    }

    /// What the status means where the vendor's own shape says no more (RFC 9110 15).
    pub(crate) fn by_status(&self) -> Failure {
        let after_ms = limits::retry_after(&self.headers);
        let what = match self.status {
            300..=399 => {
                return self
                    .failure(What::Rejected, format!("{}: redirected elsewhere, which is never followed", self.status))
                    .cure("set the address that the vendor redirects to, if it is the vendor's");
            }
            401 | 407 => What::Locked,
            403 => What::Denied,
            404 | 410 => What::Gone,
            429 => What::Throttled { after_ms },
            503 if after_ms.is_some() => What::Throttled { after_ms },
            408 | 500.. => What::Unknown,
            400..=499 => What::Rejected,
            _ => What::Unknown,
        };
        self.failure(what, self.told())
    }

    /// The same in the vendor's own shape: its code and its words, where it gives any, with the status before them.
    pub(crate) fn by_status_told(&self, code: &str, words: &str) -> Failure {
        let plain = self.by_status();
        let told = [code, words].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
        if told.is_empty() {
            return plain.code(code);
        }
        self.failure(plain.what, format!("{}: {told}", self.status)).code(code).cure(plain.cure)
    }
}

fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().copied().skip_while(u8::is_ascii_whitespace).take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with(b"<!doctype") || start.starts_with(b"<html") || start.starts_with(b"<?xml")
}

/// Finds the sentence in the shapes that vendors use for errors. A success says nothing, for its body may hold secrets.
fn words(status: u16, body: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let Some(json) = json else {
        if let Some(error) = xml_error(body).filter(|_| status >= 300) {
            return error;
        }
        return match (status, looks_like_html(body)) {
            (200..=299, _) => String::new(),
            (_, true) => "(an HTML page)".to_owned(),
            _ => String::from_utf8_lossy(&body[..body.len().min(2_000)]).into_owned(),
        };
    };
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    if (200..300).contains(&status) {
        // Slack's web API and GraphQL fail with 200.
        let failed = json.get("ok") == Some(&Value::Bool(false)) || json.get("errors").is_some_and(Value::is_array);
        if !failed {
            return String::new();
        }
    }
    let code =
        ["/errorCode", "/error/errors/0/reason", "/error/status", "/error", "/__type"].into_iter().find_map(text);
    let sentence = [
        "/error/message",
        "/errorSummary",
        "/error_description",
        "/message",
        "/0/message",
        "/Message",
        "/detail",
        "/Errors/description",
        "/errors/0/message",
        "/error/errors/0/message",
    ]
    .into_iter()
    .find_map(text);
    match (code, sentence) {
        (Some(code), Some(sentence)) => format!("{code}: {sentence}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

/// AWS's error in XML, as in `<Error><Code>NoSuchEntity</Code><Message>...`.
fn xml_error(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let inside = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.trim())
    };
    let code = inside("Code")?;
    Some(inside("Message").map_or_else(|| code.to_owned(), |message| format!("{code}: {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_status_means_what_the_standard_says() {
        let what = |status: u16, headers: &[(&'static str, &'static str)]| {
            Answer::to_act(status, headers, "").by_status().what
        };
        assert_eq!(what(429, &[("retry-after", "3")]), What::Throttled { after_ms: Some(3_000) });
        assert_eq!(what(429, &[]), What::Throttled { after_ms: None });
        assert_eq!(what(503, &[("retry-after", "3")]), What::Throttled { after_ms: Some(3_000) });
        for unknown in [100, 200, 408, 500, 502, 503, 504] {
            assert_eq!(what(unknown, &[]), What::Unknown, "{unknown}");
        }
        for (status, wanted) in [
            (302, What::Rejected),
            (400, What::Rejected),
            (401, What::Locked),
            (403, What::Denied),
            (404, What::Gone),
            (410, What::Gone),
            (422, What::Rejected),
        ] {
            assert_eq!(what(status, &[]), wanted, "{status}");
        }
    }

    #[test]
    fn a_success_says_nothing_for_its_body_may_hold_secrets() {
        let codes = Answer::to_act(200, &[], r#"{"items":[{"verificationCode":"12345678"}],"message":"m"}"#);
        assert_eq!(codes.said(), "");
        let slack = Answer::to_act(200, &[], r#"{"ok":false,"error":"user_not_found"}"#);
        assert_eq!(slack.said(), "user_not_found");
        let page = Answer::to_act(502, &[], " <!DOCTYPE html><html>x</html>");
        assert_eq!((page.said(), page.is_html()), ("(an HTML page)", true));
    }
}
