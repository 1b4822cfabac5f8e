//! Renders a declared request and sends it, signed in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::Value as Jinja;
use reqwest::{Method, Url};
use serde_json::Value;

use super::auth::Door;
use super::config;
use super::template::{self, Values};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Lane, Request, What, token};
use crate::vault::{Secret, SecretRef};

type Secrets = Arc<Vec<(String, Secret)>>;

pub(super) struct Client {
    base: Base,
    headers: BTreeMap<String, String>,
    refs: BTreeMap<String, SecretRef>,
    secrets: Mutex<Option<Secrets>>,
    door: Door,
    http: Http,
}

/// Which page of what a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// As the request says.
    First,
    /// With this query parameter, in place of any other value of it.
    Query(String, String),
    /// At this address instead, of the same origin.
    Url(Url),
}

impl Client {
    pub(super) fn new(config: &config::Config, http: Http) -> Self {
        Self {
            base: config.base_url.clone(),
            headers: config.headers.clone(),
            refs: config.secrets.clone(),
            secrets: Mutex::default(),
            door: Door::new(config.auth.clone()),
            http,
        }
    }

    /// The headers of every request.
    pub(super) fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    /// Whether a request of the right shape comes of these values.
    pub(super) fn try_out(&self, request: &config::Request, values: &Values) -> Result<(), String> {
        self.rendered((Kind::Read, Lane::Warm), request, &At::First, values, &self.stand_ins()).map(drop)
    }

    /// Values in place of the secrets, which are not fetched to try something out.
    pub(super) fn stand_ins(&self) -> Vec<(String, Secret)> {
        self.refs.keys().map(|name| (name.clone(), Secret::new("secret"))).collect()
    }

    pub(super) async fn read(
        &self,
        request: &config::Request,
        values: &Values,
        call: &Call,
    ) -> Result<Answer, Failure> {
        self.send((Kind::Read, Lane::Warm), request, &At::First, values, call).await
    }

    /// Sends it; on a 401 once more with secrets fetched anew, if they have changed.
    pub(super) async fn send(
        &self,
        way: (Kind, Lane),
        request: &config::Request,
        at: &At,
        values: &Values,
        call: &Call,
    ) -> Result<Answer, Failure> {
        let secrets = self.secrets(call).await?;
        let wire = self.rendered(way, request, at, values, &secrets).map_err(unmade)?;
        let answer = self.door.send(&self.http, wire, call).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        *self.slot() = None;
        let renewed = self.secrets(call).await?;
        let same = renewed.iter().zip(secrets.iter()).all(|((_, new), (_, old))| new.expose() == old.expose());
        if same {
            return Ok(answer);
        }
        let wire = self.rendered(way, request, at, values, &renewed).map_err(unmade)?;
        self.door.send(&self.http, wire, call).await
    }

    /// Where it would be sent.
    pub(super) async fn address(
        &self,
        request: &config::Request,
        values: &Values,
        at: &At,
        call: &Call,
    ) -> Result<Url, Failure> {
        let secrets = self.secrets(call).await?;
        self.url(request, at, &values.with(&secrets)).map_err(unmade)
    }

