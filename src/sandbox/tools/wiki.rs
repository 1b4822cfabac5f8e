//! A wiki: tokens for client credentials, lists by links and by cursors, roles in spaces.
//!
//! Three people are special: number 1 has signed up under another address, number 2 as well and without a number of HR,
//! and number 3 carries somebody else's number.

use std::time::Duration;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::people::{DOMAIN, Person};
use super::super::reply::Reply;
use super::super::request::{Request, field};
use super::super::route::{Answer, Route, Turn};
use super::super::tokens::Grant;
use super::super::world::World;
use super::{not_found, numbered, unknown};

const CLIENT: &str = "nightlatch";
const LIFE: Duration = Duration::from_secs(3600);
const AUDIENCE: &str = "wiki-api";
/// Entries on a page of a list.
const PAGE: usize = 2;

#[derive(Clone)]
pub(super) struct User {
    email: String,
    aliases: Vec<String>,
    employee: Option<String>,
    active: bool,
    role: &'static str,
    /// Space and role in it.
    spaces: Vec<(String, String)>,
}

impl User {
    pub(super) fn fresh(who: usize, person: &Person) -> User {
        let moved = matches!(who, 1 | 2);
        let employee = match who {
            2 => None,
            3 => Some("9999".to_owned()),
            _ => Some(person.employee_id.clone()),
        };
        let spaces = ["HANDBOOK", "OPS", "ROADMAP", "SECURITY", "TEAM"];
        User {
            email: if moved { format!("wiki{who}@{DOMAIN}") } else { person.email.clone() },
            aliases: if moved { vec![person.email.clone()] } else { Vec::new() },
            employee,
            active: true,
            role: if person.privileged { "admin" } else { "editor" },
            spaces: spaces
                .iter()
                .map(|key| ((*key).to_owned(), if *key == "TEAM" { "owner" } else { "member" }.to_owned()))
                .collect(),
        }
    }

    pub(super) fn state(&self) -> Value {
        let spaces: Vec<String> = self.spaces.iter().map(|(key, role)| format!("{key}:{role}")).collect();
        json!({ "active": self.active, "role": self.role, "spaces": spaces })
    }

    fn shown(&self, who: usize) -> Value {
        json!({
            "id": format!("w{}", who + 1), "username": format!("wiki-{}", who + 1), "email": self.email, "aliases": self.aliases,
            "employeeNumber": self.employee, "active": self.active, "role": self.role,
        })
    }
}

pub(super) fn route(world: &World, request: &Request, parts: &[&str]) -> Route {
    match (&request.method, parts) {
        (&Method::POST, ["oauth", "token"]) => Route::read("tools.wiki.token", None, token),
        (&Method::GET, ["api", "me"]) => Route::read("tools.wiki.me", None, |turn| {
            allowed(turn)?;
            Ok(Reply::json(200, &json!({ "client": CLIENT })))
        }),
        (&Method::GET, ["api", "users"]) => Route::read("tools.wiki.users.find", None, find),
        (&Method::GET, ["api", "pages"]) => {
            let who = request.query("owner").and_then(|id| numbered(world, id, "w"));
            Route::read("tools.wiki.pages.list", who, move |turn| pages(turn, who))
        }
        (&Method::GET, ["api", "users", id]) => {
            let who = numbered(world, id, "w");
            Route::read("tools.wiki.users.get", who, move |turn| {
                let who = theirs(turn, who)?;
                Ok(Reply::json(200, &turn.tools(who).wiki.shown(who)))
            })
        }
        (&Method::PATCH, ["api", "users", id]) => {
            let who = numbered(world, id, "w");
            Route::change("tools.wiki.users.update", who, move |turn| update(turn, who))
        }
        (&Method::GET, ["api", "users", id, "spaces"]) => {
            let who = numbered(world, id, "w");
            Route::read("tools.wiki.spaces.list", who, move |turn| spaces(turn, who))
        }
        (&Method::DELETE, ["api", "spaces", key, "members", id]) => {
            let (who, key) = (numbered(world, id, "w"), (*key).to_owned());
            Route::change("tools.wiki.members.remove", who, move |turn| leave(turn, who, &key))
        }
        (&Method::PUT, ["api", "spaces", key, "members", id]) => {
            let (who, key) = (numbered(world, id, "w"), (*key).to_owned());
            Route::change("tools.wiki.members.add", who, move |turn| join(turn, who, key))
        }
        _ => unknown("tools.wiki.unknown"),
    }
}

