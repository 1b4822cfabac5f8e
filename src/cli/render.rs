//! The engine's answers as lines for people.

mod confirm;
mod event;
mod history;
mod ledger;
mod licences;
mod offboarding;
mod recovery;
mod undo;

pub(super) use confirm::{abort, approval};
pub(super) use event::event;
pub(super) use history::{PersonLines, history};
pub(super) use ledger::{ledger_status, verified};
pub(super) use licences::licences;
pub(super) use offboarding::{plan, show};
pub(super) use undo::undo;

use std::fmt::Write as _;

use super::text::{Table, clean, span};
use crate::ipc::{EngineStatus, ProbeReport, Summary};
use crate::model::Timestamp;
use crate::model::health::Health;

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
        return "No offboarding to show.\n".to_owned();
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
            it.worst.as_deref().unwrap_or("-"),
        ]);
    }
    look.table(&table) + &recovery::of_all(summaries, now)
}

/// Signed tokens are refused by vendors whose clock differs by more; less is the network and the cut second.
const CLOCK_MAY_DIFFER_MS: i64 = 5_000;

/// What every connected system said.
pub(super) fn probes(probes: &[ProbeReport], look: Look) -> String {
    if probes.is_empty() {
        return "No system is configured.\n".to_owned();
    }
    // Messages hold the cure: never cut.
    let mut table = Table::new(&["SYSTEM", "HEALTH", ">TIME", "MESSAGE"]);
    for it in probes {
        let health = match it.health {
            Health::Unknown => "unknown",
            Health::Up => "up",
            Health::Throttled => "throttled",
            Health::Down => "down",
            Health::Locked => "locked",
        };
        table.row([it.connector.as_str(), health, &span(it.ms.into()), &it.message]);
    }
    let mut lines = look.table(&table);
    for it in probes {
        if !it.missing.is_empty() {
            let _ = writeln!(lines, "{}: not granted: {}", it.connector, clean(&it.missing.join(", ")));
        }
        if let Some(ahead) = it.clock_ahead_ms.filter(|ahead| ahead.abs() > CLOCK_MAY_DIFFER_MS) {
            let (by, way) = (span(ahead.unsigned_abs()), if ahead > 0 { "ahead of" } else { "behind" });
            let cure = "set this machine's clock by NTP: tokens and signatures are bound to it";
            let _ = writeln!(lines, "{}: its clock is {by} {way} this machine's; {cure}", it.connector);
        }
    }
    lines
}

/// The whole engine is paused.
pub(super) fn paused(reason: &str) -> String {
    format!("ENGINE PAUSED: {}; no act starts before `nightlatch resume --all`\n", clean(reason))
}

/// How the engine itself does.
pub(super) fn status(status: &EngineStatus) -> String {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes >> 10) % 1024) * 10 / 1024);
    let EngineStatus { version, pid, open, in_memory, alerts, tasks, .. } = status;
    let mut lines = format!(
        "engine        {}, process {pid}, since {}\noffboardings  {open} open, {in_memory} in memory\nalerts        {alerts} open\n\
         memory        {}, {tasks} tasks\njournal       {}, and {} of write-ahead log\n",
        clean(version),
        second(status.started_at),
        mib(status.resident_bytes),
        mib(status.journal_bytes),
        mib(status.wal_bytes),
    );
    lines.extend(status.paused.as_deref().map(paused));
    lines
}
