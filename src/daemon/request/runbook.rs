//! `runbook`: the text that plans are made by, as this engine has read it.

use super::Context;
use crate::ipc::{Reply, RunbookText};

impl Context {
    pub(super) fn runbook(&self) -> Reply {
        let runbook = self.planner.runbook();
        Reply::Runbook(RunbookText {
            name: runbook.name().to_owned(),
            file: runbook.file().to_owned(),
            text: runbook.text().to_owned(),
            rules: runbook.rule_lines(),
        })
    }
}
