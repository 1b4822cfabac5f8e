//! The two inventories, filtered by address or user name (RSQL, of which `,` is "or").

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::device::{Device, millis};
use super::{allowed, error};

pub(super) fn computers(turn: &Turn<'_>) -> Answer {
    allowed(turn, "Read Computers")?;
    list(turn, true, ["userAndLocation.email", "userAndLocation.username"], computer)
}

pub(super) fn mobiles(turn: &Turn<'_>) -> Answer {
    allowed(turn, "Read Mobile Devices")?;
    list(turn, false, ["emailAddress", "username"], mobile)
}

fn list(turn: &Turn<'_>, mac: bool, [email, username]: [&str; 2], show: fn(&Device) -> Value) -> Answer {
    let filter = turn.request.query("filter").unwrap_or_default();
    let mut wanted = Vec::new();
    for clause in filter.split(',') {
        let (field, value) = clause.split_once("==").unwrap_or((clause, ""));
        if field != email && field != username {
            return Err(error(400, "INVALID_FIELD", &format!("the field {field} cannot be filtered by")));
        }
        wanted.push((field == email, value.trim_matches('"').to_lowercase()));
    }
    let devices = turn.world.jamf.devices();
    let fits = |device: &&Device| {
        device.mac == mac
            && wanted.iter().any(|(by_email, value)| {
                let own = if *by_email { &device.email } else { &device.username };
                !own.is_empty() && own.to_lowercase() == *value
            })
    };
    let found: Vec<&Device> = devices.iter().filter(fits).collect();
    let size = turn.request.query_number("page-size").unwrap_or(100);
    let page = turn.request.query_number("page").unwrap_or(0);
    let rows: Vec<Value> = found.iter().skip(page.saturating_mul(size)).take(size).map(|device| show(device)).collect();
    Ok(Reply::json(200, &json!({ "totalCount": found.len(), "results": rows })))
}

/// Sections that exist and were not asked for are null.
fn computer(device: &Device) -> Value {
    json!({
        "id": device.id, "udid": format!("udid-{}", device.id),
        "general": {
            "name": format!("mac-{}", device.id), "managementId": device.management_id(), "supervised": device.supervised,
            "remoteManagement": { "managed": device.managed, "managementUsername": Value::Null },
            "enrolledViaAutomatedDeviceEnrollment": device.automated,
            "lastContactTime": millis(device.last_contact_ms), "site": { "id": "-1", "name": "None" },
        },
        "userAndLocation": { "username": device.username, "email": device.email, "realname": Value::Null },
        "hardware": { "serialNumber": format!("SBXMAC{:0>4}", device.id), "appleSilicon": device.silicon },
        "operatingSystem": { "name": "macOS", "version": device.version },
        "diskEncryption": {
            "individualRecoveryKeyValidityStatus": device.recovery_key, "institutionalRecoveryKeyPresent": false,
        },
        "security": { "activationLockEnabled": device.activation_lock },
        "purchasing": Value::Null,
    })
}

fn mobile(device: &Device) -> Value {
    json!({
        "mobileDeviceId": device.id, "deviceType": "iOS",
        "general": {
            "displayName": format!("phone-{}", device.id), "managed": device.managed, "supervised": device.supervised,
            "deviceOwnershipType": device.ownership, "managementId": device.management_id(), "sharedIpad": false,
        },
        "userAndLocation": { "username": device.username, "emailAddress": device.email },
        "hardware": { "serialNumber": format!("SBXPHN{:0>4}", device.id) },
        "security": { "lostModeEnabled": device.lost_mode, "activationLockEnabled": device.activation_lock },
    })
}
