//! Single records and collections: what may be changed of the setup objects, and how it is refused.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::{Assignment, Tenant};
use super::{allowed, error, setup};

/// Records in a call at most.
const AT_ONCE: usize = 200;

/// `sobjects/User/describe`, of which only the references are told.
pub(super) fn described() -> Value {
    let field = |name: &str, custom: bool, to: &[&str]| json!({"name": name, "custom": custom, "referenceTo": to});
    let child = |object: &str, field: &str| json!({"childSObject": object, "field": field});
    let children = [child("Account", "OwnerId"), child("AccountParticipant", "ParticipantId")];
    json!({"name": "User", "childRelationships": children, "fields": [
        field("Id", false, &[]),
        field("ManagerId", false, &["User"]),
        field("DelegatedApproverId", false, &["Group", "User"]),
        field("Contact__c", true, &["Contact"]),
        field("Approver__c", true, &["User"]),
    ]})
}

pub(super) fn patch_route(world: &World, request: &Request, object: &str, id: &str) -> Route {
    let body = request.json().unwrap_or_default();
    let tenant = hold(&world.salesforce);
    let (op, place) = match object {
        // A User's id names no UserLogin, however alike the two are.
        "UserLogin" => ("salesforce.freeze", tenant.users.iter().position(|user| user.login == id)),
        "User" if body["IsActive"] == json!(true) => ("salesforce.activate", tenant.place(id)),
        _ => ("salesforce.deactivate", if object == "User" { tenant.place(id) } else { None }),
    };
    drop(tenant);
    let subject = place.filter(|&who| who < world.people.len());
    Route::change(op, subject, move |turn| {
        let mut tenant = allowed(turn)?;
        let place = place.ok_or_else(|| error(404, "NOT_FOUND", "The requested resource does not exist"))?;
        match (body["IsFrozen"].as_bool(), body["IsActive"].as_bool()) {
            (Some(frozen), None) => tenant.users[place].frozen = frozen,
            (None, Some(false)) => deactivate(&mut tenant, place)?,
            (None, Some(true)) => activate(&mut tenant, place)?,
            _ => return Err(error(400, "INVALID_FIELD", "No such column")),
        }
        Ok(Reply::empty(204).done())
    })
}

/// One reason at a time, however many there are.
fn deactivate(tenant: &mut Tenant, place: usize) -> Result<(), Reply> {
    if tenant.users[place].admin && tenant.admins() == 1 {
        return Err(error(400, "CANNOT_DISABLE_LAST_ADMIN", "You must have at least one active administrator"));
    }
    if let Some(reason) = setup::refusal(tenant, place) {
        return Err(error(400, "DEPENDENCY_EXISTS", &reason));
    }
    let user = &mut tenant.users[place];
    user.active = false;
    user.sessions.clear();
    Ok(())
}

fn activate(tenant: &mut Tenant, place: usize) -> Result<(), Reply> {
    if !tenant.users[place].active && tenant.free_licences() == 0 {
        return Err(error(400, "LICENSE_LIMIT_EXCEEDED", "License Limit Exceeded"));
    }
    tenant.users[place].active = true;
    Ok(())
}

pub(super) fn delete_route(world: &World, request: &Request) -> Route {
    let ids: Vec<String> = request.query("ids").unwrap_or_default().split(',').map(ToOwned::to_owned).collect();
    let (op, subject) = {
        let tenant = hold(&world.salesforce);
        let owner = |id: &String| tenant.holder(id);
        let op = match ids.first().map_or("", |id| id.get(..3).unwrap_or_default()) {
            "0Ak" => "salesforce.sessions.delete",
            "0Pa" => "salesforce.permission_sets.delete",
            "2LA" => "salesforce.licences.delete",
            _ => "salesforce.records.delete",
        };
        (op, ids.iter().find_map(owner).filter(|&who| who < world.people.len()))
    };
    Route::change(op, subject, move |turn| delete(turn, &ids))
}

fn delete(turn: &Turn<'_>, ids: &[String]) -> Answer {
    let mut tenant = allowed(turn)?;
    if ids.len() > AT_ONCE {
        return Err(error(400, "EXCEEDED_ID_LIMIT", "record limit reached"));
    }
    if let Some(mixed) = mixed(ids.iter().map(|id| is_setup(id))) {
        return Err(mixed);
    }
    let results: Vec<Value> = ids.iter().map(|id| deleted(&mut tenant, id)).collect();
    Ok(Reply::json(200, &Value::Array(results)).done())
}

