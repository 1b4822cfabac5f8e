//! Every action of every connector, as declared: what the planner orders by, and what an auditor asks for.

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::config::Config;
use crate::connectors::{Connector, registry};
use crate::daemon::DaemonError;
use crate::model::{ActionSpec, Danger, Residual, Stage, StepClass};

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// As in `google.suspend`.
    pub id: String,
    /// The connector's name in the configuration.
    pub connector: String,
    /// Its kind, as in `google`.
    pub kind: &'static str,
    /// What it does, in one sentence.
    pub title: String,
    /// When it runs by default.
    pub stage: Stage,
    /// What it costs if it was wrong.
    pub danger: Danger,
    /// In a plan only if a rule of the runbook asks for it.
    pub only_by_rule: bool,
    /// Facts that must hold while it runs.
    pub needs: Vec<String>,
    /// Facts that it ends.
    pub destroys: Vec<String>,
    /// Actions that it must go before.
    pub precedes: Vec<String>,
    /// What may be done after a lost answer.
    #[serde(flatten)]
    pub step_class: Class,
    /// What outlives it.
    pub residual_access: Option<Residual>,
    /// The action that proves it, where it cannot be read back.
    pub proved_by: Option<String>,
    /// What undo gives back; `None`: there is none.
    pub undo: Option<String>,
    /// How long the vendor keeps what undo needs, in ms.
    pub undo_within_ms: Option<u64>,
    /// Scopes or permissions that the credentials must hold.
    pub scopes: Vec<String>,
}

/// A step class under its own name in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Class {
    /// As one word.
    pub step_class: &'static str,
    /// Of a keyed one: how long the vendor remembers the key, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_window_ms: Option<u64>,
}

/// All actions of some connectors, by connector and then as the connector lists them.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Actions(pub Vec<Declared>);

/// Of what is configured; `every`: of every kind of system that is known, each with all options on.
pub fn actions(config: &Config, every: bool) -> Result<Actions, DaemonError> {
    let connectors = if every { registry::catalogue() } else { registry::build_all(&config.connectors) };
    let connectors = connectors.map_err(super::said)?;
    Ok(Actions(connectors.iter().flat_map(|it| of(it.as_ref())).collect()))
}

fn of(connector: &dyn Connector) -> Vec<Declared> {
    connector.actions().iter().map(|action| Declared::of(action.spec(), connector.kind())).collect()
}

impl Declared {
    fn of(spec: &ActionSpec, kind: &'static str) -> Self {
        let key_window_ms = match spec.class {
            StepClass::Keyed { window_ms } => Some(window_ms),
            _ => None,
        };
        Self {
            id: spec.id.to_string(),
            connector: spec.id.connector.to_string(),
            kind,
            title: spec.title.clone(),
            stage: spec.stage,
            danger: spec.danger,
            only_by_rule: spec.only_by_rule || spec.danger == Danger::Irreversible || spec.stage == Stage::Purge,
            needs: spec.needs.iter().map(|fact| fact.0.clone()).collect(),
            destroys: spec.destroys.iter().map(|fact| fact.0.clone()).collect(),
            precedes: spec.precedes.iter().map(ToString::to_string).collect(),
            step_class: Class { step_class: spec.class.name(), key_window_ms },
            residual_access: spec.residual.clone(),
            proved_by: spec.proved_by.as_ref().map(ToString::to_string),
            undo: spec.undo.clone(),
            undo_within_ms: spec.undo_within_ms,
            scopes: spec.scopes.clone(),
        }
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("No system is configured; `nightlatch actions --every` lists what could be.");
        }
        let mut lines = String::new();
        for action in &self.0 {
            let Declared { id, title, stage, danger, step_class, .. } = action;
            let _ =
                writeln!(lines, "{id}\n  {title}\n  {stage}, {danger}; after a lost answer: {}", step_class.step_class);
            let mut listed = |what: &str, of: &[String]| {
                if !of.is_empty() {
                    let _ = writeln!(lines, "  {what} {}", of.join(", "));
                }
            };
            listed("needs", &action.needs);
            listed("ends", &action.destroys);
            listed("goes before", &action.precedes);
            listed("scopes:", &action.scopes);
            if let Some(by) = &action.proved_by {
                let _ = writeln!(lines, "  cannot be read back: {by} proves it");
            }
            if let Some(left) = &action.residual_access {
                let _ = writeln!(lines, "  outlived by {}, for {} s", left.what, left.ms / 1_000);
            }
            let by_hand = *danger == Danger::Reversible && step_class.step_class != "pure";
            let none = if by_hand { "none: given back by hand" } else { "none" };
            let undo = action.undo.as_deref().unwrap_or(none);
            let _ = writeln!(lines, "  undo: {undo}\n");
        }
        f.write_str(lines.trim_end())
    }
}
