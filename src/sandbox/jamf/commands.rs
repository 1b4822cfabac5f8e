//! `/api/v2/mdm/commands`. A 201 says that a command is queued, and nothing of the device.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::{allowed, commands_allowed, error};

/// The description lists more types than this address takes.
const TAKEN: [&str; 3] = ["DEVICE_LOCK", "ENABLE_LOST_MODE", "DISABLE_LOST_MODE"];

pub(super) fn route(world: &World, request: &Request) -> Route {
    let body = request.json().unwrap_or_default();
    let id = body.pointer("/clientData/0/managementId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let who = world.jamf.owner(|device| device.management_id() == id);
    let op = match body.pointer("/commandData/commandType").and_then(Value::as_str) {
        Some("DEVICE_LOCK") => "jamf.lock",
        Some("ENABLE_LOST_MODE") => "jamf.lost-mode.enable",
        Some("DISABLE_LOST_MODE") => "jamf.lost-mode.disable",
        _ => "jamf.command",
    };
    Route::change(op, who, move |turn| send(turn, &id, body.get("commandData").unwrap_or(&Value::Null)))
}

fn send(turn: &Turn<'_>, management_id: &str, data: &Value) -> Answer {
    commands_allowed(turn)?;
    let invalid = |what: &str| error(400, "INVALID_FIELD", what);
    let kind = data.get("commandType").and_then(Value::as_str).unwrap_or_default();
    if !TAKEN.contains(&kind) {
        return Err(invalid("commandType is not supported by this endpoint"));
    }
    let mut devices = turn.world.jamf.devices();
    let device = devices.iter_mut().find(|device| device.management_id() == management_id);
    let device = device.ok_or_else(|| invalid("no client with this managementId"))?;
    let privilege = match (kind, device.mac) {
        ("DEVICE_LOCK", true) => "Send Computer Remote Lock Command",
        ("DEVICE_LOCK", false) => "Send Mobile Device Remote Lock Command",
        _ => "Send Mobile Device Lost Mode Command",
    };
    allowed(turn, privilege)?;
    let pin = data.get("pin").and_then(Value::as_str).unwrap_or_default();
    if kind == "DEVICE_LOCK" && device.mac && !(pin.len() == 6 && pin.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(invalid(&format!("pin `{pin}` must be 6 digits")));
    }
    if kind != "DEVICE_LOCK" && (device.mac || !device.supervised) {
        return Err(invalid("lost mode is for supervised mobile devices"));
    }
    let uuid = device.take(kind, data);
    Ok(Reply::json(201, &json!([{ "id": uuid, "href": format!("/v2/mdm/commands?filter=uuid=={uuid}") }])).done())
}

pub(super) fn list(turn: &Turn<'_>) -> Answer {
    commands_allowed(turn)?;
    let filter = turn.request.query("filter").unwrap_or_default();
    let wanted = |field: &str| {
        let clauses = filter.split(';').filter_map(|clause| clause.split_once("=="));
        clauses.into_iter().find(|(name, _)| *name == field).map(|(_, value)| value.trim_matches('"').to_owned())
    };
    let (id, kind) = (wanted("clientManagementId"), wanted("command"));
    if id.is_none() && kind.is_none() {
        return Err(error(400, "INVALID_FILTER", "at least one filter is required"));
    }
    let devices = turn.world.jamf.devices();
    let found: Vec<Value> = devices
        .iter()
        .filter(|device| id.as_ref().is_none_or(|id| device.management_id() == *id))
        .flat_map(|device| device.commands.iter().map(move |command| (device, command)))
        .filter(|(_, command)| kind.as_ref().is_none_or(|kind| command.kind == *kind))
        .map(|(device, command)| command.shown(device))
        .collect();
    Ok(Reply::json(200, &json!({ "totalCount": found.len(), "results": found })))
}
