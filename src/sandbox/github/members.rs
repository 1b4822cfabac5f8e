//! Membership of the organisation.

use serde_json::{Value, json};

use super::super::account::GithubAccess;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::teams::ENTERPRISE_TEAM;
use super::{Needs, ORG, ORG_ID, allowed, error, not_found, page, simple_user};

fn shown(turn: &Turn<'_>, who: usize, access: GithubAccess, by_team: bool) -> Value {
    let person = turn.person(who);
    let login = person.github_login.as_deref().unwrap_or_default();
    let state = if access == GithubAccess::Invited && !by_team { "pending" } else { "active" };
    let teams: Vec<Value> = if by_team { vec![json!(ENTERPRISE_TEAM)] } else { Vec::new() };
    json!({
        "url": format!("{}/github/orgs/{ORG}/memberships/{login}", turn.world.base),
        "state": state,
        "role": if person.privileged { "admin" } else { "member" },
        "organization_url": format!("{}/github/orgs/{ORG}", turn.world.base),
        "organization": {"login": ORG, "id": ORG_ID},
        "user": simple_user(turn, who),
        "direct_membership": matches!(access, GithubAccess::Member | GithubAccess::Invited),
        "enterprise_teams_providing_indirect_membership": teams,
    })
}

pub(super) fn membership(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let who = who.ok_or_else(not_found)?;
    let account = turn.account(who);
    let github = account.github.as_ref().ok_or_else(not_found)?;
    let access = github.access.seen(turn.now);
    if access == GithubAccess::Invited || github.shows_member(access) {
        return Ok(Reply::json(200, &shown(turn, who, access, github.enterprise_team)));
    }
    Err(not_found())
}

/// The owners: nobody asks for anybody else.
pub(super) fn owners(turn: &Turn<'_>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let member = |who: &usize| {
        turn.account(*who).github.as_ref().is_some_and(|github| github.access.now() == GithubAccess::Member)
    };
    let owners = |who: &usize| turn.person(*who).privileged;
    let all: Vec<usize> = (0..turn.world.people.len()).filter(owners).filter(member).collect();
    Ok(page(turn, &all, |who| vec![simple_user(turn, who)]))
}

/// 204 for members, and an invitation is not a membership.
pub(super) fn check(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let who = who.ok_or_else(not_found)?;
    let account = turn.account(who);
    let github = account.github.as_ref().ok_or_else(not_found)?;
    if github.shows_member(github.access.seen(turn.now)) { Ok(Reply::empty(204)) } else { Err(not_found()) }
}

/// Withdraws an invitation too. A membership by an enterprise team survives it, and the answer is 204 all the same.
pub(super) fn remove(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let who = who.ok_or_else(not_found)?;
    if who == turn.world.admin() {
        return Err(error(403, "You can't remove the last owner"));
    }
    let mut account = turn.account(who);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    match github.access.now() {
        GithubAccess::Member | GithubAccess::Invited => {
            github.access.set(GithubAccess::None, turn.now, turn.world.lag);
            hold(&turn.world.github).removed(who);
            Ok(Reply::empty(204).done())
        }
        GithubAccess::None if github.enterprise_team => Ok(Reply::empty(204)),
        GithubAccess::Collaborator | GithubAccess::None => Err(not_found()),
    }
}

/// Only invites: the person has to accept.
pub(super) fn invite(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let who = who.ok_or_else(not_found)?;
    let mut account = turn.account(who);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    if github.access.now() != GithubAccess::Member {
        github.access.set(GithubAccess::Invited, turn.now, turn.world.lag);
    }
    Ok(Reply::json(200, &shown(turn, who, github.access.now(), github.enterprise_team)).done())
}
