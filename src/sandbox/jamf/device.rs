//! One enrolled device, and how it takes a command.

use serde_json::{Value, json};

use super::super::clock;

#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) id: String,
    /// Whose it is: number of the person.
    pub(super) who: usize,
    pub(super) mac: bool,
    pub(super) email: String,
    pub(super) username: String,
    pub(super) managed: bool,
    pub(super) supervised: bool,
    /// Macs: bought by the company and enrolled so. Mobile devices: `deviceOwnershipType`.
    pub(super) automated: bool,
    pub(super) ownership: &'static str,
    pub(super) silicon: bool,
    pub(super) version: &'static str,
    pub(super) activation_lock: bool,
    pub(super) recovery_key: Option<&'static str>,
    pub(super) reach: Reach,
    pub(super) last_contact_ms: u64,
    /// The PIN that it asks for, if it is locked.
    pub(super) pin: Option<String>,
    pub(super) screen_locked: bool,
    pub(super) lost_mode: bool,
    /// How often it was erased.
    pub(super) erased: u32,
    pub(super) commands: Vec<Command>,
}

/// What becomes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Online,
    /// Powered off: commands stay queued.
    Offline,
    /// Answers with an error.
    Failing,
}

#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) uuid: String,
    pub(super) kind: String,
    sent_ms: u64,
    completed_ms: Option<u64>,
    state: &'static str,
}

impl Device {
    pub(super) fn management_id(&self) -> String {
        let kind = if self.mac { 1 } else { 2 };
        format!("73226fb6-61df-4c10-955{kind}-{:0>12}", self.id)
    }

    /// Queues a command and, if the device is there, lets it take effect.
    pub(super) fn take(&mut self, kind: &str, data: &Value) -> String {
        let now = clock::epoch_ms();
        // Of two within a millisecond the later one has to look later.
        let sent_ms = self.commands.last().map_or(now, |last| now.max(last.sent_ms + 1));
        let uuid = format!("9f4a4ea3-83c1-4c35-bb94-{:0>6}{:0>6}", self.id, self.commands.len());
        let (state, completed_ms) = match self.reach {
            Reach::Online => ("ACKNOWLEDGED", Some(sent_ms)),
            Reach::Offline => ("PENDING", None),
            Reach::Failing => ("ERROR", Some(sent_ms)),
        };
        self.commands.push(Command { uuid: uuid.clone(), kind: kind.to_owned(), sent_ms, completed_ms, state });
        if self.reach == Reach::Online {
            self.obey(kind, data);
        }
        uuid
    }

    fn obey(&mut self, kind: &str, data: &Value) {
        match kind {
            "DEVICE_LOCK" if self.mac => self.pin = data.get("pin").and_then(Value::as_str).map(str::to_owned),
            "DEVICE_LOCK" => self.screen_locked = true,
            "ENABLE_LOST_MODE" => self.lost_mode = true,
            "DISABLE_LOST_MODE" => self.lost_mode = false,
            "ERASE_DEVICE" => self.erased += 1,
            "UNMANAGE_DEVICE" => self.managed = false,
            _ => {}
        }
    }

    pub(super) fn state(&self) -> Value {
        json!({
            "id": self.id, "mac": self.mac, "pin": self.pin, "screenLocked": self.screen_locked,
            "lostMode": self.lost_mode, "erased": self.erased, "managed": self.managed,
            "commands": self.commands.iter().map(|command| command.kind.as_str()).collect::<Vec<_>>(),
        })
    }
}

impl Command {
    pub(super) fn shown(&self, device: &Device) -> Value {
        json!({
            "uuid": self.uuid, "dateSent": millis(self.sent_ms), "dateCompleted": self.completed_ms.map(millis),
            "client": { "managementId": device.management_id(), "clientType": if device.mac { "COMPUTER" } else { "MOBILE_DEVICE" } },
            "commandState": self.state, "commandType": self.kind,
        })
    }
}

/// RFC 3339 with milliseconds.
pub(super) fn millis(epoch_ms: u64) -> String {
    let ms = i64::try_from(epoch_ms).unwrap_or_default();
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}