    /// Fetches all that is needed to sign in, without asking the system itself.
    pub(super) async fn open(&self, call: &Call) -> Result<(), Failure> {
        self.secrets(call).await?;
        self.door.open(&self.http, call).await
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Secrets>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secrets by name, fetched once. A program that does not print its secret in the job's time has held up a
    /// request that was not sent.
    async fn secrets(&self, call: &Call) -> Result<Secrets, Failure> {
        if let Some(secrets) = self.slot().clone() {
            return Ok(secrets);
        }
        let all = async {
            let mut fetched = Vec::new();
            for (name, secret) in &self.refs {
                fetched.push((name.clone(), token::fetch(secret).await?));
            }
            Ok(Arc::new(fetched))
        };
        let late = || Failure::new(Kind::Read, What::NotSent, "a secret was not had before the job's time was over");
        let fetched = tokio::time::timeout(call.remaining().ok_or_else(late)?, all).await.map_err(|_| late())??;
        *self.slot() = Some(Arc::clone(&fetched));
        Ok(fetched)
    }

    fn rendered(
        &self,
        (kind, lane): (Kind, Lane),
        request: &config::Request,
        at: &At,
        values: &Values,
        secrets: &[(String, Secret)],
    ) -> Result<Request, String> {
        let known = values;
        let values = values.with(secrets);
        let method = Method::from_bytes(request.method.to_uppercase().as_bytes())
            .map_err(|_| format!("`{}` is no method", request.method))?;
        let mut made = Request::new(kind, method, self.url(request, at, &values)?);
        if lane == Lane::Fresh {
            made = made.fresh();
        }
        for (name, value) in self.headers.iter().chain(&request.headers) {
            made = made.header(name, template::plain(value, &values)?);
        }
        made = match (&request.body, &request.form) {
            (None, None) => made,
            (Some(body), None) => made.json(filled(body, known, &values)?),
            (None, Some(form)) => {
                let pairs: Result<Vec<(String, String)>, String> =
                    form.iter().map(|(name, value)| Ok((name.clone(), template::plain(value, &values)?))).collect();
                made.form(pairs?)
            }
            (Some(_), Some(_)) => return Err("a request has either `body` or `form`".to_owned()),
        };
        for (_, secret) in secrets {
            made = made.hide(Secret::new(template::encoded(secret.expose()))).hide(secret.clone());
        }
        Ok(made)
    }

    fn url(&self, request: &config::Request, at: &At, values: &Jinja) -> Result<Url, String> {
        if let At::Url(url) = at {
            return Ok(url.clone());
        }
        let mut url = self.under_base(&template::address(&request.url, values)?)?;
        if let At::Query(name, value) = at {
            let others: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(key, _)| key != name)
                .map(|(key, value)| (key.into(), value.into()))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
        }
        Ok(url)
    }

    /// Under the base, and nowhere else.
    fn under_base(&self, rest: &str) -> Result<Url, String> {
        let base = self.base.url();
        if !rest.starts_with('/') {
            return Err(format!("the address `{rest}` must begin with `/`: it goes after base_url"));
        }
        let whole = format!("{}{rest}", base.as_str().trim_end_matches('/'));
        let url = Url::parse(&whole).map_err(|error| format!("`{rest}` makes no address: {error}"))?;
        if url.origin() == base.origin() { Ok(url) } else { Err(format!("`{rest}` leads away from base_url")) }
    }
}

/// What an answer means that no rule names: with its address, and what to look at.
pub(super) fn failed(answer: &Answer) -> Failure {
    let failure = answer.by_status();
    let failure = Failure { reason: format!("{}: {}", answer.asked, failure.reason), ..failure };
    match answer.status {
        401 => failure.cure("look at `auth` and at the secret that it names: is it this system's, and still good?"),
        404 => failure.cure("look at `base_url` and at the request's `url`"),
        _ => failure,
    }
}

fn unmade(why: String) -> Failure {
    Failure::new(Kind::Read, What::Rejected, why).cure("correct the connector's declaration, or the leaver's data")
}

/// The key of an object that stands for a value.
pub(super) const VALUE: &str = "$value";

/// The pointer of `{ "$value" = "/before/role" }`.
pub(super) fn stands_for(body: &Value) -> Option<&str> {
    let fields = body.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(VALUE)?.as_str()
}

/// A body with each of its texts rendered. Texts stay texts, so that no value can change the body's shape where it was
/// not asked for.
fn filled(body: &Value, known: &Values, values: &Jinja) -> Result<Value, String> {
    if let Some(pointer) = stands_for(body) {
        return known.at(pointer).cloned().ok_or_else(|| format!("`{VALUE} = {pointer:?}`: there is no such value"));
    }
    Ok(match body {
        Value::String(text) => Value::String(template::plain(text, values)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| filled(item, known, values)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, known, values)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}
