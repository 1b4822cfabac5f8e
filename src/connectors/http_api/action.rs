//! A declared action, of the same type as those that are written in Rust.

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::Arc;

use serde_json::Value;

use super::before::Read;
use super::client::{self, Client};
use super::config::{self, Class, Image, Verify};
use super::listing::Findings;
use super::outline;
use super::rule;
use super::step::Steps;
use super::template::Values;
use super::trial::Trial;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Lane, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionId, ActionSpec, Danger, Fact, Outcome, Residual, Stage, StepClass, Verdict};

pub(super) struct Declared {
    deed: Deed,
    verify: Option<Verify>,
    client: Arc<Client>,
}

/// What executing is.
enum Deed {
    Look(Box<Findings>),
    Change { before: Option<Box<Image>>, steps: Steps, undo: Option<Steps> },
}

/// Makes all of them, or says what is wrong with the first.
pub(super) fn all(
    given: &Given,
    declared: Vec<config::Action>,
    client: &Arc<Client>,
    trial: &mut Trial<'_>,
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
            one(given, action, client, &known, trial).map_err(|why| format!("actions.{name}: {why}"))
        })
        .collect()
}

fn one(
    given: &Given,
    declared: config::Action,
    client: &Arc<Client>,
    known: &BTreeSet<&str>,
    trial: &mut Trial<'_>,
) -> Result<(ActionSpec, Declared), String> {
    let named = declared.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if declared.name.is_empty() || !named {
        return Err("a name has lower-case letters, digits and `-`".to_owned());
    }
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
    let looks = declared.list.is_some();
    let danger = match declared.danger {
        Some(danger) => danger,
        None if looks => Danger::Reversible,
        None => return Err("`danger` is missing: reversible, hard-to-undo or irreversible".to_owned()),
    };
    let class = class(&declared, danger)?;
    if declared.stage == Some(Stage::Restore) {
        return Err("`restore` is the stage of undos: declare an `undo`".to_owned());
    }
    let spec = ActionSpec {
        stage: declared.stage.unwrap_or(if looks { Stage::Handover } else { Stage::KillSwitch }),
        danger,
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
    let deed = if looks { look(&declared)? } else { change(&declared, class)? };
    try_out(&declared, &deed, trial);
    if let Some(verify) = &declared.verify {
        if verify.dead.is_empty() {
            return Err("verify.dead must name the answers that mean that the access is gone".to_owned());
        }
        rule::check_all(&verify.dead, "verify.dead")?;
        rule::check_all(&verify.alive, "verify.alive")?;
    }
    Ok((spec, Declared { deed, verify: declared.verify, client: Arc::clone(client) }))
}

fn look(declared: &config::Action) -> Result<Deed, String> {
    let acts = declared.before.is_some() || declared.verify.is_some() || declared.undo.is_some();
    if acts || !declared.requests()?.is_empty() {
        return Err("a `list` changes nothing: no request, steps, before, verify or undo".to_owned());
    }
    let list = declared.list.clone().ok_or("there is no `list`")?;
    Ok(Deed::Look(Box::new(Findings::new(list)?)))
}

fn change(declared: &config::Action, class: StepClass) -> Result<Deed, String> {
    let (lane, repeatable) = match class {
        StepClass::Pure | StepClass::Idempotent | StepClass::Keyed { .. } => (Lane::Warm, true),
        StepClass::Reconcile | StepClass::Operator => (Lane::Fresh, false),
    };
    let steps = Steps::new(declared.requests()?, lane, repeatable);
    steps.check()?;
    if steps.several() {
        if matches!(class, StepClass::Keyed { .. }) {
            return Err("the class `keyed` is for one request: a key cannot cover several".to_owned());
        }
        if let Some(number) = steps.unrepeatable().filter(|_| class == StepClass::Reconcile) {
            return Err(format!(
                "steps.{number}: after a lost answer all begins anew: name in `already` what a repeat is answered, or \
                 declare the class `idempotent` if it does no harm"
            ));
        }
    }
    if let Some(before) = &declared.before {
        before.check()?;
    }
    let undo = match &declared.undo {
        None => None,
        Some(undo) => {
            let steps = undo.requests().and_then(|steps| {
                let steps = Steps::new(steps, lane, repeatable);
                steps.check().map(|()| steps)
            });
            Some(steps.map_err(|why| format!("undo: {why}"))?)
        }
    };
    Ok(Deed::Change { before: declared.before.clone().map(Box::new), steps, undo })
}

/// Renders everything.
fn try_out(declared: &config::Action, deed: &Deed, trial: &mut Trial<'_>) {
    let key = format!("actions.{}", declared.name);
    if let Some(verify) = &declared.verify {
        trial.request(&format!("{key}.verify.request"), &verify.request, &Values::sample_account());
    }
    match deed {
        Deed::Look(findings) => findings.try_out(&key, trial),
        Deed::Change { before, steps, undo } => {
            if let Some(before) = before {
                trial.request(&format!("{key}.before.request"), &before.request, &Values::sample_account());
            }
            let kept: Vec<&String> = before.iter().flat_map(|before| before.keep.keys()).collect();
            steps.try_out(&key, kept.iter().copied(), trial);
            if let Some(undo) = undo {
                undo.try_out(&format!("{key}.undo"), kept.iter().copied(), trial);
            }
        }
    }
}

fn class(declared: &config::Action, danger: Danger) -> Result<StepClass, String> {
    if declared.list.is_some() {
        return match declared.class {
            None | Some(Class::Pure) => Ok(StepClass::Pure),
            Some(_) => Err("a `list` has the class `pure`".to_owned()),
        };
    }
    Ok(match (declared.class, declared.key_window) {
        (None, _) if danger == Danger::Irreversible => {
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

/// Why a read-back told nothing: what is to be compared is not in the answer.
fn unread(missing: &[&str], body: &Value) -> String {
    let missing: Vec<String> = missing.iter().map(|pointer| format!("`{pointer}`")).collect();
    format!(
        "the read-back has nothing at {}, and has {}: correct the pointers of `verify`, or name by `alive` the answers \
         that show that the access still works",
        missing.join(", "),
        outline::pointers(body)
    )
}

impl Act for Declared {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let (before, steps) = match &self.deed {
            Deed::Look(findings) => return findings.read(&self.client, account, call).await,
            Deed::Change { before, steps, .. } => (before, steps),
        };
        let image = match before {
            None => Value::Null,
            Some(keep) => match keep.read(&self.client, &Values::account(account), call).await? {
                Read::Already(note) => return Ok(Outcome::already(note)),
                Read::Before(before) => {
                    let image = before.image.clone();
                    call.keep(before).await?;
                    image
                }
            },
        };
        steps.run(&self.client, account, &image, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(verify) = &self.verify else {
            return Ok(Verdict::CannotTell {
                reason: "no read-back is declared".to_owned(),
                after_ms: None,
                again: false,
            });
        };
        let answer = self.client.read(&verify.request, &Values::account(account), call).await?;
        let body = answer.try_json();
        if let Some((_, evidence)) = rule::first(&verify.dead, &answer, body.as_ref()) {
            return Ok(Verdict::Dead { evidence });
        }
        if let Some((_, evidence)) = rule::first(&verify.alive, &answer, body.as_ref()) {
            return Ok(Verdict::Alive { evidence });
        }
        if !answer.ok() {
            return Err(client::failed(&answer));
        }
        let status = format!("status {}", answer.status);
        let unnamed = |what: &str| {
            let reason = format!("{what}, which neither `dead` nor `alive` names");
            Err(answer.failure(What::Unknown, reason))
        };
        let Some(body) = body else { return unnamed(&status) };
        let looked = rule::looked(verify.dead.iter().chain(&verify.alive), &answer, &body);
        if !looked.missing.is_empty() {
            return Ok(Verdict::NeedsHuman { reason: answer.masked(&unread(&looked.missing, &body)) });
        }
        let values = if looked.values.is_empty() { status } else { looked.values.join(", ") };
        if verify.alive.is_empty() { Ok(Verdict::Alive { evidence: values }) } else { unnamed(&values) }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let Deed::Change { undo: Some(undo), .. } = &self.deed else {
            let cure = "restore the access by hand";
            return Err(Failure::new(Kind::Read, What::Rejected, "no undo is declared").cure(cure));
        };
        undo.run(&self.client, account, before, call).await
    }
}
