//! What an exchange that did not give what was asked for means for a step.

use crate::connectors::call::Kind;
use crate::model::{Outcome, Verdict};

/// What a failure says about the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// It never left, or certainly did not arrive.
    NotSent,
    /// It was turned away for now: the vendor limits the whole client.
    Throttled {
        /// Not before so many ms from now, if the vendor said.
        after_ms: Option<u64>,
    },
    /// It was turned away for now, and only this one: a conflict, a job under way.
    Busy {
        /// Not before so many ms from now, if the vendor said.
        after_ms: Option<u64>,
    },
    /// Nobody knows whether it took effect.
    Unknown,
    /// The credentials are good for nothing: unknown, revoked, expired, or not to be had.
    Locked,
    /// The credentials do not hold for this.
    Denied,
    /// There is no such thing, for these credentials.
    Gone,
    /// The vendor would not do it, and will not next time.
    Rejected,
    /// A person has to decide.
    NeedsHuman,
}

/// A request that did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) what: What,
    /// The vendor's own code, as in `E0000001`; empty if it gave none.
    pub(crate) code: String,
    /// The vendor's words, masked and cut.
    pub(crate) reason: String,
    /// What a person can do.
    pub(crate) cure: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, what: What, reason: impl Into<String>) -> Self {
        Self { kind, what, code: String::new(), reason: reason.into(), cure: String::new() }
    }

    /// Nothing was changed: a person has to decide first.
    pub(crate) fn needs_human(reason: impl Into<String>) -> Self {
        Self::new(Kind::Read, What::NeedsHuman, reason)
    }

    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = code.into();
        self
    }

    pub(crate) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = cure.into();
        self
    }

    /// `None` where it failed because there is no such thing.
    pub(crate) fn unless_gone<T>(result: Result<T, Self>) -> Result<Option<T>, Self> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The reason, with the cure where one is known: for ends that have no place of their own for it.
    fn told(&self) -> String {
        if self.cure.is_empty() { self.reason.clone() } else { format!("{}; {}", self.reason, self.cure) }
    }

    fn cure_or_default(self) -> String {
        if !self.cure.is_empty() {
            return self.cure;
        }
        match self.what {
            What::Locked => "store new credentials: the engine tries them by itself, within a minute",
            What::Denied => "check the credentials and their permissions, then retry the step",
            What::Gone => "check the account's id, then retry the step",
            _ => "look at the vendor's answer, then retry the step or do it by hand",
        }
        .to_owned()
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        let reason = failure.reason.clone();
        match failure.what {
            What::NotSent => Self::Retry { reason: failure.told(), after_ms: None, throttled: false },
            What::Throttled { after_ms } => Self::Retry { reason, after_ms, throttled: true },
            What::Busy { after_ms } => Self::Busy { reason, after_ms },
            What::Locked => Self::Locked { reason, cure: failure.cure_or_default() },
            // A read that was not answered changed nothing.
            What::Unknown if failure.kind == Kind::Read => {
                Self::Retry { reason: failure.told(), after_ms: None, throttled: false }
            }
            What::Unknown => Self::Ambiguous { reason: failure.told() },
            What::NeedsHuman => Self::NeedsHuman { reason },
            What::Denied | What::Gone | What::Rejected => Self::Refused { reason, cure: failure.cure_or_default() },
        }
    }
}

impl From<Failure> for Verdict {
    fn from(failure: Failure) -> Self {
        let after_ms = match failure.what {
            What::Throttled { after_ms } | What::Busy { after_ms } => after_ms,
            What::Locked => {
                return Self::Locked { reason: failure.reason.clone(), cure: failure.cure_or_default() };
            }
            _ => None,
        };
        Self::CannotTell { reason: failure.told(), after_ms, again: true }
    }
}

/// A failure is an outcome like any other.
pub(crate) fn settle(result: Result<Outcome, Failure>) -> Outcome {
    result.unwrap_or_else(Outcome::from)
}

/// A failure to read is a verdict like any other.
pub(crate) fn judge(result: Result<Verdict, Failure>) -> Verdict {
    result.unwrap_or_else(Verdict::from)
}
