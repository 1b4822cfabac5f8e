//! `check`: every connector is asked, side by side, whether it can be used, and which account it finds of a person.
//! Reads only.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Answer, Context};
use crate::connectors::{Call, Connector, Located};
use crate::ipc::{Lookup, ProbeReport, Reply};
use crate::model::{Leaver, Outcome};

const WITHIN: Duration = Duration::from_secs(10);

impl Context {
    pub(super) async fn check(&self, leaver: Option<Box<Leaver>>, lookup: bool) -> Answer {
        let leaver = match leaver {
            Some(leaver) => Some(self.known_to_hr(*leaver, lookup).await?),
            None => None,
        };
        let leaver = leaver.as_ref();
        let mut reports = join_all(self.worker.connectors().map(|it| report(it.as_ref(), leaver))).await;
        reports.sort_by(|a, b| a.connector.cmp(&b.connector));
        Ok(Reply::Probes(reports))
    }
}

async fn report(connector: &dyn Connector, leaver: Option<&Leaver>) -> ProbeReport {
    let probe = probe(connector).await;
    let person = match leaver {
        Some(leaver) => Some(look_for(connector, leaver).await),
        None => None,
    };
    ProbeReport { person, ..probe }
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
        person: None,
    }
}

/// What a step would find.
async fn look_for(connector: &dyn Connector, leaver: &Leaver) -> Lookup {
    match connector.locate(leaver, &Call::new("check", WITHIN)).await {
        Ok(Located::Found(account)) => Lookup::Found(account),
        Ok(Located::Nobody { searched }) | Err(Outcome::NoAccount { searched }) => Lookup::Nobody { searched },
        Ok(Located::Unsure { reason }) | Err(Outcome::NeedsHuman { reason }) => Lookup::Unsure { reason },
        Err(Outcome::Locked { reason, cure } | Outcome::Refused { reason, cure }) => {
            Lookup::Failed { reason: format!("{reason}; {cure}") }
        }
        Err(Outcome::Retry { reason, .. } | Outcome::Busy { reason, .. } | Outcome::Ambiguous { reason }) => {
            Lookup::Failed { reason }
        }
        Err(Outcome::Acknowledged | Outcome::Listed { .. } | Outcome::AlreadySo { .. }) => {
            Lookup::Failed { reason: "the search gave no answer".to_owned() }
        }
    }
}
