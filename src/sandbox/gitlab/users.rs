//! Users, as an administrator sees them, and the moderation API.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::{OTHER_EMAIL, PROJECT};
use super::{administrator, caller, error, held, not_found, number, page, unknown, who};

pub(super) fn route(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    let Some((id, rest)) = rest.split_first() else {
        let found = request.query("search").and_then(|email| world.keys.email(email));
        return Route::read("gitlab.users.list", found, move |turn| list(turn, found));
    };
    let whose = who(world, id);
    match (method, rest) {
        (&Method::GET, []) => Route::read("gitlab.users.get", whose, move |turn| get(turn, whose)),
        (&Method::POST, ["block"]) => Route::change("gitlab.users.block", whose, move |turn| block(turn, whose)),
        (&Method::POST, ["unblock"]) => Route::change("gitlab.users.unblock", whose, move |turn| unblock(turn, whose)),
        (&Method::GET, ["memberships"]) => {
            Route::read("gitlab.users.memberships", whose, move |turn| memberships(turn, whose))
        }
        (method, [kind @ ("keys" | "gpg_keys" | "impersonation_tokens"), rest @ ..]) => {
            held::route(method, kind, rest, whose)
        }
        _ => unknown(),
    }
}

pub(super) fn shown(turn: &Turn<'_>, who: usize) -> Value {
    let person = turn.person(who);
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    let email = if who == OTHER_EMAIL { format!("{}@home.example", person.login) } else { person.email.clone() };
    json!({
        "id": number(who), "username": person.login, "name": person.name, "state": user.state, "locked": false,
        "bot": false, "email": email, "commit_email": email, "is_admin": user.admin, "external": false,
        "using_license_seat": !user.blocked() && user.state != "deactivated", "two_factor_enabled": true,
    })
}

pub(super) fn me(turn: &Turn<'_>) -> Answer {
    let who = caller(turn)?;
    let mut me = shown(turn, who);
    if who != turn.world.admin()
        && let Some(fields) = me.as_object_mut()
    {
        fields.remove("is_admin");
    }
    Ok(Reply::json(200, &me))
}

fn list(turn: &Turn<'_>, found: Option<usize>) -> Answer {
    administrator(turn)?;
    if turn.request.query("admins") == Some("true") {
        let admins: Vec<usize> = {
            let tenant = hold(&turn.world.gitlab);
            let active = tenant.users().iter().enumerate().filter(|(_, user)| user.admin && !user.blocked());
            active.map(|(who, _)| who).collect()
        };
        return Ok(page(turn, &admins.iter().map(|&who| shown(turn, who)).collect::<Vec<_>>()));
    }
    // A further address finds its owner as well.
    Ok(page(turn, &found.iter().map(|&who| shown(turn, who)).collect::<Vec<_>>()))
}

fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    administrator(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    Ok(Reply::json(200, &shown(turn, who)))
}

fn block(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    administrator(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    if who == turn.world.admin() {
        return Err(error(403, "403 Forbidden - You cannot block yourself"));
    }
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    match user.state {
        "ldap_blocked" => Err(error(403, "403 Forbidden - LDAP blocked users cannot be modified by the API")),
        // `break if user.blocked?`: created, and nothing.
        "blocked" => Ok(Reply::json(201, &Value::Null)),
        _ => {
            user.state = "blocked";
            Ok(Reply::json(201, &json!(true)).done())
        }
    }
}

fn unblock(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    administrator(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    match user.state {
        "ldap_blocked" => Err(error(403, "403 Forbidden - LDAP blocked users cannot be unblocked by the API")),
        "blocked" => {
            user.state = "active";
            Ok(Reply::json(201, &json!(true)).done())
        }
        _ => Err(error(403, "403 Forbidden - The user is not blocked")),
    }
}

fn memberships(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    administrator(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let rows: Vec<Value> = tenant
        .user(who)
        .memberships
        .iter()
        .map(|one| {
            let project = one.source >= PROJECT;
            json!({
                "source_id": one.source, "source_name": if project { "tools" } else { "corp-example" },
                "source_type": if project { "Project" } else { "Namespace" }, "access_level": one.level,
            })
        })
        .collect();
    Ok(page(turn, &rows))
}
