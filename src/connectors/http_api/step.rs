//! The requests of an action or of an undo, one after the other, each judged by its own rules.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::client::{self, At, Client};
use super::config::{ForEach, Step};
use super::rule::{self, check_pointer};
use super::template::Values;
use super::trial::Trial;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Lane, What, limits};
use crate::model::{Account, Outcome};

/// Several requests as one deed.
pub(super) struct Steps {
    all: Vec<Step>,
    lane: Lane,
    /// A repeat, which begins with the first request again, does no harm.
    repeatable: bool,
}

/// How far a deed has come.
#[derive(Default)]
struct Progress {
    /// Requests that changed something.
    done: usize,
    /// What showed of the others that there was nothing to change.
    already: Vec<String>,
    /// The first that was refused of a `for_each`, whose others are tried all the same.
    refused: Option<Outcome>,
}

impl Steps {
    pub(super) fn new(all: Vec<Step>, lane: Lane, repeatable: bool) -> Self {
        Self { all, lane, repeatable }
    }

    /// Does it all. `before`: what was kept.
    pub(super) async fn run(
        &self,
        client: &Client,
        account: &Account,
        before: &Value,
        call: &Call,
    ) -> Result<Outcome, Failure> {
        let mut progress = Progress::default();
        for (number, step) in self.all.iter().enumerate() {
            if let Err(end) = self.one(client, (number, step), account, before, call, &mut progress).await {
                return Ok(self.ended(end, number, &progress));
            }
        }
        let Progress { done, already, refused } = progress;
        Ok(match refused {
            Some(refused) => refused,
            None if done > 0 => Outcome::Acknowledged,
            None if already.is_empty() => Outcome::already("there is nothing on the list"),
            None => Outcome::already(already.join("; ")),
        })
    }

    /// `Err`: what ends the whole deed.
    async fn one(
        &self,
        client: &Client,
        (number, step): (usize, &Step),
        account: &Account,
        before: &Value,
        call: &Call,
        progress: &mut Progress,
    ) -> Result<(), Outcome> {
        let key = &call.idempotency_key;
        let known = Values::account(account).and("before", before.clone());
        let turns: Vec<Values> = match &step.for_each {
            // Another request under the same key would be answered with the first one's answer.
            None if self.all.len() > 1 => vec![known.and("idempotency_key", format!("{key}/{number}"))],
            None => vec![known.and("idempotency_key", key.as_str())],
            Some(each) => {
                let items = each.items(client, &known, before, call).await?;
                items
                    .into_iter()
                    .map(|item| {
                        let key = format!("{key}/{number}/{}", digest(&item));
                        known.clone().and("idempotency_key", key).and("item", item)
                    })
                    .collect()
            }
        };
        for values in turns {
            let sent = client.send((Kind::Act, self.lane), &step.request, &At::First, &values, call).await;
            match sent.map_or_else(Outcome::from, |answer| step.classified(&answer)) {
                Outcome::Acknowledged => progress.done += 1,
                Outcome::AlreadySo { note, .. } => {
                    if !progress.already.contains(&note) {
                        progress.already.push(note);
                    }
                }
                refused @ Outcome::Refused { .. } if step.for_each.is_some() => {
                    progress.refused.get_or_insert(refused);
                }
                end => return Err(end),
            }
        }
        Ok(())
    }

    /// What an end in the middle means for the whole: what has been done already is not "certainly not done".
    fn ended(&self, end: Outcome, number: usize, progress: &Progress) -> Outcome {
        let place = match self.all.len() {
            1 => String::new(),
            all => format!("request {} of {all}: ", number + 1),
        };
        let undone = progress.done == 0;
        let said = |reason: String| {
            if undone {
                format!("{place}{reason}")
            } else {
                format!("{place}{reason}; {} before it took effect", progress.done)
            }
        };
        match end {
            Outcome::Retry { reason, .. } | Outcome::Busy { reason, .. } | Outcome::Locked { reason, .. }
                if !undone && !self.repeatable =>
            {
                Outcome::Ambiguous { reason: said(reason) }
            }
            Outcome::Retry { reason, after_ms, throttled } => {
                Outcome::Retry { reason: said(reason), after_ms, throttled }
            }
            Outcome::Busy { reason, after_ms } => Outcome::Busy { reason: said(reason), after_ms },
            Outcome::Locked { reason, cure } => Outcome::Locked { reason: said(reason), cure },
            Outcome::Refused { reason, cure } => Outcome::Refused { reason: said(reason), cure },
            Outcome::Ambiguous { reason } => Outcome::Ambiguous { reason: said(reason) },
            other => other,
        }
    }

