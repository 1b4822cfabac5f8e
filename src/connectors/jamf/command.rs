//! MDM commands: sent to a device's management id, and what has become of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::device::Device;
use super::inventory::quoted;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::vault::Secret;

pub(super) const DEVICE_LOCK: &str = "DEVICE_LOCK";
pub(super) const ERASE_DEVICE: &str = "ERASE_DEVICE";
pub(super) const ENABLE_LOST_MODE: &str = "ENABLE_LOST_MODE";
pub(super) const DISABLE_LOST_MODE: &str = "DISABLE_LOST_MODE";

/// A command that was sent before (`GET /api/v2/mdm/commands`).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Command {
    /// RFC 3339, as all of Jamf's times.
    #[serde(default)]
    pub(super) date_sent: Option<String>,
    #[serde(default)]
    pub(super) date_completed: Option<String>,
    #[serde(rename = "commandState")]
    state: String,
}

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Jamf has it, the device has not, or has no time for it.
    Queued,
    /// The device has executed it.
    Acknowledged,
    /// The device would not.
    Failed,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<Command>,
}

impl Command {
    pub(super) fn state(&self) -> State {
        match self.state.to_ascii_uppercase().as_str() {
            "ACKNOWLEDGED" => State::Acknowledged,
            "ERROR" => State::Failed,
            _ => State::Queued,
        }
    }
}

/// What commands name the device by.
pub(super) fn management_id(device: &Device) -> Result<&str, Failure> {
    device.management_id.as_deref().ok_or_else(|| {
        let reason = format!("{} has no management id: no command can reach it", device.shown());
        Failure::needs_human(reason)
    })
}

impl Client {
    /// The last command of this type that was sent to the device. The address wants a filter, always.
    pub(super) async fn last(&self, device: &Device, command: &str, call: &Call) -> Result<Option<Command>, Failure> {
        let Some(id) = &device.management_id else { return Ok(None) };
        let filter = format!("clientManagementId=={};command=={command}", quoted(id));
        let request = Request::get(self.url(&["v2", "mdm", "commands"])?).query(&[
            ("filter", &filter),
            ("sort", "dateSent:desc"),
            ("page", "0"),
            ("page-size", "100"),
        ]);
        let page: Page = self.read(request, call).await?;
        Ok(page.results.into_iter().max_by_key(|command| command.date_sent.as_deref().and_then(instant)))
    }

    /// Queues a command. `data` holds its type and what goes with it; `hidden` is in it and must not be shown.
    pub(super) async fn command(
        &self,
        management_id: &str,
        data: Value,
        hidden: Option<Secret>,
        call: &Call,
    ) -> Result<(), Failure> {
        let body = json!({ "clientData": [{ "managementId": management_id }], "commandData": data });
        self.queue(&["v2", "mdm", "commands"], body, hidden, call).await
    }
}

/// A time of Jamf's.
pub(super) fn instant(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}
