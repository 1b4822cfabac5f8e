//! What the instance knows of each person.

use serde_json::{Value, json};

use super::super::people::Person;

/// Who is special, by number.
pub(super) const BLOCKED: usize = 1;
pub(super) const BLOCKED_BY_LDAP: usize = 2;
/// The one administrator and owner beside the console's own.
pub(super) const LAST_ADMIN: usize = 3;
/// A member of the group only because another group was invited.
const INVITED: usize = 4;
/// Their e-mail of the directory is only a further one here.
pub(super) const OTHER_EMAIL: usize = 5;
/// A member of a subgroup and of a project, not of the group.
const BELOW_ONLY: usize = 6;
const DEACTIVATED: usize = 7;
/// In the group their e-mail is not shown, but their SAML identity is.
pub(super) const BY_SAML: usize = 8;
/// In the group, nothing tells who they are.
pub(super) const UNKNOWN: usize = 9;

pub(super) const TOP: u64 = 7_000;
pub(super) const SUBGROUP: u64 = 7_001;
pub(super) const PROJECT: u64 = 8_000;

pub(in crate::sandbox) struct Tenant {
    users: Vec<User>,
    /// Everybody's number of the next token or key.
    admin: usize,
}

pub(super) struct User {
    pub(super) state: &'static str,
    pub(super) admin: bool,
    pub(super) tokens: Vec<Token>,
    pub(super) impersonation: Vec<Token>,
    pub(super) keys: Vec<u64>,
    pub(super) gpg: Vec<u64>,
    pub(super) memberships: Vec<Membership>,
    pub(super) invited: bool,
    /// Taken off the billable members, by a job that is still to run.
    pub(super) leaving: bool,
}

/// Kept when it is revoked, as a row that says so.
pub(super) struct Token {
    pub(super) id: u64,
    pub(super) revoked: bool,
}

#[derive(Clone, PartialEq)]
pub(super) struct Membership {
    pub(super) source: u64,
    pub(super) level: u64,
    pub(super) expires: Option<String>,
}

impl Membership {
    pub(super) fn of(source: u64, level: u64, expires: Option<&str>) -> Membership {
        Membership { source, level, expires: expires.map(ToOwned::to_owned) }
    }
}

impl User {
    fn fresh(who: usize, person: &Person, admin: usize) -> User {
        let base = 10 * who as u64;
        let token = |number: u64| Token { id: base + number, revoked: false };
        let level = if who == LAST_ADMIN || who == admin { 50 } else { 30 };
        let memberships = match who {
            INVITED => Vec::new(),
            BELOW_ONLY => vec![Membership::of(SUBGROUP, 40, None), Membership::of(PROJECT, 30, Some("2030-01-31"))],
            _ => {
                let expires = (person.kind == "contractor").then_some("2030-01-31");
                vec![Membership::of(TOP, level, expires), Membership::of(PROJECT, 40, None)]
            }
        };
        User {
            state: match who {
                BLOCKED => "blocked",
                BLOCKED_BY_LDAP => "ldap_blocked",
                DEACTIVATED => "deactivated",
                _ => "active",
            },
            admin: who == LAST_ADMIN || who == admin,
            // The first was revoked long ago.
            tokens: vec![Token { id: base + 1, revoked: true }, token(2), token(3)],
            impersonation: vec![Token { id: base + 4, revoked: true }, token(5)],
            keys: vec![base + 6, base + 7],
            gpg: vec![base + 8],
            memberships,
            invited: who == INVITED,
            leaving: false,
        }
    }

    /// No sign-in, no git, no API.
    pub(super) fn blocked(&self) -> bool {
        matches!(self.state, "blocked" | "ldap_blocked")
    }
}

impl Tenant {
    pub(in crate::sandbox) fn fresh(people: &[Person]) -> Tenant {
        let admin = people.len() - 1;
        Tenant {
            users: people.iter().enumerate().map(|(who, person)| User::fresh(who, person, admin)).collect(),
            admin,
        }
    }

    pub(in crate::sandbox) fn restore(&mut self, who: usize, person: &Person) {
        self.users[who] = User::fresh(who, person, self.admin);
    }

    pub(super) fn user(&mut self, who: usize) -> &mut User {
        &mut self.users[who]
    }

    pub(super) fn users(&self) -> &[User] {
        &self.users
    }

    /// Counts as a billable member of the group. The job that takes one off has run when this is asked the second time.
    pub(super) fn billable(&mut self, who: usize) -> bool {
        let user = &mut self.users[who];
        let counts = user.invited || !user.memberships.is_empty();
        if user.leaving {
            user.leaving = false;
            user.memberships.clear();
        }
        counts
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let user = &self.users[who];
        let active = |tokens: &[Token]| tokens.iter().filter(|token| !token.revoked).count();
        let memberships: Vec<Value> = user
            .memberships
            .iter()
            .map(|one| json!({ "source": one.source, "level": one.level, "expires": one.expires }))
            .collect();
        json!({
            "state": user.state, "tokens": active(&user.tokens), "impersonation_tokens": active(&user.impersonation),
            "ssh_keys": user.keys.len(), "gpg_keys": user.gpg.len(), "memberships": memberships, "invited": user.invited,
        })
    }
}
