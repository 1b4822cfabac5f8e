//! Intune's devices. A command is only noted when it is given, and carried out when the device checks in.

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};

use super::super::clock;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::guid;
use super::{allowed, bad_request, error, not_found, page, unknown};

/// How long after a command a device checks in.
const CHECKS_IN_AFTER: Duration = Duration::from_millis(300);

/// Number of the person whose Mac is switched off.
const OFFLINE: usize = 3;

pub(super) struct Device {
    pub(super) id: String,
    user: String,
    name: String,
    system: &'static str,
    /// Intune's `managedDeviceOwnerType`.
    owner: &'static str,
    offline: bool,
    /// A disk's recovery key is escrowed.
    escrowed: bool,
    command: Option<Command>,
    /// How often the device was told to do something for good.
    wipes: u32,
    retires: u32,
    locks: u32,
    last_wipe: Value,
}

/// The last command.
struct Command {
    path: &'static str,
    /// What `deviceActionResults` calls it: by the action, or as Intune's reports do.
    name: &'static str,
    given: Instant,
    given_ms: u64,
}

impl Device {
    fn new(index: usize, number: usize, system: &'static str, owner: &'static str) -> Device {
        Device {
            id: guid(5, index * 10 + number),
            user: guid(0, index + 1),
            name: format!("{}-{index}-{number}", system.to_uppercase()),
            system,
            owner,
            offline: index == OFFLINE,
            escrowed: true,
            command: None,
            wipes: 0,
            retires: 0,
            locks: 0,
            last_wipe: Value::Null,
        }
    }

    pub(super) fn some(index: usize) -> Vec<Device> {
        match index {
            0 => vec![
                Device::new(0, 0, "Windows", "company"),
                Device::new(0, 1, "macOS", "company"),
                Device::new(0, 2, "iOS", "company"),
                Device::new(0, 3, "Android", "personal"),
            ],
            1 => vec![Device::new(1, 0, "Windows", "unknown")],
            2 => vec![Device { escrowed: false, ..Device::new(2, 0, "Windows", "company") }],
            4 => Vec::new(),
            OFFLINE => vec![Device::new(OFFLINE, 0, "macOS", "company")],
            _ => vec![
                Device::new(index, 0, "Windows", "company"),
                Device::new(index, 1, "iOS", "company"),
                Device::new(index, 2, "Android", "personal"),
            ],
        }
    }

    pub(super) fn told(&self) -> Value {
        json!({
            "name": self.name, "owner": self.owner, "system": self.system, "wipes": self.wipes, "retires": self.retires,
            "locks": self.locks, "lastWipe": self.last_wipe,
        })
    }

    /// Windows knows no remote lock.
    fn action_state(&self, command: &Command, now: Instant) -> &'static str {
        if command.path == "remoteLock" && self.system == "Windows" {
            "notSupported"
        } else if self.offline || now < command.given + CHECKS_IN_AFTER {
            "pending"
        } else {
            "done"
        }
    }

    fn resource(&self, now: Instant) -> Value {
        let state = self.command.as_ref().map(|command| self.action_state(command, now));
        let management = match (self.command.as_ref().map(|command| command.path), state) {
            (Some("wipe"), Some("pending")) => "wipePending",
            (Some("wipe"), Some("done")) => "wipeIssued",
            (Some("retire"), Some("pending")) => "retirePending",
            (Some("retire"), Some("done")) => "retireIssued",
            _ => "managed",
        };
        let result = |command: &Command| {
            let at = clock::rfc3339(command.given_ms);
            json!({ "actionName": command.name, "actionState": state, "startDateTime": at, "lastUpdatedDateTime": at })
        };
        json!({
            "id": self.id, "userId": self.user, "deviceName": self.name, "operatingSystem": self.system,
            "managedDeviceOwnerType": self.owner, "managementState": management,
            "azureADDeviceId": self.entra_id(),
            "deviceActionResults": self.command.iter().map(result).collect::<Vec<_>>(),
        })
    }

    fn entra_id(&self) -> String {
        self.id.replace("-0005-", "-0006-")
    }
}

pub(super) fn route(world: &World, method: &Method, parts: &[&str]) -> Route {
    let Some((&id, rest)) = parts.split_first() else {
        return if method == Method::GET { Route::read("msgraph.devices.list", None, list) } else { unknown() };
    };
    let (who, id) = (owner(world, id), id.to_owned());
    match (method, rest) {
        (&Method::GET, []) => Route::read("msgraph.devices.get", who, move |turn| get(turn, &id)),
        (&Method::POST, ["remoteLock"]) => {
            Route::change("msgraph.devices.lock", who, move |turn| order(turn, &id, "remoteLock"))
        }
        (&Method::POST, ["retire"]) => {
            Route::change("msgraph.devices.retire", who, move |turn| order(turn, &id, "retire"))
        }
        // For good, and once for each device; the record of calls counts by person, so the devices count themselves.
        (&Method::POST, ["wipe"]) => Route::change("msgraph.devices.wipe", who, move |turn| order(turn, &id, "wipe")),
        _ => unknown(),
    }
}

