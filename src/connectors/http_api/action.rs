//! A declared action, of the same type as those that are written in Rust.

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::Arc;

use serde_json::Value;

use super::client::Client;
use super::config::{self, Class};
use super::rule;
use super::template::{Scope, Values};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Lane, What, limits};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionId, ActionSpec, Danger, Fact, Outcome, Residual, StepClass, Verdict};

pub(super) struct Declared {
    action: config::Action,
    lane: Lane,
    client: Arc<Client>,
}

/// Makes all of them, or says what is wrong with the first.
pub(super) fn all(
    given: &Given,
    declared: Vec<config::Action>,
    client: &Arc<Client>,
) -> Result<Vec<(ActionSpec, Declared)>, String> {
    let names: Vec<String> = declared.iter().map(|action| action.name.clone()).collect();
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if known.len() != names.len() {
        return Err("two actions have the same name".to_owned());
    }
    if names.is_empty() {
        return Err("a connector needs at least one action".to_owned());
    }
    declared
        .into_iter()
        .map(|action| {
            let name = action.name.clone();
            one(given, action, client, &known).map_err(|why| format!("actions.{name}: {why}"))
        })
        .collect()
}

fn one(
    given: &Given,
    declared: config::Action,
    client: &Arc<Client>,
    known: &BTreeSet<&str>,
) -> Result<(ActionSpec, Declared), String> {
    check(&declared, client)?;
    let id = &given.id;
    let facts = |facts: &[String]| -> Vec<Fact> {
        facts.iter().map(|fact| Fact(if fact.contains(':') { fact.clone() } else { format!("{id}:{fact}") })).collect()
    };
    let action = |name: &String| -> Result<ActionId, String> {
        if name.contains('.') {
            return ActionId::from_str(name).map_err(|error| error.to_string());
        }
        if known.contains(name.as_str()) { Ok(id.action(name)) } else { Err(format!("there is no action `{name}`")) }
    };
    let class = class(&declared)?;
    let spec = ActionSpec {
        stage: declared.stage,
        danger: declared.danger,
        class,
        needs: facts(&declared.needs),
        destroys: facts(&declared.destroys),
        precedes: declared.precedes.iter().map(action).collect::<Result<_, _>>()?,
        proved_by: declared.proved_by.as_ref().map(action).transpose()?,
        residual: declared.residual.as_ref().map(|left| Residual { what: left.what.clone(), ms: left.span.ms() }),
        undo: declared.undo.as_ref().map(|undo| undo.title.clone()),
        scopes: declared.scopes.clone(),
        ..given.spec(&declared.name, &declared.title)
    };
    let lane = match class {
        StepClass::Pure | StepClass::Idempotent | StepClass::Keyed { .. } => Lane::Warm,
        StepClass::Reconcile | StepClass::Operator => Lane::Fresh,
    };
    Ok((spec, Declared { action: declared, lane, client: Arc::clone(client) }))
}

fn class(declared: &config::Action) -> Result<StepClass, String> {
    Ok(match (declared.class, declared.key_window) {
        (None, _) if declared.danger == Danger::Irreversible => {
            return Err("an irreversible action must say its `class`: what may be done after a lost answer".to_owned());
        }
        (Some(Class::Keyed), Some(window)) => StepClass::Keyed { window_ms: window.ms() },
        (Some(Class::Keyed), None) => {
            return Err("the class `keyed` needs `key_window`: how long the system remembers a key".to_owned());
        }
        (_, Some(_)) => return Err("`key_window` is for the class `keyed`".to_owned()),
        (Some(Class::Reconcile), None) if declared.verify.is_none() => {
            return Err("the class `reconcile` needs `verify`: what would be read?".to_owned());
        }
        (Some(Class::Pure), None) => StepClass::Pure,
        (Some(Class::Idempotent), None) => StepClass::Idempotent,
        (Some(Class::Reconcile) | None, None) if declared.verify.is_some() => StepClass::Reconcile,
        (Some(Class::Operator | Class::Reconcile) | None, None) => StepClass::Operator,
    })
}

