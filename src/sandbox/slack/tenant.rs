//! What hangs on Slack's people beside their accounts: private channels and user groups. The console's admin, whose token
//! it is, sits in every private channel: of others nothing would be seen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::people::Person;

pub(in super::super) struct Tenant {
    pub(super) channels: BTreeMap<String, Channel>,
    pub(super) groups: BTreeMap<String, Group>,
}

pub(super) struct Channel {
    pub(super) name: String,
    pub(super) creator: usize,
    pub(super) members: BTreeSet<usize>,
    pub(super) archived: bool,
    /// Slack Connect: another organisation is in it too.
    pub(super) shared: bool,
}

pub(super) struct Group {
    pub(super) handle: String,
    pub(super) users: BTreeSet<usize>,
    pub(super) disabled: bool,
}

/// People who share a private channel and a user group.
const A_TEAM: usize = 5;

impl Tenant {
    /// `people` with the console's admin as the last.
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let mut tenant = Tenant { channels: BTreeMap::new(), groups: BTreeMap::new() };
        let admin = people.len() - 1;
        for (index, person) in people[..admin].iter().enumerate() {
            tenant.settle(index, person, admin);
        }
        tenant
    }

    /// Puts a person where they were at the start. One in three keeps a channel that nobody else is in, one in four is
    /// alone in a user group.
    pub(in super::super) fn settle(&mut self, index: usize, person: &Person, admin: usize) {
        if person.slack_id.is_none() || index == admin {
            return;
        }
        let team = index / A_TEAM;
        self.join(format!("G0TEAM{team:05}"), format!("team-{team}"), team * A_TEAM, team % 4 == 1, [index, admin]);
        self.enlist(format!("S0TEAM{team:05}"), format!("team-{team}"), index);
        if index.is_multiple_of(3) {
            self.join(format!("G0OWN{index:06}"), format!("notes-{}", person.login), index, false, [index, admin]);
        }
        if index.is_multiple_of(4) {
            self.enlist(format!("S0OWN{index:06}"), person.login.clone(), index);
        }
    }

    fn join(&mut self, id: String, name: String, creator: usize, shared: bool, who: [usize; 2]) {
        let members = BTreeSet::new();
        let channel = self.channels.entry(id).or_insert(Channel { name, creator, members, archived: false, shared });
        channel.members.extend(who);
        channel.archived = false;
    }

    fn enlist(&mut self, id: String, handle: String, who: usize) {
        let group = self.groups.entry(id).or_insert(Group { handle, users: BTreeSet::new(), disabled: false });
        group.users.insert(who);
        group.disabled = false;
    }

    /// What is really so of one person.
    pub(super) fn state(&self, who: usize) -> Value {
        let channels = self.channels.values().filter(|channel| channel.members.contains(&who));
        let (archived, open): (Vec<&Channel>, Vec<&Channel>) = channels.partition(|channel| channel.archived);
        let names = |channels: &[&Channel]| channels.iter().map(|channel| channel.name.clone()).collect::<Vec<_>>();
        let groups = self.groups.values().filter(|group| !group.disabled && group.users.contains(&who));
        let handles: Vec<&String> = groups.map(|group| &group.handle).collect();
        json!({ "private_channels": names(&open), "archived": names(&archived), "user_groups": handles })
    }
}
