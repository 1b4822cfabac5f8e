//! Devices that the company owns, by Cloud Identity: wiped whole, which nobody can take back once they are reached.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone, kept, text};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct WipeCompanyDevices {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        needs: vec![given.fact("account")],
        undo: Some("calls the wipe off for devices that it has not reached yet".into()),
        scopes: declared(&[Scope::Users, Scope::Devices]),
        ..given.spec("wipe-company-devices", "Erases every company-owned device that nobody but the user signs in to")
    };
    (spec, WipeCompanyDevices { client: Arc::clone(client) })
}

/// `devices/{id}` of `devices/{id}/deviceUsers/{id}`.
fn device_of(user: &Value) -> &str {
    text(user, "name").split("/deviceUsers/").next().unwrap_or_default()
}

fn wiped(device: &Value) -> bool {
    matches!(text(device, "managementState"), "WIPING" | "WIPED")
}

fn shown(devices: &[Value]) -> String {
    let states = devices.iter().map(|it| format!("{} {}", text(it, "model"), text(it, "managementState")));
    let states: Vec<String> = states.collect();
    if states.is_empty() {
        "company devices: none".to_owned()
    } else {
        format!("company devices: {}", states.join(", "))
    }
}

impl WipeCompanyDevices {
    /// The company's devices that this address signs in to.
    async fn devices(&self, email: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        let users = self.client.signed_in(email, call).await?;
        let mut names: Vec<&str> = users.iter().map(device_of).filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        let mut devices = Vec::new();
        for name in names {
            let device = self.client.device(name, call).await?;
            if text(&device, "ownerType") == "COMPANY" {
                devices.push(device);
            }
        }
        Ok(devices)
    }

    /// An error if somebody else signs in to it as well.
    async fn nobody_elses(&self, device: &Value, email: &str, call: &Call) -> Result<(), Failure> {
        let users = self.client.device_users(text(device, "name"), None, call).await?;
        match users.iter().find(|it| !text(it, "userEmail").eq_ignore_ascii_case(email)) {
            None => Ok(()),
            Some(other) => {
                let (model, name) = (text(device, "model"), text(device, "name"));
                let reason = format!("{model} ({name}) is also used by {}: wipe it by hand", text(other, "userEmail"));
                Err(Failure::needs_human(reason))
            }
        }
    }

    /// What cannot be taken back goes over a connection of its own.
    async fn order(&self, name: &str, verb: &str, call: &Call) -> Result<(), Failure> {
        let order = self.client.order(name, verb)?.fresh();
        Failure::unless_gone(self.client.ordered(order, call).await).map(drop)
    }
}

impl Act for WipeCompanyDevices {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let devices = self.devices(&user.primary_email, call).await?;
        let left: Vec<&Value> = devices.iter().filter(|device| !wiped(device)).collect();
        if left.is_empty() {
            return Ok(Outcome::already(shown(&devices)));
        }
        for device in &left {
            self.nobody_elses(device, &user.primary_email, call).await?;
        }
        let image: Vec<Value> = left
            .iter()
            .map(|it| json!({ "name": text(it, "name"), "model": it.get("model"), "serialNumber": it.get("serialNumber") }))
            .collect();
        call.keep(Before::of(json!({ "devices": image }))).await?;
        for device in &left {
            self.order(text(device, "name"), "wipe", call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::CannotTell {
                reason: "the user is gone, and with them the way to their devices".into(),
                after_ms: None,
                again: false,
            });
        };
        let devices = self.devices(&user.primary_email, call).await?;
        let evidence = shown(&devices);
        Ok(if devices.iter().all(wiped) { Verdict::Dead { evidence } } else { Verdict::Alive { evidence } })
    }

    async fn undo(&self, _account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let mut too_late = Vec::new();
        for device in kept(before, "devices") {
            let name = text(device, "name");
            match self.order(name, "cancelWipe", call).await {
                // Called off before, or too late: only a look tells.
                Err(failure) if failure.what == What::Rejected => {
                    if wiped(&self.client.device(name, call).await?) {
                        too_late.push(format!("{name}: {}", failure.reason));
                    }
                }
                other => other?,
            }
        }
        if too_late.is_empty() {
            return Ok(Outcome::Acknowledged);
        }
        Err(Failure::new(Kind::Read, What::Rejected, format!("the wipe has gone too far: {}", too_late.join(", ")))
            .cure("set the device up anew"))
    }
}