fn owner(world: &World, device: &str) -> Option<usize> {
    let tenant = hold(&world.msgraph);
    tenant.device(device).and_then(|(user, _)| tenant.users[user].who)
}

/// Knows `userId eq '…'`. Lists leave the results of commands out.
fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, &["DeviceManagementManagedDevices.Read.All"])?;
    let user = turn.request.query("$filter").and_then(page::quoted);
    let tenant = hold(&turn.world.msgraph);
    let devices = tenant.users.iter().flat_map(|user| &user.devices);
    let shown: Vec<Value> = devices
        .filter(|device| user.as_ref().is_none_or(|user| *user == device.user))
        .map(|device| {
            let mut shown = device.resource(turn.now);
            shown["deviceActionResults"] = json!([]);
            shown
        })
        .collect();
    Ok(page::list(turn, &shown, turn.request.query_number("$top").unwrap_or(100)))
}

fn get(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &["DeviceManagementManagedDevices.Read.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let (user, device) = tenant.device(id).ok_or_else(|| not_found(id))?;
    let shown = tenant.users[user].devices[device].resource(turn.now);
    Ok(Reply::json(200, &page::selected(&shown, turn.request.query("$select"))))
}

fn order(turn: &Turn<'_>, id: &str, path: &'static str) -> Answer {
    allowed(turn, &["DeviceManagementManagedDevices.PrivilegedOperations.All"])?;
    let mut tenant = hold(&turn.world.msgraph);
    let (user, device) = tenant.device(id).ok_or_else(|| not_found(id))?;
    let device = &mut tenant.users[user].devices[device];
    let reported = user % 2 == 0;
    let name = match path {
        "wipe" => {
            let body = turn.request.json().unwrap_or(Value::Null);
            if !body.is_object() {
                return Err(bad_request("The body of a wipe is missing."));
            }
            device.wipes += 1;
            device.last_wipe = body;
            if reported { "factoryReset" } else { "wipe" }
        }
        "retire" => {
            device.retires += 1;
            if reported { "removeCompanyData" } else { "retire" }
        }
        _ => {
            device.locks += 1;
            "remoteLock"
        }
    };
    device.command = Some(Command { path, name, given: turn.now, given_ms: clock::epoch_ms() });
    Ok(Reply::empty(204).done())
}

/// The keys themselves are not in the list.
pub(super) fn bitlocker_keys() -> Route {
    Route::read("msgraph.bitlocker.list", None, |turn| {
        allowed(turn, &["BitlockerKey.ReadBasic.All"])?;
        let wanted = turn.request.query("$filter").and_then(page::quoted);
        let tenant = hold(&turn.world.msgraph);
        let devices = tenant.users.iter().flat_map(|user| &user.devices);
        let keys: Vec<Value> = devices
            .filter(|device| device.system == "Windows" && device.escrowed)
            .filter(|device| wanted.as_ref().is_none_or(|wanted| *wanted == device.entra_id()))
            .map(|device| {
                json!({
                    "id": device.id.replace("-0005-", "-0007-"), "createdDateTime": "2025-06-02T10:00:00Z",
                    "volumeType": "1", "deviceId": device.entra_id(),
                })
            })
            .collect();
        Ok(page::list(turn, &keys, 100))
    })
}

/// What a Mac's disk opens with. Worthless, and still nobody's to show.
const FILEVAULT_KEY: &str = "SAND-BOXF-ILEV-AULT-KEY0-0000";

pub(super) fn filevault_key(world: &World, id: &str) -> Route {
    let (who, id) = (owner(world, id), id.to_owned());
    Route::read("msgraph.filevault.get", who, move |turn| {
        allowed(turn, &["DeviceManagementManagedDevices.Read.All"])?;
        let tenant = hold(&turn.world.msgraph);
        let (user, device) = tenant.device(&id).ok_or_else(|| not_found(&id))?;
        let device = &tenant.users[user].devices[device];
        if device.system != "macOS" || !device.escrowed {
            return Err(error(404, "ResourceNotFound", "No FileVault key is escrowed for this device."));
        }
        Ok(Reply::json(200, &json!({ "value": FILEVAULT_KEY })))
    })
}
