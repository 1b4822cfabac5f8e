//! `check`: connectors are asked, side by side, whether they can be used. Reads only.

use futures_util::future::join_all;

use super::{Answer, Context};
use crate::ipc::{ErrorCode, ProbeReport, Refusal, Reply};
use crate::model::ConnectorId;
use crate::model::health::Probed;

impl Context {
    pub(super) async fn check(&self, connector: Option<ConnectorId>) -> Answer {
        let mut asked: Vec<ConnectorId> = self.worker.connectors().map(|it| it.id().clone()).collect();
        if let Some(wanted) = connector {
            asked.retain(|id| *id == wanted);
            if asked.is_empty() {
                let message =
                    format!("no connector named `{wanted}` is configured: `nightlatch connectors` lists them");
                return Err(Refusal::new(ErrorCode::NotFound, message));
            }
        }
        asked.sort();
        let mut reports = Vec::with_capacity(asked.len());
        for said in join_all(asked.iter().map(|id| self.worker.probe(id))).await.into_iter().flatten() {
            let Probed { health, message, ms, missing, clock_ahead_ms, .. } = said.probed.clone();
            let connector = said.connector.clone();
            reports.push(ProbeReport { connector, health, message, ms, missing, clock_ahead_ms });
            // Every console sees it; an engine that stops needs it no more.
            let _ = self.handle.said(said).await;
        }
        Ok(Reply::Probes(reports))
    }
}