fn token(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    let wanted = STANDARD.encode(format!("{CLIENT}:{}", turn.world.issued.credentials.wiki_client_secret));
    if turn.request.authorization("basic") != Some(wanted.as_str()) {
        let words = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
        return Err(Reply::json(401, &words));
    }
    if field(&form, "grant_type") != Some("client_credentials") || field(&form, "audience") != Some(AUDIENCE) {
        return Err(Reply::json(400, &json!({ "error": "invalid_request" })));
    }
    let scopes = field(&form, "scope").unwrap_or_default().split(' ').map(ToOwned::to_owned).collect();
    let grant = Grant { vendor: "tools", acts_as: None, scopes };
    let token = turn.world.tokens.mint("wiki-", grant, LIFE);
    Ok(Reply::json(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE.as_secs() })))
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let token = turn.request.authorization("bearer").unwrap_or_default();
    let Some(grant) = turn.world.tokens.look_up("tools", token) else {
        return Err(Reply::json(401, &json!({ "message": "the access token is not valid" })));
    };
    if grant.has("users.write") {
        return Ok(());
    }
    Err(Reply::json(403, &json!({ "message": "the token lacks the scope users.write" })))
}

fn theirs(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    allowed(turn)?;
    who.ok_or_else(|| not_found("no such user"))
}

/// By any part of an address, a further address or a number.
fn find(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let wanted = turn.request.query("query").unwrap_or_default().to_lowercase();
    let fits = |user: &User| {
        let known = [&user.email].into_iter().chain(&user.aliases).chain(&user.employee);
        !wanted.is_empty() && known.into_iter().any(|known| known.contains(&wanted))
    };
    let found: Vec<Value> = (0..turn.world.people.len())
        .filter_map(|who| Some(turn.tools(who).wiki.clone()).filter(fits).map(|user| user.shown(who)))
        .collect();
    Ok(Reply::json(200, &json!({ "results": found })))
}

fn update(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let body = turn.request.json().unwrap_or_default();
    let mut accounts = turn.tools(who);
    let user = &mut accounts.wiki;
    if let Some(active) = body.get("active").and_then(Value::as_bool) {
        user.active = active;
    }
    match body.get("role").and_then(Value::as_str) {
        None => {}
        Some(role) => match ["reader", "editor", "admin"].into_iter().find(|known| *known == role) {
            Some(role) => user.role = role,
            None => return Err(Reply::json(422, &json!({ "message": "no such role" }))),
        },
    }
    Ok(Reply::json(200, &user.shown(who)).done())
}

fn spaces(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let start = turn.request.query_number("start").unwrap_or(0);
    let all = turn.tools(who).wiki.spaces.clone();
    let page: Vec<Value> =
        all.iter().skip(start).take(PAGE).map(|(key, role)| json!({ "key": key, "role": role })).collect();
    let next = (start + PAGE < all.len()).then(|| format!("{}?start={}", turn.request.path, start + PAGE));
    Ok(Reply::json(200, &json!({ "results": page, "links": { "next": next } })))
}

fn leave(turn: &Turn<'_>, who: Option<usize>, key: &str) -> Answer {
    let who = theirs(turn, who)?;
    let mut accounts = turn.tools(who);
    let spaces = &mut accounts.wiki.spaces;
    let before = spaces.len();
    spaces.retain(|(known, _)| known != key);
    if spaces.len() == before { Err(not_found("not a member")) } else { Ok(Reply::empty(204).done()) }
}

fn join(turn: &Turn<'_>, who: Option<usize>, key: String) -> Answer {
    let who = theirs(turn, who)?;
    let role = turn.request.json().and_then(|body| Some(body.get("role")?.as_str()?.to_owned()));
    let role = role.ok_or_else(|| Reply::json(422, &json!({ "message": "role is missing" })))?;
    let mut accounts = turn.tools(who);
    accounts.wiki.spaces.retain(|(known, _)| *known != key);
    accounts.wiki.spaces.push((key, role.clone()));
    Ok(Reply::json(200, &json!({ "role": role })).done())
}

fn pages(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let from = turn.request.query_number("after").unwrap_or(0);
    let all: Vec<Value> = ["Runbook", "On call", "Passwords", "Retrospective", "Onboarding"]
        .iter()
        .enumerate()
        .map(|(number, title)| json!({ "id": format!("p{}-{number}", who + 1), "title": title, "restricted": number == 2 }))
        .collect();
    let next = (from + PAGE < all.len()).then(|| (from + PAGE).to_string());
    let page: Vec<&Value> = all.iter().skip(from).take(PAGE).collect();
    Ok(Reply::json(200, &json!({ "results": page, "meta": { "next_cursor": next } })))
}
