//! What stands in a launch's way, as far as it is known without a call.

use crate::model::health::Health;
use crate::model::{DryRun, Leaver, Plan, Would};
use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::{clean, joined};
use crate::tui::theme::Tone;

/// One thing in the way, and how bad it is.
pub(super) type Blocker = (String, Tone);

/// What the engine and the connectors' state say about launching this plan.
pub(super) fn of_plan(app: &App, leaver: &Leaver, plan: &Plan) -> Vec<Blocker> {
    let mut told = Vec::new();
    if plan.steps.is_empty() {
        told.push((
            "the plan has no step: the engine refuses to launch it; configure a connector".to_owned(),
            Tone::Bad,
        ));
    }
    if let Some(reason) = &app.mirror.fleet.paused {
        told.push((
            format!("the engine is paused: no act starts before it is resumed ({})", joined(reason)),
            Tone::Bad,
        ));
    }
    let systems = plan.systems();
    for status in app.mirror.connectors.iter().filter(|it| systems.contains(&it.id)) {
        let why = status.last_error.as_deref().map(|it| format!(": {}", clean(it))).unwrap_or_default();
        match status.health {
            Health::Down => {
                told.push((format!("{} does not answer; its steps wait for it{why}", status.id), Tone::Bad));
            }
            Health::Locked => {
                told.push((
                    format!("{} refuses our credentials; its steps wait for new ones{why}", status.id),
                    Tone::Bad,
                ));
            }
            Health::Throttled => {
                let until = status.blocked_until.map(|it| format!(" until {}", span::time_of_day(it, &app.zone)));
                told.push((format!("{} limits us{}", status.id, until.unwrap_or_default()), Tone::Warn));
            }
            Health::Unknown | Health::Up => {}
        }
    }
    if leaver.login.trim().is_empty() && plan.asking() > 0 {
        told.push(("the person has no login, which an approver would have to type".to_owned(), Tone::Warn));
    }
    told
}

/// What a dry run found.
pub(super) fn of_dry_run(run: &DryRun) -> Vec<Blocker> {
    let mut told: Vec<Blocker> = Vec::new();
    for step in &run.steps {
        let (what, tone) = match &step.would {
            Would::NeedsHuman { reason } => (format!("needs a person: {}", clean(reason)), Tone::Bad),
            Would::Refused { reason, cure } if cure.is_empty() => (format!("refused: {}", clean(reason)), Tone::Bad),
            Would::Refused { reason, cure } => (format!("refused: {}; {}", clean(reason), clean(cure)), Tone::Bad),
            Would::CannotTell { reason } => (format!("cannot tell: {}", clean(reason)), Tone::Warn),
            Would::NoAccount { searched } => (format!("no account: {}", clean(searched)), Tone::Dim),
            Would::Change { .. } | Would::Already { .. } | Would::Look => continue,
        };
        // What holds for a whole system is said once.
        let system = format!("{}: {what}", step.action.connector);
        let own = format!("{}: {what}", step.action);
        let same = run.steps.iter().filter(|it| it.action.connector == step.action.connector);
        let whole = same.clone().count() > 1 && same.clone().all(|it| it.would == step.would);
        let line = if whole { system } else { own };
        if !told.iter().any(|(known, _)| *known == line) {
            told.push((line, tone));
        }
    }
    told
}
