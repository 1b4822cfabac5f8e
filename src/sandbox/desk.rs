//! A small made-up ticket desk, as an internal tool that Nightlatch knows only from a declaration in its configuration.

use axum::http::Method;
use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["agents"]) => {
            let found = request.query("email").and_then(|email| world.keys.email(email));
            Route::read("desk.agents.find", found, move |turn| find(turn, found))
        }
        (&Method::GET, ["agents", id]) => {
            let agent = agent(world, id);
            Route::read("desk.agents.get", agent, move |turn| {
                allowed(turn)?;
                let agent = agent.ok_or_else(unknown)?;
                Ok(Reply::json(200, &shown(turn, agent)))
            })
        }
        (&Method::POST, ["agents", id, "disable"]) => {
            let agent = agent(world, id);
            Route::change("desk.agents.disable", agent, move |turn| switch(turn, agent, false))
        }
        (&Method::POST, ["agents", id, "enable"]) => {
            let agent = agent(world, id);
            Route::change("desk.agents.enable", agent, move |turn| switch(turn, agent, true))
        }
        _ => Route::read("desk.unknown", None, |_| Err(unknown())),
    }
}

/// Throttled calls get a 200 whose body says that nothing was done.
pub(super) fn busy() -> Reply {
    Reply::json(200, &json!({"result": "busy", "retry_in": 2}))
}

pub(super) fn failed(status: u16) -> Reply {
    if status == 429 { busy() } else { Reply::json(status, &json!({"error": "internal"})) }
}

/// Agents are numbered from 1.
fn agent(world: &World, id: &str) -> Option<usize> {
    let number: usize = id.parse().ok()?;
    (1..=world.people.len()).contains(&number).then(|| number - 1)
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    if turn.request.authorization("bearer") == Some(turn.world.issued.credentials.desk_token.as_str()) {
        Ok(())
    } else {
        Err(Reply::json(401, &json!({"error": "unauthorized"})))
    }
}

fn unknown() -> Reply {
    Reply::json(404, &json!({"error": "not_found"}))
}

fn shown(turn: &Turn<'_>, agent: usize) -> Value {
    let state = if turn.account(agent).desk_active { "active" } else { "disabled" };
    json!({"id": (agent + 1).to_string(), "email": turn.person(agent).email, "state": state})
}

fn find(turn: &Turn<'_>, found: Option<usize>) -> Answer {
    allowed(turn)?;
    let agents: Vec<Value> = found.iter().map(|&agent| shown(turn, agent)).collect();
    Ok(Reply::json(200, &json!({"agents": agents})))
}

fn switch(turn: &Turn<'_>, agent: Option<usize>, active: bool) -> Answer {
    allowed(turn)?;
    let agent = agent.ok_or_else(unknown)?;
    let mut account = turn.account(agent);
    let word = if active { "enabled" } else { "disabled" };
    if account.desk_active == active {
        return Err(Reply::json(409, &json!({"error": format!("already_{word}")})));
    }
    account.desk_active = active;
    Ok(Reply::json(200, &json!({"result": word})).done())
}
