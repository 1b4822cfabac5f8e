//! Everything known of one connector, what is the matter first.

use ratatui::text::{Line, Span};

use super::figures::{budget, is_short, lately, series};
use crate::model::health::{ConnectorStatus, Health};
use crate::tui::action::Action;
use crate::tui::app::{App, count};
use crate::tui::text::{clean, pad, wrap};
use crate::tui::theme::Tone;
use crate::tui::{span, spark};

/// Signed tokens are refused by vendors whose clock differs by more; less is the network and the cut second.
const CLOCK_MAY_DIFFER_MS: i64 = 5_000;

const LABEL: usize = 10;

pub(super) fn title(it: &ConnectorStatus) -> String {
    let (id, kind) = (clean(it.id.as_str()), clean(&it.kind));
    let of = if id == kind { id } else { format!("{id}, of kind {kind}") };
    format!("{of}, {}", count(it.actions, "action"))
}

struct Sheet<'a> {
    app: &'a App,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Sheet<'_> {
    /// A fact with its label; the text is wrapped in a column of its own.
    fn fact(&mut self, label: &str, text: &str, tone: Tone) {
        for (n, line) in wrap(text, self.width.saturating_sub(LABEL)).into_iter().enumerate() {
            let label = pad(if n == 0 { label } else { "" }, LABEL);
            self.lines.push(Line::from(vec![
                Span::styled(label, self.app.theme.style(Tone::Dim)),
                Span::styled(line, self.app.theme.style(tone)),
            ]));
        }
    }

    fn since(&self, at: crate::model::Timestamp) -> String {
        format!("{} ago", span::running(self.app.now.ms_since(at)))
    }
}

pub(super) fn lines(app: &App, it: &ConnectorStatus, width: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet { app, width, lines: Vec::new() };
    health(&mut sheet, it);
    probe(&mut sheet, it);
    load(&mut sheet, it);
    history(&mut sheet, it);
    errors(&mut sheet, it);
    sheet.lines
}

fn health(sheet: &mut Sheet, it: &ConnectorStatus) {
    let app = sheet.app;
    let (glyph, word, tone) = app.theme.health(it.health);
    let since = match it.since {
        Some(at) => format!(" since {}, {}", span::time_of_day(at, &app.zone), sheet.since(at)),
        None => " since the engine started".to_owned(),
    };
    sheet.fact("health", &format!("{glyph} {word}{since}"), tone);
    let (ask, try_now) = (app.keys.key(Action::Probe), app.keys.key(Action::TryNow));
    match it.health {
        Health::Locked => {
            let next = format!(
                "give it credentials that it accepts; then {ask} asks it, and {try_now} tries one step at once. Steps that wait go on by themselves."
            );
            sheet.fact("next", &next, Tone::Plain);
        }
        Health::Down => {
            let next = format!(
                "nothing has to be done: it is tried again by itself. {try_now} tries one step at once, {ask} asks it."
            );
            sheet.fact("next", &next, Tone::Plain);
        }
        Health::Unknown => sheet.fact("next", &format!("{ask} asks whether it can be used"), Tone::Dim),
        Health::Up | Health::Throttled => {}
    }
    if let Some(until) = it.blocked(app.now) {
        sheet.fact("waits", &format!("nothing is sent for {}", span::left(until, app.now)), Tone::Warn);
    }
}

fn probe(sheet: &mut Sheet, it: &ConnectorStatus) {
    let app = sheet.app;
    if app.systems.is_asked(&it.id) {
        sheet.fact("probe", "asking...", Tone::Active);
    }
    let Some(probe) = &it.probe else {
        if !app.systems.is_asked(&it.id) {
            let words = format!("not asked yet; {} asks now", app.keys.key(Action::Probe));
            sheet.fact("probe", &words, Tone::Dim);
        }
        return;
    };
    let (when, took) = (sheet.since(probe.at), span::measured(u64::from(probe.ms)));
    let (_, _, tone) = app.theme.health(probe.own_health());
    let tone = if tone == Tone::Good { Tone::Plain } else { tone };
    sheet.fact("probe", &format!("{when}, in {took}: {}", clean(&probe.message)), tone);
    if probe.missing.is_empty() {
        if probe.own_health() == Health::Up {
            sheet.fact("scopes", "none is known to be missing", Tone::Dim);
        }
    } else {
        let missing: Vec<String> = probe.missing.iter().map(|it| clean(it)).collect();
        sheet.fact("scopes", &format!("{} not granted: {}", missing.len(), missing.join(", ")), Tone::Warn);
        sheet.fact("", "actions that need one of these are refused: grant it there, as SYSTEMS.md says", Tone::Plain);
    }
    if let Some(ahead) = probe.clock_ahead_ms {
        if ahead.abs() > CLOCK_MAY_DIFFER_MS {
            let way = if ahead > 0 { "ahead of" } else { "behind" };
            let by = span::measured(ahead.unsigned_abs());
            let cure = "set this machine's clock by NTP: tokens are bound to it";
            sheet.fact("clock", &format!("its clock is {by} {way} this machine's; {cure}"), Tone::Warn);
        } else {
            sheet.fact("clock", "agrees with this machine's", Tone::Dim);
        }
    }
}

