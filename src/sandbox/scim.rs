//! SCIM services that depart from the standard, each in its own way: what servers that keep to it cannot show.
//!
//! `/scim/{quirk}/v2/Users`: one tenant a quirk, all with the same people.

mod quirk;
mod tenant;
mod users;

use axum::http::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;
use quirk::Quirk;
pub(super) use tenant::Tenants;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let quirk = parts.first().and_then(|name| Quirk::named(name));
    let (Some(quirk), Some(&"v2")) = (quirk, parts.get(1)) else { return unknown() };
    match (&request.method, &parts[2..]) {
        (&Method::GET, ["ServiceProviderConfig"]) => {
            Route::read("scim.config", None, move |turn| abilities(turn, quirk))
        }
        (&Method::GET, ["Users"]) => Route::read("scim.users.find", None, move |turn| users::find(turn, quirk)),
        (method, ["Users", id]) => {
            let who = tenant::number(world, id);
            match *method {
                Method::GET => Route::read("scim.users.get", who, move |turn| users::get(turn, quirk, who)),
                Method::PATCH if quirk.deletes() => {
                    Route::for_good("scim.users.patch", who, move |turn| users::patch(turn, quirk, who))
                }
                Method::PATCH => Route::change("scim.users.patch", who, move |turn| users::patch(turn, quirk, who)),
                Method::PUT => Route::change("scim.users.put", who, move |turn| users::put(turn, quirk, who)),
                Method::DELETE => {
                    Route::for_good("scim.users.delete", who, move |turn| users::delete(turn, quirk, who))
                }
                _ => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("scim.unknown", None, |_| Err(error(404, "", "no such endpoint")))
}

/// What is really so of one person, by quirk; a deleted user is `null`.
pub(super) fn state(world: &World, who: usize) -> Value {
    Quirk::ALL.iter().map(|quirk| (quirk.name().to_owned(), world.scim.state(*quirk, who))).collect()
}

pub(super) fn limited(after_s: u64) -> Reply {
    error(429, "", "slow down").with_number("retry-after", after_s)
}

pub(super) fn failed(status: u16) -> Reply {
    if status == 429 { limited(1) } else { error(status, "", "internal") }
}

/// `status` is a string (RFC 7644 3.12).
fn error(status: u16, kind: &str, detail: &str) -> Reply {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail,
    });
    if !kind.is_empty() {
        body["scimType"] = kind.into();
    }
    scim(status, &body)
}

fn scim(status: u16, body: &Value) -> Reply {
    Reply::json(status, body).of_type("application/scim+json")
}

/// By bearer token, by Basic authentication, or in a header of its own.
fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let token = turn.world.issued.credentials.scim_token.as_str();
    let request = turn.request;
    let given = [request.authorization("bearer"), request.header("x-api-key")].contains(&Some(token));
    if given || request.basic_password().as_deref() == Some(token) {
        Ok(())
    } else {
        Err(error(401, "", "invalid token"))
    }
}

fn abilities(turn: &Turn<'_>, quirk: Quirk) -> Answer {
    allowed(turn)?;
    if quirk == Quirk::PutOnly {
        return Err(error(404, "", "no such endpoint"));
    }
    Ok(scim(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": quirk != Quirk::Whole }, "filter": { "supported": true, "maxResults": 200 },
            "etag": { "supported": quirk == Quirk::Whole }, "bulk": { "supported": false }, "sort": { "supported": false },
        }),
    ))
}
