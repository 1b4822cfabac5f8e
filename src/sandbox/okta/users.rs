//! The user lifecycle, with its rule that the same call means different things in different states.

use serde_json::{Value, json};

use super::super::account::{Okta, OktaStatus};
use super::super::clock;
use super::super::lock::hold;
use super::super::people::Person;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Key, MANAGE, READ, allowed, error, not_found};

pub(super) const DELETE: &str = "okta.users.delete";
pub(super) const DEACTIVATE: &str = "okta.users.deactivate";

/// The user, unless there is none (any more).
pub(super) fn existing(turn: &Turn<'_>, key: &Key) -> Result<usize, Reply> {
    let who = key.who.ok_or_else(|| not_found(&key.text))?;
    if turn.account(who).okta.status.now() == OktaStatus::Deleted { Err(not_found(&key.text)) } else { Ok(who) }
}

impl Okta {
    fn move_to(&mut self, status: OktaStatus, turn: &Turn<'_>) {
        self.status.set(status, turn.now, turn.world.lag);
        self.status_changed_ms = Some(clock::epoch_ms());
    }

    /// Deactivation takes all that the account has signed in.
    fn deprovision(&mut self, turn: &Turn<'_>) {
        self.move_to(OktaStatus::Deprovisioned, turn);
        self.sessions = 0;
        self.oauth_tokens = 0;
    }
}

pub(super) fn get(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    let who = existing(turn, key)?;
    Ok(Reply::json(200, &resource(turn, who)))
}

/// The owner of the API token; a service app is nobody.
pub(super) fn me(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    if turn.request.authorization("ssws").is_none() {
        return Err(not_found("me"));
    }
    Ok(Reply::json(200, &resource(turn, turn.world.admin())))
}

/// Knows `search=` and `filter=` of one login or e-mail; leaves out deactivated users, as the vendor does by default.
pub(super) fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    let expression = turn.request.query("search").or_else(|| turn.request.query("filter")).unwrap_or_default();
    let mut words = expression.splitn(3, ' ');
    let (attribute, operator, value) = (words.next(), words.next(), words.next().unwrap_or_default());
    if !matches!(attribute, Some("profile.login" | "profile.email")) || operator != Some("eq") {
        return Err(error(400, "E0000031", "Invalid search criteria."));
    }
    let found = turn.world.keys.email(value.trim_matches('"')).filter(|&who| {
        let status = turn.account(who).okta.status.seen(turn.now);
        !matches!(status, OktaStatus::Deprovisioned | OktaStatus::Deleted)
    });
    let users: Vec<Value> = found.iter().map(|&who| resource(turn, who)).collect();
    Ok(Reply::json(200, &Value::Array(users)))
}

pub(super) fn suspend(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    if account.okta.status.now() != OktaStatus::Active {
        let summary = "Api validation failed: suspendUser: Cannot suspend a user that is not active";
        return Err(error(400, "E0000001", summary));
    }
    account.okta.move_to(OktaStatus::Suspended, turn);
    account.okta.sessions = 0;
    Ok(Reply::empty(200).done())
}

pub(super) fn unsuspend(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    if account.okta.status.now() != OktaStatus::Suspended {
        let summary = "Api validation failed: unsuspendUser: Cannot unsuspend a user that is not suspended";
        return Err(error(400, "E0000001", summary));
    }
    account.okta.move_to(OktaStatus::Active, turn);
    Ok(Reply::empty(200).done())
}

/// Of a deactivated user it says "not found", though a read finds the user (okta-sdk-java#721, okta-sdk-nodejs#222).
pub(super) fn deactivate(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    if account.okta.status.now() == OktaStatus::Deprovisioned {
        return Err(not_found(&key.text));
    }
    account.okta.deprovision(turn);
    hold(&turn.world.okta).of(who).apps.clear();
    Ok(Reply::empty(200).done())
}

/// A reactivated user is not active: they have to follow a link first.
pub(super) fn activate(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    match account.okta.status.now() {
        OktaStatus::Deprovisioned | OktaStatus::Staged => {
            account.okta.move_to(OktaStatus::Provisioned, turn);
            let body = json!({"activationUrl": "https://corp.example/welcome/sandbox", "activationToken": "sandbox"});
            Ok(Reply::json(200, &body).done().undoing(DEACTIVATE))
        }
        _ => Err(error(403, "E0000016", "Activation failed because the user is already active")),
    }
}

/// The first call deactivates and the second deletes, and both say 204.
pub(super) fn delete(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    if account.okta.status.now() == OktaStatus::Deprovisioned {
        account.okta.move_to(OktaStatus::Deleted, turn);
    } else {
        account.okta.deprovision(turn);
    }
    Ok(Reply::empty(204).done())
}

pub(super) fn clear_sessions(turn: &Turn<'_>, key: &Key, tokens_too: bool) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    let mut account = turn.account(who);
    account.okta.sessions = 0;
    if tokens_too {
        hold(&turn.world.okta).of(who).clients.clear();
        account.okta.oauth_tokens = 0;
    }
    Ok(Reply::empty(204).done())
}

fn resource(turn: &Turn<'_>, who: usize) -> Value {
    let account = turn.account(who);
    let person: &Person = turn.person(who);
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let (now, seen) = (account.okta.status.now(), account.okta.status.seen(turn.now));
    let moving = (now == OktaStatus::Deprovisioned && seen != now).then(|| now.name());
    let changed = account.okta.status_changed_ms.map_or("2021-04-01T08:00:00Z".to_owned(), clock::rfc3339);
    json!({
        "id": person.okta_id,
        "status": seen.name(),
        "transitioningToStatus": moving,
        "created": "2021-04-01T08:00:00.000Z",
        "activated": "2021-04-01T08:00:00.000Z",
        "statusChanged": changed,
        "lastLogin": "2026-01-05T08:30:00.000Z",
        "lastUpdated": changed,
        "passwordChanged": "2025-06-02T10:00:00.000Z",
        "type": {"id": "oty0sandbox"},
        "profile": {
            "firstName": first, "lastName": last, "login": person.email, "email": person.email,
            "secondEmail": Value::Null, "department": person.department, "title": person.title,
            "employeeNumber": person.employee_id, "manager": person.manager_email,
        },
        "credentials": {"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": format!("{}/okta/api/v1/users/{}", turn.world.base, person.okta_id)}},
    })
}
