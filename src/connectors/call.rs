//! One job's dealings with a vendor: its deadline, its idempotency key, and the record of what was sent and said.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::failure::{Failure, What};
use super::gate::{Gate, Latch};
use crate::model::{Account, Before, Exchange, Leaver};

/// Whether a request may change anything: decides what a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing: a lost answer is only a missing answer.
    Read,
    /// Changes something: a lost answer is ambiguous, and nothing is sent after the deadline.
    Act,
}

/// What a vendor's headers or bodies said of its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observation {
    /// Calls left until the reset.
    pub remaining: Option<u64>,
    /// The reset, in ms from now.
    pub reset_in_ms: Option<u64>,
    /// Nothing at all may be sent for so long, in ms.
    pub blocked_for_ms: Option<u64>,
    /// How far the vendor's clock is ahead of ours, in ms, to the second.
    pub clock_ahead_ms: Option<i64>,
}

/// Takes a before-image of an account to the journal, and opens the latch when it is there.
pub type Keeper = Box<dyn Fn(Option<Account>, Before, Latch) + Send + Sync>;

/// One job's context. The connector's HTTP client takes it with every request.
pub struct Call {
    /// Stable for this step for ever: sent as the idempotency key where the vendor knows one.
    pub idempotency_key: String,
    /// On [`boot_now`]'s clock: no byte of an act is sent after it.
    pub deadline: Duration,
    /// What an act of this job waits at.
    pub gate: Gate,
    keeper: Option<Keeper>,
    /// No act of it ever leaves.
    only_looks: bool,
    held_back: AtomicBool,
    leaver: Option<Arc<Leaver>>,
    account: OnceLock<Account>,
    kept: Mutex<Before>,
    exchanges: Mutex<Vec<Exchange>>,
    observed: Mutex<Observation>,
    /// On [`boot_now`]'s clock: the vendor takes no call before.
    spent_until: Mutex<Option<Duration>>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("idempotency_key", &self.idempotency_key).finish_non_exhaustive()
    }
}

/// Time since boot, time asleep included: a stopped or suspended engine must not send when it wakes up late.
pub fn boot_now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
}

impl Call {
    /// A job that ends `within` from now.
    pub fn new(idempotency_key: impl Into<String>, within: Duration) -> Self {
        Self {
            idempotency_key: idempotency_key.into(),
            deadline: boot_now() + within,
            gate: Gate::open(),
            keeper: None,
            only_looks: false,
            held_back: AtomicBool::new(false),
            leaver: None,
            account: OnceLock::new(),
            kept: Mutex::default(),
            exchanges: Mutex::default(),
            observed: Mutex::default(),
            spent_until: Mutex::default(),
        }
    }

    /// Its acts wait at this gate; its reads do not.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// Its before-images go this way.
    #[must_use]
    pub fn kept_by(self, keeper: Keeper) -> Self {
        Self { keeper: Some(keeper), ..self }
    }

    /// A job of a dry run: its reads leave, and whatever would change something is held back.
    #[must_use]
    pub fn only_looking(self) -> Self {
        Self { only_looks: true, ..self }
    }

    /// Whether it came to something that would have changed something.
    pub fn held_back(&self) -> bool {
        self.held_back.load(Ordering::Relaxed)
    }

    /// It is done for this person.
    #[must_use]
    pub fn about(self, leaver: Arc<Leaver>) -> Self {
        Self { leaver: Some(leaver), ..self }
    }

    /// Its act is about this account: with a before-image it is kept, so that undo finds it whatever comes of the answer.
    pub fn acts_on(&self, account: &Account) {
        let _ = self.account.set(account.clone());
    }

    /// For whom it is done; nobody where a system is only probed.
    pub(crate) fn leaver(&self) -> Option<&Leaver> {
        self.leaver.as_deref()
    }

    /// Journals what the act is about to take away. To be called before the first request that changes anything: when
    /// this returns, it is on disk.
    pub(crate) async fn keep(&self, before: Before) -> Result<(), Failure> {
        *lock(&self.kept) = before.clone();
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let not_sent = |why: &str| Failure::new(Kind::Act, What::NotSent, why);
        let left = self.remaining().ok_or_else(|| not_sent("the job's time was over before anything was sent"))?;
        let (latch, on_disk) = Latch::new();
        keeper(self.account.get().cloned(), before, latch);
        if on_disk.passed(left).await {
            return Ok(());
        }
        Err(not_sent("not sent: what undo needs was not on disk in time"))
    }

