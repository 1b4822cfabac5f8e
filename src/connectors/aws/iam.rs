//! The IAM users of one account, by the Query protocol (2010-05-08).

mod belongings;
mod credentials;
mod delete;
mod deny;
mod login;
mod mfa;
mod sessions;
mod ties;
mod user;

use std::sync::Arc;

use super::client::{Client, Order, Service};
use super::config::Config;
use super::percent;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Connected, Given, Vendor};
use crate::connectors::xml::Element;
use crate::connectors::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::{Leaver, Verdict};
pub(super) use user::UserName;

/// Pages of a list that are read at most; beyond, it is taken to be endless.
const PAGES: usize = 50;

/// The longest that a role's session may last (`MaxSessionDuration`), in ms.
const ROLE_SESSION: u64 = 12 * 3_600_000;

pub(super) struct Iam {
    client: Client,
    service: Service,
    config: Config,
}

/// A call about one user. It cannot be made without their name, for AWS would take the caller for them.
struct Query {
    action: &'static str,
    kind: Kind,
    fresh: bool,
    fields: Vec<(&'static str, String)>,
}

impl Query {
    fn read(action: &'static str, user: &UserName) -> Self {
        Self { action, kind: Kind::Read, fresh: false, fields: vec![("UserName", user.as_str().to_owned())] }
    }

    fn act(action: &'static str, user: &UserName) -> Self {
        Self { kind: Kind::Act, ..Self::read(action, user) }
    }

    /// One of the few calls that name no user, but a role or a device.
    fn of_none(action: &'static str, kind: Kind, key: &'static str, value: &str) -> Self {
        Self { action, kind, fresh: false, fields: vec![(key, value.to_owned())] }
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((key, value.into()));
        self
    }

    fn fresh(self) -> Self {
        Self { fresh: true, ..self }
    }
}

pub(super) fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // AWS names no rate in its models; it throttles writes early, account by account.
    let limits = Limits { max_in_flight: 4, per_second: Some(5.0) };
    let (url, region) = config.iam();
    let session_roles = !config.session_roles.is_empty();
    let client = Client::new(given, &config);
    let iam = Arc::new(Iam { client, service: Service { name: "iam", url, region }, config });
    let mut aws = Connected::new(given, super::KIND, limits, Arc::clone(&iam))?
        .with(deny::action(given, &iam, session_roles))
        .with(login::action(given, &iam));
    if session_roles {
        aws = aws.with(sessions::action(given, &iam));
    }
    for action in credentials::actions(given, &iam) {
        aws = aws.with(action);
    }
    aws = aws.with(mfa::action(given, &iam));
    for action in ties::actions(given, &iam) {
        aws = aws.with(action);
    }
    Ok(aws.with(belongings::delete_keys(given, &iam)).with(delete::action(given, &iam)).boxed())
}

impl Vendor for Iam {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let caller = self.client.caller(call).await?;
        let order = Order::query("iam", Kind::Read, "ListUsers", VERSION, &[("MaxItems", "1")]);
        match self.client.query(&self.service, &order, call).await {
            Ok(_) => Ok(Probe::up(format!("acts as {}", caller.arn))),
            Err(failure) if failure.what == What::Denied => {
                Ok(Probe::up(format!("acts as {}", caller.arn)).missing(["iam:ListUsers"]))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn own(&self, call: &Call) -> Option<String> {
        self.client.caller(call).await.ok()?.user.clone()
    }
}

const VERSION: &str = "2010-05-08";

impl Iam {
    async fn ask(&self, query: &Query, call: &Call) -> Result<Element, Failure> {
        let fields: Vec<(&str, &str)> = query.fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let mut order = Order::query("iam", query.kind, query.action, VERSION, &fields);
        order.fresh = query.fresh;
        self.client.query(&self.service, &order, call).await
    }

    /// An act that is harmless where the thing is gone already.
    async fn ask_or_gone(&self, query: &Query, call: &Call) -> Result<(), Failure> {
        Failure::unless_gone(self.ask(query, call).await).map(drop)
    }

    /// `None`: there is no such thing.
    async fn found(&self, query: &Query, call: &Call) -> Result<Option<Element>, Failure> {
        Failure::unless_gone(self.ask(query, call).await)
    }

    /// All members of a list; `None`: there is no such user. A page may be short and not be the last.
    async fn list(
        &self,
        action: &'static str,
        list: &str,
        user: &UserName,
        call: &Call,
    ) -> Result<Option<Vec<Element>>, Failure> {
        let (mut all, mut marker) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = Query::read(action, user);
            if let Some(marker) = marker.take() {
                query = query.with("Marker", marker);
            }
            let Some(page) = self.found(&query, call).await? else { return Ok(None) };
            all.extend(page.child(list).into_iter().flat_map(|list| list.all("member")).cloned());
            if page.of("IsTruncated") != Some("true") {
                return Ok(Some(all));
            }
            marker = page.of("Marker").map(str::to_owned);
            if marker.is_none() {
                return Err(Failure::new(Kind::Read, What::Unknown, format!("{action} is cut short without a marker")));
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("{action} has more than {PAGES} pages")))
    }

    /// The document of an inline policy of the user, decoded; `None`: there is no such policy.
    async fn policy(&self, user: &UserName, name: &str, call: &Call) -> Result<Option<String>, Failure> {
        let query = Query::read("GetUserPolicy", user).with("PolicyName", name);
        self.found(&query, call).await?.map(|policy| document(&policy)).transpose()
    }

    async fn exists(&self, user: &UserName, call: &Call) -> Result<bool, Failure> {
        Ok(self.found(&Query::read("GetUser", user), call).await?.is_some())
    }
}

/// A policy's document, which comes percent-encoded.
fn document(policy: &Element) -> Result<String, Failure> {
    policy
        .of("PolicyDocument")
        .and_then(percent::decoded)
        .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "a policy whose document cannot be read"))
}

fn no_user() -> Verdict {
    Verdict::Dead { evidence: "no such user: NoSuchEntity".into() }
}
