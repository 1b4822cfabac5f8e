//! Renders a declared request and sends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Method, Url};
use serde_json::Value;

use super::config;
use super::template::{self, Scope, Values};
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
    http: Http,
}

impl Client {
    pub(super) fn new(config: &config::Config, http: Http) -> Self {
        Self {
            base: config.base_url.clone(),
            headers: config.headers.clone(),
            refs: config.secrets.clone(),
            secrets: Mutex::default(),
            http,
        }
    }

    /// Whether the request can be made of what it may name.
    pub(super) fn try_out(&self, request: &config::Request, scope: Scope) -> Result<(), String> {
        let stand_ins: Vec<_> = self.refs.keys().map(|name| (name.clone(), Secret::new("secret"))).collect();
        self.rendered(Kind::Read, Lane::Warm, request, &Values::sample(scope), &stand_ins).map(drop)
    }

    pub(super) async fn read(
        &self,
        request: &config::Request,
        values: &Values,
        call: &Call,
    ) -> Result<Answer, Failure> {
        self.send(Kind::Read, Lane::Warm, request, values, call).await
    }

    /// Sends it; on a 401 once more with secrets fetched anew, if they have changed.
    pub(super) async fn send(
        &self,
        kind: Kind,
        lane: Lane,
        request: &config::Request,
        values: &Values,
        call: &Call,
    ) -> Result<Answer, Failure> {
        let unmade = |why: String| {
            Failure::new(Kind::Read, What::Rejected, why)
                .cure("correct the connector's declaration, or the leaver's data")
        };
        let secrets = self.secrets(call).await?;
        let wire = self.rendered(kind, lane, request, values, &secrets).map_err(unmade)?;
        let answer = self.http.send(wire, call).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        *self.slot() = None;
        let renewed = self.secrets(call).await?;
        let same = renewed.iter().zip(secrets.iter()).all(|((_, new), (_, old))| new.expose() == old.expose());
        if same {
            return Ok(answer);
        }
        let wire = self.rendered(kind, lane, request, values, &renewed).map_err(unmade)?;
        self.http.send(wire, call).await
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Secrets>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secrets by name, fetched once. A program that does not print its secret in the job's time has held up a
    /// request that was not sent.
    pub(super) async fn secrets(&self, call: &Call) -> Result<Secrets, Failure> {
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
        kind: Kind,
        lane: Lane,
        request: &config::Request,
        values: &Values,
        secrets: &[(String, Secret)],
    ) -> Result<Request, String> {
        let values = values.with(secrets);
        let method = Method::from_bytes(request.method.to_uppercase().as_bytes())
            .map_err(|_| format!("`{}` is no method", request.method))?;
        let mut made = Request::new(kind, method, self.url(&template::address(&request.url, &values)?)?);
        if lane == Lane::Fresh {
            made = made.fresh();
        }
        for (name, value) in self.headers.iter().chain(&request.headers) {
            made = made.header(name, template::plain(value, &values)?);
        }
        made = match (&request.body, &request.form) {
            (None, None) => made,
            (Some(body), None) => made.json(filled(body, &values)?),
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

    /// Under the base, and nowhere else.
    fn url(&self, rest: &str) -> Result<Url, String> {
        let base = self.base.url();
        if !rest.starts_with('/') {
            return Err(format!("the address `{rest}` must begin with `/`: it goes after base_url"));
        }
        let whole = format!("{}{rest}", base.as_str().trim_end_matches('/'));
        let url = Url::parse(&whole).map_err(|error| format!("`{rest}` makes no address: {error}"))?;
        if url.origin() == base.origin() { Ok(url) } else { Err(format!("`{rest}` leads away from base_url")) }
    }
}

/// A body with each of its texts rendered. Texts stay texts, so that no value can change the body's shape.
fn filled(body: &Value, values: &minijinja::value::Value) -> Result<Value, String> {
    Ok(match body {
        Value::String(text) => Value::String(template::plain(text, values)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, values)).collect::<Result<_, _>>()?),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), filled(value, values)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}
