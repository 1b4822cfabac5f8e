//! What is the same for every vendor, done once: pacing, break-glass accounts, boxing, and what a failure means.
//!
//! A vendor says how it finds an account ([`Vendor`]) and what its actions do ([`Act`]), as plain `async fn`s that end
//! with a [`Failure`] where something is wrong. [`Connected`] makes of that the [`Connector`] that the engine knows.

use std::sync::Arc;

use serde_json::Value;

use super::failure::{Failure, What, judge, settle};
use super::guarded::BreakGlass;
use super::pace::Common;
use super::{Action, BoxFuture, BuildError, Call, Connector, Http, Limits, Located, Probe};
use crate::connectors::call::Kind;
use crate::model::{Account, ActionSpec, ConnectorId, Fact, Leaver, Outcome, Stage, StepClass, Verdict};

/// What many calls may take together, in ms, whatever one call has.
const MANY_CALLS_MS: u64 = 60_000;

/// An action that only lists may look at much, and nobody waits for it: it has so long, in ms, whatever one call has.
const LISTS_FOR_MS: u64 = MANY_CALLS_MS;

/// What a vendor's `build` is given beside its own configuration.
pub struct Given {
    pub(crate) id: ConnectorId,
    pub(crate) http: Http,
    common: Common,
}

/// A vendor's client, as a connector needs it.
pub(crate) trait Vendor: Send + Sync + 'static {
    /// Finds the leaver's account: by `known` (the id map), else by e-mail, alias or id; never by name. Reads only.
    fn locate(
        &self,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> impl Future<Output = Result<Located, Failure>> + Send;

    /// Asks, reading only, whether it can be used. A failure is told with its cure.
    fn probe(&self, call: &Call) -> impl Future<Output = Result<Probe, Failure>> + Send;

    /// The account that it acts as, by id, address or login: it is never touched. Asked before each act, so remember
    /// it; not to know it forbids nothing.
    fn own(&self, _call: &Call) -> impl Future<Output = Option<String>> + Send {
        async { None }
    }
}

/// What an action does. Everything that it declares stands in its [`ActionSpec`].
pub(crate) trait Act: Send + Sync + 'static {
    /// Reads, keeps the before-image ([`Call::keep`]), acts.
    fn execute(&self, account: &Account, call: &Call) -> impl Future<Output = Result<Outcome, Failure>> + Send;

    /// Reads back whether the access is gone. Reads only.
    fn verify(&self, account: &Account, call: &Call) -> impl Future<Output = Result<Verdict, Failure>> + Send;

    /// Gives back what stands in `before`, and nothing else; harmless where it is there already.
    fn undo(
        &self,
        _account: &Account,
        _before: &Value,
        _call: &Call,
    ) -> impl Future<Output = Result<Outcome, Failure>> + Send {
        async {
            Err(Failure::new(Kind::Read, What::Rejected, "this action has no undo").cure("restore the access by hand"))
        }
    }
}

/// What an act finds where nobody is any more: the account was there when it was located.
pub(crate) fn gone(account: &Account) -> Outcome {
    Outcome::already(format!("user {} does not exist any more", account.id))
}

/// A list that a before-image holds; empty where nothing of that kind was kept.
pub(crate) fn kept<'v>(before: &'v Value, list: &str) -> &'v [Value] {
    before.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text in what a vendor says or a before-image holds; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A connector under construction, and then the connector.
pub(crate) struct Connected<V> {
    id: ConnectorId,
    kind: &'static str,
    limits: Limits,
    vendor: Arc<V>,
    guard: Arc<BreakGlass>,
    actions: Vec<Box<dyn Action>>,
}

/// An action with its declaration, behind the guard.
struct Declared<V, A> {
    spec: ActionSpec,
    act: A,
    vendor: Arc<V>,
    guard: Arc<BreakGlass>,
}

impl Given {
    pub(super) fn new(id: ConnectorId, common: Common, http: Http) -> Self {
        Self { id, http, common }
    }

