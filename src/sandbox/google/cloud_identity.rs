//! Every device by Cloud Identity, and how each person's account stands on it.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::super::world::World;
use super::devices::{found, wanted};
use super::tenant::{Computer, Holding, Phone};
use super::{DEVICES, allowed, error};

pub(super) const WIPE: &str = "google.devices.wipe";

/// The owner's account on a device, and that of whoever shares it.
const OWNERS: &str = "u1";
const SHARERS: &str = "u2";

fn missing() -> Reply {
    error(404, "notFound", "Device not found")
}

/// Whom the device belongs to, or who brought it.
pub(super) fn whose(world: &World, device: &str) -> Option<usize> {
    hold(&world.google).find(|it| has(it, device))
}

fn has(holding: &Holding, device: &str) -> bool {
    holding.computers.iter().any(|it| it.id == device) || holding.phones.iter().any(|it| it.id == device)
}

fn shown(device: &str, user: &str, email: &str, state: &str) -> Value {
    json!({"name": format!("devices/{device}/deviceUsers/{user}"), "userEmail": email, "managementState": state})
}

/// `device`: `-` for all of them.
pub(super) fn device_users(turn: &Turn<'_>, device: &str) -> Answer {
    allowed(turn, &[DEVICES])?;
    let mut tenant = hold(&turn.world.google);
    let mut all = Vec::new();
    let asked = |id: &str| device == "-" || id == device;
    for who in found(turn, &wanted(turn, "filter")) {
        let email = &turn.person(who).email;
        let holding = tenant.of(who);
        all.extend(
            holding.phones.iter().filter(|it| asked(&it.id)).map(|it| shown(&it.id, OWNERS, email, it.account())),
        );
        for computer in holding.computers.iter().filter(|it| asked(&it.id)) {
            all.push(shown(&computer.id, OWNERS, email, computer.account));
            let sharers = computer.shared_with.iter().filter(|_| device != "-");
            all.extend(sharers.map(|it| shown(&computer.id, SHARERS, it, "APPROVED")));
        }
    }
    Ok(Reply::json(200, &if all.is_empty() { json!({}) } else { json!({"deviceUsers": all}) }))
}

pub(super) fn device_user(turn: &Turn<'_>, device: &str, user: &str) -> Answer {
    allowed(turn, &[DEVICES])?;
    let who = whose(turn.world, device).filter(|_| user == OWNERS).ok_or_else(missing)?;
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    let phone = holding.phones.iter().find(|it| it.id == device).map(Phone::account);
    let computer = holding.computers.iter().find(|it| it.id == device).map(|it| it.account);
    let state = phone.or(computer).ok_or_else(missing)?;
    Ok(Reply::json(200, &shown(device, user, &turn.person(who).email, state)))
}

/// To `BLOCKED` or `APPROVED`. What is so already, or wiped, is refused.
pub(super) fn set_account(turn: &Turn<'_>, device: &str, user: &str, to: &'static str) -> Answer {
    allowed(turn, &[DEVICES])?;
    let who = whose(turn.world, device).filter(|_| user == OWNERS).ok_or_else(missing)?;
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    let phone = holding.phones.iter_mut().find(|it| it.id == device).map(|it| &mut it.status);
    let computer = holding.computers.iter_mut().find(|it| it.id == device).map(|it| &mut it.account);
    let state = phone.or(computer).ok_or_else(missing)?;
    if *state == to || state.contains("WIP") {
        return Err(error(400, "failedPrecondition", "Precondition check failed."));
    }
    *state = to;
    let response = json!({"deviceUser": shown(device, user, &turn.person(who).email, to)});
    let operation = json!({"name": format!("operations/{device}-{user}"), "done": true, "response": response});
    Ok(Reply::json(200, &operation).done())
}

fn private(phone: &Phone) -> Value {
    json!({"name": format!("devices/{}", phone.id), "ownerType": "BYOD", "deviceType": "ANDROID", "model": phone.model,
        "managementState": phone.account()})
}

fn company(computer: &Computer) -> Value {
    json!({"name": format!("devices/{}", computer.id), "ownerType": "COMPANY", "deviceType": "WINDOWS",
        "model": computer.model, "serialNumber": computer.id.to_uppercase(), "managementState": computer.state})
}

pub(super) fn device(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &[DEVICES])?;
    let who = whose(turn.world, id).ok_or_else(missing)?;
    let mut tenant = hold(&turn.world.google);
    let holding = tenant.of(who);
    let phone = holding.phones.iter().find(|it| it.id == id).map(private);
    let device = phone.or_else(|| holding.computers.iter().find(|it| it.id == id).map(company));
    Ok(Reply::json(200, &device.ok_or_else(missing)?))
}

/// `wipe`, or `cancelWipe` while it has not been reached.
pub(super) fn order(turn: &Turn<'_>, id: &str, wipe: bool) -> Answer {
    allowed(turn, &[DEVICES])?;
    let who = whose(turn.world, id).ok_or_else(missing)?;
    let mut tenant = hold(&turn.world.google);
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
