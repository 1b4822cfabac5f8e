//! What is shown before an act that cannot be taken back.

use std::fmt::Write as _;

use super::offboarding::person;
use crate::cli::text::{clean, span};
use crate::model::Offboarding;

/// A step that waits for consent: what, where, of whom, and what cannot be undone.
pub(in crate::cli) fn approval(it: &Offboarding, ord: u16) -> String {
    let Some((planned, step)) = it.step(ord) else { return String::new() };
    let mut lines = String::new();
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(lines, "{name:<10} {}", clean(value));
    };
    fact("step", &format!("{} {}", it.id.step(ord), planned.action));
    fact("what", &planned.title);
    fact("whose", &person(it.leaver()));
    match &step.account {
        Some(account) => fact("account", &format!("{} ({}, by {})", account.label, account.id, account.matched_on)),
        None => fact("account", "not looked up yet"),
    }
    fact("danger", &planned.danger.to_string());
    fact("undo", planned.undo.as_deref().unwrap_or("none: what it does cannot be taken back"));
    if let Some(residual) = &planned.residual {
        fact("residual", &format!("{}, for {} after it", residual.what, span(residual.ms)));
    }
    fact("why", &planned.reason);
    fact("asked by", &it.requester.to_string());
    fact("state", step.state.word());
    fact("plan", &it.plan.digest);
    lines
}

/// An offboarding that is about to be stopped for good.
pub(in crate::cli) fn abort(it: &Offboarding, reason: &str) -> String {
    let counts = it.counts();
    let open = it.steps.iter().filter(|step| !step.state.is_settled());
    let (sent, never): (Vec<_>, Vec<_>) =
        open.partition(|step| step.state.is_unresolved() || step.acknowledged_at.is_some());
    let steps = |count: usize| if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    let mut lines = String::new();
    let _ = writeln!(lines, "abort      {} of {}", it.id, person(it.leaver()));
    let _ = writeln!(lines, "done       {}, and what was done stays done", steps(counts.done as usize));
    if !sent.is_empty() {
        let _ = writeln!(lines, "sent       {}, not proved yet: what was done stays done", steps(sent.len()));
    }
    if !never.is_empty() {
        let left = if it.plan.undoes.is_some() { "nothing of it comes back" } else { "that access stays alive" };
        let _ = writeln!(lines, "not done   {} that will not run: {left}", steps(never.len()));
    }
    let _ = writeln!(lines, "reason     {}", clean(reason));
    lines
}
