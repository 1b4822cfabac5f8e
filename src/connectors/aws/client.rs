//! Signed calls, with the configured keys or with those of the role that they may assume.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::{Method, Url};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::config::Config;
use super::said;
use super::sign::{Keys, Scope, signed};
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::token::Token;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, Tokens, What, token};
use crate::connectors::xml::{self, Element};
use crate::connectors::{Call, Given};
use crate::vault::SecretRef;

/// How long the keys of an assumed role hold: what AWS gives where nothing else is asked for.
const SESSION: Duration = Duration::from_secs(3_600);

/// A service's address, and what its requests are signed for.
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) url: Base,
    pub(super) region: String,
}

/// One call: what it does, and how it is written.
pub(super) struct Order {
    pub(super) kind: Kind,
    /// On a connection of its own: for what must not happen twice.
    pub(super) fresh: bool,
    /// As in policies: `iam:ListUsers`.
    pub(super) operation: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

pub(super) struct Client {
    http: Http,
    id: SecretRef,
    secret: SecretRef,
    role: Option<Role>,
    sts: Service,
    /// The configured keys.
    own: Tokens,
    /// The role's.
    assumed: Tokens,
    caller: OnceCell<Caller>,
}

struct Role {
    arn: String,
    external_id: Option<String>,
}

/// As whom the calls are made.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Of the user or the role's session.
    pub(super) arn: String,
    /// The IAM user behind it, if they live in the account that is acted on.
    pub(super) user: Option<String>,
}

impl Order {
    /// By the Query protocol. `fields` beside `Action` and `Version`.
    pub(super) fn query(service: &str, kind: Kind, action: &str, version: &str, fields: &[(&str, &str)]) -> Self {
        let mut form = Url::parse("form:?").unwrap_or_else(|error| unreachable!("a constant: {error}"));
        form.query_pairs_mut().append_pair("Action", action).append_pair("Version", version).extend_pairs(fields);
        Self {
            kind,
            fresh: false,
            operation: format!("{service}:{action}"),
            headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
            body: form.query().unwrap_or_default().to_owned(),
        }
    }

    /// By JSON 1.1.
    pub(super) fn json(service: &str, target: &str, kind: Kind, operation: &str, body: &Value) -> Self {
        Self {
            kind,
            fresh: false,
            operation: format!("{service}:{operation}"),
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", format!("{target}.{operation}")),
            ],
            body: body.to_string(),
        }
    }
}

impl Client {
    pub(super) fn new(given: &Given, config: &Config) -> Self {
        Self {
            http: given.http.clone(),
            id: config.access_key_id.clone(),
            secret: config.secret_access_key.clone(),
            role: config.role_arn.clone().map(|arn| Role { arn, external_id: config.external_id.clone() }),
            sts: Service {
                name: "sts",
                url: config.regional("sts", config.sts_url.as_ref()),
                region: config.region.clone(),
            },
            own: Tokens::default(),
            assumed: Tokens::default(),
            caller: OnceCell::new(),
        }
    }

    /// The answer to a call of the Query protocol: what stands in `<{Action}Result>`, which some answers are without.
    pub(super) async fn query(&self, to: &Service, order: &Order, call: &Call) -> Result<Element, Failure> {
        let answer = self.send(to, order, call).await?;
        result(&answer, order)
    }

    /// The answer to a call of JSON 1.1: an object.
    pub(super) async fn json(&self, to: &Service, order: &Order, call: &Call) -> Result<Value, Failure> {
        let answer = self.send(to, order, call).await?;
        let body: Value = answer.json()?;
        if body.is_object() {
            return Ok(body);
        }
        Err(answer.failure(What::Unknown, format!("status {} without an object", answer.status)))
    }

    /// As whom the calls are made. Asked once.
    pub(super) async fn caller(&self, call: &Call) -> Result<&Caller, Failure> {
        self.caller
            .get_or_try_init(|| async {
                let own = self.own_keys(call).await?;
                let owner = self.identity(&own, call).await?;
                let user = |arn: &str| Some(arn.split_once(":user/")?.1.rsplit('/').next()?.to_owned());
                if self.role.is_none() {
                    return Ok(Caller { user: user(&owner), arn: owner });
                }
                let assumed = self.keys(call).await?;
                let actor = self.identity(&assumed, call).await?;
                let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
                let same = account(&owner) == account(&actor);
                Ok(Caller { user: user(&owner).filter(|_| same), arn: actor })
            })
            .await
    }

