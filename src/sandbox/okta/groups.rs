//! Groups and their members. Only Okta's own can be changed by hand.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::page::page;
use super::tenant::GROUPS;
use super::users::existing;
use super::{Key, MANAGE_GROUPS, READ_GROUPS, allowed, error};

fn resource(group: usize) -> Value {
    let (name, kind) = GROUPS[group];
    json!({"id": id_of(group), "type": kind, "profile": {"name": name}})
}

fn id_of(group: usize) -> String {
    format!("00g{group:09}")
}

pub(super) fn all(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ_GROUPS, MANAGE_GROUPS])?;
    Ok(page(turn, &(0..GROUPS.len()).map(resource).collect::<Vec<_>>()))
}

pub(super) fn of_user(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ_GROUPS, MANAGE_GROUPS])?;
    let who = existing(turn, key)?;
    let groups: Vec<Value> = hold(&turn.world.okta).of(who).groups.iter().map(|group| resource(*group)).collect();
    Ok(page(turn, &groups))
}

/// `add`: else the user is removed. Both are done already when they are.
pub(super) fn change(turn: &Turn<'_>, id: &str, key: &Key, add: bool) -> Answer {
    allowed(turn, &[MANAGE_GROUPS])?;
    let missing = || error(404, "E0000007", &format!("Not found: Resource not found: {id} (UserGroup)"));
    let group = (0..GROUPS.len()).find(|group| id_of(*group) == id).ok_or_else(missing)?;
    let who = existing(turn, key)?;
    if GROUPS[group].1 != "OKTA_GROUP" {
        return Err(error(403, "E0000006", "You do not have permission to perform the requested action"));
    }
    let mut tenant = hold(&turn.world.okta);
    let groups = &mut tenant.of(who).groups;
    groups.retain(|it| *it != group);
    if add {
        groups.push(group);
        groups.sort_unstable();
    }
    Ok(Reply::empty(204).done())
}
