//! Google Workspace: the OAuth token endpoint and the Admin SDK Directory API (discovery document `directory_v1`).

mod security;
mod token;
mod users;

use axum::http::Method;
use serde_json::json;

use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

/// What a scope name starts with.
const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/";
const READ_USERS: &str = "admin.directory.user.readonly";
const WRITE_USERS: &str = "admin.directory.user";
const SECURITY: &str = "admin.directory.user.security";

/// The scopes entered for the service account under domain-wide delegation.
const DELEGATED: [&str; 3] = [READ_USERS, WRITE_USERS, SECURITY];

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["token"]) => Route::read("google.token", None, token::mint),
        (&Method::GET, ["admin", "directory", "v1", "users"]) => Route::read("google.users.list", None, users::list),
        (method, ["admin", "directory", "v1", "users", key, rest @ ..]) => user(world, request, method, key, rest),
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("google.unknown", None, |_| Err(error(404, "notFound", "Not Found")))
}

fn user(world: &World, request: &Request, method: &Method, key: &str, rest: &[&str]) -> Route {
    let who = world.keys.google(key);
    match (method, rest) {
        (&Method::GET, []) => Route::read("google.users.get", who, move |turn| users::get(turn, who)),
        // The verbs differ in HTTP's theory only: the update has patch semantics.
        (&Method::PUT | &Method::PATCH, []) => {
            let body = request.json();
            let op = users::update_name(body.as_ref());
            Route::change(op, who, move |turn| users::update(turn, who, body))
        }
        (&Method::DELETE, []) => Route::for_good(users::DELETE, who, move |turn| users::delete(turn, who)),
        (&Method::POST, ["undelete"]) => {
            let by_id = who.filter(|&index| world.people[index].google_id == key);
            Route::change("google.users.undelete", by_id, move |turn| users::undelete(turn, by_id))
        }
        (&Method::POST, ["signOut"]) => {
            Route::change("google.users.sign_out", who, move |turn| security::sign_out(turn, who))
        }
        (&Method::GET, ["asps"]) => Route::read("google.asps.list", who, move |turn| security::asps(turn, who)),
        (&Method::DELETE, ["asps", id]) => {
            let id = id.parse().ok();
            Route::change("google.asps.delete", who, move |turn| security::delete_asp(turn, who, id))
        }
        (&Method::GET, ["tokens"]) => Route::read("google.tokens.list", who, move |turn| security::tokens(turn, who)),
        (&Method::DELETE, ["tokens", client]) => {
            let client = (*client).to_owned();
            Route::change("google.tokens.delete", who, move |turn| security::delete_token(turn, who, &client))
        }
        (&Method::GET, ["verificationCodes"]) => {
            Route::read("google.backup_codes.list", who, move |turn| security::codes(turn, who))
        }
        (&Method::POST, ["verificationCodes", "invalidate"]) => {
            Route::change("google.backup_codes.invalidate", who, move |turn| security::invalidate_codes(turn, who))
        }
        (&Method::POST, ["verificationCodes", "generate"]) => {
            Route::change("google.backup_codes.generate", who, move |turn| security::generate_codes(turn, who))
        }
        _ => unknown(),
    }
}

/// The classic error body of Google's JSON APIs; the `reason` is what clients have to decide by.
fn error(code: u16, reason: &str, message: &str) -> Reply {
    let status = match code {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        412 => "FAILED_PRECONDITION",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    Reply::json(
        code,
        &json!({"error": {
            "code": code,
            "message": message,
            "errors": [{"domain": "global", "reason": reason, "message": message}],
            "status": status,
        }}),
    )
}

/// Quota is told by a 403 with a reason, and no `Retry-After`.
pub(super) fn limited() -> Reply {
    Reply::json(
        403,
        &json!({"error": {
            "code": 403,
            "message": "User Rate Limit Exceeded",
            "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded", "message": "User Rate Limit Exceeded"}],
            "status": "PERMISSION_DENIED",
        }}),
    )
}

/// Google's front ends answer in text and HTML as often as in JSON (the strings are those that GAM looks for).
pub(super) fn failed(status: u16) -> Reply {
    match status {
        403 => limited(),
        429 => Reply::text(429, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"),
        500 => error(500, "backendError", "Backend Error"),
        503 => Reply::text(503, "Quota exceeded for the current request"),
        502 | 504 => {
            Reply::html(status, "<!DOCTYPE html><html lang=en><title>Error (Server Error)!!1</title></html>\n")
        }
        _ => error(status, "internalError", "Internal error encountered."),
    }
}

/// The bearer is good, has one of the scopes, and acts as an admin.
fn allowed(turn: &Turn<'_>, scopes: &[&str]) -> Result<(), Reply> {
    let invalid = || error(401, "authError", "Invalid Credentials");
    let bearer = turn.request.authorization("bearer");
    let bearer = bearer.ok_or_else(|| error(401, "required", "Login Required."))?;
    let grant = turn.world.tokens.look_up("google", bearer).ok_or_else(invalid)?;
    if !scopes.iter().any(|scope| grant.has(scope)) {
        let message = "Request had insufficient authentication scopes.";
        return Err(error(403, "insufficientPermissions", message));
    }
    if !grant.acts_as.is_some_and(|index| turn.person(index).privileged) {
        return Err(error(403, "forbidden", "Not Authorized to access this resource/api"));
    }
    Ok(())
}

/// The person, unless there is no such user (any more).
fn existing(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    let gone = || error(404, "notFound", "Resource Not Found: userKey");
    let who = who.ok_or_else(gone)?;
    if turn.account(who).google.deleted_at_ms.is_some() { Err(gone()) } else { Ok(who) }
}
