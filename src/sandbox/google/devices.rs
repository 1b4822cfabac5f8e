//! Private phones by the Directory API.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::Phone;
use super::{MOBILE, allowed, error};

/// The address in `email:…`. It is a search: it finds whoever's address begins so.
pub(super) fn wanted(turn: &Turn<'_>, parameter: &str) -> String {
    let query = turn.request.query(parameter).unwrap_or_default();
    query.strip_prefix("email:").unwrap_or(query).to_lowercase()
}

/// The people that a search finds.
pub(super) fn found(turn: &Turn<'_>, wanted: &str) -> Vec<usize> {
    let people = turn.world.people.iter().enumerate();
    people.filter(|(_, person)| person.email.starts_with(wanted)).map(|(index, _)| index).collect()
}

fn phone(phone: &Phone, email: &str) -> Value {
    json!({"kind": "admin#directory#mobiledevice", "resourceId": phone.id, "deviceId": phone.id, "model": phone.model,
        "type": "ANDROID", "os": "Android 15", "status": phone.status, "email": [email]})
}

pub(super) fn phones(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[MOBILE])?;
    let mut tenant = hold(&turn.world.google);
    let mut all = Vec::new();
    for who in found(turn, &wanted(turn, "query")) {
        let email = &turn.person(who).email;
        all.extend(tenant.of(who).phones.iter().map(|it| phone(it, email)));
    }
    let mut body = json!({"kind": "admin#directory#mobiledevices", "etag": "\"sandbox\""});
    if !all.is_empty() {
        body["mobiledevices"] = json!(all);
    }
    Ok(Reply::json(200, &body))
}

/// Of a device that is not there, Google says that something broke.
pub(super) fn phone_action(turn: &Turn<'_>, id: &str, body: Option<&Value>) -> Answer {
    allowed(turn, &[MOBILE])?;
    let mut tenant = hold(&turn.world.google);
    let broke = || error(500, "internalError", "Internal Error encountered");
    let who = tenant.find(|it| it.phones.iter().any(|phone| phone.id == id)).ok_or_else(broke)?;
    let phone = tenant.of(who).phones.iter_mut().find(|phone| phone.id == id).ok_or_else(broke)?;
    match body.and_then(|body| body.get("action")).and_then(Value::as_str) {
        Some("admin_account_wipe") => phone.status = "ACCOUNT_WIPING",
        Some("admin_remote_wipe") => (phone.status, phone.erased) = ("WIPING", true),
        Some("approve" | "cancel_remote_wipe_then_activate") => phone.status = "APPROVED",
        Some("block" | "cancel_remote_wipe_then_block") => phone.status = "BLOCKED",
        _ => return Err(error(400, "invalid", "Invalid Input: action")),
    }
    Ok(Reply::empty(204).done())
}
