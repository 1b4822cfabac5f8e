//! One org: its users, what they hold and own, and its licences.

use serde_json::{Value, json};

use super::super::people::Person;
use super::token;

pub(in super::super) struct Tenant {
    /// By person number, the console's admin last; after them those who are no person of the directory.
    pub(super) users: Vec<User>,
    /// Licences that the org has paid for: as many as were in use at the start.
    licences: usize,
    /// Calls since the start.
    pub(super) calls: u64,
    made: usize,
}

pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    email: String,
    /// Its profile may modify all data.
    pub(super) admin: bool,
    pub(super) active: bool,
    /// Id of the `UserLogin` beside it.
    pub(super) login: String,
    pub(super) frozen: bool,
    pub(super) sessions: Vec<String>,
    pub(super) tokens: Vec<Token>,
    pub(super) sets: Vec<Assignment>,
    pub(super) licences: Vec<Assignment>,
    delegated_approver: Option<String>,
    /// `Approver__c`, a custom hierarchy field.
    pub(super) approver: Option<String>,
    /// Leads, opportunities, cases and accounts that are open.
    owns: [usize; 4],
    queues: Vec<(&'static str, &'static str)>,
    approvals: usize,
    /// Accounts that this user takes part in, by Compliant Data Sharing.
    takes_part: usize,
}

pub(super) struct Token {
    id: String,
    app: &'static str,
    pub(super) secret: String,
}

/// A permission set or a licence that somebody holds.
pub(super) struct Assignment {
    pub(super) id: String,
    /// The set or the licence.
    pub(super) of: String,
    pub(super) group: Option<String>,
    /// The profile's own set.
    pub(super) by_profile: bool,
}

/// People by number to whom something special applies.
const BLOCKED: usize = 1;
const DELEGATING: usize = 2;
const LAST_ADMIN: usize = 4;
const TWO_ACCOUNTS: usize = 5;
const OTHER_USERNAME: usize = 6;
const INACTIVE: usize = 7;
const APOSTROPHE: usize = 8;
const TAKES_PART: usize = 14;

impl Tenant {
    /// `people` with the console's admin last.
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let mut users: Vec<User> =
            people.iter().enumerate().map(|(who, person)| User::fresh(who, person, people.len() - 1)).collect();
        if let Some(twin) = people.get(TWO_ACCOUNTS) {
            let mut community = User::fresh(users.len(), twin, usize::MAX);
            community.username = format!("{}.community", twin.email);
            users.push(community);
        }
        if let Some(person) = people.get(APOSTROPHE) {
            let mut irish = User::fresh(users.len(), person, usize::MAX);
            (irish.username, irish.email) = ("o'romeo@corp.example".into(), "o'romeo@corp.example".into());
            users.push(irish);
        }
        if let Some(person) = people.last() {
            let mut reader = User::fresh(users.len(), person, usize::MAX);
            (reader.username, reader.email) = (token::PLAIN_INTEGRATION.into(), token::PLAIN_INTEGRATION.into());
            users.push(reader);
        }
        let licences = users.iter().filter(|user| user.active).count();
        Tenant { users, licences, calls: 0, made: 0 }
    }

    /// Puts one person back to how they were at the start.
    pub(in super::super) fn restore(&mut self, who: usize, people: &[Person]) {
        self.users[who] = User::fresh(who, &people[who], people.len() - 1);
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.users.iter().position(|user| user.id == id)
    }

    /// Whose session or assignment this is.
    pub(super) fn holder(&self, id: &str) -> Option<usize> {
        self.users.iter().position(|user| {
            user.sessions.iter().any(|session| session == id)
                || user.sets.iter().chain(&user.licences).any(|assignment| assignment.id == id)
        })
    }

    pub(super) fn next_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}9{:011}AAA", self.made)
    }

    pub(super) fn admins(&self) -> usize {
        self.users.iter().filter(|user| user.active && user.admin).count()
    }

    pub(super) fn free_licences(&self) -> usize {
        self.licences.saturating_sub(self.users.iter().filter(|user| user.active).count())
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let user = &self.users[who];
        json!({
            "active": user.active,
            "frozen": user.frozen,
            "sessions": user.sessions.len(),
            "tokens": user.tokens.len(),
            "permission_sets": user.sets.iter().map(|set| &set.of).collect::<Vec<_>>(),
            "licences": user.licences.iter().map(|licence| &licence.of).collect::<Vec<_>>(),
            "holds_licence": user.active,
        })
    }

    /// All rows of an object; `None`: the org has no such object.
    pub(super) fn rows(&self, object: &str) -> Option<Vec<Value>> {
        let each = |rows: fn(&User) -> Vec<Value>| self.users.iter().flat_map(rows).collect::<Vec<_>>();
        Some(match object {
            "User" => each(|user| vec![user.row()]),
            "UserLogin" => each(|user| vec![json!({"Id": user.login, "UserId": user.id, "IsFrozen": user.frozen})]),
            "AuthSession" => each(|user| {
                let row = |id: &String| json!({"Id": id, "UsersId": user.id, "SessionType": "UI", "IsCurrent": false});
                user.sessions.iter().map(row).collect()
            }),
            "OauthToken" => each(|user| {
                let row = |one: &Token| json!({"Id": one.id, "UserId": user.id, "AppName": one.app, "DeleteToken": one.secret});
                user.tokens.iter().map(row).collect()
            }),
            "PermissionSetAssignment" => each(|user| {
                let row = |one: &Assignment| {
                    json!({
                        "Id": one.id, "AssigneeId": user.id, "PermissionSetId": one.of,
                        "PermissionSetGroupId": one.group,
                        "PermissionSet": {"Name": format!("Set_{}", one.of), "IsOwnedByProfile": one.by_profile},
                    })
                };
                user.sets.iter().map(row).collect()
            }),
            "PermissionSetLicenseAssign" => each(|user| {
                let row = |one: &Assignment| {
                    json!({
                        "Id": one.id, "AssigneeId": user.id, "PermissionSetLicenseId": one.of,
                        "PermissionSetLicense": {"DeveloperName": "SalesConsoleUser"},
                    })
                };
                user.licences.iter().map(row).collect()
            }),
            "Lead" => each(|user| user.owned(0, |open| json!({"OwnerId": user.id, "IsConverted": !open}))),
            "Opportunity" => each(|user| user.owned(1, |open| json!({"OwnerId": user.id, "IsClosed": !open}))),
            "Case" => each(|user| user.owned(2, |open| json!({"OwnerId": user.id, "IsClosed": !open}))),
            "Account" => each(|user| (0..user.owns[3]).map(|_| json!({"OwnerId": user.id})).collect()),
            "GroupMember" => each(|user| {
                let row = |(id, name): &(&str, &str)| json!({"GroupId": id, "UserOrGroupId": user.id, "Group": {"Name": name, "Type": "Queue"}});
                user.queues.iter().map(row).collect()
            }),
            "ProcessInstanceWorkitem" => each(|user| {
                let target = json!({"TargetObject": {"Name": "Discount of 30 %"}});
                (0..user.approvals)
                    .map(|n| json!({"Id": format!("04i{n:012}AAA"), "ActorId": user.id, "ProcessInstance": target}))
                    .collect()
            }),
            "AccountParticipant" => {
                each(|user| (0..user.takes_part).map(|_| json!({"ParticipantId": user.id})).collect())
            }
            _ => return None,
        })
    }
}

