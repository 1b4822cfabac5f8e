//! Slack: the web API, which answers 200 whatever happened, and SCIM 2.0, which does not.

mod scim;
mod web;

use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use super::world::World;

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
        500 => web::error(500, "internal_error"),
        503 => web::error(503, "service_unavailable"),
        _ => Reply::html(status, "<!DOCTYPE html><html><title>Server Error</title></html>\n"),
    }
}
