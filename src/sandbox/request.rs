//! A call as the handlers read it: path taken apart, body complete.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::{Bytes, Incoming};
use serde_json::Value;

/// More than any real call of these APIs needs.
const BODY_LIMIT: usize = 1024 * 1024;

pub(super) struct Request {
    pub(super) method: Method,
    /// As sent, without the query.
    pub(super) path: String,
    /// The path's parts, percent-decoded, empty ones left out.
    pub(super) segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    /// `None` when the client went away, or sent more than the limit, before the call was complete.
    pub(super) async fn read(raw: hyper::Request<Incoming>) -> Option<Request> {
        let (head, body) = raw.into_parts();
        let body = to_bytes(Body::new(body), BODY_LIMIT).await.ok()?;
        let path = head.uri.path().to_owned();
        let segments = path.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect();
        let query = pairs(head.uri.query().unwrap_or_default());
        Some(Request { method: head.method, path, segments, query, headers: head.headers, body })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The rest of `Authorization` after `scheme`, whose case does not matter (RFC 9110, 11.1).
    pub(super) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (given, rest) = self.header("authorization")?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then_some(rest.trim())
    }

    /// User name of Basic authentication (RFC 7617).
    pub(super) fn basic_user(&self) -> Option<String> {
        let bytes = STANDARD.decode(self.authorization("basic")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        Some(text.split_once(':').map_or(text.as_str(), |(user, _)| user).to_owned())
    }

    /// Password of Basic authentication.
    pub(super) fn basic_password(&self) -> Option<String> {
        let bytes = STANDARD.decode(self.authorization("basic")?).ok()?;
        let (_, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        Some(password.to_owned())
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn query_number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as a form, whatever its declared type.
    pub(super) fn form(&self) -> Vec<(String, String)> {
        std::str::from_utf8(&self.body).map(pairs).unwrap_or_default()
    }

    /// The body is declared to be of this type.
    pub(super) fn is_of_type(&self, wanted: &str) -> bool {
        self.header(header::CONTENT_TYPE.as_str())
            .is_some_and(|given| given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted)))
    }
}

/// Reads `a=1&b=2`.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// The first value of `name` in a form.
pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
fn decode(text: &str, plus_is_space: bool) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|digits| {
            let mut byte = [0_u8];
            hex::decode_to_slice(digits, &mut byte).ok().map(|()| byte[0])
        });
        match (bytes[at], escape) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
