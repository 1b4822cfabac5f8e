//! What hangs on GitHub's people beside membership: teams, invitations, grants of fine-grained tokens, Copilot seats, and
//! the accounts that an identity provider manages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::people::Person;

pub(in super::super) struct Tenant {
    pub(super) teams: BTreeMap<String, Team>,
    pub(super) invitations: BTreeMap<u64, Invitation>,
    /// By the grant's id, which is not the token's: whose it is.
    pub(super) grants: BTreeMap<u64, usize>,
    pub(super) copilot: BTreeMap<usize, Seat>,
    /// Accounts of the enterprise that exist; `true`: not suspended.
    pub(super) managed: BTreeMap<usize, bool>,
    /// Whose keys and tokens were destroyed, not only their authorisation.
    pub(super) destroyed: BTreeSet<usize>,
    /// Whose identity the organisation's SCIM has deleted.
    pub(super) unlinked: BTreeSet<usize>,
}

#[derive(Default)]
pub(super) struct Team {
    /// The identity provider says who is in it.
    pub(super) synced: bool,
    /// With their roles.
    pub(super) members: BTreeMap<usize, String>,
}

pub(super) struct Invitation {
    pub(super) who: usize,
    /// Sent to the address: no login is known.
    pub(super) by_email: bool,
    pub(super) role: String,
}

pub(super) struct Seat {
    pub(super) by_team: bool,
    /// Ends with the billing cycle.
    pub(super) pending: bool,
}

/// People in a team.
const A_TEAM: usize = 5;

impl Tenant {
    /// `people` with the console's admin as the last.
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let mut tenant = Tenant {
            teams: BTreeMap::new(),
            invitations: BTreeMap::new(),
            grants: BTreeMap::new(),
            copilot: BTreeMap::new(),
            managed: BTreeMap::new(),
            destroyed: BTreeSet::new(),
            unlinked: BTreeSet::new(),
        };
        for (index, person) in people.iter().enumerate() {
            tenant.settle(index, person);
        }
        tenant
    }

    /// Puts a person where they were at the start. One in eleven is in a team that the identity provider fills.
    pub(in super::super) fn settle(&mut self, index: usize, person: &Person) {
        if person.github_login.is_none() {
            return;
        }
        let number = index as u64;
        self.managed.insert(index, true);
        self.destroyed.remove(&index);
        self.unlinked.remove(&index);
        if index % 2 == 1 {
            self.grants.insert(300_000 + number, index);
        }
        if person.kind == "contractor" {
            return;
        }
        let role = if index.is_multiple_of(A_TEAM) { "maintainer" } else { "member" };
        let team = self.teams.entry(format!("team-{}", index / A_TEAM)).or_default();
        team.members.insert(index, role.to_owned());
        if index % 11 == 3 {
            let team = self.teams.entry("synced".to_owned()).or_default();
            team.synced = true;
            team.members.insert(index, "member".to_owned());
        }
        if matches!(index % 9, 4 | 5) {
            let invitation = Invitation { who: index, by_email: index % 9 == 4, role: "direct_member".to_owned() };
            self.invitations.insert(200_000 + number, invitation);
        }
        if index.is_multiple_of(3) {
            self.copilot.insert(index, Seat { by_team: index.is_multiple_of(6), pending: false });
        }
    }

    /// Out of all teams.
    pub(super) fn removed(&mut self, who: usize) {
        for team in self.teams.values_mut() {
            team.members.remove(&who);
        }
    }

    /// What is really so of one person.
    pub(in super::super) fn state(&self, who: usize) -> Value {
        let teams: BTreeMap<&String, &String> =
            self.teams.iter().filter_map(|(slug, team)| Some((slug, team.members.get(&who)?))).collect();
        let invitations = self.invitations.values().filter(|invitation| invitation.who == who).count();
        let grants = self.grants.values().filter(|owner| **owner == who).count();
        json!({
            "teams": teams, "invitations": invitations, "grants": grants, "managed": self.managed.get(&who),
            "copilot": self.copilot.get(&who).map(|seat| if seat.pending { "ending" } else { "assigned" }),
            "copilot_by_team": self.copilot.get(&who).is_some_and(|seat| seat.by_team),
            "destroyed": self.destroyed.contains(&who), "unlinked": self.unlinked.contains(&who),
        })
    }
}
