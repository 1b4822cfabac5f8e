//! Admin roles and super admin.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::{Role, SUPER_ADMIN_ROLE};
use super::{ROLES, WRITE_USERS, allowed, error, existing};

fn resource(role: &Role, id: &str) -> Value {
    let mut assignment = json!({
        "kind": "admin#directory#roleAssignment", "etag": "\"sandbox\"", "roleAssignmentId": role.id.to_string(),
        "roleId": role.kind.to_string(), "assignedTo": id, "assigneeType": "user",
        "scopeType": if role.unit.is_some() { "ORG_UNIT" } else { "CUSTOMER" },
    });
    if let Some(unit) = &role.unit {
        assignment["orgUnitId"] = json!(unit);
    }
    assignment
}

/// `?userKey=…`; without one, what nobody here asks for.
pub(super) fn list(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, &[ROLES])?;
    let who = existing(turn, who)?;
    let id = &turn.person(who).google_id;
    let items: Vec<Value> = hold(&turn.world.google).of(who).roles.iter().map(|role| resource(role, id)).collect();
    let mut body = json!({"kind": "admin#directory#roleAssignments", "etag": "\"sandbox\""});
    if !items.is_empty() {
        body["items"] = json!(items);
    }
    Ok(Reply::json(200, &body))
}

/// Super admin's own assignment takes super admin with it.
pub(super) fn delete(turn: &Turn<'_>, id: Option<u64>) -> Answer {
    allowed(turn, &[ROLES])?;
    let mut tenant = hold(&turn.world.google);
    let missing = || error(404, "notFound", "Role assignment not found");
    let who = tenant.find(|it| it.roles.iter().any(|role| Some(role.id) == id)).ok_or_else(missing)?;
    let holding = tenant.of(who);
    let place = holding.roles.iter().position(|role| Some(role.id) == id).ok_or_else(missing)?;
    if holding.roles.remove(place).kind == SUPER_ADMIN_ROLE {
        holding.super_admin = false;
    }
    Ok(Reply::empty(204).done())
}

pub(super) fn insert(turn: &Turn<'_>, body: Option<&Value>) -> Answer {
    allowed(turn, &[ROLES])?;
    let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str).unwrap_or_default();
    let who = existing(turn, turn.world.keys.google(text("assignedTo")))?;
    let role: u64 = text("roleId").parse().map_err(|_| error(400, "invalid", "Invalid Input: roleId"))?;
    if text("scopeType") == "ORG_UNIT" && text("orgUnitId").is_empty() {
        return Err(error(400, "required", "Missing required field: orgUnitId"));
    }
    let unit = (!text("orgUnitId").is_empty()).then(|| text("orgUnitId").to_owned());
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    if holding.roles.iter().any(|it| it.kind == role && it.unit == unit) {
        return Err(error(409, "duplicate", "Entity already exists."));
    }
    let id = 700_000 + 100 * who as u64 + holding.roles.len() as u64;
    let role = Role { id, kind: role, unit };
    let answer = resource(&role, &turn.person(who).google_id);
    holding.super_admin |= role.kind == SUPER_ADMIN_ROLE;
    holding.roles.push(role);
    Ok(Reply::json(200, &answer).done())
}

pub(super) fn make_admin(turn: &Turn<'_>, who: Option<usize>, body: Option<&Value>) -> Answer {
    allowed(turn, &[WRITE_USERS])?;
    let who = existing(turn, who)?;
    let status = body.and_then(|body| body.get("status")).and_then(Value::as_bool);
    let status = status.ok_or_else(|| error(400, "required", "Missing required field: status"))?;
    hold(&turn.world.google).of(who).set_super_admin(who, status);
    Ok(Reply::empty(204).done())
}
