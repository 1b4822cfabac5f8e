//! Everything known of one step, or of a whole offboarding, as lines.

use ratatui::text::{Line, Span};

use super::{Case, steps};
use crate::model::{Actor, Danger, Envelope, Offboarding, StepState, Timestamp};
use crate::tui::action::Action;
use crate::tui::app::{App, name};
use crate::tui::dialog::frame::{fact, paragraph};
use crate::tui::pane::journal;
use crate::tui::span;
use crate::tui::text::{clean, clean_lines, fit, joined};
use crate::tui::theme::Tone;

/// The step pointed at.
pub(super) fn lines(app: &App, case: &Case, person: &Offboarding, width: usize) -> Vec<Line<'static>> {
    let Some(ord) = case.list.selected else { return Vec::new() };
    let mut lines = of_step(app, person, ord, width);
    let at = person.id.step(ord);
    lines.push(Line::default());
    match case.journal(at) {
        None if app.is_live() => lines.push(Line::styled("loading its journal...", app.theme.style(Tone::Dim))),
        None => lines.push(Line::styled("its journal needs a line to the engine", app.theme.style(Tone::Dim))),
        Some(Err(why)) => {
            let told = format!("its journal did not come, {} asks again: {why}", app.keys.press(Action::StepLog));
            lines.extend(paragraph(app.theme, &clean(&told), Tone::Warn, width));
        }
        Some(Ok(envelopes)) => lines.extend(history(app, envelopes, width)),
    }
    lines
}

/// Exchanges first, then what happened: the newest first.
fn history(app: &App, envelopes: &[Envelope], width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let dim = app.theme.style(Tone::Dim);
    let exchanges: Vec<_> = envelopes.iter().flat_map(|it| it.event.exchanges()).collect();
    if !exchanges.is_empty() {
        lines.push(Line::styled("last calls", dim));
        for exchange in exchanges.iter().rev().take(6) {
            lines.extend(journal::exchange(app, exchange, width));
        }
    }
    lines.push(Line::styled("journal, newest first", dim));
    for envelope in envelopes.iter().rev() {
        let (text, tone) = journal::words(&envelope.event);
        let at = span::time_of_day(envelope.at, &app.zone);
        lines.extend(fact(app.theme, &at, &text, tone, width));
    }
    lines
}

