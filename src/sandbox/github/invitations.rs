//! Invitations to the organisation: by login, or to an address of which no login is known.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::Invitation;
use super::{Needs, allowed, error, not_found, paged};

pub(super) fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let tenant = hold(&turn.world.github);
    let all: Vec<Value> = tenant.invitations.iter().map(|(id, invitation)| shown(turn, *id, invitation)).collect();
    Ok(paged(turn, &all))
}

fn shown(turn: &Turn<'_>, id: u64, invitation: &Invitation) -> Value {
    let person = turn.person(invitation.who);
    json!({
        "id": id, "login": if invitation.by_email { Value::Null } else { json!(person.github_login) },
        "email": if invitation.by_email { json!(person.email) } else { Value::Null }, "role": invitation.role,
        "created_at": "2026-01-05T08:30:00Z", "failed_at": Value::Null, "failed_reason": Value::Null, "team_count": 0,
    })
}

pub(super) fn cancel(turn: &Turn<'_>, id: Option<u64>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let removed = id.and_then(|id| hold(&turn.world.github).invitations.remove(&id));
    removed.map(|_| Reply::empty(204).done()).ok_or_else(not_found)
}

pub(super) fn create(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let who = who.ok_or_else(|| error(422, "Validation Failed"))?;
    let body = turn.request.json().unwrap_or_default();
    let role = body.get("role").and_then(Value::as_str).unwrap_or("direct_member").to_owned();
    let id = 210_000 + who as u64;
    let invitation = Invitation { who, by_email: body.get("email").is_some(), role };
    let shown = shown(turn, id, &invitation);
    hold(&turn.world.github).invitations.insert(id, invitation);
    Ok(Reply::json(201, &shown).done())
}
