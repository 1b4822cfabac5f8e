//! The connectors: a dead one is seen before a leaver needs it. The dead first, then those short of scopes or budget, so
//! that what is cut off is healthy.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::health::{ConnectorStatus, Health};
use crate::tui::app::App;
use crate::tui::screen::connectors::{budget, is_short, rank, why_dead};
use crate::tui::text::{clean, fit, pad, width};
use crate::tui::theme::Tone;
use crate::tui::{span, view};

/// Rows beneath the table, title included.
pub(crate) fn lines_of(app: &App, width: u16, tall: bool) -> u16 {
    let known = app.mirror.connectors.len();
    if known == 0 {
        return 2;
    }
    if tall {
        return crate::tui::text::cells(known.min(8)) + 1;
    }
    let chips: usize = app.mirror.connectors.iter().map(|it| chip_width(app, it)).sum();
    if chips < usize::from(width) { 2 } else { 3 }
}

pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    if area.height == 0 {
        return;
    }
    let theme = app.theme;
    let row = |n: usize| Rect { y: area.y + crate::tui::text::cells(n), height: 1, ..area };
    let connectors = worst_first(app);
    let dead = connectors.iter().filter(|it| it.health.is_dead()).count();
    let short = connectors.iter().filter(|it| is_short(it, app.now)).count();
    let budgets = if short > 0 { format!("  {short} short of budget") } else { String::new() };
    let (title, tone) = match (connectors.len(), dead) {
        (0, _) => ("connectors".to_owned(), Tone::Dim),
        (all, 0) if short > 0 => (format!("connectors  {all}{budgets}"), Tone::Warn),
        (all, 0) => (format!("connectors  {all}"), Tone::Dim),
        (all, dead) => (format!("connectors  {dead} of {all} dead{budgets}"), Tone::Bad),
    };
    frame.render_widget(view::rule(theme, &title, tone, area.width), row(0));
    if connectors.is_empty() {
        let line = Line::styled("  none is configured, or none was heard of yet", theme.style(Tone::Dim));
        return frame.render_widget(line, row(1));
    }
    let room = usize::from(area.height) - 1;
    if room < 3 && connectors.len() > room {
        return chips(app, frame, area, &connectors);
    }
    // Side by side with the table there is height for a second line each.
    let beside = area.width < 100;
    if beside && room >= connectors.len() * 2 {
        for (n, it) in connectors.iter().enumerate() {
            frame.render_widget(figures(app, it, 0), row(1 + n * 2));
            let told = fit(&trouble(app, it), usize::from(area.width).saturating_sub(4));
            frame.render_widget(Line::styled(format!("    {told}"), theme.style(Tone::Dim)), row(2 + n * 2));
        }
        return alerts(app, frame, area, 2 + connectors.len() * 2);
    }
    let fit_in = if connectors.len() > room { room - 1 } else { room };
    for (n, it) in connectors.iter().take(fit_in).enumerate() {
        frame.render_widget(figures(app, it, usize::from(area.width)), row(1 + n));
    }
    if connectors.len() > fit_in {
        frame.render_widget(rest(app, &connectors[fit_in..]), row(1 + fit_in));
    }
}

fn worst_first(app: &App) -> Vec<&ConnectorStatus> {
    let mut sorted: Vec<_> = app.mirror.connectors.iter().collect();
    sorted.sort_by_key(|it| (rank(it, app.now), it.id.clone()));
    sorted
}

/// One connector in one line of figures; with `width`, the last error too.
fn figures(app: &App, it: &ConnectorStatus, width: usize) -> Line<'static> {
    let theme = app.theme;
    let (glyph, word, tone) = theme.health(it.health);
    let mut spans = vec![
        Span::styled(format!("  {glyph} "), theme.style(tone)),
        Span::raw(pad(&clean(it.id.as_str()), 14)),
        Span::styled(format!(" {}", pad(word, 10)), theme.style(tone)),
        Span::styled(" busy ", theme.style(Tone::Dim)),
        Span::raw(pad(&format!("{}/{}", it.in_flight, it.max_in_flight), 6)),
        Span::styled("queued ", theme.style(Tone::Dim)),
        Span::raw(pad(&it.queued.to_string(), 5)),
    ];
    if width > 0 {
        let told = fit(&trouble(app, it), width.saturating_sub(58));
        spans.push(Span::styled(told, theme.style(Tone::Dim)));
    }
    Line::from(spans)
}

