//! One job's connection: every request waits its turn, honours what is left of the job's time, and is recorded.

use std::collections::HashSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use ldap3::{Ldap, LdapConnAsync, LdapError, LdapResult, Mod, Scope, SearchOptions};
use tokio::task::AbortHandle;

use super::config::Config;
use super::entry::Entry;
use super::name;
use super::said;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, mask};
use crate::failpoint;
use crate::model::Exchange;
use crate::vault::Secret;

/// How long one read may take, whatever is left of the job.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// Entries that one search is asked for: a controller's own page ([MS-ADTS] 3.1.1.3.4.6, `MaxPageSize`). No one person is
/// in more groups: a logon token holds about as many.
const MOST: usize = 1_000;

/// Filter for accounts of people, and not of computers.
pub(super) const PERSON: &str = "(objectCategory=person)(objectClass=user)";

/// A bound connection. Dropped, it is closed, and what was not written yet never will be.
pub(super) struct Session<'c> {
    pub(super) config: &'c Config,
    pub(super) ldap: Ldap,
    call: &'c Call,
    hidden: [Secret; 1],
    _driver: Driver,
}

/// The task that reads and writes a connection.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One attribute's change: from a value to another; `None`: there is none.
pub(super) struct Swap<'a> {
    pub(super) attribute: &'static str,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
}

impl<'c> Session<'c> {
    /// A connection that is not bound yet.
    pub(super) fn on(
        connection: LdapConnAsync,
        ldap: Ldap,
        config: &'c Config,
        password: &Secret,
        call: &'c Call,
    ) -> Self {
        // Why it ended is told by the request that then has no answer.
        let driver = tokio::spawn(async move { drop(connection.drive().await) });
        Self { config, ldap, call, hidden: [password.clone()], _driver: Driver(driver.abort_handle()) }
    }

    /// Sends what `talk` sends and hears the answer. `Err`: no success, and [`What`] says whether it may have taken effect.
    pub(super) async fn talk<T>(
        &self,
        kind: Kind,
        shown: String,
        talk: impl Future<Output = Result<(T, LdapResult), LdapError>> + Send,
    ) -> Result<T, Failure> {
        let budget =
            match kind {
                Kind::Act => self.call.may_act().await?,
                Kind::Read => self.call.remaining().map(|left| left.min(READ_TIMEOUT)).ok_or_else(|| {
                    Failure::new(kind, What::NotSent, "the job's time was over before anything was sent")
                })?,
            };
        let acts = usize::from(kind == Kind::Act);
        failpoint::reached("before-call", acts);
        let started = Instant::now();
        // The library panics at an answer that is no LDAP.
        let heard = match tokio::time::timeout(budget, AssertUnwindSafe(talk).catch_unwind()).await {
            Ok(Ok(Ok(heard))) => Ok(heard),
            Ok(Ok(Err(error))) => Err(lost(&error)),
            Ok(Err(_)) => Err((What::Unknown, "an answer that is no LDAP".to_owned())),
            Err(_) => Err((What::Unknown, format!("no answer within {} ms", budget.as_millis()))),
        };
        failpoint::reached("after-call", acts);
        let ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let request = mask::masked(&shown, &self.hidden);
        let (value, result) = match heard {
            Ok(heard) => heard,
            Err((what, reason)) => {
                let reason = mask::masked(&reason, &self.hidden);
                self.call.record(Exchange { request, status: None, ms, said: reason.clone() });
                return Err(Failure::new(kind, what, reason));
            }
        };
        let well = result.rc == 0;
        let said = if well { String::new() } else { said::told(&result, &self.hidden) };
        self.call.record(Exchange { request, status: u16::try_from(result.rc).ok(), ms, said });
        if well { Ok(value) } else { Err(said::failure(kind, &result, &self.hidden)) }
    }

