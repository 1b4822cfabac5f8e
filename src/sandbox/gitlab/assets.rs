//! What groups and projects hold, and nobody in particular: tokens, deploy keys, hooks, runners.

use serde_json::{Value, json};

use super::super::route::{Answer, Route, Turn};
use super::tenant::{PROJECT, SUBGROUP, TOP};
use super::{GROUP, caller, error, number, page, unknown};

pub(super) fn route(kind: &str, source: &str, list: &str) -> Route {
    let group = kind == "groups";
    let known = match (group, source) {
        (true, GROUP) => true,
        (true, id) => id.parse() == Ok(TOP) || id.parse() == Ok(SUBGROUP),
        (false, id) => id.parse() == Ok(PROJECT),
    };
    match (known, list) {
        (true, "projects") if group => Route::read("gitlab.projects.list", None, projects),
        (true, "access_tokens") => Route::read("gitlab.access_tokens.list", None, access_tokens),
        (true, "deploy_tokens") => Route::read("gitlab.deploy_tokens.list", None, deploy_tokens),
        (true, "deploy_keys") if !group => Route::read("gitlab.deploy_keys.list", None, deploy_keys),
        (true, "hooks") => Route::read("gitlab.hooks.list", None, move |turn| hooks(turn, group)),
        (true, "runners") => Route::read("gitlab.runners.list", None, runners),
        _ => unknown(),
    }
}

/// One project, made by the first of the people.
fn projects(turn: &Turn<'_>) -> Answer {
    caller(turn)?;
    Ok(page(turn, &[json!({ "id": PROJECT, "path_with_namespace": "corp-example/tools", "creator_id": number(0) })]))
}

fn access_tokens(turn: &Turn<'_>) -> Answer {
    caller(turn)?;
    let token = |id: u64, name: &str, active: bool| json!({ "id": id, "name": name, "active": active, "revoked": !active, "expires_at": "2030-01-31", "access_level": 40 });
    Ok(page(turn, &[token(91, "release bot", true), token(92, "old bot", false)]))
}

fn deploy_tokens(turn: &Turn<'_>) -> Answer {
    caller(turn)?;
    Ok(page(turn, &[json!({ "id": 93, "name": "registry", "username": "gitlab+deploy-token-93", "revoked": false })]))
}

fn deploy_keys(turn: &Turn<'_>) -> Answer {
    caller(turn)?;
    Ok(page(turn, &[json!({ "id": 94, "title": "build server", "can_push": true })]))
}

/// Group hooks need a plan that not everybody pays for.
fn hooks(turn: &Turn<'_>, group: bool) -> Answer {
    caller(turn)?;
    if group {
        return Err(error(403, "403 Forbidden"));
    }
    let hook: Value = json!({ "id": 95, "url": "https://ci.corp.example/hook?token=hook-canary-0123456789" });
    Ok(page(turn, &[hook]))
}

fn runners(turn: &Turn<'_>) -> Answer {
    caller(turn)?;
    Ok(page(turn, &[json!({ "id": 96, "description": "laptop runner", "active": true, "status": "online" })]))
}
