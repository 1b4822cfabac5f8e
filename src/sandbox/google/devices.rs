//! Private phones by the Directory API, the company's devices by Cloud Identity.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::{Computer, Phone};
use super::{COMPANY_DEVICES, MOBILE, allowed, error};

/// The address in `email:…`. It is a search: it finds whoever's address begins so.
fn wanted(turn: &Turn<'_>, parameter: &str) -> String {
    let query = turn.request.query(parameter).unwrap_or_default();
    query.strip_prefix("email:").unwrap_or(query).to_lowercase()
}

/// The people that a search finds.
fn found(turn: &Turn<'_>, wanted: &str) -> Vec<usize> {
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

fn device_user(computer: &Computer, email: &str, number: usize) -> Value {
    json!({"name": format!("devices/{}/deviceUsers/u{number}", computer.id), "userEmail": email,
        "managementState": computer.state})
}

/// `device`: `-` for all of them.
pub(super) fn device_users(turn: &Turn<'_>, device: &str) -> Answer {
    allowed(turn, &[COMPANY_DEVICES])?;
    let mut tenant = hold(&turn.world.google);
    let mut all = Vec::new();
    for who in found(turn, &wanted(turn, "filter")) {
        let email = &turn.person(who).email;
        for computer in tenant.of(who).computers.iter().filter(|it| device == "-" || it.id == device) {
            all.push(device_user(computer, email, 1));
            all.extend(computer.shared_with.iter().filter(|_| device != "-").map(|it| device_user(computer, it, 2)));
        }
    }
    Ok(Reply::json(200, &if all.is_empty() { json!({}) } else { json!({"deviceUsers": all}) }))
}

pub(super) fn device(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &[COMPANY_DEVICES])?;
    let mut tenant = hold(&turn.world.google);
    let missing = || error(404, "notFound", "Device not found");
    let who = tenant.find(|it| it.computers.iter().any(|it| it.id == id)).ok_or_else(missing)?;
    let computer = tenant.of(who).computers.iter().find(|it| it.id == id).ok_or_else(missing)?;
    Ok(Reply::json(
        200,
        &json!({"name": format!("devices/{id}"), "ownerType": "COMPANY", "deviceType": "WINDOWS", "model": computer.model,
            "serialNumber": computer.id.to_uppercase(), "managementState": computer.state}),
    ))
}

pub(super) const WIPE: &str = "google.devices.wipe";

/// `wipe`, or `cancelWipe` while it has not been reached.
pub(super) fn order(turn: &Turn<'_>, id: &str, wipe: bool) -> Answer {
    allowed(turn, &[COMPANY_DEVICES])?;
    let mut tenant = hold(&turn.world.google);
    let missing = || error(404, "notFound", "Device not found");
    let who = tenant.find(|it| it.computers.iter().any(|it| it.id == id)).ok_or_else(missing)?;
    let computer = tenant.of(who).computers.iter_mut().find(|it| it.id == id).ok_or_else(missing)?;
    computer.state = match (wipe, computer.state) {
        (true, "APPROVED") => "WIPING",
        (false, "WIPING") => "APPROVED",
        _ => return Err(error(400, "failedPrecondition", "Precondition check failed.")),
    };
    let operation = json!({"name": format!("operations/{id}"), "done": false});
    let reply = Reply::json(200, &operation).done();
    Ok(if wipe { reply } else { reply.undoing(WIPE) })
}
