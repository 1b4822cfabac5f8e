//! Zoom: the token endpoint of server-to-server apps, and the users of one account.

mod tenant;

use std::time::Duration;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::tokens::Grant;
use super::world::World;

use tenant::Refusal;
pub(super) use tenant::Tenant;

const SCOPES: &str = "user:delete:token:admin user:delete:user:admin user:read:user:admin user:update:status:admin \
                      user:update:user:admin";

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let who = |key: &str| hold(&world.zoom).place(key);
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["oauth", "token"]) => Route::read("zoom.token", None, mint),
        (&Method::GET, ["v2", "users", key]) => {
            let who = who(key);
            Route::read("zoom.users.get", who, move |turn| {
                let who = existing(turn, who)?;
                Ok(Reply::json(200, &hold(&turn.world.zoom).shown(who)))
            })
        }
        (&Method::PUT, ["v2", "users", key, "status"]) => {
            let who = who(key);
            Route::change("zoom.users.status", who, move |turn| set_status(turn, who))
        }
        (&Method::DELETE, ["v2", "users", key, "token"]) => {
            let who = who(key);
            Route::change("zoom.users.token.delete", who, move |turn| {
                let who = existing(turn, who)?;
                hold(&turn.world.zoom).revoke(who);
                Ok(Reply::empty(204).done())
            })
        }
        (&Method::PATCH, ["v2", "users", key]) => {
            let who = who(key);
            Route::change("zoom.users.update", who, move |turn| set_type(turn, who))
        }
        (&Method::DELETE, ["v2", "users", key]) => {
            let who = who(key);
            Route::for_good("zoom.users.delete", who, move |turn| delete(turn, who))
        }
        _ => Route::read("zoom.unknown", None, |_| Err(error(404, 2300, "This API endpoint is not recognized."))),
    }
}

fn error(status: u16, code: u64, message: &str) -> Reply {
    Reply::json(status, &json!({"code": code, "message": message}))
}

fn refused((status, code, message): Refusal) -> Reply {
    error(status, code, message)
}

pub(super) fn limited() -> Reply {
    error(429, 429, "You have reached the maximum per-second rate limit for this API. Try again later.")
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        401 => error(401, 124, "Invalid access token."),
        429 => limited(),
        _ => error(status, u64::from(status), "Internal error"),
    }
}

/// What is really so of one person.
pub(super) fn state(world: &World, who: usize) -> Value {
    hold(&world.zoom).state(who)
}

/// Its errors have a shape of their own.
fn mint(turn: &Turn<'_>) -> Answer {
    let credentials = &turn.world.issued.credentials;
    let basic = STANDARD.encode(format!("{}:{}", credentials.zoom_client_id, credentials.zoom_client_secret));
    if turn.request.authorization("basic") != Some(basic.as_str()) {
        return Err(Reply::json(
            400,
            &json!({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}),
        ));
    }
    let query = |name: &str| turn.request.query(name);
    if query("grant_type") != Some("account_credentials") || query("account_id") != Some(&credentials.zoom_account_id) {
        return Err(Reply::json(400, &json!({"reason": "Bad Request", "error": "bad_request"})));
    }
    let grant = Grant { vendor: "zoom", acts_as: None, scopes: Vec::new() };
    let token = turn.world.tokens.mint("zoom-sandbox-", grant, Duration::from_secs(3600));
    Ok(Reply::json(200, &json!({"access_token": token, "token_type": "bearer", "expires_in": 3599, "scope": SCOPES})))
}

/// The user, for a caller whose token is good.
fn existing(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    let bearer = turn.request.authorization("bearer").unwrap_or_default();
    if turn.world.tokens.look_up("zoom", bearer).is_none() {
        return Err(failed(401));
    }
    who.filter(|&who| hold(&turn.world.zoom).exists(who))
        .ok_or_else(|| error(404, 1001, "User does not exist or does not belong to this account."))
}

fn set_status(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = existing(turn, who)?;
    let body = turn.request.json().unwrap_or_default();
    let active = match body["action"].as_str() {
        Some("activate") => true,
        Some("deactivate") => false,
        _ => return Err(error(400, 300, "Validation Failed.")),
    };
    hold(&turn.world.zoom).set_active(who, active).map_err(refused)?;
    Ok(Reply::empty(204).done())
}

fn set_type(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = existing(turn, who)?;
    let kind = turn.request.json().unwrap_or_default()["type"].as_u64();
    let kind = kind.filter(|kind| (1..=2).contains(kind)).ok_or_else(|| error(400, 300, "Validation Failed."))?;
    hold(&turn.world.zoom).set_type(who, kind).map_err(refused)?;
    Ok(Reply::empty(204).done())
}

/// Without `action`, the person keeps a personal account with the same login.
fn delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = existing(turn, who)?;
    let query = |name: &str| turn.request.query(name);
    let action = query("action").unwrap_or("disassociate");
    let flags = ["meeting", "webinar", "recording", "whiteboard"];
    let wanted: Vec<&'static str> =
        flags.into_iter().filter(|flag| query(&format!("transfer_{flag}")) == Some("true")).collect();
    hold(&turn.world.zoom).delete(who, action, query("transfer_email"), wanted).map_err(refused)?;
    Ok(Reply::empty(204).done())
}
