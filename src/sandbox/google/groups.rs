//! Groups and their members. Removing somebody who is no member is answered in several ways, one a group here.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::people::DOMAIN;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::{GROUPS, Membership};
use super::{MEMBERS, READ_GROUPS, allowed, error, existing};

/// The group that takes a removal and says that it is not done yet.
const SLOW: &str = "announcements";

fn id_of(group: usize) -> String {
    format!("01group{group:08}")
}

/// By id or address.
fn group_of(key: &str) -> Result<usize, Reply> {
    let is = |group: &usize| key == id_of(*group) || key == format!("{}@{DOMAIN}", GROUPS[*group]);
    (0..GROUPS.len()).find(is).ok_or_else(|| error(404, "notFound", "Resource Not Found: groupKey"))
}

/// How each group says that there is no such member (as GAM meets them).
fn no_member(group: usize) -> Reply {
    match group % 3 {
        0 => error(404, "notFound", "Resource Not Found: memberKey"),
        1 => error(400, "required", "Missing required field: memberKey"),
        _ => error(412, "conditionNotMet", "Condition not met"),
    }
}

/// `?userKey=…`: direct memberships, without the role.
pub(super) fn list(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, &[READ_GROUPS])?;
    let who = existing(turn, who)?;
    let start = turn.request.query_number("pageToken").unwrap_or(0);
    let mut tenant = hold(&turn.world.google);
    let seen: Vec<usize> =
        tenant.of(who).memberships.iter().filter(|it| it.is_in.seen(turn.now)).map(|it| it.group).collect();
    // Pages of two, so that whoever forgets the second page is found out.
    let groups: Vec<Value> = seen
        .iter()
        .skip(start)
        .take(2)
        .map(|&group| {
            json!({"kind": "admin#directory#group", "id": id_of(group), "email": format!("{}@{DOMAIN}", GROUPS[group]),
                "name": GROUPS[group], "directMembersCount": "12", "adminCreated": true})
        })
        .collect();
    let mut body = json!({"kind": "admin#directory#groups", "etag": "\"sandbox\""});
    if !groups.is_empty() {
        body["groups"] = json!(groups);
    }
    if seen.len() > start + 2 {
        body["nextPageToken"] = json!((start + 2).to_string());
    }
    Ok(Reply::json(200, &body))
}

fn member(turn: &Turn<'_>, who: usize, membership: &Membership) -> Value {
    let person = turn.person(who);
    json!({"kind": "admin#directory#member", "id": person.google_id, "email": person.email, "role": membership.role,
        "type": "USER", "status": "ACTIVE", "delivery_settings": membership.delivery})
}

pub(super) fn get(turn: &Turn<'_>, group: &str, who: Option<usize>) -> Answer {
    allowed(turn, &[MEMBERS])?;
    let group = group_of(group)?;
    let who = existing(turn, who).map_err(|_| no_member(0))?;
    let mut tenant = hold(&turn.world.google);
    let membership = tenant.of(who).membership(group).filter(|it| it.is_in.seen(turn.now));
    match membership {
        Some(membership) => Ok(Reply::json(200, &member(turn, who, membership))),
        None => Err(no_member(0)),
    }
}

pub(super) fn remove(turn: &Turn<'_>, group: &str, who: Option<usize>) -> Answer {
    allowed(turn, &[MEMBERS])?;
    let group = group_of(group)?;
    let who = existing(turn, who).map_err(|_| no_member(group))?;
    let mut tenant = hold(&turn.world.google);
    let membership = tenant.of(who).membership(group).filter(|it| it.is_in.now());
    let membership = membership.ok_or_else(|| no_member(group))?;
    membership.is_in.set(false, turn.now, turn.world.lag);
    if GROUPS[group] == SLOW {
        return Err(error(409, "conflict", "The operation is in progress").done());
    }
    Ok(Reply::empty(204).done())
}

pub(super) fn add(turn: &Turn<'_>, group: &str, body: Option<&Value>) -> Answer {
    allowed(turn, &[MEMBERS])?;
    let group = group_of(group)?;
    let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str);
    let who = existing(turn, turn.world.keys.google(text("email").unwrap_or_default()))?;
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    if holding.membership(group).is_some_and(|it| it.is_in.now()) {
        return Err(error(409, "duplicate", "Member already exists."));
    }
    let (role, delivery) = (text("role").unwrap_or("MEMBER"), text("delivery_settings").unwrap_or("ALL_MAIL"));
    holding.join(group, role, delivery, turn.now, turn.world.lag);
    let membership = holding.membership(group).ok_or_else(|| no_member(0))?;
    Ok(Reply::json(200, &member(turn, who, membership)).done())
}
