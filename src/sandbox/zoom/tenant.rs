//! One account: its users and its licences.

use serde_json::{Value, json};

use super::super::people::Person;

/// Status, code and words of a refusal.
pub(super) type Refusal = (u16, u64, &'static str);

pub(in super::super) struct Tenant {
    /// By person number.
    users: Vec<User>,
    /// Licences that were paid for: as many as were in use at the start.
    licences: usize,
}

struct User {
    id: String,
    email: String,
    status: &'static str,
    kind: u64,
    role: &'static str,
    sso_token: bool,
    /// `delete` or `disassociate`; `None`: still there.
    ended: Option<String>,
    /// Who got what of it.
    transferred: Option<(String, Vec<&'static str>)>,
}

/// People by number to whom something special applies.
const OWNER: usize = 3;
const PENDING: usize = 4;
const BASIC: usize = 5;

impl Tenant {
    pub(in super::super) fn fresh(people: &[Person]) -> Tenant {
        let users: Vec<User> = people.iter().enumerate().map(|(who, person)| User::fresh(who, person)).collect();
        let licences = users.iter().filter(|user| user.kind == 2).count();
        Tenant { users, licences }
    }

    /// Puts one person back to how they were at the start.
    pub(in super::super) fn restore(&mut self, who: usize, people: &[Person]) {
        self.users[who] = User::fresh(who, &people[who]);
    }

    /// By id, whose case counts, or address.
    pub(super) fn place(&self, key: &str) -> Option<usize> {
        self.users.iter().position(|user| user.id == key || user.email.eq_ignore_ascii_case(key))
    }

    pub(super) fn exists(&self, who: usize) -> bool {
        self.users[who].ended.is_none()
    }

    pub(super) fn shown(&self, who: usize) -> Value {
        let user = &self.users[who];
        json!({
            "id": user.id, "email": user.email, "status": user.status, "type": user.kind, "role_name": user.role,
            "account_id": "sandbox-account", "verified": 1,
        })
    }

    pub(super) fn revoke(&mut self, who: usize) {
        self.users[who].sso_token = false;
    }

    pub(super) fn set_active(&mut self, who: usize, active: bool) -> Result<(), Refusal> {
        let user = &mut self.users[who];
        if user.role == "Owner" {
            return Err((400, 200, "Cannot deactivate the account owner."));
        }
        let status = if active { "active" } else { "inactive" };
        if user.status == status {
            return Err((400, 300, "The user has this status already."));
        }
        user.status = status;
        user.sso_token &= active;
        Ok(())
    }

    pub(super) fn set_type(&mut self, who: usize, kind: u64) -> Result<(), Refusal> {
        let used = self.users.iter().filter(|user| user.kind == 2 && user.ended.is_none()).count();
        if kind == 2 && self.users[who].kind != 2 && used >= self.licences {
            return Err((400, 3412, "Your account has reached the permitted maximum number of paying users."));
        }
        self.users[who].kind = kind;
        Ok(())
    }

    pub(super) fn delete(
        &mut self,
        who: usize,
        action: &str,
        to: Option<&str>,
        wanted: Vec<&'static str>,
    ) -> Result<(), Refusal> {
        let user = &self.users[who];
        if user.status == "pending" && action == "delete" {
            return Err((400, 300, "A pending user can only be disassociated."));
        }
        if !wanted.is_empty() {
            let heir = to.and_then(|to| self.place(to)).filter(|&heir| self.exists(heir));
            let heir = heir.ok_or((400, 300, "The destination user does not exist."))?;
            if heir == who {
                return Err((400, 300, "The transfer-to email address cannot be the same as the deleted user's."));
            }
            if wanted.contains(&"webinar") && self.users[heir].kind != 2 {
                return Err((400, 300, "The destination user does not have a Webinar or higher license."));
            }
        }
        let user = &mut self.users[who];
        user.ended = Some(action.to_owned());
        user.transferred = to.map(|to| (to.to_owned(), wanted));
        Ok(())
    }

    pub(super) fn state(&self, who: usize) -> Value {
        let user = &self.users[who];
        json!({
            "status": user.status, "type": user.kind, "sso_token": user.sso_token, "ended": user.ended,
            "to": user.transferred.as_ref().map(|(to, _)| to), "what": user.transferred.as_ref().map(|(_, what)| what),
        })
    }
}

impl User {
    fn fresh(who: usize, person: &Person) -> User {
        User {
            id: format!("zM{who:06}_ABCdefGHIjklMN"),
            email: person.email.clone(),
            status: if who == PENDING { "pending" } else { "active" },
            kind: if who == BASIC || who == PENDING { 1 } else { 2 },
            role: if who == OWNER { "Owner" } else { "Member" },
            sso_token: true,
            ended: None,
            transferred: None,
        }
    }
}
