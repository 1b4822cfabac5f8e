//! What would be lost with a wipe: whether Jamf holds the key to each Mac's disk, and which device Activation Lock guards.
//! The keys themselves are never asked for.

use std::sync::Arc;

use super::client::Client;
use super::device::{Device, Kind};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

pub(super) const PRIVILEGES: [&str; 2] = ["Read Computers", "Read Mobile Devices"];

struct ListEscrow {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        needs: vec![given.fact("devices")],
        scopes: PRIVILEGES.map(str::to_owned).to_vec(),
        ..given.spec(
            "list-key-escrow",
            "Lists the person's devices, and whether Jamf Pro holds the key to each Mac's disk",
        )
    };
    (spec, ListEscrow { client: Arc::clone(client) })
}

fn findings(device: &Device, account: &Account) -> Vec<Finding> {
    let finding = |what: &str, detail: String| Finding { what: what.to_owned(), id: device.shown(), detail };
    let mut found = Vec::new();
    if device.kind == Kind::Computer {
        let at = format!("Jamf Pro, computer {}, Disk Encryption", device.id);
        let detail = match device.recovery_key.as_deref() {
            Some("VALID") => format!("escrowed and valid: {at}"),
            Some("NOT_APPLICABLE") => "none: the disk is not encrypted".to_owned(),
            Some(status) => format!("{status}: what is on the disk may be lost without the person: {at}"),
            None => "Jamf holds none: what is on the disk may be lost without the person".to_owned(),
        };
        found.push(finding("FileVault recovery key", detail));
    }
    if device.activation_lock {
        found
            .push(finding("Activation Lock", "clear it before a wipe, else nobody can set the device up again".into()));
    }
    found.extend(device.doubt(account).map(|doubt| finding("device of two people", doubt)));
    found
}

impl Act for ListEscrow {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let devices = self.client.devices(&account.id, call).await?;
        Ok(Outcome::Listed { findings: devices.iter().flat_map(|device| findings(device, account)).collect() })
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "it only looks".into(), after_ms: None, again: false })
    }
}
