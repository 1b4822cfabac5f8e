//! Tokens and keys that a user holds.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::Token;
use super::{administrator, caller, error, not_found, number, page, unknown, who};

/// Under a user: keys, and the tokens that administrators made.
pub(super) fn route(method: &Method, kind: &str, rest: &[&str], whose: Option<usize>) -> Route {
    let id = rest.first().and_then(|id| id.parse::<u64>().ok());
    match (method, kind, rest.len()) {
        (&Method::GET, "keys", 0) => Route::read("gitlab.keys.list", whose, move |turn| keys(turn, whose, false)),
        (&Method::GET, "gpg_keys", 0) => {
            Route::read("gitlab.gpg_keys.list", whose, move |turn| keys(turn, whose, true))
        }
        (&Method::GET, _, 0) => {
            Route::read("gitlab.impersonation_tokens.list", whose, move |turn| impersonation(turn, whose))
        }
        (&Method::DELETE, "keys", 1) => {
            Route::change("gitlab.keys.delete", whose, move |turn| delete_key(turn, whose, id, false))
        }
        (&Method::DELETE, "gpg_keys", 1) => {
            Route::change("gitlab.gpg_keys.delete", whose, move |turn| delete_key(turn, whose, id, true))
        }
        (&Method::DELETE, _, 1) => Route::change("gitlab.impersonation_tokens.delete", whose, move |turn| {
            revoke_impersonation(turn, whose, id)
        }),
        _ => unknown(),
    }
}

/// Everybody's personal access tokens, for administrators; one's own, for others.
pub(super) fn tokens(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, []) => {
            let whose = request.query("user_id").and_then(|id| who(world, id));
            Route::read("gitlab.tokens.list", whose, move |turn| list(turn, whose))
        }
        (&Method::GET, ["self"]) => Route::read("gitlab.tokens.self", None, |turn| {
            let id = number(caller(turn)?);
            Ok(Reply::json(200, &json!({ "id": 1, "user_id": id, "scopes": ["api", "admin_mode"], "active": true })))
        }),
        (method, [id]) => {
            let id = id.parse::<u64>().unwrap_or_default();
            let owner = usize::try_from(id / 10).ok().filter(|who| *who < world.people.len());
            match *method {
                Method::GET => Route::read("gitlab.tokens.get", owner, move |turn| get(turn, owner, id)),
                Method::DELETE => Route::change("gitlab.tokens.revoke", owner, move |turn| revoke(turn, owner, id)),
                _ => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn row(who: usize, token: &Token) -> Value {
    json!({
        "id": token.id, "name": format!("token {}", token.id), "revoked": token.revoked, "active": !token.revoked,
        "scopes": ["api"], "user_id": number(who), "expires_at": "2030-01-31",
    })
}

/// Those that the query's `state` asks for.
fn rows(turn: &Turn<'_>, who: usize, tokens: &[Token]) -> Vec<Value> {
    let all = turn.request.query("state") != Some("active");
    tokens.iter().filter(|token| all || !token.revoked).map(|token| row(who, token)).collect()
}

fn list(turn: &Turn<'_>, whose: Option<usize>) -> Answer {
    let caller = caller(turn)?;
    if caller != turn.world.admin() && whose != Some(caller) {
        return Ok(page(turn, &[]));
    }
    let mut tenant = hold(&turn.world.gitlab);
    let rows = whose.map(|who| rows(turn, who, &tenant.user(who).tokens)).unwrap_or_default();
    Ok(page(turn, &rows))
}

fn get(turn: &Turn<'_>, owner: Option<usize>, id: u64) -> Answer {
    administrator(turn)?;
    let owner = owner.ok_or_else(|| not_found("Token"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let token = tenant.user(owner).tokens.iter().find(|token| token.id == id);
    token.map(|token| Reply::json(200, &row(owner, token))).ok_or_else(|| not_found("Token"))
}

/// The row stays. What to say of one that is revoked already is documented nowhere: 400 here.
fn revoke(turn: &Turn<'_>, owner: Option<usize>, id: u64) -> Answer {
    administrator(turn)?;
    let owner = owner.ok_or_else(|| not_found("Token"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let token = tenant.user(owner).tokens.iter_mut().find(|token| token.id == id).ok_or_else(|| not_found("Token"))?;
    if token.revoked {
        return Err(error(400, "400 Bad request - the token is not active"));
    }
    token.revoked = true;
    Ok(Reply::empty(204).done())
}

fn impersonation(turn: &Turn<'_>, whose: Option<usize>) -> Answer {
    administrator(turn)?;
    let who = whose.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let rows = rows(turn, who, &tenant.user(who).impersonation);
    Ok(page(turn, &rows))
}

fn revoke_impersonation(turn: &Turn<'_>, whose: Option<usize>, id: Option<u64>) -> Answer {
    administrator(turn)?;
    let who = whose.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let tokens = &mut tenant.user(who).impersonation;
    let token = tokens.iter_mut().find(|token| Some(token.id) == id && !token.revoked);
    token.ok_or_else(|| not_found("Impersonation Token"))?.revoked = true;
    Ok(Reply::empty(204).done())
}

/// Of SSH keys, nobody in particular has to be who asks.
fn keys(turn: &Turn<'_>, whose: Option<usize>, gpg: bool) -> Answer {
    let who = whose.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    let rows: Vec<Value> = if gpg { &user.gpg } else { &user.keys }
        .iter()
        .map(|id| json!({ "id": id, "title": "laptop", "key": "ssh-ed25519 AAAA sandbox", "created_at": "2025-01-31T09:00:00Z" }))
        .collect();
    Ok(page(turn, &rows))
}

fn delete_key(turn: &Turn<'_>, whose: Option<usize>, id: Option<u64>, gpg: bool) -> Answer {
    administrator(turn)?;
    let who = whose.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    let keys = if gpg { &mut user.gpg } else { &mut user.keys };
    let place = keys.iter().position(|key| Some(*key) == id).ok_or_else(|| not_found("Key"))?;
    keys.remove(place);
    Ok(Reply::empty(204).done())
}