    /// A declaration to be completed: a reversible, idempotent part of the kill switch that nothing depends on.
    pub(crate) fn spec(&self, name: &str, title: &str) -> ActionSpec {
        self.common.spec(&self.id, name, title)
    }

    /// The same for an action of many calls: of a whole organisation's list, say.
    pub(crate) fn spec_of_many_calls(&self, name: &str, title: &str) -> ActionSpec {
        let spec = self.spec(name, title);
        ActionSpec { deadline_ms: spec.deadline_ms.max(MANY_CALLS_MS), ..spec }
    }

    /// A fact of this connector, as in `google:active-account`.
    pub(crate) fn fact(&self, name: &str) -> Fact {
        Fact(format!("{}:{name}", self.id))
    }

    /// An error in this connector's section.
    pub(crate) fn wrong(&self, problem: impl Into<String>) -> BuildError {
        BuildError::Invalid { connector: self.id.clone(), problem: problem.into() }
    }
}

impl<V: Vendor> Connected<V> {
    /// A connector without actions. `limits` are the vendor's documented ones; the configuration may say otherwise.
    pub(crate) fn new(given: &Given, kind: &'static str, limits: Limits, vendor: Arc<V>) -> Result<Self, BuildError> {
        Ok(Self {
            id: given.id.clone(),
            kind,
            limits: given.common.limits(limits).map_err(|problem| given.wrong(problem))?,
            vendor,
            guard: Arc::new(given.common.break_glass.clone()),
            actions: Vec::new(),
        })
    }

    /// One action more.
    #[must_use]
    pub(crate) fn with(mut self, (mut spec, act): (ActionSpec, impl Act)) -> Self {
        if spec.class == StepClass::Pure && spec.stage == Stage::Handover {
            spec.deadline_ms = spec.deadline_ms.max(LISTS_FOR_MS);
        }
        let (vendor, guard) = (Arc::clone(&self.vendor), Arc::clone(&self.guard));
        self.actions.push(Box::new(Declared { spec, act, vendor, guard }));
        self
    }

    /// Done.
    pub(crate) fn boxed(self) -> Box<dyn Connector> {
        Box::new(self)
    }
}

impl<V: Vendor> Connector for Connected<V> {
    fn id(&self) -> &ConnectorId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn actions(&self) -> &[Box<dyn Action>] {
        &self.actions
    }

    fn locate<'a>(&'a self, leaver: &'a Leaver, call: &'a Call) -> BoxFuture<'a, Result<Located, Outcome>> {
        let known = leaver.accounts.get(&self.id).map(String::as_str);
        Box::pin(async move {
            let located = self.vendor.locate(leaver, known, call).await?;
            let Located::Found(account) = &located else { return Ok(located) };
            if account.id.trim().is_empty() {
                return Ok(Located::Unsure { reason: "the answer names no id of the account".to_owned() });
            }
            Ok(match forbidden(&self.guard, self.vendor.as_ref(), account, call).await {
                Some(reason) => Located::Unsure { reason },
                None => located,
            })
        })
    }

    fn probe<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Probe> {
        Box::pin(async move { self.vendor.probe(call).await.unwrap_or_else(super::probe::failed) })
    }
}

/// A call without an id would be about everybody, or about whoever calls.
fn named(account: &Account) -> Result<(), Failure> {
    if !account.id.trim().is_empty() {
        return Ok(());
    }
    let reason = format!("`{}` cannot be an account's id", account.id);
    Err(Failure::new(Kind::Read, What::Rejected, reason).cure("correct the account's id in the id map"))
}

/// Why this account must not be touched, if so.
async fn forbidden(guard: &BreakGlass, vendor: &impl Vendor, account: &Account, call: &Call) -> Option<String> {
    let own = vendor.own(call).await;
    guard.forbids(&[&account.id, &account.label], own.as_deref())
}

