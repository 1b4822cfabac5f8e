//! The sandbox's own interface under `/_sandbox`, for people and scripts; not a vendor's, never faulty, not recorded.

use axum::http::Method;
use serde_json::{Value, json};

use super::account::OktaStatus;
use super::bamboohr;
use super::fault::Fault;
use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::vendor::Vendor;
use super::webhook;
use super::world::World;

pub(super) const PREFIX: &str = "_sandbox";

pub(super) fn answer(world: &World, request: &Request) -> Reply {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["calls"]) => calls(world, request),
        (&Method::GET, ["summary"]) => Reply::json(200, &json!(world.recorder.summary())),
        (&Method::GET, ["people"]) => Reply::json(200, &json!(world.staff())),
        (&Method::GET, ["people", email]) => match world.truth(email) {
            Some(truth) => Reply::json(200, &json!(truth)),
            None => nobody(),
        },
        (&Method::POST, ["people", email, deed]) => person(world, request, email, deed),
        (&Method::GET, ["alerts"]) => Reply::json(200, &json!(world.alerts.snapshot())),
        (&Method::GET, ["faults"]) => Reply::json(200, &json!(world.faults.list())),
        (&Method::POST, ["faults"]) => match serde_json::from_slice::<Fault>(&request.body) {
            Ok(fault) if fault.vendor != "*" && Vendor::of_prefix(&fault.vendor).is_none() => wrong("no such vendor"),
            Ok(fault) => {
                world.faults.set(fault);
                Reply::empty(204)
            }
            Err(error) => wrong(&error.to_string()),
        },
        (&Method::DELETE, ["faults"]) => {
            world.faults.clear();
            Reply::empty(204)
        }
        (&Method::DELETE, ["tokens"]) => {
            world.tokens.expire_all();
            Reply::empty(204)
        }
        _ => Reply::json(404, &json!({"error": "no such thing in the sandbox's own interface"})),
    }
}

fn calls(world: &World, request: &Request) -> Reply {
    let since = match request.query("since").map(str::parse::<u64>) {
        None => 0,
        Some(Ok(seq)) => seq,
        Some(Err(_)) => return wrong("since is the number of a call"),
    };
    Reply::json(200, &json!(world.recorder.calls(since, request.query("vendor"))))
}

fn person(world: &World, request: &Request, email: &str, deed: &str) -> Reply {
    let Some(index) = world.keys.email(email) else { return nobody() };
    let body = if request.body.is_empty() { Some(json!({})) } else { request.json() };
    let Some(body) = body else { return wrong("the body is not JSON") };
    match deed {
        "terminate" => {
            let day = body.get("last_day").and_then(Value::as_str).map_or_else(bamboohr::today, ToOwned::to_owned);
            if bamboohr::terminate(world, email, Some(&day)) {
                Reply::json(200, &json!({"last_day": day}))
            } else {
                wrong("last_day is YYYY-MM-DD")
            }
        }
        "reinstate" => {
            bamboohr::terminate(world, email, None);
            Reply::empty(204)
        }
        "restore" => {
            world.restore(index);
            Reply::empty(204)
        }
        "webhook" => match webhook::leaver(world, email) {
            Some(webhook) => Reply::json(200, &json!(webhook)),
            None => nobody(),
        },
        "webhook-with-fields" => match webhook::leaver_with_fields(world, email) {
            Some(webhook) => Reply::json(200, &json!(webhook)),
            None => nobody(),
        },
        "set" => set(world, index, &body),
        _ => {
            let can = "a person can be: terminate, reinstate, restore, webhook, webhook-with-fields, set";
            Reply::json(404, &json!({ "error": can }))
        }
    }
}

/// Brings about the states that make vendors awkward.
fn set(world: &World, index: usize, body: &Value) -> Reply {
    let Some(fields) = body.as_object() else { return wrong("the body is not an object") };
    let mut account = hold(&world.accounts[index]);
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("google_hold", Value::Bool(held)) => account.google.held = *held,
            ("google_devices_reached", Value::Bool(true)) => hold(&world.google).reach_devices(index),
            ("github_enterprise_team", Value::Bool(member)) => {
                if let Some(github) = &mut account.github {
                    github.enterprise_team = *member;
                }
            }
            ("okta_status", Value::String(name)) => match OktaStatus::named(name) {
                Some(status) => account.okta.status = super::lagged::Lagged::new(status),
                None => return wrong("okta_status is none of Okta's"),
            },
            _ => {
                let can = "google_hold, google_devices_reached, github_enterprise_team, okta_status";
                return wrong(&format!("cannot set {field} to this: {can}"));
            }
        }
    }
    Reply::empty(204)
}

fn nobody() -> Reply {
    Reply::json(404, &json!({"error": "nobody has this address"}))
}

fn wrong(why: &str) -> Reply {
    Reply::json(400, &json!({"error": why}))
}
