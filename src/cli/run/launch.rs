//! What is looked at before somebody is offboarded: the plan against the systems, who is missing, the runbook.

use super::{Session, unexpected};
use crate::cli::args;
use crate::cli::fault::{Exit, Fault};
use crate::cli::render;
use crate::cli::text::clean;
use crate::ipc::{Op, Reply};
use crate::model::{Would, instant};

impl Session<'_> {
    /// Exit code 1 if a step would be refused, or would wait for a person.
    pub(super) async fn dry_run(&mut self, person: &args::Person, lookup: bool) -> Result<Exit, Fault> {
        let op = Op::DryRun { leaver: Box::new(person.leaver()), lookup };
        match self.client_of_a_started_engine().await?.request(op).await? {
            Reply::DryRun(run) => {
                if self.context.json {
                    self.terminal.json(&run)?;
                } else {
                    self.terminal.lines(&render::dry_run(&run, self.look()))?;
                }
                let blocked = run.steps.iter().any(|it| Would::blocks(&it.would));
                Ok(if blocked { Exit::Failure } else { Exit::Ok })
            }
            other => Err(unexpected(&other)),
        }
    }

    pub(super) async fn missing(&mut self, since: Option<&str>) -> Result<Exit, Fault> {
        let since = since.map(instant::since).transpose().map_err(|told| Fault::new(Exit::Usage, told))?;
        match self.client_of_a_started_engine().await?.request(Op::Missing { since }).await? {
            Reply::Missing(missing) if self.context.json => self.terminal.json(&missing)?,
            Reply::Missing(missing) => self.terminal.lines(&render::missing(&missing, self.look()))?,
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    pub(super) async fn runbook(&mut self) -> Result<Exit, Fault> {
        match self.client_of_a_started_engine().await?.request(Op::Runbook {}).await? {
            Reply::Runbook(runbook) if self.context.json => self.terminal.json(&runbook)?,
            Reply::Runbook(runbook) => {
                let lines: Vec<_> = runbook.text.lines().map(clean).collect();
                self.terminal.lines(&(lines.join("\n") + "\n"))?;
            }
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }
}
