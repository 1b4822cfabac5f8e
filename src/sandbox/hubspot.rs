//! `HubSpot`: user provisioning, owners and CRM search, after its published `OpenAPI` descriptions.

mod tenant;

use axum::http::Method;
use serde_json::{Value, json};

use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

/// What the private app was given; it was made by the console's admin.
const SCOPES: [&str; 7] = [
    "crm.objects.companies.read",
    "crm.objects.contacts.read",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "settings.users.read",
    "settings.users.write",
    "tickets",
];

pub(super) const REMOVE: &str = "hubspot.users.delete";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["oauth", "v2", "private-apps", "get", "access-token-info"]) => {
            Route::read("hubspot.token_info", None, token_info)
        }
        // The collection is not where the items are.
        (&Method::GET, ["settings", "users", "v3"]) => Route::read("hubspot.users.list", None, list),
        (method @ (&Method::GET | &Method::DELETE), ["settings", "v3", "users", key]) => {
            let by_email = request.query("idProperty") == Some("EMAIL");
            let who = hold(&world.hubspot).place(key, by_email);
            match *method {
                Method::GET => Route::read("hubspot.users.get", who, move |turn| get(turn, who)),
                _ => Route::for_good(REMOVE, who, move |turn| remove(turn, who)),
            }
        }
        (&Method::GET, ["crm", "v3", "owners"]) => Route::read("hubspot.owners.list", None, owners),
        (&Method::POST, ["crm", "v3", "objects", object, "search"]) => {
            let op = match *object {
                "contacts" => "hubspot.search.contacts",
                "companies" => "hubspot.search.companies",
                "deals" => "hubspot.search.deals",
                "tickets" => "hubspot.search.tickets",
                _ => return unknown(),
            };
            let object = (*object).to_owned();
            Route::read(op, None, move |turn| search(turn, &object))
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("hubspot.unknown", None, |_| Err(error(404, "OBJECT_NOT_FOUND", "resource not found")))
}

fn error(status: u16, category: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "status": "error", "message": message, "correlationId": "00000000-0000-4000-8000-000000000000",
            "category": category,
        }),
    )
}

pub(super) fn limited() -> Reply {
    Reply::json(
        429,
        &json!({
            "status": "error", "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING",
        }),
    )
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        401 => error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found."),
        403 => error(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."),
        429 => limited(),
        _ => error(status, "SERVICE_UNAVAILABLE", "internal error"),
    }
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.hubspot).state(who)
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let token = turn.world.issued.credentials.hubspot_token.as_str();
    if turn.request.authorization("bearer") == Some(token) { Ok(()) } else { Err(failed(401)) }
}

/// With the headers that every reply has but a search's.
fn ok(body: &Value) -> Reply {
    Reply::json(200, body)
        .with_number("x-hubspot-ratelimit-max", 100)
        .with_number("x-hubspot-ratelimit-remaining", 99)
        .with_number("x-hubspot-ratelimit-interval-milliseconds", 10_000)
}

fn token_info(turn: &Turn<'_>) -> Answer {
    let body = turn.request.json().unwrap_or_default();
    if body["tokenKey"] != turn.world.issued.credentials.hubspot_token.as_str() {
        return Err(failed(401));
    }
    let own = hold(&turn.world.hubspot).id(turn.world.admin());
    Ok(ok(&json!({"userId": own, "hubId": 1, "appId": 2, "scopes": SCOPES})))
}

fn missing() -> Reply {
    error(404, "OBJECT_NOT_FOUND", "User not found")
}

fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let tenant = hold(&turn.world.hubspot);
    who.and_then(|who| tenant.shown(who)).map(|user| ok(&user)).ok_or_else(missing)
}

/// 25 a page at most, so that a small firm has several.
fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let start = turn.request.query_number("after").unwrap_or(0);
    let size = turn.request.query_number("limit").unwrap_or(100).min(25);
    let users = hold(&turn.world.hubspot).all();
    let mut body = json!({"results": users.iter().skip(start).take(size).collect::<Vec<_>>()});
    if start + size < users.len() {
        body["paging"] = json!({"next": {"after": (start + size).to_string()}});
    }
    Ok(ok(&body))
}

fn remove(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let mut tenant = hold(&turn.world.hubspot);
    let who = who.filter(|&who| tenant.shown(who).is_some()).ok_or_else(missing)?;
    tenant.remove(who).map_err(|why| error(400, "VALIDATION_ERROR", why))?;
    Ok(Reply::empty(204).done())
}

fn owners(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let email = turn.request.query("email").unwrap_or_default();
    let archived = turn.request.query("archived") == Some("true");
    Ok(ok(&json!({"results": hold(&turn.world.hubspot).owners(email, archived)})))
}

/// Knows one filter, on the owner.
fn search(turn: &Turn<'_>, object: &str) -> Answer {
    allowed(turn)?;
    let body = turn.request.json().unwrap_or_default();
    let filter = body.pointer("/filterGroups/0/filters/0").cloned().unwrap_or_default();
    if filter["propertyName"] != "hubspot_owner_id" || filter["operator"] != "EQ" {
        return Err(error(400, "VALIDATION_ERROR", "There was a problem with the request."));
    }
    let total = hold(&turn.world.hubspot).owned(object, filter["value"].as_str().unwrap_or_default());
    Ok(Reply::json(200, &json!({"total": total, "results": []})))
}
