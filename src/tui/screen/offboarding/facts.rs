//! Who the person is, how the offboarding stands, and what is still alive.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::{Doubts, Offboarding, Phase, StepState};
use crate::tui::app::{self, App};
use crate::tui::filter::traits;
use crate::tui::span;
use crate::tui::standing::Standing;
use crate::tui::text::{self, clean, fit, joined};
use crate::tui::theme::Tone;
use crate::tui::view;

pub(super) fn draw(app: &App, frame: &mut Frame, area: Rect, person: &Offboarding) {
    let lines = [who(app, person), stands(app, person), clocks(app, person), alive(app, person)];
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        frame.render_widget(view::cut(line, area.width), Rect { y, height: 1, ..area });
    }
}

fn who(app: &App, person: &Offboarding) -> Line<'static> {
    let leaver = person.leaver();
    let dim = app.theme.style(Tone::Dim);
    let mut spans = vec![
        Span::raw(" "),
        Span::styled(app::name(person), app.theme.style(Tone::Strong)),
        Span::raw(format!("  {}", fit(&clean(&leaver.email), 44))),
        Span::styled("  login ", dim),
        Span::raw(fit(&clean(&leaver.login), 32)),
    ];
    let notable: Vec<_> = traits(leaver).into_iter().filter(|it| *it != "employee").collect();
    if !notable.is_empty() {
        spans.push(Span::styled(format!("  {}", notable.join(", ")), app.theme.style(Tone::Warn)));
    }
    let more = [
        ("id", leaver.employee_id.as_deref()),
        ("title", leaver.title.as_deref()),
        ("dept", leaver.department.as_deref()),
        ("manager", leaver.manager.as_deref()),
        ("zone", leaver.zone.as_deref()),
    ];
    for (label, text) in more {
        if let Some(text) = text {
            spans.push(Span::styled(format!("  {label} "), dim));
            spans.push(Span::raw(fit(&clean(text), 40)));
        }
    }
    Line::from(spans)
}

fn stands(app: &App, person: &Offboarding) -> Line<'static> {
    let standing = Standing::of(person);
    let (glyph, tone) = app.theme.standing(standing);
    let dim = app.theme.style(Tone::Dim);
    let why = match &person.phase {
        Phase::Armed { at } => {
            format!(", starts in {} ({})", span::left(*at, app.now), span::date_time(*at, &app.zone))
        }
        Phase::Held { reason } | Phase::Paused { reason } | Phase::Aborted { reason } => {
            format!(": {}", joined(reason))
        }
        Phase::Running | Phase::Closed => String::new(),
    };
    let held = person.legal_hold.as_ref().map_or_else(String::new, |hold| {
        let asked = if hold.lift.is_some() { " (lift asked)" } else { "" };
        format!("  {} legal hold{asked}: {}", app.theme.legal_hold(), joined(&hold.reason))
    });
    let archived = if app.is_archived(person.id) { "  archived" } else { "" };
    Line::from(vec![
        Span::styled(format!(" {glyph} {}", standing.word()), app.theme.style(tone)),
        Span::styled(archived, app.theme.style(Tone::Strong)),
        Span::raw(fit(&why, 60)),
        Span::styled(fit(&held, 60), app.theme.style(Tone::Warn)),
        Span::styled("  asked by ", dim),
        Span::raw(fit(&clean(&person.requester.to_string()), 32)),
        Span::styled("  runbook ", dim),
        Span::raw(fit(&clean(&person.plan.runbook), 24)),
        Span::styled("  plan ", dim),
        Span::raw(clean(&person.plan.digest).chars().take(12).collect::<String>()),
    ])
}

