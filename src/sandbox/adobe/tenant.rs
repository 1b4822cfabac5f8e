//! The organisation's users, by person.

use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::people::Person;

#[derive(Clone, Debug)]
pub(super) struct User {
    /// As it was typed when the user was made: commands compare it letter by letter.
    pub(super) email: String,
    /// For people who are known by a name that is no address.
    pub(super) username: Option<String>,
    /// Adobe's `type`.
    pub(super) kind: &'static str,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) groups: Vec<String>,
    pub(super) admin_roles: Vec<String>,
    pub(super) in_org: bool,
    pub(super) deleted: bool,
}

/// Everybody is a user; these are special, by number: 4 was made in capitals, 7 is a system administrator, 10 is known by
/// a user name, 12 is in twelve groups, 58 has an Adobe ID.
pub(in super::super) struct Tenant {
    users: Mutex<Vec<User>>,
    fresh: Vec<User>,
}

impl Tenant {
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let fresh: Vec<User> = people.iter().enumerate().map(|(index, person)| User::fresh(index, person)).collect();
        Tenant { users: Mutex::new(fresh.clone()), fresh }
    }

    pub(in super::super) fn restore(&self, who: usize) {
        hold(&self.users)[who] = self.fresh[who].clone();
    }

    pub(super) fn users(&self) -> MutexGuard<'_, Vec<User>> {
        hold(&self.users)
    }

    /// A look-up does not tell upper case from lower case.
    pub(super) fn looked_up(&self, name: &str) -> Option<usize> {
        self.users().iter().position(|user| user.answers_to(name, str::eq_ignore_ascii_case))
    }

    /// A command does.
    pub(super) fn commanded(&self, name: &str) -> Option<usize> {
        self.users().iter().position(|user| user.answers_to(name, |one, other| one == other))
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let user = &self.users()[who];
        json!({
            "in_org": user.in_org, "deleted": user.deleted, "groups": user.groups, "adminRoles": user.admin_roles,
        })
    }
}

impl User {
    fn fresh(index: usize, person: &Person) -> User {
        let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
        let groups = match index {
            12 => (1..=12).map(|number| format!("Project {number}")).collect(),
            _ => vec!["Acrobat Pro".to_owned(), "Design Team".to_owned()],
        };
        User {
            email: if index == 4 { capitals(&person.email) } else { person.email.clone() },
            username: (index == 10).then(|| person.login.clone()),
            kind: match index {
                58 => "adobeID",
                index if index % 2 == 1 => "enterpriseID",
                _ => "federatedID",
            },
            first: first.to_owned(),
            last: last.to_owned(),
            groups,
            admin_roles: match index {
                7 => vec!["org".to_owned()],
                12 => vec!["Acrobat Pro".to_owned()],
                _ => Vec::new(),
            },
            in_org: true,
            deleted: false,
        }
    }

    fn answers_to(&self, name: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        // Who is known by a user name is not found by address.
        same(self.username.as_deref().unwrap_or(&self.email), name)
    }
}

/// `echo.doe@x` as `Echo.Doe@x`.
fn capitals(email: &str) -> String {
    let (login, domain) = email.split_once('@').unwrap_or((email, ""));
    let words: Vec<String> = login
        .split('.')
        .map(|word| {
            word.chars().take(1).map(|letter| letter.to_ascii_uppercase()).chain(word.chars().skip(1)).collect()
        })
        .collect();
    format!("{}@{domain}", words.join("."))
}
