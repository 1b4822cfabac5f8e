//! GitLab's REST API (v4): an instance with an administrator, and a group on it as GitLab.com has it. Both are served at
//! once; a client sees what it asks for.

mod assets;
mod held;
mod members;
mod tenant;
mod users;

use axum::http::Method;
use serde_json::{Value, json};

use super::clock;
use super::limit::Budget;
use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

/// The one top-level group.
pub(super) const GROUP: &str = "corp-example";

/// Numbers begin here; the person's number is added.
const FIRST_USER: u64 = 100;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let ["api", "v4", parts @ ..] = parts.as_slice() else { return unknown() };
    match (&request.method, parts) {
        (&Method::GET, ["user"]) => Route::read("gitlab.user", None, users::me),
        (method, ["users", rest @ ..]) => users::route(world, request, method, rest),
        (method, ["personal_access_tokens", rest @ ..]) => held::tokens(world, request, method, rest),
        (method, [kind @ ("groups" | "projects"), source, "members" | "billable_members", ..]) => {
            members::route(world, method, kind, source, &parts[2..])
        }
        (&Method::GET, [kind @ ("groups" | "projects"), source, list]) => assets::route(kind, source, list),
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("gitlab.unknown", None, |_| Err(Reply::json(404, &json!({"error": "404 Not Found"}))))
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.gitlab).state(who)
}

/// The person of this user's number.
fn who(world: &World, id: &str) -> Option<usize> {
    let number = usize::try_from(id.parse::<u64>().ok()?.checked_sub(FIRST_USER)?).ok()?;
    (number < world.people.len()).then_some(number)
}

fn number(who: usize) -> u64 {
    FIRST_USER + who as u64
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "message": message }))
}

fn not_found(what: &str) -> Reply {
    error(404, &format!("404 {what} Not Found"))
}

/// Who calls: the administrator, or a person of whom nobody has made one.
fn caller(turn: &Turn<'_>) -> Result<usize, Reply> {
    let bearer = turn.request.authorization("bearer").or_else(|| turn.request.header("private-token"));
    let credentials = &turn.world.issued.credentials;
    match bearer {
        Some(token) if token == credentials.gitlab_token => Ok(turn.world.admin()),
        Some(token) if token == credentials.gitlab_member_token => Ok(0),
        _ => Err(error(401, "401 Unauthorized")),
    }
}

fn administrator(turn: &Turn<'_>) -> Result<(), Reply> {
    if caller(turn)? == turn.world.admin() { Ok(()) } else { Err(error(403, "403 Forbidden")) }
}

/// Plain text, and not JSON.
pub(super) fn limited(budget: Budget) -> Reply {
    let name = "throttle_authenticated_api";
    dress(Reply::text(429, "Retry later\n"), budget)
        .with_number("retry-after", budget.retry_after())
        .with("ratelimit-name", name)
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => Reply::text(429, "Retry later\n").with_number("retry-after", 1),
        403 => error(403, "403 Forbidden"),
        401 => error(401, "401 Unauthorized"),
        502..=504 => Reply::html(status, "<html><head><title>GitLab is not responding</title></head></html>\n"),
        _ => error(status, "500 Internal Server Error"),
    }
}

/// An instance's limits are off, and then there are no headers; a rehearsal's come with its fault.
pub(super) fn dress(reply: Reply, budget: Budget) -> Reply {
    if reply.has("ratelimit-limit") {
        return reply;
    }
    reply
        .with_number("ratelimit-limit", budget.limit)
        .with_number("ratelimit-remaining", budget.remaining)
        .with_number("ratelimit-observed", budget.used())
        .with_number("ratelimit-reset", budget.reset())
        .with("ratelimit-resettime", clock::rfc3339(budget.reset() * 1_000))
}

/// One page of `items`, `per_page` of at most 100 (else 20), and the headers that lead on.
fn page(turn: &Turn<'_>, items: &[Value]) -> Reply {
    let size = turn.request.query_number("per_page").unwrap_or(20).clamp(1, 100);
    let number = turn.request.query_number("page").unwrap_or(1).max(1);
    let rows: Vec<&Value> = items.iter().skip((number - 1).saturating_mul(size)).take(size).collect();
    let next = if number.saturating_mul(size) < items.len() { (number + 1).to_string() } else { String::new() };
    Reply::json(200, &json!(rows))
        .with_number("x-total", items.len() as u64)
        .with_number("x-page", number as u64)
        .with("x-next-page", next)
}
