//! Okta: the token endpoint of the org authorisation server and the Users API (management API description 2026.06).

mod factors;
mod token;
mod users;

use axum::http::Method;
use serde_json::json;

use super::credentials::random_hex;
use super::limit::Budget;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

const READ: &str = "okta.users.read";
const MANAGE: &str = "okta.users.manage";

/// The scopes granted to the service app.
const GRANTED: [&str; 4] = [READ, MANAGE, "okta.logs.read", "okta.sessions.manage"];

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["oauth2", "v1", "token"]) => Route::read("okta.token", None, token::mint),
        (&Method::GET, ["api", "v1", "users"]) => Route::read("okta.users.list", None, users::list),
        (&Method::GET, ["api", "v1", "users", "me"]) => Route::read("okta.users.me", None, users::me),
        (method, ["api", "v1", "users", key, rest @ ..]) => user(world, request, method, key, rest),
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("okta.unknown", None, |_| {
        Err(error(404, "E0000022", "The endpoint does not support the provided HTTP method"))
    })
}

fn user(world: &World, request: &Request, method: &Method, key: &str, rest: &[&str]) -> Route {
    let key = Key { who: world.keys.okta(key), text: key.to_owned() };
    let who = key.who;
    match (method, rest) {
        (&Method::GET, []) => Route::read("okta.users.get", who, move |turn| users::get(turn, &key)),
        (&Method::DELETE, []) => Route::for_good(users::DELETE, who, move |turn| users::delete(turn, &key)),
        (&Method::POST, ["lifecycle", "suspend"]) => {
            Route::change("okta.users.suspend", who, move |turn| users::suspend(turn, &key))
        }
        (&Method::POST, ["lifecycle", "unsuspend"]) => {
            Route::change("okta.users.unsuspend", who, move |turn| users::unsuspend(turn, &key))
        }
        (&Method::POST, ["lifecycle", "deactivate"]) => {
            Route::for_good(users::DEACTIVATE, who, move |turn| users::deactivate(turn, &key))
        }
        (&Method::POST, ["lifecycle", "activate"]) => {
            Route::change("okta.users.activate", who, move |turn| users::activate(turn, &key))
        }
        (&Method::POST, ["lifecycle", "reset_factors"]) => {
            Route::change("okta.factors.reset", who, move |turn| factors::reset(turn, &key))
        }
        (&Method::DELETE, ["sessions"]) => {
            let tokens_too = request.query("oauthTokens") == Some("true");
            Route::change("okta.sessions.clear", who, move |turn| users::clear_sessions(turn, &key, tokens_too))
        }
        (&Method::GET, ["factors"]) => Route::read("okta.factors.list", who, move |turn| factors::list(turn, &key)),
        (&Method::DELETE, ["factors", factor]) => {
            let factor = (*factor).to_owned();
            Route::change("okta.factors.delete", who, move |turn| factors::delete(turn, &key, &factor))
        }
        _ => unknown(),
    }
}

/// Whom a path names, kept as written because error texts repeat it.
struct Key {
    who: Option<usize>,
    text: String,
}

fn error(status: u16, code: &str, summary: &str) -> Reply {
    let id = format!("oae{}", random_hex(11).unwrap_or_default());
    Reply::json(
        status,
        &json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": id, "errorCauses": [],
        }),
    )
}

fn not_found(key: &str) -> Reply {
    error(404, "E0000007", &format!("Not found: Resource not found: {key} (User)"))
}

/// The headers, added to every reply, say when to come again.
pub(super) fn limited() -> Reply {
    error(429, "E0000047", "API call exceeded rate limit due to too many requests.")
}

/// A 429 out of the blue is the concurrency limit: both numbers 0, and the reset time means nothing.
pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => {
            let zero = Budget { limit: 0, remaining: 0, wait: std::time::Duration::ZERO };
            dress(limited(), zero)
        }
        403 => error(403, "E0000006", "You do not have permission to perform the requested action"),
        500 => error(500, "E0000009", "Internal Server Error"),
        502..=504 => Reply::html(status, "<html><head><title>Error</title></head><body>Bad gateway</body></html>\n"),
        _ => error(status, "E0000009", "Internal Server Error"),
    }
}

pub(super) fn dress(reply: Reply, budget: Budget) -> Reply {
    if reply.has("x-rate-limit-limit") {
        return reply;
    }
    reply
        .with_number("x-rate-limit-limit", budget.limit)
        .with_number("x-rate-limit-remaining", budget.remaining)
        .with_number("x-rate-limit-reset", budget.reset())
        .with("x-okta-request-id", random_hex(12).unwrap_or_default())
}

/// An API token may do anything; a service app's bearer needs one of the scopes.
fn allowed(turn: &Turn<'_>, scopes: &[&str]) -> Result<(), Reply> {
    let invalid = || error(401, "E0000011", "Invalid token provided");
    if let Some(token) = turn.request.authorization("ssws") {
        let good = token == turn.world.issued.credentials.okta_api_token;
        return if good { Ok(()) } else { Err(invalid()) };
    }
    let bearer = turn.request.authorization("bearer").ok_or_else(invalid)?;
    let grant = turn.world.tokens.look_up("okta", bearer).ok_or_else(invalid)?;
    if scopes.iter().any(|scope| grant.has(scope)) {
        return Ok(());
    }
    let missing = "Bearer authorization_uri=\"/oauth2/v1/authorize\", realm=\"/\", error=\"insufficient_scope\", \
                   error_description=\"The access token provided does not contain the required scopes.\"";
    Err(error(403, "E0000006", "You do not have permission to perform the requested action")
        .with("www-authenticate", missing))
}