/// What holds it up, or how it did.
fn trouble(app: &App, it: &ConnectorStatus) -> String {
    let mut parts = Vec::new();
    if let Some(until) = it.blocked(app.now) {
        parts.push(format!("blocked for {}", span::left(until, app.now)));
    }
    if !it.missing().is_empty() {
        parts.push(format!("not granted: {}", clean(&it.missing().join(", "))));
    }
    parts.extend(why_dead(it).filter(|_| it.health != Health::Up).map(clean));
    if is_short(it, app.now) || parts.is_empty() {
        parts.extend(budget(it, app.now));
    }
    if parts.is_empty() {
        parts.push(format!("{} done", it.done));
        if it.failed > 0 {
            parts.push(format!("{} failed", it.failed));
        }
        parts.extend(it.last_ms.map(|ms| format!("last {}", span::measured(u64::from(ms)))));
    }
    parts.join(", ")
}

fn chip_text(app: &App, it: &ConnectorStatus) -> (String, Tone) {
    let (glyph, word, tone) = app.theme.health(it.health);
    let mut text = format!("{glyph} {} {word} {}/{}", clean(it.id.as_str()), it.in_flight, it.max_in_flight);
    if it.queued > 0 {
        text = format!("{text} q{}", it.queued);
    }
    if !it.missing().is_empty() {
        text.push_str(" scopes");
    }
    if let Some(percent) = it.used_percent(app.now).filter(|_| is_short(it, app.now)) {
        text = format!("{text} budget {percent}%");
    }
    if let Some(until) = it.blocked(app.now) {
        text = format!("{text} wait {}", span::left(until, app.now));
    }
    (text, tone)
}

fn chip_width(app: &App, it: &ConnectorStatus) -> usize {
    width(&chip_text(app, it).0) + 3
}

/// All of them on two lines, each as short as it can be.
fn chips(app: &App, frame: &mut Frame, area: Rect, connectors: &[&ConnectorStatus]) {
    let room = usize::from(area.width);
    let mut lines = vec![Line::default()];
    let mut used = 0;
    for (n, it) in connectors.iter().enumerate() {
        let (text, tone) = chip_text(app, it);
        let wide = width(&text) + 3;
        let last = lines.len() == usize::from(area.height) - 1;
        let keep = if last && n + 1 < connectors.len() { 12 } else { 0 };
        if used + wide + keep > room {
            if last {
                lines.extend(None::<Line>);
                if let Some(line) = lines.last_mut() {
                    line.spans.extend(rest(app, &connectors[n..]).spans);
                }
                break;
            }
            lines.push(Line::default());
            used = 0;
        }
        used += wide;
        if let Some(line) = lines.last_mut() {
            line.spans.push(Span::styled(format!("  {text} "), app.theme.style(tone)));
        }
    }
    for (n, line) in (1u16..).zip(lines) {
        frame.render_widget(line, Rect { y: area.y + n, height: 1, ..area });
    }
}

fn rest(app: &App, connectors: &[&ConnectorStatus]) -> Line<'static> {
    let bad = connectors.iter().filter(|it| it.health != Health::Up).count();
    let words = if bad == 0 { "all up".to_owned() } else { format!("{bad} not up") };
    Line::styled(format!("  +{} more, {words}", connectors.len()), app.theme.style(Tone::Dim))
}

/// The open alerts, where there is room.
fn alerts(app: &App, frame: &mut Frame, area: Rect, from: usize) {
    let alerts = &app.mirror.fleet.alerts;
    if alerts.is_empty() || usize::from(area.height) < from + 3 {
        return;
    }
    let row = |n: usize| Rect { y: area.y + crate::tui::text::cells(n), height: 1, ..area };
    frame.render_widget(view::rule(app.theme, &format!("alerts  {}", alerts.len()), Tone::Bad, area.width), row(from));
    let room = usize::from(area.height) - from - 1;
    let width = usize::from(area.width);
    let mut n = 0;
    for alert in alerts.values() {
        let age = span::running(app.now.ms_since(alert.since));
        let mut wrapped = crate::tui::text::wrap(&clean(&alert.summary), width.saturating_sub(11));
        wrapped.truncate(3);
        for (k, text) in wrapped.into_iter().enumerate() {
            if n == room {
                return;
            }
            let since = if k == 0 { pad(&age, 8) } else { pad("", 8) };
            let line =
                Line::from(vec![Span::styled(format!("  {since} "), app.theme.style(Tone::Dim)), Span::raw(text)]);
            frame.render_widget(line, row(from + 1 + n));
            n += 1;
        }
    }
}
