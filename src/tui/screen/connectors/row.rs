//! One connector's row.

use ratatui::text::{Line, Span};

use super::figures::{is_short, lately, series};
use crate::model::health::ConnectorStatus;
use crate::tui::app::App;
use crate::tui::text::{clean, fit, pad, pad_left, width};
use crate::tui::theme::{Theme, Tone};
use crate::tui::{span, spark};

const NAME: usize = 14;
const HEALTH: usize = 11;
const SINCE: usize = 6;

pub(super) fn row(app: &App, it: &ConnectorStatus, room: usize, selected: bool, asked: bool) -> Line<'static> {
    let theme = app.theme;
    let (glyph, word, tone) = theme.health(it.health);
    let since = it.since.map_or_else(String::new, |at| span::running(app.now.ms_since(at)));
    let head = format!("  {} ", pad(&clean(it.id.as_str()), NAME));
    let state = format!("{glyph} {}", pad(word, HEALTH - 2));
    let mut spans = if selected {
        vec![Span::styled(head + &state, Theme::selected())]
    } else {
        vec![Span::raw(head), Span::styled(state, theme.style(tone))]
    };
    spans.push(Span::styled(pad_left(&since, SINCE), theme.style(Tone::Dim)));
    // What has to be looked at first, as far as there is room for it.
    let left = room.saturating_sub(3 + NAME + HEALTH + SINCE + 2);
    let (trouble, tone) = trouble(app, it, asked);
    let [jobs, _] = series(it, app.now);
    let spark_room = if left >= 40 { 20 } else { 8 };
    let text_room = left.saturating_sub(spark_room + 1);
    let sparkline = spark::line(theme, &jobs[jobs.len() - spark_room..]);
    let text = fit(&trouble, text_room);
    let gap = " ".repeat(text_room + 1 - width(&text));
    spans.extend([
        Span::styled(format!("  {text}"), theme.style(tone)),
        Span::raw(gap),
        Span::styled(sparkline, theme.style(Tone::Active)),
    ]);
    Line::from(spans)
}

/// The one thing to know of it.
fn trouble(app: &App, it: &ConnectorStatus, asked: bool) -> (String, Tone) {
    if asked {
        return ("asking...".to_owned(), Tone::Active);
    }
    let missing = it.missing().len();
    if missing > 0 && !it.health.is_dead() {
        let scopes = if missing == 1 { "scope" } else { "scopes" };
        return (format!("{missing} {scopes} missing"), Tone::Warn);
    }
    if let Some(until) = it.blocked(app.now) {
        let what = if it.health.is_dead() { "tried in" } else { "limited for" };
        return (format!("{what} {}", span::left(until, app.now)), Tone::Warn);
    }
    if let Some(percent) = it.used_percent(app.now)
        && is_short(it, app.now)
    {
        return (format!("budget {percent}% used"), Tone::Warn);
    }
    let (jobs, failed) = lately(it, app.now);
    let busy = format!("{}/{}", it.in_flight, it.max_in_flight);
    let queue = if it.queued > 0 { format!("  q{}", it.queued) } else { String::new() };
    let errors = if failed > 0 { format!("  {failed}/{jobs} bad") } else { String::new() };
    (format!("{busy}{queue}{errors}"), if failed > 0 { Tone::Warn } else { Tone::Plain })
}
