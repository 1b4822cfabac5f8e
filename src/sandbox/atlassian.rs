//! Atlassian: user management of the account, and the directories of the one organisation (Organizations REST API v2).

mod account;
mod directory;
mod search;
mod tenant;

use axum::http::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;

pub(super) use tenant::Tenant;

/// The one organisation.
const ORG: &str = "org-sandbox-0001";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (method, ["users", id, "manage", rest @ ..]) => of_account(world, method, id, rest),
        (method, ["admin", "v2", "orgs", ORG, rest @ ..]) => of_org(world, request, method, rest),
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("atlassian.unknown", None, |_| Err(error(404, "ADMIN-UAM-404-1", "Unknown Resource")))
}

fn of_account(world: &World, method: &Method, id: &str, rest: &[&str]) -> Route {
    let who = world.atlassian.of(id);
    match (method, rest) {
        (&Method::GET, []) => Route::read("atlassian.manage", who, move |turn| account::permissions(turn, who)),
        (&Method::GET, ["profile"]) => Route::read("atlassian.profile", who, move |turn| account::profile(turn, who)),
        (&Method::POST, ["lifecycle", "disable"]) => {
            Route::change("atlassian.disable", who, move |turn| account::disable(turn, who))
        }
        (&Method::POST, ["lifecycle", "enable"]) => {
            Route::change("atlassian.enable", who, move |turn| account::enable(turn, who))
        }
        (&Method::POST, ["lifecycle", "delete"]) => {
            Route::for_good(account::DELETE, who, move |turn| account::delete(turn, who))
        }
        (&Method::POST, ["lifecycle", "cancel-delete"]) => {
            Route::change("atlassian.cancel-delete", who, move |turn| account::cancel_delete(turn, who))
        }
        (&Method::GET, ["api-tokens"]) => {
            Route::read("atlassian.tokens.list", who, move |turn| account::tokens(turn, who))
        }
        (&Method::DELETE, ["api-tokens", token]) => {
            let token = (*token).to_owned();
            Route::change("atlassian.tokens.delete", who, move |turn| account::delete_token(turn, who, &token))
        }
        _ => unknown(),
    }
}

fn of_org(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["directories"]) => {
            let who = request.query("accountId").and_then(|id| world.atlassian.of(id));
            Route::read("atlassian.directories.list", who, move |turn| directory::list(turn, who))
        }
        (&Method::POST, ["directories", "-", "users", "search"]) => {
            Route::read("atlassian.users.search", None, search::search)
        }
        (&Method::POST, ["users", "invite"]) => Route::change("atlassian.invite", None, directory::invite),
        (method, ["directories", directory, "users", id, rest @ ..]) => {
            of_directory(world, method, directory, id, rest)
        }
        _ => unknown(),
    }
}

fn of_directory(world: &World, method: &Method, directory: &str, id: &str, rest: &[&str]) -> Route {
    let (who, directory) = (world.atlassian.of(id), directory.to_owned());
    match (method, rest) {
        (&Method::GET, []) => {
            Route::read("atlassian.users.get", who, move |turn| directory::get(turn, who, &directory))
        }
        (&Method::DELETE, []) => {
            Route::change("atlassian.remove", who, move |turn| directory::remove(turn, who, &directory))
        }
        (&Method::POST, ["suspend"]) => {
            Route::change("atlassian.suspend", who, move |turn| directory::set(turn, who, &directory, true))
        }
        (&Method::POST, ["restore"]) => {
            Route::change("atlassian.restore", who, move |turn| directory::set(turn, who, &directory, false))
        }
        _ => unknown(),
    }
}

fn error(status: u16, code: &str, title: &str) -> Reply {
    let error = json!({ "id": "sandbox", "status": status.to_string(), "code": code, "title": title });
    Reply::json(status, &json!({ "errors": [error] }))
}

/// The gateway's shape.
pub(super) fn limited() -> Reply {
    failed(429)
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => Reply::json(429, &json!({ "code": 429, "message": "Too many requests" }))
            .with_number("x-ratelimit-remaining", 0)
            .with_number("retry-after", 1),
        502..=504 => Reply::html(status, "<html><head><title>Error</title></head><body>Bad gateway</body></html>\n"),
        _ => Reply::json(status, &json!({ "code": status, "message": "Something went wrong" })),
    }
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    world.atlassian.state(who)
}

/// A key with scopes reads the organisation, and is refused by everything that manages accounts.
fn allowed(turn: &Turn<'_>, scopes_do: bool) -> Result<(), Reply> {
    let credentials = &turn.world.issued.credentials;
    match turn.request.authorization("bearer") {
        Some(key) if key == credentials.atlassian_api_key => Ok(()),
        Some(key) if key == credentials.atlassian_scoped_key && scopes_do => Ok(()),
        Some(key) if key == credentials.atlassian_scoped_key => Err(Reply::json(
            403,
            &json!({ "code": 403, "message": "The request could not be authorized: scope manage:org is required" }),
        )),
        _ => Err(Reply::json(401, &json!({ "code": 401, "message": "Unauthorized" }))),
    }
}

fn done(answer: Option<()>, otherwise: Reply) -> Answer {
    answer.map(|()| Reply::empty(204).done()).ok_or(otherwise)
}
