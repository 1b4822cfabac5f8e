//! The plan's rows.

use ratatui::text::{Line, Span};

use crate::model::offboarding::Release;
use crate::model::{Offboarding, Phase, PlannedStep, Stage, Step, StepState, Until};
use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::{clean, fit, joined, pad, pad_left};
use crate::tui::theme::{Theme, Tone};

pub(super) fn heading(app: &App, person: &Offboarding, stage: Stage) -> Line<'static> {
    let steps = person.plan.steps.iter().zip(&person.steps).filter(|(planned, _)| planned.stage == stage);
    let (total, settled) =
        steps.fold((0, 0), |(total, settled), (_, step)| (total + 1, settled + usize::from(step.state.is_settled())));
    let tone = if total == settled { Tone::Good } else { Tone::Dim };
    Line::from(vec![
        Span::styled(format!(" {}", stage.name()), app.theme.style(Tone::Strong)),
        Span::styled(format!("  {settled}/{total}"), app.theme.style(tone)),
    ])
}

pub(super) fn row(app: &App, person: &Offboarding, ord: u16, width: usize, selected: bool) -> Line<'static> {
    let Some((planned, step)) = person.step(ord) else { return Line::default() };
    let theme = app.theme;
    let (glyph, tone) = theme.step(&step.state);
    let longest = person.plan.steps.iter().map(|it| it.action.to_string().len()).max().unwrap_or(0);
    let action = longest.min(width / 3).max(14);
    let attempts = if step.attempt == 0 { String::new() } else { format!("{}/{}", step.tries, planned.retry.attempts) };
    let left = width.saturating_sub(3 + 2 + 12 + 1 + action + 1 + 5 + 1);
    let mut spans = vec![
        Span::styled(format!("   {glyph} {}", pad(step.state.word(), 12)), theme.style(tone)),
        Span::raw(format!(" {}", pad(&planned.action.to_string(), action))),
        Span::styled(format!(" {}", pad_left(&attempts, 5)), theme.style(Tone::Dim)),
        Span::styled(format!(" {}", fit(&next(app, person, ord, planned, step), left)), theme.style(Tone::Dim)),
    ];
    if selected {
        let text: String = spans.drain(..).map(|it| it.content.into_owned()).collect();
        return Line::styled(pad(&text, width), Theme::selected());
    }
    Line::from(spans)
}

/// What comes next, or what came of it, in a few words.
fn next(app: &App, person: &Offboarding, ord: u16, planned: &PlannedStep, step: &Step) -> String {
    if let Some(held) = held(person, ord) {
        return held;
    }
    match &step.state {
        StepState::Waiting => waits(app, person, ord, planned, step),
        StepState::AwaitingApproval { since } => format!("asked {} ago", span::running(app.now.ms_since(*since))),
        StepState::Running { since, .. } => format!("for {}", span::running(app.now.ms_since(*since))),
        StepState::Verifying { since } => format!("reading back for {}", span::running(app.now.ms_since(*since))),
        StepState::RetryAt { at, reason } => format!("in {}: {}", span::left(*at, app.now), clean(reason)),
        StepState::Ambiguous { until, reason } if *until > app.now => {
            let at = span::time_of_day(*until, &app.zone);
            format!("quarantine until {at} ({}): {}", span::left(*until, app.now), clean(reason))
        }
        StepState::Ambiguous { reason, .. } => format!("reading the real state: {}", clean(reason)),
        StepState::Done { at, proof } => format!("{} {}", span::time_of_day(*at, &app.zone), clean(&proof.words())),
        StepState::Failed { reason, .. } | StepState::NeedsHuman { reason, .. } | StepState::Skipped { reason, .. } => {
            joined(reason)
        }
    }
}

/// The legal hold that keeps the step from starting, in words.
pub(super) fn held(person: &Offboarding, ord: u16) -> Option<String> {
    let (_, step) = person.step(ord)?;
    let would_go_on =
        matches!(step.state, StepState::Waiting | StepState::AwaitingApproval { .. } | StepState::RetryAt { .. });
    person.hold_on(ord).filter(|_| would_go_on && person.is_open()).map(|hold| joined(&hold.words()))
}

/// Why a step waits: the first wait that is not over, in the plan's words.
pub(super) fn waits(app: &App, person: &Offboarding, ord: u16, planned: &PlannedStep, step: &Step) -> String {
    match &person.phase {
        Phase::Armed { .. } | Phase::Held { .. } => return "not launched".to_owned(),
        Phase::Paused { .. } => return "the offboarding is paused".to_owned(),
        Phase::Aborted { .. } => return "never: aborted".to_owned(),
        Phase::Running | Phase::Closed => {}
    }
    if let Some(held) = held(person, ord) {
        return held;
    }
    if app.mirror.fleet.paused.is_some() {
        return "the engine is paused".to_owned();
    }
    let open = planned.waits.iter().find_map(|wait| {
        let mut on = wait.steps.iter().filter(|ord| {
            person.steps.get(usize::from(**ord)).is_some_and(|it| match wait.until {
                Until::Succeeded => !it.state.is_settled(),
                Until::Tried { .. } => !it.was_tried(),
            })
        });
        let first = person.plan.step(*on.next()?)?;
        let more = on.count();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("for {}{more}: {}", first.action, clean(&wait.why)))
    });
    match (person.release(ord, app.now), open) {
        (Release::Now, _) if step.extra.approval.is_some() => "approved, for its turn".to_owned(),
        (Release::Now, _) => "for its turn".to_owned(),
        (Release::At(at), Some(open)) => format!("{open} (at most {})", span::left(at, app.now)),
        (_, open) => open.unwrap_or_else(|| "waits for other steps".to_owned()),
    }
}
