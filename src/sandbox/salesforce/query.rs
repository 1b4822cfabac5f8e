//! `GET query?q=`: what of the org a SOQL query sees.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::soql::{Query, at};
use super::token::MAY_READ_METADATA;
use super::{allowed, error};

pub(super) fn route(request: &Request) -> Route {
    let query = request.query("q").and_then(Query::parse);
    let op = match query.as_ref().map(|query| query.object.as_str()) {
        Some("User") => "salesforce.query.user",
        Some("UserLogin") => "salesforce.query.user_login",
        Some("AuthSession") => "salesforce.query.auth_session",
        Some("OauthToken") => "salesforce.query.oauth_token",
        Some("PermissionSetAssignment" | "PermissionSetLicenseAssign") => "salesforce.query.assignment",
        _ => "salesforce.query.other",
    };
    Route::read(op, None, move |turn| answer(turn, query))
}

fn answer(turn: &Turn<'_>, query: Option<Query>) -> Answer {
    let tenant = allowed(turn)?;
    let query = query.ok_or_else(|| error(400, "MALFORMED_QUERY", "unexpected token"))?;
    let rows = match query.object.as_str() {
        "UserPermissionAccess" => Some(vec![permissions(turn)]),
        object => tenant.rows(object),
    };
    let rows = rows.ok_or_else(|| {
        let message = format!("sObject type '{}' is not supported.", query.object);
        error(400, "INVALID_TYPE", &message)
    })?;
    let invalid =
        |field: &str| error(400, "INVALID_FIELD", &format!("No such column '{field}' on entity '{}'.", query.object));
    let mut found = Vec::new();
    for row in rows {
        if query.fits(&row).map_err(|field| invalid(&field))? {
            found.push(row);
        }
    }
    found.truncate(query.limit.unwrap_or(usize::MAX));
    let total = found.len();
    let mut records = Vec::new();
    if !query.fields.is_empty() {
        for row in &found {
            records.push(shown(row, &query).map_err(|field| invalid(&field))?);
        }
    }
    Ok(Reply::json(200, &json!({"totalSize": total, "done": true, "records": records})))
}

/// What the asking user may do, by profile and permission sets.
fn permissions(turn: &Turn<'_>) -> Value {
    let bearer = turn.request.authorization("bearer").unwrap_or_default();
    let grant = turn.world.tokens.look_up("salesforce", bearer);
    json!({
        "PermissionsManageUsers": true, "PermissionsAssignPermissionSets": true, "PermissionsViewSetup": true,
        "PermissionsCustomizeApplication": true, "PermissionsModifyAllData": false,
        "PermissionsModifyMetadata": grant.is_some_and(|grant| grant.has(MAY_READ_METADATA)),
    })
}

/// The fields that were asked for, nested as Salesforce nests them.
fn shown(row: &Value, query: &Query) -> Result<Value, String> {
    let mut record = json!({"attributes": {"type": query.object}});
    for path in &query.fields {
        let value = at(row, path).ok_or_else(|| path.clone())?;
        let mut place = &mut record;
        for part in path.split('.') {
            place = &mut place[part];
        }
        *place = value.clone();
    }
    Ok(record)
}
