//! Teams of the organisation, and the teams of the enterprise.

use serde_json::{Value, json};

use super::super::account::GithubAccess;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Needs, allowed, error, managed, not_found, simple_user};

/// The one team of the enterprise.
pub(super) const ENTERPRISE_TEAM: &str = "ent:everyone";

/// What is done to a membership.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    Read,
    Set,
    Remove,
}

pub(super) fn membership(turn: &Turn<'_>, slug: &str, who: Option<usize>, deed: Deed) -> Answer {
    let needs = if matches!(deed, Deed::Read) { Needs::ReadMembers } else { Needs::WriteMembers };
    allowed(turn, Some(needs))?;
    let who = who.ok_or_else(not_found)?;
    let member = turn.account(who).github.as_ref().is_some_and(|github| github.access.now() == GithubAccess::Member);
    let mut tenant = hold(&turn.world.github);
    let team = tenant.teams.get_mut(slug).ok_or_else(not_found)?;
    if team.synced && !matches!(deed, Deed::Read) {
        let message = "This team's membership is managed by your identity provider with team synchronization.";
        return Err(error(403, message));
    }
    if matches!(deed, Deed::Remove) {
        return team.members.remove(&who).map(|_| Reply::empty(204).done()).ok_or_else(not_found);
    }
    if matches!(deed, Deed::Set) {
        let body = turn.request.json().unwrap_or_default();
        let role = body.get("role").and_then(Value::as_str).unwrap_or("member");
        team.members.insert(who, role.to_owned());
    }
    let role = team.members.get(&who).ok_or_else(not_found)?;
    let state = if member { "active" } else { "pending" };
    let reply = Reply::json(200, &json!({"role": role, "state": state}));
    Ok(if matches!(deed, Deed::Set) { reply.done() } else { reply })
}

/// `organization.teams(userLogins:)` of GraphQL.
pub(super) fn of_user(turn: &Turn<'_>, who: Option<usize>) -> Value {
    let tenant = hold(&turn.world.github);
    let theirs = tenant.teams.iter().filter_map(|(slug, team)| {
        let who = who?;
        let role = team.members.get(&who)?.to_uppercase();
        let login = turn.person(who).github_login.as_deref()?;
        Some(json!({"slug": slug, "members": {"edges": [{"role": role, "node": {"login": login}}]}}))
    });
    json!({"nodes": theirs.collect::<Vec<_>>(), "pageInfo": {"hasNextPage": false, "endCursor": Value::Null}})
}

/// Of an enterprise team: by a classic personal token alone.
pub(super) fn of_enterprise(turn: &Turn<'_>, slug: &str, who: Option<usize>, deed: Deed) -> Answer {
    managed::allowed(turn)?;
    let who = who.filter(|_| slug == ENTERPRISE_TEAM).ok_or_else(not_found)?;
    let mut account = turn.account(who);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    match deed {
        Deed::Remove | Deed::Read if !github.enterprise_team => Err(not_found()),
        Deed::Read => Ok(Reply::json(200, &simple_user(turn, who))),
        Deed::Set => {
            github.enterprise_team = true;
            Ok(Reply::json(201, &simple_user(turn, who)).done())
        }
        Deed::Remove => {
            github.enterprise_team = false;
            Ok(Reply::empty(204).done())
        }
    }
}
