//! What the tenant holds: users with all that hangs on them, groups, teams and devices.
//!
//! Some people are made to be awkward, by their number; see [`awkward`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::dice::Draw;
use super::super::lagged::Lagged;
use super::super::people::Person;
use super::devices::Device;
use super::groups::{GROUPS, TEAMS};
use super::licences::Licence;
use super::registered::{AppRole, Consent, Registered};

/// Numbers of people who are not like the others.
pub(super) mod awkward {
    /// Mastered by Active Directory.
    pub(crate) const SYNCED: usize = 5;
    /// Global Administrator; the only other one is disabled.
    pub(crate) const LAST_ADMIN: usize = 6;
    /// Global Administrator by a group, disabled at the start.
    pub(crate) const DISABLED_ADMIN: usize = 7;
    /// A guest's object has the same address as the user's.
    pub(crate) const TWICE: usize = 8;
    /// Signs in by another name; the work address is only an alias.
    pub(crate) const ALIAS: usize = 9;
    /// Disabled at the start.
    pub(crate) const DISABLED: usize = 10;
    /// Member of a group that roles can be assigned to, which this application may not change.
    pub(crate) const IN_ROLE_GROUP: usize = 11;
}

/// When everything was as it is at the start.
const LONG_AGO: &str = "2025-06-02T10:00:00Z";

pub(in super::super) struct Tenant {
    pub(super) users: Vec<User>,
}

pub(super) struct User {
    /// Number of the person, if it is one of the staff's own users.
    pub(super) who: Option<usize>,
    pub(super) id: String,
    pub(super) upn: String,
    pub(super) mail: Option<String>,
    pub(super) other_mails: Vec<String>,
    pub(super) proxy_addresses: Vec<String>,
    pub(super) employee_id: Option<String>,
    pub(super) guest: bool,
    pub(super) synced: bool,
    pub(super) enabled: Lagged<bool>,
    pub(super) deleted: bool,
    pub(super) sessions: u32,
    pub(super) sessions_valid_from: String,
    pub(super) password_changed: String,
    pub(super) password_resets: u32,
    pub(super) methods: Vec<Registered>,
    pub(super) consents: Vec<Consent>,
    pub(super) app_roles: Vec<AppRole>,
    pub(super) licences: Vec<Licence>,
    /// Places in [`GROUPS`].
    pub(super) groups: BTreeSet<usize>,
    /// Places in [`TEAMS`], and whether as an owner.
    pub(super) teams: Vec<(usize, bool)>,
    pub(super) devices: Vec<Device>,
    /// Inbox rules that send mail to these addresses.
    pub(super) forwards_to: Vec<&'static str>,
    pub(super) owns_application: bool,
}

/// An id as Entra makes them: the last part holds the number.
pub(super) fn guid(kind: u16, number: usize) -> String {
    format!("5a9db0c5-{kind:04x}-4000-8000-{number:012x}")
}

impl User {
    fn fresh(seed: u64, index: usize, person: &Person) -> User {
        let mut draw = Draw::new(seed ^ 0x6772_6170_6800_0000, index);
        let id = guid(0, index + 1);
        let first = index == 0;
        let renamed = index == awkward::ALIAS;
        let groups: BTreeSet<usize> = match index {
            0 => (0..GROUPS.len()).filter(|&group| GROUPS[group].open).collect(),
            awkward::IN_ROLE_GROUP => [1, 6].into(),
            _ => [1, draw.below(3)].into(),
        };
        User {
            who: Some(index),
            upn: if renamed { format!("{}@corp.onmicrosoft.example", person.login) } else { person.email.clone() },
            mail: (!renamed).then(|| person.email.clone()),
            other_mails: Vec::new(),
            proxy_addresses: vec![format!("{}:{}", if renamed { "smtp" } else { "SMTP" }, person.email)],
            employee_id: Some(person.employee_id.clone()),
            guest: false,
            synced: index == awkward::SYNCED,
            enabled: Lagged::new(!matches!(index, awkward::DISABLED | awkward::DISABLED_ADMIN)),
            deleted: false,
            sessions: 2,
            sessions_valid_from: LONG_AGO.to_owned(),
            password_changed: LONG_AGO.to_owned(),
            password_resets: 0,
            methods: Registered::some(first),
            consents: (0..=draw.below(2)).map(|app| Consent::new(index, app)).collect(),
            app_roles: vec![AppRole::own(index), AppRole::of_group(index)],
            licences: Licence::some(index),
            groups,
            teams: if first { vec![(0, true), (1, false)] } else { vec![(draw.below(TEAMS.len()), false)] },
            devices: Device::some(index),
            forwards_to: if first { vec!["alfa@home.example"] } else { Vec::new() },
            owns_application: first,
            id,
        }
    }

    /// Somebody else's directory vouches for this one, who has the same address.
    fn guest_of(index: usize, person: &Person) -> User {
        let name = person.email.replace('@', "_");
        User {
            who: None,
            id: guid(1, index + 1),
            upn: format!("{name}#EXT#@corp.onmicrosoft.example"),
            employee_id: None,
            guest: true,
            consents: Vec::new(),
            devices: Vec::new(),
            ..User::fresh(0, index, person)
        }
    }
}

impl Tenant {
    pub(in super::super) fn fresh(seed: u64, people: &[Person]) -> Tenant {
        let mut users: Vec<User> =
            people.iter().enumerate().map(|(index, person)| User::fresh(seed, index, person)).collect();
        // The console's admin is the last of the people, and no awkward one.
        if let Some(person) = people.get(awkward::TWICE) {
            users.push(User::guest_of(awkward::TWICE, person));
        }
        Tenant { users }
    }

    pub(in super::super) fn restore(&mut self, seed: u64, index: usize, person: &Person) {
        self.users[index] = User::fresh(seed, index, person);
    }

    /// Place of the user that a path names, by id or sign-in name.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.users.iter().position(|user| user.id == key || user.upn.eq_ignore_ascii_case(key))
    }

    /// Number of the person whose user this is.
    pub(super) fn who(&self, key: &str) -> Option<usize> {
        self.users[self.find(key)?].who
    }

    /// Places of the user and the device.
    pub(super) fn device(&self, id: &str) -> Option<(usize, usize)> {
        self.users
            .iter()
            .enumerate()
            .find_map(|(user, it)| it.devices.iter().position(|device| device.id == id).map(|device| (user, device)))
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let Some(user) = self.users.get(who) else { return Value::Null };
        json!({
            "id": user.id,
            "enabled": user.enabled.now(),
            "deleted": user.deleted,
            "sessions": user.sessions,
            "passwordResets": user.password_resets,
            "methods": user.methods.iter().map(|method| method.kind).collect::<Vec<_>>(),
            "consents": user.consents.len(),
            "appRoles": user.app_roles.iter().filter(|role| !role.by_group).count(),
            "appRolesOfGroups": user.app_roles.iter().filter(|role| role.by_group).count(),
            "groups": user.groups.iter().map(|&group| GROUPS[group].name).collect::<Vec<_>>(),
            "teams": user.teams.iter().map(|&(team, owner)| json!({ "name": TEAMS[team], "owner": owner })).collect::<Vec<_>>(),
            "licences": user.licences.iter().map(Licence::told).collect::<Vec<_>>(),
            "devices": user.devices.iter().map(Device::told).collect::<Vec<_>>(),
        })
    }
}
