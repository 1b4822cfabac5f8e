//! SCIM of the organisation: the same request as the enterprise's, and another meaning. `active: false` removes the member
//! and deletes the identity.

use serde_json::json;

use super::super::account::GithubAccess;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Needs, allowed, not_found};

pub(super) fn get(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let who = who.filter(|who| !hold(&turn.world.github).unlinked.contains(who)).ok_or_else(not_found)?;
    let person = turn.person(who);
    Ok(Reply::json(200, &json!({"id": person.okta_id, "userName": person.email, "active": true})))
}

pub(super) fn patch(turn: &Turn<'_>, who: Option<usize>, active: Option<bool>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let who = who.filter(|who| !hold(&turn.world.github).unlinked.contains(who)).ok_or_else(not_found)?;
    let person = turn.person(who);
    if active == Some(false) {
        if let Some(github) = &mut turn.account(who).github {
            github.access.set(GithubAccess::None, turn.now, turn.world.lag);
        }
        let mut tenant = hold(&turn.world.github);
        tenant.unlinked.insert(who);
        tenant.removed(who);
    }
    Ok(Reply::json(200, &json!({"id": person.okta_id, "userName": person.email, "active": active})).done())
}
