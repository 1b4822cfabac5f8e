//! `POST /graphql`, for what REST cannot answer: whose login belongs to an address, or the other way round, and which
//! teams somebody is in. Answered from the organisation's SAML identities, which here cover outside collaborators too and
//! outlive a removal.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Route, Turn};
use super::super::world::World;
use super::{Needs, ORG, allowed, managed, teams};

/// Reads the variables only: `org` (or `organization`, `login`) and `userName` (or `username`, `email`, `nameId`); which
/// query it is, by a word in it.
pub(super) fn route(world: &World, request: &Request) -> Route {
    let body = request.json();
    let asked = |names: &[&str]| {
        let variables = body.as_ref()?.get("variables")?;
        names.iter().find_map(|name| variables.get(name)?.as_str()).map(ToOwned::to_owned)
    };
    let org = asked(&["org", "organization", "login"]);
    let address = asked(&["userName", "username", "user_name", "email", "nameId"]);
    let knows_query = query_is_known(body.as_ref());
    let login = asked(&["login"]);
    let by_login = login.as_deref().and_then(|login| world.keys.github(login));
    let query = body.as_ref().and_then(|body| body.get("query")).and_then(Value::as_str).unwrap_or_default();
    if query.contains("userLogins") {
        return Route::read("github.teams.of_user", by_login, move |turn| {
            allowed(turn, Some(Needs::ReadMembers))?;
            let teams = teams::of_user(turn, by_login);
            Ok(Reply::json(200, &json!({"data": {"organization": {"teams": teams}}})))
        });
    }
    if query.contains("enterprise(slug") {
        let who = address.as_deref().and_then(|name| managed::named(world, name));
        return Route::read("github.managed.login", who, move |turn| managed::identities(turn, who));
    }
    let who =
        address.as_deref().and_then(|address| world.keys.email(address)).or(by_login.filter(|_| address.is_none()));
    Route::read("github.identity.find", who, move |turn| {
        allowed(turn, Some(Needs::ReadMembers))?;
        if !knows_query || address.is_none() && login.is_none() {
            return Ok(errors(
                "UNKNOWN",
                "The sandbox knows externalIdentities(userName:) with variables only",
                &Value::Null,
            ));
        }
        Ok(find(turn, org.as_deref(), who))
    })
}

fn query_is_known(body: Option<&Value>) -> bool {
    let query = body.and_then(|body| body.get("query")).and_then(Value::as_str);
    query.is_some_and(|query| query.contains("externalIdentities"))
}

/// GraphQL's failures are 200s too.
fn errors(kind: &str, message: &str, data: &Value) -> Reply {
    Reply::json(200, &json!({"data": data, "errors": [{"type": kind, "message": message}]}))
}

fn find(turn: &Turn<'_>, org: Option<&str>, who: Option<usize>) -> Reply {
    if !org.is_some_and(|org| org.eq_ignore_ascii_case(ORG)) {
        let message = format!("Could not resolve to an Organization with the login of '{}'.", org.unwrap_or_default());
        return errors("NOT_FOUND", &message, &json!({"organization": Value::Null}));
    }
    let linked = who.filter(|who| !hold(&turn.world.github).unlinked.contains(who));
    let edges: Vec<Value> = linked
        .and_then(|who| Some((turn.person(who), turn.person(who).github_login.as_deref()?)))
        .map(|(person, login)| {
            json!({"node": {
                "guid": person.okta_id, "samlIdentity": {"nameId": person.email, "username": person.email},
                "user": {"login": login},
            }})
        })
        .into_iter()
        .collect();
    let identities = json!({"edges": edges, "pageInfo": {"hasNextPage": false, "endCursor": Value::Null}});
    let provider = json!({"samlIdentityProvider": {"externalIdentities": identities}});
    Reply::json(200, &json!({"data": {"organization": provider}}))
}
