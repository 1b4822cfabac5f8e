//! What stands above the wall: how far everybody is, how fast it goes, when it will be through, and what holds it up.

use std::cmp::Reverse;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Wall;
use super::eta::{Eta, eta};
use super::index::Column;
use crate::model::ConnectorId;
use crate::model::health::ConnectorStatus;
use crate::tui::app::{self, App};
use crate::tui::text::clean;
use crate::tui::theme::Tone;
use crate::tui::{span, view};

pub(super) fn draw(wall: &Wall, app: &App, frame: &mut Frame, area: Rect) {
    let due = latest_first(wall, app);
    let mut lines = vec![totals(wall, app), pace(wall, app, due.first())];
    lines.extend(hold_ups(wall, app, &due, usize::from(area.height) - 2, area.width));
    for (n, line) in (0..area.height).zip(lines) {
        frame.render_widget(view::cut(line, area.width), Rect { y: area.y + n, height: 1, ..area });
    }
}

fn totals(wall: &Wall, app: &App) -> Line<'static> {
    let theme = app.theme;
    let totals = &wall.index.totals;
    let counts = totals.counts;
    let dim = |text: String| Span::styled(text, theme.style(Tone::Dim));
    let figure = |n: u32, tone: Tone| Span::styled(n.to_string(), theme.style(if n == 0 { Tone::Dim } else { tone }));
    let percent = u64::from(counts.settled) * 100 / u64::from(counts.steps.max(1));
    let mut spans = vec![
        dim("  people ".to_owned()),
        figure(counts.people, Tone::Strong),
        dim("  cut ".to_owned()),
        figure(totals.cut, Tone::Good),
        dim("  exposed ".to_owned()),
        figure(totals.exposed, if app.figures.is_over_sla(app.now) { Tone::Bad } else { Tone::Active }),
    ];
    if let Some(since) = app.figures.exposed_since().filter(|_| totals.exposed > 0) {
        spans.push(dim(format!(" longest {}", span::running(app.now.ms_since(since)))));
    }
    spans.push(dim("  steps ".to_owned()));
    spans.push(Span::styled(format!("{}/{}", counts.settled, counts.steps), theme.style(Tone::Strong)));
    spans.push(dim(format!(" {percent}%")));
    Line::from(spans)
}

/// The rate, and the latest of the connectors' estimates.
fn pace(wall: &Wall, app: &App, last: Option<&Due<'_>>) -> Line<'static> {
    let theme = app.theme;
    let tenths = wall.pace.tenths_a_second(app.steady);
    let dim = |text: String| Span::styled(text, theme.style(Tone::Dim));
    let plain = |text: String| Span::styled(text, theme.style(Tone::Plain));
    let mut spans = match tenths {
        0 => vec![dim("  nothing settled in the last 10s".to_owned())],
        _ => vec![dim("  rate ".to_owned()), plain(rate(tenths))],
    };
    match last {
        None => spans.push(Span::styled(format!("  {}", left(wall)), theme.style(Tone::Good))),
        Some((column, eta)) => {
            spans.push(dim("  through ".to_owned()));
            spans.push(Span::styled(last_of(column, *eta), theme.style(tone_of(*eta))));
        }
    }
    Line::from(spans)
}

/// What there is when no vendor has anything left to do.
fn left(wall: &Wall) -> &'static str {
    let counts = wall.index.totals.counts;
    if counts.settled == counts.steps { "everything is through" } else { "the rest waits for people, or its day" }
}

fn rate(tenths: u64) -> String {
    format!("{}.{} steps/s", tenths / 10, tenths % 10)
}

/// The latest of the estimates, and whose it is.
fn last_of(column: &Column, eta: Eta) -> String {
    let id = clean(column.id.as_str());
    match eta {
        Eta::Never(health) => format!("not while {id} is {}", health.word()),
        other => format!("{}, by {id}", words(other)),
    }
}

/// Below this width what holds it up is told in figures.
const NARROW: u16 = 100;

/// When, in words.
fn words(eta: Eta) -> String {
    match eta {
        Eta::Through => "now".to_owned(),
        Eta::In(ms) => format!("in about {}", span::running(ms.max(1_000))),
        Eta::AtLeast(ms) => format!("not before {}", span::running(ms.max(1_000))),
        Eta::Unknown => "not known yet".to_owned(),
        Eta::Never(health) => format!("not while it is {}", health.word()),
    }
}

fn tone_of(eta: Eta) -> Tone {
    match eta {
        Eta::Never(_) => Tone::Bad,
        Eta::AtLeast(_) => Tone::Warn,
        _ => Tone::Plain,
    }
}

fn status<'a>(app: &'a App, id: &ConnectorId) -> Option<&'a ConnectorStatus> {
    app.mirror.connectors.iter().find(|it| it.id == *id)
}

/// A column with something left to do, and when it will be through.
type Due<'a> = (&'a Column, Eta);

/// The columns with something left to do, the latest first: it says when everything is through.
fn latest_first<'a>(wall: &'a Wall, app: &App) -> Vec<Due<'a>> {
    let due = wall.index.shown().map(|it| (it, eta(it.counts.jobs, status(app, &it.id), app.now)));
    let mut due: Vec<_> = due.filter(|(_, eta)| *eta != Eta::Through).collect();
    due.sort_by_key(|(column, eta)| (Reverse(eta.lateness()), Reverse(column.counts.jobs)));
    due
}

