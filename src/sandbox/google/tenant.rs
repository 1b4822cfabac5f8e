//! What a person has in Google beside the account itself: roles, groups, licences, devices, mail settings, files.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::dice::Draw;
use super::super::lagged::Lagged;
use super::super::people::{DOMAIN, Person};
use super::chromeos::Chromebooks;

/// The role that every super admin has, beside being one.
pub(super) const SUPER_ADMIN_ROLE: u64 = 1;

/// Every group of the domain, by id. Each has its own way to say that somebody is no member.
pub(super) const GROUPS: [&str; 4] = ["all-staff", "project-x", "on-call", "announcements"];

/// `product/sku` that the firm has bought.
pub(super) const LICENCES: [(&str, &str); 3] =
    [("Google-Apps", "1010020028"), ("101031", "1010310002"), ("101047", "1010470001")];

/// The person whose one device an admin has yet to approve.
const AWAITS_APPROVAL: usize = 5;

/// What the whole domain has.
pub(in super::super) struct Tenant {
    /// By number of the person.
    holdings: Vec<Holding>,
    pub(super) chromebooks: Chromebooks,
}

pub(super) struct Holding {
    pub(super) super_admin: bool,
    pub(super) roles: Vec<Role>,
    pub(super) memberships: Vec<Membership>,
    /// Places in [`LICENCES`].
    pub(super) licences: Vec<usize>,
    pub(super) phones: Vec<Phone>,
    pub(super) computers: Vec<Computer>,
    pub(super) mail: Mail,
    pub(super) files: usize,
    /// Ids and names of calendars beside the person's own.
    pub(super) calendars: Vec<(String, &'static str)>,
}

/// A role assignment.
pub(super) struct Role {
    pub(super) id: u64,
    pub(super) kind: u64,
    /// The unit that it is limited to.
    pub(super) unit: Option<String>,
}

pub(super) struct Membership {
    /// Place in [`GROUPS`].
    pub(super) group: usize,
    pub(super) is_in: Lagged<bool>,
    pub(super) role: String,
    pub(super) delivery: String,
}

/// A private device, as the Directory API lists it.
pub(super) struct Phone {
    pub(super) id: String,
    pub(super) model: &'static str,
    pub(super) status: &'static str,
    /// It was erased on the spot, all of it.
    pub(super) erased: bool,
}

/// A device of the company's, as Cloud Identity lists it.
pub(super) struct Computer {
    pub(super) id: String,
    pub(super) model: &'static str,
    pub(super) state: &'static str,
    /// How its owner's account stands on it.
    pub(super) account: &'static str,
    /// Somebody else who signs in to it too.
    pub(super) shared_with: Option<String>,
}

impl Phone {
    /// How the account stands on it, as Cloud Identity says it.
    pub(super) fn account(&self) -> &'static str {
        match self.status {
            "ACCOUNT_WIPING" => "WIPING",
            status => status,
        }
    }
}

#[derive(Default)]
pub(super) struct Mail {
    /// Where mail is forwarded to, if it is.
    pub(super) forwarding: Option<String>,
    pub(super) filters: Vec<Value>,
    pub(super) delegates: Vec<String>,
    /// Sender addresses beside the primary one.
    pub(super) senders: Vec<Value>,
}

impl Tenant {
    pub(in super::super) fn fresh(seed: u64, people: &[Person]) -> Tenant {
        let mut holdings: Vec<Holding> =
            people.iter().enumerate().map(|(index, person)| Holding::fresh(seed, index, person)).collect();
        // The console's admin, who comes last, and one of the people.
        let first = people.iter().position(|person| person.privileged);
        for index in first.into_iter().chain([people.len() - 1]) {
            holdings[index].set_super_admin(index, true);
        }
        Tenant { holdings, chromebooks: Chromebooks::fresh(seed, people) }
    }

    /// Puts one person's things back to how they were at the start.
    pub(in super::super) fn restore(&mut self, seed: u64, people: &[Person], index: usize) {
        let fresh = Tenant::fresh(seed, people);
        self.chromebooks.restore(fresh.chromebooks, &people[index].email);
        if let Some(fresh) = fresh.holdings.into_iter().nth(index) {
            self.holdings[index] = fresh;
        }
    }

    /// Orders to wipe have reached this person's devices.
    pub(in super::super) fn reach_devices(&mut self, index: usize) {
        for computer in self.holdings[index].computers.iter_mut().filter(|it| it.state == "WIPING") {
            computer.state = "WIPED";
        }
    }

    pub(super) fn of(&mut self, index: usize) -> &mut Holding {
        &mut self.holdings[index]
    }

    /// Whose device, licence or the like it is.
    pub(super) fn find(&self, has: impl Fn(&Holding) -> bool) -> Option<usize> {
        self.holdings.iter().position(has)
    }
}