/// Answered with 200, whatever became of it.
fn deleted(tenant: &mut Tenant, id: &str) -> Value {
    let Some(place) = tenant.holder(id) else { return refused(id, "ENTITY_IS_DELETED", "entity is deleted") };
    let user = &mut tenant.users[place];
    if user.sets.iter().any(|set| set.id == id && set.by_profile) {
        return refused(id, "INSUFFICIENT_ACCESS_OR_READONLY", "a profile's permission set cannot be unassigned");
    }
    let needed = user.licences.iter().any(|licence| licence.id == id) && user.sets.iter().any(|set| !set.by_profile);
    if needed {
        return refused(id, "CANNOT_DELETE_LICENSE", "assigned permission sets require this license");
    }
    user.sessions.retain(|session| session != id);
    user.sets.retain(|set| set.id != id);
    user.licences.retain(|licence| licence.id != id);
    json!({"id": id, "success": true, "errors": []})
}

fn refused(id: &str, code: &str, message: &str) -> Value {
    json!({"id": id, "success": false, "errors": [{"statusCode": code, "message": message, "fields": []}]})
}

pub(super) fn create_route(world: &World, request: &Request) -> Route {
    let body = request.json().unwrap_or_default();
    let records = body["records"].as_array().cloned().unwrap_or_default();
    let assignee = records.first().and_then(|record| record["AssigneeId"].as_str()).unwrap_or_default().to_owned();
    let subject = hold(&world.salesforce).place(&assignee).filter(|&who| who < world.people.len());
    Route::change("salesforce.records.create", subject, move |turn| create(turn, &records))
}

fn create(turn: &Turn<'_>, records: &[Value]) -> Answer {
    let mut tenant = allowed(turn)?;
    let kind = |record: &Value| record["attributes"]["type"].as_str().unwrap_or_default().to_owned();
    if records.len() > AT_ONCE {
        return Err(error(400, "EXCEEDED_ID_LIMIT", "record limit reached"));
    }
    if let Some(mixed) = mixed(records.iter().map(|record| kind(record).starts_with("PermissionSet"))) {
        return Err(mixed);
    }
    let results: Vec<Value> = records.iter().map(|record| created(&mut tenant, &kind(record), record)).collect();
    Ok(Reply::json(200, &Value::Array(results)).done())
}

fn created(tenant: &mut Tenant, kind: &str, record: &Value) -> Value {
    let text = |key: &str| record[key].as_str().map(ToOwned::to_owned);
    let Some(place) = text("AssigneeId").and_then(|id| tenant.place(&id)) else {
        return refused("", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    };
    if !tenant.users[place].active {
        return refused("", "INVALID_CROSS_REFERENCE_KEY", "the assignee is inactive");
    }
    let made = match kind {
        "PermissionSetLicenseAssign" => text("PermissionSetLicenseId").map(|of| (of, None)),
        _ => match (text("PermissionSetId"), text("PermissionSetGroupId")) {
            (Some(set), None) => Some((set, None)),
            // A group's own set has the group's number.
            (None, Some(group)) => Some((group.replacen("0PG", "0PS", 1), Some(group))),
            _ => None,
        },
    };
    let Some((of, group)) = made else { return refused("", "REQUIRED_FIELD_MISSING", "Required fields are missing") };
    let licence = kind == "PermissionSetLicenseAssign";
    let id = tenant.next_id(if licence { "2LA" } else { "0Pa" });
    let user = &mut tenant.users[place];
    let list = if licence { &mut user.licences } else { &mut user.sets };
    if list.iter().any(|one| one.of == of) {
        return refused("", "DUPLICATE_VALUE", "Duplicate PermissionSetAssignment");
    }
    list.push(Assignment { id: id.clone(), of, group, by_profile: false });
    json!({"id": id, "success": true, "errors": []})
}

/// Setup objects and data in one call.
fn mixed(setup: impl Iterator<Item = bool>) -> Option<Reply> {
    let kinds: std::collections::BTreeSet<bool> = setup.collect();
    let message = "DML operation on setup object is not permitted after you have updated a non-setup object";
    (kinds.len() > 1).then(|| error(400, "MIXED_DML_OPERATION", message))
}

fn is_setup(id: &str) -> bool {
    ["0Ak", "0Pa", "2LA", "005"].iter().any(|prefix| id.starts_with(prefix))
}
