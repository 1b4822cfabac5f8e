//! Which actions are in a plan, and as what: the default policy, then the runbook's rules.
//!
//! By default everything is in that can be taken back somehow, and every kill-switch action whatever it costs, so that
//! a new system is never forgotten. What deletes is in only if a rule says so. The later rule wins.

use std::collections::BTreeSet;

use super::rule::{Consent, Rule};
use super::{PlanError, Runbook, condition};
use crate::model::{ActionSpec, ApprovalPolicy, Danger, Leaver, LeftOut, RetryPolicy, Stage};

/// What an action needs that is handed to the leaver's manager.
const MANAGER: &str = "leaver:manager";

/// An action that will be a step.
pub(super) struct Chosen<'a> {
    pub(super) spec: &'a ActionSpec,
    pub(super) stage: Stage,
    pub(super) approval: Option<ApprovalPolicy>,
    pub(super) retry: RetryPolicy,
    pub(super) deadline_ms: u64,
    pub(super) reason: String,
}

/// Which of the runbook's rules hold for this leaver, in its order.
pub(super) fn holds(runbook: &Runbook, leaver: &Leaver) -> Result<Vec<bool>, PlanError> {
    let holds = |rule: &Rule| {
        let holds = rule.when.as_ref().map_or(Ok(true), |when| condition::holds(when, leaver));
        holds.map_err(|error| PlanError::Condition { rule: place(runbook, rule), error })
    };
    runbook.rules.iter().map(holds).collect()
}

/// Whether anybody is known who could be handed something.
pub(super) fn has_manager(leaver: &Leaver) -> bool {
    leaver.manager.as_deref().is_some_and(|manager| !manager.trim().is_empty())
}

/// The steps of a leaver for whom these rules hold, and what is left out with its reason, both by id.
pub(super) fn select<'a>(
    runbook: &Runbook,
    holds: &[bool],
    has_manager: bool,
    actions: &'a [ActionSpec],
) -> Result<(Vec<Chosen<'a>>, Vec<LeftOut>), PlanError> {
    let rules: Vec<&Rule> = runbook.rules.iter().zip(holds).filter_map(|(rule, holds)| holds.then_some(rule)).collect();
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for spec in by_id(actions)? {
        match judge(runbook, &rules, spec, has_manager)? {
            Ok(step) => chosen.push(step),
            Err(reason) => left_out.push(LeftOut { action: spec.id.clone(), reason }),
        }
    }
    Ok((chosen, left_out))
}

/// Every action as a step, under the rules that hold for everybody: what [`Runbook::check`] looks at.
pub(super) fn all<'a>(runbook: &Runbook, actions: &'a [ActionSpec]) -> Result<Vec<Chosen<'a>>, PlanError> {
    for rule in &runbook.rules {
        if let Some(spec) = actions.iter().find(|spec| rule.waives(spec)) {
            return Err(PlanError::ApprovalWaived { rule: place(runbook, rule), action: spec.id.clone() });
        }
    }
    let rules: Vec<&Rule> = runbook.rules.iter().filter(|rule| rule.when.is_none()).collect();
    by_id(actions)?.into_iter().map(|spec| shape(runbook, &rules, spec, String::new())).collect()
}

fn by_id(actions: &[ActionSpec]) -> Result<Vec<&ActionSpec>, PlanError> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = actions.iter().find(|spec| !seen.insert(&spec.id)) {
        return Err(PlanError::Twice(twice.id.clone()));
    }
    let mut specs: Vec<_> = actions.iter().collect();
    specs.sort_by_key(|spec| &spec.id);
    Ok(specs)
}

/// A step, or why the action is left out.
fn judge<'a>(
    runbook: &Runbook,
    rules: &[&Rule],
    spec: &'a ActionSpec,
    has_manager: bool,
) -> Result<Result<Chosen<'a>, String>, PlanError> {
    let said = rules.iter().rev().find(|rule| rule.include.is_some() && rule.matches(spec));
    let by_default =
        spec.stage == Stage::KillSwitch || !(spec.danger == Danger::Irreversible || spec.stage == Stage::Purge);
    let by_default = by_default && !spec.only_by_rule;
    let reason = match said {
        Some(rule) if rule.include == Some(true) => rule.shown(),
        Some(rule) => return Ok(Err(rule.shown())),
        None if by_default => format!("{} of {} (default)", spec.stage.name().replace('-', " "), spec.id.connector),
        None => return Ok(Err("the runbook does not ask for it".to_owned())),
    };
    if !has_manager && spec.needs.iter().any(|fact| fact.0 == MANAGER) {
        return Ok(Err("no manager is known: name one with --manager".to_owned()));
    }
    shape(runbook, rules, spec, reason).map(Ok)
}

/// The step as the rules shape it; what they changed is added to the reason.
fn shape<'a>(
    runbook: &Runbook,
    rules: &[&Rule],
    spec: &'a ActionSpec,
    mut reason: String,
) -> Result<Chosen<'a>, PlanError> {
    let needs_consent = spec.danger == Danger::Irreversible;
    let mut step = Chosen {
        spec,
        stage: spec.stage,
        approval: needs_consent.then_some(runbook.approval),
        retry: runbook.retry,
        deadline_ms: spec.deadline_ms,
        reason: String::new(),
    };
    for rule in rules.iter().filter(|rule| rule.matches(spec)) {
        if rule.waives(spec) {
            return Err(PlanError::ApprovalWaived { rule: place(runbook, rule), action: spec.id.clone() });
        }
        if let Some(stage) = rule.stage.filter(|stage| *stage != step.stage) {
            step.stage = stage;
            reason = format!("{reason}; moved to {stage} by {}", rule.shown());
        }
        if let Some(consent) = rule.approval {
            step.approval = (consent == Consent::Required).then_some(runbook.approval);
            if consent == Consent::Required && !needs_consent {
                reason = format!("{reason}; approval by {}", rule.shown());
            }
        }
        if let Some(change) = rule.retry {
            step.retry = change.applied_to(step.retry);
        }
        step.deadline_ms = rule.deadline_ms.unwrap_or(step.deadline_ms);
    }
    step.reason = reason;
    Ok(step)
}

fn place(runbook: &Runbook, rule: &Rule) -> String {
    format!("{}: rule {}", runbook.file, rule.number)
}
