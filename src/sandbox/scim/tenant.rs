//! Who is active where. Everybody is, at first; nothing is kept of those to whom nothing has happened.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::people::Person;
use super::super::world::World;
use super::quirk::Quirk;

/// One user's state in one tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(super) active: bool,
    pub(super) deleted: bool,
    /// Counts the changes: what its `ETag` says.
    pub(super) version: u32,
}

/// All tenants, by quirk and the person's number.
#[derive(Default)]
pub(crate) struct Tenants(Mutex<HashMap<(Quirk, usize), User>>);

impl Tenants {
    pub(super) fn user(&self, quirk: Quirk, who: usize) -> User {
        let fresh = User { active: true, deleted: false, version: 1 };
        hold(&self.0).get(&(quirk, who)).copied().unwrap_or(fresh)
    }

    pub(super) fn change(&self, quirk: Quirk, who: usize, change: impl FnOnce(&mut User)) {
        let mut user = self.user(quirk, who);
        change(&mut user);
        user.version += 1;
        hold(&self.0).insert((quirk, who), user);
    }

    /// Puts a person back to how they were at the start.
    pub(crate) fn restore(&self, who: usize) {
        hold(&self.0).retain(|(_, number), _| *number != who);
    }

    pub(crate) fn state(&self, quirk: Quirk, who: usize) -> Value {
        let user = self.user(quirk, who);
        if user.deleted { Value::Null } else { json!({ "active": user.active }) }
    }
}

/// A person's number from the id that all tenants give them.
pub(super) fn number(world: &World, id: &str) -> Option<usize> {
    let number: usize = id.strip_prefix("scim-")?.parse().ok()?;
    (number < world.people.len()).then_some(number)
}

pub(super) fn id(who: usize) -> String {
    format!("scim-{who}")
}

/// Number 2 also has the address of number 3: a search for it finds both.
const DOUBLE: (usize, usize) = (2, 3);

/// Number 4 has moved on to another address and keeps the old one as an alias, under a short name.
const ALIASED: usize = 4;

/// Name to sign in with, and addresses, the first of them primary.
pub(super) fn names(people: &[Person], who: usize) -> (String, Vec<String>) {
    let person = &people[who];
    let own = person.email.clone();
    match who {
        who if who == DOUBLE.0 && people.len() > DOUBLE.1 => (own.clone(), vec![own, people[DOUBLE.1].email.clone()]),
        ALIASED => (person.login.clone(), vec![format!("new.{own}"), own]),
        _ => (own.clone(), vec![own]),
    }
}
