//! One event on one line.

use crate::cli::text::clean;
use crate::model::{Actor, Envelope, Event, Offboarding};

/// `time  whom  what: details`. `of` is the offboarding that it is about, if it is known.
pub(in crate::cli) fn event(envelope: &Envelope, of: Option<&Offboarding>) -> String {
    let event = &envelope.event;
    let whom = match (event.step(), event.offboarding()) {
        (Some(step), _) => {
            let action = of.and_then(|it| it.plan.step(step.ord)).map(|planned| planned.action.to_string());
            format!("{step:<9} {}", action.unwrap_or_default())
        }
        (None, Some(offboarding)) => offboarding.to_string(),
        (None, None) => "engine".to_owned(),
    };
    let by = match &envelope.actor {
        Actor::Engine => String::new(),
        actor => format!(" [{actor}]"),
    };
    let line = format!("{}  {}  {}{by}", envelope.at, whom.trim_end(), what(event));
    clean(&line).into_owned()
}

fn what(event: &Event) -> String {
    let calls = |said: String| {
        let times: Vec<String> = event.exchanges().iter().map(|call| format!("{} ms", call.ms)).collect();
        if times.is_empty() { said } else { format!("{said} ({})", times.join(" + ")) }
    };
    match event {
        Event::EngineStarted { epoch, version } => format!("started, version {version}, epoch {epoch}"),
        Event::EngineStopped {} => "stopped".to_owned(),
        Event::EnginePaused { reason } | Event::Paused { reason, .. } => format!("paused: {reason}"),
        Event::EngineResumed {} | Event::Resumed { .. } => "resumed".to_owned(),
        Event::Opened { notice, plan, phase, .. } => {
            let leaver = &notice.leaver;
            let (count, phase) = (plan.steps.len(), phase.word());
            format!("opened for {} <{}>, {count} steps, {phase}, told by {}", leaver.name, leaver.email, notice.source)
        }
        Event::NoticeMerged { source, event_id, .. } => format!("another notice from {source}: {event_id}"),
        Event::NoticeSetAside { source, event_id, reason } => {
            format!("notice {event_id} from {source} set aside: {reason}")
        }
        Event::Launched { .. } => "launched".to_owned(),
        Event::Rearmed { at, .. } => format!("armed for {at} instead"),
        Event::Aborted { reason, .. } => format!("aborted: {reason}"),
        Event::Closed { .. } => "closed: every access is verified gone".to_owned(),
        Event::LegalHoldPlaced { reason, .. } => format!("LEGAL HOLD: {reason}"),
        Event::LegalHoldLiftAsked { reason, .. } => format!("asked to lift the legal hold: {reason}"),
        Event::LegalHoldKept { reason, .. } => format!("the legal hold stays: {reason}"),
        Event::LegalHoldLifted { .. } => "legal hold lifted".to_owned(),
        Event::NoteAdded { text, .. } => format!("note: {text}"),
        Event::StepStarted { attempt: 1, .. } => "started".to_owned(),
        Event::StepStarted { attempt, .. } => format!("started, attempt {attempt}"),
        Event::StepCaptured { before, .. } if before.seats.is_empty() => "kept what undo needs".to_owned(),
        Event::StepCaptured { before, .. } => format!("kept what undo needs; frees {}", before.seats.join(", ")),
        Event::StepAcknowledged { already: Some(already), .. } => calls(format!("was so already: {already}")),
        Event::StepAcknowledged { account: Some(account), .. } => calls(format!("acknowledged for {}", account.label)),
        Event::StepAcknowledged { .. } => calls("acknowledged".to_owned()),
        Event::StepVerified { proof, .. } => calls(proof.words()),
        Event::StepRetryAt { at, reason, .. } => calls(format!("not done, retried at {at}: {reason}")),
        Event::StepAmbiguous { until, reason, .. } => calls(format!("AMBIGUOUS, read back at {until}: {reason}")),
        Event::StepFailed { reason, cure, .. } => calls(format!("FAILED: {reason}; {cure}")),
        Event::StepNeedsHuman { reason, .. } => calls(format!("NEEDS A PERSON: {reason}")),
        Event::StepRequeued { why, .. } => format!("queued afresh: {why}"),
        Event::ApprovalAsked { plan_digest, .. } => format!("waits for approval of plan {}", short(plan_digest)),
        Event::Approved { plan_digest, expires_at, .. } => {
            format!("approved, plan {}, until {expires_at}", short(plan_digest))
        }
        Event::ApprovalVoid { reason, .. } => format!("approval void: {reason}"),
        Event::StepRejected { reason, .. } => format!("rejected: {reason}"),
        Event::AlertRaised { summary, .. } => format!("ALERT: {summary}"),
        Event::AlertResolved { key } => format!("alert over: {key}"),
    }
}

/// The beginning of a digest: enough to compare by eye, and what `--plan` takes.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
