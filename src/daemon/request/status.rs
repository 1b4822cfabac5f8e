//! `status`: how the engine itself does.

use tokio::runtime::Handle;

use super::{Answer, Context, file_size, refusal};
use crate::ipc::{EngineStatus, Reply};
use crate::model::{Offboarding, Revocation, Timestamp};

impl Context {
    pub(super) async fn status(&self, since: Option<Timestamp>) -> Answer {
        let looked = self.handle.look(move |fleet, now| {
            let people = || fleet.offboardings.values().map(AsRef::as_ref);
            let midnight = Timestamp(now.0 - now.0.rem_euclid(86_400_000));
            let revocation = Revocation::of(people(), since.unwrap_or(midnight), now);
            let open = people().filter(|it: &&Offboarding| it.is_open()).count();
            (open, fleet.offboardings.len(), fleet.alerts.len(), revocation, fleet.paused.clone())
        });
        let (open, in_memory, alerts, revocation, paused) = looked.await.map_err(refusal)?;
        Ok(Reply::Status(Box::new(EngineStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: self.started_at,
            paused,
            open,
            in_memory,
            alerts,
            revocation,
            resident_bytes: resident_bytes(),
            tasks: Handle::current().metrics().num_alive_tasks(),
            journal_bytes: file_size(&self.paths.journal()),
            wal_bytes: file_size(&self.paths.wal()),
        })))
    }
}

/// What the process holds of the machine's memory; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    kib.map_or(0, |kib: u64| kib * 1_024)
}