fn of_step(app: &App, person: &Offboarding, ord: u16, width: usize) -> Vec<Line<'static>> {
    let Some((planned, step)) = person.step(ord) else { return Vec::new() };
    let theme = app.theme;
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str, tone| lines.extend(fact(theme, label, text, tone, width));
    let (glyph, tone) = theme.step(&step.state);
    let attempts =
        if step.attempt == 0 { String::new() } else { format!(", try {} of {}", step.tries, planned.retry.attempts) };
    say("what", &clean(&planned.title), Tone::Strong);
    say("state", &format!("{glyph} {}{attempts}", step.state.word()), tone);
    if let Some(held) = steps::held(person, ord) {
        say("waits", &held, Tone::Warn);
        let key = app.keys.press(crate::tui::action::Action::Hold);
        let asked = person.legal_hold.as_ref().is_some_and(|it| it.lift.is_some());
        let next = if asked {
            format!("somebody has asked to lift it: a second person agrees by {key}")
        } else {
            format!("{key} asks to lift it; then a second person agrees")
        };
        say("next", &next, Tone::Plain);
    }
    match &step.state {
        StepState::Waiting | StepState::AwaitingApproval { .. } if steps::held(person, ord).is_some() => {}
        StepState::Waiting => say("waits", &steps::waits(app, person, ord, planned, step), Tone::Plain),
        StepState::AwaitingApproval { .. } => {
            let key = app.keys.press(crate::tui::action::Action::Approve);
            let reject = app.keys.press(crate::tui::action::Action::Reject);
            say("next", &format!("{key} approves, {reject} rejects"), Tone::Asking);
        }
        StepState::Running { deadline_at, .. } => {
            say("deadline", &format!("in {}", span::left(*deadline_at, app.now)), Tone::Plain);
        }
        StepState::RetryAt { at, reason } => {
            say("met", &clean(reason), Tone::Warn);
            say("next try", &format!("in {}", span::left(*at, app.now)), Tone::Plain);
            if let Some(since) = step.extra.held_up_since {
                let (since, system) = (span::time_of_day(since, &app.zone), &planned.action.connector);
                say("held up", &format!("since {since}; it goes on by itself when {system} answers"), Tone::Plain);
            }
        }
        StepState::Ambiguous { until, reason } => {
            say("met", &clean(reason), Tone::Warn);
            let text = if *until > app.now {
                let (at, left) = (span::time_of_day(*until, &app.zone), span::left(*until, app.now));
                format!("until {at}, {left} more; then the real state is read")
            } else {
                "over: the real state is being read".to_owned()
            };
            say("quarantine", &text, Tone::Plain);
        }
        StepState::Failed { reason, cure, .. } => {
            say("failed", &clean(reason), Tone::Bad);
            say("cure", &clean(cure), Tone::Plain);
            if !app.is_archived(person.id) {
                let key = app.keys.press(crate::tui::action::Action::Retry);
                say("next", &format!("{key} queues it afresh"), Tone::Strong);
            }
        }
        StepState::NeedsHuman { reason, .. } => {
            say("decide", &clean(reason), Tone::Bad);
            if !app.is_archived(person.id) {
                let key = app.keys.press(crate::tui::action::Action::Retry);
                say("next", &format!("look there, set it right, then {key} queues it afresh"), Tone::Strong);
            }
        }
        StepState::Done { at, proof } => {
            say("proof", &format!("{} ({})", clean(&proof.words()), span::time_of_day(*at, &app.zone)), Tone::Good);
        }
        StepState::Skipped { reason, .. } => say("skipped", &clean_lines(reason), Tone::Plain),
        StepState::Verifying { .. } => {}
    }
    if let Some(doubt) = &step.extra.doubt
        && let Some(end) = &doubt.ended
    {
        let (since, at) = (span::time_of_day(doubt.since, &app.zone), span::time_of_day(end.at, &app.zone));
        say("in doubt", &format!("from {since} to {at}: {}", clean(&doubt.reason)), Tone::Warn);
        say("concluded", &clean(&end.conclusion.words()), Tone::Plain);
    }
    if let Some(account) = &step.account {
        say("account", &format!("{}, id {}", clean(&account.label), clean(&account.id)), Tone::Plain);
        say("matched on", &clean(&account.matched_on), Tone::Plain);
    }
    say("in the plan", &clean(&planned.reason), Tone::Plain);
    let danger = if planned.danger == Danger::Irreversible { Tone::Bad } else { Tone::Plain };
    let undo = planned.undo.as_deref().map_or_else(|| "no undo".to_owned(), |it| format!("undo: {}", clean(it)));
    say("danger", &format!("{}; {undo}; {}", planned.danger, planned.class.name()), danger);
    if let Some(caveat) = &step.extra.caveat {
        say("caveat", &clean(caveat), Tone::Warn);
    }
    if let Some(residual) = &planned.residual {
        let text = match step.acknowledged_at.map(|at| at.plus_ms(residual.ms)) {
            Some(until) if until > app.now => format!("{}: {} more", clean(&residual.what), span::left(until, app.now)),
            Some(_) => format!("{}: run out", clean(&residual.what)),
            None => format!("{}: up to {} after it", clean(&residual.what), span::running(residual.ms)),
        };
        say("outlives it", &text, Tone::Warn);
    }
    if let Some(approval) = &step.extra.approval {
        let left = span::left(approval.expires_at, app.now);
        let used = if matches!(step.state, StepState::Waiting) { format!(", void in {left}") } else { String::new() };
        say("approved", &format!("by {}{used}", clean(&approval.by.to_string())), Tone::Plain);
    }
    for wait in &planned.waits {
        let on: Vec<_> =
            wait.steps.iter().filter_map(|ord| person.plan.step(*ord)).map(|it| it.action.to_string()).collect();
        say("after", &format!("{}: {}", on.join(", "), clean(&wait.why)), Tone::Dim);
    }
    lines
}

