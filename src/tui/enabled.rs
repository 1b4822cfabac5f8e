//! Whether an action can be done now; if not, why. Read by dispatch, footer and palette alike.

use super::action::{Action, entry, screens};
use super::app::App;
use super::screen::Place;
use super::span;
use crate::model::{Phase, StepState};

/// Why not, in words that say what to do.
pub(crate) fn enabled(app: &App, action: Action) -> Result<(), String> {
    let row = entry(action);
    if !row.contexts.contains(&app.context()) {
        return Err(format!("on screens {}", screens(row.contexts)));
    }
    if row.is_act() {
        can_act(app)?;
    }
    let person = || app.person().ok_or_else(|| "nobody is selected".to_owned());
    match action {
        Action::Open | Action::Details | Action::Copy if app.place == Place::Ledger => app.log.is_known(),
        Action::Open | Action::Details | Action::Copy if app.place == Place::History => pointed(app),
        Action::Open | Action::Details | Action::Copy => person().map(drop),
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
        Action::Approve | Action::Reject => {
            person()?;
            if action == Action::Reject && app.marked() > 1 {
                return Err(format!("takes one step at a time: {} clears the marks", app.keys.press(Action::Back)));
            }
            one_only(app)?;
            app.step_that(|state| matches!(state, StepState::AwaitingApproval { .. }))
                .map(drop)
                .ok_or_else(|| "no step waits for consent here".to_owned())?;
            let login = &person()?.leaver().login;
            if login.is_empty() { Err("this leaver has no login to type".to_owned()) } else { Ok(()) }
        }
        Action::Retry => {
            if app.place == Place::Dashboard && app.marked() > 0 {
                return some_failed(app);
            }
            person()?;
            app.step_that(StepState::needs_attention)
                .map(drop)
                .ok_or_else(|| "nothing failed here; what is `retrying` is tried again by itself".to_owned())
        }
        Action::RetryAll => some_failed(app),
        Action::Pause => {
            if app.marked() > 0 && app.place == Place::Dashboard {
                return Ok(());
            }
            match person()?.phase {
                Phase::Running | Phase::Paused { .. } => Ok(()),
                Phase::Armed { .. } | Phase::Held { .. } => {
                    Err("it has not begun: there is nothing to pause".to_owned())
                }
                Phase::Aborted { .. } | Phase::Closed => Err("it has ended".to_owned()),
            }
        }
        Action::Launch => {
            one_only(app)?;
            match person()?.phase {
                Phase::Armed { .. } | Phase::Held { .. } => Ok(()),
                _ => Err("only what is armed or held can be launched".to_owned()),
            }
        }
        Action::Abort => {
            one_only(app)?;
            let person = person()?;
            if !person.is_open() {
                return Err("it has ended".to_owned());
            }
            if person.leaver().login.is_empty() { Err("this leaver has no login to type".to_owned()) } else { Ok(()) }
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

/// A row is selected, whether its person is in memory or not.
fn pointed(app: &App) -> Result<(), String> {
    app.pointed_at().map(drop).ok_or_else(|| "nobody is selected".to_owned())
}

fn archived(app: &App) -> bool {
    app.pointed_at().is_some_and(|id| app.is_archived(id))
}

fn can_act(app: &App) -> Result<(), String> {
    if app.is_read_only() {
        return Err("this console is read-only: open one without --read-only to act".to_owned());
    }
    if app.is_live() {
        return Ok(());
    }
    Err(match app.age_ms() {
        Some(age) => format!("no line to the engine, and what is shown is {} old: wait for `live`", span::running(age)),
        None => "no line to the engine yet".to_owned(),
    })
}

/// Marks on the dashboard are for bulk acts; this one is about one person.
fn one_only(app: &App) -> Result<(), String> {
    if app.place == Place::Dashboard && app.marked() > 1 {
        return Err(format!("takes one person at a time: {} clears the marks", app.keys.press(Action::Back)));
    }
    Ok(())
}

fn some_failed(app: &App) -> Result<(), String> {
    let none = match app.place {
        Place::Dashboard if app.marked() == 0 => app.board.failing.is_empty(),
        _ => app.failing().is_empty(),
    };
    if none { Err("nothing failed here".to_owned()) } else { Ok(()) }
}
