//! What a person has in Okta beside the account itself: admin roles, groups, applications, API tokens, consents.

use serde_json::{Value, json};

use super::super::dice::Draw;
use super::super::people::Person;

/// The groups of the org: name and Okta's `type`.
pub(super) const GROUPS: [(&str, &str); 5] = [
    ("Everyone", "BUILT_IN"),
    ("engineering", "OKTA_GROUP"),
    ("vpn-users", "OKTA_GROUP"),
    ("directory-staff", "APP_GROUP"),
    ("auditors", "OKTA_GROUP"),
];

/// The applications of the org: label, and whether they come by a group.
pub(super) const APPS: [(&str, bool); 4] =
    [("Drawing Board", false), ("Expense Desk", false), ("Wiki", true), ("Build Farm", false)];

/// Everybody's holdings, by number.
pub(in super::super) struct Tenant(Vec<Holding>);

pub(super) struct Holding {
    pub(super) roles: Vec<Role>,
    /// Places in [`GROUPS`].
    pub(super) groups: Vec<usize>,
    /// Places in [`APPS`].
    pub(super) apps: Vec<usize>,
    pub(super) api_tokens: Vec<String>,
    /// Ids of consents.
    pub(super) grants: Vec<String>,
    /// Ids of applications that hold refresh tokens.
    pub(super) clients: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Role {
    pub(super) id: String,
    /// Okta's `type`.
    pub(super) kind: String,
    /// `USER`, or `GROUP` where it comes by a group.
    pub(super) by: &'static str,
    /// Ids of the groups that it is limited to.
    pub(super) limits: Vec<&'static str>,
}

impl Tenant {
    pub(in super::super) fn fresh(seed: u64, people: &[Person]) -> Tenant {
        let mut holdings: Vec<Holding> =
            people.iter().enumerate().map(|(index, person)| Holding::fresh(seed, index, person)).collect();
        // The console's admin, who comes last, and one of the people.
        let first = people.iter().position(|person| person.privileged);
        for index in first.into_iter().chain([people.len() - 1]) {
            holdings[index].roles = vec![role(index, 0, "SUPER_ADMIN", "USER", &[])];
        }
        Tenant(holdings)
    }

    /// Puts one person's things back to how they were at the start.
    pub(in super::super) fn restore(&mut self, seed: u64, people: &[Person], index: usize) {
        if let Some(fresh) = Tenant::fresh(seed, people).0.into_iter().nth(index) {
            self.0[index] = fresh;
        }
    }

    pub(super) fn of(&mut self, index: usize) -> &mut Holding {
        &mut self.0[index]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Holding)> {
        self.0.iter().enumerate()
    }
}

pub(super) fn role(index: usize, number: usize, kind: &str, by: &'static str, limits: &[&'static str]) -> Role {
    Role { id: format!("ra1{index:06}x{number}"), kind: kind.to_owned(), by, limits: limits.to_vec() }
}

impl Holding {
    /// Number 0 has some of everything; the others what chance gives them.
    fn fresh(seed: u64, index: usize, person: &Person) -> Holding {
        let mut draw = Draw::new(seed ^ 0x6f6b_7461_0000_0001, index);
        let full = index == 0;
        let mut has = |one_in: usize| full || draw.one_in(one_in);
        let roles = if person.privileged {
            vec![
                role(index, 0, "READ_ONLY_ADMIN", "USER", &[]),
                role(index, 1, "HELP_DESK_ADMIN", "USER", &["00g000000001"]),
                role(index, 2, "REPORT_ADMIN", "GROUP", &[]),
            ]
        } else if has(6) {
            // Some who are nobody's idea of an admin are one all the same.
            vec![role(index, 0, "REPORT_ADMIN", "USER", &[])]
        } else {
            Vec::new()
        };
        let listed = |has: bool, id: String| has.then_some(id).into_iter().collect();
        Holding {
            roles,
            groups: (0..GROUPS.len()).filter(|group| *group == 0 || has(2)).collect(),
            apps: (0..APPS.len()).filter(|_| has(2)).collect(),
            api_tokens: listed(has(6), format!("00T{index:017}")),
            grants: listed(has(4), format!("oag{index:017}")),
            clients: listed(has(4), format!("0oa{index:017}")),
        }
    }

    /// What is really so, for tests.
    pub(super) fn truth(&self) -> Value {
        json!({
            "roles": self.roles.iter().map(|it| &it.kind).collect::<Vec<_>>(),
            "groups": self.groups.iter().map(|it| GROUPS[*it].0).collect::<Vec<_>>(),
            "apps": self.apps.iter().map(|it| APPS[*it].0).collect::<Vec<_>>(),
            "ownRoles": self.roles.iter().filter(|it| it.by == "USER").count(),
            "ownGroups": self.groups.iter().filter(|it| GROUPS[**it].1 == "OKTA_GROUP").count(),
            "ownApps": self.apps.iter().filter(|it| !APPS[**it].1).count(),
            "apiTokens": self.api_tokens.len(),
            "grants": self.grants.len(),
            "clients": self.clients.len(),
        })
    }
}
