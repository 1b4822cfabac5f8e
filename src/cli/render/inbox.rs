//! What waits for a person: steps for consent, alerts for a cure.

use super::{Look, second};
use crate::cli::text::{Table, span};
use crate::model::fleet::OpenAlert;
use crate::model::{Inquiry, Timestamp};

/// Steps that wait for consent, one a line; then consents that may run out unused.
pub(in crate::cli) fn approvals(all: &[Inquiry], now: Timestamp, look: Look) -> String {
    if all.is_empty() {
        return "Nothing waits for consent.\n".to_owned();
    }
    let urgent = if look.ascii { "! " } else { "\u{25b2} " };
    let mut table = Table::new(&["STEP", "STATE", "~PERSON", "ACTION", "DANGER", ">SINCE", "~ASKED BY"]);
    for it in all {
        let name = format!("{}{}", if it.urgent { urgent } else { "" }, it.name);
        let (step, action, danger) = (it.step.to_string(), it.action.to_string(), it.danger.to_string());
        let (since, (state, by)) = (span(now.ms_since(it.since)), standing(it, now));
        table.row([&step, state, &name, &action, &danger, &since, &by]);
    }
    look.table(&table)
}

/// The state as one word; and who asked, with what else there is to know of it.
fn standing(it: &Inquiry, now: Timestamp) -> (&'static str, String) {
    let by = &it.asked_by;
    match (&it.legal_hold, &it.given) {
        (Some(reason), _) => ("held", format!("{by}; legal hold: {reason}")),
        (None, None) => ("asked", by.to_string()),
        (None, Some(given)) if given.expires_at <= now => ("void", format!("{by}; {} agreed too long ago", given.by)),
        (None, Some(given)) => {
            let left = span(given.expires_at.ms_since(now));
            ("given", format!("{by}; {} agreed; void in {left}", given.by))
        }
    }
}

/// Open alerts, oldest first.
pub(in crate::cli) fn alerts<'a>(all: impl Iterator<Item = (&'a String, &'a OpenAlert)>, look: Look) -> String {
    // A summary holds the cure: never cut.
    let mut table = Table::new(&["SINCE", "KIND", "KEY", "SUMMARY"]);
    let mut any = false;
    for (key, alert) in all {
        table.row([&second(alert.since), alert.kind.word(), key, &alert.summary]);
        any = true;
    }
    if any { look.table(&table) } else { "No alert is open.\n".to_owned() }
}
