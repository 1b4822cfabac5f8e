//! The figures of the dashboard, and how the engine itself does.

use std::fmt::Write as _;

use super::{paused, second};
use crate::cli::text::{clean, span};
use crate::ipc::EngineStatus;
use crate::model::{Revocation, Timestamp};

pub(in crate::cli) fn status(status: &EngineStatus, now: Timestamp) -> String {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes >> 10) % 1024) * 10 / 1024);
    let EngineStatus { version, pid, open, in_memory, alerts, tasks, .. } = status;
    let mut lines = format!(
        "engine        {}, process {pid}, since {}\noffboardings  {open} open, {in_memory} in memory\n",
        clean(version),
        second(status.started_at),
    );
    lines.push_str(&revocation(&status.revocation, now));
    let _ = writeln!(
        lines,
        "alerts        {alerts} open\nmemory        {}, {tasks} tasks\njournal       {}, and {} of write-ahead log",
        mib(status.resident_bytes),
        mib(status.journal_bytes),
        mib(status.wal_bytes),
    );
    lines.extend(status.paused.as_deref().map(paused));
    lines
}

/// Whose access is alive, and how long it took today to cut that of others.
fn revocation(it: &Revocation, now: Timestamp) -> String {
    let mut lines = String::from("exposed       ");
    match it.exposed_since {
        None => lines.push_str("nobody"),
        Some(since) => {
            let _ = write!(lines, "{}, the longest for {}", it.exposed, span(now.ms_since(since)));
        }
    }
    if it.exposed_over_sla > 0 {
        let _ = write!(lines, "; {} over the SLA", it.exposed_over_sla);
    }
    lines.push_str("\nrevoked       ");
    match (it.p50_ms, it.p95_ms, it.max_ms) {
        (Some(p50), Some(p95), Some(max)) => {
            let _ = write!(lines, "{} today: p50 {}, p95 {}, max {}", it.revoked, span(p50), span(p95), span(max));
        }
        _ => lines.push_str("nobody yet today"),
    }
    if let Some(sla) = it.sla_ms {
        let _ = write!(lines, "; SLA {}, {} over it", span(sla), it.over_sla);
    }
    lines.push('\n');
    lines
}
