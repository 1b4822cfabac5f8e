//! The users of IAM Identity Center: the Identity Store has them and their groups, SSO Admin what accounts they reach.
//!
//! There is no call that disables a user or ends their sessions. Nobody new gets in when groups and assignments are
//! gone; who is in stays until the role's session ends.

mod assignments;
mod delete;
mod groups;
mod user;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::client::{Client, Order, Service};
use super::config::Config;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Connected, Given, Vendor};
use crate::connectors::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::{Leaver, Residual};

/// Pages of a list that are read at most; beyond, it is taken to be endless.
const PAGES: usize = 50;

pub(super) struct Center {
    client: Client,
    store: Service,
    sso: Service,
    config: Config,
    instance: OnceCell<Instance>,
}

/// The one instance that the credentials see, or that the configuration names.
struct Instance {
    arn: String,
    store: String,
}

pub(super) fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // AWS names no rate in its models, and throttles all callers of an organisation together.
    let limits = Limits { max_in_flight: 4, per_second: Some(5.0) };
    let store = Service {
        name: "identitystore",
        url: config.regional("identitystore", config.identity_store_url.as_ref()),
        region: config.region.clone(),
    };
    let sso =
        Service { name: "sso", url: config.regional("sso", config.sso_url.as_ref()), region: config.region.clone() };
    let client = Client::new(given, &config);
    let center = Arc::new(Center { client, store, sso, config, instance: OnceCell::new() });
    Ok(Connected::new(given, super::KIND, limits, Arc::clone(&center))?
        .with(groups::action(given, &center))
        .with(assignments::action(given, &center))
        .with(delete::action(given, &center))
        .boxed())
}

impl Vendor for Center {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let instance = self.instance(call).await?;
        let caller = self.client.caller(call).await?;
        let list = self.store(Kind::Read, "ListUsers", json!({ "MaxResults": 1 }), call).await;
        let probe = Probe::up(format!("acts as {} on {}", caller.arn, instance.arn));
        match list {
            Ok(_) => Ok(probe),
            Err(failure) if failure.what == What::Denied => Ok(probe.missing(["identitystore:ListUsers"])),
            Err(failure) => Err(failure),
        }
    }
}

/// What outlives every cut in Identity Center.
fn sessions_left() -> Residual {
    Residual { what: "role sessions that Identity Center gave out".into(), ms: 12 * 3_600_000 }
}

impl Center {
    /// A call to the Identity Store, on the instance's store.
    async fn store(&self, kind: Kind, operation: &str, mut body: Value, call: &Call) -> Result<Value, Failure> {
        body["IdentityStoreId"] = json!(self.instance(call).await?.store);
        let mut order = Order::json("identitystore", "AWSIdentityStore", kind, operation, &body);
        order.fresh = operation == "DeleteUser";
        self.client.json(&self.store, &order, call).await
    }

    /// A call to SSO Admin, on the instance.
    async fn sso(&self, kind: Kind, operation: &str, mut body: Value, call: &Call) -> Result<Value, Failure> {
        body["InstanceArn"] = json!(self.instance(call).await?.arn);
        let order = Order::json("sso", "SWBExternalService", kind, operation, &body);
        self.client.json(&self.sso, &order, call).await
    }

    async fn instance(&self, call: &Call) -> Result<&Instance, Failure> {
        self.instance.get_or_try_init(|| self.find_instance(call)).await
    }

    async fn find_instance(&self, call: &Call) -> Result<Instance, Failure> {
        let order = Order::json("sso", "SWBExternalService", Kind::Read, "ListInstances", &json!({}));
        let answer = self.client.json(&self.sso, &order, call).await?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut all: Vec<Instance> = answer
            .get("Instances")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|one| Instance { arn: text(one, "InstanceArn"), store: text(one, "IdentityStoreId") })
            .collect();
        if let Some(wanted) = &self.config.instance_arn {
            all.retain(|one| one.arn == *wanted);
        }
        match (all.pop(), all.is_empty()) {
            (Some(one), true) if !one.arn.is_empty() && !one.store.is_empty() => Ok(one),
            (Some(_), false) => Err(Failure::new(
                Kind::Read,
                What::Rejected,
                "the credentials see several instances of Identity Center",
            )
            .cure("name one with instance_arn")),
            _ => {
                Err(Failure::new(Kind::Read, What::Rejected, "the credentials see no such instance of Identity Center")
                    .cure("use the management account or the delegated administrator, and Identity Center's region"))
            }
        }
    }

    /// Follows `NextToken` to a list's end.
    async fn pages<'a, F>(&self, key: &str, ask: impl Fn(Value) -> F, body: Value) -> Result<Vec<Value>, Failure>
    where
        F: Future<Output = Result<Value, Failure>> + 'a,
    {
        let (mut all, mut body) = (Vec::new(), body);
        for _ in 0..PAGES {
            let mut page = ask(body.clone()).await?;
            match page.get_mut(key).map(Value::take) {
                Some(Value::Array(mut items)) => all.append(&mut items),
                _ => return Err(Failure::new(Kind::Read, What::Unknown, format!("an answer without {key}"))),
            }
            match page.get("NextToken").and_then(Value::as_str) {
                Some(next) => body["NextToken"] = json!(next),
                None => return Ok(all),
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("{key} has more than {PAGES} pages")))
    }
}
