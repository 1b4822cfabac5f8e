//! Enrolled factors, which can only be taken away while the user is not deactivated.

use serde_json::{Value, json};

use super::super::account::{Factor, OktaStatus};
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::users::existing;
use super::{Key, MANAGE, READ, allowed, error};

pub(super) fn list(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    let who = existing(turn, key)?;
    let factors: Vec<Value> = turn.account(who).okta.factors.iter().map(Factor::to_json).collect();
    Ok(Reply::json(200, &json!(factors)))
}

/// The user, if factors may still be taken away.
fn not_deactivated(turn: &Turn<'_>, key: &Key) -> Result<usize, Reply> {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    if turn.account(who).okta.status.now() == OktaStatus::Deprovisioned {
        let summary = "This operation is not allowed in the user's current status.";
        return Err(error(403, "E0000038", summary));
    }
    Ok(who)
}

pub(super) fn reset(turn: &Turn<'_>, key: &Key) -> Answer {
    let who = not_deactivated(turn, key)?;
    turn.account(who).okta.factors.clear();
    Ok(Reply::empty(200).done())
}

/// Taking away one face of Okta Verify takes both.
pub(super) fn delete(turn: &Turn<'_>, key: &Key, factor: &str) -> Answer {
    let who = not_deactivated(turn, key)?;
    let mut account = turn.account(who);
    let factors = &mut account.okta.factors;
    let Some(found) = factors.iter().find(|one| one.id == factor) else {
        return Err(error(404, "E0000007", &format!("Not found: Resource not found: {factor} (UserFactor)")));
    };
    let verify = found.is_okta_verify();
    factors.retain(|one| one.id != factor && !(verify && one.is_okta_verify()));
    Ok(Reply::empty(204).done())
}
