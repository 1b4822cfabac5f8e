//! What a call turned out to ask for, before anything is done about it.

use std::sync::MutexGuard;
use std::time::Instant;

use super::account::Account;
use super::lock::hold;
use super::people::Person;
use super::record::Kind;
use super::reply::Reply;
use super::request::Request;
use super::world::World;

/// An answer either way; the error is merely the early way out of a handler.
pub(super) type Answer = Result<Reply, Reply>;

/// The deed itself. Runs once, without waiting, after the fault's delay.
pub(super) type Act = Box<dyn FnOnce(&Turn<'_>) -> Answer + Send>;

pub(super) struct Route {
    /// Short name such as `google.users.delete`.
    pub(super) op: &'static str,
    pub(super) kind: Kind,
    /// Number of the person that the call is about, where there is one.
    pub(super) subject: Option<usize>,
    pub(super) act: Act,
}

impl Route {
    pub(super) fn read<F>(op: &'static str, subject: Option<usize>, act: F) -> Route
    where
        F: FnOnce(&Turn<'_>) -> Answer + Send + 'static,
    {
        Route { op, kind: Kind::Read, subject, act: Box::new(act) }
    }

    pub(super) fn change<F>(op: &'static str, subject: Option<usize>, act: F) -> Route
    where
        F: FnOnce(&Turn<'_>) -> Answer + Send + 'static,
    {
        Route { op, kind: Kind::Reversible, subject, act: Box::new(act) }
    }

    pub(super) fn for_good<F>(op: &'static str, subject: Option<usize>, act: F) -> Route
    where
        F: FnOnce(&Turn<'_>) -> Answer + Send + 'static,
    {
        Route { op, kind: Kind::Irreversible, subject, act: Box::new(act) }
    }
}

/// The moment of acting: everything a deed may look at.
pub(super) struct Turn<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    pub(super) now: Instant,
}

impl<'a> Turn<'a> {
    pub(super) fn person(&self, index: usize) -> &'a Person {
        &self.world.people[index]
    }

    /// One person's accounts, locked; hold it for the deed only.
    pub(super) fn account(&self, index: usize) -> MutexGuard<'a, Account> {
        hold(&self.world.accounts[index])
    }
}
