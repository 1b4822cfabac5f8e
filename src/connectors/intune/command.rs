//! Commands to devices. Accepted is not done: the device's own result is the proof.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::Intune;
use super::device::{Device, Owner, Progress};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

/// How long to wait for devices to check in before they are read again, in ms.
const CHECK_IN: u64 = 30_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Lock,
    Retire,
    Wipe,
}

struct Command {
    order: Order,
    intune: Arc<Intune>,
}

fn command(given: &Given, intune: &Arc<Intune>, order: Order, name: &str, title: &str) -> (ActionSpec, Command) {
    let spec = ActionSpec {
        danger: Danger::HardToUndo,
        scopes: vec![
            "DeviceManagementManagedDevices.PrivilegedOperations.All".into(),
            "DeviceManagementManagedDevices.Read.All".into(),
        ],
        ..given.spec(name, title)
    };
    (spec, Command { order, intune: Arc::clone(intune) })
}

/// Company devices: whoever knows the device's own passcode unlocks it.
pub(super) fn lock(given: &Given, intune: &Arc<Intune>) -> (ActionSpec, impl Act) {
    let title = "Locks the company's phones, tablets and Macs; Windows has no remote lock";
    let (spec, command) = command(given, intune, Order::Lock, "lock-devices", title);
    let precedes = vec![given.id.action("retire-devices"), given.id.action("wipe-devices")];
    (ActionSpec { precedes, ..spec }, command)
}

/// Personal devices: the company's data goes, the rest stays.
pub(super) fn retire(given: &Given, intune: &Arc<Intune>) -> (ActionSpec, impl Act) {
    let title = "Retires personal devices: removes the company's data and the management, and nothing else";
    let (spec, command) = command(given, intune, Order::Retire, "retire-devices", title);
    (ActionSpec { stage: Stage::Purge, class: StepClass::Reconcile, ..spec }, command)
}

/// Company devices: back to the factory's state.
pub(super) fn wipe(given: &Given, intune: &Arc<Intune>) -> (ActionSpec, impl Act) {
    let title = "Wipes the company's devices with all that is on them";
    let (spec, command) = command(given, intune, Order::Wipe, "wipe-devices", title);
    (ActionSpec { stage: Stage::Purge, class: StepClass::Reconcile, danger: Danger::Irreversible, ..spec }, command)
}

impl Order {
    /// The last part of the address.
    fn path(self) -> &'static str {
        match self {
            Self::Lock => "remoteLock",
            Self::Retire => "retire",
            Self::Wipe => "wipe",
        }
    }

    /// What Intune calls it in `deviceActionResults`: the name of the action, or that of its reports.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Lock => &["remoteLock"],
            Self::Retire => &["retire", "removeCompanyData"],
            Self::Wipe => &["wipe", "factoryReset"],
        }
    }

    fn is_for(self, device: &Device) -> bool {
        match self {
            Self::Lock => device.owner() == Owner::Company && !device.is("Windows"),
            Self::Retire => device.owner() == Owner::Personal,
            Self::Wipe => device.owner() == Owner::Company,
        }
    }

    fn request(self, url: reqwest::Url) -> Request {
        let request = Request::act(Method::POST, url);
        match self {
            Self::Lock => request,
            Self::Retire => request.fresh(),
            // Every flag is said: a default of the vendor's may change.
            Self::Wipe => request
                .json(json!({ "keepEnrollmentData": false, "keepUserData": false, "persistEsimDataPlan": true }))
                .fresh(),
        }
    }
}

fn shown<'d>(devices: impl IntoIterator<Item = &'d Device>) -> String {
    devices.into_iter().map(Device::shown).collect::<Vec<_>>().join(", ")
}

impl Command {
    /// The devices that it is for. One that nobody knows the owner of is neither wiped nor retired.
    async fn aimed_at(&self, account: &Account, call: &Call) -> Result<Vec<Device>, Failure> {
        let mut devices = self.intune.devices(account, call).await?;
        if self.order != Order::Lock {
            let unknown = shown(devices.iter().filter(|device| device.owner() == Owner::Unknown));
            if !unknown.is_empty() {
                let reason = format!("Intune does not know whose device this is: {unknown}. Set its ownership there");
                return Err(Failure::needs_human(reason));
            }
        }
        devices.retain(|device| self.order.is_for(device));
        Ok(devices)
    }

    fn told(&self, devices: &[Device], wanted: Progress) -> Option<String> {
        let fit: Vec<&Device> = devices.iter().filter(|it| it.progress(self.order.names()) == wanted).collect();
        (!fit.is_empty()).then(|| shown(fit))
    }

    fn none(&self) -> String {
        match self.order {
            Order::Lock => "company devices that can be locked: none".to_owned(),
            Order::Retire => "personal devices: none".to_owned(),
            Order::Wipe => "company devices: none".to_owned(),
        }
    }
}

impl Act for Command {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let devices = self.aimed_at(account, call).await?;
        if devices.is_empty() {
            return Ok(Outcome::already(self.none()));
        }
        let order = self.order;
        let open: Vec<&Device> = devices
            .iter()
            .filter(|device| matches!(device.progress(order.names()), Progress::None | Progress::Failed))
            .collect();
        if open.is_empty() {
            return Ok(Outcome::already(format!("{} was given before to {}", order.path(), shown(&devices))));
        }
        let mut requests = Vec::new();
        for device in &open {
            let url = self.intune.graph.v1(&["deviceManagement", "managedDevices", &device.id, order.path()])?;
            requests.push(order.request(url));
        }
        let told: Vec<Value> = open.iter().map(|it| json!({ "id": it.id, "device": it.shown() })).collect();
        call.keep(Before::of(json!({ "devices": told }))).await?;
        self.intune.graph.act_all(requests, |failure| failure.what == What::Gone, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let devices = self.aimed_at(account, call).await?;
        let path = self.order.path();
        if let Some(open) = self.told(&devices, Progress::None) {
            return Ok(Verdict::Alive { evidence: format!("{path}: not given to {open}") });
        }
        if let Some(failed) = self.told(&devices, Progress::Failed) {
            return Ok(Verdict::Alive { evidence: format!("{path}: failed on {failed}") });
        }
        if let Some(waiting) = self.told(&devices, Progress::UnderWay) {
            let reason = format!("{path}: accepted, and not yet carried out by {waiting}");
            return Ok(Verdict::CannotTell { reason, after_ms: Some(CHECK_IN), again: true });
        }
        if let Some(unable) = self.told(&devices, Progress::NotSupported) {
            return Ok(Verdict::Alive { evidence: format!("{path}: not supported by {unable}") });
        }
        let evidence = if devices.is_empty() { self.none() } else { format!("{path}: done by {}", shown(&devices)) };
        Ok(Verdict::Dead { evidence })
    }
}
