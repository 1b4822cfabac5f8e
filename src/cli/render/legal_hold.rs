//! A legal hold as it stands.

use std::fmt::Write as _;

use super::offboarding::person;
use super::second;
use crate::cli::text::clean;
use crate::model::{LegalHold, Note, Offboarding};

/// What a second person agrees to, or says no to.
pub(in crate::cli) fn legal_hold(it: &Offboarding, hold: &LegalHold) -> String {
    let mut lines = format!("legal hold of {}, {}\n", it.id, person(it.leaver()));
    for (name, value) in facts(hold) {
        let _ = writeln!(lines, "{name:<10} {}", clean(&value));
    }
    lines
}

/// A hold as labels and words.
pub(super) fn facts(hold: &LegalHold) -> Vec<(&'static str, String)> {
    let mut facts = vec![("legal hold", format!("{} (by {}, {})", hold.reason, hold.by, second(hold.at)))];
    if let Some(lift) = &hold.lift {
        facts.push(("lift asked", format!("{} (by {}, {})", lift.reason, lift.by, second(lift.at))));
        facts.push(("", "a second person has to agree".to_owned()));
    }
    facts
}

/// What people wrote down, line by line.
pub(super) fn notes(notes: &[Note]) -> String {
    let mut lines = String::new();
    for note in notes {
        let _ = writeln!(lines, "\nnote of {}, {}", clean(&note.by.to_string()), second(note.at));
        for line in note.text.lines() {
            let _ = writeln!(lines, "  {}", clean(line));
        }
    }
    lines
}
