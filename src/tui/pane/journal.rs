//! The journal in words.

use ratatui::text::{Line, Span};

use super::person::Looks;
use crate::model::{Envelope, Event, Exchange};
use crate::tui::app::{App, count};
use crate::tui::span;
use crate::tui::text::{clean, clean_lines, fit, joined, pad, wrap};
use crate::tui::theme::Tone;

/// An event as lines: time, the step's `action`, what happened, who; then its calls.
pub(crate) fn lines(app: &App, it: &Envelope, action: Option<String>, looks: Looks) -> Vec<Line<'static>> {
    let theme = app.theme;
    let (said, tone) = words(&it.event);
    let time = if looks.times { format!("{} ", span::time_of_day(it.at, &app.zone)) } else { String::new() };
    let about = pad(&action.unwrap_or_default(), 22);
    let indent = time.len() + 23;
    let said = match it.actor {
        crate::model::Actor::Engine => said,
        _ => format!("{said} (by {})", clean(&it.actor.to_string())),
    };
    let room = looks.width.saturating_sub(indent);
    let said = if looks.wrap { wrap(&said, room) } else { vec![fit(&joined(&said), room)] };
    let mut lines = Vec::new();
    for (n, text) in said.into_iter().enumerate() {
        let mut spans = Vec::new();
        if n == 0 {
            spans.push(Span::styled(time.clone(), theme.style(Tone::Dim)));
            spans.push(Span::raw(format!("{about} ")));
        } else {
            spans.push(Span::raw(" ".repeat(indent)));
        }
        spans.push(Span::styled(text, theme.style(tone)));
        lines.push(Line::from(spans));
    }
    for call in it.event.exchanges() {
        for line in exchange(app, call, room) {
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
    }
    lines
}

/// One call, redacted by the engine.
pub(crate) fn exchange(app: &App, it: &Exchange, width: usize) -> Vec<Line<'static>> {
    let status = it.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let tone = match it.status {
        Some(200..400) => Tone::Plain,
        Some(404) => Tone::Dim,
        _ => Tone::Warn,
    };
    let tail = format!(" {status} {}", span::measured(u64::from(it.ms)));
    let request = fit(&clean(&it.request), width.saturating_sub(tail.len() + 2));
    let mut lines =
        vec![Line::from(vec![Span::raw(format!("  {request}")), Span::styled(tail, app.theme.style(tone))])];
    if !it.said.is_empty() {
        let said = fit(&clean(&it.said), width.saturating_sub(4));
        lines.push(Line::styled(format!("    {said}"), app.theme.style(Tone::Dim)));
    }
    lines
}

/// What happened, on as many lines as whoever told it wrote, and how it is to be read.
pub(crate) fn words(event: &Event) -> (String, Tone) {
    let (text, tone) = match event {
        Event::EngineStarted { epoch, version } => (format!("engine {version} started, epoch {epoch}"), Tone::Dim),
        Event::EngineStopped {} => ("engine stopped".to_owned(), Tone::Dim),
        Event::EnginePaused { reason } => (format!("engine paused: {reason}"), Tone::Warn),
        Event::EngineResumed {} => ("engine resumed".to_owned(), Tone::Plain),
        Event::Opened { phase, plan, .. } => (
            format!("opened, {}, {} by runbook {}", phase.word(), count(plan.steps.len(), "step"), plan.runbook),
            Tone::Plain,
        ),
        Event::NoticeMerged { source, event_id, .. } => (format!("another notice: {source} {event_id}"), Tone::Dim),
        Event::NoticeSetAside { source, reason, .. } => (format!("notice of {source} set aside: {reason}"), Tone::Warn),
        Event::Launched { .. } => ("launched".to_owned(), Tone::Active),
        Event::Rearmed { at, .. } => (format!("armed for {at} instead"), Tone::Plain),
        Event::Paused { reason, .. } => (format!("paused: {reason}"), Tone::Warn),
        Event::Resumed { .. } => ("resumed".to_owned(), Tone::Plain),
        Event::Aborted { reason, .. } => (format!("aborted: {reason}"), Tone::Bad),
        Event::Closed { .. } => ("closed: every access verified gone".to_owned(), Tone::Good),
        Event::LegalHoldPlaced { reason, .. } => (format!("legal hold: {reason}"), Tone::Warn),
        Event::LegalHoldLiftAsked { reason, .. } => (format!("asked to lift the legal hold: {reason}"), Tone::Asking),
        Event::LegalHoldKept { reason, .. } => (format!("the legal hold stays: {reason}"), Tone::Warn),
        Event::LegalHoldLifted { .. } => ("legal hold lifted".to_owned(), Tone::Plain),
        Event::NoteAdded { text, .. } => (format!("note: {text}"), Tone::Strong),
        Event::StepStarted { attempt, .. } => (format!("started, execution {attempt}"), Tone::Plain),
        Event::StepCaptured { .. } => ("kept what undo needs".to_owned(), Tone::Dim),
        Event::StepAcknowledged { already: Some(already), .. } => (format!("was so already: {already}"), Tone::Active),
        Event::StepAcknowledged { .. } => ("acknowledged by the vendor".to_owned(), Tone::Active),
        Event::StepVerified { proof, .. } => (proof.words(), Tone::Good),
        Event::StepRetryAt { reason, .. } => (format!("tried again later: {reason}"), Tone::Warn),
        Event::StepAmbiguous { reason, .. } => (format!("ambiguous: {reason}"), Tone::Warn),
        Event::StepFailed { reason, cure, .. } => (format!("failed: {reason}; {cure}"), Tone::Bad),
        Event::StepNeedsHuman { reason, .. } => (format!("needs a person: {reason}"), Tone::Bad),
        Event::StepRequeued { why, .. } => (format!("queued afresh: {why}"), Tone::Plain),
        Event::ApprovalAsked { .. } => ("consent asked for".to_owned(), Tone::Asking),
        Event::Approved { .. } => ("approved".to_owned(), Tone::Asking),
        Event::ApprovalVoid { reason, .. } => (format!("consent void: {reason}"), Tone::Warn),
        Event::StepRejected { reason, .. } => (format!("rejected: {reason}"), Tone::Warn),
        Event::AlertRaised { summary, .. } => (format!("alert: {summary}"), Tone::Bad),
        Event::AlertResolved { key } => (format!("alert resolved: {key}"), Tone::Plain),
    };
    (clean_lines(&text), tone)
}
