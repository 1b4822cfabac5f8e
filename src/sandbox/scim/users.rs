//! `/Users` (RFC 7644 3.3 to 3.6).

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::quirk::Quirk;
use super::tenant::{self, User, names};
use super::{allowed, error, scim};

fn shown(turn: &Turn<'_>, quirk: Quirk, who: usize) -> Value {
    let user = turn.world.scim.user(quirk, who);
    let (name, addresses) = names(&turn.world.people, who);
    let emails: Vec<Value> = addresses
        .iter()
        .enumerate()
        .map(|(at, address)| json!({ "value": address, "type": "work", "primary": at == 0 }))
        .collect();
    let mut shown = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": tenant::id(who), "userName": name,
        "externalId": turn.person(who).employee_id, "emails": emails, "active": user.active,
        "meta": { "resourceType": "User" },
    });
    match quirk {
        Quirk::Words => shown["active"] = if user.active { "True" } else { "False" }.into(),
        Quirk::Whole => shown["meta"]["version"] = version(user).into(),
        Quirk::Silent => {
            shown.as_object_mut().map(|fields| fields.remove("active"));
        }
        _ => {}
    }
    shown
}

fn version(user: User) -> String {
    format!("W/\"{}\"", user.version)
}

/// The user, unless it is deleted; and that the caller knows its newest version, where that counts.
fn present(turn: &Turn<'_>, quirk: Quirk, who: Option<usize>) -> Result<usize, Reply> {
    let known = who.filter(|&who| !turn.world.scim.user(quirk, who).deleted);
    known.ok_or_else(|| error(404, "", "no such user"))
}

fn current(turn: &Turn<'_>, quirk: Quirk, who: usize) -> Result<(), Reply> {
    let newest = version(turn.world.scim.user(quirk, who));
    if quirk == Quirk::Whole && turn.request.header("if-match") != Some(newest.as_str()) {
        return Err(error(412, "", "the user has changed"));
    }
    Ok(())
}

pub(super) fn get(turn: &Turn<'_>, quirk: Quirk, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = present(turn, quirk, who)?;
    Ok(scim(200, &shown(turn, quirk, who)))
}

/// `ATTRIBUTE eq "VALUE"`.
fn filter(text: &str) -> Option<(String, String)> {
    let (attribute, rest) = text.trim().split_once(' ')?;
    let (operator, value) = rest.trim().split_once(' ')?;
    let value: Value = serde_json::from_str(value.trim()).ok()?;
    operator.eq_ignore_ascii_case("eq").then_some((attribute.to_lowercase(), value.as_str()?.to_lowercase()))
}

pub(super) fn find(turn: &Turn<'_>, quirk: Quirk) -> Answer {
    allowed(turn)?;
    let world = turn.world;
    let everybody = (0..world.people.len()).filter(|who| !world.scim.user(quirk, *who).deleted);
    let found: Vec<usize> = match turn.request.query("filter") {
        Some(text) if quirk != Quirk::Unfiltered => {
            let (attribute, value) = filter(text).ok_or_else(|| error(400, "invalidFilter", "unreadable filter"))?;
            let fits = |who: &usize| {
                let (name, addresses) = names(&world.people, *who);
                match attribute.as_str() {
                    "username" => Some(name.to_lowercase() == value),
                    "emails.value" | "emails" => Some(addresses.iter().any(|one| one.to_lowercase() == value)),
                    "externalid" => Some(world.people[*who].employee_id.to_lowercase() == value),
                    _ => None,
                }
            };
            if fits(&0).is_none() {
                return Err(error(400, "invalidFilter", "this attribute cannot be searched by"));
            }
            everybody.filter(|who| fits(who) == Some(true)).collect()
        }
        _ => everybody.collect(),
    };
    let start = turn.request.query_number("startIndex").unwrap_or(1).max(1);
    let count = turn.request.query_number("count").unwrap_or(100).min(200);
    let page: Vec<Value> = found.iter().skip(start - 1).take(count).map(|&who| shown(turn, quirk, who)).collect();
    Ok(scim(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": found.len(),
            "startIndex": start, "itemsPerPage": page.len(), "Resources": page,
        }),
    ))
}

/// What a body gives `active`, as this service reads it.
fn read(quirk: Quirk, value: &Value) -> Result<bool, Reply> {
    let wrong = || error(400, "invalidValue", "active is not of the right type");
    match (quirk, value) {
        (Quirk::Words, Value::String(word)) => word.to_lowercase().parse().map_err(|_| wrong()),
        (Quirk::Words, _) => Err(wrong()),
        (_, value) => value.as_bool().ok_or_else(wrong),
    }
}

fn patched(quirk: Quirk, body: Option<&Value>) -> Result<bool, Reply> {
    let unreadable = || error(400, "invalidSyntax", "no PATCH of active");
    let operation = body.and_then(|body| body.pointer("/Operations/0")).ok_or_else(unreadable)?;
    let replaces = operation.get("op").and_then(Value::as_str).is_some_and(|op| op.eq_ignore_ascii_case("replace"));
    let value = operation.get("value").filter(|_| replaces).ok_or_else(unreadable)?;
    match (quirk, operation.get("path").and_then(Value::as_str)) {
        (Quirk::Pathless, Some(_)) => Err(error(400, "invalidPath", "a path is not supported")),
        (_, Some("active")) => read(quirk, value),
        (_, None) => read(quirk, value.get("active").ok_or_else(unreadable)?),
        (_, Some(_)) => Err(error(400, "noTarget", "no such attribute")),
    }
}

pub(super) fn patch(turn: &Turn<'_>, quirk: Quirk, who: Option<usize>) -> Answer {
    allowed(turn)?;
    if matches!(quirk, Quirk::Whole | Quirk::PutOnly) {
        return Err(error(501, "", "PATCH is not implemented"));
    }
    let who = present(turn, quirk, who)?;
    current(turn, quirk, who)?;
    let active = patched(quirk, turn.request.json().as_ref())?;
    turn.world.scim.change(quirk, who, |user| {
        user.active = active;
        user.deleted = quirk.deletes() && !active;
    });
    Ok(if quirk.deletes() { Reply::empty(204).done() } else { scim(200, &shown(turn, quirk, who)).done() })
}

/// The whole user; what is left out would be lost, so a name must be there.
pub(super) fn put(turn: &Turn<'_>, quirk: Quirk, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = present(turn, quirk, who)?;
    current(turn, quirk, who)?;
    let body = turn.request.json().unwrap_or(Value::Null);
    if body.get("userName").and_then(Value::as_str) != Some(names(&turn.world.people, who).0.as_str()) {
        return Err(error(400, "invalidValue", "userName is required"));
    }
    let active = read(quirk, body.get("active").unwrap_or(&Value::Bool(true)))?;
    turn.world.scim.change(quirk, who, |user| user.active = active);
    Ok(scim(200, &shown(turn, quirk, who)).done())
}

pub(super) fn delete(turn: &Turn<'_>, quirk: Quirk, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = present(turn, quirk, who)?;
    current(turn, quirk, who)?;
    turn.world.scim.change(quirk, who, |user| user.deleted = true);
    Ok(Reply::empty(204).done())
}
