//! Members of the group, of its one subgroup and of its one project; and those that are billed.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::{BY_SAML, Membership, PROJECT, SUBGROUP, TOP, UNKNOWN};
use super::{GROUP, caller, error, not_found, number, page, unknown, who};

/// `rest` begins with `members` or `billable_members`.
pub(super) fn route(world: &World, method: &Method, kind: &str, source: &str, rest: &[&str]) -> Route {
    let source = match (kind, source) {
        ("groups", GROUP | "7000") => Some(TOP),
        ("groups", "7001") => Some(SUBGROUP),
        ("projects", "8000") => Some(PROJECT),
        _ => None,
    };
    let Some(source) = source else { return unknown() };
    let whose = |id: &str| who(world, id);
    match (method, rest) {
        (&Method::GET, ["members", "all"]) => Route::read("gitlab.members.list", None, move |turn| list(turn, source)),
        (&Method::GET, ["members", "all", id]) => {
            let who = whose(id);
            Route::read("gitlab.members.any", who, move |turn| get(turn, source, who, true))
        }
        (&Method::GET, ["members", id]) => {
            let who = whose(id);
            Route::read("gitlab.members.get", who, move |turn| get(turn, source, who, false))
        }
        (&Method::DELETE, ["members", id]) => {
            let who = whose(id);
            Route::change("gitlab.members.delete", who, move |turn| remove(turn, source, who))
        }
        (&Method::POST, ["members"]) => Route::change("gitlab.members.add", None, move |turn| add(turn, source)),
        (&Method::GET, ["billable_members"]) => Route::read("gitlab.billable_members.list", None, billable),
        (&Method::GET, ["billable_members", id, "memberships"]) => {
            let who = whose(id);
            Route::read("gitlab.billable_members.memberships", who, move |turn| below(turn, who))
        }
        (&Method::DELETE, ["billable_members", id]) => {
            let who = whose(id);
            Route::change("gitlab.billable_members.delete", who, move |turn| release(turn, who))
        }
        _ => unknown(),
    }
}

fn owner(turn: &Turn<'_>) -> Result<(), Reply> {
    if caller(turn)? == turn.world.admin() { Ok(()) } else { Err(error(403, "403 Forbidden")) }
}

/// A member as owners see them: enterprise users with their e-mail.
fn shown(turn: &Turn<'_>, who: usize, level: u64, expires: Option<&str>) -> Value {
    let person = turn.person(who);
    let mut member = json!({
        "id": number(who), "username": person.login, "name": person.name, "state": "active", "access_level": level,
        "expires_at": expires, "email": person.email, "group_saml_identity": Value::Null,
    });
    if who == BY_SAML || who == UNKNOWN {
        member["email"] = Value::Null;
    }
    if who == BY_SAML {
        member["group_saml_identity"] = json!({ "extern_uid": person.email, "provider": "group_saml" });
    }
    member
}

/// Whether the query finds this person: by name, e-mail or login.
fn asked(turn: &Turn<'_>, who: usize, key: &str) -> bool {
    let person = turn.person(who);
    turn.request
        .query(key)
        .is_none_or(|query| [&person.email, &person.login, &person.name].iter().any(|text| text.contains(query)))
}

fn list(turn: &Turn<'_>, source: u64) -> Answer {
    owner(turn)?;
    let tenant = hold(&turn.world.gitlab);
    let mut rows = Vec::new();
    for (who, user) in tenant.users().iter().enumerate().filter(|(who, _)| asked(turn, *who, "query")) {
        let direct = user.memberships.iter().find(|one| one.source == source);
        match direct {
            Some(one) => rows.push(shown(turn, who, one.level, one.expires.as_deref())),
            None if user.invited => rows.push(shown(turn, who, 30, None)),
            None => {}
        }
    }
    Ok(page(turn, &rows))
}

fn get(turn: &Turn<'_>, source: u64, who: Option<usize>, any: bool) -> Answer {
    caller(turn)?;
    let who = who.ok_or_else(|| not_found("Member"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    match user.memberships.iter().find(|one| one.source == source) {
        Some(one) => Ok(Reply::json(200, &shown(turn, who, one.level, one.expires.as_deref()))),
        None if any && user.invited => Ok(Reply::json(200, &shown(turn, who, 30, None))),
        None => Err(not_found("Member")),
    }
}

/// With the group's membership go those below it, unless they are asked to stay.
fn remove(turn: &Turn<'_>, source: u64, who: Option<usize>) -> Answer {
    owner(turn)?;
    let who = who.ok_or_else(|| not_found("Member"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    if !user.memberships.iter().any(|one| one.source == source) {
        return Err(not_found("Member"));
    }
    let all = source == TOP && turn.request.query("skip_subresources") != Some("true");
    user.memberships.retain(|one| one.source != source && !all);
    Ok(Reply::empty(204).done())
}

fn add(turn: &Turn<'_>, source: u64) -> Answer {
    owner(turn)?;
    let body = turn.request.json().unwrap_or_default();
    let id = body.get("user_id").map(|id| id.to_string().trim_matches('"').to_owned()).unwrap_or_default();
    let who = who(turn.world, &id).ok_or_else(|| not_found("User"))?;
    let Some(level) = body.get("access_level").and_then(Value::as_u64) else {
        return Err(Reply::json(400, &json!({ "message": { "access_level": ["is not included in the list"] } })));
    };
    let expires = body.get("expires_at").and_then(Value::as_str);
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    if user.memberships.iter().any(|one| one.source == source) {
        return Err(error(409, "Member already exists"));
    }
    user.memberships.push(Membership::of(source, level, expires));
    Ok(Reply::json(201, &shown(turn, who, level, expires)).done())
}

fn billable(turn: &Turn<'_>) -> Answer {
    owner(turn)?;
    let mut tenant = hold(&turn.world.gitlab);
    let mut rows = Vec::new();
    for who in (0..turn.world.people.len()).filter(|who| asked(turn, *who, "search")) {
        if !tenant.billable(who) {
            continue;
        }
        let invited = tenant.user(who).invited;
        let mut row = shown(turn, who, 0, None);
        // This list shows no SAML identity.
        row["group_saml_identity"] = Value::Null;
        row["membership_type"] = json!(if invited { "group_invite" } else { "group_member" });
        row["removable"] = json!(!invited);
        rows.push(row);
    }
    Ok(page(turn, &rows))
}

fn below(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    owner(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    if user.memberships.is_empty() && !user.invited {
        return Err(not_found("User"));
    }
    let rows: Vec<Value> = user
        .memberships
        .iter()
        .map(|one| {
            let place = match one.source {
                TOP => "groups/corp-example/-/group_members",
                SUBGROUP => "groups/corp-example/platform/-/group_members",
                _ => "corp-example/tools/-/project_members",
            };
            json!({
                "id": 1, "source_id": one.source, "source_members_url": format!("https://gitlab.com/{place}"),
                "expires_at": one.expires, "access_level": { "string_value": "x", "integer_value": one.level },
            })
        })
        .collect();
    Ok(page(turn, &rows))
}

/// Accepted: a job does it.
fn release(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    owner(turn)?;
    let who = who.ok_or_else(|| not_found("User"))?;
    let mut tenant = hold(&turn.world.gitlab);
    let user = tenant.user(who);
    if user.invited {
        return Err(error(403, "403 Forbidden"));
    }
    if user.memberships.is_empty() {
        return Err(not_found("User"));
    }
    user.leaving = true;
    Ok(Reply::empty(204).done())
}
