//! SCIM 2.0 (RFC 7644) as Slack serves it, at another host and with true HTTP codes. Its errors come in two shapes, the
//! RFC's and an older one of Slack's own; clients such as java-slack-sdk read both, so both are sent in turn.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::account::Slack;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub(super) fn route(world: &World, request: &Request, rest: &[&str]) -> Route {
    match (&request.method, rest) {
        (&Method::GET, ["ServiceProviderConfig" | "ServiceProviderConfigs"]) => {
            Route::read("slack.scim.config", None, config)
        }
        (&Method::GET, ["Users"]) => {
            let filter = Filter::read(world, request.query("filter"));
            let who = filter.subject();
            Route::read("slack.scim.find", who, move |turn| find(turn, filter))
        }
        (&Method::GET, ["Users", id]) => {
            let who = world.keys.slack(id);
            Route::read("slack.scim.get", who, move |turn| get(turn, who))
        }
        (&Method::PATCH, ["Users", id]) => {
            let who = world.keys.slack(id);
            let active = active_of(request.json().as_ref());
            let op = if active == Some(true) { "slack.scim.activate" } else { "slack.scim.deactivate" };
            Route::change(op, who, move |turn| patch(turn, who, active))
        }
        (&Method::DELETE, ["Users", id]) => {
            let who = world.keys.slack(id);
            Route::change("slack.scim.deactivate", who, move |turn| delete(turn, who))
        }
        _ => Route::read("slack.unknown", None, |turn| Err(error(turn.world, 404, "unknown_endpoint"))),
    }
}

pub(super) fn error(world: &World, status: u16, detail: &str) -> Reply {
    let body = if world.every_other_time() {
        json!({"Errors": {"description": detail, "code": status}})
    } else {
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        json!({"schemas": [schema], "detail": detail, "status": status.to_string()})
    };
    Reply::json(status, &body)
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    if turn.request.authorization("bearer") == Some(turn.world.issued.credentials.slack_token.as_str()) {
        Ok(())
    } else {
        Err(error(turn.world, 401, "invalid_authentication"))
    }
}

/// `ATTRIBUTE eq "VALUE"`, resolved.
#[derive(Clone, Copy)]
enum Filter {
    Everybody,
    One(usize),
    Nobody,
    Unreadable,
}

impl Filter {
    fn read(world: &World, text: Option<&str>) -> Filter {
        let Some(text) = text else { return Filter::Everybody };
        match Filter::matched(world, text) {
            Some(Some(who)) => Filter::One(who),
            Some(None) => Filter::Nobody,
            None => Filter::Unreadable,
        }
    }

    #[expect(clippy::option_option, reason = "unreadable, or read and matching one or nobody; private to `read`")]
    fn matched(world: &World, text: &str) -> Option<Option<usize>> {
        let mut words = text.trim().splitn(3, ' ');
        let (attribute, operator, value) = (words.next()?, words.next()?, words.next()?);
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        if !operator.eq_ignore_ascii_case("eq") {
            return None;
        }
        match attribute.to_lowercase().as_str() {
            "username" => Some(world.keys.login(value)),
            "email" | "emails" | "emails.value" => Some(world.keys.email(value)),
            "id" => Some(world.keys.slack(value)),
            _ => None,
        }
    }

    fn subject(self) -> Option<usize> {
        if let Filter::One(who) = self { Some(who) } else { None }
    }
}

/// The person, unless they have no account here.
fn member(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    who.filter(|&who| turn.account(who).slack.is_some()).ok_or_else(|| error(turn.world, 404, "user_not_found"))
}

fn config(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let yes = json!({"supported": true});
    let no = json!({"supported": false});
    Ok(scim(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": yes, "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": true, "maxResults": 1000}, "changePassword": no, "sort": no, "etag": no,
            "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "primary": true}],
        }),
    ))
}

fn scim(status: u16, body: &Value) -> Reply {
    Reply::json(status, body).of_type("application/scim+json; charset=utf-8")
}

