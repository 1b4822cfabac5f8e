//! Jamf Pro: tokens, the two inventories, MDM commands and the actions on single devices (Jamf Pro API 11.20).

mod auth;
mod commands;
mod device;
mod erase;
mod inventory;
mod tenant;

use axum::http::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

/// An API client whose role holds everything.
const CLIENT_ID: &str = "6a8b2c1e-0000-4000-8000-000000000001";
/// One whose role lacks the privilege that MDM commands need.
const READER_ID: &str = "6a8b2c1e-0000-4000-8000-000000000002";
/// A user account.
const ACCOUNT: &str = "nightlatch";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["api", "v1", "oauth", "token"]) => Route::read("jamf.token", None, auth::of_client),
        (&Method::POST, ["api", "v1", "auth", "token"]) => Route::read("jamf.token", None, auth::of_account),
        (&Method::GET, ["api", "v1", "auth"]) => Route::read("jamf.auth", None, auth::whoami),
        (&Method::GET, ["api", "v1", "computers-inventory"]) => {
            Route::read("jamf.computers.list", None, inventory::computers)
        }
        (&Method::GET, ["api", "v2", "mobile-devices", "detail"]) => {
            Route::read("jamf.mobiles.list", None, inventory::mobiles)
        }
        (&Method::GET, ["api", "v2", "mdm", "commands"]) => Route::read("jamf.commands.list", None, commands::list),
        (&Method::POST, ["api", "v2", "mdm", "commands"]) => commands::route(world, request),
        (&Method::POST, ["api", "v1", "computer-inventory", id, "erase"]) => erase::computer(world, id),
        (&Method::POST, ["api", "v2", "mobile-devices", id, "erase"]) => erase::mobile(world, id),
        (&Method::POST, ["api", "v2", "mobile-devices", id, "unmanage"]) => erase::unmanage(world, id),
        _ => Route::read("jamf.unknown", None, |_| Err(error(404, "NOT_FOUND", "no such path"))),
    }
}

fn error(status: u16, code: &str, description: &str) -> Reply {
    let error = json!({ "code": code, "description": description, "id": "0", "field": Value::Null });
    Reply::json(status, &json!({ "httpStatus": status, "traceId": "sandbox", "errors": [error] }))
}

pub(super) fn limited() -> Reply {
    failed(429)
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => error(429, "TOO_MANY_REQUESTS", "Too many requests").with_number("retry-after", 2),
        502..=504 => Reply::html(status, "<html><head><title>Error</title></head><body>Bad gateway</body></html>\n"),
        _ => error(status, "SERVER_ERROR", "Something went wrong"),
    }
}

/// What is really so of one person's devices.
pub(super) fn state(world: &World, who: usize) -> Value {
    world.jamf.state(who)
}

/// Whether the token's role holds this privilege.
fn allowed(turn: &Turn<'_>, privilege: &str) -> Result<(), Reply> {
    let invalid = || error(401, "INVALID_TOKEN", "Unauthorized");
    let token = turn.request.authorization("bearer").ok_or_else(invalid)?;
    let grant = turn.world.tokens.look_up("jamf", token).ok_or_else(invalid)?;
    if grant.has(privilege) { Ok(()) } else { Err(error(403, "INVALID_PRIVILEGE", "Forbidden")) }
}

/// Commands answer 401 where their privilege is missing, as if the token were bad.
fn commands_allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    allowed(turn, auth::COMMANDS).map_err(|_| error(401, "INVALID_TOKEN", "Unauthorized"))
}
