//! `users.*`: read, suspend, set the password, delete, undelete.

use serde_json::{Value, json};

use super::super::account::Google;
use super::super::clock;
use super::super::lock::hold;
use super::super::people::Person;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{READ_USERS, WRITE_USERS, allowed, error, existing};

pub(super) const DELETE: &str = "google.users.delete";
const LIST_AT_MOST: usize = 500;

pub(super) fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, &[READ_USERS, WRITE_USERS])?;
    let who = existing(turn, who)?;
    let google = &turn.account(who).google;
    let full = turn.request.query("projection") == Some("full");
    Ok(Reply::json(200, &resource(turn.person(who), google, rank(turn, who), google.suspended.seen(turn.now), full)))
}

/// `?customer=my_customer[&showDeleted=true][&query=email:…][&maxResults=][&pageToken=]`.
pub(super) fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ_USERS, WRITE_USERS])?;
    let query = |name: &str| turn.request.query(name);
    if query("customer").is_none() && query("domain").is_none() {
        return Err(error(400, "badRequest", "Bad Request"));
    }
    let admins_only = query("query") == Some("isAdmin=true");
    let deleted = query("showDeleted") == Some("true");
    let email = query("query").and_then(|text| text.strip_prefix("email:").or_else(|| text.strip_prefix("email=")));
    let only = email.map(|email| turn.world.keys.google(email.trim_matches(['\'', '"'])));
    let size = turn.request.query_number("maxResults").unwrap_or(100).clamp(1, LIST_AT_MOST);
    let start = turn.request.query_number("pageToken").unwrap_or(0);

    let mut users = Vec::new();
    let mut next = None;
    for (index, person) in turn.world.people.iter().enumerate().skip(start) {
        let google = &turn.account(index).google;
        let rank = rank(turn, index);
        let unwanted = only.is_some_and(|only| only != Some(index)) || admins_only && !rank.0;
        if google.deleted_at_ms.is_some() != deleted || unwanted {
            continue;
        }
        if users.len() == size {
            next = Some(index.to_string());
            break;
        }
        users.push(resource(person, google, rank, google.suspended.seen(turn.now), false));
    }
    let mut body = json!({"kind": "admin#directory#users", "etag": "\"sandbox\""});
    if !users.is_empty() {
        body["users"] = Value::Array(users);
    }
    if let Some(next) = next {
        body["nextPageToken"] = Value::String(next);
    }
    Ok(Reply::json(200, &body))
}

/// Names the update by what it does, because suspension is what everything hinges on.
pub(super) fn update_name(body: Option<&Value>) -> &'static str {
    let has = |field: &str| body.is_some_and(|body| body.get(field).is_some());
    match body.and_then(|body| body.get("suspended")).and_then(Value::as_bool) {
        Some(true) => "google.users.suspend",
        Some(false) => "google.users.unsuspend",
        None if has("password") => "google.users.password",
        None if has("archived") => "google.users.archive",
        None if has("recoveryEmail") || has("recoveryPhone") => "google.users.recovery",
        None => "google.users.update",
    }
}