fn load(sheet: &mut Sheet, it: &ConnectorStatus) {
    let app = sheet.app;
    let rate = it.per_second.map_or_else(|| "no rate of its own".to_owned(), |rate| format!("at most {rate} a second"));
    let bar = app.theme.bar(it.in_flight, it.max_in_flight, 10);
    sheet.fact("in flight", &format!("{bar} {} of {} at once, {rate}", it.in_flight, it.max_in_flight), Tone::Plain);
    let queue = match (it.queued, it.oldest) {
        (0, _) => "nobody waits".to_owned(),
        (1, Some(at)) => format!("1 job waits, of a launch {}", sheet.since(at)),
        (n, Some(at)) => format!("{n} jobs wait, the oldest of a launch {}", sheet.since(at)),
        (1, None) => "1 job waits".to_owned(),
        (n, None) => format!("{n} jobs wait"),
    };
    sheet.fact("queue", &queue, if it.queued == 0 { Tone::Dim } else { Tone::Plain });
    match (budget(it, app.now), it.used_percent(app.now)) {
        (None, _) => sheet.fact("budget", "the vendor has told none yet", Tone::Dim),
        (Some(words), None) => sheet.fact("budget", &words, Tone::Plain),
        (Some(words), Some(percent)) => {
            let bar = app.theme.bar(u32::try_from(percent).unwrap_or(100), 100, 10);
            let tone = if is_short(it, app.now) { Tone::Warn } else { Tone::Plain };
            sheet.fact("budget", &format!("{bar} {percent}% used: {words}"), tone);
        }
    }
}

fn history(sheet: &mut Sheet, it: &ConnectorStatus) {
    let app = sheet.app;
    let (jobs, failed) = lately(it, app.now);
    let rate = if jobs == 0 {
        "no job in 5 minutes".to_owned()
    } else {
        format!("{failed} of {jobs} in 5 minutes, {}%", percent(failed, jobs))
    };
    let ever = format!("since the start {} done, {} failed", it.done, it.failed);
    let tone = if failed > 0 { Tone::Warn } else { Tone::Plain };
    sheet.fact("errors", &format!("{rate}; {ever}"), tone);
    let latency = match (it.p50_ms, it.p95_ms) {
        (Some(p50), Some(p95)) => {
            let (p50, p95) = (span::measured(p50.into()), span::measured(p95.into()));
            let last = it.last_ms.map(|ms| format!(", last {}", span::measured(ms.into()))).unwrap_or_default();
            format!("p50 {p50}, p95 {p95}{last}")
        }
        _ => "no job was answered yet".to_owned(),
    };
    sheet.fact("latency", &latency, Tone::Plain);
    let [counts, took] = series(it, app.now);
    if jobs > 0 {
        let most = counts.iter().max().copied().unwrap_or(0);
        sheet.fact("jobs/10s", &format!("{} most {most}", spark::line(app.theme, &counts)), Tone::Active);
        let most = took.iter().max().copied().unwrap_or(0);
        let line = spark::line(app.theme, &took);
        sheet.fact("took", &format!("{line} most {}", span::measured(most)), Tone::Active);
    }
}

/// Rounded up: one in a thousand is not none.
fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).div_ceil(whole.max(1))
}

fn errors(sheet: &mut Sheet, it: &ConnectorStatus) {
    if it.mishaps.is_empty() {
        // An older engine tells the last one alone.
        if let Some(error) = &it.last_error {
            sheet.fact("last error", &clean(error), Tone::Warn);
        }
        return;
    }
    let heading = Line::styled("last errors, newest first", sheet.app.theme.style(Tone::Dim));
    sheet.lines.extend([Line::default(), heading]);
    for mishap in &it.mishaps {
        let at = span::time_of_day(mishap.at, &sheet.app.zone);
        let times = if mishap.times > 1 { format!(" ({} times)", mishap.times) } else { String::new() };
        sheet.fact(&at, &format!("{}{times}", clean(&mishap.what)), Tone::Warn);
        if !mishap.cure.is_empty() {
            sheet.fact("", &clean(&mishap.cure), Tone::Plain);
        }
    }
}
