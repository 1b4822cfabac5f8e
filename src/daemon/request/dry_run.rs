//! `plan --dry-run`: each step of a plan is held against its system, reading only. Nothing is opened or journalled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Answer, Context};
use crate::engine::rehearsal::{Rehearsal, Stage};
use crate::ipc::Reply;
use crate::model::{DryRun, Leaver};

/// However slow the systems are, an operator waits no longer.
const WITHIN: Duration = Duration::from_secs(40);

impl Context {
    pub(super) async fn dry_run(&self, leaver: Leaver, lookup: bool) -> Answer {
        let began = Instant::now();
        let leaver = Arc::new(self.known_to_hr(leaver, lookup).await?);
        let plan = self.planned(&leaver)?;
        let statuses = self.handle.statuses().borrow().clone();
        let handle = &self.handle;
        let stage = Stage { statuses: &statuses, spend: &|system| handle.spend(system.clone()) };
        let steps = Rehearsal::new(&self.worker, Arc::clone(&leaver), WITHIN).of(&plan, &stage).await;
        Ok(Reply::DryRun(Box::new(DryRun {
            leaver: (*leaver).clone(),
            digest: plan.digest,
            steps,
            ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })))
    }
}
