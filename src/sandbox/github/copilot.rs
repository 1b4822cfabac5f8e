//! Copilot seats. One that comes by a team is not taken away from a person: the answer is 200 and counts none.

use serde_json::{Value, json};

use super::super::account::GithubAccess;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Needs, allowed, error, not_found, simple_user};

pub(super) fn seat(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::ReadCopilot))?;
    let who = who.ok_or_else(not_found)?;
    let member = turn.account(who).github.as_ref().is_some_and(|github| github.access.now() == GithubAccess::Member);
    let tenant = hold(&turn.world.github);
    let in_team = tenant.teams.values().any(|team| team.members.contains_key(&who));
    let seat = tenant.copilot.get(&who).filter(|seat| member && (in_team || !seat.by_team)).ok_or_else(not_found)?;
    let team = if seat.by_team { json!({"slug": "copilots", "name": "Copilots"}) } else { Value::Null };
    Ok(Reply::json(
        200,
        &json!({
            "assignee": simple_user(turn, who), "assigning_team": team, "plan_type": "business",
            "pending_cancellation_date": if seat.pending { json!("2026-12-01") } else { Value::Null },
            "created_at": "2026-01-05T08:30:00Z", "last_activity_at": Value::Null,
        }),
    ))
}

pub(super) fn select(turn: &Turn<'_>, cancel: bool) -> Answer {
    allowed(turn, Some(Needs::WriteCopilot))?;
    let body = turn.request.json().unwrap_or_default();
    let logins = body.get("selected_usernames").and_then(Value::as_array).filter(|logins| !logins.is_empty());
    let logins = logins.ok_or_else(|| error(422, "Validation Failed"))?;
    let mut tenant = hold(&turn.world.github);
    let mut changed = 0;
    for who in logins.iter().filter_map(|login| turn.world.keys.github(login.as_str()?)) {
        if let Some(seat) = tenant.copilot.get_mut(&who).filter(|seat| !seat.by_team && seat.pending != cancel) {
            seat.pending = cancel;
            changed += 1;
        }
    }
    let (status, key) = if cancel { (200, "seats_cancelled") } else { (201, "seats_created") };
    Ok(Reply::json(status, &json!({key: changed})).done())
}
