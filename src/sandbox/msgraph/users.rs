//! `users`: search, read, change, sessions, deletion and return.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::clock;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::{Tenant, User};
use super::{allowed, bad_request, error, groups, licences, mailbox, not_found, page, registered, unknown};

pub(super) const DELETE: &str = "msgraph.users.delete";

const READ: [&str; 2] = ["User.Read.All", "User.ReadWrite.All"];

/// What Graph shows of a user unasked.
const DEFAULT: &str = "id,displayName,givenName,surname,mail,userPrincipalName,jobTitle,mobilePhone,officeLocation,\
                       businessPhones,preferredLanguage";

/// What Active Directory's word is law about.
const MASTERED: &str = "Unable to update the specified properties for on-premises mastered Directory Sync objects or \
                        objects currently undergoing migration.";

pub(super) fn route(world: &World, method: &Method, parts: &[&str]) -> Route {
    let Some((&key, rest)) = parts.split_first() else {
        return if method == Method::GET { Route::read("msgraph.users.list", None, list) } else { unknown() };
    };
    let who = hold(&world.msgraph).who(key);
    let key = key.to_owned();
    match (method, rest) {
        (&Method::GET, []) => Route::read("msgraph.users.get", who, move |turn| get(turn, &key)),
        (&Method::PATCH, []) => Route::change("msgraph.users.update", who, move |turn| update(turn, &key)),
        (&Method::DELETE, []) => Route::for_good(DELETE, who, move |turn| delete(turn, &key)),
        (&Method::POST, ["revokeSignInSessions"]) => {
            Route::change("msgraph.users.revoke_sessions", who, move |turn| revoke_sessions(turn, &key))
        }
        (_, ["authentication" | "oauth2PermissionGrants" | "appRoleAssignments", ..]) => {
            registered::route(method, who, key, rest)
        }
        (_, ["licenseDetails" | "assignLicense"]) => licences::route(method, who, key, rest),
        (&Method::GET, ["memberOf" | "joinedTeams" | "ownedObjects"]) => groups::of_user(who, key, rest[0]),
        (&Method::GET, ["mailFolders", "inbox", "messageRules"]) => mailbox::rules(who, key),
        _ => unknown(),
    }
}

/// Place of the user, unless there is none (any more).
pub(super) fn existing(tenant: &Tenant, key: &str) -> Result<usize, Reply> {
    tenant.find(key).filter(|&user| !tenant.users[user].deleted).ok_or_else(|| not_found(key))
}

fn resource(user: &User, turn: &Turn<'_>) -> Value {
    let name = user.who.map_or("Guest", |who| turn.world.people[who].name.as_str());
    json!({
        "id": user.id,
        "displayName": name,
        "userPrincipalName": user.upn,
        "mail": user.mail,
        "otherMails": user.other_mails,
        "proxyAddresses": user.proxy_addresses,
        "employeeId": user.employee_id,
        "userType": if user.guest { "Guest" } else { "Member" },
        "accountEnabled": user.enabled.seen(turn.now),
        "onPremisesSyncEnabled": user.synced.then_some(true),
        "signInSessionsValidFromDateTime": user.sessions_valid_from,
        "lastPasswordChangeDateTime": user.password_changed,
        "licenseAssignmentStates": user.licences.iter().map(licences::Licence::state).collect::<Vec<_>>(),
    })
}

fn get(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &READ)?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    Ok(Reply::json(200, &page::selected(&resource(user, turn), Some(turn.request.query("$select").unwrap_or(DEFAULT)))))
}

/// Knows `eq` of names and addresses, alone or joined by `or`, which is an advanced query.
fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, &READ)?;
    let filter = turn.request.query("$filter");
    let clauses: Vec<&str> = filter.map(|filter| filter.split(" or ").collect()).unwrap_or_default();
    let advanced =
        turn.request.header("consistencylevel") == Some("eventual") && turn.request.query("$count") == Some("true");
    if clauses.len() > 1 && !advanced {
        return Err(error(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified."));
    }
    let tenant = hold(&turn.world.msgraph);
    let mut found = Vec::new();
    for user in tenant.users.iter().filter(|user| !user.deleted) {
        let mut fits = filter.is_none();
        for clause in &clauses {
            fits = fits || is(user, clause).ok_or_else(|| bad_request("Invalid filter clause."))?;
        }
        if fits {
            found.push(resource(user, turn));
        }
    }
    Ok(page::list(turn, &found, turn.request.query_number("$top").unwrap_or(100)))
}

/// Whether a clause holds; `None`: it is none that is known.
fn is(user: &User, clause: &str) -> Option<bool> {
    let (property, _) = clause.split_once([' ', '/'])?;
    let wanted = page::quoted(clause)?;
    let same = |text: &String| text.eq_ignore_ascii_case(&wanted);
    Some(match property {
        "userPrincipalName" => same(&user.upn),
        "mail" => user.mail.as_ref().is_some_and(same),
        "employeeId" => user.employee_id.as_ref() == Some(&wanted),
        "otherMails" => user.other_mails.iter().any(same),
        // Told apart by case, as Graph does.
        "proxyAddresses" => user.proxy_addresses.contains(&wanted),
        _ => return None,
    })
}

fn update(turn: &Turn<'_>, key: &str) -> Answer {
    let body = turn.request.json().unwrap_or(Value::Null);
    let (enabled, profile) = (body.get("accountEnabled"), body.get("passwordProfile"));
    allowed(
        turn,
        if profile.is_some() { &["User-PasswordProfile.ReadWrite.All"] } else { &["User.EnableDisableAccount.All"] },
    )?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let user = &mut tenant.users[user];
    if user.synced {
        return Err(bad_request(MASTERED));
    }
    if let Some(enabled) = enabled.and_then(Value::as_bool) {
        user.enabled.set(enabled, turn.now, turn.world.lag);
    }
    if let Some(profile) = profile {
        let long_enough = profile.get("password").and_then(Value::as_str).is_some_and(|password| password.len() >= 8);
        if !long_enough {
            return Err(bad_request("The specified password does not comply with password complexity requirements."));
        }
        user.password_resets += 1;
        user.password_changed = clock::rfc3339(clock::epoch_ms());
    }
    Ok(Reply::empty(204).done())
}

fn revoke_sessions(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["User.RevokeSessions.All"])?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let user = &mut tenant.users[user];
    user.sessions = 0;
    user.sessions_valid_from = clock::rfc3339(clock::epoch_ms());
    Ok(Reply::json(200, &json!({ "value": true })).done())
}

pub(super) fn delete(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["User.DeleteRestore.All", "User.ReadWrite.All"])?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    tenant.users[user].deleted = true;
    Ok(Reply::empty(204).done())
}

pub(super) fn restore(world: &World, id: &str) -> Route {
    let (who, id) = (hold(&world.msgraph).who(id), id.to_owned());
    Route::change("msgraph.users.restore", who, move |turn| {
        allowed(turn, &["User.DeleteRestore.All"])?;
        let mut tenant = hold(&turn.world.msgraph);
        let user = tenant.find(&id).filter(|&user| tenant.users[user].deleted).ok_or_else(|| not_found(&id))?;
        tenant.users[user].deleted = false;
        Ok(Reply::json(200, &json!({ "id": id })).done().undoing(DELETE))
    })
}
