//! API tokens of the org, and what each user has let applications do.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::page::{page, page_of};
use super::users::existing;
use super::{Key, MANAGE, MANAGE_TOKENS, READ, READ_TOKENS, allowed, error};

/// Everybody's: there is no list of one user's.
pub(super) fn api_tokens(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[READ_TOKENS, MANAGE_TOKENS])?;
    let tenant = hold(&turn.world.okta);
    let tokens: Vec<Value> = tenant
        .all()
        .flat_map(|(who, it)| it.api_tokens.iter().map(move |id| (who, id)))
        .map(|(who, id)| json!({"id": id, "name": "script", "userId": turn.person(who).okta_id, "clientName": "Okta API"}))
        .collect();
    Ok(page_of(turn, &tokens, 25))
}

pub(super) fn revoke_api_token(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &[MANAGE_TOKENS])?;
    let mut tenant = hold(&turn.world.okta);
    let owner = tenant.all().find(|(_, it)| it.api_tokens.iter().any(|token| token == id)).map(|(who, _)| who);
    let missing = || error(404, "E0000007", &format!("Not found: Resource not found: {id} (ApiToken)"));
    tenant.of(owner.ok_or_else(missing)?).api_tokens.retain(|token| token != id);
    Ok(Reply::empty(204).done())
}

pub(super) fn grants(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let grants: Vec<Value> = tenant
        .of(who)
        .grants
        .iter()
        .map(|id| json!({"id": id, "status": "ACTIVE", "clientId": "0oaclient", "scopeId": "scpcalendar"}))
        .collect();
    Ok(page(turn, &grants))
}

pub(super) fn revoke_grants(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    hold(&turn.world.okta).of(who).grants.clear();
    Ok(Reply::empty(204).done())
}

pub(super) fn clients(turn: &Turn<'_>, key: &Key) -> Answer {
    allowed(turn, &[READ, MANAGE])?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let clients: Vec<Value> =
        tenant.of(who).clients.iter().map(|id| json!({"client_id": id, "client_name": "Notes"})).collect();
    Ok(page(turn, &clients))
}

pub(super) fn revoke_client(turn: &Turn<'_>, key: &Key, client: &str) -> Answer {
    allowed(turn, &[MANAGE])?;
    let who = existing(turn, key)?;
    hold(&turn.world.okta).of(who).clients.retain(|id| id != client);
    Ok(Reply::empty(204).done())
}
