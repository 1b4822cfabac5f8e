//! How the connected systems do.

use std::fmt::Write as _;

use super::{Look, clock_trouble, second};
use crate::cli::text::{Table, clean, span};
use crate::model::Timestamp;
use crate::model::health::ConnectorStatus;

/// The error rate is of so long, in ms.
const LATELY_MS: i64 = 5 * 60_000;

/// One a line; what a person can mend stands beneath.
pub(in crate::cli) fn connectors(all: &[ConnectorStatus], now: Timestamp, look: Look) -> String {
    if all.is_empty() {
        return "No system is configured.\n".to_owned();
    }
    let mut table =
        Table::new(&["SYSTEM", "HEALTH", ">SINCE", ">BUSY", ">QUEUE", ">BUDGET", ">ERRORS", ">P95", ">PROBED"]);
    for it in all {
        let (jobs, failed) = it.jobs_since(Timestamp(now.0 - LATELY_MS));
        table.row([
            it.id.as_str(),
            it.health.word(),
            &it.since.map_or_else(|| "-".to_owned(), |at| span(now.ms_since(at))),
            &format!("{}/{}", it.in_flight, it.max_in_flight),
            &it.queued.to_string(),
            &budget(it, now),
            &if jobs == 0 { "-".to_owned() } else { format!("{failed}/{jobs}") },
            &it.p95_ms.map_or_else(|| "-".to_owned(), |ms| span(ms.into())),
            &it.probe.as_ref().map_or_else(|| "-".to_owned(), |probe| span(now.ms_since(probe.at))),
        ]);
    }
    let mut lines = look.table(&table);
    for it in all {
        lines.push_str(&troubles(it));
    }
    lines
}

/// One of them, with everything that is known.
pub(in crate::cli) fn connector(it: &ConnectorStatus, now: Timestamp) -> String {
    let since = it.since.map_or_else(|| "the engine's start".to_owned(), second);
    let mut lines = format!("system    {} ({}), {} actions\n", it.id, clean(&it.kind), it.actions);
    let _ = writeln!(lines, "health    {} since {since}", it.health.word());
    if let Some(probe) = &it.probe {
        let took = span(probe.ms.into());
        let _ = writeln!(lines, "probed    {} in {took}: {}", second(probe.at), clean(&probe.message));
    }
    let rate = it.per_second.map_or_else(|| "no rate limit of its own".to_owned(), |rate| format!("{rate} a second"));
    let _ = writeln!(lines, "busy      {} of {} at once, {rate}", it.in_flight, it.max_in_flight);
    let oldest = it.oldest.map(|at| format!(", the longest since {}", second(at))).unwrap_or_default();
    let _ = writeln!(lines, "queue     {}{oldest}", it.queued);
    if let Some(until) = it.blocked(now) {
        let _ = writeln!(lines, "blocked   until {}", second(until));
    }
    if it.remaining.is_some() {
        let reset = it.resets_at.map(|at| format!(", whole again {}", second(at))).unwrap_or_default();
        let _ = writeln!(lines, "budget    {} calls left{reset}", budget(it, now));
    }
    let (jobs, failed) = it.jobs_since(Timestamp(now.0 - LATELY_MS));
    let _ = writeln!(
        lines,
        "jobs      {} done, {} failed; in the last minutes {failed} of {jobs} failed",
        it.done, it.failed
    );
    if let (Some(p50), Some(p95)) = (it.p50_ms, it.p95_ms) {
        let _ = writeln!(lines, "latency   p50 {}, p95 {}", span(p50.into()), span(p95.into()));
    }
    for mishap in &it.mishaps {
        let (what, cure) = (clean(&mishap.what), clean(&mishap.cure));
        let _ = writeln!(lines, "error     {} ({} times): {what}", second(mishap.at), mishap.times);
        if !cure.is_empty() {
            let _ = writeln!(lines, "          {cure}");
        }
    }
    lines + &troubles(it)
}

/// Calls left, of how many as far as was seen.
fn budget(it: &ConnectorStatus, now: Timestamp) -> String {
    match (it.remaining, it.budget, it.used_percent(now)) {
        (Some(left), Some(whole), Some(_)) => format!("{left}/{whole}"),
        (Some(left), ..) => left.to_string(),
        _ => "-".to_owned(),
    }
}

/// What keeps it from doing its work, one a line, with the cure.
fn troubles(it: &ConnectorStatus) -> String {
    let mut lines = String::new();
    if it.health.is_dead() {
        let probed = it.probe.as_ref().filter(|probe| probe.own_health().is_dead()).map(|probe| &probe.message);
        let met = it.last_error.as_ref();
        if let Some(why) = probed.or(met) {
            let _ = writeln!(lines, "{}: {}", it.id, clean(why));
        }
    }
    if !it.missing().is_empty() {
        let _ = writeln!(lines, "{}: not granted: {}", it.id, clean(&it.missing().join(", ")));
    }
    lines.extend(clock_trouble(&it.id, it.probe.as_ref().and_then(|probe| probe.clock_ahead_ms)));
    lines
}
