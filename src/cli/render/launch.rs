//! What is looked at before somebody is offboarded.

use std::fmt::Write as _;

use super::event::short;
use super::offboarding::person;
use super::{Look, second};
use crate::cli::text::{Table, clean, span};
use crate::model::{Departure, DryRun, Missing, Would};

/// What each step of a plan would meet.
pub(in crate::cli) fn dry_run(run: &DryRun, look: Look) -> String {
    let counts: Vec<String> = run.counts().into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    let mut lines = format!(
        "{}\nplan {}, {} steps read in {}, nothing changed: {}\n\n",
        person(&run.leaver),
        short(&run.digest),
        run.steps.len(),
        span(run.ms),
        counts.join(", ")
    );
    let mut table = Table::new(&[">#", "STAGE", "ACTION", "ACCOUNT", "WOULD", "~WHY"]);
    for (ord, step) in run.steps.iter().enumerate() {
        let account = step.account.as_ref().map_or("-", |it| it.label.as_str());
        let (ord, action) = (ord.to_string(), step.action.to_string());
        table.row([&ord, step.stage.name(), &action, account, step.would.word(), step.would.why()]);
    }
    lines.push_str(&look.table(&table));
    for step in &run.steps {
        if let Would::Refused { cure, .. } = &step.would
            && !cure.is_empty()
        {
            let _ = writeln!(lines, "{}: {}", step.action, clean(cure));
        }
    }
    lines
}

/// In what a plan is otherwise than for everybody.
pub(super) fn departures(told: &[Departure]) -> String {
    let mut lines = String::new();
    for it in told {
        let _ = writeln!(lines, "  {} {}: {}", it.action, it.change.words(), clean(&it.why));
    }
    lines
}

/// Who has left, and has no offboarding.
pub(in crate::cli) fn missing(missing: &Missing, look: Look) -> String {
    if missing.asked.is_empty() {
        return "No HR system is configured that can be asked: set [hris.NAME] with an api_key.\n".to_owned();
    }
    let (asked, since) = (missing.asked.join(", "), second(missing.since));
    let mut lines = if missing.people.is_empty() {
        format!("Nobody is missing: whoever left by the word of {asked}, changed since {since}, has an offboarding.\n")
    } else {
        let mut table = Table::new(&["EMAIL", "~NAME", "ID", "ENDS", "HR", "~BEFORE"]);
        for it in &missing.people {
            let ends = it.effective_at.map_or_else(|| "now".to_owned(), second);
            let before = it.earlier.as_ref().map(|it| format!("{} {}", it.offboarding, it.word)).unwrap_or_default();
            let id = it.leaver.employee_id.as_deref().unwrap_or("-");
            table.row([&it.leaver.email, &it.leaver.name, id, &ends, &it.feed, &before]);
        }
        look.table(&table)
    };
    for why in &missing.unusable {
        let _ = writeln!(lines, "{}", clean(why));
    }
    lines
}
