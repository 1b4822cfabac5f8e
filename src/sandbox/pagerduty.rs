//! `PagerDuty` Events API v2, after its published `OpenAPI` description.

use axum::http::Method;
use serde_json::{Value, json};

use super::credentials::random_hex;
use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};

pub(super) fn route(request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["v2", "enqueue"]) => Route::change("pagerduty.enqueue", None, enqueue),
        _ => Route::read("pagerduty.unknown", None, |_| Err(Reply::text(404, "Not Found"))),
    }
}

pub(super) fn limited() -> Reply {
    Reply::json(
        429,
        &json!({
            "status": "throttle exceeded",
            "message": "Requests for this service are arriving too quickly.  Please retry later.",
            "errors": ["Enhance Your Calm."],
        }),
    )
}

pub(super) fn failed(status: u16) -> Reply {
    if status == 429 { limited() } else { Reply::text(status, "Internal Server Error") }
}

fn invalid(errors: &[&str]) -> Reply {
    Reply::json(400, &json!({"status": "invalid event", "message": "Event object is invalid", "errors": errors}))
}

fn enqueue(turn: &Turn<'_>) -> Answer {
    let Some(event) = turn.request.json() else { return Err(invalid(&["JSON is invalid"])) };
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let of_payload = |name: &str| event.get("payload").and_then(|payload| payload.get(name)).and_then(Value::as_str);
    if text("routing_key") != Some(turn.world.issued.credentials.pagerduty_routing_key.as_str()) {
        return Err(invalid(&["'routing_key' is missing or invalid"]));
    }
    let dedup_key = match text("dedup_key") {
        Some(key) if key.len() > 255 => return Err(invalid(&["'dedup_key' is too long (maximum is 255 characters)"])),
        Some(key) => key.to_owned(),
        None if text("event_action") == Some("trigger") => random_hex(16).unwrap_or_default(),
        None => return Err(invalid(&["'dedup_key' is missing or blank"])),
    };
    match text("event_action") {
        Some("trigger") => {
            let summary = of_payload("summary").filter(|summary| !summary.is_empty());
            let severity =
                of_payload("severity").filter(|severity| ["critical", "error", "warning", "info"].contains(severity));
            let (Some(summary), Some(severity), Some(_)) = (summary, severity, of_payload("source")) else {
                return Err(invalid(&["'payload' needs 'summary', 'source' and a known 'severity'"]));
            };
            turn.world.alerts.trigger(&dedup_key, summary, severity);
        }
        Some("acknowledge") => turn.world.alerts.settle(&dedup_key, "acknowledged"),
        Some("resolve") => turn.world.alerts.settle(&dedup_key, "resolved"),
        _ => return Err(invalid(&["'event_action' must be trigger, acknowledge or resolve"])),
    }
    let body = json!({"status": "success", "message": "Event processed", "dedup_key": dedup_key});
    Ok(Reply::json(202, &body).done())
}
