//! The figures above the table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::pad;
use crate::tui::theme::Tone;

pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let row = |n: u16| Rect { y: area.y + n, height: 1, ..area };
    if area.height < 4 {
        frame.render_widget(in_one_line(app, usize::from(area.width)), row(0));
        frame.render_widget(figures_in_one_line(app), row(1));
        return;
    }
    let (mut numbers, mut names) = (vec![Span::raw("  ")], vec![Span::raw("  ")]);
    let mut used = 2;
    for (name, n, tone) in tiles(app) {
        let style = app.theme.style(if n == 0 { Tone::Dim } else { tone });
        let style = if n == 0 { style } else { style.add_modifier(Modifier::BOLD) };
        let tile = name.len() + 2;
        numbers.push(Span::styled(pad(&n.to_string(), tile), style));
        names.push(Span::styled(pad(name, tile), app.theme.style(Tone::Dim)));
        used += tile;
    }
    frame.render_widget(Line::from(numbers), row(0));
    frame.render_widget(Line::from(names), row(1));
    let used = crate::tui::text::cells(used + 3);
    for (n, line) in (0u16..).zip([exposure(app), revocation(app), verdict(app)]) {
        let at = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..row(n) };
        frame.render_widget(line, at);
    }
}

fn tiles(app: &App) -> Vec<(&'static str, usize, Tone)> {
    let it = &app.figures;
    let mut tiles = vec![
        ("held", it.held, Tone::Warn),
        ("armed", it.armed, Tone::Plain),
        ("running", it.running, Tone::Active),
        ("approval", it.approval, Tone::Asking),
        ("attention", it.attention, Tone::Bad),
        ("verifying", it.verifying, Tone::Active),
        ("closed", it.closed_today, Tone::Good),
    ];
    if it.paused > 0 {
        tiles.insert(3, ("paused", it.paused, Tone::Warn));
    }
    tiles
}

fn in_one_line(app: &App, width: usize) -> Line<'static> {
    let tiles = tiles(app);
    let words: usize = tiles.iter().map(|(name, n, _)| name.len() + 1 + n.to_string().len()).sum();
    let gap = if words + tiles.len() * 2 <= width { "  " } else { " " };
    let mut spans = Vec::new();
    for (name, n, tone) in tiles {
        let tone = if n == 0 { Tone::Dim } else { tone };
        spans.push(Span::styled(format!("{gap}{name} "), app.theme.style(Tone::Dim)));
        spans.push(Span::styled(n.to_string(), app.theme.style(tone)));
    }
    Line::from(spans)
}

/// The same figures where there is one line for all of them.
fn figures_in_one_line(app: &App) -> Line<'static> {
    let dim = app.theme.style(Tone::Dim);
    let mut spans = vec![Span::raw("  ")];
    spans.extend(exposure(app).spans);
    spans.push(Span::styled(app.theme.dot(), dim));
    spans.extend(revocation(app).spans);
    if let Some(ms) = app.figures.sla_ms() {
        let tone = if app.figures.over_sla > 0 { Tone::Warn } else { Tone::Dim };
        spans.push(Span::styled(format!(" SLA {}", span::chosen(ms)), app.theme.style(tone)));
    }
    Line::from(spans)
}

/// Open exposure now.
fn exposure(app: &App) -> Line<'static> {
    let theme = app.theme;
    let it = &app.figures;
    let dim = |text: &'static str| Span::styled(text, theme.style(Tone::Dim));
    let Some(since) = it.exposed_since() else {
        return Line::from(vec![dim("exposed "), Span::styled("nobody", theme.style(Tone::Good))]);
    };
    let over = it.is_over_sla(app.now);
    let tone = if over { Tone::Bad } else { Tone::Active };
    let glyph = if over { theme.glyph("▲", "!") } else { "" };
    Line::from(vec![
        dim("exposed "),
        Span::styled(format!("{glyph}{}", it.exposed()), theme.style(tone)),
        dim(" longest "),
        Span::styled(span::running(app.now.ms_since(since)), theme.style(tone)),
    ])
}

/// Today's times to revoke.
fn revocation(app: &App) -> Line<'static> {
    let theme = app.theme;
    let it = &app.figures;
    let dim = |text: &'static str| Span::styled(text, theme.style(Tone::Dim));
    let mut spans = vec![dim("revoked")];
    let times = [(" p50 ", it.percentile(50)), (" p95 ", it.percentile(95)), (" max ", it.percentile(100))];
    for (name, ms) in times {
        let Some(ms) = ms else { return Line::from(vec![dim("revoked nobody yet today")]) };
        let over = it.sla_ms().is_some_and(|sla| ms > sla);
        spans.push(dim(name));
        spans.push(Span::styled(span::measured(ms), theme.style(if over { Tone::Warn } else { Tone::Plain })));
    }
    Line::from(spans)
}

/// The SLA's verdict on them.
fn verdict(app: &App) -> Line<'static> {
    let it = &app.figures;
    let Some(sla) = it.sla_ms() else { return Line::default() };
    let sla = span::chosen(sla);
    let all = it.revoked();
    let (text, tone) = match it.over_sla {
        0 => (format!("all {all} today within the SLA of {sla}"), Tone::Good),
        n => (format!("{n} of {all} today over the SLA of {sla}"), Tone::Warn),
    };
    Line::styled(text, app.theme.style(tone))
}
