//! Jamf Pro: the Macs, iPhones and iPads that are assigned to a person.
//!
//! One person has several devices, so the account is the person (their address, or their user name from the id map), and
//! each action looks for the devices anew and keeps what it does in its before-image. Two rules hold for all of them. A
//! command that Jamf has taken is *queued*, never executed: it counts when the device has acknowledged it. And a device of
//! which it is not certain whose it is is left alone: the sure ones are dealt with, and the step then asks a person.
//!
//! A Mac is locked with a PIN of six random digits. Nightlatch makes it, hands it to Jamf Pro with the command and forgets
//! it: it is in no log, journal, before-image or error. Jamf keeps it, and shows it to whoever may see it there (*Computers
//! → the Mac → Management → View Device Lock PIN*; privilege *View Computer Device Lock Pin*). A second lock would have
//! another PIN, and nobody would know which one the Mac took: so a Mac whose lock is queued or done is never locked again.
//! A locked Mac reaches nobody: a wipe stays queued until somebody has entered the PIN.

mod client;
mod command;
mod config;
mod device;
mod escrow;
mod inventory;
mod lock;
mod lost_mode;
mod pin;
mod said;
mod task;
mod unmanage;
mod wipe;

use std::sync::Arc;

pub use config::Config;

use super::failure::Failure;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;
use client::Client;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "jamf";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // No rate is documented; Jamf asks for five connections at once at most (developer.jamf.com, scalability).
    let limits = Limits { max_in_flight: 5, per_second: None };
    let wipe = config.wipe;
    let client = Arc::new(Client::new(given, config)?);
    let connected = Connected::new(given, KIND, limits, Arc::clone(&client))?
        .with(lock::action(given, &client))
        .with(lost_mode::action(given, &client))
        .with(escrow::action(given, &client))
        .with(unmanage::action(given, &client));
    // What a wipe takes along has to be said first.
    Ok(match wipe {
        Some(flags) => connected.with(wipe::action(given, &client, flags)).boxed(),
        None => connected.boxed(),
    })
}

impl Vendor for Client {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.look_up(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_devices(call).await?;
        Ok(Probe::up("reads computers and mobile devices").missing(self.missing_privileges(call).await?))
    }
}
