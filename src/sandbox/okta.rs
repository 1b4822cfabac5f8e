//! Okta: the token endpoint of the org authorisation server, and what an offboarding needs of the management API
//! (description 2026.06).

mod apps;
mod factors;
mod groups;
mod page;
mod roles;
mod tenant;
mod token;
mod tokens;
mod users;

use axum::http::Method;
use serde_json::{Value, json};

use super::credentials::random_hex;
use super::limit::Budget;
use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;
pub(super) use tenant::Tenant;

const READ: &str = "okta.users.read";
const MANAGE: &str = "okta.users.manage";
const READ_GROUPS: &str = "okta.groups.read";
const MANAGE_GROUPS: &str = "okta.groups.manage";
const READ_APPS: &str = "okta.apps.read";
const MANAGE_APPS: &str = "okta.apps.manage";
const READ_ROLES: &str = "okta.roles.read";
const MANAGE_ROLES: &str = "okta.roles.manage";
const READ_TOKENS: &str = "okta.apiTokens.read";
const MANAGE_TOKENS: &str = "okta.apiTokens.manage";

/// The scopes granted to the service app.
const GRANTED: [&str; 12] = [
    READ,
    MANAGE,
    READ_GROUPS,
    MANAGE_GROUPS,
    READ_APPS,
    MANAGE_APPS,
    READ_ROLES,
    MANAGE_ROLES,
    READ_TOKENS,
    MANAGE_TOKENS,
    "okta.logs.read",
    "okta.sessions.manage",
];

/// What is really so beside what [`super::Truth`] tells.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.okta).of(who).truth()
}

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["oauth2", "v1", "token"]) => Route::read("okta.token", None, token::mint),
        (&Method::GET, ["api", "v1", "users"]) => Route::read("okta.users.list", None, users::list),
        (&Method::GET, ["api", "v1", "users", "me"]) => Route::read("okta.users.me", None, users::me),
        (method, ["api", "v1", "users", key, rest @ ..]) => user(world, request, method, key, rest),
        (&Method::GET, ["api", "v1", "groups"]) => Route::read("okta.groups.all", None, groups::all),
        (method @ (&Method::PUT | &Method::DELETE), ["api", "v1", "groups", group, "users", user]) => {
            let (group, key, add) = ((*group).to_owned(), Key::of(world, user), method == Method::PUT);
            let op = if add { "okta.groups.add" } else { "okta.groups.remove" };
            Route::change(op, key.who, move |turn| groups::change(turn, &group, &key, add))
        }
        (&Method::GET, ["api", "v1", "apps"]) => {
            let filter = request.query("filter").and_then(|filter| filter.strip_prefix("user.id eq "));
            let key = filter.map(|id| Key::of(world, id.trim_matches('"')));
            let who = key.as_ref().and_then(|key| key.who);
            Route::read("okta.apps.list", who, move |turn| apps::list(turn, key.as_ref()))
        }
        (method, ["api", "v1", "apps", app, "users", rest @ ..]) => assignment(world, request, method, app, rest),
        (&Method::GET, ["api", "v1", "iam", "assignees", "users"]) => {
            Route::read("okta.roles.assignees", None, roles::assignees)
        }
        (&Method::GET, ["api", "v1", "api-tokens"]) => Route::read("okta.api_tokens.list", None, tokens::api_tokens),
        (&Method::DELETE, ["api", "v1", "api-tokens", id]) => {
            let id = (*id).to_owned();
            Route::change("okta.api_tokens.revoke", None, move |turn| tokens::revoke_api_token(turn, &id))
        }
        _ => unknown(),
    }
}

fn assignment(world: &World, request: &Request, method: &Method, app: &str, rest: &[&str]) -> Route {
    let app = app.to_owned();
    match (method, rest) {
        (&Method::POST, []) => {
            let body = request.json();
            let id = body.as_ref().and_then(|body| body.get("id")).and_then(Value::as_str).unwrap_or_default();
            let key = Key::of(world, id);
            Route::change("okta.apps.assign", key.who, move |turn| apps::assign(turn, &app, &key))
        }
        (&Method::GET, [user]) => {
            let key = Key::of(world, user);
            Route::read("okta.apps.get", key.who, move |turn| apps::get(turn, &app, &key))
        }
        (&Method::DELETE, [user]) => {
            let key = Key::of(world, user);
            Route::change("okta.apps.unassign", key.who, move |turn| apps::unassign(turn, &app, &key))
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("okta.unknown", None, |_| {
        Err(error(404, "E0000022", "The endpoint does not support the provided HTTP method"))
    })
}

fn user(world: &World, request: &Request, method: &Method, key: &str, rest: &[&str]) -> Route {
    let key = Key::of(world, key);
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
        (&Method::GET, ["groups"]) => Route::read("okta.groups.list", who, move |turn| groups::of_user(turn, &key)),
        (&Method::GET, ["grants"]) => Route::read("okta.grants.list", who, move |turn| tokens::grants(turn, &key)),
        (&Method::DELETE, ["grants"]) => {
            Route::change("okta.grants.revoke", who, move |turn| tokens::revoke_grants(turn, &key))
        }
        (&Method::GET, ["clients"]) => Route::read("okta.clients.list", who, move |turn| tokens::clients(turn, &key)),
        (&Method::DELETE, ["clients", client, "tokens"]) => {
            let client = (*client).to_owned();
            Route::change("okta.clients.revoke", who, move |turn| tokens::revoke_client(turn, &key, &client))
        }
        (_, ["roles", rest @ ..]) => role(request, method, key, rest),
        _ => unknown(),
    }
}

fn role(request: &Request, method: &Method, key: Key, rest: &[&str]) -> Route {
    let who = key.who;
    match (method, rest) {
        (&Method::GET, []) => Route::read("okta.roles.list", who, move |turn| roles::list(turn, &key)),
        (&Method::POST, []) => {
            let body = request.json();
            Route::change("okta.roles.assign", who, move |turn| roles::assign(turn, &key, body.as_ref()))
        }
        (&Method::DELETE, [id]) => {
            let id = (*id).to_owned();
            Route::change("okta.roles.delete", who, move |turn| roles::delete(turn, &key, &id))
        }
        (&Method::GET, [id, "targets", ..]) => {
            let id = (*id).to_owned();
            Route::read("okta.roles.targets", who, move |turn| roles::targets(turn, &key, &id))
        }
        _ => unknown(),
    }
}

/// Whom a path names, kept as written because error texts repeat it.
struct Key {
    who: Option<usize>,
    text: String,
}

impl Key {
    fn of(world: &World, key: &str) -> Key {
        Key { who: world.keys.okta(key), text: key.to_owned() }
    }
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
