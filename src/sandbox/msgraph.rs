//! Microsoft Graph v1.0 (and the one function of beta that Intune needs) for an Entra ID tenant with Intune, and the token
//! endpoint before it.

mod devices;
mod groups;
mod licences;
mod mailbox;
mod page;
mod registered;
mod tenant;
mod token;
mod users;

use axum::http::Method;
use serde_json::{Value, json};

use super::clock;
use super::credentials::random_hex;
use super::limit::Budget;
use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => {
            let tenant = (*tenant).to_owned();
            Route::read("msgraph.token", None, move |turn| token::mint(turn, &tenant))
        }
        (method, ["v1.0", "users", rest @ ..]) => users::route(world, method, rest),
        (method, ["v1.0", "groups" | "teams" | "directoryRoles", ..]) => groups::route(world, method, &parts[1..]),
        (&Method::DELETE, ["v1.0", "oauth2PermissionGrants", id]) => registered::delete_consent(world, id),
        (&Method::POST, ["v1.0", "directory", "deletedItems", id, "restore"]) => users::restore(world, id),
        (method, ["v1.0", "deviceManagement", "managedDevices", rest @ ..]) => devices::route(world, method, rest),
        (&Method::GET, ["v1.0", "informationProtection", "bitlocker", "recoveryKeys"]) => devices::bitlocker_keys(),
        (&Method::GET, ["beta", "deviceManagement", "managedDevices", id, "getFileVaultKey"]) => {
            devices::filevault_key(world, id)
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("msgraph.unknown", None, |_| {
        Err(error(400, "BadRequest", "Resource not found for the segment asked for."))
    })
}

/// What is really so of the person's user and devices.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.msgraph).state(who)
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    let id = random_hex(16).unwrap_or_default();
    let inner = json!({ "date": clock::rfc3339(clock::epoch_ms()), "request-id": id, "client-request-id": id });
    let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
    Reply::json(status, &body).with("request-id", id)
}

fn not_found(id: &str) -> Reply {
    let message =
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
    error(404, "Request_ResourceNotFound", &message)
}

fn bad_request(message: &str) -> Reply {
    error(400, "Request_BadRequest", message)
}

fn denied() -> Reply {
    error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

pub(super) fn limited(budget: Budget) -> Reply {
    error(429, "TooManyRequests", "Too many requests from Identifier.")
        .with_number("retry-after", budget.retry_after())
        .with("x-ms-throttle-scope", "Tenant_Application/ReadWrite/sandbox")
        .with("x-ms-throttle-information", "ResourceUnitLimitExceeded")
}

/// A 429 out of the blue is of a family of services that names no time to wait.
pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => error(429, "TooManyRequests", "Too many requests."),
        401 => error(401, "InvalidAuthenticationToken", "Access token validation failure."),
        403 => denied(),
        502 | 504 => Reply::html(status, "<html><head><title>Bad Gateway</title></head></html>\n"),
        503 => error(503, "ServiceUnavailable", "The service is temporarily unavailable."),
        _ => error(status, "InternalServerError", "Internal error."),
    }
}

/// A token that carries one of these application permissions.
fn allowed(turn: &Turn<'_>, permissions: &[&str]) -> Result<(), Reply> {
    let invalid =
        || error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired or unknown.");
    let bearer = turn.request.authorization("bearer").ok_or_else(invalid)?;
    let grant = turn.world.tokens.look_up("msgraph", bearer).ok_or_else(invalid)?;
    if permissions.iter().any(|permission| grant.has(permission)) { Ok(()) } else { Err(denied()) }
}
