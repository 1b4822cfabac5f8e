//! `check`: connectors are asked, side by side, whether they can be used, and which account they find of a person. Reads
//! only.

use futures_util::future::{join, join_all};

use super::{Answer, Context};
use crate::connectors::Located;
use crate::ipc::{ErrorCode, Lookup, ProbeReport, Refusal, Reply};
use crate::model::health::Probed;
use crate::model::{ConnectorId, Leaver, Outcome};

impl Context {
    pub(super) async fn check(
        &self,
        connector: Option<ConnectorId>,
        leaver: Option<Box<Leaver>>,
        lookup: bool,
    ) -> Answer {
        let mut asked: Vec<ConnectorId> = self.worker.connectors().map(|it| it.id().clone()).collect();
        if let Some(wanted) = connector {
            asked.retain(|id| *id == wanted);
            if asked.is_empty() {
                let message =
                    format!("no connector named `{wanted}` is configured: `nightlatch connectors` lists them");
                return Err(Refusal::new(ErrorCode::NotFound, message));
            }
        }
        let leaver = match leaver {
            Some(leaver) => Some(self.known_to_hr(*leaver, lookup).await?),
            None => None,
        };
        asked.sort();
        let all = asked.iter().map(|id| join(self.worker.probe(id), self.account_of(leaver.as_ref(), id)));
        let mut reports = Vec::with_capacity(asked.len());
        for (said, person) in join_all(all).await {
            let Some(said) = said else { continue };
            let Probed { health, message, ms, missing, clock_ahead_ms, .. } = said.probed.clone();
            let connector = said.connector.clone();
            reports.push(ProbeReport { connector, health, message, ms, missing, clock_ahead_ms, person });
            // Every console sees it; an engine that stops needs it no more.
            let _ = self.handle.said(said).await;
        }
        Ok(Reply::Probes(reports))
    }

    /// What a step of this person would find there; `None`: nobody is looked for.
    async fn account_of(&self, leaver: Option<&Leaver>, id: &ConnectorId) -> Option<Lookup> {
        Some(match self.worker.look_up(id, leaver?).await? {
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
        })
    }
}
