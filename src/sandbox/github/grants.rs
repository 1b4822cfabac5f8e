//! Grants of fine-grained personal tokens. Only Apps are answered; what a revocation takes is the grant's id.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Needs, allowed, error, paged, simple_user};

fn app_alone(turn: &Turn<'_>, needs: Needs) -> Result<(), Reply> {
    allowed(turn, Some(needs))?;
    if turn.request.authorization("bearer") == Some(turn.world.issued.credentials.github_token.as_str()) {
        return Err(error(403, "Resource not accessible by personal access token"));
    }
    Ok(())
}

/// `owner` as in `?owner[]=LOGIN`.
pub(super) fn list(turn: &Turn<'_>, owner: Option<usize>) -> Answer {
    app_alone(turn, Needs::ReadTokens)?;
    let tenant = hold(&turn.world.github);
    let theirs = tenant.grants.iter().filter(|(_, who)| Some(**who) == owner);
    let all: Vec<Value> = theirs
        .map(|(id, who)| {
            json!({
                "id": id, "owner": simple_user(turn, *who), "repository_selection": "all", "token_id": id + 100_000,
                "token_name": "laptop", "token_expired": false, "access_granted_at": "2026-01-05T08:30:00Z",
            })
        })
        .collect();
    Ok(paged(turn, &all))
}

/// 202: queued. An id that is no grant's is passed over in silence.
pub(super) fn revoke(turn: &Turn<'_>) -> Answer {
    app_alone(turn, Needs::WriteTokens)?;
    let body = turn.request.json().unwrap_or_default();
    let ids = body.get("pat_ids").and_then(Value::as_array).filter(|ids| (1..=100).contains(&ids.len()));
    let (Some(ids), Some("revoke")) = (ids, body.get("action").and_then(Value::as_str)) else {
        return Err(error(422, "Validation Failed"));
    };
    let mut tenant = hold(&turn.world.github);
    for id in ids.iter().filter_map(Value::as_u64) {
        tenant.grants.remove(&id);
    }
    Ok(Reply::json(202, &json!({})).done())
}
