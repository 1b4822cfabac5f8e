//! Recovery keys of encrypted disks: whether they are escrowed, and where. The keys themselves go nowhere.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::Intune;
use super::device::Device;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

struct ListKeys {
    intune: Arc<Intune>,
}

/// A `bitlockerRecoveryKey` without the key, which comes only if it is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BitLocker {
    id: String,
    created_date_time: Option<String>,
    device_id: Option<String>,
}

/// The answer of `getFileVaultKey`: all that is kept of the key is whether there is one.
#[derive(Deserialize)]
struct FileVault {
    #[serde(default, rename = "value", deserialize_with = "is_there")]
    escrowed: bool,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    let key = Option::<String>::deserialize(value)?.map(Zeroizing::new);
    Ok(key.is_some_and(|key| !key.is_empty()))
}

pub(super) fn action(given: &Given, intune: &Arc<Intune>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        precedes: vec![given.id.action("retire-devices"), given.id.action("wipe-devices")],
        scopes: vec!["BitlockerKey.ReadBasic.All".into(), "DeviceManagementManagedDevices.Read.All".into()],
        ..given.spec("list-recovery-keys", "Lists which disks' recovery keys are escrowed, without the keys")
    };
    (spec, ListKeys { intune: Arc::clone(intune) })
}

impl ListKeys {
    async fn bitlocker(&self, device: &Device, call: &Call) -> Result<Vec<Finding>, Failure> {
        // Not joined to Entra ID: no key can be there.
        let Some(id) = device.entra_id.as_deref().filter(|id| id.chars().any(|c| !matches!(c, '0' | '-'))) else {
            return Ok(Vec::new());
        };
        let filter = format!("deviceId eq '{}'", id.replace('\'', "''"));
        let url = self.intune.graph.v1(&["informationProtection", "bitlocker", "recoveryKeys"])?;
        let keys: Vec<BitLocker> =
            self.intune.graph.list(Request::get(url).query(&[("$filter", &filter)]), call).await?;
        let own = keys.into_iter().filter(|key| key.device_id.as_deref().is_none_or(|device| device == id));
        Ok(own
            .map(|key| {
                let since = key.created_date_time.unwrap_or_else(|| "an unknown day".to_owned());
                let detail = format!("{}: escrowed in Entra ID since {since}", device.shown());
                Finding { what: "BitLocker recovery key".into(), id: key.id, detail }
            })
            .collect())
    }

    async fn filevault(&self, device: &Device, call: &Call) -> Result<Vec<Finding>, Failure> {
        // v1.0 has no such function.
        let url = self.intune.graph.beta(&["deviceManagement", "managedDevices", &device.id, "getFileVaultKey"])?;
        let key: Option<FileVault> = self.intune.graph.found(Request::get(url), call).await?;
        let finding = || Finding {
            what: "FileVault recovery key".into(),
            id: device.id.clone(),
            detail: format!("{}: escrowed in Intune", device.shown()),
        };
        Ok(if key.is_some_and(|key| key.escrowed) { vec![finding()] } else { Vec::new() })
    }
}

impl Act for ListKeys {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let mut findings = Vec::new();
        for device in self.intune.devices(account, call).await? {
            let mut keys = match device.system().to_ascii_lowercase().as_str() {
                "windows" => self.bitlocker(&device, call).await?,
                "macos" => self.filevault(&device, call).await?,
                _ => continue,
            };
            if keys.is_empty() {
                keys.push(Finding {
                    what: "no recovery key".into(),
                    id: device.id.clone(),
                    detail: format!("{}: none is escrowed; save what is needed before a wipe", device.shown()),
                });
            }
            findings.append(&mut keys);
        }
        Ok(Outcome::Listed { findings })
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "nothing was changed, only listed".into(), after_ms: None, again: false })
    }
}