impl Holding {
    /// Number 0 has some of everything; the others what chance gives them.
    fn fresh(seed: u64, index: usize, person: &Person) -> Holding {
        let mut draw = Draw::new(seed ^ 0x676f_6f67_6c65_0001, index);
        let full = index == 0;
        // Some who are nobody's idea of an admin have a role all the same.
        let roles = (person.privileged || draw.one_in(6)).then(|| Role {
            id: 1_000 + index as u64,
            kind: 20 + index as u64 % 3,
            unit: Some(format!("03ph8a2z{index}")),
        });
        let mut has = |one_in: usize| full || draw.one_in(one_in);
        let membership = |group: usize| Membership {
            group,
            is_in: Lagged::new(true),
            role: if group == 1 { "OWNER" } else { "MEMBER" }.to_owned(),
            delivery: if group == 3 { "DIGEST" } else { "ALL_MAIL" }.to_owned(),
        };
        let memberships = (0..GROUPS.len()).filter(|group| *group == 0 || has(3)).map(membership).collect();
        let licences = (0..LICENCES.len()).filter(|licence| *licence == 0 || has(3)).take(2).collect();
        let phones = (has(2) && index != AWAITS_APPROVAL).then(|| Phone {
            id: format!("AFiQxQ8{index:06}"),
            model: "Pocket 7",
            // Every seventh was blocked long ago.
            status: if index % 7 == 3 { "BLOCKED" } else { "APPROVED" },
            erased: false,
        });
        let computers = (has(4) || index == AWAITS_APPROVAL).then(|| Computer {
            id: format!("c0ffee{index:06}"),
            model: "Desk 14",
            state: "APPROVED",
            account: if index == AWAITS_APPROVAL { "PENDING_APPROVAL" } else { "APPROVED" },
            shared_with: (index % 5 == 4).then(|| format!("zulu.console@{DOMAIN}")),
        });
        let outside = format!("{}@home.example", person.login);
        let mail = Mail {
            forwarding: has(8).then(|| outside.clone()),
            filters: has(6)
                .then(|| {
                    json!({"id": format!("ANe1Bmj{index}"), "criteria": {"from": "billing@vendor.example"},
                    "action": {"forward": outside, "addLabelIds": ["STARRED"]}})
                })
                .into_iter()
                .collect(),
            delegates: has(10).then(|| format!("assistant@{DOMAIN}")).into_iter().collect(),
            senders: has(10)
                .then(|| {
                    json!({"sendAsEmail": outside, "displayName": person.name, "replyToAddress": "",
                    "isPrimary": false, "isDefault": false, "treatAsAlias": false, "verificationStatus": "accepted"})
                })
                .into_iter()
                .collect(),
        };
        let calendars = has(3).then(|| (format!("c_{index:012}@group.calendar.google.com"), "Release plan"));
        let files = if full { 1_234 } else { draw.below(40) };
        Holding {
            super_admin: false,
            roles: roles.into_iter().collect(),
            memberships,
            licences,
            phones: phones.into_iter().collect(),
            computers: computers.into_iter().collect(),
            mail,
            files,
            calendars: calendars.into_iter().collect(),
        }
    }

    /// Being super admin and having its role are one and the same.
    pub(super) fn set_super_admin(&mut self, index: usize, is: bool) {
        self.super_admin = is;
        self.roles.retain(|role| role.kind != SUPER_ADMIN_ROLE);
        if is {
            self.roles.push(Role { id: 500_000 + index as u64, kind: SUPER_ADMIN_ROLE, unit: None });
        }
    }

    pub(super) fn membership(&mut self, group: usize) -> Option<&mut Membership> {
        self.memberships.iter_mut().find(|it| it.group == group)
    }

    pub(super) fn join(&mut self, group: usize, role: &str, delivery: &str, at: Instant, lag: Duration) {
        let (role, delivery) = (role.to_owned(), delivery.to_owned());
        match self.membership(group) {
            Some(membership) => {
                membership.is_in.set(true, at, lag);
                (membership.role, membership.delivery) = (role, delivery);
            }
            None => self.memberships.push(Membership { group, is_in: Lagged::new(true), role, delivery }),
        }
    }

    /// How the account stands on each device that the person signs in to, as Cloud Identity says it.
    pub(super) fn account_on_devices(&self) -> Vec<&'static str> {
        let phones = self.phones.iter().map(Phone::account);
        phones.chain(self.computers.iter().map(|it| it.account)).collect()
    }

    /// What is really so, for tests.
    pub(super) fn truth(&self) -> Value {
        let groups: Vec<Value> = self
            .memberships
            .iter()
            .filter(|it| it.is_in.now())
            .map(|it| json!({"group": GROUPS[it.group], "role": it.role, "delivery": it.delivery}))
            .collect();
        json!({
            "superAdmin": self.super_admin,
            "roles": self.roles.iter().map(|it| json!({"role": it.kind, "unit": it.unit})).collect::<Vec<_>>(),
            "groups": groups,
            "licences": self.licences.iter().map(|it| LICENCES[*it].1).collect::<Vec<_>>(),
            "phones": self.phones.iter().map(|it| it.status).collect::<Vec<_>>(),
            "phonesErased": self.phones.iter().filter(|it| it.erased).count(),
            "accountOnDevices": self.account_on_devices(),
            "openAccountOnDevices":
                self.account_on_devices().iter().filter(|it| ["APPROVED", "PENDING_APPROVAL"].contains(*it)).count(),
            "computers": self.computers.iter().map(|it| it.state).collect::<Vec<_>>(),
            "shared": self.computers.iter().filter(|it| it.shared_with.is_some()).count(),
            "forwarding": self.mail.forwarding,
            "filters": self.mail.filters.len(),
            "delegates": self.mail.delegates,
            "senders": self.mail.senders.len(),
        })
    }
}