fn check(declared: &config::Action, client: &Client) -> Result<(), String> {
    let named = declared.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if declared.name.is_empty() || !named {
        return Err("a name has lower-case letters, digits and `-`".to_owned());
    }
    if declared.done.is_empty() {
        return Err("`done` must name the answers that mean success".to_owned());
    }
    for (rules, what) in [
        (&declared.done, "done"),
        (&declared.already, "already"),
        (&declared.retry, "retry"),
        (&declared.refused, "refused"),
    ] {
        rule::check_all(rules, what)?;
    }
    client.try_out(&declared.request, Scope::Account).map_err(|why| format!("request: {why}"))?;
    if let Some(verify) = &declared.verify {
        client.try_out(&verify.request, Scope::Known).map_err(|why| format!("verify.request: {why}"))?;
        if verify.dead.is_empty() {
            return Err("verify.dead must name the answers that mean that the access is gone".to_owned());
        }
        rule::check_all(&verify.dead, "verify.dead")?;
        rule::check_all(&verify.alive, "verify.alive")?;
    }
    if let Some(undo) = &declared.undo {
        client.try_out(&undo.request, Scope::Account).map_err(|why| format!("undo.request: {why}"))?;
        rule::check_all(&undo.done, "undo.done")?;
        rule::check_all(&undo.already, "undo.already")?;
    }
    Ok(())
}

impl Declared {
    /// What says "not now" comes first: some systems say it with a success.
    fn classified(&self, answer: &Answer) -> Outcome {
        let body = answer.try_json();
        let action = &self.action;
        let first = |rules| rule::first(rules, answer, body.as_ref());
        if let Some((rule, note)) = first(&action.retry) {
            let after_ms = self.wait(answer, body.as_ref());
            if rule.throttled {
                return Outcome::Retry { reason: note, after_ms, throttled: true };
            }
            return Outcome::Busy { reason: note, after_ms };
        }
        if let Some((_, note)) = first(&action.already) {
            return Outcome::AlreadySo { note, caveat: None };
        }
        if let Some((_, note)) = first(&action.refused) {
            let said = answer.said();
            let reason = if said.is_empty() { note } else { format!("{note}; {said}") };
            return Failure::new(Kind::Act, What::Rejected, reason).into();
        }
        if first(&action.done).is_some() {
            return Outcome::Acknowledged;
        }
        unnamed(answer)
    }

    fn wait(&self, answer: &Answer, body: Option<&Value>) -> Option<u64> {
        match self.action.retry_after.as_deref() {
            None => limits::retry_after(&answer.headers),
            Some(pointer) if pointer.starts_with('/') => match body?.pointer(pointer)? {
                Value::Number(number) => limits::seconds(&number.to_string()),
                Value::String(text) => limits::seconds(text),
                _ => None,
            },
            Some(header) => limits::seconds(answer.header(header)?),
        }
    }
}

/// What no rule names: a success is unknown, the rest means what its status means.
fn unnamed(answer: &Answer) -> Outcome {
    if answer.ok() {
        let page = if answer.is_html() { " with an HTML page" } else { "" };
        let reason = format!("status {}{page}, which no rule names", answer.status);
        return answer.failure(What::Unknown, reason).into();
    }
    answer.by_status().into()
}

impl Act for Declared {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let values = Values::account(account, call);
        let answer = self.client.send(Kind::Act, self.lane, &self.action.request, &values, call).await?;
        Ok(self.classified(&answer))
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(verify) = &self.action.verify else {
            return Ok(Verdict::CannotTell {
                reason: "no read-back is declared".to_owned(),
                after_ms: None,
                again: false,
            });
        };
        let answer = self.client.read(&verify.request, &Values::known(account), call).await?;
        let body = answer.try_json();
        if let Some((_, evidence)) = rule::first(&verify.dead, &answer, body.as_ref()) {
            return Ok(Verdict::Dead { evidence });
        }
        if let Some((_, evidence)) = rule::first(&verify.alive, &answer, body.as_ref()) {
            return Ok(Verdict::Alive { evidence });
        }
        if !answer.ok() {
            return Err(answer.by_status());
        }
        if body.is_some() && verify.alive.is_empty() {
            return Ok(Verdict::Alive { evidence: format!("status {} without a sign of the end", answer.status) });
        }
        let reason = format!("status {}, which neither `dead` nor `alive` names", answer.status);
        Err(answer.failure(What::Unknown, reason))
    }

    async fn undo(&self, account: &Account, _before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let Some(undo) = &self.action.undo else {
            let cure = "restore the access by hand";
            return Err(Failure::new(Kind::Read, What::Rejected, "no undo is declared").cure(cure));
        };
        let values = Values::account(account, call);
        let answer = self.client.send(Kind::Act, self.lane, &undo.request, &values, call).await?;
        let body = answer.try_json();
        if let Some((_, note)) = rule::first(&undo.already, &answer, body.as_ref()) {
            return Ok(Outcome::AlreadySo { note, caveat: None });
        }
        if rule::first(&undo.done, &answer, body.as_ref()).is_some() {
            return Ok(Outcome::Acknowledged);
        }
        Ok(unnamed(&answer))
    }
}
