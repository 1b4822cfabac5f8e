//! `POST /api/METHOD`: HTTP 200 even on failure, with `ok` and `error` in the body.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::clock;
use super::super::reply::Reply;
use super::super::request::{Request, field};
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::conversations::{self, Deed};
use super::{apps, usergroups};

pub(super) const TEAM: &str = "T0SANDBOX01";

pub(super) fn route(world: &World, request: &Request, method: &str) -> Route {
    if request.method != Method::GET && request.method != Method::POST {
        return Route::read("slack.unknown", None, |_| Err(Reply::text(405, "Method Not Allowed")));
    }
    match method {
        "auth.test" => Route::read("slack.auth.test", None, auth_test),
        "users.lookupByEmail" => {
            let email = Arguments::of(request, false).text("email");
            let who = email.as_deref().and_then(|email| world.keys.email(email));
            Route::read("slack.users.lookup", who, move |turn| look_up(turn, email.as_deref(), who))
        }
        "users.info" => {
            let who = user(world, &Arguments::of(request, false), "user");
            Route::read("slack.users.info", who, move |turn| info(turn, who))
        }
        "admin.users.session.list" => {
            let arguments = Arguments::of(request, false);
            let who = user(world, &arguments, "user_id");
            Route::read("slack.sessions.list", who, move |turn| sessions(turn, &arguments, who))
        }
        "admin.users.session.reset" => {
            let arguments = Arguments::of(request, true);
            let who = user(world, &arguments, "user_id");
            Route::change("slack.sessions.reset", who, move |turn| reset(turn, &arguments, who))
        }
        "users.conversations" => {
            let arguments = Arguments::of(request, false);
            let who = user(world, &arguments, "user");
            Route::read("slack.channels.list", who, move |turn| conversations::of_user(turn, &arguments, who))
        }
        "conversations.members" => {
            let arguments = Arguments::of(request, false);
            Route::read("slack.channels.members", None, move |turn| conversations::members(turn, &arguments))
        }
        "conversations.kick" => channel(world, request, "slack.channels.kick", Deed::Kick),
        "conversations.invite" => channel(world, request, "slack.channels.invite", Deed::Invite),
        "conversations.archive" => channel(world, request, "slack.channels.archive", Deed::Archive),
        "conversations.unarchive" => channel(world, request, "slack.channels.unarchive", Deed::Unarchive),
        "usergroups.list" => {
            let arguments = Arguments::of(request, false);
            Route::read("slack.groups.list", None, move |turn| usergroups::list(turn, &arguments))
        }
        "usergroups.users.list" => {
            let arguments = Arguments::of(request, false);
            Route::read("slack.groups.members", None, move |turn| usergroups::members(turn, &arguments))
        }
        "usergroups.users.update" => {
            let arguments = Arguments::of(request, true);
            Route::change("slack.groups.update", None, move |turn| usergroups::update(turn, &arguments))
        }
        "usergroups.disable" | "usergroups.enable" => {
            let arguments = Arguments::of(request, true);
            let disable = method.ends_with("disable");
            let op = if disable { "slack.groups.disable" } else { "slack.groups.enable" };
            Route::change(op, None, move |turn| usergroups::set_disabled(turn, &arguments, disable))
        }
        "team.integrationLogs" => {
            let arguments = Arguments::of(request, false);
            let who = user(world, &arguments, "user");
            Route::read("slack.apps.logs", who, move |turn| apps::logs(turn, &arguments, who))
        }
        "admin.apps.approved.list" => {
            let arguments = Arguments::of(request, false);
            Route::read("slack.apps.approved", None, move |turn| apps::approved(turn, &arguments))
        }
        "chat.postMessage" => {
            let arguments = Arguments::of(request, true);
            Route::change("slack.chat.post", None, move |turn| post(turn, arguments))
        }
        _ => Route::read("slack.unknown", None, |_| Err(error(200, "unknown_method"))),
    }
}

fn channel(world: &World, request: &Request, op: &'static str, deed: Deed) -> Route {
    let arguments = Arguments::of(request, true);
    let who = user(world, &arguments, "user").or_else(|| user(world, &arguments, "users"));
    Route::change(op, who, move |turn| conversations::change(turn, &arguments, deed))
}

/// What the token was granted, as every answer's header names it.
const SCOPES: &str = "admin,users:read,users:read.email,admin.users:read,admin.users:write,admin.apps:read,groups:read,\
                      groups:write,usergroups:read,usergroups:write";

/// What the method was given, from query and body.
pub(super) struct Arguments(Value);

/// Their names, where they come in the query.
const NAMES: [&str; 18] = [
    "email",
    "user",
    "user_id",
    "team_id",
    "token",
    "channel",
    "text",
    "mobile_only",
    "web_only",
    "types",
    "cursor",
    "exclude_archived",
    "include_users",
    "include_disabled",
    "usergroup",
    "users",
    "page",
    "count",
];

impl Arguments {
    /// Methods that read do not understand a JSON body, and take no notice of it.
    fn of(request: &Request, json_too: bool) -> Arguments {
        let mut all = serde_json::Map::new();
        if request.is_of_type("application/json") {
            if let (true, Some(Value::Object(fields))) = (json_too, request.json()) {
                all = fields;
            }
        } else {
            all.extend(request.form().into_iter().map(|(name, value)| (name, Value::String(value))));
        }
        for name in NAMES {
            if let Some(value) = request.query(name) {
                all.insert(name.to_owned(), Value::String(value.to_owned()));
            }
        }
        Arguments(Value::Object(all))
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(set)) => *set,
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true"),
            _ => false,
        }
    }
}

