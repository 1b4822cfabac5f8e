//! Slack: the web API, which answers 200 whatever happened, and SCIM 2.0, which does not.

mod apps;
mod conversations;
mod scim;
mod tenant;
mod usergroups;
mod web;

use serde_json::{Value, json};

use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use super::world::World;
pub(super) use tenant::Tenant;

/// What is really so of one person's access.
pub(super) fn state(world: &World, who: usize) -> Value {
    let mut state = hold(&world.slack).state(who);
    state["active"] = json!(hold(&world.accounts[who]).slack.as_ref().map(|slack| slack.active));
    state
}

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match parts.as_slice() {
        ["api", method] => web::route(world, request, method),
        ["scim", "v2", rest @ ..] => scim::route(world, request, rest),
        _ => Route::read("slack.unknown", None, |_| Err(Reply::text(404, "Not Found"))),
    }
}

fn is_scim(request: &Request) -> bool {
    request.segments.get(1).is_some_and(|part| part == "scim")
}

/// Both halves answer 429 with `Retry-After` in seconds, each with its own body.
pub(super) fn limited(world: &World, request: &Request, retry_after: u64) -> Reply {
    let reply =
        if is_scim(request) { scim::error(world, 429, "ratelimit_exceeded") } else { web::error(429, "ratelimited") };
    reply.with_number("retry-after", retry_after)
}

pub(super) fn failed(world: &World, request: &Request, status: u16) -> Reply {
    match status {
        429 => limited(world, request, 1),
        _ if is_scim(request) => scim::error(world, status, "internal_error"),
        // The web API knows no 403: a refusal is a 200 like any other.
        403 => web::missing_scope(),
        500 => web::error(500, "internal_error"),
        503 => web::error(503, "service_unavailable"),
        _ => Reply::html(status, "<!DOCTYPE html><html><title>Server Error</title></html>\n"),
    }
}
