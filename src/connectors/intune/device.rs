//! The devices of a user, and how far a command has come on each.

use serde::Deserialize;

use super::Intune;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::model::Account;

const SELECT: &str = "id,userId,deviceName,operatingSystem,managedDeviceOwnerType,managementState,azureADDeviceId,\
                      deviceActionResults";

/// A `managedDevice`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device {
    pub(super) id: String,
    user_id: Option<String>,
    #[serde(rename = "deviceName")]
    name: Option<String>,
    operating_system: Option<String>,
    managed_device_owner_type: Option<String>,
    management_state: Option<String>,
    #[serde(rename = "azureADDeviceId")]
    pub(super) entra_id: Option<String>,
    #[serde(rename = "deviceActionResults")]
    results: Option<Vec<ActionResult>>,
}

/// A `deviceActionResult`: what became of a command.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionResult {
    action_name: Option<String>,
    action_state: Option<String>,
    start_date_time: Option<String>,
}

/// Whose a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Company,
    Personal,
    /// Intune does not know, so nobody may decide but a person.
    Unknown,
}

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Never given, or taken back.
    None,
    /// The device has not checked in, or is at it.
    UnderWay,
    Done,
    Failed,
    /// Not for such a device.
    NotSupported,
}

impl Device {
    /// Name and system, for people.
    pub(super) fn shown(&self) -> String {
        format!("{} ({})", self.name.as_deref().unwrap_or(&self.id), self.system())
    }

    pub(super) fn system(&self) -> &str {
        self.operating_system.as_deref().unwrap_or("unknown system")
    }

    pub(super) fn is(&self, system: &str) -> bool {
        self.system().eq_ignore_ascii_case(system)
    }

    pub(super) fn owner(&self) -> Owner {
        match self.managed_device_owner_type.as_deref() {
            Some("company") => Owner::Company,
            Some("personal") => Owner::Personal,
            _ => Owner::Unknown,
        }
    }

    /// How far the command of one of these names has come: the newest one's own result, else what the device's state
    /// says of it (`wipePending` and its like).
    pub(super) fn progress(&self, names: &[&str]) -> Progress {
        let is_named = |name: &Option<String>| {
            name.as_deref().is_some_and(|name| names.iter().any(|one| one.eq_ignore_ascii_case(name)))
        };
        let results = self.results.iter().flatten();
        let newest = results.filter(|it| is_named(&it.action_name)).max_by_key(|it| it.start_date_time.clone());
        if let Some(state) = newest.and_then(|it| it.action_state.as_deref()) {
            return match state {
                "pending" | "active" => Progress::UnderWay,
                "done" => Progress::Done,
                "failed" => Progress::Failed,
                "notSupported" => Progress::NotSupported,
                _ => Progress::None,
            };
        }
        let state = self.management_state.as_deref().unwrap_or_default();
        let of = |end: &str| names.iter().any(|name| state.strip_suffix(end) == Some(*name));
        match () {
            () if of("Pending") || of("Issued") => Progress::UnderWay,
            () if of("Failed") => Progress::Failed,
            () => Progress::None,
        }
    }
}

impl Intune {
    /// The devices whose primary user this is. By the user's id, so that it works also when the user is deleted. One by
    /// one, for lists leave out what became of commands.
    pub(super) async fn devices(&self, account: &Account, call: &Call) -> Result<Vec<Device>, Failure> {
        #[derive(Deserialize)]
        struct Listed {
            id: String,
        }
        let filter = format!("userId eq '{}'", account.id.replace('\'', "''"));
        let url = self.graph.v1(&["deviceManagement", "managedDevices"])?;
        let listed: Vec<Listed> = self.graph.list(Request::get(url).query(&[("$filter", &filter)]), call).await?;
        let mut devices = Vec::new();
        for Listed { id } in listed {
            let request = Request::get(self.graph.v1(&["deviceManagement", "managedDevices", &id])?);
            devices.extend(self.graph.found::<Device>(request.query(&[("$select", SELECT)]), call).await?);
        }
        // A device may have got another user meanwhile: the list lags.
        devices.retain(|device| device.user_id.as_deref().is_none_or(|user| user == account.id));
        Ok(devices)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn progress(state: &str, results: &serde_json::Value) -> Progress {
        let device = json!({ "id": "1", "managementState": state, "deviceActionResults": results });
        serde_json::from_value::<Device>(device).unwrap().progress(&["wipe", "factoryReset"])
    }

    #[test]
    fn the_newest_result_tells_and_else_the_devices_state() {
        let result = |name: &str, state: &str, at: &str| json!({ "actionName": name, "actionState": state, "startDateTime": at });
        for (state, wanted) in [
            ("pending", Progress::UnderWay),
            ("active", Progress::UnderWay),
            ("done", Progress::Done),
            ("failed", Progress::Failed),
            ("notSupported", Progress::NotSupported),
            ("canceled", Progress::None),
        ] {
            assert_eq!(progress("managed", &json!([result("factoryReset", state, "2026-01-05T08:00:00Z")])), wanted);
        }
        let twice =
            json!([result("wipe", "failed", "2026-01-05T08:00:00Z"), result("wipe", "done", "2026-01-06T08:00:00Z")]);
        assert_eq!(progress("managed", &twice), Progress::Done);
        assert_eq!(progress("managed", &json!([result("syncDevice", "done", "2026-01-06T08:00:00Z")])), Progress::None);
        assert_eq!(progress("wipePending", &json!(null)), Progress::UnderWay);
        assert_eq!(progress("wipeFailed", &json!([])), Progress::Failed);
        assert_eq!(progress("retirePending", &json!([])), Progress::None);
    }
}