pub(super) fn user(world: &World, arguments: &Arguments, name: &str) -> Option<usize> {
    arguments.text(name).and_then(|id| world.keys.slack(&id))
}

pub(super) fn error(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({"ok": false, "error": error}))
}

pub(super) fn ok() -> Reply {
    Reply::json(200, &json!({"ok": true}))
}

pub(super) fn missing_scope() -> Reply {
    Reply::json(200, &json!({"ok": false, "error": "missing_scope", "needed": "groups:write", "provided": "admin"}))
}

fn missing(field: &str) -> Reply {
    Reply::json(
        200,
        &json!({
            "ok": false, "error": "invalid_arguments",
            "response_metadata": {"messages": [format!("[ERROR] missing required field: {field}")]},
        }),
    )
}

pub(super) fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let form = turn.request.form();
    let token = turn.request.authorization("bearer").or_else(|| field(&form, "token"));
    match token {
        None => Err(error(200, "not_authed")),
        Some(token) if token == turn.world.issued.credentials.slack_token => Ok(()),
        Some(_) => Err(error(200, "invalid_auth")),
    }
}

fn auth_test(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let admin = turn.person(turn.world.admin());
    Ok(Reply::json(
        200,
        &json!({
            "ok": true, "url": "https://corp-example.slack.com/", "team": "Corp Example", "user": admin.login,
            "team_id": TEAM, "user_id": admin.slack_id, "enterprise_id": "E0SANDBOX01", "is_enterprise_install": true,
        }),
    )
    .with("x-oauth-scopes", SCOPES))
}

/// People that are deactivated are not found by their address; SCIM still knows them.
fn look_up(turn: &Turn<'_>, email: Option<&str>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    if email.is_none() {
        return Err(missing("email"));
    }
    let found = who.filter(|&who| turn.account(who).slack.as_ref().is_some_and(|slack| slack.active));
    let who = found.ok_or_else(|| error(200, "users_not_found"))?;
    Ok(Reply::json(200, &json!({"ok": true, "user": shown(turn, who)})))
}

fn info(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = who.ok_or_else(|| error(200, "user_not_found"))?;
    Ok(Reply::json(200, &json!({"ok": true, "user": shown(turn, who)})))
}

fn shown(turn: &Turn<'_>, who: usize) -> Value {
    let person = turn.person(who);
    let active = turn.account(who).slack.as_ref().is_some_and(|slack| slack.active);
    let owner = who == turn.world.admin();
    json!({
        "id": person.slack_id, "team_id": TEAM, "name": person.login, "deleted": !active, "real_name": person.name,
        "tz": person.zone, "is_admin": person.privileged, "is_owner": owner, "is_primary_owner": owner, "is_bot": false,
        "is_restricted": person.kind == "contractor", "is_ultra_restricted": false,
        "profile": {"email": person.email, "real_name": person.name, "title": person.title},
    })
}

/// Of one user only together with the workspace: one without the other is refused.
fn sessions(turn: &Turn<'_>, arguments: &Arguments, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let (user, team) = (arguments.text("user_id"), arguments.text("team_id"));
    let (Some(_), Some(team)) = (user, team) else { return Err(missing("user_id, team_id")) };
    if team != TEAM {
        return Err(error(200, "team_not_found"));
    }
    let who = who.ok_or_else(|| error(200, "user_not_found"))?;
    let account = turn.account(who);
    let sessions: Vec<Value> = account
        .slack
        .iter()
        .flat_map(|slack| &slack.sessions)
        .map(|session| {
            json!({
                "user_id": turn.person(who).slack_id, "team_id": TEAM, "session_id": session.id,
                "created": {"device_hardware": if session.mobile { "Phone" } else { "Laptop" }, "ip": "192.0.2.10"},
            })
        })
        .collect();
    Ok(Reply::json(
        200,
        &json!({
            "ok": true, "active_sessions": sessions, "response_metadata": {"next_cursor": ""},
        }),
    ))
}

fn reset(turn: &Turn<'_>, arguments: &Arguments, who: Option<usize>) -> Answer {
    allowed(turn)?;
    if arguments.text("user_id").is_none() {
        return Err(missing("user_id"));
    }
    let who = who.ok_or_else(|| error(200, "user_not_found"))?;
    if who == turn.world.admin() {
        return Err(error(200, "cannot_reset_primary_owner"));
    }
    let (mobile_only, web_only) = (arguments.flag("mobile_only"), arguments.flag("web_only"));
    if let Some(slack) = &mut turn.account(who).slack {
        slack.sessions.retain(|session| (mobile_only && !session.mobile) || (web_only && session.mobile));
    }
    Ok(Reply::json(200, &json!({"ok": true})).done())
}

fn post(turn: &Turn<'_>, arguments: Arguments) -> Answer {
    allowed(turn)?;
    let channel = arguments.text("channel").ok_or_else(|| error(200, "channel_not_found"))?;
    if arguments.text("text").is_none() && arguments.0.get("blocks").is_none() {
        return Err(error(200, "no_text"));
    }
    let text = arguments.text("text").unwrap_or_default();
    let now = clock::epoch_ms();
    let ts = format!("{}.{:06}", now / 1000, (now % 1000) * 1000 + turn.world.dice.roll() % 1000);
    turn.world.alerts.post(&channel, arguments.0);
    let body =
        json!({"ok": true, "channel": channel, "ts": ts, "message": {"type": "message", "text": text, "ts": ts}});
    Ok(Reply::json(200, &body).done())
}
