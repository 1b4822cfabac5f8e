//! An answer, and what giving it meant.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::Bytes;
use serde_json::Value;

pub(super) struct Reply {
    pub(super) status: u16,
    content_type: Option<&'static str>,
    headers: Vec<(&'static str, HeaderValue)>,
    body: Bytes,
    /// The effect that the call asks for was carried out by this very call.
    pub(super) executed: bool,
    /// The irreversible operation that this call took back, after which doing it anew is no repeat.
    pub(super) undoes: Option<&'static str>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Reply {
        Reply::bytes(status, Some("application/json; charset=UTF-8"), body.to_string())
    }

    pub(super) fn text(status: u16, body: impl Into<String>) -> Reply {
        Reply::bytes(status, Some("text/plain; charset=utf-8"), body.into())
    }

    pub(super) fn html(status: u16, body: impl Into<String>) -> Reply {
        Reply::bytes(status, Some("text/html; charset=utf-8"), body.into())
    }

    pub(super) fn xml(status: u16, body: impl Into<String>) -> Reply {
        Reply::bytes(status, Some("text/xml"), body.into())
    }

    /// No body at all: of a 204, and of those calls that answer 200 and nothing.
    pub(super) fn empty(status: u16) -> Reply {
        Reply::bytes(status, None, String::new())
    }

    fn bytes(status: u16, content_type: Option<&'static str>, body: String) -> Reply {
        Reply { status, content_type, headers: Vec::new(), body: Bytes::from(body), executed: false, undoes: None }
    }

    /// Marks that the effect was carried out.
    pub(super) fn done(mut self) -> Reply {
        self.executed = true;
        self
    }

    pub(super) fn undoing(mut self, op: &'static str) -> Reply {
        self.undoes = Some(op);
        self
    }

    /// Text that cannot stand in a header is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.extend(HeaderValue::try_from(value.into()).ok().map(|value| (name, value)));
        self
    }

    pub(super) fn with_number(mut self, name: &'static str, value: u64) -> Reply {
        self.headers.push((name, HeaderValue::from(value)));
        self
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    pub(super) fn of_type(mut self, content_type: &'static str) -> Reply {
        self.content_type = Some(content_type);
        self
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(kind) = self.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            headers.append(HeaderName::from_static(name), value);
        }
        response
    }
}
