//! The organisation's accounts, by person.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::people::Person;

/// How an account may be managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// On a verified domain.
    Managed,
    /// The person's own.
    Unmanaged,
    /// Synced from Google Workspace.
    Google,
    /// Created the API key.
    KeyOwner,
}

#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) hold: Hold,
    pub(super) org_admin: bool,
    pub(super) active: bool,
    pub(super) for_deletion: bool,
    /// Directories, and whether they are suspended there.
    pub(super) directories: Vec<(String, bool)>,
    /// Ids of API tokens.
    pub(super) tokens: Vec<String>,
    /// A second account answers to the same address.
    pub(super) namesake: bool,
}

/// Everybody has an account; these are special, by number: 53 is unmanaged, 55 synced from Google, 56 made the API key, 49
/// and 51 are the organisation's only admins, 57 has a namesake.
pub(in super::super) struct Tenant {
    people: HashMap<String, usize>,
    seats: Mutex<Vec<Seat>>,
    fresh: Vec<Seat>,
}

impl Tenant {
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let fresh: Vec<Seat> = people.iter().enumerate().map(|(index, person)| Seat::fresh(index, person)).collect();
        let ids = fresh.iter().enumerate().map(|(index, seat)| (seat.id.clone(), index)).collect();
        Tenant { people: ids, seats: Mutex::new(fresh.clone()), fresh }
    }

    pub(in super::super) fn restore(&self, who: usize) {
        hold(&self.seats)[who] = self.fresh[who].clone();
    }

    pub(super) fn of(&self, id: &str) -> Option<usize> {
        self.people.get(id).copied()
    }

    pub(super) fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        hold(&self.seats)
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let seat = &self.seats()[who];
        json!({
            "active": seat.active, "forDeletion": seat.for_deletion, "tokens": seat.tokens.len(),
            "directories": seat.directories.len(),
            "suspended": seat.directories.iter().filter(|(_, suspended)| *suspended).count(),
        })
    }
}

impl Seat {
    fn fresh(index: usize, person: &Person) -> Seat {
        let second = (index % 4 == 1).then_some("dir-contractors");
        Seat {
            id: format!("712020:sandbox-{index:06}"),
            email: person.email.clone(),
            hold: match index {
                53 => Hold::Unmanaged,
                55 => Hold::Google,
                56 => Hold::KeyOwner,
                _ => Hold::Managed,
            },
            org_admin: matches!(index, 49 | 51),
            active: true,
            for_deletion: false,
            directories: ["dir-main"].into_iter().chain(second).map(|id| (id.to_owned(), false)).collect(),
            tokens: (0..index % 3).map(|number| format!("token-{index}-{number}")).collect(),
            namesake: index == 57,
        }
    }

    pub(super) fn account_status(&self) -> &'static str {
        if self.active { "active" } else { "inactive" }
    }
}