    /// What is wrong with the rules.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.all.is_empty() {
            return Err("there is no `request`, and there are no `steps`".to_owned());
        }
        self.all.iter().enumerate().try_for_each(|(number, step)| {
            step.check().map_err(|why| if self.all.len() > 1 { format!("steps.{number}: {why}") } else { why })
        })
    }

    /// Whether more than one request may be sent.
    pub(super) fn several(&self) -> bool {
        self.all.len() > 1 || self.all.iter().any(|step| step.for_each.is_some())
    }

    /// The first step of which nobody says what a repeat meets.
    pub(super) fn unrepeatable(&self) -> Option<usize> {
        let told = |step: &Step| !step.already.is_empty() || matches!(step.for_each, Some(ForEach::Read(_)));
        self.all.iter().position(|step| !told(step))
    }

    /// Renders everything. `kept`: the names of what is kept before.
    pub(super) fn try_out<'k>(
        &self,
        key: &str,
        kept: impl IntoIterator<Item = &'k String> + Clone,
        trial: &mut Trial<'_>,
    ) {
        let known = Values::sample_account().and_object("before", kept);
        for (number, step) in self.all.iter().enumerate() {
            let key = if self.all.len() > 1 { format!("{key}.steps.{number}") } else { key.to_owned() };
            let mut values = known.clone().and("idempotency_key", "key");
            match &step.for_each {
                None => {}
                Some(ForEach::Kept(pointer)) => {
                    trial.kept(&format!("{key}.for_each"), pointer, &known);
                    values = values.and_anything("item");
                }
                Some(ForEach::Read(list)) => {
                    trial.request(&format!("{key}.for_each.request"), &list.request, &known);
                    values = values.and_anything("item");
                }
            }
            trial.request(&format!("{key}.request"), &step.request, &values);
        }
    }
}

/// The same for the same item, in whatever order they come.
fn digest(item: &Value) -> String {
    hex::encode(&Sha256::digest(item.to_string().as_bytes())[..8])
}

impl ForEach {
    async fn items(&self, client: &Client, known: &Values, before: &Value, call: &Call) -> Result<Vec<Value>, Failure> {
        let pointer = match self {
            Self::Read(list) => return list.read(client, known, call).await.map(|(items, _)| items),
            Self::Kept(pointer) => pointer,
        };
        match before.pointer(pointer) {
            Some(Value::Array(items)) => Ok(items.clone()),
            None | Some(Value::Null) => {
                let reason = format!("nothing was kept at `{pointer}` before the act");
                Err(Failure::new(Kind::Read, What::Rejected, reason).cure("restore the access by hand"))
            }
            Some(one) => Ok(vec![one.clone()]),
        }
    }
}

impl Step {
    fn check(&self) -> Result<(), String> {
        if self.done.is_empty() {
            return Err("`done` must name the answers that mean success".to_owned());
        }
        for (rules, what) in
            [(&self.done, "done"), (&self.already, "already"), (&self.retry, "retry"), (&self.refused, "refused")]
        {
            rule::check_all(rules, what)?;
        }
        match &self.for_each {
            None => Ok(()),
            Some(ForEach::Kept(pointer)) => check_pointer(pointer).map_err(|why| format!("for_each: {why}")),
            Some(ForEach::Read(list)) => list.check().map_err(|why| format!("for_each: {why}")),
        }
    }

    /// What says "not now" comes first: some systems say it with a success.
    fn classified(&self, answer: &Answer) -> Outcome {
        let body = answer.try_json();
        let first = |rules| rule::first(rules, answer, body.as_ref());
        if let Some((rule, note)) = first(&self.retry) {
            let after_ms = self.wait(answer, body.as_ref());
            if rule.throttled {
                return Outcome::Retry { reason: note, after_ms, throttled: true };
            }
            return Outcome::Busy { reason: note, after_ms };
        }
        if let Some((_, note)) = first(&self.already) {
            return Outcome::already(note);
        }
        if let Some((_, note)) = first(&self.refused) {
            let said = answer.said();
            let reason = if said.is_empty() { note } else { format!("{note}; {said}") };
            return Failure::new(Kind::Act, What::Rejected, reason).into();
        }
        if first(&self.done).is_some() {
            return Outcome::Acknowledged;
        }
        unnamed(answer)
    }

    fn wait(&self, answer: &Answer, body: Option<&Value>) -> Option<u64> {
        match self.retry_after.as_deref() {
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
    client::failed(answer).into()
}
