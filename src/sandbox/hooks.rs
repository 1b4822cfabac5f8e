//! Slack's incoming webhooks, which answer in plain text and by HTTP status, unlike Slack's web API.

use axum::http::Method;
use serde_json::Value;

use super::reply::Reply;
use super::request::{Request, field};
use super::route::{Answer, Route, Turn};

pub(super) fn route(request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["slack", token @ ..]) if !token.is_empty() => {
            let token = token.join("/");
            Route::change("hooks.slack", None, move |turn| post(turn, &token))
        }
        _ => Route::read("hooks.unknown", None, |_| Err(Reply::text(404, "no_team"))),
    }
}

pub(super) fn limited(retry_after: u64) -> Reply {
    Reply::text(429, "rate_limited").with_number("retry-after", retry_after)
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => limited(1),
        403 => Reply::text(403, "action_prohibited"),
        404 => Reply::text(404, "no_service"),
        410 => Reply::text(410, "channel_is_archived"),
        _ => Reply::text(status, "rollup_error"),
    }
}

fn post(turn: &Turn<'_>, token: &str) -> Answer {
    let form = turn.request.form();
    // Older senders wrap the JSON in a form field.
    let body = match field(&form, "payload") {
        Some(payload) => serde_json::from_str(payload).ok(),
        None => turn.request.json(),
    };
    let Some(body @ Value::Object(_)) = body else { return Err(Reply::text(400, "invalid_payload")) };
    let some_text = body.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !some_text && body.get("blocks").is_none() && body.get("attachments").is_none() {
        return Err(Reply::text(400, "no_text"));
    }
    turn.world.alerts.post(token, body);
    Ok(Reply::text(200, "ok").done())
}