    async fn identity(&self, token: &Token, call: &Call) -> Result<String, Failure> {
        let order = Order::query("sts", Kind::Read, "GetCallerIdentity", "2011-06-15", &[]);
        let answer = self.exchange(&self.sts, &order, token, call).await?;
        let identity =
            if answer.ok() { result(&answer, &order)? } else { return Err(said::failure(&answer, &order.operation)) };
        identity
            .of("Arn")
            .map(str::to_owned)
            .ok_or_else(|| answer.failure(What::Unknown, "GetCallerIdentity without an ARN"))
    }

    /// A success, or what the answer means. Keys that are refused are had anew once.
    async fn send(&self, to: &Service, order: &Order, call: &Call) -> Result<Answer, Failure> {
        let token = self.keys(call).await?;
        let mut answer = self.exchange(to, order, &token, call).await?;
        if said::refuses_keys(&answer) {
            self.forget(&token).await;
            let renewed = self.keys(call).await?;
            answer = self.exchange(to, order, &renewed, call).await?;
        }
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer, &order.operation)) }
    }

    async fn exchange(&self, to: &Service, order: &Order, token: &Token, call: &Call) -> Result<Answer, Failure> {
        let keys = Keys::unpack(&token.secret)
            .map_err(|_| Failure::new(order.kind, What::NotSent, "the keys cannot be unpacked"))?;
        let mut request = Request::new(order.kind, Method::POST, to.url.url()).operation(order.operation.as_str());
        if order.fresh {
            request = request.fresh();
        }
        let headers: Vec<(&str, &str)> = order.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let scope = Scope { service: to.name, region: &to.region };
        let request = signed(request, &keys, scope, &headers, order.body.clone(), SystemTime::now())?;
        self.http.send(request, call).await
    }

    /// What calls are signed with: the role's keys, if there is one.
    async fn keys(&self, call: &Call) -> Result<Arc<Token>, Failure> {
        match &self.role {
            None => self.own_keys(call).await,
            Some(role) => self.assumed.get(call, || self.assume(role, call)).await,
        }
    }

    async fn own_keys(&self, call: &Call) -> Result<Arc<Token>, Failure> {
        self.own
            .get(call, || async {
                let (id, secret) = (token::fetch(&self.id).await?, token::fetch(&self.secret).await?);
                let keys = Keys { id: id.expose().to_owned(), secret: secret.expose().to_owned(), session: None };
                Ok(Minted { token: keys.pack(), holds: None })
            })
            .await
    }

    async fn forget(&self, refused: &Token) {
        match &self.role {
            None => self.own.forget(refused).await,
            Some(_) => self.assumed.forget(refused).await,
        }
    }

    async fn assume(&self, role: &Role, call: &Call) -> Result<Minted, Failure> {
        let mut fields = vec![("RoleArn", role.arn.as_str()), ("RoleSessionName", "nightlatch")];
        fields.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
        let order = Order::query("sts", Kind::Read, "AssumeRole", "2011-06-15", &fields);
        let own = self.own_keys(call).await?;
        let answer = self.exchange(&self.sts, &order, &own, call).await?;
        if !answer.ok() {
            if said::refuses_keys(&answer) {
                self.own.forget(&own).await;
            }
            let failure = said::failure(&answer, &order.operation);
            return Err(match failure.what {
                What::Denied => {
                    failure.cure("let the role's trust policy allow the configured user, with this external_id")
                }
                _ => failure,
            });
        }
        let result = result(&answer, &order)?;
        let given = |name| result.child("Credentials").and_then(|keys| keys.of(name)).map(str::to_owned);
        match (given("AccessKeyId"), given("SecretAccessKey"), given("SessionToken")) {
            (Some(id), Some(secret), session @ Some(_)) => {
                Ok(Minted { token: Keys { id, secret, session }.pack(), holds: Some(SESSION) })
            }
            _ => Err(answer.failure(What::Unknown, "AssumeRole without credentials")),
        }
    }
}

/// What stands in `<{Action}Result>`, or the root of an answer without one. A 2xx with anything else is no success.
fn result(answer: &Answer, order: &Order) -> Result<Element, Failure> {
    let action = order.operation.rsplit(':').next().unwrap_or_default();
    xml::parsed(&answer.text())
        .filter(|root| root.name == format!("{action}Response"))
        .map(|root| root.child(&format!("{action}Result")).cloned().unwrap_or(root))
        .ok_or_else(|| answer.failure(What::Unknown, format!("status {} without {action}Response", answer.status)))
}
