//! One request, with what must never be shown of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::{Failure, What, mask};
use crate::connectors::call::Kind;
use crate::vault::Secret;

/// By which connections a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A pooled one.
    Warm,
    /// A new one of its own: for what must not happen twice.
    Fresh,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) kind: Kind,
    pub(crate) lane: Lane,
    pub(crate) method: Method,
    pub(crate) url: Url,
    headers: Vec<(String, Secret)>,
    body: Body,
    /// What is asked for, where neither method nor path tell.
    operation: Option<String>,
    /// Values that are masked wherever they come back.
    pub(super) hidden: Vec<Secret>,
}

#[derive(Debug, Clone)]
enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Text(String),
}

impl Request {
    pub(crate) fn new(kind: Kind, method: Method, url: Url) -> Self {
        Self {
            kind,
            lane: Lane::Warm,
            method,
            url,
            headers: Vec::new(),
            body: Body::None,
            operation: None,
            hidden: Vec::new(),
        }
    }

    pub(crate) fn get(url: Url) -> Self {
        Self::new(Kind::Read, Method::GET, url)
    }

    /// A `POST` that changes nothing, such as a query or a token request.
    pub(crate) fn ask(url: Url) -> Self {
        Self::new(Kind::Read, Method::POST, url)
    }

    pub(crate) fn act(method: Method, url: Url) -> Self {
        Self::new(Kind::Act, method, url)
    }

    /// On a connection of its own.
    pub(crate) fn fresh(mut self) -> Self {
        self.lane = Lane::Fresh;
        self
    }

    pub(crate) fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        self.url.query_pairs_mut().extend_pairs(pairs);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Secret::new(value.into())));
        self
    }

    /// `Authorization: {scheme} {secret}`, in place of any other.
    pub(crate) fn authorised(mut self, scheme: &str, secret: &Secret) -> Self {
        self.headers.retain(|(name, _)| name != "authorization");
        self = self.header("authorization", format!("{scheme} {}", secret.expose()));
        self.hide(secret.clone())
    }

    /// `Authorization: Basic` (RFC 7617), in place of any other.
    pub(crate) fn basic(self, user: &str, password: &Secret) -> Self {
        let pair = Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())));
        self.authorised("Basic", &pair).hide(password.clone())
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    pub(crate) fn form<K: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        self.body = Body::Form(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect());
        self
    }

    /// These very bytes, for a body that is signed.
    pub(crate) fn text(mut self, body: String) -> Self {
        self.body = Body::Text(body);
        self
    }

    /// Names what is asked for, for vendors whose every call goes to one address.
    pub(crate) fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// Masks this value wherever it comes back.
    pub(crate) fn hide(mut self, secret: Secret) -> Self {
        self.hidden.push(secret);
        self
    }

    /// Method, path and operation; never the query.
    pub(super) fn shown(&self) -> String {
        let operation = self.operation.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        mask::masked(&format!("{} {}{operation}", self.method, self.url.path()), &self.hidden)
    }

    /// Method and address; never the query.
    pub(super) fn addressed(&self) -> String {
        let (origin, path) = (self.url.origin().ascii_serialization(), self.url.path());
        mask::masked(&format!("{} {origin}{path}", self.method), &self.hidden)
    }

    /// Host and port.
    pub(super) fn host(&self) -> String {
        let port = self.url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.url.host_str().unwrap_or_default())
    }

    pub(crate) fn into_wire(self, client: &reqwest::Client) -> Result<reqwest::Request, Failure> {
        let kind = self.kind;
        let bad = |what: &str| {
            Failure::new(kind, What::Rejected, format!("{what} holds characters that cannot be sent"))
                .cure("correct the configuration or the secret: a line break at its end is a common cause")
        };
        let mut wire = client.request(self.method, self.url);
        for (name, value) in self.headers {
            let header: HeaderName = name.parse().map_err(|_| bad(&format!("the header name `{name}`")))?;
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad(&format!("the header `{name}`")))?;
            value.set_sensitive(true);
            wire = wire.header(header, value);
        }
        wire = match self.body {
            Body::None => wire,
            Body::Json(body) => wire.json(&body),
            Body::Form(pairs) => wire.form(&pairs),
            Body::Text(body) => wire.body(body),
        };
        wire.build().map_err(|_| bad("the request"))
    }
}