/// What holds it up, the heaviest first, on so many lines.
fn hold_ups(wall: &Wall, app: &App, due: &[Due<'_>], lines: usize, width: u16) -> Vec<Line<'static>> {
    let theme = app.theme;
    let items = items(wall, app, due, width < NARROW);
    if items.is_empty() {
        let words = if wall.index.totals.counts.jobs == 0 { "nothing" } else { "nothing but the vendors' pace" };
        let style = theme.style(Tone::Dim);
        return vec![Line::from(vec![
            Span::styled("  held up by ", style),
            Span::styled(words, theme.style(Tone::Good)),
        ])];
    }
    let mut shown = vec![Vec::new(); lines.max(1)];
    let (mut at, mut used) = (0, 13);
    let room = usize::from(width);
    for (n, (text, tone)) in items.iter().enumerate() {
        let wide = crate::tui::text::width(text) + 3;
        // One that is too long alone is cut by the line; the others go on in the next.
        if used + wide > room && used > 13 {
            if at + 1 == shown.len() {
                shown[at]
                    .push(Span::styled(format!("{}+{} more", theme.dot(), items.len() - n), theme.style(Tone::Dim)));
                break;
            }
            (at, used) = (at + 1, 13);
        }
        if used > 13 {
            shown[at].push(Span::styled(theme.dot(), theme.style(Tone::Dim)));
        }
        used += wide;
        shown[at].push(Span::styled(text.clone(), theme.style(*tone)));
    }
    let label = |n: usize| if n == 0 { "  held up by " } else { "             " };
    let lines = shown.into_iter().enumerate().filter(|(_, spans)| !spans.is_empty());
    lines
        .map(|(n, spans)| std::iter::once(Span::styled(label(n), theme.style(Tone::Dim))).chain(spans).collect())
        .collect()
}

/// `brief`: figures instead of sentences.
fn items(wall: &Wall, app: &App, due: &[Due<'_>], brief: bool) -> Vec<(String, Tone)> {
    let theme = app.theme;
    let counts = wall.index.totals.counts;
    let mut items = Vec::new();
    if app.mirror.fleet.paused.is_some() {
        items.push((format!("{} the engine is paused", theme.glyph("▮", "|")), Tone::Warn));
    }
    for (column, eta) in due {
        let Eta::Never(health) = eta else { continue };
        let (glyph, word, tone) = theme.health(*health);
        let (id, jobs) = (clean(column.id.as_str()), column.counts.jobs);
        let waits = if brief { format!("{jobs}") } else { format!("{} wait", calls(jobs)) };
        items.push((format!("{glyph} {id} {word}, {waits}"), tone));
    }
    if counts.attention > 0 {
        let words = if brief { "failed" } else { "failed or need a person" };
        items.push((format!("{} {} {words}", theme.glyph("▲", "!"), counts.attention), Tone::Bad));
    }
    if counts.approvals > 0 {
        let wait = match counts.approvals {
            _ if brief => "to approve",
            1 => "approval waits",
            _ => "approvals wait",
        };
        items.push((format!("{} {} {wait}", theme.glyph("◆", "@"), counts.approvals), Tone::Asking));
    }
    for (column, _) in due {
        let blocked = status(app, &column.id).filter(|it| !it.health.is_dead());
        if let Some(until) = blocked.and_then(|it| it.blocked(app.now)) {
            let left = span::left(until, app.now);
            items.push((
                format!("{} {} limits us for {left}", theme.glyph("◐", "~"), clean(column.id.as_str())),
                Tone::Warn,
            ));
        }
    }
    let timed = due.iter().find(|(_, eta)| matches!(eta, Eta::In(_) | Eta::AtLeast(_)));
    if let Some((column, eta)) = timed {
        let (id, jobs) = (clean(column.id.as_str()), calls(column.counts.jobs));
        items.push((format!("{id}, the slowest: {jobs}, {}", words(*eta)), Tone::Plain));
    }
    items
}

fn calls(n: u32) -> String {
    app::count(n, "call")
}

/// The rule over the table: the order, and the column that is pointed at.
pub(super) fn rule(wall: &Wall, app: &App, width: u16) -> Line<'static> {
    let listed = wall.rows.list.ids.len();
    let all = app.mirror.fleet.offboardings.len();
    let people = app::count(all, "person");
    let of = if listed == all { people } else { format!("{listed} of {people}") };
    let mut title = format!("{of} by {}", wall.rows.sort.name());
    if wall.rows.reverse {
        title.push_str(", reversed");
    }
    let column = wall.pointed_column();
    if let Some(column) = column {
        let counts = column.counts;
        let health = status(app, &column.id).map_or("not configured", |it| it.health.word());
        let when = match eta(counts.jobs, status(app, &column.id), app.now) {
            Eta::Through => "nothing left that goes by itself".to_owned(),
            other => format!("{} to go, through {}", calls(counts.jobs), words(other)),
        };
        let id = clean(column.id.as_str());
        title = format!("{id}: {health}, {}/{} steps, {when}", counts.settled, counts.steps);
    }
    let tone = if column.is_some() { Tone::Strong } else { Tone::Dim };
    view::rule(app.theme, &title, tone, width)
}
