//! Whether an action can be done now; if not, why. Read by dispatch, footer and palette alike.

use super::action::{Action, entry, screens};
use super::app::{self, App, LineState};
use super::link::STOPPED;
use super::screen::Place;
use super::{span, text};
use crate::model::health::ConnectorStatus;
use crate::model::{Actor, LegalHold, Offboarding, Phase, Role, StepState};

/// Why not, in words that say what to do.
pub(crate) fn enabled(app: &App, action: Action) -> Result<(), String> {
    let row = entry(action);
    if !row.contexts.contains(&app.context()) {
        return Err(format!("only on: {}", screens(row.contexts)));
    }
    if row.is_act() {
        can_act(app, if matches!(action, Action::Approve | Action::Reject) { Role::Approver } else { Role::Operator })?;
    }
    let person = || app.person().ok_or_else(|| "nobody is selected".to_owned());
    match action {
        // Over whatever screen it was opened.
        Action::Open if app.launch.is_some() => Ok(()),
        Action::Details | Action::Copy if app.place == Place::Ledger => app.log.is_known(),
        Action::Open | Action::Details | Action::Copy if app.place == Place::History => pointed(app),
        Action::Open | Action::Details | Action::Copy | Action::Right if app.place == Place::Connectors => {
            connector(app).map(drop)
        }
        Action::Mark | Action::MarkRange | Action::MarkAll if app.launch.is_some() => app.marks_in_launch(),
        Action::Open | Action::Details | Action::Copy => person().map(drop),
        Action::Right if app.place != Place::Wall => person().map(drop),
        Action::Probe | Action::ProbeAll => {
            connector(app)?;
            if !app.is_live() {
                return Err("the connectors are asked by the engine, and there is no line to it".to_owned());
            }
            if action == Action::ProbeAll && app.systems.asks_all(app) || app.systems.asks_selected(app) {
                return Err("it is being asked just now".to_owned());
            }
            Ok(())
        }
        Action::TryNow => {
            let it = connector(app)?;
            if it.health.is_dead() {
                Ok(())
            } else {
                Err(format!("{} is {}: nothing holds its jobs back but their turn", it.id, it.health.word()))
            }
        }
        Action::Verify => app.log.can_verify(app),
        Action::Timeline => {
            pointed(app)?;
            if app.is_live() {
                Ok(())
            } else {
                Err("the timeline is read from the engine, and there is no line to it".to_owned())
            }
        }
        Action::Approve | Action::Reject | Action::Retry | Action::RetryAll if archived(app) => {
            Err("it has ended, and is shown as the journal has it".to_owned())
        }
        Action::Payloads | Action::StepLog => {
            app.step_that(|_| true).ok_or_else(|| "no step is selected".to_owned())?;
            if app.is_live() {
                Ok(())
            } else {
                Err("it is read from the engine, and there is no line to it".to_owned())
            }
        }
        Action::Approve | Action::Reject => consent(app, action),
        Action::Retry => {
            if app.is_bulk() {
                return some_failed(app);
            }
            person()?;
            app.step_that(StepState::needs_attention)
                .map(drop)
                .ok_or_else(|| "nothing failed here; what is `retrying` is tried again by itself".to_owned())
        }
        Action::RetryAll => some_failed(app),
        Action::Pause if app.is_bulk() => {
            let can = |it: &Offboarding| matches!(it.phase, Phase::Running | Phase::Paused { .. });
            any(app, can, "none of the marked runs or is paused")
        }
        Action::Pause => match person()?.phase {
            Phase::Running | Phase::Paused { .. } => Ok(()),
            Phase::Armed { .. } | Phase::Held { .. } => Err("it has not begun: there is nothing to pause".to_owned()),
            Phase::Aborted { .. } | Phase::Closed => Err("it has ended".to_owned()),
        },
        Action::Launch => {
            person()?;
            any(app, app::waits_for_launch, "only what is armed or held can be launched")
        }
        Action::Abort if app.is_bulk() => any(app, app::can_be_aborted, "all of the marked have ended"),
        Action::Abort => {
            let person = person()?;
            if !person.is_open() {
                return Err("it has ended".to_owned());
            }
            if person.leaver().login.is_empty() { Err("this leaver has no login to type".to_owned()) } else { Ok(()) }
        }
        Action::Hold if app.is_bulk() => {
            any(app, |it| it.legal_hold.is_none(), "all of the marked are held: one at a time is taken off")
        }
        Action::Undo | Action::Export | Action::Note | Action::Hold | Action::KeepHold => {
            one_only(app)?;
            match app.pointed_at().map(|id| app.mirror.fleet.get(id)) {
                None => Err("nobody is selected".to_owned()),
                // The engine is asked, and it is looked at then.
                Some(None) => Ok(()),
                Some(Some(person)) => of_person(app, action, person),
            }
        }
        Action::LaunchNew => app.launch_ready(),
        Action::DryRun => app.dry_run_ready(),
        Action::When => app.when_ready(),
        Action::New | Action::Runbook if !app.is_live() => {
            Err("it is asked of the engine, and there is no line to it".to_owned())
        }
        Action::Filter | Action::Sort | Action::SortReverse | Action::Mark | Action::MarkRange | Action::MarkAll => {
            if app.seen {
                Ok(())
            } else {
                Err("there are no rows yet".to_owned())
            }
        }
        Action::Alerts if app.mirror.fleet.alerts.is_empty() => Err("no alert is open".to_owned()),
        _ => Ok(()),
    }
}

