//! The runbook as it is written: TOML in, a checked [`Runbook`] out.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::condition;
use super::duration::Millis;
use super::pattern::Pattern;
use super::rule::{Consent, RetryChange, Rule};
use super::{Runbook, RunbookError};
use crate::model::{ApprovalPolicy, RetryPolicy, Stage};

const SLA_MS: u64 = 15 * 60_000;
const PATIENCE_MS: u64 = 3_000;
const STAGE_PATIENCE_MS: u64 = 60_000;
const APPROVAL_TTL_MS: u64 = 4 * 3_600_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunbookText {
    name: Spanned<String>,
    sla: Option<Millis>,
    patience: Option<Millis>,
    stage_patience: Option<Millis>,
    #[serde(default)]
    retry: RetryText,
    #[serde(default)]
    approval: ApprovalText,
    #[serde(default, rename = "rule")]
    rules: Vec<Spanned<RuleText>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RetryText {
    attempts: Option<Spanned<u16>>,
    base: Option<Millis>,
    max: Option<Millis>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ApprovalText {
    four_eyes: Option<bool>,
    ttl: Option<Millis>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    actions: Spanned<Vec<Spanned<String>>>,
    when: Option<Spanned<String>>,
    include: Option<Spanned<bool>>,
    reason: Option<String>,
    approval: Option<Consent>,
    stage: Option<Stage>,
    retry: Option<RetryText>,
    deadline: Option<Spanned<Millis>>,
}

/// A fault and its place.
struct Fault(Option<Range<usize>>, String);

pub(super) fn parse(text: &str, file: &str) -> Result<Runbook, RunbookError> {
    read(text).map_err(|Fault(span, what)| RunbookError {
        file: file.to_owned(),
        at: span.map(|span| position(text, span.start)),
        what,
    })
}

fn read(text: &str) -> Result<Runbook, Fault> {
    let whole: RunbookText =
        toml::from_str(text).map_err(|error| Fault(error.span(), error.message().trim_end().to_owned()))?;
    if whole.name.get_ref().trim().is_empty() {
        return Err(fault(&whole.name, "a runbook needs a name"));
    }
    let rules: Result<_, _> =
        whole.rules.into_iter().zip(1..).map(|(rule, number)| check_rule(rule, number, text)).collect();
    Ok(Runbook {
        file: String::new(),
        text: text.to_owned(),
        name: whole.name.into_inner(),
        sla_ms: whole.sla.map_or(SLA_MS, |sla| sla.0),
        patience_ms: whole.patience.map_or(PATIENCE_MS, |patience| patience.0),
        stage_patience_ms: whole.stage_patience.map_or(STAGE_PATIENCE_MS, |patience| patience.0),
        retry: check_retry(whole.retry)?.applied_to(RetryPolicy::default()),
        approval: ApprovalPolicy {
            four_eyes: whole.approval.four_eyes.unwrap_or(true),
            ttl_ms: whole.approval.ttl.map_or(APPROVAL_TTL_MS, |ttl| ttl.0),
        },
        rules: rules?,
        builtin: false,
    })
}

fn check_rule(rule: Spanned<RuleText>, number: usize, text: &str) -> Result<Rule, Fault> {
    let span = rule.span();
    let line = position(text, span.start).0;
    let rule = rule.into_inner();
    if rule.actions.get_ref().is_empty() {
        return Err(fault(&rule.actions, "a rule needs at least one action, as in [\"google.delete-user\"]"));
    }
    let patterns: Result<_, _> = rule
        .actions
        .get_ref()
        .iter()
        .map(|text| Pattern::parse(text.get_ref()).map_err(|what| Fault(Some(text.span()), what)))
        .collect();
    if let Some(when) = &rule.when {
        condition::check(when.get_ref()).map_err(|what| Fault(Some(when.span()), what))?;
    }
    let reason = rule.reason.filter(|reason| !reason.trim().is_empty());
    if let Some(include) = rule.include.as_ref().filter(|include| !*include.get_ref())
        && reason.is_none()
    {
        return Err(fault(include, "what is left out needs a `reason`: it is shown in every plan"));
    }
    if let Some(deadline) = rule.deadline.as_ref().filter(|deadline| deadline.get_ref().0 == 0) {
        return Err(fault(deadline, "a deadline of nothing lets no call out"));
    }
    if rule.include.is_none()
        && rule.approval.is_none()
        && rule.stage.is_none()
        && rule.retry.is_none()
        && rule.deadline.is_none()
    {
        let what = "this rule changes nothing: give it `include`, `approval`, `stage`, `retry` or `deadline`";
        return Err(Fault(Some(span), what.to_owned()));
    }
    Ok(Rule {
        number,
        line,
        patterns: patterns?,
        when: rule.when.map(Spanned::into_inner),
        include: rule.include.map(Spanned::into_inner),
        reason,
        approval: rule.approval,
        stage: rule.stage,
        retry: rule.retry.map(check_retry).transpose()?,
        deadline_ms: rule.deadline.map(|deadline| deadline.into_inner().0),
    })
}

fn check_retry(retry: RetryText) -> Result<RetryChange, Fault> {
    if let Some(attempts) = retry.attempts.as_ref().filter(|attempts| *attempts.get_ref() == 0) {
        return Err(fault(attempts, "attempts count the first try: at least 1"));
    }
    Ok(RetryChange {
        attempts: retry.attempts.map(Spanned::into_inner),
        base_ms: retry.base.map(|base| base.0),
        max_ms: retry.max.map(|max| max.0),
    })
}

fn fault<T>(place: &Spanned<T>, what: &str) -> Fault {
    Fault(Some(place.span()), what.to_owned())
}

/// Line and column, from 1; columns count characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
