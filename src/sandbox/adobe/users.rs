//! `GET organizations/{org}/users/{user}`: case does not matter, and fields without a value are left out.

use serde_json::json;

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::allowed;

pub(super) fn get(turn: &Turn<'_>, who: Option<usize>, name: &str) -> Answer {
    allowed(turn)?;
    let none = || {
        let message = format!("User not found {name}");
        Reply::json(404, &json!({ "result": "error.user.not_found", "message": message }))
    };
    let users = turn.world.adobe.users();
    let user = who.map(|who| &users[who]).filter(|user| user.in_org).ok_or_else(none)?;
    let domain = user.email.split_once('@').map_or("", |(_, domain)| domain);
    let mut shown = json!({
        "email": user.email, "status": "active", "username": user.username.as_ref().unwrap_or(&user.email),
        "domain": domain, "firstname": user.first, "lastname": user.last, "country": "US", "type": user.kind,
    });
    if !user.groups.is_empty() {
        shown["groups"] = json!(user.groups);
    }
    if !user.admin_roles.is_empty() {
        shown["adminRoles"] = json!(user.admin_roles);
    }
    Ok(Reply::json(200, &json!({ "result": "success", "user": shown })))
}
