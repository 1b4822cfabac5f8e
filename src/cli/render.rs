//! The engine's answers as lines for people.

mod confirm;
mod connectors;
mod event;
mod history;
mod inbox;
mod launch;
mod ledger;
mod legal_hold;
mod licences;
mod offboarding;
mod recovery;
mod status;
mod undo;

pub(super) use confirm::{abort, approval};
pub(super) use connectors::{connector, connectors};
pub(super) use event::event;
pub(super) use history::{PersonLines, history};
pub(super) use inbox::{alerts, approvals};
pub(super) use launch::{dry_run, missing};
pub(super) use ledger::{ledger_status, verified};
pub(super) use legal_hold::legal_hold;
pub(super) use licences::licences;
pub(super) use offboarding::{plan, show};
pub(super) use status::status;
pub(super) use undo::undo;

use std::fmt::Write as _;

use super::text::{Table, clean, span};
use crate::ipc::{Lookup, ProbeReport, Summary};
use crate::model::{Account, ConnectorId, Timestamp};

/// How lines may look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// How wide; `None`: as wide as they are.
    pub(super) width: Option<usize>,
    /// No character beyond ASCII of our own.
    pub(super) ascii: bool,
}

impl Look {
    /// What stands where text was cut.
    fn mark(self) -> &'static str {
        if self.ascii { "~" } else { "\u{2026}" }
    }

    fn table(self, table: &Table) -> String {
        table.lines(self.width, self.mark())
    }
}

/// To the second, in UTC, as in `2026-11-23 01:02:03Z`.
fn second(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(time)) if text.len() == 24 => format!("{day} {time}Z"),
        _ => text,
    }
}

/// Offboardings, one a line; then what nobody knows yet, and what waits for a system.
pub(super) fn list(summaries: &[Summary], now: Timestamp, look: Look) -> String {
    if summaries.is_empty() {
        return "No offboarding to show; `nightlatch history` has those that ended.\n".to_owned();
    }
    let mut table = Table::new(&["ID", "~PERSON", "PHASE", ">DONE", ">EXPOSED", "~LOOK AT"]);
    for it in summaries {
        let settled = it.counts.done + it.counts.skipped;
        table.row([
            &it.id.to_string(),
            &it.name,
            &it.phase,
            &format!("{settled}/{}", it.counts.total),
            &it.exposure_ms.map_or_else(|| "-".to_owned(), span),
            &look_at(it, now),
        ]);
    }
    look.table(&table) + &recovery::of_all(summaries, now)
}

/// What an operator should look at first, when it goes off, and that nothing of it may be destroyed.
fn look_at(it: &Summary, now: Timestamp) -> String {
    let fires = it.fires_at.map(|at| format!("fires in {}", span(at.ms_since(now))));
    let held = it.legal_hold.as_ref().map(|_| "legal hold".to_owned());
    let parts: Vec<String> = [it.worst.clone(), fires, held].into_iter().flatten().collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

/// Signed tokens are refused by vendors whose clock differs by more; less is the network and the cut second.
const CLOCK_MAY_DIFFER_MS: i64 = 5_000;

/// What every connected system said.
pub(super) fn probes(probes: &[ProbeReport], look: Look) -> String {
    if probes.is_empty() {
        return "No system is configured: name the file with `--config`, and stop an engine that runs without it by \
                `nightlatch stop`.\n"
            .to_owned();
    }
    // Messages hold the cure: never cut.
    let mut table = Table::new(&["SYSTEM", "HEALTH", ">TIME", "MESSAGE"]);
    for it in probes {
        table.row([it.connector.as_str(), it.health.word(), &span(it.ms.into()), &it.message]);
    }
    let mut lines = look.table(&table);
    for it in probes {
        if !it.missing.is_empty() {
            let _ = writeln!(lines, "{}: not granted: {}", it.connector, clean(&it.missing.join(", ")));
        }
        lines.extend(clock_trouble(&it.connector, it.clock_ahead_ms));
    }
    lines.push_str(&accounts(probes, look));
    lines
}

/// Which account each system finds of the person who was asked for; nothing, if nobody was.
fn accounts(probes: &[ProbeReport], look: Look) -> String {
    let mut table = Table::new(&["SYSTEM", "ACCOUNT", "WHOSE, AND HOW THAT IS KNOWN"]);
    for it in probes {
        let (word, told) = match &it.person {
            None => continue,
            Some(Lookup::Found(Account { id, label, matched_on })) => {
                ("found", format!("{label} ({id}), by {matched_on}"))
            }
            Some(Lookup::Nobody { searched }) => ("none", format!("searched: {searched}")),
            Some(Lookup::Unsure { reason }) => ("unsure", format!("{reason}; a step would ask a person")),
            Some(Lookup::Failed { reason }) => ("not found out", reason.clone()),
        };
        table.row([it.connector.as_str(), word, &told]);
    }
    if probes.iter().all(|it| it.person.is_none()) { String::new() } else { format!("\n{}", look.table(&table)) }
}

/// What a system says whose clock differs too much.
fn clock_trouble(connector: &ConnectorId, ahead_ms: Option<i64>) -> Option<String> {
    let ahead = ahead_ms.filter(|ahead| ahead.abs() > CLOCK_MAY_DIFFER_MS)?;
    let (by, way) = (span(ahead.unsigned_abs()), if ahead > 0 { "ahead of" } else { "behind" });
    let cure = "set this machine's clock by NTP: tokens and signatures are bound to it";
    Some(format!("{connector}: its clock is {by} {way} this machine's; {cure}\n"))
}

/// The whole engine is paused.
pub(super) fn paused(reason: &str) -> String {
    format!("ENGINE PAUSED: {}; no act starts before `nightlatch resume --all`\n", clean(reason))
}
