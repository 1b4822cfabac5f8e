//! What waits for a person: the inbox of approvals, and the open alerts.

use serde_json::json;

use super::Session;
use super::watch::{lost, subscribe};
use crate::cli::fault::{Exit, Fault};
use crate::cli::render;
use crate::ipc::{EngineLine, Link, Mirror};
use crate::model::{Fleet, Inquiry, Timestamp};

impl Session<'_> {
    pub(super) async fn approvals(&mut self) -> Result<Exit, Fault> {
        let all = Inquiry::all(&self.fleet().await?);
        if self.context.json {
            self.terminal.json(&all)?;
        } else {
            let now = Timestamp::from(jiff::Timestamp::now());
            self.terminal.lines(&render::approvals(&all, now, self.look()))?;
        }
        Ok(Exit::Ok)
    }

    pub(super) async fn alerts(&mut self) -> Result<Exit, Fault> {
        let fleet = self.fleet().await?;
        let mut all: Vec<_> = fleet.alerts.iter().collect();
        all.sort_by_key(|(_, alert)| alert.since);
        if self.context.json {
            let told = all.iter().map(|(key, alert)| {
                json!({ "key": key, "since": alert.since, "kind": alert.kind, "summary": alert.summary })
            });
            self.terminal.json(&told.collect::<Vec<_>>())?;
        } else {
            self.terminal.lines(&render::alerts(all.into_iter(), self.look()))?;
        }
        Ok(Exit::Ok)
    }

    /// Everybody, and the alerts, as the engine has them now.
    async fn fleet(&self) -> Result<Fleet, Fault> {
        let mut link = Link::open(&self.context.socket, self.context.read_only).await?;
        subscribe(&mut link).await?;
        let mut mirror = Mirror::default();
        while !mirror.ready {
            let line = link.reader.next().await.map_err(|error| lost(&error.to_string()))?;
            let line = line.ok_or_else(|| lost("it closed the connection"))?;
            if let EngineLine::Reply { result: Err(refusal), .. } = line {
                return Err(refusal.into());
            }
            let now = Timestamp::from(jiff::Timestamp::now());
            mirror.fold(line, now).map_err(|gap| lost(&gap.to_string()))?;
        }
        Ok(mirror.fleet)
    }
}
