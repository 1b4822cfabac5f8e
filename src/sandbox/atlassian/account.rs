//! `/users/{account_id}/manage`: the account, wherever it is used.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::{Hold, Seat};
use super::{allowed, done, error};

pub(super) const DELETE: &str = "atlassian.delete";

fn not_found() -> Reply {
    error(404, "ADMIN-UAM-404-1", "Unknown Resource")
}

fn restriction(hold: Hold) -> Option<&'static str> {
    match hold {
        Hold::Managed | Hold::Unmanaged => None,
        Hold::Google => Some("externalDirectory.google"),
        Hold::KeyOwner => Some("administrative.notMyself"),
    }
}

/// An account that is managed here, for a read.
fn managed(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    allowed(turn, false)?;
    let who = who.ok_or_else(not_found)?;
    let seats = turn.world.atlassian.seats();
    if seats[who].hold == Hold::Unmanaged { Err(not_found()) } else { Ok(who) }
}

/// An account of which the lifecycle may be changed.
fn changeable(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    let who = managed(turn, who)?;
    match restriction(turn.world.atlassian.seats()[who].hold) {
        None => Ok(who),
        Some(key) => Err(Reply::json(
            403,
            &json!({ "key": "forbidden.action", "context": { "allowed": "false", "reason": { "key": key } } }),
        )),
    }
}

pub(super) fn permissions(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = managed(turn, who)?;
    let rule = match restriction(turn.world.atlassian.seats()[who].hold) {
        None => json!({ "allowed": true }),
        Some(key) => json!({ "allowed": "false", "reason": { "key": key } }),
    };
    let body = json!({
        "email.set": rule, "lifecycle.enablement": rule, "lifecycle.delete": rule, "apiToken.read": { "allowed": true },
    });
    Ok(Reply::json(200, &body))
}

pub(super) fn profile(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = managed(turn, who)?;
    let seat = &turn.world.atlassian.seats()[who];
    let account = json!({
        "account_id": seat.id, "account_type": "atlassian", "account_status": seat.account_status(),
        "name": turn.person(who).name, "email": seat.email,
    });
    Ok(Reply::json(200, &json!({ "account": account })))
}

fn changed(turn: &Turn<'_>, who: Option<usize>, change: impl FnOnce(&mut Seat) -> Option<()>) -> Answer {
    let who = changeable(turn, who)?;
    let refused = Reply::json(400, &json!([{ "code": "account.status", "message": "not in this status" }]));
    done(change(&mut turn.world.atlassian.seats()[who]), refused)
}

pub(super) fn disable(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    changed(turn, who, |seat| std::mem::replace(&mut seat.active, false).then_some(()))
}

/// A deleted account must have its deletion called off first.
pub(super) fn enable(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    changed(turn, who, |seat| (!seat.for_deletion).then(|| seat.active = true))
}

pub(super) fn delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    changed(turn, who, |seat| {
        seat.active = false;
        (!std::mem::replace(&mut seat.for_deletion, true)).then_some(())
    })
}

pub(super) fn cancel_delete(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    changed(turn, who, |seat| {
        seat.active = true;
        std::mem::replace(&mut seat.for_deletion, false).then_some(())
    })
    .map(|reply| reply.undoing(DELETE))
}

pub(super) fn tokens(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = managed(turn, who)?;
    let tokens: Vec<Value> = turn.world.atlassian.seats()[who]
        .tokens
        .iter()
        .map(|id| json!({ "id": id, "label": "build script", "createdAt": "2025-04-12T23:20:50.522Z" }))
        .collect();
    Ok(Reply::json(200, &json!(tokens)))
}

pub(super) fn delete_token(turn: &Turn<'_>, who: Option<usize>, token: &str) -> Answer {
    let who = managed(turn, who)?;
    let tokens = &mut turn.world.atlassian.seats()[who].tokens;
    let before = tokens.len();
    tokens.retain(|id| id != token);
    done((tokens.len() < before).then_some(()), not_found())
}
