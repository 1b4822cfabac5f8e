//! One offboarding: its plan, and where each step stands.

use std::fmt::Write as _;

use super::event::short;
use super::{Look, recovery, second};
use crate::cli::text::{Table, clean, span};
use crate::model::{Danger, Leaver, Offboarding, Phase, Plan, PlannedStep, StepState, Timestamp, Until, Wait};

/// The plan that a person would get.
pub(in crate::cli) fn plan(leaver: &Leaver, plan: &Plan, look: Look) -> String {
    let mut lines = format!(
        "{}\nrunbook {}, plan {}, to be cut within {}\n\n",
        person(leaver),
        clean(&plan.runbook),
        short(&plan.digest),
        span(plan.sla_ms)
    );
    let mut table = Table::new(&[">#", "STAGE", "ACTION", "DANGER", "ASK", "~WHAT"]);
    // One line a reason, however many steps have it.
    let mut included: Vec<(&str, Vec<u16>)> = Vec::new();
    let mut reasons: Vec<(&Wait, Vec<u16>)> = Vec::new();
    for (ord, step) in (0_u16..).zip(plan.steps.iter()) {
        let ask = if step.approval.is_some() { "yes" } else { "-" };
        let (number, action, danger) = (ord.to_string(), step.action.to_string(), step.danger.to_string());
        table.row([&number, step.stage.name(), &action, &danger, ask, &step.title]);
        gather(&mut included, step.reason.as_str(), ord);
        for wait in &step.waits {
            gather(&mut reasons, wait, ord);
        }
    }
    lines.push_str(&look.table(&table));
    if !included.is_empty() {
        lines.push_str("\nWhy they are in:\n");
    }
    for (reason, steps) in included {
        let _ = writeln!(lines, "  {}: {}", ranges(&steps), clean(reason));
    }
    if !reasons.is_empty() {
        lines.push_str("\nWhy in this order:\n");
    }
    for (wait, waiting) in reasons {
        let patience = match wait.until {
            Until::Succeeded => String::new(),
            Until::Tried { patience_ms } => format!(", for {} at most", span(patience_ms)),
        };
        let (waiting, awaited) = (ranges(&waiting), ranges(&wait.steps));
        let _ = writeln!(lines, "  {waiting} after {awaited}{patience}: {}", clean(&wait.why));
    }
    if !plan.left_out.is_empty() {
        lines.push_str("\nLeft out:\n");
        for left in &plan.left_out {
            let _ = writeln!(lines, "  {}: {}", left.action, clean(&left.reason));
        }
    }
    lines
}

/// Puts a step beside those that have the same reason.
fn gather<T: PartialEq>(known: &mut Vec<(T, Vec<u16>)>, reason: T, ord: u16) {
    match known.iter_mut().find(|(it, _)| *it == reason) {
        Some((_, steps)) => steps.push(ord),
        None => known.push((reason, vec![ord])),
    }
}

pub(super) fn after(step: &PlannedStep) -> String {
    let mut awaited: Vec<u16> = step.waits.iter().flat_map(|wait| wait.steps.iter().copied()).collect();
    awaited.sort_unstable();
    awaited.dedup();
    if awaited.is_empty() { "-".to_owned() } else { ranges(&awaited) }
}

/// `0-4, 7`.
fn ranges(ords: &[u16]) -> String {
    let mut shown = String::new();
    let mut rest = ords;
    while let Some(first) = rest.first() {
        let run = rest.iter().zip(u32::from(*first)..).take_while(|(ord, due)| u32::from(**ord) == *due).count();
        let separator = if shown.is_empty() { "" } else { ", " };
        let last = rest[run - 1];
        let _ = match run {
            1 => write!(shown, "{separator}{first}"),
            2 => write!(shown, "{separator}{first}, {last}"),
            _ => write!(shown, "{separator}{first}-{last}"),
        };
        rest = &rest[run..];
    }
    shown
}

