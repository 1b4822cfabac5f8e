//! `/admin/v2/orgs/{org}/directories`: access to the organisation's products.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{allowed, done, error};

fn not_found() -> Reply {
    error(404, "ADMIN-UAM-404-1", "Unknown Resource")
}

pub(super) fn list(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, true)?;
    let who = who.ok_or_else(not_found)?;
    let directories: Vec<Value> = turn.world.atlassian.seats()[who]
        .directories
        .iter()
        .map(|(id, _)| json!({ "directoryId": id, "name": id }))
        .collect();
    Ok(Reply::json(200, &json!({ "data": directories, "links": {} })))
}

pub(super) fn get(turn: &Turn<'_>, who: Option<usize>, directory: &str) -> Answer {
    allowed(turn, true)?;
    let who = who.ok_or_else(not_found)?;
    let seat = &turn.world.atlassian.seats()[who];
    let (_, suspended) = seat.directories.iter().find(|(id, _)| id == directory).ok_or_else(not_found)?;
    let status = if *suspended { "suspended" } else { "active" };
    let user = json!({
        "accountId": seat.id, "accountStatus": seat.account_status(), "membershipStatus": status, "email": seat.email,
    });
    Ok(Reply::json(200, &json!({ "data": user })))
}

pub(super) fn set(turn: &Turn<'_>, who: Option<usize>, directory: &str, suspended: bool) -> Answer {
    allowed(turn, false)?;
    let who = who.ok_or_else(not_found)?;
    let seat = &mut turn.world.atlassian.seats()[who];
    let found = seat.directories.iter_mut().find(|(id, _)| id == directory);
    done(found.map(|(_, now)| *now = suspended), not_found())
}

pub(super) fn remove(turn: &Turn<'_>, who: Option<usize>, directory: &str) -> Answer {
    allowed(turn, false)?;
    let who = who.ok_or_else(not_found)?;
    let directories = &mut turn.world.atlassian.seats()[who].directories;
    let before = directories.len();
    directories.retain(|(id, _)| id != directory);
    done((directories.len() < before).then_some(()), not_found())
}

/// Somebody who knows their way back accepts at once.
pub(super) fn invite(turn: &Turn<'_>) -> Answer {
    allowed(turn, false)?;
    let body = turn.request.json().unwrap_or_default();
    let emails = body.get("emails").and_then(Value::as_array).cloned().unwrap_or_default();
    let who = emails.first().and_then(Value::as_str).and_then(|email| turn.world.keys.email(email));
    let who = who.ok_or_else(|| error(400, "ADMIN-UAM-400-1", "Bad Request"))?;
    turn.world.atlassian.seats()[who].directories.push(("dir-main".to_owned(), false));
    Ok(Reply::json(200, &json!({ "data": [] })).done())
}
