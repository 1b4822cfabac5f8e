//! `report.txt`: who, what and when, and which file proves it. Made from the exported payloads alone.

use std::fmt::Write as _;

use serde_json::Value;

use crate::ledger::Checkpoint;
use crate::model::{Envelope, Event, Fleet, Offboarding, OffboardingId, Phase, StepState, Timestamp};
use crate::store::export::Kept;

/// What is already said elsewhere in the report, or in its own line.
const SAID: [&str; 6] = ["ev", "offboarding", "step", "exchanges", "notice", "plan"];

/// An event, and what it said; `None` once that is erased.
pub(super) struct Entry {
    offboarding: OffboardingId,
    seq: u64,
    said: Option<(Envelope, Value)>,
}

impl Entry {
    pub(super) fn of(offboarding: OffboardingId, kept: &Kept) -> Result<Self, String> {
        let read = |payload: &Vec<u8>| {
            let envelope = serde_json::from_slice::<Envelope>(payload)?;
            let mut value = serde_json::from_slice::<Value>(payload)?;
            Ok((envelope, value["event"].take()))
        };
        let said = kept.payload.as_ref().map(read).transpose();
        let said = said.map_err(|error: serde_json::Error| format!("its payload is not an event: {error}"))?;
        Ok(Self { offboarding, seq: kept.seq, said })
    }
}

pub(super) fn text(entries: &[Entry], checkpoint: &Checkpoint) -> String {
    let mut report = Text(String::new());
    let mut fleet = Fleet::default();
    for (envelope, _) in entries.iter().filter_map(|entry| entry.said.as_ref()) {
        fleet.apply(envelope);
    }
    report.line("Evidence of an offboarding, from a log that shows if it was changed");
    report.line("===================================================================");
    report.line(format_args!("log           {}, {} events under the checkpoint", checkpoint.origin, checkpoint.size));
    report.line("times         UTC");
    report.line("evidence      event N is proved by entries/N.json with proofs/N.tlog-proof; what it says is");
    report.line("              payloads/N.json. VERIFY.md says how to check both, and what that proves.");
    let mut ids: Vec<OffboardingId> = entries.iter().map(|entry| entry.offboarding).collect();
    ids.dedup();
    for id in ids {
        let own: Vec<&Entry> = entries.iter().filter(|entry| entry.offboarding == id).collect();
        report.line("");
        match fleet.get(id) {
            Some(offboarding) => report.head(offboarding, &own),
            None => report.line(format_args!("{id}: who it was is erased")),
        }
        report.line("");
        report.line("What happened");
        for entry in own {
            report.event(entry, fleet.get(id));
        }
    }
    report.0
}

struct Text(String);

impl Text {
    /// A line; what could deceive on a terminal or in an editor is written out.
    fn line(&mut self, line: impl std::fmt::Display) {
        for c in line.to_string().chars() {
            if is_hidden(c) {
                let _ = write!(self.0, "{}", c.escape_unicode());
            } else {
                self.0.push(c);
            }
        }
        self.0.push('\n');
    }