impl<V: Vendor, A: Act> Declared<V, A> {
    /// A last look before any change: the account may come from an id map or from an older journal.
    async fn allowed(&self, account: &Account, call: &Call) -> Result<(), Failure> {
        named(account)?;
        match forbidden(&self.guard, self.vendor.as_ref(), account, call).await {
            Some(reason) => Err(Failure::needs_human(reason)),
            None => Ok(()),
        }
    }
}

impl<V: Vendor, A: Act> Action for Declared<V, A> {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            settle(match self.allowed(account, call).await {
                Ok(()) => self.act.execute(account, call).await,
                Err(forbidden) => Err(forbidden),
            })
        })
    }

    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict> {
        Box::pin(async move {
            judge(match named(account) {
                Ok(()) => self.act.verify(account, call).await,
                Err(nameless) => Err(nameless),
            })
        })
    }

    fn undo<'a>(&'a self, account: &'a Account, before: &'a Value, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            settle(match self.allowed(account, call).await {
                Ok(()) => self.act.undo(account, before, call).await,
                Err(forbidden) => Err(forbidden),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Finds an account without an id, and counts how often anything is done to it.
    #[derive(Default)]
    struct Careless(AtomicUsize);

    struct Count(Arc<Careless>);

    impl Vendor for Careless {
        async fn locate(&self, _: &Leaver, _: Option<&str>, _: &Call) -> Result<Located, Failure> {
            Ok(Located::found(" ", "alfa.doe@corp.example", "email"))
        }

        async fn probe(&self, _: &Call) -> Result<Probe, Failure> {
            Ok(Probe::up("counts"))
        }
    }

    impl Count {
        fn count(&self) {
            self.0.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Act for Count {
        async fn execute(&self, _: &Account, _: &Call) -> Result<Outcome, Failure> {
            self.count();
            Ok(Outcome::Acknowledged)
        }

        async fn verify(&self, _: &Account, _: &Call) -> Result<Verdict, Failure> {
            self.count();
            Ok(Verdict::Dead { evidence: "none".into() })
        }

        async fn undo(&self, _: &Account, _: &Value, _: &Call) -> Result<Outcome, Failure> {
            self.count();
            Ok(Outcome::Acknowledged)
        }
    }

    #[tokio::test]
    async fn nothing_is_asked_or_done_about_an_account_without_an_id() {
        let given = Given::new(ConnectorId::new("any").unwrap(), Common::default(), Http::new().unwrap());
        let vendor = Arc::new(Careless::default());
        let limits = Limits { max_in_flight: 1, per_second: None };
        let connector = Connected::new(&given, "any", limits, Arc::clone(&vendor))
            .unwrap()
            .with((given.spec("cut", "Cuts"), Count(Arc::clone(&vendor))))
            .boxed();
        let call = Call::new("ob-1/0", Duration::from_secs(5));
        let located = connector.locate(&Leaver::from_email("alfa.doe@corp.example"), &call).await;
        assert!(matches!(&located, Ok(Located::Unsure { reason }) if reason.contains("no id")), "{located:?}");
        let action = &connector.actions()[0];
        let account =
            |id: &str| Account { id: id.into(), label: "alfa.doe@corp.example".into(), matched_on: String::new() };
        for id in ["", " ", "\t\n"] {
            let nobody = account(id);
            for outcome in [action.execute(&nobody, &call).await, action.undo(&nobody, &Value::Null, &call).await] {
                let Outcome::Refused { reason, cure } = &outcome else { panic!("{outcome:?}") };
                assert!(reason.contains("cannot be an account's id") && cure.contains("id map"), "{outcome:?}");
            }
            let verdict = action.verify(&nobody, &call).await;
            assert!(matches!(verdict, Verdict::CannotTell { .. }), "{verdict:?}");
        }
        assert_eq!(vendor.0.load(Ordering::Relaxed), 0);
        assert_eq!(action.execute(&account("7"), &call).await, Outcome::Acknowledged);
        assert_eq!(vendor.0.load(Ordering::Relaxed), 1);
    }
}