    /// What was last given to be kept.
    pub fn kept(&self) -> Before {
        lock(&self.kept).clone()
    }

    /// Waits until an act may leave; gives what is then left of the job's time.
    pub(crate) async fn may_act(&self) -> Result<Duration, Failure> {
        let not_sent = |why: &str| Failure::new(Kind::Act, What::NotSent, why);
        if self.only_looks {
            self.held_back.store(true, Ordering::Relaxed);
            return Err(not_sent("not sent: a dry run changes nothing"));
        }
        let late = || not_sent("the job's time was over before anything was sent");
        if !self.gate.passed(self.remaining().ok_or_else(late)?).await {
            return Err(not_sent("not sent: its intent was not on disk in time"));
        }
        self.remaining().ok_or_else(late)
    }

    /// What is left of the job's time; `None`: it is over.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.checked_sub(boot_now()).filter(|left| !left.is_zero())
    }

    /// Notes a call that was made. The caller has redacted it.
    pub fn record(&self, exchange: Exchange) {
        lock(&self.exchanges).push(exchange);
    }

    /// Notes what the vendor said of its limits; the newest word wins, field by field.
    pub fn observe(&self, seen: Observation) {
        let mut observed = lock(&self.observed);
        observed.remaining = seen.remaining.or(observed.remaining);
        observed.reset_in_ms = seen.reset_in_ms.or(observed.reset_in_ms);
        observed.blocked_for_ms = seen.blocked_for_ms.max(observed.blocked_for_ms);
        observed.clock_ahead_ms = seen.clock_ahead_ms.or(observed.clock_ahead_ms);
        let spent_for = seen.reset_in_ms.filter(|_| seen.remaining == Some(0)).map(Duration::from_millis);
        *lock(&self.spent_until) = spent_for.map(|span| boot_now() + span);
    }

    /// Waits until the vendor's budget is there again, if the last answer said that it is spent and the job has the time: a
    /// job of many calls would else run into the same 429 each time that it begins anew.
    ///
    /// Every request of the job that is to leave meanwhile waits: the first is not the only one. What a dry run holds back
    /// anyway does not.
    pub(crate) async fn budget(&self, kind: Kind) {
        if self.only_looks && kind == Kind::Act {
            return;
        }
        let spent_until = *lock(&self.spent_until);
        let Some(wait) = spent_until.and_then(|until| until.checked_sub(boot_now())) else { return };
        if self.remaining().is_some_and(|left| left > wait.saturating_mul(2)) {
            tokio::time::sleep(wait).await;
        }
    }

    /// What was sent and said, and what was learnt of the limits.
    pub fn into_record(self) -> (Vec<Exchange>, Observation) {
        (
            self.exchanges.into_inner().unwrap_or_else(PoisonError::into_inner),
            self.observed.into_inner().unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const RESET: Duration = Duration::from_millis(300);

    /// A job that has just heard that the budget is spent until the reset.
    fn spent() -> Call {
        let call = Call::new("key", Duration::from_secs(30));
        let reset_in_ms = RESET.as_millis().try_into().ok();
        call.observe(Observation { remaining: Some(0), reset_in_ms, ..Observation::default() });
        call
    }

    #[tokio::test]
    async fn all_requests_of_a_job_wait_for_the_budget_and_none_does_after_the_reset() {
        let call = spent();
        let began = Instant::now();
        let waits = (0..4).map(|_| async {
            call.budget(Kind::Read).await;
            began.elapsed()
        });
        for waited in futures_util::future::join_all(waits).await {
            assert!(waited > RESET / 2, "one waited {waited:?} of {RESET:?}");
        }
        let later = Instant::now();
        call.budget(Kind::Act).await;
        assert!(later.elapsed() < RESET / 2);
    }

    #[tokio::test]
    async fn a_dry_run_waits_for_what_it_reads_and_not_for_what_it_holds_back() {
        let call = spent().only_looking();
        let began = Instant::now();
        call.budget(Kind::Act).await;
        assert!(began.elapsed() < RESET / 2);
        call.budget(Kind::Read).await;
        assert!(began.elapsed() > RESET / 2);
    }
}