    fn head(&mut self, it: &Offboarding, entries: &[&Entry]) {
        let leaver = it.leaver();
        let title = format!("{}: {} <{}>", it.id, leaver.name, leaver.email);
        self.line(&title);
        self.line("-".repeat(title.chars().count()));
        let why = match &it.phase {
            Phase::Aborted { reason } | Phase::Held { reason } | Phase::Paused { reason } => format!(": {reason}"),
            Phase::Armed { at } => format!(" for {at}"),
            Phase::Running | Phase::Closed => String::new(),
        };
        self.line(format_args!("state         {}{why}", it.phase.word()));
        if let Some(id) = &leaver.employee_id {
            self.line(format_args!("employee id   {id}"));
        }
        self.line(format_args!("told by       {}, notice {}", it.notice.source, it.notice.event_id));
        self.line(format_args!("asked for by  {}", it.requester));
        let times = [
            ("opened", Some(it.opened_at)),
            ("launched", it.launched_at),
            ("access cut", it.cut_at),
            ("ended", it.ended_at),
        ];
        for (what, at) in times {
            self.line(format_args!("{what:<13} {}", at.map_or("not yet".to_owned(), |at| at.to_string())));
        }
        self.line(format_args!("plan          {}, digest {}", it.plan.runbook, it.plan.digest));
        self.line("");
        self.line("What was done");
        for (ord, (planned, step)) in (0_u16..).zip(it.plan.steps.iter().zip(&it.steps)) {
            let of_step = entries.iter().filter(|entry| {
                entry.said.as_ref().is_some_and(|(envelope, _)| envelope.event.step() == Some(it.id.step(ord)))
            });
            let events: Vec<String> = of_step.map(|entry| entry.seq.to_string()).collect();
            self.line(format_args!("{}  {}  {}", it.id.step(ord), planned.action, planned.title));
            self.line(format_args!("    {}", stands(&step.state)));
            if let Some(account) = &step.account {
                self.line(format_args!(
                    "    account {} ({}), matched on {}",
                    account.label, account.id, account.matched_on
                ));
            }
            for finding in step.findings() {
                self.line(format_args!("    left behind: {finding}"));
            }
            if !step.extra.seats.is_empty() {
                self.line(format_args!("    frees {}", step.extra.seats.join(", ")));
            }
            if let Some(approval) = &step.extra.approval {
                self.line(format_args!("    approved by {} at {}", approval.by, approval.at));
            }
            if !events.is_empty() {
                self.line(format_args!("    evidence: events {}", events.join(", ")));
            }
        }
    }

    fn event(&mut self, entry: &Entry, of: Option<&Offboarding>) {
        let seq = entry.seq;
        let Some((envelope, value)) = &entry.said else {
            return self.line(format_args!("event {seq}: what it said is erased; that it stands in the log is proved"));
        };
        let step = envelope.event.step();
        let action = step.and_then(|step| of?.plan.step(step.ord)).map(|planned| format!(" {}", planned.action));
        let whom = step.map(|step| format!("  {step}{}", action.unwrap_or_default())).unwrap_or_default();
        let what = envelope.event.name().replace('_', " ");
        self.line(format_args!("{}  event {seq}{whom}  {what}, by {}", envelope.at, envelope.actor));
        if let Event::Opened { notice, .. } = &envelope.event {
            self.line(format_args!("    for {} <{}>", notice.leaver.name, notice.leaver.email));
        }
        for (key, value) in value.as_object().into_iter().flatten().filter(|(key, _)| !SAID.contains(&key.as_str())) {
            self.field(key, value);
        }
        for call in envelope.event.exchanges() {
            let status = call.status.map_or("no answer".to_owned(), |status| status.to_string());
            self.line(format_args!("    call: {}: {status} after {} ms  {}", call.request, call.ms, call.said));
        }
    }

    /// A field of an event as it is, but instants as instants.
    fn field(&mut self, key: &str, value: &Value) {
        let name = key.replace('_', " ");
        match (value, value.as_i64()) {
            (Value::Object(fields), _) => {
                for (inner, value) in fields {
                    self.field(&format!("{key}, {inner}"), value);
                }
            }
            (Value::String(text), _) => self.line(format_args!("    {name}: {text}")),
            (_, Some(ms)) if ["at", "until"].iter().any(|end| key.ends_with(end)) => {
                self.line(format_args!("    {name}: {}", Timestamp(ms)));
            }
            _ => self.line(format_args!("    {name}: {value}")),
        }
    }
}

/// Where a step stands, in words.
fn stands(state: &StepState) -> String {
    match state {
        StepState::Done { at, proof } => format!("done at {at}: {}", proof.words()),
        StepState::Failed { at, reason, .. } => format!("FAILED at {at}: {reason}"),
        StepState::NeedsHuman { at, reason } => format!("NEEDS A PERSON since {at}: {reason}"),
        StepState::Skipped { at, reason } => format!("not done, declined at {at}: {reason}"),
        StepState::Ambiguous { until, reason } => format!("AMBIGUOUS, read back at {until}: {reason}"),
        StepState::RetryAt { at, reason } => format!("not done yet, tried again at {at}: {reason}"),
        other => format!("not done yet: {}", other.word()),
    }
}

fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || turns
}
