//! `check`: every connector is asked, side by side, whether it can be used. Reads only.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Answer, Context};
use crate::connectors::{Call, Connector};
use crate::ipc::{ProbeReport, Reply};

const WITHIN: Duration = Duration::from_secs(10);

impl Context {
    pub(super) async fn check(&self) -> Answer {
        let mut reports = join_all(self.worker.connectors().map(|it| probe(it.as_ref()))).await;
        reports.sort_by(|a, b| a.connector.cmp(&b.connector));
        Ok(Reply::Probes(reports))
    }
}

async fn probe(connector: &dyn Connector) -> ProbeReport {
    let began = Instant::now();
    let call = Call::new("check", WITHIN);
    let probe = connector.probe(&call).await;
    let (_, seen) = call.into_record();
    ProbeReport {
        connector: connector.id().clone(),
        health: probe.health,
        message: probe.message,
        ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
        missing: probe.missing,
        clock_ahead_ms: seen.clock_ahead_ms,
    }
}