/// Everything known of an offboarding: what the details of a person show.
pub(crate) fn whole(app: &App, person: &Offboarding, width: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let leaver = person.leaver();
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str, tone| lines.extend(fact(theme, label, text, tone, width));
    say("person", &name(person), Tone::Strong);
    for (label, text) in [
        ("e-mail", Some(&leaver.email)),
        ("login", Some(&leaver.login)),
        ("HR id", leaver.employee_id.as_ref()),
        ("title", leaver.title.as_ref()),
        ("department", leaver.department.as_ref()),
        ("manager", leaver.manager.as_ref()),
        ("country", leaver.country.as_ref()),
        ("zone", leaver.zone.as_ref()),
    ] {
        if let Some(text) = text {
            say(label, &clean(text), Tone::Plain);
        }
    }
    say("is", &crate::tui::filter::traits(leaver).join(", "), Tone::Plain);
    for (connector, id) in &leaver.accounts {
        say("account", &format!("{connector}: {}", clean(id)), Tone::Plain);
    }
    say("offboarding", &format!("{}, {}", person.id, person.phase.word()), Tone::Plain);
    say("asked by", &clean(&person.requester.to_string()), Tone::Plain);
    say("notice", &format!("{} {}", clean(&person.notice.source), clean(&person.notice.event_id)), Tone::Dim);
    say("runbook", &clean(&person.plan.runbook), Tone::Plain);
    say("plan", &clean(&person.plan.digest), Tone::Dim);
    for (label, at) in [
        ("opened", Some(person.opened_at)),
        ("launched", person.launched_at),
        ("cut", person.cut_at),
        ("ended", person.ended_at),
    ] {
        if let Some(at) = at {
            say(label, &format!("{} ({at})", span::date_time(at, &app.zone)), Tone::Plain);
        }
    }
    if let Some(hold) = &person.legal_hold {
        let told = |reason: &str, by: &Actor, at: Timestamp| {
            format!("{} (by {}, {})", clean_lines(reason), clean(&by.to_string()), span::date_time(at, &app.zone))
        };
        say("legal hold", &told(&hold.reason, &hold.by, hold.at), Tone::Warn);
        if let Some(lift) = &hold.lift {
            let key = app.keys.press(crate::tui::action::Action::Hold);
            say("lift asked", &told(&lift.reason, &lift.by, lift.at), Tone::Asking);
            say("next", &format!("a second person agrees: {key}"), Tone::Plain);
        }
    }
    for note in &person.notes {
        let head = format!("by {}, {}", clean(&note.by.to_string()), span::date_time(note.at, &app.zone));
        say("note", &head, Tone::Dim);
        say("", &clean_lines(&note.text), Tone::Plain);
    }
    lines.push(Line::default());
    for (ord, (planned, step)) in (0u16..).zip(person.plan.steps.iter().zip(&person.steps)) {
        let (glyph, tone) = theme.step(&step.state);
        let said = match &step.state {
            StepState::Done { proof, .. } => proof.words(),
            StepState::Waiting => steps::waits(app, person, ord, planned, step),
            state => crate::tui::app::trouble(state).unwrap_or_default(),
        };
        lines.push(Line::from(vec![
            Span::styled(format!("{glyph} {:<12}", step.state.word()), theme.style(tone)),
            Span::raw(format!("{:<26} ", fit(&planned.action.to_string(), 26))),
            Span::styled(fit(&joined(&said), width.saturating_sub(42)), theme.style(Tone::Dim)),
        ]));
    }
    if !person.plan.left_out.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("left out of the plan", theme.style(Tone::Dim)));
        for left in &person.plan.left_out {
            lines.extend(fact(
                theme,
                &left.action.to_string(),
                &format!("  {}", clean(&left.reason)),
                Tone::Plain,
                width,
            ));
        }
    }
    lines
}
