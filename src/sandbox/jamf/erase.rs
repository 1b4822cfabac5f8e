//! What is done to a single device for good, or nearly.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::{allowed, error};

pub(super) const COMPUTER: &str = "jamf.computers.erase";
pub(super) const MOBILE: &str = "jamf.mobiles.erase";

pub(super) fn computer(world: &World, id: &str) -> Route {
    let (who, id) = (world.jamf.owner(|device| device.mac && device.id == id), id.to_owned());
    Route::for_good(COMPUTER, who, move |turn| {
        let body = turn.request.json().unwrap_or_default();
        let pin = body.get("pin").unwrap_or(&Value::Null);
        if !pin.is_null() && pin.as_str().is_none_or(|pin| pin.len() != 6) {
            return Err(error(400, "INVALID_FIELD", "pin must be 6 characters or null"));
        }
        act(turn, true, &id, "ERASE_DEVICE", "Send Computer Remote Wipe Command")
    })
}

pub(super) fn mobile(world: &World, id: &str) -> Route {
    let (who, id) = (world.jamf.owner(|device| !device.mac && device.id == id), id.to_owned());
    Route::for_good(MOBILE, who, move |turn| {
        act(turn, false, &id, "ERASE_DEVICE", "Send Mobile Device Remote Wipe Command")
    })
}

pub(super) fn unmanage(world: &World, id: &str) -> Route {
    let (who, id) = (world.jamf.owner(|device| !device.mac && device.id == id), id.to_owned());
    Route::change("jamf.mobiles.unmanage", who, move |turn| {
        act(turn, false, &id, "UNMANAGE_DEVICE", "Unmanage Mobile Devices")
    })
}

fn act(turn: &Turn<'_>, mac: bool, id: &str, kind: &str, privilege: &str) -> Answer {
    allowed(turn, privilege)?;
    let mut devices = turn.world.jamf.devices();
    let device = devices.iter_mut().find(|device| device.mac == mac && device.id == id);
    let device = device.ok_or_else(|| error(404, "INVALID_ID", "no such device"))?;
    let uuid = device.take(kind, &turn.request.json().unwrap_or_default());
    let status = if mac { 200 } else { 201 };
    Ok(Reply::json(status, &json!({ "deviceId": id, "commandUuid": uuid })).done())
}
