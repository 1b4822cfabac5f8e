//! Locking Macs: they restart, and ask for a PIN before anything else.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::command::{Command, DEVICE_LOCK, State, instant, management_id};
use super::device::Device;
use super::pin;
use super::task::{OnDevices, Standing, Task, by_hand};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Danger, Outcome, StepClass};

pub(super) const PRIVILEGES: [&str; 2] = ["Read Computers", "Send Computer Remote Lock Command"];

/// A Mac says a last word while it locks; what it says later shows that it was unlocked.
const LAST_WORDS_S: i64 = 600;

struct Lock {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        danger: Danger::HardToUndo,
        // A second lock would have a second PIN.
        class: StepClass::Reconcile,
        needs: vec![given.fact("devices")],
        scopes: super::client::privileges(&PRIVILEGES),
        ..given.spec("lock-computers", "Locks the person's Macs with a random PIN, which Jamf Pro keeps and shows")
    };
    (spec, OnDevices(Lock { client: Arc::clone(client) }))
}

/// Whether the Mac has spoken since it acknowledged the lock: then somebody has entered the PIN.
fn unlocked_since(device: &Device, lock: &Command) -> bool {
    let locked = lock.date_completed.as_deref().or(lock.date_sent.as_deref()).and_then(instant);
    let spoke = device.last_contact.as_deref().and_then(instant);
    matches!((locked, spoke), (Some(locked), Some(spoke)) if spoke.as_second() - locked.as_second() > LAST_WORDS_S)
}

impl Task for Lock {
    async fn devices(&self, name: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        self.client.computers(name, call).await
    }

    async fn standing(&self, device: &Device, call: &Call) -> Result<Standing, Failure> {
        let shown = device.shown();
        let Some(lock) = self.client.last(device, DEVICE_LOCK, call).await? else {
            return Ok(Standing::Open(format!("{shown}: never locked")));
        };
        Ok(match lock.state() {
            State::Queued => Standing::Queued(format!("{shown}: the lock is queued, the Mac has not taken it yet")),
            State::Failed => Standing::Open(format!("{shown}: the Mac refused the lock")),
            State::Acknowledged if unlocked_since(device, &lock) => {
                Standing::Open(format!("{shown}: unlocked since it was locked"))
            }
            State::Acknowledged => Standing::Done(format!("{shown}: locked")),
        })
    }

    fn unfit(&self, device: &Device) -> Option<String> {
        if device.lock_bricks {
            let why = "a lock would deactivate Apple silicon before macOS 11.5: update it, or collect it";
            return Some(format!("{}: {why}", device.shown()));
        }
        let reachable = device.managed && device.management_id.is_some();
        (!reachable).then(|| format!("{}: not managed, so no command reaches it: collect it", device.shown()))
    }

    async fn act(&self, device: &Device, call: &Call) -> Result<(), Failure> {
        let pin = pin::random()?;
        let mut data =
            json!({ "commandType": DEVICE_LOCK, "pin": pin.expose(), "message": self.client.config.lock_message });
        if let Some(phone) = &self.client.config.lock_phone {
            data["phoneNumber"] = json!(phone);
        }
        self.client.command(management_id(device)?, data, Some(pin), call).await
    }

    async fn take_back(&self, _devices: &[Value], _call: &Call) -> Result<Outcome, Failure> {
        Err(by_hand(
            "a Mac is unlocked at its own keyboard",
            "enter its PIN: Jamf Pro shows it under Computers → the Mac → Management → View Device Lock PIN",
        ))
    }
}
