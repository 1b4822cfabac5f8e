//! The vendors' side: accounts, what was done to them, and how often.

use std::collections::{BTreeMap, HashMap};

use super::plan::{KEY_KEPT_MS, STALE_MS};
use nightlatch::model::StepClass;

/// One action on one person's account in one system.
pub(crate) type Target = (usize, String);

/// A request on its way.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) target: Target,
    /// Which offboarding of that person, counted over all journals, and which step of it.
    pub(crate) case: (u64, u16),
    pub(crate) class: StepClass,
    pub(crate) key: String,
}

#[derive(Default)]
struct Account {
    dead_since: Option<u64>,
    executed: BTreeMap<(u64, u16), u32>,
    /// Idempotency keys and when they were first seen.
    keys: HashMap<String, u64>,
    on_their_way: u32,
}

#[derive(Default)]
pub(crate) struct Vendors {
    accounts: BTreeMap<Target, Account>,
}

impl Vendors {
    pub(crate) fn sent(&mut self, request: &Request) {
        self.accounts.entry(request.target.clone()).or_default().on_their_way += 1;
    }

    /// A request takes effect. Says how often this very step has been executed by now.
    pub(crate) fn take_effect(&mut self, now: u64, request: &Request) -> u32 {
        let account = self.accounts.entry(request.target.clone()).or_default();
        account.on_their_way -= 1;
        if matches!(request.class, StepClass::Keyed { .. }) {
            account.keys.retain(|_, seen| *seen + KEY_KEPT_MS > now);
            if account.keys.contains_key(&request.key) {
                return 1; // The vendor keeps the key: a repeat does nothing.
            }
            account.keys.insert(request.key.clone(), now);
        }
        account.dead_since.get_or_insert(now);
        let times = account.executed.entry(request.case).or_default();
        *times += 1;
        *times
    }

    pub(crate) fn is_dead(&self, target: &Target, now: u64, stale: bool) -> bool {
        let lag = if stale { STALE_MS } else { 0 };
        self.accounts.get(target).and_then(|it| it.dead_since).is_some_and(|since| since + lag <= now)
    }

    /// Whether it was ever done.
    pub(crate) fn happened(&self, target: &Target) -> bool {
        self.accounts.get(target).is_some_and(|it| it.dead_since.is_some())
    }

    /// Whether a request may still arrive.
    pub(crate) fn may_happen(&self, target: &Target) -> bool {
        self.accounts.get(target).is_some_and(|it| it.on_their_way > 0)
    }
}
