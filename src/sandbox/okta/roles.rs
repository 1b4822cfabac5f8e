//! Admin roles, standard ones.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::page::page;
use super::tenant::{Role, role};
use super::users::existing;
use super::{Key, MANAGE_ROLES, READ_ROLES, allowed, error};

fn resource(role: &Role) -> Value {
    json!({"id": role.id, "label": role.kind.replace('_', " "), "type": role.kind, "status": "ACTIVE",
        "assignmentType": role.by})
}

pub(super) fn list(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ_ROLES, MANAGE_ROLES])?;
    let who = existing(turn, key)?;
    let roles: Vec<Value> = hold(&turn.world.okta).of(who).roles.iter().map(resource).collect();
    Ok(Reply::json(200, &Value::Array(roles)))
}

/// The groups that a role is limited to.
pub(super) fn targets(turn: &Turn<'_>, key: &Key, id: &str) -> Answer {
    allowed(turn, &[READ_ROLES, MANAGE_ROLES])?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let limits = tenant.of(who).roles.iter().find(|it| it.id == id).map(|it| it.limits.clone()).unwrap_or_default();
    let groups: Vec<Value> = limits.iter().map(|id| json!({"id": id, "type": "OKTA_GROUP"})).collect();
    Ok(page(turn, &groups))
}

pub(super) fn delete(turn: &Turn<'_>, key: &Key, id: &str) -> Answer {
    allowed(turn, &[MANAGE_ROLES])?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let roles = &mut tenant.of(who).roles;
    let missing = || error(404, "E0000007", &format!("Not found: Resource not found: {id} (RoleAssignment)"));
    let place = roles.iter().position(|it| it.id == id && it.by == "USER").ok_or_else(missing)?;
    roles.remove(place);
    Ok(Reply::empty(204).done())
}

pub(super) fn assign(turn: &Turn<'_>, key: &Key, body: Option<&Value>) -> Answer {
    allowed(turn, &[MANAGE_ROLES])?;
    let who = existing(turn, key)?;
    let kind = body.and_then(|body| body.get("type")).and_then(Value::as_str).unwrap_or_default();
    let mut tenant = hold(&turn.world.okta);
    let roles = &mut tenant.of(who).roles;
    if kind.is_empty() || roles.iter().any(|it| it.kind == kind && it.by == "USER") {
        return Err(error(409, "E0000090", "The role specified is already assigned to the user."));
    }
    let role = role(who, 10 + roles.len(), kind, "USER", &[]);
    let answer = resource(&role);
    roles.push(role);
    Ok(Reply::json(201, &answer).done())
}

/// Everybody who has a role. An object, where all other lists are arrays.
pub(super) fn assignees(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ_ROLES, MANAGE_ROLES])?;
    let tenant = hold(&turn.world.okta);
    let all: Vec<usize> = tenant.all().filter(|(_, it)| !it.roles.is_empty()).map(|(who, _)| who).collect();
    let start = turn.request.query_number("after").unwrap_or(0);
    let value: Vec<Value> =
        all.iter().skip(start).take(2).map(|who| json!({"id": turn.person(*who).okta_id, "orn": "orn:okta"})).collect();
    let mut body = json!({"value": value, "_links": {}});
    if all.len() > start + 2 {
        let path = format!("{}{}?after={}&limit=2", turn.world.base, turn.request.path, start + 2);
        body["_links"]["next"] = json!({ "href": path });
    }
    Ok(Reply::json(200, &body))
}
