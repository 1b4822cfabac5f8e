//! Salesforce: the OAuth endpoints, SOQL queries, single records and collections of the REST API, and the Metadata API.

mod metadata;
mod query;
mod records;
mod setup;
mod soql;
mod tenant;
mod token;

use std::sync::MutexGuard;

use axum::http::Method;
use serde_json::{Value, json};

use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

/// The newest of the versions that `/services/data` lists; calls to another are refused, so that nobody gets by with a
/// version that was written down once.
const VERSION: &str = "v66.0";

/// The same, as SOAP writes it.
const SOAP_VERSION: &str = "66.0";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["services", "oauth2", "token"]) => Route::read("salesforce.token", None, token::mint),
        (&Method::POST, ["services", "oauth2", "revoke"]) => token::revoke_route(world, request),
        (&Method::GET, ["services", "data"]) => Route::read("salesforce.versions", None, |_| Ok(versions())),
        (&Method::POST, ["services", "Soap", "m", SOAP_VERSION]) => metadata::route(request),
        (method, ["services", "data", VERSION, rest @ ..]) => versioned(world, request, method, rest),
        _ => unknown(),
    }
}

fn versioned(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["query"]) => query::route(request),
        (&Method::GET, ["sobjects", "User", "describe"]) => Route::read("salesforce.describe", None, |turn| {
            drop(allowed(turn)?);
            Ok(Reply::json(200, &records::described()))
        }),
        (&Method::PATCH, ["sobjects", object, id]) => records::patch_route(world, request, object, id),
        (&Method::DELETE, ["composite", "sobjects"]) => records::delete_route(world, request),
        (&Method::POST, ["composite", "sobjects"]) => records::create_route(world, request),
        _ => unknown(),
    }
}

fn versions() -> Reply {
    let version = |number: &str| json!({"label": "Any", "url": format!("/services/data/v{number}"), "version": number});
    // As text `9.0` would be the newest.
    Reply::json(200, &json!([version("9.0"), version("62.0"), version("66.0"), version("65.0")]))
}

fn unknown() -> Route {
    Route::read("salesforce.unknown", None, |_| Err(error(404, "NOT_FOUND", "The requested resource does not exist")))
}

/// Errors are arrays.
fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!([{"message": message, "errorCode": code}]))
}

/// A limit is a 403, and without any hint of when.
pub(super) fn limited() -> Reply {
    error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        401 => error(401, "INVALID_SESSION_ID", "Session expired or invalid"),
        403 | 429 => limited(),
        503 => error(503, "SERVER_UNAVAILABLE", "Server Unavailable"),
        _ => error(status, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
    }
}

/// Each reply says how much of the day's pool is gone.
pub(super) fn dress(world: &World, reply: Reply) -> Reply {
    let used = hold(&world.salesforce).calls;
    reply.with("sforce-limit-info", format!("api-usage={used}/100000"))
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.salesforce).state(who)
}

/// The org, for a caller whose session is good.
fn allowed<'a>(turn: &Turn<'a>) -> Result<MutexGuard<'a, Tenant>, Reply> {
    let bearer = turn.request.authorization("bearer").unwrap_or_default();
    if turn.world.tokens.look_up("salesforce", bearer).is_none() {
        return Err(failed(401));
    }
    let mut tenant = hold(&turn.world.salesforce);
    tenant.calls += 1;
    Ok(tenant)
}
