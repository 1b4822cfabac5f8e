//! Enterprise Managed Users: SCIM, in which suspension hides who somebody is, and the revocation that destroys.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::super::world::World;
use super::{error, not_found};

/// The one enterprise.
pub(super) const ENTERPRISE: &str = "corp-enterprise";

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Only the setup user's classic token; an App is told so.
pub(super) fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    let bearer = turn.request.authorization("bearer").ok_or_else(|| error(401, "Requires authentication"))?;
    if bearer == turn.world.issued.credentials.github_enterprise_token {
        return Ok(());
    }
    if turn.world.tokens.look_up("github", bearer).is_some() {
        return Err(error(403, "Resource not accessible by integration"));
    }
    if bearer == turn.world.issued.credentials.github_token {
        Err(not_found())
    } else {
        Err(error(401, "Bad credentials"))
    }
}

fn scim_error(status: u16, detail: &str) -> Reply {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    Reply::json(status, &json!({"schemas": [schema], "status": status.to_string(), "detail": detail}))
        .of_type("application/scim+json; charset=utf-8")
}

/// A suspended person's login and user name.
fn obfuscated(who: usize) -> String {
    format!("{:040x}", 0xb0f_u64 + who as u64)
}

fn suspended(world: &World, who: usize) -> bool {
    hold(&world.github).managed.get(&who) == Some(&false)
}

/// The login that GitHub shows just now.
pub(super) fn login(world: &World, who: usize) -> String {
    let login = world.people[who].github_login.clone().unwrap_or_default();
    if suspended(world, who) { obfuscated(who) } else { login }
}

/// Whom a login or a user name means just now: a suspended person's true one means nobody.
pub(super) fn named(world: &World, name: &str) -> Option<usize> {
    let plain = world.keys.github(name).or_else(|| world.keys.email(name));
    plain.filter(|who| !suspended(world, *who)).or_else(|| {
        let number = u64::from_str_radix(name.get(24..).filter(|_| name.len() == 40)?, 16).ok()?;
        let who = usize::try_from(number.checked_sub(0xb0f)?).ok()?;
        (who < world.people.len() && suspended(world, who)).then_some(who)
    })
}

fn shown(turn: &Turn<'_>, who: usize, active: bool) -> Value {
    let person = turn.person(who);
    let name = if active { person.email.clone() } else { obfuscated(who) };
    let email = if active { person.email.clone() } else { format!("{name}@obfuscated.example") };
    json!({
        "schemas": [USER], "id": person.okta_id, "userName": name, "displayName": name, "active": active,
        "emails": [{"value": email, "primary": true, "type": "work"}],
        "meta": {"resourceType": "User", "location": format!("{}{}", turn.world.base, turn.request.path)},
    })
}

fn scim(status: u16, body: &Value) -> Reply {
    Reply::json(status, body).of_type("application/scim+json; charset=utf-8")
}

/// The value of a filter `userName eq "…"`.
pub(super) fn filtered(filter: Option<&str>) -> Option<String> {
    let value = filter?.strip_prefix("userName eq ")?.trim().trim_matches('"');
    Some(value.to_owned())
}

pub(super) fn find(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let active = who.and_then(|who| Some((who, *hold(&turn.world.github).managed.get(&who)?)));
    let found: Vec<Value> = active.into_iter().map(|(who, active)| shown(turn, who, active)).collect();
    let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    let body = json!({
        "schemas": [schema], "totalResults": found.len(), "startIndex": 1, "itemsPerPage": found.len(), "Resources": found,
    });
    Ok(scim(200, &body))
}

fn state(turn: &Turn<'_>, who: Option<usize>) -> Result<(usize, bool), Reply> {
    let found = who.and_then(|who| Some((who, *hold(&turn.world.github).managed.get(&who)?)));
    found.ok_or_else(|| scim_error(404, "Resource not found"))
}

pub(super) fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let (who, active) = state(turn, who)?;
    Ok(scim(200, &shown(turn, who, active)))
}

/// The value that a patch gives to `active`.
pub(super) fn active_of(body: Option<Value>) -> Option<bool> {
    let body = body?;
    let operation = body.get("Operations")?.as_array()?.first()?;
    operation.pointer("/value/active").or_else(|| operation.get("value"))?.as_bool()
}

pub(super) fn patch(turn: &Turn<'_>, who: Option<usize>, active: Option<bool>) -> Answer {
    allowed(turn)?;
    let (who, _) = state(turn, who)?;
    let active = active.ok_or_else(|| scim_error(400, "invalid patch"))?;
    hold(&turn.world.github).managed.insert(who, active);
    Ok(scim(200, &shown(turn, who, active)).done())
}

pub(super) fn delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let (who, _) = state(turn, who)?;
    hold(&turn.world.github).managed.remove(&who);
    Ok(Reply::empty(204).done())
}

/// 202: queued. With `revoke_credentials` the keys and tokens themselves are destroyed.
pub(super) fn revoke(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let who = who.ok_or_else(not_found)?;
    let body = turn.request.json().unwrap_or_default();
    if let Some(github) = &mut turn.account(who).github {
        github.credentials.clear();
    }
    if body.get("revoke_credentials") == Some(&Value::Bool(true)) {
        hold(&turn.world.github).destroyed.insert(who);
    }
    Ok(Reply::json(202, &json!({})).done())
}

/// `enterprise.ownerInfo` of GraphQL: from a user name to a login, and to the SCIM id as `guid`.
pub(super) fn identities(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let known = who.filter(|who| hold(&turn.world.github).managed.contains_key(who));
    let edges: Vec<Value> = known
        .map(|who| json!({"node": {"guid": turn.person(who).okta_id, "user": {"login": login(turn.world, who)}}}))
        .into_iter()
        .collect();
    let provider = json!({"externalIdentities": {"edges": edges}});
    let info = json!({"samlIdentityProvider": provider, "oidcProvider": Value::Null});
    Ok(Reply::json(200, &json!({"data": {"enterprise": {"ownerInfo": info}}})))
}
