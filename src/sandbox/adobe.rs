//! Adobe: the token endpoint of IMS and the User Management API (umapi-documentation).

mod action;
mod tenant;
mod users;

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::{Request, field};
use super::route::{Answer, Route, Turn};
use super::tokens::Grant;
use super::world::World;

pub(super) use tenant::Tenant;

/// The one organisation.
const ORG: &str = "0123456789ABCDEF01234567@AdobeOrg";
pub(super) const CLIENT_ID: &str = "88ce03094fe74f4d91c2538217d007fe";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["ims", "token", "v2"]) => Route::read("adobe.token", None, mint),
        (&Method::GET, ["v2", "usermanagement", "organizations", ORG, "users", user]) => {
            let (user, who) = ((*user).to_owned(), world.adobe.looked_up(user));
            Route::read("adobe.users.get", who, move |turn| users::get(turn, who, &user))
        }
        (&Method::POST, ["v2", "usermanagement", "action", ORG]) => action::route(world, request),
        _ => Route::read("adobe.unknown", None, |_| Err(Reply::json(404, &json!({ "message": "no such path" })))),
    }
}

fn mint(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    let credentials = &turn.world.issued.credentials;
    let good = field(&form, "grant_type") == Some("client_credentials")
        && field(&form, "client_id") == Some(CLIENT_ID)
        && field(&form, "client_secret") == Some(credentials.adobe_client_secret.as_str());
    if !good {
        let body = json!({ "error": "invalid_client", "error_description": "invalid client_secret parameter" });
        return Err(Reply::json(400, &body));
    }
    let scopes = field(&form, "scope").unwrap_or_default().split(',').map(ToString::to_string).collect();
    let grant = Grant { vendor: "adobe", acts_as: None, scopes };
    let token = turn.world.tokens.mint("eyJsandboxadobe-", grant, Duration::from_secs(86_399));
    Ok(Reply::json(200, &json!({ "access_token": token, "token_type": "bearer", "expires_in": 86_399 })))
}

/// How Adobe's gateway says "not you" and "not now".
fn gateway(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({ "error_code": code, "message": message }))
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let invalid = || gateway(401, "401013", "Oauth token is not valid");
    let token = turn.request.authorization("bearer").ok_or_else(invalid)?;
    let grant = turn.world.tokens.look_up("adobe", token).ok_or_else(invalid)?;
    if turn.request.header("x-api-key") != Some(CLIENT_ID) || !grant.has("user_management_sdk") {
        return Err(gateway(403, "403003", "Api Key is invalid"));
    }
    Ok(())
}

pub(super) fn limited(wait_s: u64) -> Reply {
    gateway(429, "429050", "Too many requests").with_number("retry-after", wait_s)
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => limited(38),
        502..=504 => Reply::html(status, "<html><head><title>Error</title></head><body>Bad gateway</body></html>\n"),
        _ => gateway(status, &format!("{status}000"), "Something went wrong"),
    }
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    world.adobe.state(who)
}
