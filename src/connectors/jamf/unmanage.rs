//! Personal iPhones and iPads: the company's apps, accounts and settings go, everything of the person's own stays.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::device::{Device, Owner};
use super::task::{OnDevices, Standing, Task, by_hand};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Danger, Outcome, Stage, StepClass};

pub(super) const PRIVILEGES: [&str; 2] = ["Read Mobile Devices", "Unmanage Mobile Devices"];

struct Unmanage {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::HardToUndo,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("devices")],
        scopes: PRIVILEGES.map(str::to_owned).to_vec(),
        ..given
            .spec("unmanage-personal-devices", "Takes the company's apps and settings off personal iPhones and iPads")
    };
    (spec, OnDevices(Unmanage { client: Arc::clone(client) }))
}

impl Task for Unmanage {
    async fn devices(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let mut devices = self.client.mobiles(name, call).await?;
        devices.retain(|device| device.owner == Owner::Personal);
        Ok(devices)
    }

    async fn standing(&self, device: &Device, _call: &Call) -> Result<Standing, Failure> {
        let shown = device.shown();
        // The device reports it when it has obeyed.
        Ok(if device.managed {
            Standing::Open(format!("{shown}: managed: true"))
        } else {
            Standing::Done(format!("{shown}: managed: false"))
        })
    }

    fn unfit(&self, _device: &Device) -> Option<String> {
        None
    }

    async fn act(&self, device: &Device, call: &Call) -> Result<(), Failure> {
        self.client.queue(&["v2", "mobile-devices", &device.id, "unmanage"], json!({}), None, call).await
    }

    async fn take_back(&self, _devices: &[Value], _call: &Call) -> Result<Outcome, Failure> {
        Err(by_hand("only the person can enrol their own device", "invite them to enrol it again"))
    }
}