/// Checks everything before it changes anything. The answer shows the new state at once; a later read may lag.
pub(super) fn update(turn: &Turn<'_>, who: Option<usize>, body: Option<Value>) -> Answer {
    allowed(turn, &[WRITE_USERS])?;
    let who = existing(turn, who)?;
    let Some(Value::Object(fields)) = body else {
        return Err(error(400, "parseError", "Parse Error"));
    };
    for (name, value) in &fields {
        let fits = match name.as_str() {
            "suspended" | "archived" | "changePasswordAtNextLogin" => value.is_boolean(),
            "password" | "hashFunction" | "recoveryEmail" | "recoveryPhone" => value.is_string(),
            _ => true,
        };
        if !fits {
            return Err(error(400, "invalid", &format!("Invalid Input: {name}")));
        }
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    check_password(text("password"), text("hashFunction"))?;
    if fields.get("archived") == Some(&Value::Bool(true)) {
        let message = "Insufficient Archived User licenses for the customer";
        return Err(error(412, "insufficientArchivedUserLicenses", message));
    }

    let mut account = turn.account(who);
    let google = &mut account.google;
    if let Some(suspended) = fields.get("suspended").and_then(Value::as_bool) {
        google.suspended.set(suspended, turn.now, turn.world.lag);
    }
    if text("password").is_some() {
        google.password_resets += 1;
    }
    if let Some(change) = fields.get("changePasswordAtNextLogin").and_then(Value::as_bool) {
        google.change_password = change;
    }
    if let Some(email) = text("recoveryEmail") {
        email.clone_into(&mut google.recovery_email);
    }
    if let Some(phone) = text("recoveryPhone") {
        phone.clone_into(&mut google.recovery_phone);
    }
    // Anything else, `isAdmin` among it, is ignored without a word.
    Ok(Reply::json(200, &resource(turn.person(who), google, rank(turn, who), google.suspended.now(), false)).done())
}

fn check_password(password: Option<&str>, hash: Option<&str>) -> Result<(), Reply> {
    match (password, hash) {
        (Some(_), Some(hash)) if !["MD5", "SHA-1", "crypt"].contains(&hash) => {
            Err(error(400, "invalid", "Invalid Input: hashFunction"))
        }
        (Some(password), None) if !(8..=100).contains(&password.len()) => {
            Err(error(400, "invalid", "Invalid Password"))
        }
        _ => Ok(()),
    }
}

pub(super) fn delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, &[WRITE_USERS])?;
    let who = existing(turn, who)?;
    let mut account = turn.account(who);
    let google = &mut account.google;
    if google.held {
        return Err(error(412, "conditionNotMet", "The user has data on a Vault hold and cannot be deleted."));
    }
    google.deleted_at_ms = Some(clock::epoch_ms());
    google.web_sessions = 0;
    Ok(Reply::empty(204).done())
}

/// By id only: the address is free for another user meanwhile.
pub(super) fn undelete(turn: &Turn<'_>, by_id: Option<usize>) -> Answer {
    allowed(turn, &[WRITE_USERS])?;
    let missing = || error(404, "deletedUserNotFound", "Deleted user not found");
    let who = by_id.ok_or_else(missing)?;
    let mut account = turn.account(who);
    if account.google.deleted_at_ms.take().is_none() {
        return Err(missing());
    }
    Ok(Reply::empty(204).done().undoing(DELETE))
}

/// Super admin; admin by some role.
fn rank(turn: &Turn<'_>, who: usize) -> (bool, bool) {
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    (holding.super_admin, !holding.super_admin && !holding.roles.is_empty())
}

fn resource(person: &Person, google: &Google, rank: (bool, bool), suspended: bool, full: bool) -> Value {
    let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let mut user = json!({
        "kind": "admin#directory#user",
        "id": person.google_id,
        "etag": "\"sandbox\"",
        "primaryEmail": person.email,
        "name": {"givenName": given, "familyName": family, "fullName": person.name},
        "isAdmin": rank.0,
        "isDelegatedAdmin": rank.1,
        "lastLoginTime": "2026-01-05T08:30:00.000Z",
        "creationTime": "2021-04-01T08:00:00.000Z",
        "agreedToTerms": true,
        "suspended": suspended,
        "archived": false,
        "changePasswordAtNextLogin": google.change_password,
        "ipWhitelisted": false,
        "emails": [{"address": person.email, "primary": true}],
        "customerId": "C0sandbox",
        "orgUnitPath": "/",
        "isMailboxSetup": true,
        "isEnrolledIn2Sv": google.backup_codes > 0,
        "isEnforcedIn2Sv": false,
        "includeInGlobalAddressList": true,
        "recoveryEmail": google.recovery_email,
        "recoveryPhone": google.recovery_phone,
    });
    if suspended {
        user["suspensionReason"] = json!("ADMIN");
    }
    if !person.google_aliases.is_empty() {
        user["aliases"] = json!(person.google_aliases);
    }
    if let Some(at) = google.deleted_at_ms {
        user["deletionTime"] = json!(clock::rfc3339(at));
    }
    if full {
        user["organizations"] = json!([{"title": person.title, "department": person.department, "primary": true}]);
        user["externalIds"] = json!([{"type": "organization", "value": person.employee_id}]);
        if let Some(manager) = &person.manager_email {
            user["relations"] = json!([{"type": "manager", "value": manager}]);
        }
    }
    user
}
