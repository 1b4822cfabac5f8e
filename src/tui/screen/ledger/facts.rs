//! What is known of the log, as lines.

use ratatui::text::{Line, Span};

use super::OFFLINE;
use crate::ipc::LedgerStatus;
use crate::ipc::ledger::{LastVerified, Progress, Subscriber};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::{clean, clean_lines, pad, wrap};
use crate::tui::theme::Tone;

const LABEL: usize = 15;

/// Facts under headings.
struct Facts<'a> {
    app: &'a App,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Facts<'_> {
    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines.push(Line::styled(format!(" {text}"), self.app.theme.style(Tone::Strong)));
    }

    fn fact(&mut self, label: &str, text: &str, tone: Tone) {
        for (n, part) in wrap(text, self.width.saturating_sub(LABEL + 4)).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            self.lines.push(Line::from(vec![
                Span::styled(format!("   {} ", pad(label, LABEL)), self.app.theme.style(Tone::Dim)),
                Span::styled(part, self.app.theme.style(tone)),
            ]));
        }
    }
}

/// How large it is, what is signed, whether it holds.
pub(super) fn log(app: &App, status: &LedgerStatus, width: usize) -> Vec<Line<'static>> {
    let mut it = Facts { app, width, lines: Vec::new() };
    let theme = app.theme;
    it.heading("log");
    it.fact("name", &clean(&status.origin), Tone::Plain);
    it.fact("events", &format!("{}, each a leaf, in {}", grouped(status.size), size(status.bytes)), Tone::Plain);
    it.fact("root", &clean(&status.root), Tone::Plain);
    match &status.rollback {
        None => {
            let told = format!("{} none: the journal continues what was signed", theme.glyph("●", "+"));
            it.fact("rollback", &told, Tone::Good);
        }
        Some(told) => {
            it.fact("rollback", &format!("{} {}", theme.glyph("■", "x"), clean(told)), Tone::Bad);
            it.fact("next", "look what is missing, then nightlatch resume --all", Tone::Strong);
        }
    }
    if let (Some(reason), None) = (&status.paused, &status.rollback) {
        it.fact("engine", &format!("paused: {}", clean_lines(reason)), Tone::Warn);
    }
    it.heading("verified");
    verification(&mut it, status);
    it.heading("checkpoint");
    let signed = status.checkpoint_size.unwrap_or(0);
    match status.checkpoint_at {
        None => it.fact("signed", "none yet; the first is signed soon after the first events", Tone::Warn),
        Some(at) => {
            it.fact("signed", &format!("{}, over {}", span::date_time(at, &app.zone), events(signed)), Tone::Plain);
        }
    }
    match status.size.saturating_sub(signed) {
        0 => it.fact("since then", &format!("{} no event: all is signed", theme.glyph("●", "+")), Tone::Good),
        tail => it.fact("since then", &format!("{}, signed with the next one", events(tail)), Tone::Plain),
    }
    it.fact("key id", &key_id(&status.verifier_key), Tone::Plain);
    it.fact("fingerprint", &clean(&status.key_fingerprint), Tone::Plain);
    it.lines
}

fn verification(it: &mut Facts<'_>, status: &LedgerStatus) {
    let theme = it.app.theme;
    if let Some(Progress { since, done, of }) = status.verification.running {
        let percent = (done * 100).checked_div(of).unwrap_or(0);
        let thousandths = u32::try_from((done * 1_000).checked_div(of).unwrap_or(0)).unwrap_or(0);
        let age = span::running(it.app.now.ms_since(since));
        let told = format!(
            "{} {percent} %, {} of {} events, {age}",
            theme.bar(thousandths, 1_000, 12),
            grouped(done),
            grouped(of)
        );
        it.fact("now", &told, Tone::Active);
    }
    let Some(last) = &status.verification.last else {
        let key = it.app.keys.key(Action::Verify);
        let told = format!("not yet by this engine; {key} does it beside its work");
        it.fact("last", &told, Tone::Plain);
        return;
    };
    let LastVerified { at, ms, size, signed, checkpoints, problems, problem_count } = last;
    let when = format!("{}, in {}", span::date_time(*at, &it.app.zone), span::measured(*ms));
    it.fact("last", &when, Tone::Plain);
    if last.is_sound() {
        it.fact("result", &format!("{} whole: {} recomputed", theme.glyph("●", "+"), events(*size)), Tone::Good);
        let signed = events(signed.unwrap_or(0));
        it.fact("checkpoints", &format!("{} good, the last over {signed}", grouped(*checkpoints)), Tone::Plain);
        return;
    }
    let told = format!(
        "{} NOT whole: {problem_count} problem{}",
        theme.glyph("■", "x"),
        if *problem_count == 1 { "" } else { "s" }
    );
    it.fact("result", &told, Tone::Bad);
    for problem in problems {
        it.fact("wrong", &clean(problem), Tone::Bad);
    }
    it.fact("next", "keep this host as it is, and hold a checkpoint kept elsewhere against it (below)", Tone::Strong);
}

