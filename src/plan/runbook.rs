//! A company's runbook: what is done for which leaver, and who must agree.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::rule::Rule;
use super::{PlanError, RunbookError, order, select, text};
use crate::model::{ActionSpec, ApprovalPolicy, RetryPolicy};

/// A checked runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) name: String,
    pub(super) sla_ms: u64,
    /// How long a kill-switch step waits for what it would spoil.
    pub(super) patience_ms: u64,
    /// How long a later stage waits for an earlier one that does not get on.
    pub(super) stage_patience_ms: u64,
    pub(super) retry: RetryPolicy,
    pub(super) approval: ApprovalPolicy,
    pub(super) rules: Vec<Rule>,
    /// Made for any set of systems: a rule without a match is no slip.
    pub(super) builtin: bool,
}

impl Runbook {
    /// The runbook that comes with Nightlatch: `assets/runbook.toml`.
    pub fn builtin() -> Self {
        match Self::parse(include_str!("../../assets/runbook.toml"), "the built-in runbook") {
            Ok(runbook) => Self { builtin: true, ..runbook },
            Err(error) => unreachable!("part of the binary, and read by a test: {error}"),
        }
    }

    /// Reads and checks `text`; `file` is what errors call it.
    pub fn parse(text: &str, file: &str) -> Result<Self, RunbookError> {
        Ok(Self { file: file.to_owned(), ..text::parse(text, file)? })
    }

    /// Reads and checks a file. One that everybody may write is refused: it decides whose access is cut.
    pub fn load(path: &Path) -> Result<Self, RunbookError> {
        let file = path.display().to_string();
        let failed = |what: String| RunbookError { file: file.clone(), at: None, what };
        let unreadable = |error: std::io::Error| failed(format!("cannot be read: {error}"));
        let mode = path.metadata().map_err(unreadable)?.permissions().mode();
        if mode & 0o002 != 0 {
            let mode = mode & 0o7777;
            return Err(failed(format!("everybody may write it (permissions {mode:04o}); run: chmod o-w {file}")));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?, &file)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its file, or what it is called where there is none.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of [`Self::text`] on which each rule begins, from 1, in the order of the rules.
    pub fn rule_lines(&self) -> Vec<usize> {
        self.rules.iter().map(|rule| rule.line).collect()
    }

    /// Everything that can be wrong between this runbook and these systems, before somebody leaves: contradicting
    /// orders, with every action in, and approvals waived where they may not be. For the start of the engine.
    pub fn check(&self, actions: &[ActionSpec]) -> Result<(), PlanError> {
        order::order(self, &select::all(self, actions)?).map(|_| ())
    }

    /// Entries of rules that match no action: probably a slip. An entry for a system that is not configured counts
    /// only if its whole rule matches nothing.
    pub fn unused(&self, actions: &[ActionSpec]) -> Vec<String> {
        if self.builtin {
            return Vec::new();
        }
        let configured = |system: &str| actions.iter().any(|spec| spec.id.connector.as_str() == system);
        let mut told = Vec::new();
        for rule in &self.rules {
            let used = actions.iter().any(|spec| rule.matches(spec));
            for pattern in &rule.patterns {
                let matches = actions.iter().any(|spec| pattern.matches(spec));
                if !matches && (!used || pattern.system().is_none_or(configured)) {
                    told.push(format!(
                        "{}: rule {}: `{}` matches no action of the configured systems",
                        self.file,
                        rule.number,
                        pattern.text()
                    ));
                }
            }
        }
        told
    }
}