fn clocks(app: &App, person: &Offboarding) -> Line<'static> {
    let dim = app.theme.style(Tone::Dim);
    let mut spans = vec![Span::styled(" opened ", dim), Span::raw(span::date_time(person.opened_at, &app.zone))];
    if let Some(undone) = person.plan.undoes {
        spans.push(Span::styled(format!("  undo of {undone}: gives back, cuts nothing"), app.theme.style(Tone::Warn)));
        return Line::from(spans);
    }
    match (person.launched_at, person.cut_at) {
        _ if person.is_known_nowhere() => {
            let told =
                format!("  {}no system knows this person: is it the right address?", app.theme.glyph("▲ ", "! "));
            spans.push(Span::styled(told, app.theme.style(Tone::Warn)));
        }
        (None, _) => spans.push(Span::styled("  not launched yet", dim)),
        (Some(launched), None) if person.is_open() => {
            let ms = app.now.ms_since(launched);
            let over = ms > person.plan.sla_ms;
            let (glyph, tone) = if over { (app.theme.glyph("▲ ", "! "), Tone::Bad) } else { ("", Tone::Active) };
            spans.push(Span::styled("  exposed for ", dim));
            let sla = span::chosen(person.plan.sla_ms);
            spans.push(Span::styled(format!("{glyph}{}", span::running(ms)), app.theme.style(tone)));
            spans.push(Span::styled(format!(" of SLA {sla}"), dim));
        }
        (Some(_), None) => spans.push(Span::styled("  never proved cut", app.theme.style(Tone::Bad))),
        (Some(launched), Some(cut)) => {
            let ms = cut.ms_since(launched);
            let over = ms > person.plan.sla_ms;
            spans.push(Span::styled("  kill switch proved in ", dim));
            spans.push(Span::styled(span::measured(ms), app.theme.style(if over { Tone::Warn } else { Tone::Good })));
            spans.push(Span::styled(format!(" (SLA {})", span::chosen(person.plan.sla_ms)), dim));
        }
    }
    Line::from(spans)
}

/// What nobody knows yet, for the plan's title; nothing if all is known.
pub(super) fn in_doubt(app: &App, person: &Offboarding) -> String {
    let doubts = Doubts::of(person, app.now);
    let mut words = String::new();
    if let Some(until) = doubts.until {
        let (at, left) = (span::time_of_day(until, &app.zone), span::left(until, app.now));
        words = format!("  {} in quarantine until {at} ({left})", doubts.waiting);
    }
    if doubts.reading > 0 {
        words = format!("{words}  {} being read back", doubts.reading);
    }
    words
}

/// What still works: unproved kill switch steps, and what outlives the proved ones.
fn alive(app: &App, person: &Offboarding) -> Line<'static> {
    let theme = app.theme;
    if person.launched_at.is_none() {
        return Line::from(vec![
            Span::styled(" still alive  ", theme.style(Tone::Dim)),
            Span::styled("everything: nothing has run", theme.style(Tone::Plain)),
        ]);
    }
    if person.plan.undoes.is_some() {
        let words = "what it gives back, as it is meant to be";
        return Line::from(vec![
            Span::styled(" still alive  ", theme.style(Tone::Dim)),
            Span::styled(words, theme.style(Tone::Plain)),
        ]);
    }
    let mut systems = Vec::new();
    let mut tail = Vec::new();
    for (planned, step) in person.plan.steps.iter().zip(&person.steps) {
        let first = planned.stage == crate::model::Stage::KillSwitch;
        if first && !matches!(step.state, StepState::Done { .. }) {
            systems.push(planned.action.connector.to_string());
        }
        if let (Some(residual), Some(at)) = (&planned.residual, step.acknowledged_at) {
            let until = at.plus_ms(residual.ms);
            if until > app.now {
                tail.push(format!(
                    "{} {} {}",
                    planned.action.connector,
                    clean(&residual.what),
                    span::left(until, app.now)
                ));
            }
        }
    }
    systems.sort();
    systems.dedup();
    let mut spans = vec![Span::styled(" still alive  ", theme.style(Tone::Dim))];
    if systems.is_empty() && tail.is_empty() {
        spans.push(Span::styled("nothing known", theme.style(Tone::Good)));
    }
    if !systems.is_empty() {
        spans.push(Span::styled(format!("not proved dead: {}", systems.join(", ")), theme.style(Tone::Bad)));
    }
    if !tail.is_empty() {
        let gap = if systems.is_empty() { "" } else { "  " };
        let room = text::fit(&tail.join(", "), 100);
        spans.push(Span::styled(format!("{gap}running out: {room}"), theme.style(Tone::Warn)));
    }
    Line::from(spans)
}
