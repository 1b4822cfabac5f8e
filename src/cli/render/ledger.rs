//! The log as lines: where it stands, and what verifying it gave.

use std::fmt::Write as _;

use super::{paused, second};
use crate::cli::text::{clean, span};
use crate::ipc::LedgerStatus;
use crate::ipc::ledger::LastVerified;

/// Where the log stands.
pub(in crate::cli) fn ledger_status(status: &LedgerStatus) -> String {
    let at = status.checkpoint_at.map_or_else(|| "none yet".to_owned(), second);
    let mut lines = format!(
        "origin        {}\nevents        {} in {}.{} MiB\nroot          {}\nverifier key  {}\nfingerprint   {}\ncheckpoint    {at}\n",
        clean(&status.origin),
        status.size,
        status.bytes >> 20,
        ((status.bytes >> 10) % 1024) * 10 / 1024,
        clean(&status.root),
        clean(&status.verifier_key),
        clean(&status.key_fingerprint),
    );
    for line in status.checkpoint.iter().flat_map(|note| note.lines()) {
        lines.push_str(format!("  {}", clean(line)).trim_end());
        lines.push('\n');
    }
    if let Some(signed) = status.checkpoint_size {
        let _ = writeln!(lines, "unsigned      {} events since the checkpoint", status.size.saturating_sub(signed));
    }
    if let Some(anchor) = &status.anchor {
        let of = anchor.size.map_or_else(|| "unreadable".to_owned(), |size| format!("{size} events"));
        let _ = writeln!(lines, "anchor        {}: {of}", clean(&anchor.path));
    }
    for it in &status.subscribers {
        let trouble = it.trouble.as_deref().map_or_else(String::new, |told| format!("; {}", clean(told)));
        let _ =
            writeln!(lines, "told          {}: up to event {}, {} alerts wait{trouble}", it.name, it.next, it.behind);
    }
    match (&status.verification.running, &status.verification.last) {
        (Some(it), _) => {
            let _ = writeln!(lines, "verifying     {} of {} events", it.done, it.of);
        }
        (None, Some(last)) => {
            let _ = writeln!(lines, "verified      {}, {} events: {}", second(last.at), last.size, word(last));
        }
        (None, None) => lines.push_str("verified      not yet by this engine: nightlatch ledger verify\n"),
    }
    lines.extend(status.paused.as_deref().map(paused));
    lines.push_str(
        "Keep the verifier key and the checkpoint outside this host: with them the log can be held to its word.\n",
    );
    lines
}

fn word(last: &LastVerified) -> String {
    if last.is_sound() {
        "whole".to_owned()
    } else {
        format!("NOT whole, {} problem{}", last.problem_count, if last.problem_count == 1 { "" } else { "s" })
    }
}

/// What verifying the log gave.
pub(in crate::cli) fn verified(last: &LastVerified) -> String {
    let signed = last.signed.map_or_else(|| "none".to_owned(), |signed| format!("{signed} of them"));
    let mut lines = format!(
        "events        {}, in {}\ncheckpoints   {} good, over {signed}\n",
        last.size,
        span(last.ms),
        last.checkpoints,
    );
    for problem in &last.problems {
        let _ = writeln!(lines, "WRONG         {}", clean(problem));
    }
    let _ = writeln!(lines, "The log is {}.", word(last));
    lines
}