    /// At most [`MOST`] entries. Where a controller points elsewhere for more, nobody goes.
    pub(super) async fn search(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, Failure> {
        let mut ldap = self.ldap.clone();
        let limit = SearchOptions::new().sizelimit(i32::try_from(MOST).unwrap_or(i32::MAX));
        let asking = async move {
            ldap.with_search_options(limit);
            let found = ldap.search(base, scope, filter, attributes).await?;
            let mut result = found.1;
            // There are more, and those that came are right.
            if result.rc == said::SIZE_LIMIT_EXCEEDED && !found.0.is_empty() {
                result.rc = 0;
            }
            Ok((found.0.into_iter().map(Entry::from).collect(), result))
        };
        self.talk(Kind::Read, format!("LDAP search {base}"), asking).await
    }

    /// The object of this name; `None`: there is none.
    pub(super) async fn object(&self, name: &str, attributes: &[&str]) -> Result<Option<Entry>, Failure> {
        self.one(name, "(objectClass=*)", attributes).await
    }

    /// The person of this name, by whichever form of it; `None`: there is none.
    pub(super) async fn person(&self, name: &str, attributes: &[&str]) -> Result<Option<Entry>, Failure> {
        self.one(name, &format!("(&{PERSON})"), attributes).await
    }

    /// The person of this `objectGUID`.
    pub(super) async fn account(&self, id: &str, attributes: &[&str]) -> Result<Option<Entry>, Failure> {
        let name = name::by_guid(id).ok_or_else(|| {
            Failure::new(Kind::Read, What::Rejected, format!("`{id}` is no objectGUID"))
                .cure("put the account's objectGUID or distinguished name into the id map")
        })?;
        self.person(&name, attributes).await
    }

    async fn one(&self, name: &str, filter: &str, attributes: &[&str]) -> Result<Option<Entry>, Failure> {
        let found = Failure::unless_gone(self.search(name, Scope::Base, filter, attributes).await)?;
        Ok(found.and_then(|mut found| found.pop()))
    }

    /// Changes one attribute, unless somebody else has changed it meanwhile.
    pub(super) async fn swap(&self, entry: &Entry, swap: Swap<'_>) -> Result<(), Failure> {
        let attribute = || swap.attribute.as_bytes().to_vec();
        let only = |value: &str| HashSet::from([value.as_bytes().to_vec()]);
        let mut changes = Vec::new();
        changes.extend(swap.from.map(|value| Mod::Delete(attribute(), only(value))));
        changes.extend(swap.to.map(|value| Mod::Add(attribute(), only(value))));
        self.modify(&entry.dn, swap.attribute, changes).await
    }

    /// Modifies an object. `what` is shown: never a value.
    pub(super) async fn modify(&self, dn: &str, what: &str, changes: Vec<Mod<Vec<u8>>>) -> Result<(), Failure> {
        let mut ldap = self.ldap.clone();
        let asking = async move { ldap.modify(dn, changes).await.map(|result| ((), result)) };
        self.talk(Kind::Act, format!("LDAP modify {dn}: {what}"), asking).await
    }

    /// Moves an object under another parent; its name stays.
    pub(super) async fn move_under(&self, dn: &str, parent: &str) -> Result<(), Failure> {
        let (rdn, _) = name::split(dn).unwrap_or((dn, ""));
        let mut ldap = self.ldap.clone();
        let asking = async move { ldap.modifydn(dn, rdn, true, Some(parent)).await.map(|result| ((), result)) };
        self.talk(Kind::Act, format!("LDAP modifydn {dn}"), asking).await
    }

    /// Reads the object that everything is searched under.
    pub(super) async fn reads_base(&self) -> Result<Entry, Failure> {
        self.object(&self.config.base_dn, &["objectClass"]).await?.ok_or_else(|| {
            let reason = format!("{} does not exist, or may not be read", self.config.base_dn);
            Failure::new(Kind::Read, What::Denied, reason).cure("correct base_dn, as in DC=corp,DC=example")
        })
    }
}

/// A connection that had ended before the request was handed over certainly sent nothing; all else may have.
fn lost(error: &LdapError) -> (What, String) {
    match error {
        LdapError::OpSend { .. } => (What::NotSent, "the controller had closed the connection".to_owned()),
        LdapError::ResultRecv { .. } | LdapError::EndOfStream => {
            (What::Unknown, "the connection ended before the answer".to_owned())
        }
        LdapError::FilterParsing => (What::Rejected, "the search has no valid filter".to_owned()),
        other => (What::Unknown, other.to_string()),
    }
}