/// Deactivated people are listed like all others. Pages start at 1.
fn find(turn: &Turn<'_>, filter: Filter) -> Answer {
    allowed(turn)?;
    let has_account = |who: &usize| turn.account(*who).slack.is_some();
    let start = turn.request.query_number("startIndex").unwrap_or(1).max(1);
    let count = turn.request.query_number("count").unwrap_or(100).min(1000);
    let matched: Vec<usize> = match filter {
        Filter::Unreadable => return Err(error(turn.world, 400, "invalid_filter")),
        Filter::Nobody => Vec::new(),
        Filter::One(who) => Some(who).into_iter().filter(has_account).collect(),
        Filter::Everybody => (0..turn.world.people.len()).filter(has_account).collect(),
    };
    let page: Vec<Value> = matched.iter().skip(start - 1).take(count).map(|&who| shown(turn, who)).collect();
    Ok(scim(
        200,
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": matched.len(), "itemsPerPage": page.len(), "startIndex": start, "Resources": page,
        }),
    ))
}

fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = member(turn, who)?;
    Ok(scim(200, &shown(turn, who)))
}

fn shown(turn: &Turn<'_>, who: usize) -> Value {
    let person = turn.person(who);
    let (given, family) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let active = turn.account(who).slack.as_ref().is_some_and(|slack| slack.active);
    let id = person.slack_id.as_deref().unwrap_or_default();
    json!({
        "schemas": [USER], "id": id, "userName": person.login, "displayName": person.name, "nickName": person.login,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"value": person.email, "type": "work", "primary": true}],
        "title": person.title, "timezone": person.zone, "active": active,
        "meta": {"resourceType": "User", "location": format!("{}/slack/scim/v2/Users/{id}", turn.world.base)},
    })
}

/// The value that a patch gives to `active`, with or without a path, as a boolean or as its name in any case.
fn active_of(body: Option<&Value>) -> Option<bool> {
    let body = body?;
    if !body.get("schemas")?.as_array()?.iter().any(|schema| schema == PATCH) {
        return None;
    }
    body.get("Operations")?.as_array()?.iter().rev().find_map(|operation| {
        let replaces = operation.get("op")?.as_str()?.eq_ignore_ascii_case("replace");
        let value = operation.get("value")?;
        let value = match operation.get("path").and_then(Value::as_str) {
            Some("active") => value,
            Some(_) => return None,
            None => value.get("active")?,
        };
        let active = match value {
            Value::Bool(active) => *active,
            Value::String(text) => text.to_lowercase().parse().ok()?,
            _ => return None,
        };
        replaces.then_some(active)
    })
}

impl Slack {
    /// Deactivation ends every session.
    fn set_active(&mut self, active: bool) {
        self.active = active;
        if !active {
            self.sessions.clear();
        }
    }
}

fn patch(turn: &Turn<'_>, who: Option<usize>, active: Option<bool>) -> Answer {
    allowed(turn)?;
    let who = member(turn, who)?;
    let active = active.ok_or_else(|| error(turn.world, 400, "invalid_syntax"))?;
    not_the_owner(turn, who)?;
    if let Some(slack) = &mut turn.account(who).slack {
        slack.set_active(active);
    }
    Ok(scim(200, &shown(turn, who)).done())
}

/// Only deactivates: the id stays, and a read finds it, while a second delete does not.
fn delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = member(turn, who)?;
    not_the_owner(turn, who)?;
    let mut account = turn.account(who);
    match &mut account.slack {
        Some(slack) if slack.active => {
            slack.set_active(false);
            Ok(Reply::empty(204).done())
        }
        _ => Err(error(turn.world, 404, "user_not_found")),
    }
}

fn not_the_owner(turn: &Turn<'_>, who: usize) -> Result<(), Reply> {
    if who == turn.world.admin() { Err(error(turn.world, 403, "cannot_deactivate_primary_owner")) } else { Ok(()) }
}
