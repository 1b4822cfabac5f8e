//! Locking iPhones and iPads of the company: Lost Mode where they are supervised, else only their screen.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::command::{DEVICE_LOCK, DISABLE_LOST_MODE, ENABLE_LOST_MODE, State, instant, management_id};
use super::device::{Device, Owner};
use super::task::{OnDevices, Standing, Task};
use crate::connectors::http::{Failure, each};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BoxFuture, Call};
use crate::model::{ActionSpec, Outcome, StepClass};

pub(super) const PRIVILEGES: [&str; 3] =
    ["Read Mobile Devices", "Send Mobile Device Remote Lock Command", "Send Mobile Device Lost Mode Command"];

/// Whoever knows the passcode opens a locked screen again: a lock older than this says nothing, in seconds.
const A_DAY_S: i64 = 86_400;

struct LostMode {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        class: StepClass::Reconcile,
        needs: vec![given.fact("devices")],
        undo: Some("ends Lost Mode; a locked screen opens with its owner's passcode anyway".into()),
        scopes: super::client::privileges(&PRIVILEGES),
        ..given.spec(
            "lock-mobile-devices",
            "Puts the company's iPhones and iPads into Lost Mode; of those not supervised it locks the screen alone",
        )
    };
    (spec, OnDevices(LostMode { client: Arc::clone(client) }))
}

impl LostMode {
    async fn lost(&self, device: &Device, call: &Call) -> Result<Standing, Failure> {
        let shown = device.shown();
        let on = self.client.last(device, ENABLE_LOST_MODE, call).await?;
        let off = self.client.last(device, DISABLE_LOST_MODE, call).await?;
        let sent = |command: &super::command::Command| command.date_sent.as_deref().and_then(instant);
        // Of the two, the later one counts.
        let ended = off.filter(|off| on.as_ref().is_none_or(|on| sent(on) <= sent(off)));
        Ok(match (ended.map(|off| off.state()), on.map(|on| on.state())) {
            (Some(State::Acknowledged), _) => Standing::Open(format!("{shown}: Lost Mode was ended")),
            (Some(_), _) => Standing::Done(format!("{shown}: in Lost Mode, though its end is queued")),
            (None, Some(State::Acknowledged)) => Standing::Done(format!("{shown}: in Lost Mode")),
            (None, Some(State::Queued)) => {
                Standing::Queued(format!("{shown}: Lost Mode is queued, the device has not taken it yet"))
            }
            (None, _) if device.lost_mode => Standing::Done(format!("{shown}: lostModeEnabled: true")),
            (None, Some(State::Failed)) => Standing::Open(format!("{shown}: the device refused Lost Mode")),
            (None, None) => Standing::Open(format!("{shown}: not in Lost Mode")),
        })
    }

    async fn screen(&self, device: &Device, call: &Call) -> Result<Standing, Failure> {
        let shown = device.shown();
        let lock = self.client.last(device, DEVICE_LOCK, call).await?;
        let now = jiff::Timestamp::now().as_second();
        let fresh = lock.filter(|lock| {
            lock.date_sent.as_deref().and_then(instant).is_none_or(|sent| now - sent.as_second() < A_DAY_S)
        });
        Ok(match fresh.map(|lock| lock.state()) {
            Some(State::Acknowledged) => Standing::Done(format!("{shown}: its screen was locked, not supervised")),
            Some(State::Queued) => {
                Standing::Queued(format!("{shown}: the lock is queued, the device has not taken it yet"))
            }
            Some(State::Failed) => Standing::Open(format!("{shown}: the device refused the lock")),
            None => Standing::Open(format!("{shown}: not locked")),
        })
    }

    async fn end(&self, management_id: &str, call: &Call) -> Result<(), Failure> {
        self.client.command(management_id, json!({ "commandType": DISABLE_LOST_MODE }), None, call).await
    }
}

impl Task for LostMode {
    async fn devices(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let mut devices = self.client.mobiles(name, call).await?;
        devices.retain(|device| device.owner != Owner::Personal);
        Ok(devices)
    }

    async fn standing(&self, device: &Device, call: &Call) -> Result<Standing, Failure> {
        if device.supervised { self.lost(device, call).await } else { self.screen(device, call).await }
    }

    fn unfit(&self, device: &Device) -> Option<String> {
        let reachable = device.managed && device.management_id.is_some();
        (!reachable).then(|| format!("{}: not managed, so no command reaches it: collect it", device.shown()))
    }

    async fn act(&self, device: &Device, call: &Call) -> Result<(), Failure> {
        let (message, phone) = (&self.client.config.lock_message, &self.client.config.lock_phone);
        let data = if device.supervised {
            json!({ "commandType": ENABLE_LOST_MODE, "lostModeMessage": message, "lostModePhone": phone })
        } else {
            json!({ "commandType": DEVICE_LOCK, "message": message, "phoneNumber": phone })
        };
        self.client.command(management_id(device)?, data, None, call).await
    }

    async fn take_back(&self, devices: &[Value], call: &Call) -> Result<Outcome, Failure> {
        let supervised = devices.iter().filter(|device| device.get("supervised") == Some(&Value::Bool(true)));
        let ids: Vec<&str> =
            supervised.filter_map(|device| device.get("managementId").and_then(Value::as_str)).collect();
        if ids.is_empty() {
            return Ok(Outcome::already("a locked screen opens with its owner's passcode"));
        }
        let acts =
            ids.iter().map(|id| -> BoxFuture<'_, Result<(), Failure>> { Box::pin(self.end(id, call)) }).collect();
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}