/// Who has seen how much of it, and how anybody checks it without us.
pub(super) fn proofs(app: &App, status: &LedgerStatus, width: usize) -> Vec<Line<'static>> {
    let mut it = Facts { app, width, lines: Vec::new() };
    it.heading("outside the journal");
    match &status.anchor {
        None => it.fact("anchor", "no file yet: it comes with the first checkpoint", Tone::Plain),
        Some(anchor) => {
            let (told, tone) = match (anchor.size, status.checkpoint_size) {
                (None, _) => ("it is no checkpoint: look with nightlatch store check".to_owned(), Tone::Bad),
                (size, signed) if size == signed => ("as the last checkpoint".to_owned(), Tone::Good),
                (Some(size), _) => (format!("over {}", events(size)), Tone::Plain),
            };
            it.fact("anchor", &told, tone);
            it.fact("", &clean(&anchor.path), Tone::Dim);
        }
    }
    if status.subscribers.is_empty() {
        it.fact("alerts", "no channel is configured: [alerts] in the configuration", Tone::Plain);
    }
    for Subscriber { name, next, behind, trouble } in &status.subscribers {
        let waits = match behind {
            0 => "all told".to_owned(),
            1 => "1 alert waits".to_owned(),
            more => format!("{more} alerts wait"),
        };
        let tone = if *behind == 0 { Tone::Good } else { Tone::Warn };
        it.fact(&clean(name), &format!("{waits}; read up to event {}", grouped(*next)), tone);
        if let Some(trouble) = trouble {
            it.fact("", &clean(trouble), Tone::Bad);
        }
    }
    it.heading("check it without the engine");
    let commands = [
        ("here", OFFLINE.to_owned()),
        ("by the key", format!("{OFFLINE} --key {}", clean(&status.verifier_key))),
        ("kept note", format!("{OFFLINE} --checkpoint FILE")),
        ("for auditors", "nightlatch ledger export --to evidence; VERIFY.md in it says how".to_owned()),
    ];
    for (label, command) in commands {
        it.fact(label, &command, Tone::Plain);
    }
    it.heading("keep outside this host");
    let (details, copy) = (app.keys.key(Action::Details), app.keys.key(Action::Copy));
    it.fact("", &format!("the checkpoint and the key: {details} shows, {copy} copies"), Tone::Plain);
    it.lines
}

/// Name and hash of a verifier key, without the key.
fn key_id(verifier_key: &str) -> String {
    // The key is base64, which has a plus, too.
    let parts: Vec<_> = verifier_key.splitn(3, '+').collect();
    match parts.as_slice() {
        [name, id, _] => format!("{} ({})", clean(id), clean(name)),
        _ => clean(verifier_key),
    }
}

fn events(n: u64) -> String {
    if n == 1 { "1 event".to_owned() } else { format!("{} events", grouped(n)) }
}

/// A count with thin gaps, as in `1 204 331`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Bytes in binary units, to one place.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_048_576 => format!("{} KiB", tenths(1 << 10)),
        1_048_576..1_073_741_824 => format!("{} MiB", tenths(1 << 20)),
        _ => format!("{} GiB", tenths(1 << 30)),
    }
}
