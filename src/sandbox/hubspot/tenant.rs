//! One account: its users, their owners, and what those own.

use serde_json::{Value, json};

use super::super::people::Person;

pub(in super::super) struct Tenant {
    /// By person number.
    users: Vec<User>,
}

struct User {
    id: u64,
    /// What records point at; another number than the user's.
    owner: u64,
    email: String,
    super_admin: bool,
    removed: bool,
    /// The contact for bills cannot be removed.
    billing_contact: bool,
    /// Contacts, companies, deals and tickets.
    owns: [u64; 4],
}

/// People by number to whom something special applies.
const OWNER: usize = 1;
const SUPER_ADMINS: [usize; 2] = [3, 4];
const BILLING_CONTACT: usize = 5;

const OBJECTS: [&str; 4] = ["contacts", "companies", "deals", "tickets"];

impl Tenant {
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        Tenant { users: people.iter().enumerate().map(|(who, person)| User::fresh(who, person)).collect() }
    }

    /// Puts one person back to how they were at the start.
    pub(in super::super) fn restore(&mut self, who: usize, people: &[Person]) {
        self.users[who] = User::fresh(who, &people[who]);
    }

    pub(super) fn id(&self, who: usize) -> u64 {
        self.users[who].id
    }

    pub(super) fn place(&self, key: &str, by_email: bool) -> Option<usize> {
        self.users
            .iter()
            .position(|user| if by_email { user.email.eq_ignore_ascii_case(key) } else { user.id.to_string() == key })
    }

    /// `None`: removed.
    pub(super) fn shown(&self, who: usize) -> Option<Value> {
        let user = &self.users[who];
        let body = json!({
            "id": user.id.to_string(), "email": user.email, "roleId": "100", "roleIds": ["100"],
            "primaryTeamId": "101", "secondaryTeamIds": ["102"], "superAdmin": user.super_admin,
        });
        (!user.removed).then_some(body)
    }

    pub(super) fn all(&self) -> Vec<Value> {
        (0..self.users.len()).filter_map(|who| self.shown(who)).collect()
    }

    pub(super) fn remove(&mut self, who: usize) -> Result<(), &'static str> {
        if self.users[who].billing_contact {
            return Err("This user is a point of contact for the account and cannot be removed");
        }
        self.users[who].removed = true;
        Ok(())
    }

    /// A removed user's owner is among the archived, and names no `userId`.
    pub(super) fn owners(&self, email: &str, archived: bool) -> Vec<Value> {
        let owner = |user: &User| {
            json!({
                "id": user.owner.to_string(), "email": user.email, "type": "PERSON", "archived": archived,
                "userId": (!archived).then_some(user.id), "userIdIncludingInactive": user.id,
            })
        };
        let fits = |user: &&User| user.email.eq_ignore_ascii_case(email) && user.removed == archived;
        self.users.iter().filter(fits).map(owner).collect()
    }

    pub(super) fn owned(&self, object: &str, owner: &str) -> u64 {
        let kind = OBJECTS.iter().position(|it| *it == object);
        let owner = self.users.iter().find(|user| user.owner.to_string() == owner);
        kind.zip(owner).map_or(0, |(kind, owner)| owner.owns[kind])
    }

    pub(super) fn state(&self, who: usize) -> Value {
        json!({"removed": self.users[who].removed})
    }
}

impl User {
    fn fresh(who: usize, person: &Person) -> User {
        let number = who as u64;
        User {
            id: 5_000_001 + number,
            owner: 70_000_001 + number,
            email: person.email.clone(),
            super_admin: SUPER_ADMINS.contains(&who),
            removed: false,
            billing_contact: who == BILLING_CONTACT,
            owns: if who == OWNER { [12_000, 2, 3, 1] } else { [0; 4] },
        }
    }
}
