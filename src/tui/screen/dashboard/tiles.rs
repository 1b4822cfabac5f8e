//! The figures above the table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::pad;
use crate::tui::theme::Tone;

/// Columns of one tile.
const TILE: usize = 10;

pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let row = |n: u16| Rect { y: area.y + n, height: 1, ..area };
    let [exposure, revocation] = figures(app);
    if area.height < 3 {
        frame.render_widget(in_one_line(app), row(0));
        let mut line = exposure;
        line.spans.push(Span::styled(app.theme.dot(), app.theme.style(Tone::Dim)));
        line.spans.extend(revocation.spans);
        frame.render_widget(line, row(1));
        return;
    }
    let (mut numbers, mut names) = (vec![Span::raw("  ")], vec![Span::raw("  ")]);
    for (name, n, tone) in tiles(app) {
        let tone = if n == 0 { Tone::Dim } else { tone };
        let number = app.theme.style(tone).add_modifier(ratatui::style::Modifier::BOLD);
        numbers.push(Span::styled(pad(&n.to_string(), TILE), if n == 0 { app.theme.style(tone) } else { number }));
        names.push(Span::styled(pad(name, TILE), app.theme.style(Tone::Dim)));
    }
    numbers.push(Span::raw("  "));
    names.push(Span::raw("  "));
    numbers.extend(exposure.spans);
    names.extend(revocation.spans);
    frame.render_widget(Line::from(numbers), row(0));
    frame.render_widget(Line::from(names), row(1));
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

fn in_one_line(app: &App) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    for (name, n, tone) in tiles(app) {
        let tone = if n == 0 { Tone::Dim } else { tone };
        spans.push(Span::styled(format!(" {name} "), app.theme.style(Tone::Dim)));
        spans.push(Span::styled(n.to_string(), app.theme.style(tone)));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// Open exposure now, and today's times to revoke against the SLA.
fn figures(app: &App) -> [Line<'static>; 2] {
    let theme = app.theme;
    let it = &app.figures;
    let dim = |text: String| Span::styled(text, theme.style(Tone::Dim));
    let exposure = match it.exposed_since {
        None => vec![dim("  exposed ".to_owned()), Span::styled("nobody", theme.style(Tone::Good))],
        Some(since) => {
            let over = it.sla_ends.is_some_and(|ends| ends < app.now);
            let tone = if over { Tone::Bad } else { Tone::Active };
            let longest = span::running(app.now.ms_since(since));
            let glyph = if over { theme.glyph("▲ ", "! ") } else { "" };
            vec![
                dim("  exposed ".to_owned()),
                Span::styled(format!("{glyph}{}", crate::tui::app::count(it.exposed, "person")), theme.style(tone)),
                dim(", longest ".to_owned()),
                Span::styled(longest, theme.style(tone)),
            ]
        }
    };
    let mut revocation = vec![dim("  revoked today ".to_owned())];
    match (it.percentile(50), it.percentile(95), it.revoked.last(), it.sla_ms) {
        (Some(half), Some(most), Some(max), Some(sla)) => {
            let tone = if it.over_sla > 0 { Tone::Warn } else { Tone::Good };
            for (name, ms) in [("p50 ", half), (" p95 ", most), (" max ", *max)] {
                revocation.push(dim(name.to_owned()));
                let over = ms > sla;
                revocation
                    .push(Span::styled(span::measured(ms), theme.style(if over { Tone::Warn } else { Tone::Plain })));
            }
            let verdict = match it.over_sla {
                0 => format!("in SLA {}", span::running(sla)),
                n => format!("{n} over SLA {}", span::running(sla)),
            };
            revocation.push(Span::styled(format!("  {verdict}"), theme.style(tone)));
        }
        _ => revocation.push(dim("nobody yet".to_owned())),
    }
    [Line::from(exposure), Line::from(revocation)]
}
