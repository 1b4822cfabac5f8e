//! Microsoft Intune: the leaver's devices, over Microsoft Graph.
//!
//! A device that answers 204 has been told, not locked or wiped: it does so when it checks in. Only what the company owns
//! is wiped or locked; what is personal is retired, which removes the company's data and leaves the rest.

mod command;
mod device;
mod recovery_keys;

use std::sync::Arc;

use super::failure::Failure;
use super::http::Request;
use super::msgraph::{Config, Graph};
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "intune";

/// The application permissions that the actions need: one of each row, the least first.
const NEEDED: [&[&str]; 4] = [
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    &["DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"],
    &["DeviceManagementManagedDevices.PrivilegedOperations.All"],
    &["BitlockerKey.ReadBasic.All", "BitlockerKey.Read.All"],
];

/// What all actions share.
struct Intune {
    graph: Graph,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // Intune: 1,000 calls, of them 200 writes, in 20 s for each application and tenant (concepts/throttling-limits).
    let limits = Limits { max_in_flight: 8, per_second: Some(5.0) };
    let intune = Arc::new(Intune { graph: Graph::new(given, config)? });
    Ok(Connected::new(given, KIND, limits, Arc::clone(&intune))?
        .with(command::lock(given, &intune))
        .with(recovery_keys::action(given, &intune))
        .with(command::retire(given, &intune))
        .with(command::wipe(given, &intune))
        .boxed())
}

impl Vendor for Intune {
    /// The account is the Entra user whose devices these are.
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.graph.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let devices = Request::get(self.graph.v1(&["deviceManagement", "managedDevices"])?);
        self.graph.probe(devices.query(&[("$select", "id"), ("$top", "1")]), &NEEDED, call).await
    }
}