impl User {
    fn fresh(who: usize, person: &Person, console: usize) -> User {
        let id = |prefix: &str, part: usize| format!("{prefix}{:012}AAA", who * 10 + part);
        let blocked = who == BLOCKED;
        let plain = |prefix: &str, part: usize, of: &str| Assignment {
            id: id(prefix, part),
            of: of.to_owned(),
            group: None,
            by_profile: false,
        };
        User {
            id: id("005", 0),
            username: if who == OTHER_USERNAME {
                format!("{}@crm.example", person.login)
            } else {
                person.email.clone()
            },
            email: person.email.clone(),
            admin: who == LAST_ADMIN || who == console,
            active: who != INACTIVE,
            login: id("0Yw", 0),
            frozen: false,
            sessions: vec![id("0Ak", 1), id("0Ak", 2)],
            tokens: ["Mail Sync", "Data Loader"]
                .into_iter()
                .enumerate()
                .map(|(part, app)| Token { id: id("0CQ", part), app, secret: format!("delete-token-{who}-{part}") })
                .collect(),
            sets: vec![
                Assignment { by_profile: true, ..plain("0Pa", 0, "0PS000000000900AAA") },
                plain("0Pa", 1, "0PS000000000901AAA"),
                Assignment { group: Some("0PG000000000902AAA".into()), ..plain("0Pa", 2, "0PS000000000902AAA") },
            ],
            licences: vec![plain("2LA", 1, "0PL000000000901AAA")],
            delegated_approver: (who == DELEGATING).then(|| format!("005{:012}AAA", BLOCKED * 10)),
            approver: (who == DELEGATING).then(|| format!("005{:012}AAA", BLOCKED * 10)),
            owns: if blocked { [3, 2, 1, 4] } else { [0; 4] },
            queues: if blocked { vec![("00G000000000001AAA", "Renewals")] } else { Vec::new() },
            approvals: usize::from(blocked),
            takes_part: if who == TAKES_PART { 2 } else { 0 },
        }
    }

    fn row(&self) -> Value {
        json!({
            "Id": self.id,
            "Username": self.username,
            "Email": self.email,
            "IsActive": self.active,
            "DelegatedApproverId": self.delegated_approver,
            "Approver__c": self.approver,
            "Profile": {"PermissionsModifyAllData": self.admin, "UserLicense": {"Name": "Salesforce"}},
        })
    }

    /// The open records of one kind, and a closed one.
    fn owned(&self, kind: usize, row: impl Fn(bool) -> Value) -> Vec<Value> {
        (0..=self.owns[kind]).map(|number| row(number > 0)).collect()
    }
}
