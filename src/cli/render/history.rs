//! The archive as lines: everybody ever offboarded, and everything that happened to one person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Look, event};
use crate::cli::text::{Table, span};
use crate::ipc::{HistoryPage, HistoryRow, PersonPage, Signing};
use crate::model::{Event, Offboarding, OffboardingId};

/// What stands where an erased person's name stood.
const ERASED: &str = "(erased)";

/// Everybody found, newest first.
pub(in crate::cli) fn history(page: &HistoryPage, look: Look) -> String {
    let Some(last) = page.rows.last() else { return "Nobody found.\n".to_owned() };
    // Where there is no room for both, the name says who it is.
    let narrow = look.width.is_some_and(|width| width < 100);
    let mut table = if narrow {
        Table::new(&["ID", "~PERSON", "HOW", "OPENED", ">EXPOSED", ">FOUND", "EVIDENCE"])
    } else {
        Table::new(&["ID", "~PERSON", "~E-MAIL", "HOW", "OPENED", ">EXPOSED", ">FOUND", "EVIDENCE"])
    };
    for row in &page.rows {
        let it = &row.summary;
        let name = if row.erased { ERASED } else { &it.name };
        let (id, how, opened) = (it.id.to_string(), how(row), it.opened_at.to_string());
        let exposed = it.exposure_ms.map_or_else(|| "-".to_owned(), span);
        let (found, evidence) = (row.findings.to_string(), evidence(row.evidence));
        if narrow {
            table.row([&id, name, &how, day(&opened), &exposed, &found, &evidence]);
        } else {
            table.row([&id, name, &it.email, &how, day(&opened), &exposed, &found, &evidence]);
        }
    }
    let mut lines = look.table(&table);
    if page.more {
        let of = page.total.map_or_else(String::new, |total| format!("{} of {total} shown. ", page.rows.len()));
        let _ = writeln!(lines, "{of}Older ones: --before {}", last.summary.id);
    }
    lines
}

/// The day of an instant in UTC.
fn day(instant: &str) -> &str {
    instant.get(..10).unwrap_or(instant)
}

fn how(row: &HistoryRow) -> String {
    row.undoes.map_or_else(|| row.summary.phase.clone(), |undone| format!("undo {undone}"))
}

fn evidence(evidence: Signing) -> String {
    match evidence {
        Signing::Signed => "signed".to_owned(),
        Signing::Unsigned { events } => format!("{events} unsigned"),
        Signing::Erased => "hashes".to_owned(),
    }
}

/// A person's journal, page by page: what was planned is known from the pages before.
#[derive(Debug, Default)]
pub(in crate::cli) struct PersonLines {
    plans: BTreeMap<OffboardingId, Offboarding>,
    begun: bool,
}

impl PersonLines {
    /// The lines of the next page.
    pub(in crate::cli) fn page(&mut self, page: &PersonPage) -> String {
        let mut lines = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            let named: Vec<_> = page.offboardings.iter().map(ToString::to_string).collect();
            let _ = writeln!(lines, "{}", named.join(", "));
            if page.erased > 0 {
                let _ =
                    writeln!(lines, "{} events are erased: the log proves that they happened, no more", page.erased);
            }
        }
        for it in &page.events {
            if let Event::Opened { offboarding, notice, plan, phase } = &it.event {
                let (notice, plan, by) = ((**notice).clone(), (**plan).clone(), it.actor.clone());
                let opened = Offboarding::open(*offboarding, notice, plan, phase.clone(), by, it.at);
                self.plans.insert(*offboarding, opened);
            }
            let of = it.event.offboarding().and_then(|id| self.plans.get(&id));
            let _ = writeln!(lines, "{}", event(it, of));
        }
        lines
    }
}