/// An offboarding as it stands at `now`.
pub(in crate::cli) fn show(it: &Offboarding, now: Timestamp, look: Look) -> String {
    let mut lines = format!("{}  {}\n", it.id, person(it.leaver()));
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(lines, "{name:<10} {}", clean(value));
    };
    fact("phase", &phase(&it.phase));
    if let Some(undone) = it.plan.undoes {
        fact("undoes", &undone.to_string());
    }
    if let Some(reason) = &it.notice.reason {
        fact("because", reason);
    }
    fact("told by", &format!("{}, {}, opened by {}", it.notice.source, second(it.opened_at), it.requester));
    if let Some(at) = it.launched_at {
        fact("launched", &second(at));
    }
    if it.is_known_nowhere() {
        fact("nobody", "no system has an account of this person: is it the right address? nothing was cut");
    }
    match (it.cut_at, it.exposure_ms(now)) {
        _ if it.is_known_nowhere() => {}
        (Some(at), Some(ms)) => fact("cut", &format!("{}, after {}", second(at), span(ms))),
        (None, Some(ms)) if it.is_open() => fact("exposed", &format!("for {} by now", span(ms))),
        _ => {}
    }
    if let Some(until) = it.residual_until().filter(|until| *until > now) {
        fact("residual", &format!("some access outlives its account for {} more", span(until.ms_since(now))));
    }
    if let Some(at) = it.ended_at {
        fact("ended", &second(at));
    }
    fact("runbook", &it.plan.runbook);
    fact("plan", &it.plan.digest);
    fact("steps", &counts(it));
    lines.push_str(&recovery::of_one(it, now));
    lines.push('\n');

    let mut table = Table::new(&[">#", "STAGE", "ACTION", "STATE", ">TRY", "~WHAT"]);
    for (ord, (planned, step)) in (0_u16..).zip(it.plan.steps.iter().zip(&it.steps)) {
        table.row([
            &ord.to_string(),
            planned.stage.name(),
            &planned.action.to_string(),
            step.state.word(),
            &step.attempt.to_string(),
            &detail(planned, &step.state, now),
        ]);
    }
    lines.push_str(&look.table(&table));
    for (ord, step) in (0_u16..).zip(&it.steps) {
        let (reason, cure) = match &step.state {
            StepState::Failed { reason, cure, .. } => (reason, cure.as_str()),
            StepState::NeedsHuman { reason, .. } => (reason, ""),
            _ => continue,
        };
        let _ = writeln!(lines, "\n{} {}: {}", it.id.step(ord), step.state.word(), clean(reason));
        if !cure.is_empty() {
            let _ = writeln!(lines, "  {}", clean(cure));
        }
    }
    lines.push_str(&left_behind(it));
    lines.push_str(&recovery::doubts(it, now));
    lines
}

/// What no step removes and a person has to deal with.
fn left_behind(it: &Offboarding) -> String {
    let mut lines = String::new();
    for (ord, step) in (0_u16..).zip(&it.steps) {
        for finding in step.findings() {
            if lines.is_empty() {
                lines.push_str("\nLeft behind, for a person to deal with:\n");
            }
            let _ = writeln!(lines, "  {} {}", it.id.step(ord), clean(&finding.to_string()));
        }
    }
    lines
}

/// `Name <e-mail>, login x`.
pub(super) fn person(leaver: &Leaver) -> String {
    clean(&format!("{} <{}>, login {}", leaver.name, leaver.email, leaver.login)).into_owned()
}

fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Armed { at } => format!("armed, fires {}", second(*at)),
        Phase::Held { reason } => format!("held: {reason}"),
        Phase::Paused { reason } => format!("paused: {reason}"),
        Phase::Aborted { reason } => format!("aborted: {reason}"),
        Phase::Running | Phase::Closed => phase.word().to_owned(),
    }
}

fn counts(it: &Offboarding) -> String {
    let counts = it.counts();
    let parts = [
        ("done", counts.done),
        ("skipped", counts.skipped),
        ("active", counts.active),
        ("waiting", counts.waiting),
        ("retrying", counts.retrying),
        ("ambiguous", counts.ambiguous),
        ("waiting for approval", counts.approval),
        ("in need of a person", counts.attention),
    ];
    let shown: Vec<String> =
        parts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    format!("{}: {}", counts.total, shown.join(", "))
}

fn detail(planned: &PlannedStep, state: &StepState, now: Timestamp) -> String {
    let ago = |since: Timestamp| span(now.ms_since(since));
    let due = |at: Timestamp| if at > now { format!("in {}", span(at.ms_since(now))) } else { "now".to_owned() };
    match state {
        StepState::Waiting => {
            let after = after(planned);
            if after == "-" { planned.title.clone() } else { format!("after {after}") }
        }
        StepState::AwaitingApproval { since } if planned.danger == Danger::Irreversible => {
            format!("irreversible, asked {} ago", ago(*since))
        }
        StepState::AwaitingApproval { since } => format!("asked {} ago", ago(*since)),
        StepState::Running { since, .. } => format!("for {}", ago(*since)),
        StepState::Verifying { since } => format!("acknowledged {} ago", ago(*since)),
        StepState::RetryAt { at, reason } => format!("{}: {reason}", due(*at)),
        StepState::Ambiguous { until, reason } if *until > now => {
            format!("quarantine until {}: {reason}", second(*until))
        }
        StepState::Ambiguous { reason, .. } => format!("being read back: {reason}"),
        StepState::Done { proof, .. } => proof.words(),
        StepState::Failed { reason, .. } | StepState::NeedsHuman { reason, .. } | StepState::Skipped { reason, .. } => {
            reason.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn runs_of_steps_are_short() {
        assert_eq!(ranges(&[0, 1, 2, 3, 7]), "0-3, 7");
        assert_eq!(ranges(&[0, 1, 5, 6]), "0, 1, 5, 6");
        assert_eq!(ranges(&[u16::MAX]), "65535");
        assert_eq!(ranges(&[]), "");
    }
}