fn connector(app: &App) -> Result<&ConnectorStatus, String> {
    app.systems.selected(app).ok_or_else(|| "no connector is selected".to_owned())
}

/// A row is selected, whether its person is in memory or not.
fn pointed(app: &App) -> Result<(), String> {
    app.pointed_at().map(drop).ok_or_else(|| "nobody is selected".to_owned())
}

fn archived(app: &App) -> bool {
    app.pointed_at().is_some_and(|id| app.is_archived(id))
}

fn can_act(app: &App, needed: Role) -> Result<(), String> {
    if app.is_read_only() {
        return Err("this console is read-only: open one without --read-only to act".to_owned());
    }
    if app.role() < needed {
        return Err(format!("it needs the role {needed}, and yours here is {}", app.role()));
    }
    if app.is_live() {
        return Ok(());
    }
    if let Some(ms) = app.silent_ms() {
        return Err(format!("the engine has not answered for {}: nothing is sent until it does", span::running(ms)));
    }
    if let LineState::Lost { reason, .. } = &app.line
        && reason == STOPPED
    {
        return Err(STOPPED.to_owned());
    }
    Err(match app.age_ms() {
        Some(age) => format!("no line to the engine, and what is shown is {} old: wait for `live`", span::running(age)),
        None => "no line to the engine yet".to_owned(),
    })
}

/// Whether this can be done to this person, wherever they come from.
pub(crate) fn of_person(app: &App, action: Action, person: &Offboarding) -> Result<(), String> {
    let no = |why: &str| Err(why.to_owned());
    match (action, &person.legal_hold) {
        (Action::Hold, Some(hold)) if hold.lift.is_some() && app.role() < Role::Approver => Err(format!(
            "the second person to lift it needs the role {}, and yours here is {}",
            Role::Approver,
            app.role()
        )),
        (Action::Hold, Some(hold)) if hold.lift.is_some() => match hold.why_not_lifted_by(&myself(app, hold)) {
            Some(why) => Err(format!("{why}: a second person has to agree")),
            None => Ok(()),
        },
        (Action::KeepHold, None) => no("it is under no legal hold"),
        (Action::KeepHold, Some(hold)) if hold.lift.is_none() => no("nobody has asked to lift the hold: it stands"),
        (Action::Undo, _) if person.plan.undoes.is_some() => no("it is an undo itself: add the leaver again to cut"),
        (Action::Undo, _) if person.is_open() && !matches!(person.phase, Phase::Paused { .. }) => {
            let (pause, abort) = (app.keys.press(Action::Pause), app.keys.press(Action::Abort));
            Err(format!("it is {}: stop it first, {pause} pauses and {abort} aborts", person.phase.word()))
        }
        (Action::Undo, _) if person.leaver().login.is_empty() => no("this leaver has no login to type"),
        (Action::Undo, _) => match person.steps.iter().find(|step| step.state.is_unresolved()) {
            Some(step) => Err(format!("a step is {}: wait until its effect is known", step.state.word())),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Who the engine takes this console for. It was told the login alone: of those who touched the hold, the one of this
/// name. The engine compares the users themselves.
fn myself(app: &App, hold: &LegalHold) -> Actor {
    let touched = [Some(&hold.by), hold.lift.as_ref().map(|it| &it.by)];
    touched.into_iter().flatten().find(|by| is_me(app, by)).cloned().unwrap_or(Actor::Engine)
}

fn is_me(app: &App, by: &Actor) -> bool {
    let login = app.mirror.welcome.as_ref().map(|it| it.login.as_str());
    matches!(by, Actor::Operator { login: of, .. } if Some(of.as_str()) == login)
}

/// Whether a step waits for consent, and can be given it.
fn consent(app: &App, action: Action) -> Result<(), String> {
    let can = |person: &Offboarding, ord: u16| match (action, person.hold_on(ord)) {
        (Action::Approve, Some(hold)) => Err(format!("{}; it can be declined", text::joined(&hold.words()))),
        (Action::Approve, None) if person.leaver().login.is_empty() => {
            Err("this leaver has no login to type".to_owned())
        }
        (Action::Approve, None) if needs_other_eyes(app, person, ord) => {
            Err("you asked for this offboarding: a second person has to approve".to_owned())
        }
        _ => Ok(()),
    };
    // The first that will do is enough.
    let mut last = Err("no step waits for consent here".to_owned());
    for at in app.asked_steps() {
        let Some(person) = app.mirror.fleet.get(at.offboarding) else { continue };
        last = can(person, at.ord);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Whoever asked for an offboarding does not approve its steps, where the policy says four eyes.
fn needs_other_eyes(app: &App, person: &Offboarding, ord: u16) -> bool {
    let policy = person.plan.step(ord).and_then(|planned| planned.approval.as_ref());
    policy.is_some_and(|it| it.four_eyes) && is_me(app, &person.requester)
}

/// One of those that an act is about must be fit for it.
fn any(app: &App, fits: impl Fn(&Offboarding) -> bool, none: &str) -> Result<(), String> {
    if app.chosen().any(fits) { Ok(()) } else { Err(none.to_owned()) }
}

/// Marks are for bulk acts; this one is about one person.
fn one_only(app: &App) -> Result<(), String> {
    if app.is_bulk() && app.marked() > 1 {
        return Err(format!("takes one person at a time: {} clears the marks", app.keys.press(Action::Back)));
    }
    Ok(())
}

fn some_failed(app: &App) -> Result<(), String> {
    if app.some_fail() { Ok(()) } else { Err("nothing failed here".to_owned()) }
}
