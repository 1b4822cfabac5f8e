//! A VPN appliance: Basic authentication, changes that take effect with a commit, sessions on numbered pages, and
//! "busy" with 200.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::request::{Request, field};
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::{not_found, unknown};

const USER: &str = "nightlatch";
/// Sessions on a page.
const PAGE: usize = 2;

#[derive(Clone)]
pub(super) struct User {
    /// What the gateway goes by.
    running: Setting,
    /// What the next commit makes of it.
    candidate: Setting,
    sessions: Vec<String>,
    /// Serial number, and whether it is still good.
    certificates: Vec<(String, bool)>,
}

#[derive(Clone, PartialEq, Eq)]
struct Setting {
    enabled: bool,
    profile: String,
}

impl User {
    pub(super) fn fresh(who: usize) -> User {
        let setting =
            Setting { enabled: true, profile: if who.is_multiple_of(2) { "staff" } else { "full-tunnel" }.to_owned() };
        User {
            running: setting.clone(),
            candidate: setting,
            sessions: (1..=3).map(|number| format!("s{who}-{number}")).collect(),
            certificates: (1..=2).map(|number| (format!("{who:04x}:{number:02x}"), true)).collect(),
        }
    }

    pub(super) fn state(&self) -> Value {
        let good: Vec<&String> = self.certificates.iter().filter(|(_, good)| *good).map(|(serial, _)| serial).collect();
        json!({
            "enabled": self.running.enabled, "profile": self.running.profile, "sessions": self.sessions, "certificates": good,
        })
    }
}

pub(super) fn route(world: &World, request: &Request, parts: &[&str]) -> Route {
    let named = |login: &str| world.keys.login(login);
    match (&request.method, parts) {
        (&Method::GET, ["status"]) => Route::read("tools.vpn.status", None, |turn| {
            allowed(turn)?;
            Ok(Reply::json(200, &json!({ "cluster": "healthy" })))
        }),
        (&Method::GET, ["users", login]) => {
            let who = named(login);
            Route::read("tools.vpn.users.get", who, move |turn| shown(turn, who))
        }
        (&Method::POST, ["users", login]) => {
            let who = named(login);
            Route::change("tools.vpn.users.set", who, move |turn| set(turn, who))
        }
        (&Method::POST, ["commit"]) => {
            let who = field(&request.form(), "user").and_then(named);
            Route::change("tools.vpn.commit", who, move |turn| commit(turn, who))
        }
        (&Method::GET, ["sessions"]) => {
            let who = request.query("user").and_then(named);
            Route::read("tools.vpn.sessions.list", who, move |turn| sessions(turn, who))
        }
        (&Method::DELETE, ["sessions", id]) => {
            let id = (*id).to_owned();
            let who = (0..world.people.len()).find(|who| world.tools.of(*who).vpn.sessions.contains(&id));
            Route::change("tools.vpn.sessions.end", who, move |turn| end(turn, who, &id))
        }
        (&Method::POST, ["certificates", serial, "revoke"]) => {
            let serial = (*serial).to_owned();
            let holds = |who: &usize| world.tools.of(*who).vpn.certificates.iter().any(|(known, _)| *known == serial);
            let who = (0..world.people.len()).find(holds);
            Route::change("tools.vpn.certificates.revoke", who, move |turn| revoke(turn, who, &serial))
        }
        _ => unknown("tools.vpn.unknown"),
    }
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let wanted = STANDARD.encode(format!("{USER}:{}", turn.world.issued.credentials.vpn_password));
    if turn.request.authorization("basic") == Some(wanted.as_str()) {
        return Ok(());
    }
    Err(Reply::json(401, &json!({ "message": "login failed" })))
}

fn theirs(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    allowed(turn)?;
    who.ok_or_else(|| not_found("no such user"))
}

fn shown(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let user = turn.tools(who).vpn.clone();
    let certificates: Vec<Value> = user
        .certificates
        .iter()
        .map(|(serial, good)| json!({ "serial": serial, "state": if *good { "valid" } else { "revoked" } }))
        .collect();
    let valid = user.certificates.iter().filter(|(_, good)| *good).count();
    let running = json!({ "enabled": user.running.enabled, "profile": user.running.profile });
    Ok(Reply::json(200, &json!({ "running": running, "certificates": certificates, "valid_certificates": valid })))
}

fn set(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let body = turn.request.json().unwrap_or_default();
    let mut accounts = turn.tools(who);
    let user = &mut accounts.vpn;
    let mut wanted = user.candidate.clone();
    if let Some(enabled) = body.get("enabled").and_then(Value::as_bool) {
        wanted.enabled = enabled;
    }
    if let Some(profile) = body.get("profile").and_then(Value::as_str) {
        profile.clone_into(&mut wanted.profile);
    }
    if user.candidate == wanted {
        return Ok(Reply::json(200, &json!({ "result": "unchanged" })));
    }
    user.candidate = wanted;
    Ok(Reply::json(200, &json!({ "result": "pending" })).done())
}

fn commit(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let mut accounts = turn.tools(who);
    let user = &mut accounts.vpn;
    if user.running == user.candidate {
        return Ok(Reply::json(200, &json!({ "result": "nothing to commit" })));
    }
    user.running = user.candidate.clone();
    Ok(Reply::json(200, &json!({ "result": "committed" })).done())
}

fn sessions(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let page = turn.request.query_number("page").unwrap_or(1).max(1);
    let live = turn.tools(who).vpn.sessions.clone();
    let listed: Vec<Value> =
        live.iter().skip((page - 1) * PAGE).take(PAGE).map(|id| json!({ "id": id, "from": "192.0.2.7" })).collect();
    Ok(Reply::json(200, &json!({ "sessions": listed, "page": page })))
}

fn end(turn: &Turn<'_>, who: Option<usize>, id: &str) -> Answer {
    allowed(turn)?;
    let who = who.ok_or_else(|| not_found("no such session"))?;
    turn.tools(who).vpn.sessions.retain(|known| known != id);
    Ok(Reply::empty(204).done())
}

fn revoke(turn: &Turn<'_>, who: Option<usize>, serial: &str) -> Answer {
    allowed(turn)?;
    let who = who.ok_or_else(|| not_found("no such certificate"))?;
    let mut accounts = turn.tools(who);
    let Some((_, good)) = accounts.vpn.certificates.iter_mut().find(|(known, _)| known == serial) else {
        return Err(not_found("no such certificate"));
    };
    if !*good {
        return Err(Reply::json(409, &json!({ "message": "the certificate is revoked already" })));
    }
    *good = false;
    Ok(Reply::json(200, &json!({ "state": "revoked" })).done())
}
