//! Wiping what belongs to the company. A device tries an erase once, and nothing brings back what was on it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::command::{ERASE_DEVICE, State};
use super::config::Wipe;
use super::device::{Device, Kind, Owner};
use super::task::{OnDevices, Standing, Task, by_hand};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Danger, Outcome, Stage, StepClass};

pub(super) const PRIVILEGES: [&str; 4] = [
    "Read Computers",
    "Read Mobile Devices",
    "Send Computer Remote Wipe Command",
    "Send Mobile Device Remote Wipe Command",
];

struct WipeDevices {
    client: Arc<Client>,
    flags: Wipe,
}

pub(super) fn action(given: &Given, client: &Arc<Client>, flags: Wipe) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("devices")],
        scopes: super::client::privileges(&PRIVILEGES),
        ..given
            .spec("wipe-devices", "Erases the Macs, iPhones and iPads of the company that are assigned to the person")
    };
    (spec, OnDevices(WipeDevices { client: Arc::clone(client), flags }))
}

impl Task for WipeDevices {
    async fn devices(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let mut devices = self.client.devices(name, call).await?;
        devices.retain(|device| device.owner != Owner::Personal);
        Ok(devices)
    }

    async fn standing(&self, device: &Device, call: &Call) -> Result<Standing, Failure> {
        let shown = device.shown();
        let erase = self.client.last(device, ERASE_DEVICE, call).await?;
        Ok(match erase.map(|erase| erase.state()) {
            Some(State::Acknowledged) => Standing::Done(format!("{shown}: erased")),
            Some(State::Queued) => Standing::Queued(format!(
                "{shown}: the erase is queued, the device has not taken it yet (a locked Mac takes it after its PIN)"
            )),
            Some(State::Failed) => Standing::Open(format!("{shown}: the device refused the erase")),
            None => Standing::Open(format!("{shown}: not erased")),
        })
    }

    fn unfit(&self, device: &Device) -> Option<String> {
        let shown = device.shown();
        if device.owner == Owner::Unknown {
            return Some(format!("{shown}: Jamf does not tell that it is the company's: wipe it by hand, if it is"));
        }
        if !device.managed || device.management_id.is_none() {
            return Some(format!("{shown}: not managed, so no command reaches it: collect it"));
        }
        let cleared = device.kind == Kind::Mobile && self.flags.clear_activation_lock;
        (device.activation_lock && !cleared)
            .then(|| format!("{shown}: Activation Lock is on: clear it first, else nobody can set the device up again"))
    }

    async fn act(&self, device: &Device, call: &Call) -> Result<(), Failure> {
        match device.kind {
            // Without a PIN: the Mac is to be set up again, not locked once more.
            Kind::Computer => {
                let path = ["v1", "computer-inventory", &device.id, "erase"];
                self.client.queue(&path, json!({ "pin": null }), None, call).await
            }
            Kind::Mobile => {
                let body = json!({
                    "preserveDataPlan": self.flags.preserve_data_plan,
                    "disallowProximitySetup": self.flags.disallow_proximity_setup,
                    "clearActivationLock": self.flags.clear_activation_lock,
                });
                self.client.queue(&["v2", "mobile-devices", &device.id, "erase"], body, None, call).await
            }
        }
    }

    async fn take_back(&self, _devices: &[Value], _call: &Call) -> Result<Outcome, Failure> {
        Err(by_hand("what was erased is lost", "set the device up anew, from a backup if there is one"))
    }
}
