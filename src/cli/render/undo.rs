//! What an undo would give back, what it cannot, and until when.

use std::fmt::Write as _;

use super::offboarding::{after, person};
use super::{Look, second};
use crate::cli::text::{Table, clean};
use crate::model::{GivesBack, Offboarding, Restoration};

/// An undo that is about to run, or that was only asked about.
pub(in crate::cli) fn undo(it: &Offboarding, restoration: &Restoration, look: Look) -> String {
    let Restoration { plan, lost } = restoration;
    let mut lines = format!("undo       {} of {}\n", it.id, person(it.leaver()));
    if plan.steps.is_empty() {
        lines.push_str("comes back nothing: there is no step that took something away and can give it back\n");
    } else {
        lines.push_str("comes back\n");
        let mut table = Table::new(&[">#", ">STEP", "ACTION", "ACCOUNT", "AFTER", "UNTIL", "~WHAT"]);
        for (ord, step) in (0_u16..).zip(plan.steps.iter()) {
            let Some(GivesBack { step: of, account, until, .. }) = step.gives_back.as_deref() else { continue };
            let until = until.map_or_else(|| "-".to_owned(), second);
            let (action, after) = (step.action.to_string(), after(step));
            table.row([&ord.to_string(), &of.to_string(), &action, &account.label, &after, &until, &step.title]);
        }
        lines.push_str(&look.table(&table));
    }
    if !lost.is_empty() {
        lines.push_str("stays done\n");
        for lost in lost {
            let _ = writeln!(lines, "  {} {}: {}", lost.step, lost.action, clean(&lost.why));
        }
    }
    lines
}
